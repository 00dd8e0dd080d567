"""run(theorems, settings) -> Report: the only loop over theorems; parallel, interruptible, resumable."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from fpverify._case import CaseResult, Settings, run_control, run_instance
from fpverify._finding import Finding
from fpverify._theorem import Control, Instance, Observation, Theorem, load_theorems
from fpverify.experiments._observe import Measurement, run_observation
from fpverify.kernel.errors import MisuseError
from fpverify.report import Entry, Report, StepResult, slug

Progress = Callable[[int, int, str], None]
"""`progress(done, total, name)`: called after each task."""

Tell = Callable[[str, str], None]
"""`tell(name, words)`: called every few seconds while an observation is measured, and when it is."""

_TELL_EVERY = 5.0
"""Seconds between two words about an observation."""

_LISTEN_EVERY = 0.2
"""Seconds between two looks at what the worker processes tell."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class Task:
    """
    A unit of work, named so that a worker process can find it: a case, an observation, or the algebraic steps (index None).
    """

    theorem: str
    kind: str
    index: int | None

    def name(self, theorem: Theorem) -> str:
        case = self.case(theorem)
        return f"{theorem.id}--{'steps' if case is None else slug(case.name)}"

    def case(self, theorem: Theorem) -> Instance | Control | Observation | None:
        cases: Mapping[str, Sequence[Instance | Control | Observation]] = {
            "instance": theorem.instances,
            "as-printed": theorem.printed,
            "control": theorem.controls,
            "observation": theorem.observations,
        }
        return None if self.index is None else cases[self.kind][self.index]


