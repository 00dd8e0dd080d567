"""run(theorems, settings) -> Report: the only loop over theorems; parallel, interruptible, resumable."""

import os
import shutil
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from fpverify._case import CaseResult, Settings, run_control, run_instance
from fpverify._theorem import Control, Instance, Theorem, load_theorems
from fpverify.kernel.errors import MisuseError
from fpverify.report import Entry, Report, StepResult, slug

Progress = Callable[[int, int, str], None]
"""`progress(done, total, name)`: called after each task."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A unit of work, named so that a worker process can find it: a case, or the algebraic steps (index None)."""

    theorem: str
    kind: str
    index: int | None

    def name(self, theorem: Theorem) -> str:
        case = self.case(theorem)
        return f"{theorem.id}--{'steps' if case is None else slug(case.name)}"

    def case(self, theorem: Theorem) -> Instance | Control | None:
        cases = {"instance": theorem.instances, "as-printed": theorem.printed, "control": theorem.controls}
        return None if self.index is None else cases[self.kind][self.index]


def run(
    folders: Sequence[Path], settings: Settings, *, only: Sequence[str] = (), progress: Progress | None = None
) -> Report:
    """
    Decide every case of the theorems in *folders*.

    Args:
        folders: of theorem files.
        settings: where to write certificates, and how to compute.
        only: ids of the theorems wanted; all if empty.
        progress: told of each finished task.

    Returns:
        The report. Certificates are in `settings.certificates`, each read back from disk and checked; finished ones of
        an interrupted run are reused.

    Raises:
        MisuseError: for an unknown id, a theorem file that cannot be read, or a folder that cannot be written.
        SoundnessError: if a proved claim is contradicted.
    """
    theorems = choose(load_theorems(folders), only)
    prepare(settings)
    tasks = list(_tasks(theorems))
    _require_distinct_files(theorems, tasks)
    results: dict[Task, Any] = {}
    for done, (task, result) in enumerate(_results(folders, theorems, tasks, settings), start=1):
        results[task] = result
        if progress is not None:
            progress(done, len(tasks), task.name(theorems[task.theorem]))
    return _report(theorems, tasks, results)


def choose(theorems: Mapping[str, Theorem], only: Sequence[str]) -> dict[str, Theorem]:
    """Return the theorems with the ids *only*; all if empty. Raises MisuseError for an unknown id."""
    if unknown := [name for name in only if name not in theorems]:
        raise MisuseError(f"unknown theorem {unknown[0]!r}; known are: {', '.join(theorems)}")
    return {name: theorem for name, theorem in theorems.items() if not only or name in only}


def prepare(settings: Settings) -> None:
    """Make the folders, and show that they can be written, before any work is done."""
    try:
        settings.certificates.mkdir(parents=True, exist_ok=True)
        settings.finished.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.certificates):
            pass
    except OSError as error:
        raise MisuseError(
            f"cannot write to {settings.out}: {error.strerror}; choose another folder with --out"
        ) from error
    from fpverify.numeric.iterate import device_for

    device_for(settings.device)


def finish(settings: Settings, report: Report) -> None:
    """After a complete run, remove what is left of interrupted ones and certificates of cases that no longer exist."""
    kept = {entry.certificate for entry in report.entries}
    for path in settings.certificates.glob("*.json"):
        if f"certificates/{path.name}" not in kept:
            path.unlink()
    for path in settings.certificates.glob(".*.partial"):
        path.unlink()
    shutil.rmtree(settings.finished, ignore_errors=True)


def _tasks(theorems: Mapping[str, Theorem]) -> Iterator[Task]:
    for name, theorem in theorems.items():
        cases = {"as-printed": theorem.printed, "instance": theorem.instances, "control": theorem.controls}
        for kind, members in cases.items():
            for index in range(len(members)):
                yield Task(theorem=name, kind=kind, index=index)
        yield Task(theorem=name, kind="steps", index=None)


def _require_distinct_files(theorems: Mapping[str, Theorem], tasks: Sequence[Task]) -> None:
    names = Counter(task.name(theorems[task.theorem]) for task in tasks if task.kind != "control")
    repeated = [name for name, count in names.items() if count > 1]
    if repeated:
        raise MisuseError(f"two cases would write the file {repeated[0]}.json: give them names with other letters")


def _results(
    folders: Sequence[Path], theorems: Mapping[str, Theorem], tasks: Sequence[Task], settings: Settings
) -> Iterator[tuple[Task, Any]]:
    if settings.jobs == 1:
        _one_thread()
        for task in tasks:
            yield task, _do(theorems, task, settings)
        return
    pool = ProcessPoolExecutor(settings.jobs, get_context("spawn"), _start_worker, (tuple(folders), settings))
    try:
        futures: dict[Future[Any], Task] = {pool.submit(_work, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_worker: dict[str, Any] = {}


def _start_worker(folders: tuple[Path, ...], settings: Settings) -> None:
    """Prepare a worker process: Ctrl-C is the parent's to handle, and each process computes on one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _one_thread()
    _worker["theorems"] = load_theorems(folders)
    _worker["settings"] = settings


def _end_with_parent() -> None:
    """Wait for the parent's end, by kill -9 for instance, and end this worker with it."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _work(task: Task) -> Any:
    return _do(_worker["theorems"], task, _worker["settings"])


def _do(theorems: Mapping[str, Theorem], task: Task, settings: Settings) -> CaseResult | tuple[StepResult, ...]:
    theorem = theorems[task.theorem]
    case = task.case(theorem)
    if case is None:
        from fpverify.symbolic.steps import verify

        return tuple(StepResult(step=step, holds=verify(step)) for step in theorem.steps)
    if isinstance(case, Control):
        return run_control(case, settings)
    return run_instance(case, task.name(theorem), settings)


def _report(theorems: Mapping[str, Theorem], tasks: Sequence[Task], results: Mapping[Task, Any]) -> Report:
    entries: list[Entry] = []
    steps: dict[str, tuple[StepResult, ...]] = {}
    for task in tasks:
        case, result = task.case(theorems[task.theorem]), results[task]
        if case is None:
            steps[task.theorem] = result
        else:
            entries.append(_entry(task, case, result))
    return Report(theorems=theorems, entries=tuple(entries), steps=steps)


def _entry(task: Task, case: Instance | Control, result: CaseResult) -> Entry:
    return Entry(
        theorem=task.theorem,
        case=case,
        kind=task.kind,
        expected=case.expected.value,
        status=result.status,
        check=result.check,
        certificate=result.certificate,
        claim=result.claim,
        reason=result.reason,
        margins=result.margins,
        backend=result.backend,
        crosscheck=result.crosscheck,
    )


def default_jobs() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
