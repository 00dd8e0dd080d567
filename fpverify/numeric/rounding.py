"""
How far one float64 step of a network can be from the exact one: the slack of the numeric falsification test.

This slack is never part of a proof. It keeps the test from disputing a true bound for what rounding does; were it too
small, a proof would be called disputed, and were it too large, a false bound would have to be false by more to be found.

Derivation. Let u = 2^-53, x a state in doubles, |x - box| = 0, and let e_i bound |computed value i - exact value i| of the
program, e_0 = 0. Each operation adds its own rounding to what it inherits, entry by entry, over the whole box:

    affine        gamma_{2n+12} (|W| |x| + |b|) + |W| e     n columns, in any order, fused or not; covers parameters that
                                                            are midpoint +- radius in doubles: two sums of n products
    add           e_x + e_y + u |x + y|
    multiply      |x| e_y + |y| e_x + e_x e_y + u |x y|
    activation    the same for each operation of its formula, which is read with the vocabulary `RoundingOps`:
                  + - * as above, x / y: (e_x + |x/y| e_y) / (|y| - e_y) + u |x/y|, and for library functions
                  L e + 16 u |h|, with L the Lipschitz constant of h on the interval and 16 u for 8 ulps (torch states no
                  bounds; SLEEF, CUDA and libm state at most 5)

gamma_k = k u / (1 - k u) (N. Higham, Accuracy and Stability of Numerical Algorithms, 2002, Lemma 3.1). For a polynomial
of degree n in Horner's form this gives gamma_{2n+1} sum_i |c_i| |z|^i + |g'| e_z, to first order. A formula is read on
short pieces of its interval, so that dependencies such as x / (1 + exp(-x)) do not blow up its ranges. The bound is itself
computed in doubles, with relative errors far below the final factor 9/8.

A float orbit is an orbit with noise of at most this size, so that by T3.1 it stays within slack / (1 - K) of the bound.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import torch
from torch import Tensor

from fpverify.numeric.build import TorchNetwork

U = 2.0**-53
_LIBRARY = 16 * U
_SAFETY = 1.125
_PIECES = 32
_LEAST = 2.0**-1000


def gamma(operations: int) -> float:
    """Return k u / (1 - k u): the relative error of *operations* roundings."""
    return operations * U / (1 - operations * U)


@dataclass(frozen=True, eq=False)
class Rounded:
    """
    Quantities known to lie in [lo, hi], computed with errors of at most *err*.

    A Python int is exact. Ranges are rounded to nearest: only their sizes matter.
    """

    lo: Tensor
    hi: Tensor
    err: Tensor

    @classmethod
    def of(cls, value: "Rounded | int") -> Self:
        if isinstance(value, Rounded):
            return cls(value.lo, value.hi, value.err)
        exact = torch.tensor(float(value), dtype=torch.float64)
        return cls(exact, exact, torch.zeros_like(exact))

    @property
    def size(self) -> Tensor:
        return torch.maximum(self.lo.abs(), self.hi.abs())

    def rounded(self, share: float = U) -> "Rounded":
        """Return the quantity after one more rounding of the given relative size."""
        return Rounded(self.lo, self.hi, self.err + share * (self.size + self.err))

    def __neg__(self) -> "Rounded":
        return Rounded(-self.hi, -self.lo, self.err)

    def __add__(self, other: "Rounded | int") -> "Rounded":
        y = Rounded.of(other)
        return Rounded(self.lo + y.lo, self.hi + y.hi, self.err + y.err).rounded()

    __radd__ = __add__

    def __sub__(self, other: "Rounded | int") -> "Rounded":
        return self + -Rounded.of(other)

    def __rsub__(self, other: "Rounded | int") -> "Rounded":
        return Rounded.of(other) + -self

    def __mul__(self, other: "Rounded | int") -> "Rounded":
        y = Rounded.of(other)
        lo, hi = _hull([self.lo * y.lo, self.lo * y.hi, self.hi * y.lo, self.hi * y.hi])
        return Rounded(lo, hi, self.size * y.err + y.size * self.err + self.err * y.err).rounded()

    __rmul__ = __mul__

    def __pow__(self, power: int) -> "Rounded":
        result = self
        for _ in range(power - 1):
            result = result * self
        return result if power > 0 else Rounded.of(1)

    def __truediv__(self, other: "Rounded | int") -> "Rounded":
        y = Rounded.of(other)
        lo, hi = _hull([self.lo / y.lo, self.lo / y.hi, self.hi / y.lo, self.hi / y.hi])
        quotient = torch.maximum(lo.abs(), hi.abs())
        nearest = torch.minimum(y.lo.abs(), y.hi.abs()) - y.err
        certain = (y.lo * y.hi > 0) & (nearest > 0)
        err = torch.where(certain, (self.err + quotient * y.err) / nearest, torch.inf)
        return Rounded(lo, hi, err).rounded()

    def __rtruediv__(self, other: "Rounded | int") -> "Rounded":
        return Rounded.of(other) / self


def _hull(ends: list[Tensor]) -> tuple[Tensor, Tensor]:
    stacked = torch.stack(torch.broadcast_tensors(*ends))
    return stacked.amin(dim=0), stacked.amax(dim=0)


def _monotone(function: Any, x: Rounded, lipschitz: Tensor | float, *, falls: bool = False) -> Rounded:
    ends = function(x.lo), function(x.hi)
    lo, hi = ends[::-1] if falls else ends
    return Rounded(lo, hi, lipschitz * x.err).rounded(_LIBRARY)


class RoundingOps:
    """`Ops` for quantities with error bounds."""

    @staticmethod
    def number(value: Fraction) -> Rounded:
        exact = Rounded.of(0) + Rounded.of(1)
        nearest = exact.lo * float(value)
        return Rounded(nearest, nearest, U * nearest.abs())

    @staticmethod
    def pi() -> Rounded:
        return RoundingOps.number(Fraction(torch.pi))

    @staticmethod
    def sqrt(x: Rounded) -> Rounded:
        slope = 0.5 / (x.lo - x.err).clamp(min=0).sqrt()
        return Rounded(x.lo.sqrt(), x.hi.sqrt(), torch.minimum(slope * x.err, x.err.sqrt())).rounded()

    @staticmethod
    def exp(x: Rounded) -> Rounded:
        return _monotone(torch.exp, x, torch.exp(x.hi + x.err))

    @staticmethod
    def log(x: Rounded) -> Rounded:
        return _monotone(torch.log, x, 1 / (x.lo - x.err).clamp(min=0))

    @staticmethod
    def log1p(x: Rounded) -> Rounded:
        return _monotone(torch.log1p, x, 1 / (1 + x.lo - x.err).clamp(min=0))

    @staticmethod
    def tanh(x: Rounded) -> Rounded:
        return _monotone(torch.tanh, x, 1.0)

    @staticmethod
    def sin(x: Rounded) -> Rounded:
        one = torch.ones_like(x.lo)
        return Rounded(-one, one, x.err).rounded(_LIBRARY)

    cos = sin

    @staticmethod
    def erf(x: Rounded) -> Rounded:
        return _monotone(torch.erf, x, 1.13)

    @staticmethod
    def erfc(x: Rounded) -> Rounded:
        return _monotone(torch.erfc, x, 1.13, falls=True)

    @staticmethod
    def abs(x: Rounded) -> Rounded:
        nearest = torch.where(x.lo * x.hi > 0, torch.minimum(x.lo.abs(), x.hi.abs()), 0.0)
        return Rounded(nearest, x.size, x.err)

    @staticmethod
    def sign(x: Rounded) -> Rounded:
        uncertain = (x.lo - x.err <= 0) & (x.hi + x.err >= 0) & (x.err > 0)
        return Rounded(x.lo.sign(), x.hi.sign(), torch.where(uncertain, 2.0, 0.0).to(torch.float64))

    @staticmethod
    def maximum(x: Rounded, y: Rounded) -> Rounded:
        return Rounded(torch.maximum(x.lo, y.lo), torch.maximum(x.hi, y.hi), torch.maximum(x.err, y.err))

    @staticmethod
    def minimum(x: Rounded, y: Rounded) -> Rounded:
        return Rounded(torch.minimum(x.lo, y.lo), torch.minimum(x.hi, y.hi), torch.maximum(x.err, y.err))


# ------------------------------------------------------------------ networks


def step_error(f: TorchNetwork, lo: Tensor, hi: Tensor) -> Tensor:
    """
    Bound the rounding error of one step from any state of doubles in the box [lo, hi].

    Returns:
        A tensor of shape (d,) on the CPU: |float f_j(x) - f_j(x)| for midpoint or drawn parameters; infinite where a
        formula may divide by zero or overflow.
    """
    start = Rounded(lo.cpu(), hi.cpu(), torch.zeros(lo.shape, dtype=torch.float64))
    err = _SAFETY * run(f, start).err + _LEAST
    return torch.where(err.isnan(), torch.inf, err)


def run(f: TorchNetwork, start: Rounded) -> Rounded:
    """Return f of a state that is itself known up to an error, for all parameters in their intervals."""
    values = [start]
    for index, layer in enumerate(f.network.layers, start=1):
        values.append(_LAYERS[layer.kind](f, index, layer, values))
    return values[-1]


def _affine(f: TorchNetwork, index: int, layer: Any, values: list[Rounded]) -> Rounded:
    x, (weight, bias) = values[layer.source], f.ranges[index]
    size = weight.magnitude.cpu()
    centre, reach = (x.lo + x.hi) / 2, (x.hi - x.lo) / 2
    middle = weight.middle.cpu() @ centre + bias.middle.cpu()
    spread = weight.middle.cpu().abs() @ reach + bias.radius.cpu()
    if not weight.is_point:
        spread = spread + weight.radius.cpu() @ (centre.abs() + reach)
    own = gamma(2 * size.shape[1] + 12) * (size @ (x.size + x.err) + bias.magnitude.cpu())
    return Rounded(middle - spread, middle + spread, own + size @ x.err)


def _activate(f: TorchNetwork, index: int, layer: Any, values: list[Rounded]) -> Rounded:
    """Read the formula on pieces of each interval and take the hull of ranges, the largest error."""
    x = values[layer.source]
    ticks = torch.linspace(0, 1, _PIECES + 1, dtype=torch.float64)[:, None]
    ends = x.lo + ticks * (x.hi - x.lo)
    pieces = Rounded(ends[:-1], ends[1:], x.err.expand_as(ends[1:]))
    image = Rounded.of(layer.function.formula(pieces, RoundingOps))
    lo, hi, err = (part.expand_as(pieces.lo) for part in (image.lo, image.hi, image.err))
    return Rounded(lo.amin(dim=0), hi.amax(dim=0), err.amax(dim=0))


def _add(f: TorchNetwork, index: int, layer: Any, values: list[Rounded]) -> Rounded:
    return values[layer.source] + values[layer.other]


def _multiply(f: TorchNetwork, index: int, layer: Any, values: list[Rounded]) -> Rounded:
    return values[layer.source] * values[layer.other]


_LAYERS = {"affine": _affine, "activation": _activate, "add": _add, "multiply": _multiply}
