"""
The kernel's `Backend` on float64 tensors: each end point is one entry.

Sums, products and quotients are rounded as a directed mode would round them: the error of the operation to nearest is
computed exactly, and one step is taken only where its sign asks for one. Formulas at points use the enclosures of this
package. Nothing here is trusted by a certificate: the kernel decides again with Arb.

Source:
    J.-M. Muller et al., Handbook of Floating-Point Arithmetic (2018), 4.3.2 (2Sum), 4.4.1 (Veltkamp), 4.4.2 (Dekker).
"""

from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor

from fpverify.backends.torch64.guard import ensure_sound
from fpverify.backends.torch64.network import at_points, outward
from fpverify.backends.torch64.rounding import next_up
from fpverify.kernel.backend import Formula
from fpverify.kernel.errors import NotFiniteError

_SPLITTER = 2.0**27 + 1


class Torch64:
    """
    Directed rounding to float64, on the CPU.

    Construction probes the machine, once per thread; `platform` is what was found.

    Raises:
        UnsoundPlatformError: on construction, where the machine does not compute as the proofs assume.
    """

    name = "torch64"
    precision = 53

    def __init__(self) -> None:
        self.platform = ensure_sound("cpu")

    def from_exact_up(self, values: Sequence[Fraction]) -> Tensor:
        return _finite(_tensor([outward(value)[1] for value in values]))

    def from_exact_down(self, values: Sequence[Fraction]) -> Tensor:
        return _finite(_tensor([outward(value)[0] for value in values]))

    def to_exact(self, ends: Tensor) -> tuple[Fraction, ...]:
        return tuple(Fraction(end) for end in ends.tolist())

    def neg(self, a: Tensor) -> Tensor:
        return -a

    def add_up(self, a: Tensor, b: Tensor) -> Tensor:
        return _finite(_sum_up(a, b))

    def add_down(self, a: Tensor, b: Tensor) -> Tensor:
        return _finite(-_sum_up(-a, -b))

    def mul_up(self, a: Tensor, b: Tensor) -> Tensor:
        product, error, known = _two_product(a, b)
        stays = (a == 0) | (b == 0) | (known & (error <= 0))
        return _finite(torch.where(stays, product, next_up(product)))

    def mul_down(self, a: Tensor, b: Tensor) -> Tensor:
        return -self.mul_up(-a, b)

    def div_up(self, a: Tensor, b: Tensor) -> Tensor:
        """q = fl(a / b) is an upper bound where q b >= a; a - fl(q b) is exact, the two being neighbours or equal."""
        quotient = a / b
        product, error, known = _two_product(quotient, b)
        stays = (a == 0) | (known & _moderate(a) & (error >= a - product))
        return _finite(torch.where(stays, quotient, next_up(quotient)))

    def sum_up(self, a: Tensor, group: int) -> Tensor:
        """Add neighbours, then neighbours of these sums, and so on; each sum is rounded up."""
        terms = a.reshape(-1, group)
        while terms.shape[1] > 1:
            odd = terms[:, -1:] if terms.shape[1] % 2 else terms[:, :0]
            half = terms.shape[1] // 2
            terms = torch.cat((_sum_up(terms[:, :half], terms[:, half : 2 * half]), odd), dim=1)
        return _finite(terms[:, 0])

    def sum_down(self, a: Tensor, group: int) -> Tensor:
        return -self.sum_up(-a, group)

    def maximum(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.maximum(a, b)

    def minimum(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.minimum(a, b)

    def less_equal(self, a: Tensor, b: Tensor) -> list[bool]:
        return (a <= b).tolist()

    def floor(self, a: Tensor) -> Tensor:
        return torch.floor(a)

    def select(self, mask: Sequence[bool], a: Tensor, b: Tensor) -> Tensor:
        return torch.where(torch.tensor(mask, dtype=torch.bool), a, b)

    def at_points(self, formula: Formula, a: Tensor) -> tuple[Tensor, Tensor]:
        low, high = at_points(formula, a)
        return _finite(low), _finite(high)

    def gather(self, a: Tensor, indices: Sequence[int]) -> Tensor:
        return a[torch.tensor(indices, dtype=torch.int64)]

    def concatenate(self, parts: Sequence[Tensor]) -> Tensor:
        return torch.cat(tuple(parts))

    def length(self, a: Tensor) -> int:
        return len(a)


def _tensor(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _finite(ends: Tensor) -> Tensor:
    if not bool(torch.isfinite(ends).all()):
        raise NotFiniteError("an enclosure is not finite in float64")
    return ends


def _moderate(x: Tensor) -> Tensor:
    """Return where the error of a product is a float64, and no intermediate result overflows."""
    size = x.abs()
    return (size > 2.0**-400) & (size < 2.0**400)


def _sum_up(a: Tensor, b: Tensor) -> Tensor:
    """Return the least float64 at or above a + b; one more where an operand exceeds 2^1000. Infinite on overflow."""
    total = a + b
    of_b = total - a
    error = (a - (total - of_b)) + (b - of_b)  # 2Sum: a + b = total + error, also among subnormal numbers
    known = (a.abs() < 2.0**1000) & (b.abs() < 2.0**1000)
    return torch.where(known & (error <= 0), total, next_up(total))


def _two_product(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return fl(a b), its error a b - fl(a b), and where that error is exact."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _split(a), _split(b)
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return product, error, _moderate(a) & _moderate(b)


def _split(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return two halves of at most 26 bits each, so that their products are exact."""
    scaled = _SPLITTER * x
    high = scaled - (scaled - x)
    return high, x - high
