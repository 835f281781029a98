"""What goes back to students: a page that names the mistake, and holds no hidden test and nothing that runs.

The formgrader's view of a submission uses `safe_markdown` too (``HTMLExporter.filters``); its outputs are safe because
the executor keeps only text and pictures in the graded notebook.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import bleach  # type: ignore[import-untyped]
from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]
from jinja2 import BytecodeCache, pass_context
from jinja2.bccache import Bucket
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import default

from .bridge import HIDDEN_SENTENCE
from .client import clean_text, safe_data
from .roles import hidden_lines

_TAGS = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
]
_ATTRIBUTES = {
    "*": ["align", "title"],
    "a": ["href"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan"],
    "ol": ["start"],
}
_LONG = 20_000  # characters; what a longer cell is turned into is not kept in memory
# TeX commands by which a formula can carry a link, a style or a macro that hides one (MathJax)
MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/"
_MATHJAX_SETTINGS = (
    "window.MathJax = {messageStyle: 'none', showMathMenu: false,"
    " tex2jax: {inlineMath: [['$', '$'], ['\\\\(', '\\\\)']], processEscapes: true, ignoreClass: 'output'},"
    " Safe: {allow: {URLs: 'none', classes: 'none', cssIDs: 'none',"
    " styles: 'none', require: 'none'}}};"
)
_ACTIVE_TEX = re.compile(
    r"\\(href|url|style|class|cssId|unicode|require|def|let|newcommand|renewcommand|html\w*)\b"
)


@pass_context
def safe_markdown(context: Any, source: str) -> Markup:
    """Markdown as HTML in which nothing runs, loads or submits: no scripts, handlers, frames, forms, far pictures."""
    attachments = context.get("cell", {}).get("attachments", {})
    if attachments or len(source) > _LONG:
        return _markdown(source, attachments)
    return _markdown_again(source)


@lru_cache(maxsize=1000)
def _markdown_again(source: str) -> Markup:
    """The course's own texts come again in every submission."""
    return _markdown(source, {})


def _markdown(source: str, attachments: dict[str, Any]) -> Markup:
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    text = _ACTIVE_TEX.sub(r"\\text{\1}", clean_text(source))
    try:
        html = MarkdownWithMath(renderer=renderer).render(text)
    except Exception:  # a text made to break the parser is shown as it is
        html = f"<pre>{Markup.escape(text)}</pre>"
    return Markup(clean_html(html))


def clean_html(html: str) -> str:
    """HTML with known-harmless tags and attributes only; pictures only from within the page."""
    cleaned: str = bleach.clean(
        html,
        tags=_TAGS,
        attributes=_allow,
        protocols=["http", "https", "mailto", "data"],
        strip=True,
        strip_comments=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=[]),
    )
    return cleaned


