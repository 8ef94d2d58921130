"""Imported before all else: what libraries import for seconds and nothing here asks for."""

import sys

# jsonschema, and so nbformat, would compile a grammar of addresses (3 s in each process of pytest).
sys.modules["rfc3987_syntax"] = None
