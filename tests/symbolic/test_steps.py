"""Algebraic steps: identities are verified, near misses are not, and what cannot be read is named."""

from collections.abc import Mapping

import pytest

from fpverify import Step
from fpverify.kernel.errors import MisuseError
from fpverify.symbolic.steps import verify

K, KN = {"K": "positive"}, {"K": "positive", "n": "integer nonnegative"}
REAL, POSITIVE = {"x": "real", "y": "real"}, {"x": "positive", "y": "positive"}
SHIFT = "sqrt((15 + sqrt(65))/8)"


def _shifted(constant: str, cubic: str = "8/5") -> str:
    """Return the quartic that the paper prints, at x + C."""
    c = f"({SHIFT})"
    return (
        f"-2/5*(x + {c})**4 + {cubic}*{c}*(x + {c})**3 + (3/2 - 12/5*{c}**2)*(x + {c})**2"
        f" + (8/5*{c}**3 - 3*{c})*(x + {c}) + {constant}"
    )


Row = tuple[str, str, Mapping[str, str]]

TRUE: dict[str, list[Row]] = {
    "the geometric sum": [
        ("K*(1 - K**n)/(1 - K) + 1", "(1 - K**(n + 1))/(1 - K)", KN),
        ("Sum(K**i, (i, 0, n - 1))", "(1 - K**n)/(1 - K)", {"K": "positive", "n": "integer positive"}),
        ("summation(K**i, (i, 0, 4))", "1 + K + K**2 + K**3 + K**4", K),
        ("(1 - K**0)/(1 - K)", "0", K),
        ("K**n*K**2", "K**(n + 2)", KN),
    ],
    "the constant 20": [("1/(1 - 19/20)", "20", {}), ("1/(1 - 9/10)", "10", {})],
    "the quartic of Theorem 5.1": [
        (_shifted("1"), "-2/5*x**4 + 3/2*x**2", REAL),
        (f"-2/5*({SHIFT})**4 + 3/2*({SHIFT})**2", "1", {}),
    ],
    "the exponential of Theorem 5.2": [
        ("exp(log(2))*exp(x)", "2*exp(x)", REAL),
        ("exp((x + y)**2 - x**2 - y**2)", "exp(x*y)**2", REAL),
        ("diff(exp(x**3 - 2*x**2) - 1, x)", "x*(3*x - 4)*exp(x**3 - 2*x**2)", REAL),
    ],
    "square roots": [
        ("(1 + sqrt(2))**2", "3 + 2*sqrt(2)", {}),
        ("sqrt(3 + 2*sqrt(2))", "1 + sqrt(2)", {}),
        ("1/(sqrt(3) - sqrt(2))", "sqrt(3) + sqrt(2)", {}),
        ("sqrt(x**2)", "x", POSITIVE),
        ("sqrt(x**2)", "Abs(x)", REAL),
        ("sqrt(x)*sqrt(y)", "sqrt(x*y)", POSITIVE),
        ("sqrt(1 - 2*q/3)**2 + 2*q/3", "1", {"q": "positive"}),
    ],
    "logarithms and trigonometry": [
        ("log(x*y)", "log(x) + log(y)", POSITIVE),
        ("sin(x)**2 + cos(x)**2", "1", REAL),
        ("sin(x + 2*pi)", "sin(x)", REAL),
        ("2*sin(pi*x)**2", "1 - cos(2*pi*x)", REAL),
        ("1 - tanh(x)**2", "4*exp(-2*x)/(1 + exp(-2*x))**2", REAL),
        ("tanh(x)", "(exp(2*x) - 1)/(exp(2*x) + 1)", REAL),
        ("(-1)**(2*n)", "1", {"n": "integer"}),
    ],
    "calculus": [
        ("diff(x**3, x)", "3*x**2", REAL),
        ("integrate(2*x, (x, 0, y))", "y**2", REAL),
        ("limit(sin(x)/x, x, 0)", "1", {}),
        ("diff(x*erfc(-x/sqrt(2))/2, x)", "erfc(-x/sqrt(2))/2 + x*exp(-x**2/2)/sqrt(2*pi)", REAL),
    ],
    "names": [
        ("S + N", "N + S", {}),
        ("beta*gamma*E", "E*gamma*beta", {}),
        ("I**2", "-1", {}),
        ("Max(x, y)", "(x + y + Abs(x - y))/2 - (x + y + Abs(x - y))/2 + Max(x, y)", REAL),
    ],
}

