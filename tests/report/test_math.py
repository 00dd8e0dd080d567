"""LaTeX and SymPy's syntax, rendered: as written, well-formed, and shown as source where they cannot be read."""

import re
from html.parser import HTMLParser

import pytest

from fpverify._theorem import load_theorems, own_theorems
from fpverify.report._formula import NotAFormulaError, formula_latex
from fpverify.report._math import math_html, prose_html, statement_html, statement_markdown, step_html
from fpverify.report._plain import _SIGNS, plain
from tests.report.sample import STEPS

PLAIN_WORDS = set(
    "text frac tfrac dfrac mathbb mathbf mathrm operatorname sqrt sup max min lim limsup exp sin cos tanh log ln".split()
)
"""Commands whose name, or whose argument, is what a terminal shows."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def text_of(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    return re.sub(r"\s+", " ", "".join(parser.words))


@pytest.mark.parametrize(
    ("written", "latex"),
    [
        ("1/(1 - K)", r"\frac{1}{1 - K}"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("a - (-b)", r"a - \left(-b\right)"),
        ("(a + b)*c**(n + 1)", r"\left(a + b\right) c^{n + 1}"),
        ("-x**2", "-x^{2}"),
        ("(-x)**2", r"\left(-x\right)^{2}"),
        ("(a/b)**2", r"\left(\frac{a}{b}\right)^{2}"),
        ("2*3", r"2 \cdot 3"),
        ("3*(1/2)", r"3 \cdot \frac{1}{2}"),
        ("a + (-2)*x", r"a + \left(-2 x\right)"),
        ("sqrt(x0)*rho_1", r"\sqrt{x_{0}} \rho_{1}"),
        ("Sum(K**i, (i, 0, n - 1))", r"\sum_{i=0}^{n - 1} K^{i}"),
        ("diff(f(x), x)", r"\frac{d}{dx} \left(f\left(x\right)\right)"),
        ("diff(f(x), x, 2)", r"\frac{d^{2}}{dx^{2}} \left(f\left(x\right)\right)"),
        ("Abs(x - 1)", r"\left|x - 1\right|"),
        ("exp(-x)", "e^{-x}"),
        ("Rational(1, 3)*oo", r"\frac{1}{3} \infty"),
        ("Max(a, b) + weird(a)", r"\max\left(a, b\right) + \operatorname{weird}\left(a\right)"),
    ],
)
def test_formulas_are_rendered_as_they_are_written(written: str, latex: str) -> None:
    """Nothing is evaluated or reordered, and parentheses stand where they are needed."""
    assert formula_latex(written) == latex


@pytest.mark.parametrize(
    "written", ["x if y else z", "x &", "[1, 2]", "a < b", "lambda: 1", "'text'", "True", "f(x=1)", ""]
)
def test_other_syntax_is_no_formula(written: str) -> None:
    with pytest.raises(NotAFormulaError):
        formula_latex(written)


def test_a_step_that_cannot_be_rendered_is_shown_as_code() -> None:
    html = step_html(STEPS[1])
    assert html == "<code>x if x &lt; 1 else y = x &amp; y</code>"


def test_text_becomes_text_and_formulas_mathml() -> None:
    """Text wraps as text; punctuation never begins a line."""
    html = str(statement_html(r"\text{If } a < b, \text{ then } x^2 \le 1. \quad c \text{ & <d>}"))
    assert text_of(html) == "If a<b, then x2≤1. c & <d>"
    assert '<span class="nowrap"><math' in html
    assert "&lt;d&gt;" in html


def test_text_with_dollars_is_read_too() -> None:
    assert text_of(str(statement_html("We have $a^2 < b$ & more."))) == "We have a2<b & more."
    assert statement_markdown("We have $a^2 < b$.") == "We have $a^2 < b$."


@pytest.mark.parametrize("latex", [r"\unknown{x}", r"\frac{1", "a & b"])
def test_what_the_converter_cannot_read_is_shown_as_source(latex: str) -> None:
    html = str(math_html(latex))
    assert html.startswith("<code>")
    assert text_of(html) == latex


def test_prose_is_escaped_before_it_is_set() -> None:
    assert str(prose_html("x^t_j <= K_1 & <b> x^(t-1)")) == (
        "x<sup>t</sup><sub>j</sub> ≤ K<sub>1</sub> &amp; &lt;b&gt; x<sup>t-1</sup>"
    )


def test_statements_in_a_terminal_have_signs_for_commands() -> None:
    latex = r"\text{Let } D \subseteq \mathbb{R}^d: \quad \|x^{t-1}\| \le \frac{K^t}{1-K} \cdot \sqrt{2}"
    assert plain(latex) == "Let D ⊆ R^d: ‖x^(t-1)‖ ≤ (K^t)/(1-K) · √(2)"


def test_every_theorem_is_typeset() -> None:
    """No statement or step of our own theorems falls back to source."""
    for theorem in load_theorems([own_theorems()]).values():
        assert "<code>" not in statement_html(theorem.statement), theorem.id
        assert "\\" not in plain(theorem.statement), theorem.id
        commands = set(re.findall(r"\\([A-Za-z]+)", theorem.statement))
        assert commands <= {*_SIGNS, *PLAIN_WORDS}, theorem.id
        for step in theorem.steps:
            assert "<code>" not in step_html(step), (theorem.id, step.title)
