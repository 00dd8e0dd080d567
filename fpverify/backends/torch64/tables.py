"""
Constants and tables of the elementary functions, made and checked by Arb when they are first used.

A float taken from Arb is only a proposal: each is compared with its real value in ball arithmetic, and a failed
comparison raises. `python -O` does not remove these checks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from flint import arb, arb_series, ctx
from torch import Tensor

from fpverify.backends.torch64.rounding import UNIT
from fpverify.kernel.errors import SoundnessError

_BITS = 300


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise SoundnessError(f"the table {what} does not satisfy the hypotheses of its proof")


def _nearest(value: arb) -> float:
    return float(value.mid())


def _short(value: arb, places: int) -> float:
    """Return a multiple of 2^-places near *value*."""
    return float((value * arb(2) ** places).mid().floor().mid()) / 2.0**places


def _tensor(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device="cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """
    A constant c in parts, for x - n c: `1/c` to find n, then the parts of c from large to small.

    The leading parts have so few bits that n times them is exact for the n in use.
    """

    inverse: float
    parts: tuple[float, ...]


def _reduction(name: str, value: Callable[[], arb], places: tuple[int, ...], error: int) -> Reduction:
    """Split value() into multiples of 2^-places and a last float64; the sum is within 2^-error."""
    with ctx.workprec(_BITS):
        rest, parts = value(), []
        for place in places:
            parts.append(_short(rest, place))
            rest -= arb(parts[-1])
        parts.append(_nearest(rest))
        _require(abs(rest - arb(parts[-1])) < arb(2) ** -error, name)
        return Reduction(inverse=_nearest(1 / value()), parts=tuple(parts))


EXP = _reduction("ln2/64", lambda: arb.const_log2() / 64, (42,), 95)
EXP10 = _reduction("log10(2)/64", lambda: arb.const_log2() / arb.const_log10() / 64, (43,), 96)
SIN = _reduction("pi/64", lambda: arb.pi() / 64, (37, 70), 127)
LOG = _reduction("ln2", arb.const_log2, (41,), 95)


def _constant(name: str, value: Callable[[], arb]) -> float:
    """Return value() within u relative."""
    with ctx.workprec(_BITS):
        result = _nearest(value())
        _require(abs(arb(result) - value()) <= arb(UNIT) * abs(value()), name)
        return result


LN2 = _constant("ln2", arb.const_log2)
LN10 = _constant("ln10", arb.const_log10)
LOG2_E = _constant("1/ln2", lambda: 1 / arb.const_log2())
LOG10_E = _constant("1/ln10", lambda: 1 / arb.const_log10())


def _ends(value: Callable[[], arb]) -> tuple[float, float]:
    """Return float64 below and above value(), each within 2^-50 relative."""
    with ctx.workprec(_BITS):
        near = _nearest(value())
        lo, hi = near * (1.0 - 2.0**-52), near * (1.0 + 2.0**-52)
        _require(bool(arb(lo) < value()) and bool(value() < arb(hi)), "end points")
        return lo, hi


PI_ENDS = _ends(arb.pi)
HALF_PI_ENDS = _ends(lambda: arb.pi() / 2)
LN2_ENDS = _ends(arb.const_log2)


def _pairs(name: str, values: list[arb]) -> tuple[Tensor, Tensor]:
    """Return high and low parts: the high one within u relative, their sum within 2^-105 relative."""
    highs = [_nearest(value) for value in values]
    lows = [_nearest(value - arb(high)) for value, high in zip(values, highs, strict=True)]
    for value, high, low in zip(values, highs, lows, strict=True):
        size = abs(value) + arb(2) ** -1000
        _require(abs(value - arb(high)) <= arb(UNIT) * size, name)
        _require(abs(value - arb(high) - arb(low)) <= arb(2) ** -105 * size, name)
    return _tensor(highs), _tensor(lows)


def _make_exp() -> tuple[Tensor, ...]:
    """2^(j/64), j = 0, ..., 63, in two parts."""
    return _pairs("2^(j/64)", [(arb.const_log2() * j / 64).exp() if j else arb(1) for j in range(64)])


def _make_sin() -> tuple[Tensor, ...]:
    """sin(j pi/64), j = 0, ..., 127; the zeros and the units are exact."""
    exact = {0: 0, 32: 1, 64: 0, 96: -1}
    return _pairs("sin", [arb(exact[j]) if j in exact else (arb.pi() * j / 64).sin() for j in range(128)])[:1]


def _make_log() -> tuple[Tensor, ...]:
    """ln(j/128), j = 88, ..., 176: a multiple of 2^-41 and the rest."""
    highs, lows = [], []
    for j in range(88, 177):
        value = (arb(j) / 128).log() if j != 128 else arb(0)
        highs.append(_short(value, 41))
        lows.append(_nearest(value - arb(highs[-1])))
        _require(abs(value - arb(highs[-1]) - arb(lows[-1])) <= arb(2) ** -94, "log")
    return _tensor(highs), _tensor(lows)


def _make_atan() -> tuple[Tensor, ...]:
    """atan(j/64), j = 0, ..., 64, in two parts."""
    return _pairs("atan", [(arb(j) / 64).atan() if j else arb(0) for j in range(65)])


def _taylor(
    centres: list[arb], half: arb, degree: int, series: Callable[[arb, int], list[arb]], top: Callable[[arb], arb]
) -> list[Tensor]:
    """
    Return the coefficients of degree 0, ..., *degree* at each centre, and a bound of the error in each cell.

    *series* gives Taylor coefficients; top(centre) encloses |f^(d+1)| / (d+1)! on the cell. The last tensor is the
    relative error of the cell at 0 of an odd function, with c_0 = 0: there |f(x) - y| <= that times |x|.
    """
    columns, errors, linear = [], [], []
    for centre in centres:
        exact = series(centre, degree + 1)
        floats = [_nearest(c) for c in exact]
        terms = [
            abs(c - arb(f)) + arb(abs(f)) * arb(UNIT) * (2 * k + 2)
            for k, (c, f) in enumerate(zip(exact, floats, strict=True))
        ]
        remainder = top(centre)
        columns.append(floats)
        bound = remainder * half ** (degree + 1) + sum((t * half**k for k, t in enumerate(terms)), arb(0))
        errors.append(float(bound.upper()) * (1 + 2.0**-50))
        slope = remainder * half**degree + sum((t * half ** (k - 1) for k, t in enumerate(terms) if k), arb(0))
        linear.append(float(slope.upper()) * (1 + 2.0**-50))
    return [*_tensor(columns).T.contiguous().unbind(0), _tensor(errors), _tensor(linear)]


ERF_STEP, ERF_DEGREE, ERF_END = 2.0**-5, 9, 6.0
ERFCX_STEP, ERFCX_DEGREE, ERFCX_END = 2.0**-4, 10, 27.25


def _coefficients(series: arb_series, length: int) -> list[arb]:
    return [series[k] for k in range(length)]


def _make_erf() -> tuple[Tensor, ...]:
    """erf on cells around j / 32, 0 <= x <= 6; the remainder by the series over the whole cell."""

    def series(at: arb, length: int) -> list[arb]:
        ctx.cap = length
        return _coefficients(arb_series([at, 1]).erf(), length)

    half = arb(ERF_STEP) / 2
    cells = [arb(ERF_STEP) * j for j in range(round(ERF_END / ERF_STEP) + 1)]
    return tuple(
        _taylor(
            cells, half, ERF_DEGREE, series, lambda c: abs(series(c + arb(0, half), ERF_DEGREE + 2)[ERF_DEGREE + 1])
        )
    )


def _make_erfcx() -> tuple[Tensor, ...]:
    """
    erfcx(x) = exp(x^2) erfc(x) on cells around j / 16, 0 <= x <= 27.25.

    erfcx(x) = 2/sqrt(pi) integral_0^inf exp(-t^2 - 2 x t) dt is completely monotone, so every |derivative| decreases and
    is greatest at the left end of the cell: a point, where the series does not suffer from wide balls.
    """

    def series(at: arb, length: int) -> list[arb]:
        ctx.cap = length
        point = arb_series([at, 1])
        return _coefficients((point * point).exp() * point.erfc(), length)

    half = arb(ERFCX_STEP) / 2
    cells = [arb(ERFCX_STEP) * j for j in range(round(ERFCX_END / ERFCX_STEP) + 1)]
    made = _taylor(
        cells, half, ERFCX_DEGREE, series, lambda c: abs(series(c - half, ERFCX_DEGREE + 2)[ERFCX_DEGREE + 1])
    )
    least = [series(c + half, 1)[0] for c in cells]
    _require(all(bool(arb(e) <= 4 * arb(UNIT) * v) for e, v in zip(made[-2].tolist(), least, strict=True)), "erfcx")
    _require(bool(arb(ERFCX_END).erfc() < arb(2) ** -1075), "erfcx")
    return tuple(made)


_MAKERS = {
    "exp": _make_exp,
    "sin": _make_sin,
    "log": _make_log,
    "atan": _make_atan,
    "erf": _make_erf,
    "erfcx": _make_erfcx,
}


@cache
def _made(name: str) -> tuple[Tensor, ...]:
    cap = ctx.cap
    try:
        with ctx.workprec(_BITS if name != "erfcx" else 2000):
            return _MAKERS[name]()
    finally:
        ctx.cap = cap


@cache
def table(name: str, device: torch.device) -> tuple[Tensor, ...]:
    """Return the columns of the table *name* on *device*."""
    return tuple(column.to(device) for column in _made(name))
