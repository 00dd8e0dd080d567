"""Every script in examples/ runs and gives the verdict that it tells of."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from fpverify import Status

EXAMPLES = Path(__file__).parent.parent / "examples"
VERDICTS = {
    "equilibrium_layer": Status.PROVED,
    "subdivide": (Status.UNDECIDED, Status.PROVED),
    "no_fixed_point": Status.REFUTED,
}


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_has_a_verdict_here() -> None:
    """A new example joins the table."""
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(VERDICTS)


@pytest.mark.parametrize("name", sorted(VERDICTS))
def test_example(name: str) -> None:
    """The script's main() returns what the table says."""
    assert _load(name).main() == VERDICTS[name]
