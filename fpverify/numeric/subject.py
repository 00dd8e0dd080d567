"""Subject: a claim with its network on a device, and how thoroughly to look. Finding: what one kind of look saw."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import torch

from fpverify.kernel.claim import Claim
from fpverify.kernel.network import Network
from fpverify.numeric.build import TorchNetwork, pinned
from fpverify.numeric.iterate import generator_for
from fpverify.numeric.record import CrossCheck

_MOST_POINTS = 60
_LARGEST = 1e300
_MOST_EXAMINED = 8


@dataclass(frozen=True, kw_only=True)
class Subject:
    """
    Fields:
        claim, network: what is claimed, of which network.
        device, seed: where and with which random numbers.
        steps, samples: how long orbits are followed at most, and about how many.
    """

    claim: Claim
    network: Network
    device: torch.device
    seed: int
    steps: int
    samples: int

    @cached_property
    def f(self) -> TorchNetwork:
        return TorchNetwork(self.network, self.device)

    @cached_property
    def nominal(self) -> Network:
        return self.network.nominal() if self.network.is_uncertain else self.network

    def members(self) -> list[TorchNetwork]:
        """Return the network; where parameters are intervals, the nominal one and some with parameters drawn inside."""
        if not self.network.is_uncertain:
            return [self.f]
        generator, draws = self.generator("members"), (self.f.uniform, self.f.corner, self.f.corner)
        drawn = [{i: (same.weight, same.bias) for i, same in draw(generator).items()} for draw in draws]
        networks = [self.nominal, *(pinned(self.network, parameters) for parameters in drawn)]
        return [TorchNetwork(network, self.device) for network in networks]

    def generator(self, purpose: str) -> torch.Generator:
        """Return a new generator, always the same for the same purpose."""
        return generator_for(self.device, self.seed, purpose)


@dataclass(kw_only=True)
class Finding:
    """
    Fields:
        samples, steps, violations, worst_ratio: as in `CrossCheck`.
        curve: per step, the largest error and the largest bound.
        limits: refined fixed points, as decimals.
        confirm: examines the worst violation again with the kernel; None if there is nothing to examine.
        notes: sentences.
    """

    samples: int = 0
    steps: int = 0
    violations: int = 0
    worst_ratio: float = 0.0
    curve: list[tuple[float, float]] = field(default_factory=list)
    limits: list[tuple[str, ...]] = field(default_factory=list)
    confirm: list[Callable[[], bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def include(self, other: "Finding") -> Self:
        """Take in another finding about the same claim."""
        self.samples += other.samples
        self.steps = max(self.steps, other.steps)
        self.violations += other.violations
        self.worst_ratio = max(self.worst_ratio, other.worst_ratio)
        self.curve = _upper_envelope(self.curve, other.curve)
        self.limits += other.limits
        self.confirm += other.confirm
        self.notes += [note for note in other.notes if note not in self.notes]
        return self

    def violate(self, count: int, note: str, confirm: Callable[[], bool] | None = None) -> Self:
        """Count violations, with a sentence and a way to examine one of them again."""
        if count:
            self.violations += count
            self.worst_ratio = max(self.worst_ratio, _LARGEST)
            self.notes.append(note)
            self.confirm += [] if confirm is None else [confirm]
        return self

    def record(self, subject: Subject) -> CrossCheck:
        """Return the record of the cross-check; some violations are examined, until one is confirmed."""
        confirmed = any(examine() for examine in self.confirm[:_MOST_EXAMINED])
        verdict = [] if not self.violations else [_VERDICTS[confirmed]]
        return CrossCheck(
            samples=self.samples,
            steps=self.steps,
            violations=self.violations,
            confirmed=confirmed,
            worst_ratio=_finite(self.worst_ratio),
            device=subject.device.type,
            seed=subject.seed,
            limits=tuple(self.limits),
            curve=tuple((_finite(error), _finite(bound)) for error, bound in _thinned(self.curve)),
            note=" ".join([*self.notes, *verdict]),
        )


_VERDICTS = {
    True: "The kernel confirmed a violation: the claim is false.",
    False: "The kernel did not confirm the violation.",
}


def _upper_envelope(
    one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    joint = [(max(a, c), max(b, d)) for (a, b), (c, d) in zip(longer, shorter, strict=False)]
    return [*joint, *longer[len(shorter) :]]


def _thinned(curve: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most 60 points, the first and the last among them."""
    if len(curve) <= _MOST_POINTS:
        return list(curve)
    return [curve[round(i * (len(curve) - 1) / (_MOST_POINTS - 1))] for i in range(_MOST_POINTS)]


def _finite(value: float) -> float:
    """NaN and infinity, which JSON does not have, become the largest number that is written."""
    return min(value, _LARGEST) if not math.isnan(value) else _LARGEST
