"""Networks in SymPy: exact, with parameters as numbers or as symbols."""

from fractions import Fraction

import pytest
import sympy
from sympy import Rational, Symbol

import fpverify as fp
from fpverify.kernel.errors import MisuseError
from fpverify.symbolic.build import state_symbols, symbolic

X, X1, X2 = Symbol("x", real=True), Symbol("x_1", real=True), Symbol("x_2", real=True)


def test_a_looped_layer_is_its_formula() -> None:
    found = symbolic(fp.loop("tanh", [["1/3", "0"], ["1", "-0.1"]], ["0", "2"]))
    assert found.state == (X1, X2)
    assert found.image == (sympy.tanh(X1 / 3), sympy.tanh(X1 - X2 / 10 + 2))
    assert not found.parameters


def test_numbers_stay_rational() -> None:
    """0.1 is 1/10; no float enters."""
    (image,) = symbolic(fp.loop({"name": "leaky_relu", "slope": "0.1"}, [["0.3"]])).image
    assert not image.atoms(sympy.Float)


def test_a_program_with_sums_and_products() -> None:
    network = fp.network(
        [{"affine": {"weight": [["2"]], "bias": ["1"]}}, {"add": {"with": 0}}, {"multiply": {"with": 1}}],
        name="program",
    )
    (image,) = symbolic(network).image
    assert sympy.expand(image - (3 * X + 1) * (2 * X + 1)) == 0


def test_uncertain_parameters_as_midpoints_or_symbols() -> None:
    """Symbols are named by layer, row and column, and carry their intervals; the midpoints are the default."""
    network = fp.loop("identity", [[("0", "1"), "2"], ["3", ("1/2", "1")]], ["0", ("-1", "1")])
    assert symbolic(network).image == (X1 / 2 + 2 * X2, 3 * X1 + Rational(3, 4) * X2)
    named = symbolic(network, uncertain="symbols")
    w, v, b = (Symbol(name, real=True) for name in ("W1_1_1", "W1_2_2", "b1_2"))
    assert named.image == (w * X1 + 2 * X2, 3 * X1 + v * X2 + b)
    assert named.parameters == {w: (0, 1), v: (Fraction(1, 2), 1), b: (-1, 1)}


def test_other_words_are_misuse() -> None:
    with pytest.raises(MisuseError, match="midpoint, symbols"):
        symbolic(fp.loop("tanh", [["1"]]), uncertain="random")


def test_the_scalar_state_is_x() -> None:
    assert state_symbols(1) == (X,)


def test_the_shifted_quartic_is_the_quartic_of_the_paper() -> None:
    """g(x + C) = F(x), with the coefficients that the paper prints and C = sqrt((15 + sqrt 65) / 8)."""
    c = sympy.sqrt((15 + sympy.sqrt(65)) / 8)
    (image,) = symbolic(fp.loop("quartic", [["1"]])).image
    printed = (
        -Rational(2, 5) * X**4
        + Rational(8, 5) * c * X**3
        + (Rational(3, 2) - Rational(12, 5) * c**2) * X**2
        + (Rational(8, 5) * c**3 - 3 * c) * X
        + 1
    )
    assert sympy.simplify(sympy.expand(printed.subs(X, X + c) - image)) == 0
