"""How the front end at hand can show something that is a widget and, as HTML, a page of its own."""

import os
import sys
from collections.abc import Callable

NO_MATHS = "tex2jax_ignore mathjax_ignore"  # classes in which MathJax leaves dollars alone


def mime_bundle(page: Callable[[], str], text: str, widget: Callable[[], tuple[dict, dict]]):
    """What `_repr_mimebundle_` returns: the page, the widget, or, where in doubt, both.

    page: makes the HTML; text: the same in a sentence; widget: makes the widget's own bundle and
    its metadata. On a page, outputs and widgets meet: that is everywhere but in VS Code and Colab.
    """
    if "google.colab" in sys.modules or "__vsc_ipynb_file__" in vars(sys.modules["__main__"]):
        return widget()
    plain = {"text/html": page(), "text/plain": text}
    if not perhaps_in_vscode():
        return plain
    data, metadata = widget()
    return data | plain, metadata


def perhaps_in_vscode() -> bool:
    """VSCODE_PID alone says little: all that is started in VS Code's terminal inherits it.

    Kernels that Lab or nbconvert start have JPY_PARENT_PID; those that VS Code starts do not.
    """
    return "VSCODE_PID" in os.environ and "JPY_PARENT_PID" not in os.environ
