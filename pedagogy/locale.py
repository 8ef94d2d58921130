"""The learner's language: every sentence that a picture or a slider says goes through `_`.

    from pedagogy.locale import _

    _("After {n:,} comparisons …").format(n=n)

A sentence is one literal with named fields, so that a translation may turn it round; where cases
say it differently, each case is a whole sentence. `pybabel extract pedagogy` collects them all.

The environment variable PEDAGOGY_LANGUAGE ("ko") names the translation, a catalogue
assets/locale/ko/LC_MESSAGES/pedagogy.mo; without one everything is English.
"""

import gettext
import os
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "assets" / "locale"


@cache
def catalogue():
    """The translation that PEDAGOGY_LANGUAGE names, or one that changes nothing."""
    language = os.environ.get("PEDAGOGY_LANGUAGE") or "en"
    return gettext.translation("pedagogy", FOLDER, [language], fallback=True)


def _(message: str) -> str:
    """The message in the learner's language."""
    return message and catalogue().gettext(message)  # of "", gettext would give the header


def N_(message: str) -> str:
    """The message as it is: a value that is only translated where it is shown."""
    return message


def ngettext(one: str, many: str, n: int) -> str:
    """`one` where n things are called so in the learner's language, else `many`."""
    return catalogue().ngettext(one, many, n)