def run(
    folders: Sequence[Path],
    settings: Settings,
    *,
    only: Sequence[str] = (),
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> Report:
    """
    Decide every case of the theorems in *folders*, and measure their observations.

    Args:
        folders: of theorem files.
        settings: where to write certificates, and how to compute.
        only: ids of the theorems wanted; all if empty.
        progress: told of each finished task.
        tell: told of observations, for they take long.

    Returns:
        The report. Certificates are in `settings.certificates`, each read back from disk and checked; finished ones of
        an interrupted run are reused, and so are its findings.

    Raises:
        MisuseError: for an unknown id, a theorem file that cannot be read, a folder that cannot be written, or an
            observation whose experiment raises or returns what is no finding.
        SoundnessError: if a proved claim is contradicted.
    """
    theorems = choose(load_theorems(folders), only)
    prepare(settings)
    tasks = list(_tasks(theorems, settings))
    _require_distinct_files(theorems, tasks)
    results: dict[Task, Any] = {}
    with closing(_results(folders, theorems, tasks, settings, tell or _silent)) as finished:
        for done, (task, result) in enumerate(finished, start=1):
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


def _silent(name: str, words: str) -> None:
    pass


def _tasks(theorems: Mapping[str, Theorem], settings: Settings) -> Iterator[Task]:
    """Yield the tasks; observations, which take long, first if there are others to work on the rest meanwhile."""
    cases = [task for name, theorem in theorems.items() for task in _cases(name, theorem)]
    observations = [
        Task(theorem=name, kind="observation", index=index)
        for name, theorem in theorems.items()
        for index in range(len(theorem.observations) if settings.profile is not None else 0)
    ]
    yield from (*cases, *observations) if settings.jobs == 1 else (*observations, *cases)


def _cases(name: str, theorem: Theorem) -> Iterator[Task]:
    cases = {"as-printed": theorem.printed, "instance": theorem.instances, "control": theorem.controls}
    for kind, members in cases.items():
        for index in range(len(members)):
            yield Task(theorem=name, kind=kind, index=index)
    yield Task(theorem=name, kind="steps", index=None)


def _require_distinct_files(theorems: Mapping[str, Theorem], tasks: Sequence[Task]) -> None:
    folders = {"instance": "certificates", "as-printed": "certificates", "observation": "findings"}
    names = Counter(
        f"{folders[task.kind]}/{task.name(theorems[task.theorem])}" for task in tasks if task.kind in folders
    )
    repeated = [name for name, count in names.items() if count > 1]
    if repeated:
        raise MisuseError(f"two cases would write the file {repeated[0]}.json: give them names with other letters")


def _results(
    folders: Sequence[Path], theorems: Mapping[str, Theorem], tasks: Sequence[Task], settings: Settings, tell: Tell
) -> Generator[tuple[Task, Any], None, None]:
    workers = _workers(tasks, settings)
    if settings.jobs > 1:
        yield from _parallel(folders, tasks, settings, workers, tell)
        return
    _one_thread()
    for task in tasks:
        yield task, _do(theorems, task, settings, workers, tell)


def _workers(tasks: Sequence[Task], settings: Settings) -> int:
    """Return for how many processes each observation may ask: what is left where there are more than observations."""
    return max(1, settings.jobs // max(1, sum(task.kind == "observation" for task in tasks)))


def _parallel(
    folders: Sequence[Path], tasks: Sequence[Task], settings: Settings, workers: int, tell: Tell
) -> Iterator[tuple[Task, Any]]:
    context = get_context("spawn")
    told, (stopped, stop) = context.SimpleQueue(), context.Pipe(duplex=False)
    start = (tuple(folders), settings, workers, told, stopped)
    pool = ProcessPoolExecutor(settings.jobs, context, _start_worker, start)
    try:
        futures: dict[Future[Any], Task] = {pool.submit(_work, task): task for task in tasks}
        for future in _as_completed(futures, told, tell):
            yield futures[future], future.result()
    except (KeyboardInterrupt, GeneratorExit):
        stop.close()  # the workers end at once; what they write is whole or not there
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        stop.close()


def _as_completed(futures: Iterable[Future[Any]], told: Any, tell: Tell) -> Iterator[Future[Any]]:
    """Yield the futures as they complete, and pass on what the workers tell meanwhile."""
    pending = set(futures)
    while pending:
        done, pending = wait_for(pending, timeout=_LISTEN_EVERY, return_when=FIRST_COMPLETED)
        while not told.empty():
            tell(*told.get())
        yield from done


_worker: dict[str, Any] = {}


def _start_worker(folders: tuple[Path, ...], settings: Settings, workers: int, told: Any, stopped: Any) -> None:
    """Prepare a worker process: Ctrl-C is the parent's to handle, and each process computes on one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(stopped,), daemon=True).start()
    for name in _THREADS:
        os.environ.setdefault(name, "1")  # read by NumPy's libraries when they are loaded
    _one_thread()
    _worker["theorems"] = load_theorems(folders)
    _worker["settings"], _worker["workers"] = settings, workers
    _worker["tell"] = lambda name, words: told.put((name, words))


def _end_with_parent(stopped: Any) -> None:
    """Wait for the parent's end, by kill -9 for instance, or for its word, and end this worker."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel, stopped])
        os._exit(1)


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _work(task: Task) -> Any:
    return _do(_worker["theorems"], task, _worker["settings"], _worker["workers"], _worker["tell"])


def _do(
    theorems: Mapping[str, Theorem], task: Task, settings: Settings, workers: int, tell: Tell
) -> CaseResult | Finding | tuple[StepResult, ...]:
    theorem = theorems[task.theorem]
    case, name = task.case(theorem), task.name(theorem)
    if case is None:
        from fpverify.symbolic.steps import verify

        return tuple(StepResult(step=step, holds=verify(step)) for step in theorem.steps)
    if isinstance(case, Observation):
        return _observe(theorem, case, name, settings, workers, tell)
    if isinstance(case, Control):
        return run_control(case, settings)
    return run_instance(case, name, settings)


def _observe(
    theorem: Theorem, observation: Observation, name: str, settings: Settings, workers: int, tell: Tell
) -> Finding:
    assert settings.profile is not None
    task = Measurement(theorem=theorem.id, observation=observation, name=name, profile=settings.profile)
    tell(name, "measuring ...")
    finding = run_observation(
        task,
        settings.finished / "observations",
        device=settings.device,
        workers=workers,
        progress=_rarely(lambda words: tell(name, words)),
    )
    tell(name, finding.evidence.value)
    return finding


def _rarely(say: Callable[[str], None]) -> Callable[[int, int, str], None]:
    """Return a progress callback that says every few seconds how far an experiment is."""
    said = time.monotonic()

    def progress(done: int, total: int, words: str) -> None:
        nonlocal said
        if time.monotonic() - said >= _TELL_EVERY:
            said = time.monotonic()
            say(f"{words} ({done} of {total})" if words else f"{done} of {total}")

    return progress


def _report(theorems: Mapping[str, Theorem], tasks: Sequence[Task], results: Mapping[Task, Any]) -> Report:
    entries: list[Entry] = []
    steps: dict[str, tuple[StepResult, ...]] = {}
    findings: dict[tuple[str, str], Finding] = {}
    for task in tasks:
        case, result = task.case(theorems[task.theorem]), results[task]
        if case is None:
            steps[task.theorem] = result
        elif isinstance(case, Observation):
            findings[task.theorem, case.name] = result
        else:
            entries.append(_entry(task, case, result))
    return Report(theorems=theorems, entries=tuple(entries), steps=steps, findings=findings)


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
