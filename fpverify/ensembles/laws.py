"""Symmetric laws of single weights and biases, by name: `normal`, `cauchy`, `stable:1.5`, `t:3`, `uniform`, `sign`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import MisuseError

Array = NDArray[np.float64]
Sampler = Callable[[np.random.Generator, tuple[int, ...]], Array]


@dataclass(frozen=True, kw_only=True)
class Law:
    """
    A law that is symmetric about 0.

    Fields:
        name: as written by the user, with its parameter.
        index: the α of its domain of attraction, 0 < α <= 2: sums of N draws are of the order N^(1/α).
        sample: `sample(rng, shape)` draws independent values, float64.
    """

    name: str
    index: float
    sample: Sampler


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.standard_normal(shape)


def _cauchy(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.standard_cauchy(shape)


def _uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Uniform on [-√3, √3]: variance 1."""
    return rng.uniform(-math.sqrt(3), math.sqrt(3), shape)


def _sign(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """-1 or 1, each with probability 1/2."""
    return np.where(rng.integers(0, 2, shape) == 1, 1.0, -1.0)


def _stable(alpha: float) -> Law:
    """
    The symmetric α-stable law with characteristic function exp(-|t|^α), by the method of Chambers, Mallows and Stuck.

    With U uniform on (-π/2, π/2) and E exponential, X = sin(αU) / cos(U)^(1/α) * (cos((1-α)U) / E)^((1-α)/α).
    At α = 2 this is the normal law of variance 2, at α = 1 the Cauchy law.
    """
    _require(0.25 <= alpha <= 2, "stable", alpha, "an index from 0.25 to 2, as in stable:1.5")

    def sample(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        angle, waiting = rng.uniform(-math.pi / 2, math.pi / 2, shape), rng.exponential(size=shape)
        ratio = np.cos((1 - alpha) * angle) / waiting
        return np.sin(alpha * angle) / np.cos(angle) ** (1 / alpha) * ratio ** ((1 - alpha) / alpha)

    return Law(name=f"stable:{alpha:g}", index=alpha, sample=sample)


def _student(freedom: float) -> Law:
    """Student's t with *freedom* degrees of freedom, not divided by its deviation; its index is at most 2."""
    _require(0.25 <= freedom <= 1e6, "t", freedom, "degrees of freedom from 0.25 to 1000000, as in t:3")
    return Law(name=f"t:{freedom:g}", index=min(2.0, freedom), sample=lambda rng, shape: rng.standard_t(freedom, shape))


_PLAIN: Mapping[str, Law] = {
    "normal": Law(name="normal", index=2, sample=_normal),
    "cauchy": Law(name="cauchy", index=1, sample=_cauchy),
    "uniform": Law(name="uniform", index=2, sample=_uniform),
    "sign": Law(name="sign", index=2, sample=_sign),
}
_FAMILIES: Mapping[str, Callable[[float], Law]] = {"stable": _stable, "t": _student}

LAWS: tuple[str, ...] = (*_PLAIN, "stable:ALPHA", "t:FREEDOM")
"""How the known laws are written."""


def law_named(name: str) -> Law:
    """
    Return the law that *name* denotes: "normal", "cauchy", "uniform", "sign", "stable:1.5" or "t:3".

    Raises:
        UnknownNameError: for an unknown law; the message lists the known ones.
        MisuseError: for a parameter that is missing, no number, or out of range.
    """
    family, _, parameter = name.partition(":") if isinstance(name, str) else ("", "", "")
    if family not in _FAMILIES:
        return look_up({**_PLAIN, **dict.fromkeys(LAWS[len(_PLAIN) :])}, name, "law")
    try:
        return _FAMILIES[family](float(parameter))
    except ValueError as error:
        if isinstance(error, MisuseError):
            raise
        raise MisuseError(f"law {name!r}: write a number after the colon, as in {family}:1.5") from error


def _require(holds: bool, family: str, value: float, wanted: str) -> None:
    if not holds:
        raise MisuseError(f"law {family}:{value:g}: write {wanted}")
