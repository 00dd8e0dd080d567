"""
Two judges of point values, apart from the code under test.

`point` is a ball of Arb at high precision: rigorous, and it reads the formula of the activation. `value` and `slope` are
mpmath at 100 digits: not rigorous, but their formulas are written here, from the definition of each function.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import sympy
from flint import arb, ctx, fmpq

from fpverify.kernel.arb import ArbOps
from fpverify.kernel.backend import Formula
from tests.strategies import Case

BITS = 384
MP = mpmath.mp.clone()
MP.dps = 100
NEAR = Fraction(1, 10**90)
"""How near the approximate critical points are to the true ones, or nearer."""

Real = Any
"""A number of mpmath."""


# ------------------------------------------------------------------ Arb


def point(formula: Formula, x: Fraction) -> arb:
    """Return a ball that holds `formula(x)`, at 384 bits."""
    with ctx.workprec(BITS):
        ball = formula(_thin(x), ArbOps)
    assert ball.is_finite(), f"the oracle is not finite at {x}"
    return ball


def secant(formula: Formula, x: Fraction, y: Fraction) -> arb:
    """Return a ball that holds (g(y) - g(x)) / (y - x)."""
    with ctx.workprec(BITS):
        ball = (formula(_thin(y), ArbOps) - formula(_thin(x), ArbOps)) / _thin(y - x)
    assert ball.is_finite(), f"the oracle is not finite between {x} and {y}"
    return ball


def is_outside(ball: arb, low: Fraction, high: Fraction) -> bool:
    """Return whether every number in *ball* is certainly below *low* or certainly above *high*."""
    with ctx.workprec(BITS):
        return bool(ball < _thin(low)) or bool(ball > _thin(high))


def is_above(x: Fraction, ball: arb) -> bool:
    """Return whether *x* is certainly above every number in *ball*."""
    with ctx.workprec(BITS):
        return bool(_thin(x) > ball)


def size(ball: arb) -> Fraction:
    """Return a rational near to |ball|, for relative tolerances."""
    with ctx.workprec(64):
        mantissa, exponent = abs(ball).upper().man_exp()
    return Fraction(0) if exponent < -100_000 else Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _thin(x: Fraction) -> arb:
    return arb(fmpq(x.numerator, x.denominator))


# ------------------------------------------------------------------ mpmath


def value(case: Case, x: Fraction) -> Real:
    """Return g(x) to some 90 digits."""
    return _MPMATH[case.name](case.parameters)(number(x))


def slope(case: Case, x: Fraction) -> Real:
    """Return g'(x), to some 40 digits, by numerical differentiation; x must not be a kink."""
    return MP.diff(_MPMATH[case.name](case.parameters), number(x))


def number(x: Fraction) -> Real:
    return MP.mpf(x.numerator) / x.denominator


def _exact(x: Real) -> Fraction:
    return Fraction(MP.nstr(x, 96))


Parameters = Mapping[str, Any]
RealFunction = Callable[[Real], Real]


def _sum_of_powers(coefficients: Any) -> RealFunction:
    if isinstance(coefficients, Fraction):
        coefficients = (coefficients,)
    return lambda x: MP.fsum(number(c) * x**i for i, c in enumerate(coefficients))


def _printed_quartic(parameters: Parameters) -> RealFunction:
    """The quartic as the paper prints it, at x + C."""
    c = MP.sqrt((15 + MP.sqrt(65)) / 8)
    terms = [1, 8 * c**3 / 5 - 3 * c, MP.mpf(3) / 2 - 12 * c**2 / 5, 8 * c / 5, -MP.mpf(2) / 5]
    return lambda x: MP.fsum(term * (x + c) ** i for i, term in enumerate(terms))


def _exponential(parameters: Parameters) -> RealFunction:
    p, scale = _sum_of_powers(parameters["coefficients"]), number(parameters["scale"])
    return lambda x: MP.e ** (p(x) + MP.log(scale)) - 1


