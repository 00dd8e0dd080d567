"""One exported object per module of a package, imported on first use: adding a thing is adding a file."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from fpverify.kernel.errors import MisuseError, UnknownNameError


class Discovered(Mapping[str, Any]):
    """
    The objects called *attribute* of the modules of *package*, by their `name`, which is the module's name.

    Modules whose name starts with `_` are skipped. A module is imported when its object is first asked for.
    """

    def __init__(self, package: ModuleType, attribute: str) -> None:
        found = (info.name for info in pkgutil.iter_modules(package.__path__))
        self._names = tuple(sorted(name for name in found if not name.startswith("_")))
        self._package, self._attribute = package.__name__, attribute
        self._loaded: dict[str, Any] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> Any:
        """Raises MisuseError if the module lacks the attribute, or the object has another name than its module."""
        module = importlib.import_module(f"{self._package}.{name}")
        thing = getattr(module, self._attribute, None)
        if thing is None:
            raise MisuseError(f"{module.__name__} exports no {self._attribute}")
        if thing.name != name:
            raise MisuseError(
                f"{module.__name__} exports {thing.name!r}; the file must have the name of what it exports"
            )
        return thing


def discover(package: ModuleType, attribute: str) -> Mapping[str, Any]:
    """Return the objects called *attribute* in the modules of *package*, by name."""
    return Discovered(package, attribute)


def look_up(mapping: Mapping[str, Any], name: object, kind: str) -> Any:
    """
    Return `mapping[name]`.

    Raises:
        UnknownNameError: with the known names, if *name* is not one of them.
    """
    if not isinstance(name, str) or name not in mapping:
        raise UnknownNameError(f"unknown {kind} {name!r}; known are: {', '.join(sorted(mapping))}")
    return mapping[name]
