"""
Whether this machine computes as the proofs assume: round to nearest, gradual underflow in every worker thread, and
matrix products that are sums of float64 products.

A probe is no proof: it finds the settings and substitutes that are known to break a bound. What was found is recorded,
so that a certificate can say on what it rests.
"""

import math
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fpverify.kernel.errors import FpverifyError

_UNIT = 2.0**-53
_GRAIN = 32768
"""ATen hands each worker at least this many elements: a smaller tensor never reaches some of them."""


class UnsoundPlatformError(FpverifyError, RuntimeError):
    """The machine, as it is set up, does not compute as the proofs assume; the message says what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """
    What `guard` found, for the record of a certificate.

    Fields:
        torch: version of PyTorch.
        device: as PyTorch names it, such as "cpu" or "cuda:0".
        hardware: name of the GPU, or the instruction set that PyTorch chose on the CPU.
        runtime: version of CUDA; empty on the CPU.
        threads: worker threads that were probed.
        probes: the names of the probes that passed, in order.
    """

    torch: str
    device: str
    hardware: str
    runtime: str
    threads: int
    probes: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return the record as JSON data."""
        return {
            "torch": self.torch,
            "device": self.device,
            "hardware": self.hardware,
            "runtime": self.runtime,
            "threads": self.threads,
            "probes": list(self.probes),
        }


def guard(device: torch.device | str = "cpu") -> Platform:
    """
    Probe *device* now, and return what was found.

    The probes reach the worker threads that serve the calling Python thread at this time: run it in every thread that
    computes bounds, and once more when a certificate is written.

    Raises:
        UnsoundPlatformError: when a probe fails; one sentence says which, and what to change.
    """
    place = torch.device(device)
    with torch.no_grad():
        for probe in _PROBES.values():
            probe(place)
    on_gpu = place.type == "cuda"
    return Platform(
        torch=torch.__version__,
        device=str(place),
        hardware=torch.cuda.get_device_name(place) if on_gpu else torch.backends.cpu.get_cpu_capability(),
        runtime=str(torch.version.cuda) if on_gpu else "",
        threads=torch.get_num_threads(),
        probes=tuple(_PROBES),
    )


class _Seen(threading.local):
    """The platforms that passed, as the calling Python thread sees them."""

    def __init__(self) -> None:
        self.platforms: dict[tuple[torch.device, int], Platform] = {}


_SEEN = _Seen()


def ensure_sound(device: torch.device | str = "cpu") -> Platform:
    """Return `guard(device)`, probed when this Python thread first asks, and again when the number of workers changes."""
    key = torch.device(device), torch.get_num_threads()
    if key not in _SEEN.platforms:
        _SEEN.platforms[key] = guard(key[0])
    return _SEEN.platforms[key]


# ---------------------------------------------------------------------------------- probes


def _settings(device: torch.device) -> None:
    """Settings that replace float64 arithmetic by something else, whatever the probes below happen to meet."""
    if os.environ.get("CUBLAS_EMULATE_DOUBLE_PRECISION", "0") not in {"0", ""}:
        raise UnsoundPlatformError(
            "CUBLAS_EMULATE_DOUBLE_PRECISION is set, so cuBLAS may emulate float64 without an error bound for each "
            "entry: unset it"
        )
    config = sys.modules.get("torch._inductor.config")
    stated = os.environ.get("TORCHINDUCTOR_CPP_ENABLE_UNSAFE_MATH_OPT_FLAG", "0")
    if stated == "1" or (config is not None and config.cpp.enable_unsafe_math_opt_flag):
        raise UnsoundPlatformError(
            "the compiler of torch.compile is set to unsafe mathematical optimisations, which remove the rounding steps "
            "that the bounds are made of: leave torch._inductor.config.cpp.enable_unsafe_math_opt_flag off"
        )


def _gradual_underflow(device: torch.device) -> None:
    """
    Subnormal numbers must live, as operands and as results, in every worker thread: the setting is per thread.

    The result is scaled back to a normal number before it is compared: where subnormal operands are read as 0, so are
    those of a comparison, and 0 == 0 would hide it.
    """
    sentence = (
        "numbers below 2^-1022 are flushed to zero in some thread: call torch.set_flush_denormal(False) before the "
        "first operation, and load no library built with -ffast-math"
    )
    tiny = 2.0**-1060
    _require(_agrees(torch.add, [(tiny, tiny, 2.0**-59), (tiny, 2 * tiny, 3 * 2.0**-60)], device, 2.0**1000), sentence)
    products = [(tiny, 0.5, 2.0**-61), (2.0**-600, 2.0**-460, 2.0**-60), (2.0**-1022, 0.5, 2.0**-23)]
    _require(_agrees(torch.mul, products, device, 2.0**1000), sentence)