def _gompertz(parameters: Parameters) -> RealFunction:
    c, a, s = (number(parameters[key]) for key in ("scale", "displacement", "rate"))
    return lambda x: c / MP.e ** (a / MP.e ** (s * x))


def _gaussian(parameters: Parameters) -> RealFunction:
    h, m, w = (number(parameters[key]) for key in ("height", "centre", "width"))
    return lambda x: h * MP.sqrt(MP.pi) * w * MP.npdf(x, m, w / MP.sqrt(2))


def _leaky(parameters: Parameters) -> RealFunction:
    a = number(parameters["slope"])
    return lambda x: x if x > 0 else a * x


def _elu(parameters: Parameters) -> RealFunction:
    a = number(parameters["alpha"])
    return lambda x: x if x > 0 else a * MP.expm1(x)


def _clamp(x: Real) -> Real:
    return MP.mpf(1) if x > 1 else MP.mpf(-1) if x < -1 else x


_MPMATH: Mapping[str, Callable[[Parameters], RealFunction]] = {
    "identity": lambda _: lambda x: x,
    "polynomial": lambda parameters: _sum_of_powers(parameters["coefficients"]),
    "quartic": _printed_quartic,
    "cubic": lambda _: lambda x: x - (x - 1) * x * (x + 1) / 2,
    "exponential": _exponential,
    "exp": lambda _: lambda x: MP.e**x,
    "tanh": lambda _: lambda x: MP.sinh(x) / MP.cosh(x),
    "sigmoid": lambda _: lambda x: (1 + MP.tanh(x / 2)) / 2,
    "erf": lambda _: lambda x: 2 * MP.ncdf(x * MP.sqrt(2)) - 1,
    "gelu": lambda _: lambda x: x * MP.ncdf(x),
    "silu": lambda _: lambda x: x * (1 + MP.tanh(x / 2)) / 2,
    "softplus": lambda _: lambda x: MP.log(1 + MP.e**x),
    "softsign": lambda _: lambda x: x / (1 + x) if x > 0 else x / (1 - x),
    "relu": lambda _: lambda x: x if x > 0 else 0 * x,
    "leaky_relu": _leaky,
    "hardtanh": lambda _: _clamp,
    "elu": _elu,
    "sin": lambda _: lambda x: MP.expj(x).imag,
    "gompertz": _gompertz,
    "gaussian": _gaussian,
    "staircase": lambda _: lambda x: x - MP.sinpi(2 * x) / (2 * MP.pi),
    "sign": lambda _: MP.sign,
}

NAMES = frozenset(_MPMATH)

KINKS: Mapping[str, tuple[Fraction, ...]] = {
    **dict.fromkeys(("relu", "leaky_relu", "elu", "sign"), (Fraction(0),)),
    "hardtanh": (Fraction(-1), Fraction(1)),
}


def turning_values(case: Case, low: Fraction, high: Fraction) -> list[Fraction]:
    """Return approximations of all points in [low, high] where g may turn, and points beside its jumps."""
    if case.name == "sin":
        return list(_multiples(MP.pi, MP.pi / 2, low, high))
    beside = _beside_kinks(case) if case.name == "sign" else []
    return [x for x in (*_critical(case.name, 1, **_plain(case)), *beside) if low - NEAR <= x <= high + NEAR]


def turning_slopes(case: Case, low: Fraction, high: Fraction) -> list[Fraction]:
    """Return approximations of all points in [low, high] where g' may turn, and points beside the kinks of g."""
    if case.name == "sin":
        return list(_multiples(MP.pi, MP.mpf(0), low, high))
    if case.name == "staircase":
        return list(_multiples(MP.mpf(1) / 2, MP.mpf(0), low, high))
    return [
        x for x in (*_critical(case.name, 2, **_plain(case)), *_beside_kinks(case)) if low - NEAR <= x <= high + NEAR
    ]


def _beside_kinks(case: Case) -> list[Fraction]:
    return [kink + side * NEAR / 2 for kink in KINKS.get(case.name, ()) for side in (-1, 1)]


