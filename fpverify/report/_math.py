"""LaTeX as MathML in HTML: text becomes text that wraps, formulas become <math>; what cannot be read is shown as it is."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert
from markupsafe import Markup, escape

from fpverify._theorem import Step
from fpverify.report._formula import NotAFormulaError, formula_latex

_BREAKS = re.compile(r"\\qquad|\\quad|\\\\|[,;]\s*\\[ ;]|[,;]\s+")
_TOKEN = re.compile(r"\\text\s*\{|\\begin\b|\\end\b|\\.|[{}()\[\]]", re.DOTALL)


_OPENING = r"<mrow>|<mo[^>]*>(?:\[|\(|&#x(?:0005B|00028|0002C|0003D|02264|02265|0003C|0003E);)</mo>"
_REPAIRS = (
    (r"&(?!#|\w+;)", "&amp;"),
    (r"<mo[^>]*>(&#x0007C;|&#x02016;|\||‖)</mo>(?!</mrow>)", r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>'),
    (r"<msup>(<m[in]>[^<]*</m[in]>)<mi>(&#x0203[2-4];)</mi></msup>", r'\1<mo lspace="0" rspace="0">\2</mo>'),
    (r"<mi>(&#x02A7[DE];)</mi>", r"<mo>\1</mo>"),
    (r"<mi>(sin|cos|tan|tanh|exp|log|ln)</mi>(?=<m[in]>)", r'<mi>\1</mi><mspace width="0.167em"/>'),
    (rf"({_OPENING})<mo>(&#x02212;)</mo>", r'\1<mo form="prefix" lspace="0" rspace="0">\2</mo>'),
)
"""
What the converter gets wrong: bare ampersands, bars spaced like relations, primes and relations as letters, signs as
operations, no space after sin.
"""

_PARTS = {
    f"{{http://www.w3.org/1998/Math/MathML}}{tag}": 2 for tag in ("mfrac", "msup", "msub", "munder", "mover", "mroot")
}
"""How many parts an element needs; a converter that was given half a formula forgets some."""

_SUPERSCRIPT = re.compile(r"\^(\(([^()]*)\)|\{([^{}]*)\}|-?[^\W_]+)")
_SUBSCRIPT = re.compile(r"(\b[A-Za-z]|</sup>)_(\{([^{}]*)\}|\w+)")
_RELATIONS = {"<=": "≤", ">=": "≥", "!=": "≠", "->": "→"}


def prose_html(words: str) -> Markup:
    """Return plain words with x^t, x_1 and <= as they are written by hand."""
    for plain, sign in _RELATIONS.items():
        words = words.replace(plain, sign)
    html = re.sub(r"\boo\b", "∞", str(escape(words)))
    html = _SUPERSCRIPT.sub(lambda m: f"<sup>{m[2] or m[3] or m[1]}</sup>", html)
    html = _SUBSCRIPT.sub(lambda m: f"{m[1]}<sub>{m[3] or m[2]}</sub>", html)
    return Markup(html)  # noqa: S704  # escaped above; only sub and sup are added


def statement_html(latex: str) -> Markup:
    r"""
    Return a statement as HTML.

    Args:
        latex: formulas with `\text{...}` among them; or text with formulas between dollar signs.
    """
    parts = list(_of_text(latex) if "$" in latex else _of_formulas(latex))
    html, unbroken = Markup(""), Markup('<span class="nowrap">{}{}</span>')
    for index, (kind, content) in enumerate(parts):
        after = parts[index + 1] if index + 1 < len(parts) else ("", "")
        if kind == "math" and after[0] == "text" and after[1] in _ENDINGS:
            html += unbroken.format(math_html(content), after[1])
        elif not (kind == "text" and content in _ENDINGS and index and parts[index - 1][0] == "math"):
            html += _shown(kind, content)
    return html


def statement_markdown(latex: str) -> str:
    """Return a statement as Markdown, its formulas between dollar signs."""
    parts = _of_text(latex) if "$" in latex else _of_formulas(latex)
    words = {"text": lambda s: s, "math": lambda s: f"${s.strip()}$", "space": lambda s: "\n\n" if s == r"\\" else " "}
    return re.sub(r" +", " ", "".join(words[kind](content) for kind, content in parts)).strip()


def math_html(latex: str) -> Markup:
    """Return one formula as inline MathML, or as code if it cannot be converted."""
    try:
        mathml = convert(latex.replace("{aligned}", "{gathered}"))
        for pattern, better in _REPAIRS:
            mathml = re.sub(pattern, better, mathml)
        root = ET.fromstring(mathml)  # noqa: S314  # the converter's own output, parsed to see that it is sound
    except Exception:  # noqa: BLE001  # any failure of the converter means: show the source
        return Markup("<code>{}</code>").format(latex)
    if any(
        (node.text or "").startswith(("\\", "&")) or len(node) != _PARTS.get(node.tag, len(node))
        for node in root.iter()
    ):
        return Markup("<code>{}</code>").format(latex)
    return Markup(mathml.replace('xmlns="http://www.w3.org/1998/Math/MathML" ', "", 1))  # noqa: S704  # well-formed, see above


def step_html(step: Step) -> Markup:
    """Return an algebraic step as an equation."""
    latex = step_latex(step)
    return Markup("<code>{} = {}</code>").format(step.left, step.right) if latex is None else math_html(latex)


def step_latex(step: Step) -> str | None:
    """Return an algebraic step as LaTeX; None if it is not rendered."""
    try:
        return rf"\displaystyle {formula_latex(step.left)} = {formula_latex(step.right)}"
    except NotAFormulaError:
        return None


def _shown(kind: str, content: str) -> Markup:
    if kind == "math":
        return math_html(content)
    if kind == "space":
        return Markup("<br>") if content == r"\\" else Markup(" ")
    return escape(content)


def _of_text(latex: str) -> Iterator[tuple[str, str]]:
    """Cut text with formulas between $ or $$."""
    for index, part in enumerate(re.split(r"\$\$?", latex)):
        if part:
            yield ("math" if index % 2 else "text"), part


def _of_formulas(latex: str) -> Iterator[tuple[str, str]]:
    r"""Cut a formula at its `\text{...}`, wide spaces and commas, where no brace, bracket or environment is open."""
    start, position, depth = 0, 0, 0
    while position < len(latex):
        space = _BREAKS.match(latex, position) if depth == 0 else None
        token = _TOKEN.match(latex, position)
        if space:
            comma = space.group()[0] in ",;"
            yield from _math_part(latex[start : position + comma])
            yield "space", space.group()
            start = position = space.end()
        elif token and depth == 0 and token.group().startswith(r"\text"):
            yield from _math_part(latex[start:position])
            end = _closing(latex, token.end())
            yield "text", latex[token.end() : end]
            start = position = end + 1
        elif token:
            depth = max(0, depth + _DEPTH.get(token.group(), 0))
            position = token.end()
        else:
            position += 1
    yield from _math_part(latex[start:])


_ENDINGS = (".", ",", ";", ":")
_DEPTH = {"{": 1, "(": 1, "[": 1, r"\begin": 1, r"\{": 1, "}": -1, ")": -1, "]": -1, r"\end": -1, r"\}": -1}


def _math_part(latex: str) -> Iterator[tuple[str, str]]:
    """Yield a formula; the comma or full stop of the sentence at its end belongs to the text."""
    formula = latex.strip()
    ending = formula[-1:] if formula[-1:] in _ENDINGS and not formula.endswith("\\" + formula[-1:]) else ""
    if latex[:1] == " ":
        yield "space", " "
    if body := formula[: len(formula) - len(ending)].strip():
        yield "math", body
    if ending:
        yield "text", ending
    if latex[-1:] == " " and formula:
        yield "space", " "


def _closing(latex: str, position: int) -> int:
    """Return where the brace that was opened before *position* is closed."""
    depth = 1
    while position < len(latex):
        step = 2 if latex[position] == "\\" else 1
        depth += {"{": 1, "}": -1}.get(latex[position], 0) if step == 1 else 0
        if depth == 0:
            return position
        position += step
    return len(latex)
