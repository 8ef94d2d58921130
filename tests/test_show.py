import re
from html import unescape

import pytest
from contrast import LETTERS, PAPERS, contrast

import pedagogy.show
from pedagogy.show import show, tell


def an_example(x):
    """A <b>docstring</b> & its equation: x < 2."""
    return x < 2


SOURCE = '''def an_example(x):
    """A <b>docstring</b> & its equation: x < 2."""
    return x < 2'''


@pytest.fixture
def shown(monkeypatch):
    """What show() handed to the notebook."""
    objects = []
    monkeypatch.setattr(pedagogy.show, "display", objects.append)
    return objects


def text_of(html):
    return unescape(re.sub("<[^>]*>", "", html))


def test_outside_a_notebook_the_source_is_printed(capsys):
    show(an_example)
    assert capsys.readouterr().out == f"# an_example, from {__name__}\n{SOURCE}\n"


def test_in_a_notebook_the_reader_sees_exactly_the_source(shown):
    show(an_example)
    html = shown[0]._repr_html_()
    assert SOURCE in text_of(html)
    assert "<b>" not in html and "&lt;b&gt;" in html
    assert "<details" not in html
    assert re.search(r"<span style=.*>def</span>", html), "keywords are coloured"


def test_its_colours_are_readable_on_white_and_on_black(shown):
    show(an_example)
    pairs = set(re.findall(r"light-dark\((#\w+), (#\w+)\)", shown[0]._repr_html_()))
    assert len(pairs) == 2  # of keywords and of texts
    for colors in map(re.compile(r"#\w{6}").findall, pedagogy.show.COLORS.values()):
        for color, papers in zip(colors, PAPERS.values(), strict=True):
            assert min(contrast(color, paper) for paper in papers) >= LETTERS
    assert "background" not in shown[0]._repr_html_()


@pytest.mark.parametrize("folded, words", [(True, "the solution"), ("source", "the source")])
def test_folded_hides_the_source_behind_a_summary(shown, folded, words):
    show(an_example, folded=folded)
    html = shown[0]._repr_html_()
    summary = re.match("<details><summary>(.*?)</summary>", html)
    assert summary[1].startswith(f"Show {words}: ")
    assert "return" not in summary[1] and SOURCE in text_of(html)
    assert html.endswith("</details>")


def test_classes_and_methods_too(shown):
    show(pedagogy.show.Source)
    show(pedagogy.show.Source.__repr__)
    assert shown[0].text.startswith("class Source:")
    assert shown[1].text.startswith("def __repr__(self):\n    return")


def test_a_learners_own_function_says_where_it_is_from(shown, monkeypatch):
    monkeypatch.setattr(an_example, "__module__", "__main__")
    show(an_example)
    assert shown[0].title == "an_example, from this notebook"


@pytest.mark.parametrize("thing", [len, int])
def test_builtins_have_no_source(thing):
    with pytest.raises(TypeError, match=f"^fn is {thing!r}, which has no Python source to show.$"):
        show(thing)


def test_other_things_are_refused():
    with pytest.raises(TypeError, match="^fn is 3, but show wants a function or a class.$"):
        show(3)


def test_told_lines_break_at_spaces(capsys):
    tell("once upon a time " * 9, " a frog-prince .")
    told = capsys.readouterr().out
    assert told.split() == ("once upon a time " * 9 + "a frog-prince .").split()
    lines = told.splitlines()
    assert [lines[2], lines[4]] == ["", ""] and lines[3].strip() == "a frog-prince ."
    assert max(map(len, lines)) <= 88
