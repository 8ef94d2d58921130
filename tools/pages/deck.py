"""The slides: reveal.js decks of the same cells, by rule.

A second-level heading or an explorer begins a slide. On a heading's slide stand its formulas,
tables and quotations, and what the hall is asked to do (a paragraph that begins in bold); all of
the text is in the speaker's notes.
"""

import re
import shutil
from html import escape
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader

from pages import course
from pages.cells import for_pages
from pages.exporter import HERE, html
from pages.site import write_scripts

PICTURES = ("explorer", "live", "watched")
SHOWN = re.compile(r"\$\$|\||> |!\[|\*\*")  # how a paragraph begins that stands on the slide
SHORT = 220  # letters of a first paragraph that stands there too
FIFTY = "fifty_minutes"
TOUR = [  # minutes, what to ask the hall, and the cells that follow
    ("0 to 6", "How would you finish “once upon a …”?", "01_once_upon_a_banana", "cell-03"),
    ("6 to 10", "Time has 5 points, banana 2. How often is time chosen?",
     "02_bradley_terry", "cell-11"),
    ("10 to 13", "And if the human gives 10 and 4?", "02_bradley_terry", "cell-21"),
    ("13 to 17", "Which test would you trust?", "03_kl_graded_test", "cell-05"),
    ("17 to 24", "At which beta does the preferred test flip?", "03_kl_graded_test", "cell-13"),
    ("24 to 28", "Why is the first loss 0.69, and not 0?", "04_reward_model", "cell-23"),
    ("28 to 32", "Beta is 0: the judge’s score goes up. And the human’s?", "06_rlhf", "cell-21"),
    ("32 to 37", "Which beta is best?", "06_rlhf", "cell-26"),
    ("37 to 41", "DPO has no judge. Which way does beta pull?", "08_dpo", "cell-32"),
    ("41 to 45", "The loss falls. Are the tales better?", "08_dpo", "cell-41"),
    ("45 to 50", "Who gets further, and who is faster?", "09_rlhf_vs_dpo", "cell-21"),
]  # fmt: skip


class Slide(NamedTuple):
    """What stands on a slide, and what the speaker reads."""

    body: str
    notes: str = ""
    kind: str = "text"


def write_slides(executed: dict, folder: Path) -> None:
    """Write a deck for each of these executed notebooks, one of fifty minutes, and a list."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_scripts(folder)
    shutil.copytree(HERE / "reveal", folder / "reveal")
    templates = Environment(loader=FileSystemLoader(HERE / "templates" / "deck"), autoescape=True)
    documents = {name: for_pages(document) for name, document in executed.items()}
    decks = {}
    if all(name in documents for *_, name, _ in TOUR):
        decks[FIFTY] = ("The whole story in fifty minutes", tour(documents))
    for name, document in documents.items():
        decks[name] = (course.read(name, document).title, slides(document))
    for name, (title, deck) in decks.items():
        text = templates.get_template("deck.html.j2").render(title=title, slides=deck)
        (folder / f"{name}.html").write_text(text, "utf-8")
    text = templates.get_template("list.html.j2").render(decks=decks)
    (folder / "index.html").write_text(text, "utf-8")


def slides(document) -> list[Slide]:
    """The slides of a notebook."""
    head, *cells = document.cells
    title, promise, *rest = paragraphs(head.source)
    deck = [Slide(html(f"{title}\n\n{promise}"), html("\n\n".join(rest)), "title")]
    heading = ""
    for cell in cells:
        if cell.cell_type == "code":
            if body := picture(cell):
                deck.append(Slide(f"<h3>{escape(heading)}</h3>{body}", kind="picture"))
            continue
        if cell.source.startswith("## "):
            heading = course.plain(cell.source.partition("\n")[0].removeprefix("## "))
            deck.append(text_slide(cell.source))
        else:  # what is said after a picture belongs to it
            last = deck[-1]
            asked = "" if last.kind == "picture" else html("\n\n".join(on_slide(cell.source)))
            deck[-1] = last._replace(body=last.body + asked, notes=last.notes + notes(cell.source))
    return deck


def tour(documents) -> list[Slide]:
    """The slides of fifty minutes: a question, then the picture that answers it."""
    deck = [Slide(html("# Once upon a banana\n\n**RLHF and DPO in fifty minutes**"), kind="title")]
    for minutes, question, name, wanted in TOUR:
        cells = documents[name].cells
        place = next(i for i, cell in enumerate(cells) if cell.id == wanted)
        before, after = (c.source for c in (cells[place - 1], cells[place + 1]))
        deck.append(Slide(f"<h2>{question}</h2>", f"<p>{minutes} min</p>{notes(before)}", "ask"))
        deck.append(Slide(f"<h3>{question}</h3>{picture(cells[place])}", notes(after), "picture"))
    return deck


def picture(cell) -> str:
    """What a cell shows that is a picture."""
    if cell.metadata.kind not in PICTURES:
        return ""
    pages = (output.get("data", {}).get("text/html", "") for output in cell.outputs)
    return "".join(page for page in pages if "<img" in page or "<figure" in page)


def text_slide(source: str) -> Slide:
    heading, *rest = paragraphs(source)
    first = rest[:1] if rest and len(rest[0]) < SHORT and not SHOWN.match(rest[0]) else []
    shown = [heading, *first, *on_slide("\n\n".join(rest))]
    return Slide(html("\n\n".join(shown)), notes("\n\n".join(rest)))


def on_slide(source: str) -> list[str]:
    return [text for text in paragraphs(source) if SHOWN.match(text) and len(text) < 2 * SHORT]


def paragraphs(source: str) -> list[str]:
    """The paragraphs of a text without its folded hints and answers."""
    source = re.sub(r"<details>.*?</details>", "", source, flags=re.DOTALL)
    return [text for text in re.split(r"\n\s*\n", source.strip()) if text]


def notes(source: str) -> str:
    return html("\n\n".join(paragraphs(source)))
