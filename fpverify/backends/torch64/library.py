"""The functions of `kernels.c` on tensors. Arguments are float64, contiguous and on the CPU, of one shape where pairs."""

import ctypes
from ctypes import c_double, c_int, c_int64, c_void_p
from pathlib import Path

import torch
from torch import Tensor

from fpverify.backends.torch64 import tables
from fpverify.backends.torch64.rounding import Interval

ENDS = ("exp", "tanh", "sigmoid", "tanh_slope", "sigmoid_slope")
"""The functions of an interval."""


class Library:
    """
    A built `kernels.c`, loaded. What it computes is not to be used before `compiled` has compared it.

    Raises:
        OSError: on construction, where the file is no library of this machine.
        AttributeError: on construction, where a function is missing.
    """

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        pointers = [c_void_p] * 4
        self._ends = {name: _typed(library, name, [*pointers, c_int64, c_void_p], c_int) for name in ENDS}
        self._of_ends = _typed(library, "of_ends", [*pointers, c_int64])
        self._to_ends = _typed(library, "ends", [*pointers, c_int64])
        self._factor = _typed(library, "factor", [c_void_p, c_void_p, c_double, c_double, c_void_p, c_int64])
        self._settle = _typed(library, "settle", [c_void_p] * 3 + [c_double, c_int64, c_int64])
        sizes = [c_int64] * 3
        self._scale = _typed(library, "scale", [c_void_p, c_void_p, c_int64, *pointers, *sizes], c_int)
        self._constants = _constants()

    def function(self, name: str, lo: Tensor, hi: Tensor) -> Interval | None:
        """Enclose the function *name* of `ENDS` over [lo, hi]; None where an end is NaN."""
        low, high = torch.empty_like(lo), torch.empty_like(hi)
        outputs = low.data_ptr(), high.data_ptr(), lo.numel(), self._constants.data_ptr()
        return None if self._ends[name](lo.data_ptr(), hi.data_ptr(), *outputs) else (low, high)

    def of_ends(self, lo: Tensor, hi: Tensor) -> tuple[Tensor, Tensor]:
        """As `balls.of_ends`."""
        mid, rad = torch.empty_like(lo), torch.empty_like(lo)
        self._of_ends(lo.data_ptr(), hi.data_ptr(), mid.data_ptr(), rad.data_ptr(), lo.numel())
        return mid, rad

    def ends(self, mid: Tensor, rad: Tensor) -> Interval:
        """As `balls.ends`."""
        lo, hi = torch.empty_like(mid), torch.empty_like(mid)
        self._to_ends(mid.data_ptr(), rad.data_ptr(), lo.data_ptr(), hi.data_ptr(), mid.numel())
        return lo, hi

    def factor(self, mid: Tensor, rad: Tensor, by_mid: float, by_rad: float) -> Tensor:
        """As `balls.factor`."""
        result = torch.empty_like(mid)
        self._factor(mid.data_ptr(), rad.data_ptr(), by_mid, by_rad, result.data_ptr(), mid.numel())
        return result

    def settle(self, mid: Tensor, rad: Tensor, offset: Tensor, inflation: float) -> tuple[Tensor, Tensor]:
        """As `balls.settle`, and overwrites *mid* too; *offset* is a vector along the last axis."""
        size = offset.numel()
        rows = mid.numel() // max(size, 1)
        self._settle(mid.data_ptr(), rad.data_ptr(), offset.data_ptr(), inflation, rows, size)
        return mid, rad

    def scale(self, slope: Interval, factor: Interval) -> Interval | None:
        """As `elementwise.mul`: matrices (B or 1, d, n) times rows (B, n) along the last axis; None where one is NaN."""
        (batch, n), d = factor[0].shape, slope[0].shape[1]
        low = torch.empty((batch, d, n), dtype=torch.float64, device="cpu")  # whatever the default device is
        high = torch.empty_like(low)
        of = slope[0].data_ptr(), slope[1].data_ptr(), int(slope[0].shape[0] == 1)
        by = factor[0].data_ptr(), factor[1].data_ptr()
        return None if self._scale(*of, *by, low.data_ptr(), high.data_ptr(), batch, d, n) else (low, high)


def _typed(library: ctypes.CDLL, name: str, arguments: list, result: type | None = None) -> "ctypes._NamedFuncPointer":
    function = library[f"fpverify_{name}"]
    function.argtypes, function.restype = arguments, result
    return function


def _constants() -> Tensor:
    """The constants of Theorems 3.1 and 3.3, as the C source reads them; checked by Arb in `tables`."""
    head = torch.tensor([tables.EXP.inverse, *tables.EXP.parts], dtype=torch.float64, device="cpu")
    return torch.cat((head, *tables.table("exp", torch.device("cpu"))))
