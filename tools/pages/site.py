"""The site: a page for each notebook and each text of docs/, and one to begin with."""

import re
import shutil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from nbformat.v4 import new_markdown_cell, new_notebook

from pages import course
from pages.cells import for_pages
from pages.executed import ROOT
from pages.exporter import HERE, Pages, html

PLAYER = ROOT / "pedagogy" / "explorer" / "player.js"
FIRST = "01_once_upon_a_banana"  # whose first explorer opens the page to begin with


def write_site(executed: dict, folder: Path) -> None:
    """Write the pages of these executed notebooks, {name: document}, and all they need."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_scripts(folder)
    exporter = Pages(template_name="page")
    documents = {name: for_pages(document) for name, document in executed.items()}
    notebooks = [course.read(name, document) for name, document in documents.items()]
    for i, (one, document) in enumerate(zip(notebooks, documents.values(), strict=True)):
        beside = {
            "before": notebooks[i - 1] if i else None,
            "after": notebooks[i + 1] if i + 1 < len(notebooks) else None,
        }
        write_page(exporter, folder, document, notebooks, one.page, one.title, one.promise, beside)
    for text in sorted((ROOT / "docs").glob("*.md")):
        source = text.read_text("utf-8")
        title, promise = re.match(r"# (.+)\n\n(.+)", source).groups()
        document = new_notebook(cells=[new_markdown_cell(source)])
        write_page(exporter, folder, document, notebooks, f"{text.stem}.html", title, promise, {})
    write_index(folder, documents, notebooks)


def write_scripts(folder: Path) -> None:
    """The style, the font of the formulas, and player.js as a script that needs no server."""
    shutil.copytree(HERE / "static", folder, dirs_exist_ok=True)
    player = PLAYER.read_text("utf-8").partition("export default")[0]
    player = player.replace("export function play", "function play")
    pages = (HERE / "static" / "play.js").read_text("utf-8")
    script = f"const play = (() => {{\n{player}return play;\n}})();\n\n{pages}"
    (folder / "play.js").write_text(script, "utf-8")


def write_page(exporter, folder, document, notebooks, page, title, promise, beside) -> None:
    site = {
        "page": page,
        "title": f"{title} – Once upon a banana",
        "description": course.plain(promise),
        "notebooks": notebooks,
    }
    body, _ = exporter.from_notebook_node(document, resources={"site": site | beside})
    (folder / page).write_text(body, "utf-8")


def write_index(folder, documents, notebooks) -> None:
    cells = documents[FIRST].cells if FIRST in documents else []
    figures = [
        output.data["text/html"]
        for cell in cells
        if cell.cell_type == "code" and cell.metadata.kind == "explorer"
        for output in cell.outputs
        if "text/html" in output.get("data", {})
    ]
    templates = Environment(loader=FileSystemLoader(HERE / "templates" / "page"), autoescape=True)
    templates.filters["markdown"] = lambda text: html(text).strip()
    templates.filters["escape_html"] = lambda text: text
    site = {
        "page": "index.html",
        "title": "Once upon a banana: RLHF and DPO with sliders",
        "description": f"{len(notebooks)} notebooks you can play with, in which a tiny language "
        "model is taught to tell the stories people like: from two scores to PPO, RLHF and DPO.",
        "notebooks": notebooks,
    }
    page = templates.get_template("front.html.j2")
    text = page.render(resources={"site": site}, figure=figures[0] if figures else "")
    (folder / "index.html").write_text(text, "utf-8")
