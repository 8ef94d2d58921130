"""Pictures: a figure drawn once, and for each state what moves in it."""

import base64
import html
from collections.abc import Callable

import matplotlib
from matplotlib.figure import Figure

from pedagogy import require
from pedagogy.explorer.recorder import GLYPHS, Canvas
from pedagogy.explorer.style import DARK, STYLE

PIXELS_PER_POINT = 100 / 72  # as wide as a picture is where nothing says how wide it may be


class Sketch:
    """A figure of which nothing is drawn yet: its sentence is known ten times as soon."""

    def __init__(self, plot: Callable, size: tuple[float, float]):
        with matplotlib.rc_context(STYLE):
            self.figure = Figure(figsize=size)  # no pyplot: callbacks run in threads
            self.canvas = Canvas(self.figure)
            self.update = plot(self.figure)
        require.parts("a function, which plot returns", "__call__", update=self.update)

    def caption(self, **numbers) -> str:
        return require.text(caption=self.update(**numbers))


class Picture(Sketch):
    """A figure drawn once, of which only the moving artists are drawn again."""

    def __init__(self, plot: Callable, size: tuple[float, float]):
        super().__init__(plot, size)
        figure = self.figure
        with matplotlib.rc_context(STYLE):
            self.base = self.canvas.recorded(lambda: figure.draw(self.canvas.recorder))
        self.moving = sorted(
            figure.findobj(lambda artist: artist.get_animated()), key=lambda a: a.get_zorder()
        )
        self.size = figure.bbox.size.tolist()
        self.columns = columns(figure)

    def frame(self, **numbers) -> tuple[list[dict], str]:
        """What moves, as items, and the sentence."""
        caption = self.caption(**numbers)

        def draw():
            for artist in self.moving:
                artist.draw(self.canvas.recorder)

        return self.canvas.recorded(draw), caption


def columns(figure: Figure) -> list[float]:
    """Where the figure can be cut from top to bottom without touching a panel, both ends too."""
    renderer = figure.canvas.get_renderer()
    boxes = sorted(axes.get_tightbbox(renderer).intervalx.tolist() for axes in figure.axes)
    cuts, reach = [0.0], 0.0
    for left, right in boxes:
        if left > reach > 0:
            cuts.append(round((left + reach) / 2, 1))
        reach = max(reach, right)
    return [*cuts, float(figure.bbox.width)]


def outlines(items) -> dict[str, str]:
    """The glyphs of these items' texts, as SVG writes them."""
    numbers = {n for item in items for n in item.get("t", [])[::2] + item.get("m", [])[::4]}
    return {str(number): outline for number, outline in GLYPHS.values() if number in numbers}


def svg_image(size, cuts, items, alt) -> str:
    """Items as an <img> that needs no script; light or dark as the page around it.

    cuts: where a page may cut it into columns, from the left edge to the right one.
    """
    width, height = size
    wide, high = (round(points * PIXELS_PER_POINT) for points in size)
    glyphs = "".join(f'<path id="g{n}" d="{d}"/>' for n, d in outlines(items).items())
    boxes = (tuple(item["clip"]) for item in items if "clip" in item)
    clips = "".join(map(svg_clip, dict.fromkeys(boxes)))
    source = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{wide}" height="{high}"><style>{DARK_RULES}</style><defs>{glyphs}{clips}</defs>'
        f'<rect class="paper" width="100%" height="100%" fill="#fff"/>'
        f"{''.join(map(svg_element, items))}</svg>"
    )
    code = base64.b64encode(source.encode()).decode()
    return (
        f'<img class="pedagogy-still" alt="{html.escape(alt)}" width="{wide}" '
        f'data-cuts="{" ".join(f"{cut:g}" for cut in cuts)}" '
        f'style="max-width: 100%" src="data:image/svg+xml;base64,{code}">'
    )


def dark_rules() -> str:
    """CSS that puts the dark colours in the place of the light ones."""
    rules = ".paper{fill:none}" + "".join(
        f'[{kind}="{light}"]{{{kind}:{dark}}}'
        for light, dark in DARK.items()
        for kind in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"


DARK_RULES = dark_rules()


def svg_element(item) -> str:
    """An item of the recorder as SVG."""
    look = {"fill": item.get("fill", "none"), "opacity": item.get("alpha")}
    if "stroke" in item:
        look |= {"stroke": item["stroke"], "stroke-width": item["width"]}
        look |= {"stroke-linejoin": "round", "stroke-linecap": item.get("cap")}
        look["stroke-dasharray"] = " ".join(map(str, item.get("dash", ()))) or None
    if "clip" in item:
        look["clip-path"] = f"url(#{clip_name(item['clip'])})"
    attributes = "".join(f' {name}="{value}"' for name, value in look.items() if value is not None)
    if "t" in item or "m" in item:
        k = item["size"] / 100
        turn = f" rotate({-item['angle']})" if "angle" in item else ""
        place = f"translate({item['x']} {item['y']}){turn} scale({k} {-k})"
        return f'<g{attributes}><g transform="{place}">{"".join(svg_glyphs(item))}</g></g>'
    d = item["d"] if "d" in item else svg_line(item["p"], item.get("z"))
    if "at" not in item:
        return f'<path d="{d}"{attributes}/>'
    places = zip(item["at"][::2], item["at"][1::2], strict=True)
    marks = (f'<path d="{d}" transform="translate({x} {y})"/>' for x, y in places)
    return f"<g{attributes}>{''.join(marks)}</g>"


def clip_name(box) -> str:
    return "-".join(map(str, ["clip", *box]))


def svg_clip(box) -> str:
    x, y, width, height = box
    area = f'<rect x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<clipPath id="{clip_name(box)}">{area}</clipPath>'


def svg_glyphs(item):
    if "t" in item:
        for n, x in zip(item["t"][::2], item["t"][1::2], strict=True):
            yield f'<use href="#g{n}" x="{x}"/>'
        return
    for i in range(0, len(item["m"]), 4):
        n, x, y, k = item["m"][i : i + 4]
        yield f'<use href="#g{n}" transform="translate({x} {y}) scale({k})"/>'


def svg_line(points, closed) -> str:
    pairs = zip(points[::2], points[1::2], strict=True)
    return "M" + "L".join(f"{x} {y}" for x, y in pairs) + ("z" if closed else "")
