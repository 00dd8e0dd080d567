"""One observation of a run: kept, taken up again, measured anew where anything has changed, refused where it has to be."""

import functools
import math
from dataclasses import replace
from pathlib import Path

import pytest

import fpverify as fp
from fpverify.experiments import _observe
from fpverify.experiments._observe import Measurement, observation_digest, run_observation

GOOD = fp.Finding(
    evidence=fp.Evidence.EMPIRICAL,
    sentence="Seen, μ = 1.",
    regime="tanh",
    samples="3 networks",
    seed=5,
    columns=("N", "Q"),
    rows=(("1", "2"),),
    data={"x": [1, 2.5, None], "by size": {3: "three"}},
)
CALLS: list[fp.Plan] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    CALLS.clear()


def measure(plan: fp.Plan) -> fp.Finding:
    CALLS.append(plan)
    (plan.folder / "piece").write_text("a piece")
    plan.progress(1, 2, "a network")
    return GOOD


def other(plan: fp.Plan) -> fp.Finding:
    return replace(measure(plan), sentence="Other.")


def scaled(plan: fp.Plan, scale: int) -> fp.Finding:
    return replace(measure(plan), seed=scale)


def returns_nan(plan: fp.Plan) -> fp.Finding:
    return replace(GOOD, data={"x": [1.0, math.nan]})


def returns_set(plan: fp.Plan) -> fp.Finding:
    return replace(GOOD, data={"x": {1, 2}})


def returns_nothing(plan: fp.Plan) -> None:
    return None


def returns_ragged(plan: fp.Plan) -> fp.Finding:
    return replace(GOOD, rows=(("1", "2"), ()))


def returns_number(plan: fp.Plan) -> fp.Finding:
    return replace(GOOD, rows=(("1", 2),))


def returns_word(plan: fp.Plan) -> fp.Finding:
    return replace(GOOD, evidence="EMPIRICAL")


def raises(plan: fp.Plan) -> fp.Finding:
    return replace(GOOD, seed=1 // 0)


def misused(plan: fp.Plan) -> fp.Finding:
    raise fp.MisuseError("write 3 instead of 4")


def contradicts(plan: fp.Plan) -> fp.Finding:
    raise fp.SoundnessError("a claim was contradicted")


def task(experiment=measure, profile: fp.Profile = fp.Profile.QUICK, name: str = "rises") -> Measurement:
    observation = fp.Observation(name=name, claim="It rises.", measure=experiment)
    return Measurement(theorem="t-1", observation=observation, name=f"t-1--{name}", profile=profile)


def run(tmp_path: Path, one: Measurement, **options: object) -> fp.Finding:
    settings = {"device": "cpu", "progress": lambda done, total, words: None, **options}
    return run_observation(one, tmp_path / "observations", **settings)


def test_a_finding_is_what_its_file_holds(tmp_path: Path) -> None:
    """Fresh or taken up, it is the same: sequences are tuples or lists and keys text, as in JSON."""
    first = run(tmp_path, task())
    again = run(tmp_path, task())
    assert first == again
    assert len(CALLS) == 1
    assert (first.evidence, first.rows, first.columns) == (fp.Evidence.EMPIRICAL, (("1", "2"),), ("N", "Q"))
    assert first.data == {"x": [1, 2.5, None], "by size": {"3": "three"}}


def test_the_plan_says_how(tmp_path: Path) -> None:
    told = []
    one = task(profile=fp.Profile.FULL)
    run(tmp_path, one, device="cuda", workers=3, progress=lambda *words: told.append(words))
    (plan,) = CALLS
    assert (plan.profile, plan.device, plan.workers, plan.is_quick) == (fp.Profile.FULL, "cuda", 3, False)
    assert plan.folder == tmp_path / "observations" / "t-1--rises"
    assert told == [(1, 2, "a network")]


@pytest.mark.parametrize(
    ("changed", "device"),
    [
        (task(profile=fp.Profile.FULL), "cpu"),
        (task(other), "cpu"),
        (task(), "cuda"),
        (replace(task(), theorem="t-2"), "cpu"),
    ],
    ids=["profile", "experiment", "device", "theorem"],
)
def test_what_has_changed_is_measured_anew(tmp_path: Path, changed: Measurement, device: str) -> None:
    """And does not find the pieces of the other measurement."""
    run(tmp_path, task())
    (tmp_path / "observations" / "t-1--rises" / "of the first").write_text("")
    run(tmp_path, changed, device=device)
    assert len(CALLS) == 2
    assert not (tmp_path / "observations" / "t-1--rises" / "of the first").exists()


def test_changed_code_is_measured_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = observation_digest(task(), "cpu")
    (tmp_path / "code.py").write_text("x = 1")
    monkeypatch.setattr(_observe, "_sources", lambda measure: [tmp_path / "code.py"])
    changed = observation_digest(task(), "cpu")
    (tmp_path / "code.py").write_text("x = 2")
    assert len({before, changed, observation_digest(task(), "cpu")}) == 3


def test_the_experiments_and_their_own_file_are_its_code() -> None:
    names = {path.name for path in _observe._sources(measure)}
    assert {"test_observe.py", "_observe.py", "iterate.py"} <= names


def test_arguments_of_an_experiment_count(tmp_path: Path) -> None:
    """Two experiments that differ in a bound argument are two."""
    first, second = (functools.partial(scaled, scale=scale) for scale in (1, 2))
    assert run(tmp_path, task(first)).seed == 1
    assert run(tmp_path, task(second)).seed == 2


def test_pieces_of_an_interrupted_measurement_are_kept(tmp_path: Path) -> None:
    with pytest.raises(fp.MisuseError):
        run(tmp_path, task(raises))
    piece = tmp_path / "observations" / "t-1--rises" / "piece"
    piece.write_text("from before")
    with pytest.raises(fp.MisuseError):
        run(tmp_path, task(raises))
    assert piece.read_text() == "from before"


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (returns_nan, "not JSON"),
        (returns_set, "not JSON"),
        (returns_nothing, "returned NoneType and no Finding"),
        (returns_ragged, r"the row \[\] has 0 cells, and there are 2 columns"),
        (returns_number, "is no text"),
        (returns_word, "the evidence is 'EMPIRICAL'"),
        (raises, r"ZeroDivisionError: .* \(test_observe.py, line \d+\)"),
        (misused, "write 3 instead of 4"),
        (lambda plan: GOOD, "has to be a function of a module"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(tmp_path: Path, experiment: object, words: str) -> None:
    """The message names theorem and observation, and no file is left that a later run would take up."""
    with pytest.raises(fp.MisuseError, match=f"^theorem t-1, observation 'rises': .*{words}"):
        run(tmp_path, task(experiment))
    assert not list((tmp_path / "observations").glob("*.json"))


def test_a_contradiction_is_not_wrapped(tmp_path: Path) -> None:
    with pytest.raises(fp.SoundnessError, match=r"^a claim was contradicted$"):
        run(tmp_path, task(contradicts))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', '{"key": "K", "finding": {"evidence": "PROVED"}}'])
def test_a_damaged_file_is_measured_anew(tmp_path: Path, text: str) -> None:
    run(tmp_path, task())
    key = observation_digest(task(), "cpu")
    (tmp_path / "observations" / "t-1--rises.json").write_text(text.replace("K", key))
    assert run(tmp_path, task()).sentence == GOOD.sentence
    assert len(CALLS) == 2
