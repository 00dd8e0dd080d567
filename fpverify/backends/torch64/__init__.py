"""
Rigorous interval arithmetic on float64 tensors, with rounding to nearest only.

`apply(name, *operands)` is the checked door to the operations; `docs/numerics.md` has the proofs.
"""

from fpverify.backends.torch64.apply import apply

__all__ = ["apply"]
