"""Activation: a family of scalar functions, found by name; Function: one member, with exact parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from fpverify.kernel.activations._shapes import Shape
from fpverify.kernel.backend import Formula
from fpverify.kernel.errors import FormatError, UnknownNameError
from fpverify.kernel.exact import exact, exact_vector, text

Parameter = Fraction | tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True)
class Function:
    """
    A scalar function g with the facts that enclosures need.

    Fields:
        formula, slope: g and g' at a point, in the vocabulary of `Ops`; one text for SymPy, torch and the enclosures.
        values, slopes: how g and g' move; at a kink `slopes` takes in both one-sided slopes.
        smooth: whether g is continuously differentiable everywhere.
        continuous: whether g is continuous everywhere.
        shift: a period T with g(x + T) = g(x) + T for every x, or None.
    """

    formula: Formula
    slope: Formula
    values: Shape
    slopes: Shape
    smooth: bool = True
    continuous: bool = True
    shift: Fraction | None = None


@dataclass(frozen=True, kw_only=True)
class Activation:
    """
    A named family of scalar functions.

    Fields:
        name: as written in files and on the command line.
        build: from the parameters (all of them, exact) to the Function; raises FormatError for values out of range.
        defaults: each parameter with its default value; None where the user must give it.
    """

    name: str
    build: Callable[[Mapping[str, Any]], Function]
    defaults: Mapping[str, Parameter | None] = field(default_factory=dict)

    def function(self, given: Mapping[str, Any] = MappingProxyType({})) -> Function:
        """
        Return the member with the *given* parameters, and defaults for the rest.

        Raises:
            UnknownNameError: for a parameter that the family does not have.
            FormatError: for a missing parameter or one out of range.
        """
        return self.build(self.complete(given))

    def complete(self, given: Mapping[str, Any]) -> dict[str, Parameter]:
        """Return all parameters, exact."""
        if unknown := set(given) - set(self.defaults):
            known = ", ".join(self.defaults) or "none"
            raise UnknownNameError(f"{self.name} has no parameter {sorted(unknown)}; it has: {known}")
        values = {key: _read(given[key]) if key in given else default for key, default in self.defaults.items()}
        if missing := [key for key, value in values.items() if value is None]:
            raise FormatError(f"{self.name} needs the parameter {missing[0]!r}")
        return {key: value for key, value in values.items() if value is not None}


def plain(name: str, **facts: Any) -> Activation:
    """Return the family of one function without parameters, given by its facts."""
    return single(name, Function(**facts))


def single(name: str, member: Function) -> Activation:
    """Return the family of one function without parameters."""
    return Activation(name=name, build=lambda _: member)


def number(name: str, parameters: Mapping[str, Parameter], key: str) -> Fraction:
    """Return the parameter *key* of the activation *name*, which must be one number."""
    value = parameters[key]
    if not isinstance(value, Fraction):
        raise FormatError(f"{name}: {key} is one number, not a list; got {parameter_data(value)}")
    return value


def positive(name: str, parameters: Mapping[str, Parameter], key: str) -> Fraction:
    """Return the parameter *key* of the activation *name*, which must be one positive number."""
    value = number(name, parameters, key)
    if value <= 0:
        raise FormatError(f"{name}: {key} must be positive; got {text(value)}")
    return value


def parameter_data(value: Parameter) -> str | list[str]:
    """Return a parameter as it stands in a file."""
    return text(value) if isinstance(value, Fraction) else [text(part) for part in value]


def _read(value: Any) -> Parameter:
    return exact_vector(value) if isinstance(value, (list, tuple)) else exact(value)
