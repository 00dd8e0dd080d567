"""
One observation of a run: measure, keep the finding, and take it up again after an interruption.

A finding is kept as a JSON file under a digest of all that determines it; the pieces of an experiment that is not complete
wait beside it.
"""

import dataclasses
import inspect
import json
import pickle
import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fpverify._certify import TOOL
from fpverify._finding import Evidence, Finding, Plan, Profile
from fpverify._theorem import Observation
from fpverify.kernel.certificate import digest
from fpverify.kernel.errors import FpverifyError, MisuseError, SoundnessError

_MEASURING = ("experiments", "ensembles", "numeric", "search", "kernel", "backends")
"""The packages of fpverify on which a measurement rests."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """
    An observation that is to be measured.

    Fields:
        theorem: id.
        observation: of that theorem.
        name: the stem of its files.
        profile: how much of it.
    """

    theorem: str
    observation: Observation
    name: str
    profile: Profile

    @property
    def words(self) -> str:
        return f"theorem {self.theorem}, observation {self.observation.name!r}"


def run_observation(
    task: Measurement, folder: Path, *, device: str, workers: int = 1, progress: Callable[[int, int, str], None]
) -> Finding:
    """
    Measure, or take up what an interrupted run has measured with the same code and profile.

    Args:
        task: what is measured.
        folder: where the finding and its pieces are kept; made if it does not exist.
        device, workers, progress: of the plan.

    Returns:
        The finding as its file holds it, so that a fresh and a resumed run show the same.

    Raises:
        MisuseError: naming theorem and observation, if the experiment raises, or returns what no file can hold.
        SoundnessError: if the experiment met a contradiction.
    """
    stored, pieces = folder / f"{task.name}.json", folder / task.name
    key = observation_digest(task, device)
    _require_key(folder / f"{task.name}.key", key, pieces)
    earlier = _read_finding(stored, key)
    if earlier is not None:
        return earlier
    pieces.mkdir(parents=True, exist_ok=True)
    plan = Plan(folder=pieces, profile=task.profile, device=device, workers=workers, progress=progress)
    partial = stored.with_suffix(".partial")
    partial.write_text(_finding_text(task, _measured(task, plan), key), encoding="ascii")
    partial.replace(stored)
    finding = _read_finding(stored, key)
    assert finding is not None
    return finding


def observation_digest(task: Measurement, device: str) -> str:
    """Return the digest of all that determines a finding: what is measured, how much, where, and by which code."""
    measure = task.observation.measure
    code = digest([path.read_text(encoding="utf-8") for path in _sources(measure)])
    try:
        function = pickle.dumps(measure).hex()
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise MisuseError(f"{task.words}: its experiment has to be a function of a module ({error})") from error
    return digest([TOOL, task.theorem, task.observation.name, task.profile.value, device, function, code])


def _sources(measure: Callable[..., Any]) -> list[Path]:
    package = Path(__file__).parents[1]
    own = inspect.getsourcefile(inspect.unwrap(getattr(measure, "func", measure)))
    files = {path for name in _MEASURING for path in (package / name).rglob("*.py")}
    return sorted(files | ({Path(own)} if own is not None else set()))


def _require_key(path: Path, key: str, pieces: Path) -> None:
    """Remove the pieces of another profile or of other code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="ascii") != key:
        shutil.rmtree(pieces, ignore_errors=True)
        path.write_text(key, encoding="ascii")


def _measured(task: Measurement, plan: Plan) -> Finding:
    try:
        return task.observation.measure(plan)
    except SoundnessError:
        raise
    except FpverifyError as error:
        raise MisuseError(f"{task.words}: {error}") from error
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        raise MisuseError(f"{task.words}: its experiment raised {type(error).__name__}: {error} ({where})") from error


def _finding_text(task: Measurement, finding: Any, key: str) -> str:
    """Return the finding as JSON text; refuse what is none, or what JSON cannot hold, such as NaN."""
    if reason := _misfit(finding):
        raise MisuseError(f"{task.words}: {reason}")
    fields = {field.name: getattr(finding, field.name) for field in dataclasses.fields(finding)}
    record = {**fields, "evidence": finding.evidence.value, "data": dict(finding.data)}
    try:
        return json.dumps({"key": key, "finding": record}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise MisuseError(
            f"{task.words}: its finding is not JSON ({error}); write lists, int, float, str, and None for what is no number"
        ) from error


def _misfit(finding: Any) -> str:
    """Return what is wrong with a finding; empty if nothing is."""
    if not isinstance(finding, Finding):
        return f"its experiment returned {type(finding).__name__} and no Finding"
    if not isinstance(finding.evidence, Evidence):
        return f"the evidence is {finding.evidence!r} and not one of {', '.join(map(str, Evidence))}"
    if (wrong := next((row for row in finding.rows if len(row) != len(finding.columns)), None)) is not None:
        return f"the row {list(wrong)!r:.80} has {len(wrong)} cells, and there are {len(finding.columns)} columns"
    cells = (*finding.columns, *(cell for row in finding.rows for cell in row), finding.sentence, finding.regime)
    if any(not isinstance(cell, str) for cell in (*cells, finding.samples, finding.left_out)):
        return "a sentence or a cell of its table is no text"
    return ""


def _read_finding(path: Path, key: str) -> Finding | None:
    try:
        data = json.loads(path.read_text(encoding="ascii"))
        fields = data["finding"]
        if data["key"] != key:
            return None
        columns, rows = tuple(fields.pop("columns")), tuple(tuple(row) for row in fields.pop("rows"))
        return Finding(evidence=Evidence(fields.pop("evidence")), columns=columns, rows=rows, **fields)
    except (OSError, ValueError, KeyError, TypeError):
        return None