def _nearest_even(device: torch.device) -> None:
    """Round to nearest, ties to even; the rounding mode, too, is set per thread."""
    sentence = "sums or products are not rounded to nearest: another library changed the rounding mode of a thread"
    odd, more = 1 + 2 * _UNIT, _UNIT * (1 + 2.0**-20)
    sums = [(1.0, _UNIT, 1.0), (1.0, more, odd), (odd, _UNIT, 1 + 4 * _UNIT), (1.0, -_UNIT * more, 1.0)]
    sums += [(-x, -y, -expected) for x, y, expected in sums]
    _require(_agrees(torch.add, sums, device), sentence)
    # (1 + 2^-27)^2 = 1 + 2^-26 + 2^-54 and (1 + 2^-30) (1 - 2^-30) = 1 - 2^-60, both a quarter of a spacing off at most.
    products = [(1 + 2.0**-27, 1 + 2.0**-27, 1 + 2.0**-26), (1 + 2.0**-30, 1 - 2.0**-30, 1.0)]
    products += [(-x, y, -expected) for x, y, expected in products]
    _require(_agrees(torch.mul, products, device), sentence)
    _require(
        _agrees(torch.div, [(3.0, 10.0, 0.3), (-3.0, 10.0, -0.3), (1.0, 3.0, 1 / 3), (-1.0, 3.0, -1 / 3)], device),
        sentence,
    )


def _neighbours(device: torch.device) -> None:
    """`torch.nextafter`, by which single operations are rounded outward, against the one of Python."""
    greatest, least = sys.float_info.max, 5e-324
    places = [0.0, -0.0, least, -least, 2.0**-1022, 1.0, -1.0, 0.1, 1 - _UNIT, greatest, -greatest, math.inf, -math.inf]
    places += [sign * 1.1**k * 2.0 ** (37 * k) for k in range(-27, 27) for sign in (1, -1)]
    x = torch.tensor(places, dtype=torch.float64, device=device).repeat(8)
    for end in (math.inf, -math.inf):
        expected = torch.tensor([math.nextafter(place, end) for place in places], dtype=torch.float64, device=device)
        found = torch.nextafter(x, torch.full((), end, dtype=torch.float64, device=device))
        _require(found == expected.repeat(8), "torch.nextafter does not return the neighbouring float64 on this device")


def _products(device: torch.device) -> None:
    """
    A GEMM must be a sum of float64 products.

    The first column of A is 2^200 and meets a row of zeros: products in a fixed-point format that is scaled by the
    largest entry (Ozaki splittings, FP64 emulation), Strassen's scheme, TF32 and float32 all lose the other entries.
    Several shapes, since libraries choose their kernel by shape.
    """
    for batch, rows, inner, columns in ((1, 512, 512, 512), (1, 1, 512, 512), (1, 512, 512, 1), (64, 3, 8, 5)):
        a = torch.full((batch, rows, inner), 1 + 2.0**-30, dtype=torch.float64, device=device)
        b = torch.full((batch, inner, columns), 1 - 2.0**-30, dtype=torch.float64, device=device)
        a[..., 0], b[:, 0, :] = 2.0**200, 0
        for found in (a @ b, a[0] @ b[0]):
            error, most = (found - (inner - 1)).abs(), (inner - 1) * (inner + 4) * _UNIT
            _require(
                error <= most,
                "matrix products are not sums of float64 products: switch off FP64 emulation and reduced precision",
            )
        low = torch.zeros_like(a[:, :, :8]) + 2.0**-1060
        scaled = low @ (torch.zeros_like(b[:, :8]) + 2.0**600) == 2.0**-457
        _require(
            scaled,
            "matrix products read numbers below 2^-1022 as zero in some thread: call torch.set_flush_denormal(False)",
        )


_PROBES: Mapping[str, Callable[[torch.device], None]] = {
    "settings": _settings,
    "gradual underflow": _gradual_underflow,
    "round to nearest even": _nearest_even,
    "neighbours": _neighbours,
    "matrix products": _products,
}


def _agrees(
    operation: Callable[[Tensor, Tensor], Tensor],
    cases: Sequence[tuple[float, float, float]],
    device: torch.device,
    scale: float = 1.0,
) -> Tensor:
    """Return where `operation(x, y) * scale` is as expected, for *cases* (x, y, expected) met by every worker thread."""
    size = max(2**20, 2 * _GRAIN * torch.get_num_threads())
    cells = [cases[i % len(cases)] for i in range(1024)]
    x, y, expected = (torch.tensor(column, dtype=torch.float64, device=device) for column in zip(*cells, strict=True))
    return operation(x.expand(size // 1024, 1024), y) * scale == expected


def _require(passed: Tensor, sentence: str) -> None:
    if not bool(passed.all()):
        raise UnsoundPlatformError(sentence)
