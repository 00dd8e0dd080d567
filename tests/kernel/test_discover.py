"""Discovery: adding a file adds a name, and mistakes in a file are told."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from fpverify.kernel.activations import ACTIVATIONS
from fpverify.kernel.discover import discover, look_up
from fpverify.kernel.errors import MisuseError, UnknownNameError

THING = "class _Thing:\n    name = __name__.split('.')[-1]\n\n\nTHING = _Thing()\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable empty package, forgotten afterwards."""
    folder = tmp_path / "things_to_find"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def _import(package: Path) -> ModuleType:
    return import_module(package.name)


def test_each_module_gives_one_thing(package: Path) -> None:
    """Named as its module, in alphabetical order."""
    for module in ("b", "a"):
        (package / f"{module}.py").write_text(THING)
    found = discover(_import(package), "THING")
    assert [*found] == ["a", "b"]
    assert len(found) == 2
    assert found["b"].name == "b"
    assert found["b"] is found["b"]


def test_modules_are_imported_on_first_use(package: Path) -> None:
    """Asking for one thing, or for the names, runs no other module."""
    (package / "good.py").write_text(THING)
    (package / "bad.py").write_text("import no_such_module_anywhere")
    found = discover(_import(package), "THING")
    assert set(found) == {"good", "bad"}
    assert "bad" in found
    assert found["good"].name == "good"
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        found["bad"]


def test_private_modules_are_left_out(package: Path) -> None:
    (package / "_helper.py").write_text("raise RuntimeError('imported')")
    assert dict(discover(_import(package), "THING")) == {}


def test_a_module_without_the_thing_is_refused(package: Path) -> None:
    (package / "a.py").write_text("")
    found = discover(_import(package), "THING")
    with pytest.raises(MisuseError, match=r"things_to_find.a exports no THING"):
        found["a"]


def test_a_thing_with_another_name_than_its_file_is_refused(package: Path) -> None:
    """So two files can never claim one name."""
    (package / "a.py").write_text(THING + "THING.name = 'b'\n")
    found = discover(_import(package), "THING")
    with pytest.raises(MisuseError, match=r"things_to_find.a exports 'b'; the file must have the name"):
        found["a"]


@pytest.mark.parametrize("name", ["missing", "_helper", "__init__", ""])
def test_a_name_that_is_no_module_is_not_found(package: Path, name: str) -> None:
    (package / "_helper.py").write_text(THING)
    found = discover(_import(package), "THING")
    assert name not in found
    with pytest.raises(KeyError):
        found[name]


def test_what_is_found_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        ACTIVATIONS["mine"] = ACTIVATIONS["tanh"]


def test_each_activation_is_found_under_its_own_name() -> None:
    assert all(name == activation.name for name, activation in ACTIVATIONS.items())


def test_a_known_name_is_looked_up() -> None:
    assert look_up(ACTIVATIONS, "tanh", "activation") is ACTIVATIONS["tanh"]


@pytest.mark.parametrize("name", ["tanhh", "", None, 3, ["tanh"]])
def test_an_unknown_name_lists_the_known_ones(name: object) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown activation .*known are: cubic, elu, .*tanh"):
        look_up(ACTIVATIONS, name, "activation")
