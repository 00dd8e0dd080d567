"""Sweeps: resumed equals uninterrupted, also after kill -9; processes and a cluster give what one process gives."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

import fpverify as fp
from fpverify.ensembles import Ensemble
from fpverify.experiments.census import Survey, count_piece
from fpverify.experiments.sweep import sweep

ROOT = Path(__file__).parent.parent.parent

ITEMS = [{"x": x} for x in range(6)]

SLOW = """
import time

def work(item):
    with open(item["log"], "a") as log:
        log.write(f"{item['x']}\\n")
    time.sleep(0.05)
    return {"third": item["x"] / 3}
"""

CHILD = """
import json, sys
from pathlib import Path
import slow
from fpverify.experiments.sweep import sweep

sweep(slow.work, json.loads(sys.argv[1]), folder=Path(sys.argv[2]))
"""


def thirds(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"third": item["x"] / 3, "pair": (1, 2)}


def endless(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"x": float("inf")}


def refuse(item: Mapping[str, Any]) -> dict[str, Any]:
    raise AssertionError("this piece was there already")


refuse.__qualname__ = thirds.__qualname__


def pieces(networks: int = 90) -> list[dict[str, Any]]:
    """Real pieces: small Cauchy networks."""
    ensemble = Ensemble(activation="tanh", width=4, depth=2, law="cauchy", gain=3.0, bias_law="cauchy", bias=1.0)
    return Survey(ensemble=ensemble, networks=networks, starts=8, steps=60).items()


def test_results_stand_in_the_order_of_the_items(tmp_path: Path) -> None:
    """As JSON has them: a pair becomes a list, a double stays what it is."""
    results = sweep(thirds, ITEMS[::-1], folder=tmp_path)
    assert results == [{"third": x / 3, "pair": [1, 2]} for x in range(5, -1, -1)]


def test_finished_pieces_are_not_computed_again(tmp_path: Path) -> None:
    first = sweep(thirds, ITEMS, folder=tmp_path)
    assert sweep(refuse, ITEMS[::-1], folder=tmp_path) == first[::-1]
    with pytest.raises(AssertionError):
        sweep(refuse, [{"x": 7}], folder=tmp_path)


def test_an_item_that_stands_twice_is_computed_once(tmp_path: Path) -> None:
    told = []
    results = sweep(thirds, [ITEMS[1], ITEMS[1]], folder=tmp_path, progress=lambda *now: told.append(now[:2]))
    assert results[0] == results[1]
    assert (told, len(list(tmp_path.iterdir()))) == ([(0, 2), (2, 2)], 1)


@pytest.mark.parametrize("damage", ["", "{", '{"item": {"x": 99}, "result": {}}', "[]"])
def test_a_damaged_or_foreign_piece_is_computed_again(tmp_path: Path, damage: str) -> None:
    first = sweep(thirds, ITEMS[:1], folder=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_text(damage)
    assert sweep(thirds, ITEMS[:1], folder=tmp_path) == first
    assert json.loads(path.read_text())["item"] == ITEMS[0]


def test_what_was_finished_before_an_error_is_kept(tmp_path: Path) -> None:
    """The error of a piece comes out as it is; the pieces before it are there."""
    with pytest.raises(TypeError):
        sweep(thirds, [*ITEMS[:3], {"x": "three"}], folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_progress_counts_what_was_there(tmp_path: Path) -> None:
    sweep(thirds, ITEMS[:2], folder=tmp_path)
    told = []
    sweep(thirds, ITEMS, folder=tmp_path, progress=lambda *now: told.append(now))
    assert [now[:2] for now in told] == [(done, 6) for done in range(2, 7)]
    assert "2 of 6" in told[0][2]


def test_resumed_after_kill_9_equals_uninterrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child is killed in the middle; the rest is taken up, at most one piece is computed twice, the results agree."""
    (tmp_path / "slow.py").write_text(SLOW)
    log, folder = tmp_path / "log", tmp_path / "pieces"
    items = [{"x": x, "log": str(log)} for x in range(30)]
    command = [sys.executable, "-c", CHILD, json.dumps(items), str(folder)]
    child = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    while child.poll() is None and len(list(folder.glob("*.json"))) < 3:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    there = len(list(folder.glob("*.json")))
    assert 3 <= there < 30
    monkeypatch.syspath_prepend(tmp_path)
    import slow  # pyright: ignore[reportMissingImports]

    resumed = sweep(slow.work, items, folder=folder)
    assert len(log.read_text().splitlines()) <= 31
    assert resumed == sweep(slow.work, items, folder=tmp_path / "other") == [{"third": x / 3} for x in range(30)]


def test_processes_give_what_one_process_gives(tmp_path: Path) -> None:
    items = pieces()
    parallel = sweep(count_piece, items, folder=tmp_path / "two", workers=2)
    assert parallel == sweep(count_piece, items, folder=tmp_path / "one")


def test_a_cluster_gives_what_one_process_gives(tmp_path: Path) -> None:
    """Two workers of dask, in this process; a second run takes up every piece without a scheduler."""
    items = pieces()
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with LocalCluster(**options) as cluster:
        on_dask = sweep(
            count_piece, items, folder=tmp_path / "dask", backend="dask", scheduler=cluster.scheduler_address
        )
    assert on_dask == sweep(count_piece, items, folder=tmp_path / "one")
    assert on_dask == sweep(count_piece, items, folder=tmp_path / "dask", backend="dask", scheduler="tcp://nobody:1")


def test_dask_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(fp.MisuseError, match="pip install"):
        sweep(thirds, ITEMS, folder=tmp_path, backend="dask")


@pytest.mark.parametrize(
    "wrong", [{"backend": "spark"}, {"workers": 0}, {"scheduler": "tcp://localhost:8786"}, {"backend": ""}]
)
def test_misuse_is_refused_before_any_work(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(fp.MisuseError):
        sweep(refuse, ITEMS, folder=tmp_path / "pieces", **wrong)
    assert not (tmp_path / "pieces").exists()


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    """An item or a result that JSON cannot hold exactly: an object, or NaN."""
    for item in ({"x": object()}, {"x": float("nan")}):
        with pytest.raises(fp.MisuseError, match="no JSON"):
            sweep(thirds, [item], folder=tmp_path)
    with pytest.raises(fp.MisuseError, match="the result"):
        sweep(endless, ITEMS, folder=tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(fp.MisuseError, match="choose another folder"):
        sweep(thirds, ITEMS, folder=tmp_path / "file")
