"""
The compiled path: `kernels.c` in place of the eager operations, where it is at hand and gives the same results.

It is built, loaded and compared when a tensor is first large enough to be worth it. Where that fails, one sentence is
logged (at level WARNING, which Python prints on standard error) and the eager path is used: the same bounds, slower.
`FPVERIFY_COMPILED=0` in the environment switches it off, and nothing is said.
"""

import logging
import math
import os
import threading
from pathlib import Path

import torch
from torch import Tensor

from fpverify.backends.torch64 import balls, compiler, elementwise
from fpverify.backends.torch64.comparison import differences
from fpverify.backends.torch64.library import Library
from fpverify.backends.torch64.rounding import Interval

WORTH = 4096
"""Tensors with fewer entries stay eager: a call saves less than it would take to look up the library once."""

_LOG = logging.getLogger(__name__)


class _State:
    """What this process knows: `asked` once the library was looked for, and the library if it can be used."""

    lock = threading.Lock()
    asked = False
    library: Library | None = None


def library_for(*tensors: Tensor) -> Library | None:
    """Return the library if it can serve *tensors*: float64 of one shape on the CPU, large enough; else None."""
    first = tensors[0]
    if first.numel() < WORTH or not all(_plain(tensor, first) for tensor in tensors):
        return None
    if not _State.asked:
        with _State.lock:
            if not _State.asked:
                _State.library = _found()
                _State.asked = True
    return _State.library


def function(name: str, x: Interval) -> Interval | None:
    """Enclose the function *name* over *x*; None where the eager path has to do it."""
    library = library_for(*x)
    return None if library is None else library.function(name, x[0].contiguous(), x[1].contiguous())


def of_ends(lo: Tensor, hi: Tensor) -> tuple[Tensor, Tensor]:
    """`balls.of_ends`, compiled if possible."""
    library = library_for(lo, hi)
    return balls.of_ends(lo, hi) if library is None else library.of_ends(lo.contiguous(), hi.contiguous())


def ends(mid: Tensor, rad: Tensor) -> Interval:
    """`balls.ends`, compiled if possible."""
    library = library_for(mid, rad)
    return balls.ends(mid, rad) if library is None else library.ends(mid.contiguous(), rad.contiguous())


def factor(mid: Tensor, rad: Tensor, by_mid: float, by_rad: float) -> Tensor:
    """`balls.factor`, compiled if possible."""
    library = library_for(mid, rad)
    if library is None:
        return balls.factor(mid, rad, by_mid, by_rad)
    return library.factor(mid.contiguous(), rad.contiguous(), by_mid, by_rad)


def settle(mid: Tensor, rad: Tensor, offset: Tensor, inflation: float) -> tuple[Tensor, Tensor]:
    """`balls.settle`, compiled if possible; overwrites *mid* and *rad*."""
    library = library_for(mid, rad)
    fits = offset.shape == mid.shape[-1:] and mid.is_contiguous() and rad.is_contiguous()
    if library is None or not fits:
        return balls.settle(mid, rad, offset, inflation)
    return library.settle(mid, rad, offset.contiguous(), inflation)


def scale(slope: Interval, by: Interval) -> Interval:
    """`elementwise.mul` of matrices (B or 1, d, n) and rows (B, n), compiled if possible."""
    library, result = _for_scaling(slope, by), None
    if library is not None:
        (a, b), (e, f) = slope, by
        result = library.scale((a.contiguous(), b.contiguous()), (e.contiguous(), f.contiguous()))
    return elementwise.mul(slope, (by[0].unsqueeze(1), by[1].unsqueeze(1))) if result is None else result


# ---------------------------------------------------------------------------------- once per process


def _found() -> Library | None:
    """Build, load and compare the library; say so, once, where that fails."""
    if os.environ.get("FPVERIFY_COMPILED", "1") == "0":
        return None
    try:
        path = compiler.built()
        try:
            return loaded(path)
        except compiler.UnavailableError:
            compiler.discard(path)
            raise
    except compiler.UnavailableError as error:
        _LOG.warning("fpverify computes bounds on its slower path, with the same results: %s", error)
        return None


def loaded(path: Path) -> Library:
    """
    Load a library and compare it with the eager path.

    Raises:
        UnavailableError: it cannot be loaded, it changes how this thread computes, or a result differs.
    """
    keeps = _keeps_subnormals()
    try:
        library = Library(path)
    except (OSError, AttributeError) as error:
        raise compiler.UnavailableError(f"{path} cannot be loaded ({error})") from error
    if keeps and not _keeps_subnormals():
        torch.set_flush_denormal(False)
        raise compiler.UnavailableError(f"{path} flushes subnormal numbers to zero: it was linked with -ffast-math")
    differing = differences(library)
    if differing:
        raise compiler.UnavailableError(f"{path} and the eager path differ in {', '.join(differing)}")
    return library


def _keeps_subnormals() -> bool:
    """Whether this thread has subnormal operands and results; scaled back, for under flush-to-zero 0 == 0."""
    return math.ldexp(1.0, -1060) * float("0.5") * float("1e300") != 0.0


def _plain(tensor: Tensor, first: Tensor) -> bool:
    return (
        type(tensor) is Tensor
        and tensor.dtype == torch.float64
        and tensor.device.type == "cpu"
        and tensor.layout == torch.strided
        and tensor.shape == first.shape
        and not tensor.requires_grad
        and not tensor.is_neg()
        and _in_memory(tensor)
    )


def _in_memory(tensor: Tensor) -> bool:
    """Whether there are numbers to point to: not so inside of `torch.vmap`, nor for zeros that are not stored."""
    try:
        return tensor.data_ptr() != 0
    except RuntimeError:
        return False


def _for_scaling(slope: Interval, by: Interval) -> Library | None:
    rows = tuple(end.unsqueeze(1).expand(-1, *slope[0].shape[1:]) for end in by)
    return library_for(*rows, *(end.expand(rows[0].shape) for end in slope))
