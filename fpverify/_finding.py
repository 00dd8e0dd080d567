"""Findings: what an experiment measured, in words with numbers. A finding proves nothing, and never says that it does."""

import enum
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Never


class Profile(enum.Enum):
    """How much an experiment measures: QUICK within about half a minute, FULL all of it."""

    QUICK = "quick"
    FULL = "full"


class Evidence(enum.Enum):
    """What a finding says of the claim that it is about."""

    EMPIRICAL = "EMPIRICAL"
    """Observed in the stated regime, in samples; nothing is proved by it."""
    NOT_REPRODUCED = "NOT REPRODUCED"
    """Looked for, in the stated way, and not seen."""

    def __bool__(self) -> Never:
        raise TypeError("evidence has no truth value: compare with `is Evidence.EMPIRICAL`")


def _silent(done: int, total: int, words: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    How an experiment is to run.

    Fields:
        profile: how much of it.
        folder: where finished pieces are kept until it is complete, so that a run can be taken up again, and where
            certificates of single networks are written and read back.
        device: "auto", "cpu" or "cuda".
        workers: number of processes for ensembles; 1 computes in this process.
        progress: `progress(done, total, words)`, called after each piece.
    """

    folder: Path
    profile: Profile = Profile.QUICK
    device: str = "auto"
    workers: int = 1
    progress: Callable[[int, int, str], None] = _silent

    @property
    def is_quick(self) -> bool:
        return self.profile is Profile.QUICK


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    Fields:
        evidence: what it says of the claim of its observation.
        sentence: what was measured, to be quoted: numbers with intervals, how many networks and starts.
        regime: which networks: law, scales, sizes, activation.
        samples: how many networks, starts, steps, resamplings; in words.
        seed: from which all random numbers follow.
        left_out: what the quick profile did not measure; empty for the full one.
        columns, rows: a table for the reader.
        data: what the figures draw: JSON values.
    """

    evidence: Evidence
    sentence: str
    regime: str
    samples: str
    seed: int
    left_out: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Experiment:
    """
    An experiment by the name of its function, which is imported when it is first called: reading a theorem stays quick.

    Fields:
        module, name: where the function `name(plan) -> Finding` is.
    """

    module: str
    name: str

    @property
    def func(self) -> Callable[[Plan], Finding]:
        """Import the function."""
        return getattr(importlib.import_module(self.module), self.name)

    def __call__(self, plan: Plan) -> Finding:
        return self.func(plan)