def _allow(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return re.match(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*\Z", value) is not None
    if tag == "a" and name == "href":
        return re.match(r"(https?://|mailto:|#)", value.strip(), re.IGNORECASE) is not None
    if (
        name == "class"
    ):  # colours of code, and none of the page's own classes: nobody draws a verdict into a text
        return re.fullmatch(r"highlight|[a-z]{1,2}[0-9]?", value) is not None
    return name in _ATTRIBUTES["*"] or name in _ATTRIBUTES.get(tag, [])


class SafeFeedback(NbGraderPreprocessor):  # type: ignore[misc]
    """Take out of a graded notebook what its student must not see, and put one line into each test cell."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Clean every cell and leave a table of the graded ones in ``resources['grading']``."""
        rows = []
        answer = ""
        for cell in nb.cells:
            cell.metadata.setdefault("nbgrader", {})
            if is_solution(cell):
                answer = cell.metadata.nbgrader.get("grade_id", "")
            if cell.cell_type == "code":
                _clean_outputs(cell)
            if is_grade(cell) and not is_solution(cell) and cell.cell_type == "code":
                _clean_test(cell)
            if is_grade(cell) or cell.metadata.nbgrader.get("task"):
                rows.append(_row(cell, answer))
        note = nb.metadata.get("grading", {}).get("note", "")
        resources["grading"] = {
            "rows": rows,
            "note": note,
            "policy": _policy(),
            "script": Markup(_MATHJAX_SETTINGS),
        }
        resources["grading"]["mathjax"] = f"{MATHJAX}MathJax.js?config=TeX-AMS_CHTML-full,Safe"
        return nb, resources


def _policy() -> str:
    """What the page may load: pictures inside it, MathJax from its own address, no script but the two lines of ours."""
    digest = base64.b64encode(hashlib.sha256(_MATHJAX_SETTINGS.encode()).digest()).decode()
    scripts = f"script-src 'sha256-{digest}' {MATHJAX} 'unsafe-eval'"
    styles = f"style-src 'unsafe-inline' {MATHJAX}; font-src {MATHJAX} data:"
    return f"default-src 'none'; img-src data:; {styles}; {scripts}; base-uri 'none'; form-action 'none'"


def _clean_outputs(cell: NotebookNode) -> None:
    """Text and pictures only, whatever the notebook says."""
    outputs = []
    for output in cell.outputs:
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            outputs.append(new_output("stream", name=name, text=clean_text(output.get("text"))))
        elif kind == "error":
            lines = [clean_text(line) for line in output.get("traceback", [])]
            names = {"ename": clean_text(output.get("ename")), "evalue": clean_text(output.get("evalue"))}
            outputs.append(new_output("error", traceback=lines, **names))
        elif kind in ("display_data", "execute_result"):
            outputs.append(new_output("display_data", data=safe_data(output.get("data"))))
    cell.outputs = outputs


def _clean_test(cell: NotebookNode) -> None:
    """Keep the visible lines of a test and one sentence about its outcome."""
    lines = cell.source.splitlines()
    hidden = {n for first, last in hidden_lines(cell.source) for n in range(first, last + 1)}
    cell.source = "\n".join(line for n, line in enumerate(lines, 1) if n not in hidden).rstrip()
    if hidden:
        cell.source += "\n# and hidden tests"
    failed = any(o.output_type == "error" for o in cell.outputs)
    sentence = cell.metadata.get("grading", {}).get("sentence") or HIDDEN_SENTENCE
    cell.metadata["verdict"] = sentence if failed else ""
    cell.outputs = []


def _row(cell: NotebookNode, answer: str) -> dict[str, Any]:
    """One line of the table: where, what was asked, points, and the sentence if points were lost."""
    nbgrader = cell.metadata.nbgrader
    first = cell.source.strip().splitlines()[0] if cell.source.strip() and cell.cell_type == "code" else ""
    title = (
        re.sub(r"\s*\([\d.]+ points?\)\s*$", "", first.lstrip("# ").strip()) if first.startswith("#") else ""
    )
    score, points = float(nbgrader.get("score") or 0), float(nbgrader.get("points") or 0)
    sentence = cell.metadata.get("verdict") or ""
    name = nbgrader.get("grade_id", "")
    return {
        "id": name,
        "answer": answer,
        "title": title or name,
        "score": score,
        "points": points,
        "sentence": sentence,
    }


def highlight(source: str, **_: Any) -> Markup:
    """Python with colours."""
    return _highlight_again(source) if len(source) <= _LONG else _highlight(source)


def _highlight(source: str) -> Markup:
    return Markup(Highlight2HTML(pygments_lexer="ipython3")(source))


_highlight_again = lru_cache(maxsize=1000)(_highlight)


class _Compiled(BytecodeCache):
    """Templates compiled by this process, so that the next page need not do it again."""

    known: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


class FeedbackExporter(HTMLExporter):  # type: ignore[misc]
    """The feedback page: a table on top, then the notebook; a content security policy keeps everything else out."""

    @default("raw_template")
    def _raw_template_default(self) -> str:
        return Path(__file__).with_name("feedback.html.j2").read_text(encoding="utf-8")

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """As HTMLExporter does, without its second reading of the page, which is for templates of its own."""
        self.register_filter("highlight_code", highlight)
        page: tuple[str, Any] = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return page

    def _create_environment(self) -> Any:
        environment = super()._create_environment()
        environment.bytecode_cache = _Compiled()
        return environment
