"""Notebooks as pages of our own: nbconvert walks through the cells, and this says the rest."""

import re
from pathlib import Path

from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from traitlets import default

from pages.maths import mathml

HERE = Path(__file__).parent


class Renderer(IPythonRenderer):
    """Markdown as HTML: formulas as MathML, links to pages, headings that can be linked to."""

    def inline_math(self, body):
        return mathml(body, "inline")

    def block_math(self, body):
        return mathml(body, "block")

    def heading(self, text, level, **attrs):
        name = re.sub(r"\W+", "-", re.sub("<.*?>", "", text).lower()).strip("-")
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def link(self, text, url, title=None):
        return super().link(text, page_of(url), title)

    def table(self, text):
        return f'<div class="wide"><table>{text}</table></div>\n'

    def table_cell(self, text, align=None, head=False):
        tag = "th" if head and text else "td"  # no header without words
        look = f' style="text-align: {align}"' if align else ""
        return f"<{tag}{look}>{text}</{tag}>"


def page_of(url: str) -> str:
    """The page that is made of a notebook or of a text; other links are left alone."""
    if re.match(r"\w+:", url):
        return url
    return re.sub(r"^(?:\.\./)?(?:\w+/)?(\w+)\.(?:ipynb|md)\b", r"\1.html", url)


def html(markdown: str) -> str:
    return MarkdownWithMath(renderer=Renderer(escape=False)).render(markdown)


class Pages(HTMLExporter):
    """Writes notebooks by templates/<template_name>."""

    @default("extra_template_basedirs")
    def _ours(self):
        return [str(HERE / "templates")]

    @pass_context
    def markdown2html(self, context, source):
        return html(source)