FALSE: dict[str, list[Row]] = {
    "the geometric sum, off by one": [
        ("K*(1 - K**n)/(1 - K) + 1", "(1 - K**n)/(1 - K)", KN),
        ("K*(1 - K**n)/(1 - K) + K", "(1 - K**(n + 1))/(1 - K)", KN),
        ("Sum(K**i, (i, 1, n - 1))", "(1 - K**n)/(1 - K)", {"K": "positive", "n": "integer positive"}),
        ("Sum(K**i, (i, 0, n))", "(1 - K**n)/(1 - K)", {"K": "positive", "n": "integer positive"}),
        ("(1 - K**1)/(1 - K)", "0", K),
        ("K**n*K**2", "K**(2*n)", KN),
    ],
    "another constant": [("1/(1 - 19/20)", "19", {}), ("1/(1 - 9/10)", "1001/100", {})],
    "a wrong quartic": [
        (_shifted("2"), "-2/5*x**4 + 3/2*x**2", REAL),
        (_shifted("1", cubic="9/5"), "-2/5*x**4 + 3/2*x**2", REAL),
        (f"-2/5*({SHIFT})**4 + 3/2*({SHIFT})**2", "1 + 1/10**60", {}),
    ],
    "a wrong exponential": [
        ("exp(log(2))*exp(x)", "3*exp(x)", REAL),
        ("-((-43/20)**3 + 2*(-43/20)**2)", "log(2)", {}),
        ("diff(exp(x**3 - 2*x**2) - 1, x)", "x*(3*x - 2)*exp(x**3 - 2*x**2)", REAL),
    ],
    "square roots of numbers that may be negative": [
        ("sqrt(x**2)", "x", REAL),
        ("sqrt(x**2)", "x", {}),
        ("sqrt(x)*sqrt(y)", "sqrt(x*y)", {}),
        ("sqrt(3 + 2*sqrt(2))", "1 - sqrt(2)", {}),
        ("sqrt(2) + sqrt(3)", "3146264369941972342329135065715570445/10**36", {}),
        ("sqrt(2)", "141421356237309504880168872420969807856967187537694/10**50", {}),
        ("(1 + sqrt(2))**2", "3 - 2*sqrt(2)", {}),
    ],
    "logarithms and trigonometry, wrong": [
        ("log(x*y)", "log(x) + log(y)", {}),
        ("sin(x)**2 - cos(x)**2", "1", REAL),
        ("sin(x + pi)", "sin(x)", REAL),
        ("sin(pi*x)**2", "1 - cos(2*pi*x)", REAL),
        ("tanh(x)", "(exp(x) - 1)/(exp(x) + 1)", REAL),
        ("(-1)**(2*n)", "1", {"n": "real"}),
        ("exp(pi*sqrt(163))", "262537412640768744", {}),
    ],
    "calculus, wrong": [
        ("diff(x**3, x)", "3*x", REAL),
        ("integrate(2*x, (x, 0, y))", "x**2", REAL),
        ("limit(sin(x)/x, x, 0)", "0", {}),
        ("oo", "oo + x", {"x": "complex"}),
    ],
    "names that differ": [("x", "X", {}), ("S + N", "N", {}), ("E", "e", {})],
}


def _rows(groups: dict[str, list[Row]]) -> list[tuple[str, str, Mapping[str, str]]]:
    return [row for rows in groups.values() for row in rows]


def _step(left: str, right: str, symbols: Mapping[str, str]) -> Step:
    return Step(title="the step", left=left, right=right, symbols=symbols)


@pytest.mark.parametrize(("left", "right", "symbols"), _rows(TRUE))
def test_identities_are_verified(left: str, right: str, symbols: Mapping[str, str]) -> None:
    assert verify(_step(left, right, symbols)) is True


@pytest.mark.parametrize(("left", "right", "symbols"), _rows(FALSE))
def test_near_misses_are_not(left: str, right: str, symbols: Mapping[str, str]) -> None:
    """However near: no float decides."""
    assert verify(_step(left, right, symbols)) is False


def test_there_are_as_many_near_misses() -> None:
    assert len(_rows(FALSE)) >= len(_rows(TRUE))


UNREADABLE: dict[str, tuple[str, Mapping[str, str], str]] = {
    "a float": ("0.95*x", {}, "19/20"),
    "no syntax": ("x +", {}, "cannot be read"),
    "an unknown function": ("foo(x)", {}, "unknown function 'foo'"),
    "an attribute": ("x.__class__", {}, "is not read here"),
    "an import": ("__import__('os')", {}, "unknown function"),
    "a text": ("'x'", {}, "is not read here"),
    "a comparison": ("x < 1", {}, "is not read here"),
    "a truth value": ("True", {}, "is not read here"),
    "a pair": ("(1, 2)", {}, "no expression"),
    "a division by zero": ("1/(1 - 1)", {}, "undefined"),
    "a wrong number of arguments": ("sqrt()", {}, "cannot be read"),
    "a keyword": ("sqrt(x, evaluate=False)", {}, "is not read here"),
    "an unknown assumption": ("x", {"x": "nice"}, "unknown assumption"),
    "assumptions that exclude each other": ("x", {"x": "positive negative"}, "exclude each other"),
    "a name that is none": ("x", {"2x": "real"}, "no name"),
    "a declared symbol that is called": ("K(2)", {"K": "real"}, "is not read here"),
    "something else than a text": (3, {}, "no text"),  # pyright: ignore[reportAssignmentType]
}


@pytest.mark.parametrize(("text", "symbols", "words"), UNREADABLE.values(), ids=list(UNREADABLE))
@pytest.mark.parametrize("side", ["left", "right"])
def test_malformed_steps_are_misuse(text: str, symbols: Mapping[str, str], words: str, side: str) -> None:
    """The message names the step and says what is wrong with it."""
    sides = (text, "1") if side == "left" else ("1", text)
    with pytest.raises(MisuseError, match="step 'the step'") as caught:
        verify(_step(*sides, symbols))
    assert words in str(caught.value)


def test_a_declared_name_comes_before_a_function() -> None:
    """E, I and pi are constants only where they are not declared."""
    assert verify(_step("E*I - I*E", "0", {"E": "real", "I": "real"}))
    assert not verify(_step("I**2", "-1", {"I": "real"}))
