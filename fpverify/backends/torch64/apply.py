"""
The checked door of the arithmetic: operations by their name in IEEE 1788-2015.

Here, and only here, the empty set is written (nan, nan). Behind this door a NaN is a lost bound, and infinite; a layer that
overflowed can so never be taken for an empty set. Each call waits for the device, to refuse what is no interval.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from fpverify.backends.torch64 import elementwise, functions
from fpverify.backends.torch64.guard import ensure_sound
from fpverify.backends.torch64.rounding import INF, Clipped, Interval, require_f64
from fpverify.kernel.errors import MisuseError, UnknownNameError


class Operation(NamedTuple):
    """A function of intervals; `arity` of them, followed by a Python int where `exponent` holds."""

    function: Callable[..., Interval | Clipped]
    arity: int
    exponent: bool = False


OPERATIONS: dict[str, Operation] = {
    "add": Operation(elementwise.add, 2),
    "sub": Operation(elementwise.sub, 2),
    "mul": Operation(elementwise.mul, 2),
    "div": Operation(elementwise.div, 2),
    "sqrt": Operation(elementwise.sqrt, 1),
    "sqr": Operation(elementwise.sqr, 1),
    "pown": Operation(elementwise.pown, 1, exponent=True),
    "abs": Operation(elementwise.absolute, 1),
    "min": Operation(elementwise.minimum, 2),
    "max": Operation(elementwise.maximum, 2),
    "neg": Operation(elementwise.neg, 1),
    "recip": Operation(elementwise.recip, 1),
    "fma": Operation(elementwise.fma, 3),
    "intersection": Operation(elementwise.intersection, 2),
    "convexHull": Operation(elementwise.hull, 2),
    **{
        name: Operation(getattr(functions, name), 1)
        for name in (
            *("exp", "exp2", "exp10", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan"),
            *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sigmoid", "softplus", "erf", "erfc"),
        )
    },
}
"""Name → operation. The names are those of IEEE 1788, and log1p, sigmoid, softplus, erf, erfc."""


def apply(name: str, *operands: tuple[Tensor, Tensor] | int) -> tuple[Tensor, Tensor]:
    """
    Enclose the range of the operation *name* over the operands, entry by entry.

    Args:
        name: a key of `OPERATIONS`.
        operands: pairs (lo, hi) of float64 tensors, of shapes that broadcast; (nan, nan) is empty. The last operand of
            `pown` is a Python int.

    Returns:
        (lo, hi), and (nan, nan) where the result is empty.

    Raises:
        UnknownNameError: no operation has this name.
        DtypeError: a tensor is not float64.
        MisuseError: an operand is no interval: lo > hi, one end NaN, lo = inf or hi = -inf.
        UnsoundPlatformError: if the device does not compute as the proofs assume.
    """
    operation = _find(name, operands)
    intervals: list[Any] = list(operands[: operation.arity])
    empties = [_require_intervals(name, x) for x in intervals]
    ensure_sound(intervals[0][0].device)
    shape = torch.broadcast_shapes(*(end.shape for x in intervals for end in x))
    broadcast = [tuple(end.expand(shape) for end in x) for x in intervals]
    result = operation.function(*broadcast, *operands[operation.arity :])
    if name == "convexHull":
        return _hull_of_nonempty(broadcast, empties, result)
    empty = torch.stack([e.expand(shape) for e in empties]).any(0)
    if isinstance(result, Clipped):
        empty = empty | result.empty
    return _marked(result, empty)


def _find(name: str, operands: tuple) -> Operation:
    if name not in OPERATIONS:
        raise UnknownNameError(f"operation {name!r}: write one of {', '.join(sorted(OPERATIONS))}")
    operation = OPERATIONS[name]
    if len(operands) != operation.arity + operation.exponent:
        what = f"{operation.arity} intervals" + (" and a Python int" if operation.exponent else "")
        raise MisuseError(f"{name} of {len(operands)} operands: write {what}")
    return operation


def _require_intervals(name: str, x: Any) -> Tensor:
    """Return where *x* is empty; raise unless it is an interval elsewhere."""
    if not isinstance(x, tuple) or len(x) != 2:
        raise MisuseError(f"{name} of {x!r}: write a pair (lo, hi) of float64 tensors")
    lo, hi = x
    require_f64(lo, hi)
    empty = lo.isnan() & hi.isnan()
    proper = empty | ((lo <= hi) & (lo < INF) & (hi > -INF))
    if not bool(proper.all()):
        at = tuple((~proper).nonzero()[0].tolist())
        ends = lo.expand(proper.shape)[at].item(), hi.expand(proper.shape)[at].item()
        raise MisuseError(
            f"{name} of [{ends[0]}, {ends[1]}]: write lo <= hi, lo < inf, hi > -inf, or nan twice for empty"
        )
    return empty


def _hull_of_nonempty(intervals: list, empties: list[Tensor], both: Interval | Clipped) -> Interval:
    (x, y), (no_x, no_y) = intervals, empties
    lo = torch.where(no_x, y[0], torch.where(no_y, x[0], both[0]))
    hi = torch.where(no_x, y[1], torch.where(no_y, x[1], both[1]))
    return _marked((lo, hi), no_x & no_y)


def _marked(result: Interval | Clipped, empty: Tensor) -> Interval:
    return torch.where(empty, torch.nan, result[0]), torch.where(empty, torch.nan, result[1])
