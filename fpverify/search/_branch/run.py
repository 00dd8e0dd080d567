"""One search from start to end: limits, progress, Ctrl-C, and a file from which it is continued."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from fpverify.backends.torch64.network import outward
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.search._branch import saved, solve
from fpverify.search._branch.maps import is_quick, map_of
from fpverify.search._branch.solve import State

_SAME = 1e-7
"""Points nearer than this, relative to the size of the box, are one point to the search."""

_SAVE_EVERY = 0.5
_SAVE_SHARE = 20.0
"""The search is saved every half second, or less often where that would take a twentieth of the time."""

_TELL_EVERY = 0.5

Progress = Callable[[int, float, int], None]
"""`progress(boxes, volume, points)`: boxes done, the share of the volume that is settled, points found so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    Fields:
        tolerance: boxes whose sides are no longer than this share of the whole are left undecided.
        time_limit, max_boxes: where to stop; None for no limit.
        device: where to compute.
        resume: the file from which the search is continued, and to which it is saved.
        progress: told twice a second.
    """

    tolerance: float
    time_limit: float | None
    max_boxes: int | None
    device: torch.device
    resume: Path | None
    progress: Progress | None

    @property
    def box_words(self) -> str:
        return f"the limit of {self.max_boxes} boxes was reached"

    @property
    def time_words(self) -> str:
        return f"the time limit of {self.time_limit:g} s was reached"


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """
    Fields:
        state: after the last sweep.
        reached: the limit that ended the search, in words; empty if no box is left.
        quick: whether bounds were ordinary floats.
    """

    state: State
    reached: str
    quick: bool


def search(
    network: Network, region: BoxRegion, options: Options, *, quick: bool | None = None, before: Searched | None = None
) -> Searched:
    """
    Search *region*; *quick* None takes what the saved search had, else the quick form where there is one.

    Args:
        before: what an earlier call returned for the same network, region and tolerance; it is continued.

    Raises:
        MisuseError: if the region is too large for float64, or the file of `resume` does not fit.
        KeyboardInterrupt: after Ctrl-C, once the file of `resume` is written.
    """
    header: dict[str, Any] = {
        "network": network.digest,
        "name": network.name,
        "box": region.to_data()["box"],
        "tolerance": options.tolerance.hex(),
        "device": options.device.type,
        "version": 1,
    }
    low, high = _floats(region)
    same = _SAME * max(1.0, float(torch.maximum(low.abs(), high.abs()).max()))
    header["quick"] = is_quick(network) if quick is None else quick
    state = solve.start(low, high, _SAME)
    if before is not None:
        state, header["quick"] = before.state, before.quick
    elif options.resume is not None and options.resume.exists() and quick is None:
        state, stated = saved.load(options.resume, header, same)
        header["quick"] = stated["quick"] is True and is_quick(network)
    settings = solve.Settings(options.device, (high - low) * options.tolerance)
    f = map_of(network, options.device, quick=header["quick"])
    watch = _Watch(options, header, low, high)
    with _interruptible() as interrupted:
        solve.solve(f, state, settings, lambda now: watch(now) or interrupted.is_set())
    watch.save(state)
    if interrupted.is_set():
        raise KeyboardInterrupt
    return Searched(state, watch.reached, header["quick"])


def _floats(region: BoxRegion) -> tuple[torch.Tensor, torch.Tensor]:
    low = torch.tensor([outward(x)[0] for x in region.lo], dtype=torch.float64)
    high = torch.tensor([outward(x)[1] for x in region.hi], dtype=torch.float64)
    if not bool((low.abs().maximum(high.abs()) < 1e300).all()):
        raise MisuseError("the box is too large to be searched: its ends have to lie within 1e300")
    return low, high


class _Watch:
    """Looks at the search between two sweeps: limits, progress, the file."""

    def __init__(self, options: Options, header: dict[str, Any], low: torch.Tensor, high: torch.Tensor) -> None:
        self._options, self._header = options, header
        width = high - low
        self._width = torch.where(width > 0, width, 1.0)
        self._thick = width > 0
        self._begun = self._told = self._saved = time.monotonic()
        self._pause = _SAVE_EVERY
        self.reached = ""

    def __call__(self, state: State) -> bool:
        """Return whether a limit is reached."""
        now, options = time.monotonic(), self._options
        if options.progress is not None and now - self._told > _TELL_EVERY:
            self._told = now
            options.progress(state.boxes, 1 - self.share_left(state), len(state.registry))
        if now - self._saved > self._pause:
            self.save(state)
            self._saved = time.monotonic()
            self._pause = max(_SAVE_EVERY, _SAVE_SHARE * (self._saved - now))
        if options.max_boxes is not None and state.boxes >= options.max_boxes:
            self.reached = options.box_words
        if options.time_limit is not None and now - self._begun >= options.time_limit:
            self.reached = options.time_words
        return bool(self.reached)

    def save(self, state: State) -> None:
        if self._options.resume is not None:
            saved.save(self._options.resume, self._header, state)

    def share_left(self, state: State) -> float:
        """Return about the share of the volume that is not settled."""
        parts = [(state.low, state.high), (state.left_low, state.left_high)]
        shares = [
            torch.where(self._thick, (high - low) / self._width, 1.0).prod(1).sum() for low, high in parts if len(low)
        ]
        return min(1.0, float(sum(shares)))


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Let Ctrl-C set the event, so that a sweep is finished first; a second one stops at once."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
