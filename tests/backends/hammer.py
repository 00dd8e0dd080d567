"""
The hammer: enclosures against Arb at 300 bits, on intervals made to hurt.

A violation is counted only where Arb proves it: a true value certainly outside the bounds, or an empty result where the
function has a value.
"""

import math
import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import torch
from flint import arb, ctx, fmpq

from fpverify.backends.torch64 import apply

BITS = 300
INF, NAN = math.inf, math.nan
HUGE, TINY, ETA = 1.7976931348623157e308, 2.0**-1022, 5e-324

EXTREMES = [
    0.0,
    ETA,
    3 * ETA,
    2.0**-1023,
    TINY,
    1e-300,
    1e-160,
    2.0**-60,
    1e-8,
    0.1,
    0.5,
    1 - 2.0**-53,
    1.0,
    1 + 2.0**-52,
]
EXTREMES += [1.5, 2.0, 3.0, 20.0, 22.0, 30.0, 709.5, 746.0, 2.0**15, 2.0**30, 1e100, 1e200, 2.0**1023, HUGE]
EXTREMES = sorted({s * v for v in EXTREMES for s in (1, -1)})
FEW = [-HUGE, -1e200, -3.0, -1.0, -1e-300, -ETA, -0.0, 0.0, ETA, TINY, 0.1, 1.0, 2.5, 1e200, HUGE]

DELICATE = [k * math.pi / 2 for k in (*range(-9, 10), 101, 5000, 20000, 20861)]
DELICATE += [k * math.pi / 128 for k in range(-9, 10)] + [k * math.log(2) / 128 for k in range(-9, 10)]
DELICATE += (
    [k / 64 for k in range(-9, 10)] + [k / 256 for k in range(160, 360, 7)] + [1 + k / 256 for k in range(-5, 6)]
)
DELICATE += [
    -745.13321910194122,
    -708.3964185322641,
    709.782712893384,
    710.4758600739439,
    -1074.0,
    -1075.0,
    1023.0,
    1024.0,
]
DELICATE += [
    308.25471555991674,
    -323.30621534311575,
    -323.6,
    5.9,
    6.0,
    26.5,
    27.22,
    27.3,
    0.5,
    2.0**30,
    31.5 / 64,
    36.7,
    -36.7,
]

Point = tuple[float, ...]
Exact = Callable[..., arb | None]
"""The true function; None outside its domain."""


def _at(condition: Callable[..., bool], function: Callable[..., arb]) -> Exact:
    return lambda *a: function(*a) if condition(*a) else None


def _everywhere(*_: arb) -> bool:
    return True


def _log_of_base(base: int) -> Callable[[arb], arb]:
    return lambda a: a.log() / arb(base).log()


def _sigmoid(a: arb) -> arb:
    return 1 / (1 + (-a).exp()) if a > 0 else a.exp() / (1 + a.exp())


def _softplus(a: arb) -> arb:
    return a + (-a).exp().log1p() if a > 0 else a.exp().log1p()


EXACT: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _at(lambda _, b: b != 0, lambda a, b: a / b),
    "min": lambda a, b: a.min(b),
    "max": lambda a, b: a.max(b),
    "fma": lambda a, b, c: a * b + c,
    "recip": _at(lambda a: a != 0, lambda a: 1 / a),
    "neg": lambda a: -a,
    "sqr": lambda a: a * a,
    "abs": abs,
    "sqrt": _at(lambda a: a >= 0, lambda a: a.sqrt()),
    "exp": lambda a: a.exp(),
    "exp2": lambda a: (a * arb.const_log2()).exp(),
    "exp10": lambda a: (a * arb.const_log10()).exp(),
    "log": _at(lambda a: a > 0, lambda a: a.log()),
    "log2": _at(lambda a: a > 0, _log_of_base(2)),
    "log10": _at(lambda a: a > 0, _log_of_base(10)),
    "log1p": _at(lambda a: a > -1, lambda a: a.log1p()),
    "sin": lambda a: a.sin(),
    "cos": lambda a: a.cos(),
    "tan": lambda a: a.tan(),
    "asin": _at(lambda a: abs(a) <= 1, lambda a: a.asin()),
    "acos": _at(lambda a: abs(a) <= 1, lambda a: a.acos()),
    "atan": lambda a: a.atan(),
    "sinh": lambda a: a.sinh(),
    "cosh": lambda a: a.cosh(),
    "tanh": lambda a: a.tanh(),
    "asinh": lambda a: a.asinh(),
    "acosh": _at(lambda a: a >= 1, lambda a: a.acosh()),
    "atanh": _at(lambda a: abs(a) < 1, lambda a: a.atanh()),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "erf": lambda a: a.erf(),
    "erfc": lambda a: a.erfc(),
}

FUNCTIONS = list(EXACT)[list(EXACT).index("exp") :]
UNARY = ["recip", "neg", "sqr", "abs", "sqrt", *FUNCTIONS]
BINARY = ["add", "sub", "mul", "div", "min", "max"]


def tensors(intervals: list[tuple[float, float]]) -> tuple[torch.Tensor, torch.Tensor]:
    lo, hi = zip(*intervals, strict=True)
    return torch.tensor(lo, dtype=torch.float64), torch.tensor(hi, dtype=torch.float64)


def floats(x: tuple[torch.Tensor, torch.Tensor]) -> list[tuple[float, float]]:
    return list(zip(x[0].tolist(), x[1].tolist(), strict=True))


