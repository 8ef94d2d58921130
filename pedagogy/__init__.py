"""Teach a tiny storyteller what people like: from a next word to RLHF and DPO, on a laptop."""

import sys

if "IPython" in sys.modules:
    from pedagogy.locale import _
    from pedagogy.progress import while_loading

    while_loading(_("loading torch and transformers, once: 5 to 20 seconds"))