def _multiples(step: Real, start: Real, low: Fraction, high: Fraction) -> Iterator[Fraction]:
    first = int(MP.ceil((number(low - NEAR) - start) / step))
    last = int(MP.floor((number(high + NEAR) - start) / step))
    return (_exact(start + k * step) for k in range(first, last + 1))


def _plain(case: Case) -> dict[str, Any]:
    return dict(case.parameters)


@cache
def _critical(name: str, order: int, **parameters: Any) -> tuple[Fraction, ...]:
    """Return approximations of the zeros of the derivative of the given order."""
    roots = _VALUE_TURNS if order == 1 else _SLOPE_TURNS
    return tuple(roots[name](parameters)) if name in roots else ()


def _real_roots(coefficients: Any) -> list[Fraction]:
    """Return the real roots by SymPy, which isolates them without FLINT."""
    x = sympy.Symbol("x")
    poly = sympy.Poly([sympy.Rational(c.numerator, c.denominator) for c in reversed(coefficients)], x)
    if poly.degree() < 1:
        return []
    return [Fraction(str(sympy.N(root, 96))) for root in sorted(set(poly.real_roots()), key=sympy.N)]


def _derivative(coefficients: Any, times: int) -> list[Fraction]:
    if isinstance(coefficients, Fraction):
        coefficients = (coefficients,)
    for _ in range(times):
        coefficients = [i * c for i, c in enumerate(coefficients)][1:] or [Fraction(0)]
    return list(coefficients)


def _exponential_slope_turns(parameters: Parameters) -> list[Fraction]:
    x = sympy.Symbol("x")
    terms = [sympy.Rational(c.numerator, c.denominator) * x**i for i, c in enumerate(parameters["coefficients"])]
    p = sympy.Add(*terms)
    poly = sympy.Poly(sympy.diff(p, x, 2) + sympy.diff(p, x) ** 2, x)
    return _real_roots([Fraction(int(c.p), int(c.q)) for c in reversed(poly.all_coeffs())])


def _silu_bend() -> Fraction:
    return _exact(MP.findroot(lambda x: x * MP.tanh(x / 2) - 2, 2.4))


_ZERO = Fraction(0)
_ROOT_TWO = _exact(MP.sqrt(2))

_VALUE_TURNS: Mapping[str, Callable[[Parameters], list[Fraction]]] = {
    "polynomial": lambda parameters: _real_roots(_derivative(parameters["coefficients"], 1)),
    "quartic": lambda _: [_ZERO, _exact(MP.sqrt(30) / 4), -_exact(MP.sqrt(30) / 4)],
    "cubic": lambda _: [Fraction(-1), Fraction(1)],
    "exponential": lambda parameters: _real_roots(_derivative(parameters["coefficients"], 1)),
    "gelu": lambda _: [_exact(MP.findroot(lambda x: MP.ncdf(x) + x * MP.npdf(x), -0.75))],
    "silu": lambda _: [_exact(-1 - MP.lambertw(1 / MP.e))],
    "gaussian": lambda parameters: [parameters["centre"]],
}

_SLOPE_TURNS: Mapping[str, Callable[[Parameters], list[Fraction]]] = {
    **dict.fromkeys(("tanh", "sigmoid", "erf", "softsign", "cubic"), lambda _: [_ZERO]),
    "polynomial": lambda parameters: _real_roots(_derivative(parameters["coefficients"], 2)),
    "quartic": lambda _: [_exact(MP.sqrt(10) / 4), -_exact(MP.sqrt(10) / 4)],
    "exponential": _exponential_slope_turns,
    "gelu": lambda _: [-_ROOT_TWO, _ROOT_TWO],
    "silu": lambda _: [-_silu_bend(), _silu_bend()],
    "gompertz": lambda parameters: [_exact(MP.log(number(parameters["displacement"])) / number(parameters["rate"]))],
    "gaussian": lambda parameters: [
        parameters["centre"] + side * parameters["width"] * _ROOT_TWO / 2 for side in (-1, 1)
    ],
}