def ulps_from(x: float, steps: int) -> float:
    for _ in range(abs(steps)):
        x = math.nextafter(x, INF if steps > 0 else -INF)
    return x


def _random_number(dice: random.Random) -> float:
    kind = dice.randrange(6)
    if kind == 0:
        return dice.gauss(0, 1)
    if kind == 1:
        return dice.gauss(0, 1) * 10.0 ** dice.uniform(-20, 3)
    if kind == 2:
        return dice.uniform(-760, 760)
    if kind == 3:
        return ulps_from(dice.choice(DELICATE), dice.randint(-3, 3))
    if kind == 4:
        return ulps_from(dice.choice(EXTREMES[1:-1]), dice.randint(-2, 2))
    return math.ldexp(dice.choice((1, -1)) * dice.uniform(1, 2), dice.randint(-1074, 1022))


def _random_interval(dice: random.Random) -> tuple[float, float]:
    a = _random_number(dice)
    kind = dice.randrange(5)
    if kind == 0:
        return a, a
    if kind == 1:
        return a, ulps_from(a, dice.randint(1, 3))
    if kind == 2:
        return a, min(HUGE, a + abs(a) * dice.random() ** 6)
    if kind == 3:
        return a, min(HUGE, a + dice.random() ** 4 * 4)
    b = _random_number(dice)
    return min(a, b), max(a, b)


def intervals(count: int, seed: int) -> list[tuple[float, float]]:
    """Return every delicate neighbourhood, every pair of a few extreme ends, infinite ends, and *count* random ones."""
    dice = random.Random(seed)
    ends = [-INF, *FEW, INF]
    fixed = [(a, b) for a, b in product(ends, ends) if a <= b and a < INF and b > -INF]
    fixed += [(ulps_from(c, i), ulps_from(c, j)) for c in DELICATE for i, j in ((0, 0), (-1, 1), (-2, -1), (1, 2))]
    fixed += [(v, v) for v in EXTREMES]
    return fixed + [_random_interval(dice) for _ in range(count)]


def _inside(x: tuple[float, float], dice: random.Random) -> Iterator[float]:
    lo, hi = max(x[0], -HUGE), min(x[1], HUGE)
    yield lo
    yield hi
    if lo < 0 < hi:
        yield 0.0
    if lo < hi:
        yield min(hi, max(lo, lo / 2 + hi / 2))
        yield (
            min(hi, max(lo, lo + (hi - lo) * dice.random())) if hi - lo < INF else dice.uniform(-1, 1) * min(hi, -lo, 1)
        )
        for critical in (-1.0, 1.0, math.pi / 2, -math.pi / 2, math.pi):
            if lo <= critical <= hi:
                yield critical


def ball(x: float) -> arb:
    return arb(fmpq(*x.as_integer_ratio()))


def is_outside(value: arb, bounds: tuple[float, float]) -> bool:
    """Return whether *value*, a ball, certainly lies outside; an empty result has everything outside."""
    lo, hi = bounds
    if math.isnan(lo) or math.isnan(hi):
        return math.isnan(lo) and math.isnan(hi)
    if not value.is_finite():
        return False
    below = lo == INF or (lo > -INF and bool(value < ball(lo)))
    return below or hi == -INF or (hi < INF and bool(value > ball(hi)))


def violations(
    exact: Exact, operands: list[list[tuple[float, float]]], results: list[tuple[float, float]], seed: int = 0
) -> list[tuple[Point, tuple[float, float]]]:
    """Return the points, one or more per operand tuple, whose value Arb proves to lie outside the result."""
    dice, found = random.Random(seed), []
    with ctx.workprec(BITS):
        for boxes, result in zip(zip(*operands, strict=True), results, strict=True):
            if any(math.isnan(r) for r in result) and not all(math.isnan(r) for r in result):
                found.append(((), result))
            for point in product(*(set(_inside(box, dice)) for box in boxes)):
                value = exact(*(ball(x) for x in point))
                if value is not None and is_outside(value, result):
                    found.append((point, result))
    return found


def hammer(name: str, count: int, seed: int = 0, *extra: int, exact: Exact | None = None) -> list:
    """Return the violations of the unary operation *name* on many intervals."""
    x = intervals(count, seed)
    return violations(exact or EXACT[name], [x], floats(apply(name, tensors(x), *extra)), seed)


def hammer_two(name: str, count: int, seed: int = 0) -> list:
    """Return the violations of the binary operation *name* on all pairs of extreme intervals, and on random ones."""
    ends = [-INF, -HUGE, -2.5, -ETA, 0.0, ETA, TINY, 1.0, 1e200, HUGE, INF]
    few = [(a, b) for a, b in product(ends, ends) if a <= b and a < INF and b > -INF]
    dice = random.Random(seed)
    pairs = [*product(few, few), *((_random_interval(dice), _random_interval(dice)) for _ in range(count))]
    x, y = [p for p, _ in pairs], [q for _, q in pairs]
    return violations(EXACT[name], [x, y], floats(apply(name, tensors(x), tensors(y))), seed)


def widths(name: str, points: list[float], *extra: int) -> tuple[float, float]:
    """Return the greatest width of the enclosures at *points*, in ulps of the value, and where."""
    worst, place = 0.0, math.nan
    for (lo, hi), x in zip(floats(apply(name, tensors([(p, p) for p in points]), *extra)), points, strict=True):
        size = max(abs(lo), abs(hi))
        if math.isfinite(size) and size > 2.0**-1000 and (hi - lo) / math.ulp(size) > worst:
            worst, place = (hi - lo) / math.ulp(size), x
    return worst, place
