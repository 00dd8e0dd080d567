"""
Sweeps: one function over many items, in this process, in several, or on a cluster; what is finished is kept.

Each finished piece is a file of its own in the folder of the sweep, named by the digest of its item. A sweep that was
interrupted, by kill -9 for instance, loses at most the pieces that were running, and takes up the others again.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fpverify.kernel.errors import MisuseError

Item = Mapping[str, Any]
"""What one piece is computed from: JSON values, which decide the result."""

Work = Callable[[Any], Mapping[str, Any]]
"""From an item to its result, JSON values; a function of a module, which a worker process can find."""

BACKENDS = ("local", "dask")


def _silent(done: int, total: int, words: str) -> None:
    pass


def sweep(  # noqa: PLR0913 - what, where to, and on which machines
    work: Work,
    items: Sequence[Item],
    *,
    folder: Path,
    workers: int = 1,
    backend: str = "local",
    scheduler: str | None = None,
    progress: Callable[[int, int, str], None] = _silent,
) -> list[dict[str, Any]]:
    """
    Return `work(item)` for each item, in the order of the items, and keep each in *folder* once it is finished.

    The results are the same for every backend and number of workers, and whether or not the sweep was interrupted: they
    are what is read from JSON. Torch computes on one thread in each piece.

    Args:
        work: deterministic; it says by its name which pieces of a folder are its own.
        items: of different contents, or the same piece is used for both.
        folder: for the pieces; made if needed. Pieces of other sweeps may lie there, too.
        workers: number of processes; 1 computes in this one.
        backend: "local", or "dask" for a cluster.
        scheduler: for dask, its address, such as "tcp://host:8786"; without it a cluster of *workers* processes is
            started on this machine, and ended with the sweep.
        progress: `progress(done, total, words)`, called at first and after each piece.

    Raises:
        MisuseError: for an unknown backend, a folder that cannot be written, an item or a result that is no JSON, or
            dask without the package `distributed`.
    """
    _require(workers, backend, scheduler)
    paths = [folder / f"{_digest(work, item)}.json" for item in items]
    _prepare(folder)
    results = {
        path: result for path, item in zip(paths, items, strict=True) if (result := _read(path, item)) is not None
    }
    missing = {path: item for path, item in zip(paths, items, strict=True) if path not in results}
    done, total = len(items) - sum(path in missing for path in paths), len(items)
    progress(done, total, f"{done} of {total} pieces were there already" if done else "starting")
    with _pool(workers, backend, scheduler, len(missing)) as compute:
        for path, item, result in compute(work, missing):
            results[path] = _kept(path, item, result)
            done += sum(other == path for other in paths)
            progress(done, total, _words(item))
    return [results[path] for path in paths]


def _require(workers: int, backend: str, scheduler: str | None) -> None:
    if backend not in BACKENDS:
        raise MisuseError(f"unknown backend {backend!r}; write one of {', '.join(BACKENDS)}")
    if workers < 1:
        raise MisuseError(f"workers = {workers}: at least one process is needed")
    if scheduler is not None and backend != "dask":
        raise MisuseError(f"scheduler {scheduler!r} is for the backend dask; got the backend {backend!r}")


# ---------------------------------------------------------------------------------- pieces


@cache
def _version() -> str:
    try:
        return version("fpverify")
    except PackageNotFoundError:
        return "unknown"


def _digest(work: Work, item: Item) -> str:
    """Name a piece by its function, its item and the version of fpverify."""
    name = f"{work.__module__}.{getattr(work, '__qualname__', type(work).__qualname__)}"
    try:
        text = json.dumps([name, _version(), item], sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise MisuseError(f"the item {item!r:.200} is no JSON: {error}") from error
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MisuseError(f"cannot write to {folder}: {error.strerror}; choose another folder") from error


def _read(path: Path, item: Item) -> dict[str, Any] | None:
    """Return the result of a finished piece; None if there is none, or what lies there is of another item."""
    try:
        piece = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = isinstance(piece, dict) and piece.get("item") == json.loads(json.dumps(item))
    return piece.get("result") if same else None


def _kept(path: Path, item: Item, result: Mapping[str, Any]) -> dict[str, Any]:
    """Write a piece, all or nothing, and return its result as it will be read."""
    try:
        text = json.dumps({"item": item, "result": result}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise MisuseError(f"the result of {_words(item)} is no JSON: {error}") from error
    unfinished = path.with_suffix(".partial")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise MisuseError(f"cannot write to {path.parent}: {error.strerror}") from error
    return json.loads(text)["result"]


def _words(item: Item) -> str:
    short = [f"{key} {value}" for key, value in item.items() if isinstance(value, (str, int, float))]
    return ", ".join(short)[:100]


# ---------------------------------------------------------------------------------- where pieces are computed

Piece = tuple[Path, Item, Mapping[str, Any]]
Compute = Callable[[Work, Mapping[Path, Item]], Iterator[Piece]]


def _compute(work: Work, path: Path, item: Item) -> Piece:
    from fpverify.numeric.iterate import one_thread

    with one_thread():
        return path, item, work(item)


def _in_this_process(work: Work, missing: Mapping[Path, Item]) -> Iterator[Piece]:
    for path, item in missing.items():
        yield _compute(work, path, item)


def _compute_below(parent: int, work: Work, path: Path, item: Item) -> Piece:
    _end_with(parent)
    return _compute(work, path, item)


@cache
def _end_with(parent: int) -> None:
    """Let this worker process end within a second of its parent's end, by kill -9 for instance."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _in_processes(workers: int) -> Compute:
    def compute(work: Work, missing: Mapping[Path, Item]) -> Iterator[Piece]:
        from joblib import delayed, parallel_config

        below = delayed(partial(_compute_below, os.getpid()))
        with parallel_config(backend="loky", inner_max_num_threads=1):
            yield from _unordered(workers, (below(work, path, item) for path, item in missing.items()))

    return compute


def _on_cluster(work: Work, missing: Mapping[Path, Item]) -> Iterator[Piece]:
    from joblib import delayed, parallel_config

    with parallel_config(backend="dask"):
        yield from _unordered(-1, (delayed(_compute)(work, path, item) for path, item in missing.items()))


def _unordered(workers: int, calls: Iterator[Any]) -> Iterator[Piece]:
    """Yield results as they are finished; each call goes out by itself, so that a finished one is never held back."""
    from joblib import Parallel

    options: dict[str, Any] = {"batch_size": 1, "pre_dispatch": "2*n_jobs"}
    pieces: Any = Parallel(n_jobs=workers, return_as="generator_unordered", **options)(calls)
    yield from pieces


@contextmanager
def _pool(workers: int, backend: str, scheduler: str | None, missing: int) -> Iterator[Compute]:
    if missing == 0:
        yield _in_this_process
    elif backend == "dask":
        with _dask_client(workers, scheduler):
            yield _on_cluster
    elif workers == 1:
        yield _in_this_process
    else:
        yield _in_processes(min(workers, missing))


@contextmanager
def _dask_client(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Yield a client of the scheduler, or of a cluster on this machine that ends with the block."""
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MisuseError(
            "the backend dask needs the package distributed: pip install 'fpverify[distributed]', or use the backend local"
        ) from error
    if scheduler is None:
        options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        with LocalCluster(**options) as cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise MisuseError(f"no scheduler answers at {scheduler!r}: {error}; start one with `dask scheduler`") from error
    with client:
        yield client
