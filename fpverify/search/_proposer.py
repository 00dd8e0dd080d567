"""Proposer: from a goal to obligations with witnesses that the kernel may accept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fpverify._goal import Goal
from fpverify.kernel.arb import Arb
from fpverify.kernel.backend import Backend
from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact, exact_vector, text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.rational import Rational
from fpverify.kernel.region import Region


@dataclass(frozen=True, kw_only=True)
class Proposer:
    """
    Fields:
        name: of the rule for which it proposes.
        propose: (network, region, goal) -> obligations, the last of which concludes the goal.
    """

    name: str
    propose: Callable[[Network, Region, Any], Sequence[Obligation]]


def _torch64(precision: int) -> Backend:
    from fpverify.backends.torch64.backend import Torch64

    return Torch64()


ROUNDED: Mapping[str, Callable[[int], Backend]] = {"arb": Arb, "torch64": _torch64}
"""The arithmetics with rounding in which a goal may be decided; torch64 has 53 bits, whatever the goal asks for."""

_chosen: ContextVar[Callable[[int], Backend]] = ContextVar("chosen", default=Arb)


@contextmanager
def deciding_with(name: str) -> Iterator[None]:
    """Propose, inside the `with`, for the arithmetic *name* of `ROUNDED`; raises UnknownNameError for another name."""
    token = _chosen.set(look_up(ROUNDED, name, "backend"))
    try:
        yield
    finally:
        _chosen.reset(token)


def backend_of(goal: Goal) -> Backend:
    """Return the arithmetic that the goal asks for: exact, or the rounded one of `deciding_with`."""
    return Rational() if goal.precision == 0 else _chosen.get()(goal.precision)


def obligation(
    network: Network, region: Region, goal: Goal, witness: Mapping[str, Any], rule: str | None = None
) -> Obligation:
    """Return the one obligation of a goal that needs no premises."""
    name = goal.rule if rule is None else rule
    backend = backend_of(goal)
    return Obligation(id="o1", rule=name, network=network, region=region, witness=witness, backend=backend)


def spread(value: Any, size: int) -> tuple[Fraction, ...]:
    """Return one number for each coordinate, from one for all or from a sequence."""
    values = exact_vector(value) if isinstance(value, (list, tuple)) else (exact(value),) * size
    if len(values) != size:
        raise MisuseError(f"{len(values)} numbers are given for {size} coordinates")
    return values


def noise_bounds(value: Any, size: int) -> tuple[Fraction, ...]:
    """Return a bound of the noise for each coordinate; raises MisuseError for a negative one."""
    bounds = spread(value, size)
    if min(bounds) < 0:
        raise MisuseError(f"a bound of the noise is negative: {text(min(bounds))}; write its size, such as 1/100")
    return bounds


def texts(values: Sequence[Fraction]) -> list[str]:
    return [text(value) for value in values]
