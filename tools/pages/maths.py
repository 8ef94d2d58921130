"""Formulas as MathML, which browsers show without a script."""

import re
import unicodedata

from latex2mathml.converter import convert

UPRIGHT = re.compile(r'(?:<mi mathvariant="normal">\w</mi>){2,}')
LETTERS = re.compile(r'<mi mathvariant="double-struck">(\w)</mi>')
UNDER = re.compile(r"<msub>(<mo>(?:max|min|∑|&#x02211;)</mo>)(.*?)</msub>")


def mathml(latex: str, display: str) -> str:
    """A formula as MathML Core, with its source for those who copy it; display: block or inline."""
    code = convert(latex, display=display)
    # Browsers know one mathvariant only, and take letters with it for separate variables.
    code = UPRIGHT.sub(lambda word: f"<mi>{re.sub('<.*?>', '', word[0])}</mi>", code)
    code = LETTERS.sub(lambda letter: f"<mi>{double_struck(letter[1])}</mi>", code)
    source = latex.strip().replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return code.replace("<math ", f'<math alttext="{source}" ', 1)


def double_struck(letter: str) -> str:
    return unicodedata.lookup(f"MATHEMATICAL DOUBLE-STRUCK CAPITAL {letter}")
