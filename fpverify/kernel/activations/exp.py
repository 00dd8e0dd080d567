"""exp. Increasing, its own slope; limits 0 and +oo."""

from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import increasing


def formula(x: Any, ops: Any) -> Any:
    return ops.exp(x)


_SHAPE = increasing(formula, limits=("0", None))

ACTIVATION = plain("exp", formula=formula, slope=formula, values=_SHAPE, slopes=_SHAPE)
