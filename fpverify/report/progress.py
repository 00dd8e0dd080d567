"""What a terminal shows while a run or a search goes on: one line that changes, or plain lines in a pipe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

_SEARCH_EVERY = 2.0
"""Seconds between two lines about a search."""

_CASES_EVERY = 20
"""Finished cases between two plain lines about a run."""


class RunProgress:
    """The progress of a run; this one is silent."""

    def done(self, done: int, total: int, name: str) -> None:
        """A case, an observation or the algebra of a proof is finished."""

    def tell(self, name: str, words: str) -> None:
        """An observation is being measured, or is measured."""


class _Lines(RunProgress):
    """Plain lines: each word about an observation, and every twentieth case."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def done(self, done: int, total: int, name: str) -> None:
        if done == total or done % _CASES_EVERY == 0:
            _line(self._console, f"{done}/{total} {name}")

    def tell(self, name: str, words: str) -> None:
        _line(self._console, f"{name}: {words}")


class _Bar(RunProgress):
    """A bar, with what was finished last, or told last of an observation."""

    def __init__(self, update: Callable[..., None]) -> None:
        self._update = update

    def done(self, done: int, total: int, name: str) -> None:
        self._update(completed=done, total=total, description=name)

    def tell(self, name: str, words: str) -> None:
        self._update(description=f"{name}: {words}")


@contextmanager
def run_progress(console: Console, *, quiet: bool) -> Iterator[RunProgress]:
    """Yield the progress of a run: a bar on a terminal, plain lines when piped, nothing if *quiet*."""
    if quiet:
        yield RunProgress()
    elif console.is_terminal:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        words = TextColumn("{task.description}", markup=False)
        with Progress(
            BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), words, console=console, transient=True
        ) as bar:
            task = bar.add_task("starting", total=None)
            yield _Bar(lambda **now: bar.update(task, **now))
    else:
        yield _Lines(console)


@contextmanager
def search_progress(console: Console, *, quiet: bool) -> Iterator[Callable[[int, float, int], None] | None]:
    """Yield a callback that tells of a search every two seconds: one line that changes, or lines when piped."""
    told = time.monotonic()

    def words(boxes: int, volume: float, points: int) -> str:
        return f"{boxes} boxes done, {volume:.1%} of the volume settled, {points} points so far"

    if quiet:
        yield None
    elif console.is_terminal:
        with console.status("searching ...") as status:
            yield lambda *now: status.update(words(*now))
    else:

        def tell(boxes: int, volume: float, points: int) -> None:
            nonlocal told
            if time.monotonic() - told >= _SEARCH_EVERY:
                told = time.monotonic()
                _line(console, words(boxes, volume, points))

        yield tell


def _line(console: Console, words: str) -> None:
    """Print words as they are, at once."""
    console.print(words, markup=False, soft_wrap=True)
