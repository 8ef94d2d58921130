"""What needs the project's address on the web: README's badges, and copies for Google Colab.

    python tools/publish.py badges    # writes them into README.md
    python tools/publish.py colab     # writes colab/*.ipynb, which the workflow puts on a branch

The address stands in pyproject.toml and nowhere else:

    [project.urls]
    Repository = "https://github.com/OWNER/NAME"
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BADGES = re.compile(r"(?<=<!-- badges -->\n).*?(?=<!-- /badges -->)", re.DOTALL)
LOCAL_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)[^)]+(?=\))")


def repository():
    """Return OWNER/NAME of the project on GitHub, None if pyproject.toml names no address."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    address = project.get("urls", {}).get("Repository")
    return address and address.removeprefix("https://github.com/").strip("/")


def links(repository, name):
    """Return where a notebook can be opened: Colab, Binder, and its page on the site."""
    owner, _, project = repository.partition("/")
    return {
        "Colab": f"https://colab.research.google.com/github/{repository}/blob/colab/{name}.ipynb",
        "Binder": f"https://mybinder.org/v2/gh/{repository}/HEAD?urlpath=lab/tree/notebooks/{name}.ipynb",
        "page": f"https://{owner}.github.io/{project}/{name}.html",
    }


def badges(repository, name):
    """Return the line of README that opens a notebook; an empty one without an address."""
    if not repository:
        return ""
    where = links(repository, name)
    return (
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({where['Colab']})\n"
        f"[![Launch Binder](https://mybinder.org/badge_logo.svg)]({where['Binder']})\n"
        f"[All pages, with sliders that move]({where['page'].replace(name + '.html', '')})\n"
    )


def colab_copy(notebook, repository):
    """Return the notebook with a cell that installs the course, and links that leave Colab's."""

    def on_the_web(link):
        path = (ROOT / "notebooks" / link[0]).resolve()
        if path in NOTEBOOKS:
            return links(repository, path.stem)["Colab"]
        return f"https://github.com/{repository}/blob/HEAD/{path.relative_to(ROOT).as_posix()}"

    first, *rest = [
        cell | {"source": [LOCAL_LINK.sub(on_the_web, line) for line in cell["source"]]}
        if cell["cell_type"] == "markdown"
        else cell
        for cell in notebook["cells"]
    ]
    install = {
        "cell_type": "code",
        "execution_count": None,
        "id": "install",
        "metadata": {},
        "outputs": [],
        "source": [
            "# Installs this course, once; what Colab brings stays as it is.\n",
            f"%pip install -q git+https://github.com/{repository}",
        ],
    }
    return notebook | {"cells": [first, install, *rest]}


def main(task=""):
    where = repository()
    if task == "badges":
        readme = ROOT / "README.md"
        line = badges(where, NOTEBOOKS[0].stem)
        readme.write_text(BADGES.sub(lambda _: line, readme.read_text("utf-8")), "utf-8")
    elif task != "colab":
        sys.exit("Say what to write: badges or colab.")
    elif not where:
        sys.exit('No address yet: give pyproject.toml [project.urls] with its Repository = "…".')
    else:
        (ROOT / "colab").mkdir(exist_ok=True)
        for path in NOTEBOOKS:
            copy = colab_copy(json.loads(path.read_text("utf-8")), where)
            text = json.dumps(copy, indent=1, ensure_ascii=False) + "\n"
            (ROOT / "colab" / path.name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
