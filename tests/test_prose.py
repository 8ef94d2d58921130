"""What the notebooks say: one notation, formulas that every renderer knows, links that lead on."""

import inspect
import json
import re
from pathlib import Path

import pytest
from executed import NAMES, NOTEBOOKS, wants

from pedagogy.maths import DERIVATION
from pedagogy.rlhf import rlhf

ROOT = Path(__file__).parents[1]


def cells(name):
    """(cell type, source) of each cell."""
    notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


PROSE = {name: [source for kind, source in cells(name) if kind == "markdown"] for name in NAMES}
TITLES = {name: prose[0].splitlines()[0].removeprefix("# ") for name, prose in PROSE.items()}


def formulas(name):
    """The LaTeX of a notebook's formulas, in order."""
    found = re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", "\n\n".join(PROSE[name]), flags=re.S)
    return [display or inline for display, inline in found]


# --- notation -------------------------------------------------------------------------------------

# All known to MathJax, KaTeX and latex2mathml.
COMMANDS = """
    , ; Vert alpha beta cdot delta frac gamma hat lambda ldots left log mathbb mathbf mathrm max
    mid min nabla pi pm qquad quad rho right sigma sim succ sum text varepsilon
""".split()
# Of a divergence: policy, reference, the policy of the last round, the best policy.
SIDE = r"(?:p|q|\\pi(?:_\{\\mathrm\{(?:ref|old)\}\}|\^\*)?|\\text\{\w+\})"


@pytest.mark.parametrize("name", NAMES)
def test_one_notation(name):
    for formula in formulas(name):
        assert set(re.findall(r"\\([A-Za-z]+|.)", formula)) <= {*COMMANDS}, formula
        assert "|" not in formula, f"{formula} breaks a table: \\mid, \\Vert"
        # sigma is the sigmoid, of something or by its name
        assert re.search(r"\\sigma(?!\(|\\left\(|$)", formula) is None, formula
        # one way to write the two fixed policies
        assert not re.search(r"\\pi_(?!\{\\mathrm\{(ref|old)\}\})", formula), formula
        # of a divergence the two sides, in this form
        assert r"KL}(" not in re.sub(rf"KL\}}\({SIDE}\\,\\Vert\\,{SIDE}\)", "", formula), formula


def test_the_package_writes_as_the_notebooks_do():
    """sigma is the sigmoid, of something; a divergence has its bars, and a sum its sign."""
    for path in (ROOT / "pedagogy").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        odd = r"σ(?!\()|(?<!\\)\bsigma\b|KL\([^)]*\|\||\bsum_[a-z] "
        assert not re.search(odd, text), (path.name, re.search(odd, text)[0])


@pytest.mark.parametrize("name", NAMES)
def test_the_judge_is_the_reward_model_and_humans_choose(name):
    human = (
        r"\b(humans?|people|somebody|someone|readers?|you|they|we) ((have|has|had) )?judge[sd]?\b"
    )
    pair = (
        r"\bjudged (again|once|pairs?)\b|\bpairs? (that )?((is|was|are|were) )?(usually )?judged\b"
    )
    for text in PROSE[name]:
        assert not re.search(f"{human}|{pair}", text), text


@pytest.mark.parametrize("line", DERIVATION, ids=lambda line: line.name)
def test_the_derivation_in_the_picture_is_that_of_notebook_07(line):
    written, whole = "\n".join(map(bare, formulas("07_dpo_derivation"))), bare(line.latex)
    told_in_words = {
        "optimum": whole.removeprefix(r"\max_\pi").split("="),
        "loss": whole.split("=")[1:],  # its left side is the surprise of notebook 04
    }
    parts = told_in_words.get(line.name, [whole])
    assert [part for part in parts if part not in written] == []


def bare(latex):
    """A formula without what only sets it: spaces, sizes, arguments that may be left out."""
    latex = re.sub(r"\\left|\\right|\\[,;]|\s", "", latex)
    latex = latex.replace(r"\|", r"\Vert").replace(r"\mathbbE", "E")
    latex = re.sub(r"\\pi_\\mathrm\{ref\}|\\pi_\{\\mathrm\{ref\}(,\w)?\}", ref, latex)
    latex = re.sub(r"\((?:x,)?y_([wl])(?:\\midx)?\)", r"_\1", latex)  # r(x,y_w) is r_w
    latex = re.sub(r"\(x,y\)|\(y\\midx\)|\(x\)", "", latex)
    return re.sub(r"E(?=\\(log|sigma))", "", latex)  # a loss of one pair is no average


def ref(found):
    return "REF" + (found[1] or "").replace(",", "_")


def test_the_four_lines_in_notebook_06_are_those_of_the_loop():
    (told,) = re.findall(r"```python\n(.+?)\n```", "\n".join(PROSE["06_rlhf"]), flags=re.S)
    loop = [line.strip() for line in inspect.getsource(rlhf).splitlines()]
    first = loop.index(told.partition("\n")[0])
    assert loop[first : first + 4] == told.splitlines()


@wants("05_ppo")
def test_the_critic_hears_of_the_theft(notebook):
    words, guesses = notebook["words"], notebook["guesses"][1.0]
    place = words.index("stole")
    assert 11 <= place < 19 and guesses[place] - guesses[place + 1] > 0.4


# --- language -------------------------------------------------------------------------------------

ODD = {  # what is not British, or no English, and how it is said instead
    "gray": "grey",
    "color": "colour",
    "favorite": "favourite",
    "behavior": "behaviour",
    "optimizer": "optimiser",
    "learnt": "learned",
    "foretells?": "predict",
    "by machine": "depending on the machine",
    "the winner be": "let … win",
    "Who tosses": "Someone who tosses",
}


@pytest.mark.parametrize("name", NAMES)
def test_british_and_idiomatic(name):
    text = re.sub(r"`[^`]*`|\]\([^)]*\)", "", "\n".join(PROSE[name]))
    assert [odd for odd in ODD if re.search(rf"\b{odd}\b", text)] == []


# --- the way on -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_end_leads_on(name):
    """Three sources, then the notebook before and the one after, by their titles."""
    heading, sources, ways = PROSE[name][-1].split("\n\n")
    assert heading == "## Read on"
    assert [bool(re.match(r"- \[.+\]\(http", line)) for line in sources.splitlines()] == [True] * 3
    place = NAMES.index(name)
    before = [f"[← {TITLES[other]}]({other}.ipynb)" for other in NAMES[:place][-1:]]
    after = [f"[{TITLES[other]} →]({other}.ipynb)" for other in NAMES[place + 1 :][:1]]
    assert ways == " · ".join(before + after)


@pytest.mark.parametrize("name", NAMES)
def test_links_resolve(name):
    """Files are there; addresses are those of docs/sources.md, which a person has opened."""
    known = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", "\n".join(PROSE[name])):
        if target.startswith("http"):
            assert f"({target})" in known, target
        else:
            assert (NOTEBOOKS / target.partition("#")[0]).is_file(), target
