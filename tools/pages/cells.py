"""What becomes of a notebook's cells on a page, where no kernel runs."""

import base64
import copy
import json
import re
import zlib
from itertools import pairwise
from operator import sub

# What an explorer shows of itself: a still picture, and a script that plays it.
SHOWN = re.compile(
    r'<div id="(?P<root>explorer-\w+)"[^>]*>(?P<still>.*?)</div>'
    r'<script type="module">.*\bplay\(document\.getElementById\("(?P=root)"\), (?P<player>.*)\);'
    r"</script>",
    re.DOTALL,
)
STILL = re.compile(r'<img class="pedagogy-still" [^>]*data-cuts="([^"]*)"[^>]*base64,([^"]*)">')
LABELS = re.compile(r'<div id="labels-\w+"[^>]*>(?P<still>.*?)</div><script.*', re.DOTALL)
HOW = '<a href="index.html#start">How to start one</a>'
NOTES = {
    "stub": f"Here you write the function. That takes a running notebook: {HOW}.",
    "checked": "In a running notebook, the checker now says what it makes of your function, and "
    "which mistake it sees.",
    "live": f"This picture is drawn while you move it. That takes a running notebook: {HOW}.",
    "labels": f"Your clicks teach a judge. That takes a running notebook: {HOW}.",
    "watched": "This is a training as it went when the page was made. In a running notebook you "
    f"watch it go, and train again with other settings: {HOW}.",
}
RULES = {  # which code cells say so, below or, for a stub, in place of their output
    "stub": r"^    raise NotImplementedError$",
    "checked": r"^check_(?!prediction)\w+\(",
    "watched": r"\bwatch\w*\(",
}


def for_pages(notebook):
    """A copy of an executed notebook whose outputs live without a kernel, or say that they don't.

    Each code cell says in its metadata which kind it is: an explorer, or one of NOTES, or None.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            kinds = [kind for kind, rule in RULES.items() if re.search(rule, cell.source, re.M)]
            outputs = [shown(output) for output in cell.outputs if kinds != ["checked"]]
            kinds += [kind for _, kind in outputs if kind]
            cell.outputs = [output for output, _ in outputs if output]
            cell.metadata["kind"] = kinds[0] if kinds else None
            cell.metadata["note"] = next((NOTES[kind] for kind in kinds if kind in NOTES), None)
    return notebook


def shown(output):
    """The output for a page, None if there is nothing to see, and its kind."""
    page = output.get("data", {}).get("text/html")
    if page is None:
        return output, None
    if explorer := SHOWN.fullmatch(page):
        player = json.loads(explorer["player"])
        output.data["text/html"] = figure(explorer["still"], player)
        return output, "live" if is_live(player) else "explorer"
    if labels := LABELS.fullmatch(page):
        output.data["text/html"] = labels["still"].rpartition("<p>")[0]
        return output, "labels"
    output.data["text/html"] = STILL.sub(for_phones, page)
    return (output if page else None), None


def for_phones(image) -> str:
    """A picture of a training; on a narrow page its columns stand below each other."""
    cuts = [float(cut) for cut in image[1].split()]
    head, drawn = base64.b64decode(image[2]).decode().split(">", 1)
    height = float(re.search(r'viewBox="0 0 \S+ (\S+)"', head)[1])
    columns = [
        f'<svg y="{i * height:g}" width="{right - left:g}" height="{height:g}" '
        f'viewBox="{left:g} 0 {right - left:g} {height:g}"><use href="#all"/></svg>'
        for i, (left, right) in enumerate(pairwise(cuts))
    ]
    room = f"0 0 {max(map(sub, cuts[1:], cuts)):g} {height * len(columns):g}"
    narrow = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{room}">'
        f'<defs><g id="all">{drawn.removesuffix("</svg>")}</g></defs>{"".join(columns)}</svg>'
    )
    code = base64.b64encode(narrow.encode()).decode()
    source = f'<source media="(max-width: 600px)" srcset="data:image/svg+xml;base64,{code}">'
    return f"<picture>{source}{image[0]}</picture>"


def is_live(player) -> bool:
    """Whether the controls lead to pictures that were not drawn ahead."""
    return len(player["frames"]) == 1 and any(
        control["kind"] == "typed" or len(control["values"]) > 1 for control in player["controls"]
    )


def figure(still: str, player: dict) -> str:
    """An explorer for a page: the still picture, and all others, packed, for play.js."""
    packed = base64.b64encode(zlib.compress(json.dumps(player).encode(), 9)).decode()
    return (
        f'<figure class="explorer" style="--controls: {len(player["controls"])}" '
        "data-prevent-swipe>"  # on slides, a finger on a slider must not turn the slide
        f'<div class="still">{still}</div><div class="playing"></div>'
        f'<script type="text/plain">{packed}</script>'
        "<script>begin(document.currentScript.parentElement)</script></figure>"
    )
