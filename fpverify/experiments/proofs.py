"""Proofs for single networks of an ensemble: the first certificate of uniqueness that the kernel accepts, and its kind."""

from collections.abc import Mapping
from typing import Any

from fpverify._certify import attempt
from fpverify._goal import AttractsAll, Goal, OnlyOne
from fpverify.ensembles import Ensemble
from fpverify.experiments._read_back import is_read_back
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from fpverify.kernel.region import WholeSpace

_APART = 1e-3

METHODS: Mapping[str, Goal] = {
    "norms": AttractsAll(norm="two", steps=0),
    "contraction": AttractsAll(),
    "multipliers": OnlyOne(steps=0, sweeps=0),
    "best multipliers": OnlyOne(),
}
"""
Ways to prove that a network has exactly one fixed point in R^d, in the order in which they are tried.

norms: the layers' 2-norms, times the largest slopes, multiply to less than 1. contraction: in the 2-norm or a weighted sup
norm, perhaps on a box that all orbits enter. multipliers: the rule sector on the range of f, with equal multipliers; best
multipliers: with optimised ones, on a box that all orbits enter. The last two say nothing of convergence.
"""


def proved_unique(network: Network, methods: Mapping[str, Goal] = METHODS) -> str | None:
    """
    Return the first of the *methods* with which the kernel accepts, from a file, that there is one fixed point in R^d.

    Raises:
        SoundnessError: if the kernel accepts the obligations and refuses the file.
    """
    region = WholeSpace(size=network.state_size)
    for name, goal in methods.items():
        try:
            outcome = attempt(network, region, goal)
        except MisuseError:  # no chain, or values without bounds
            return None
        if is_read_back(outcome, f"{network.name}: {name}"):
            return name
    return None


def is_contradicted(method: str, row: Mapping[str, Any]) -> bool:
    """
    Return whether what a search found contradicts a proof of one fixed point.

    That is: two fixed points well apart, or a cycle where all orbits were proved to converge. Limits that are close to one
    another may be one fixed point, to which orbits come slowly.

    Args:
        method: a key of `METHODS`.
        row: of `fpverify.experiments.census.count_piece`.
    """
    cycles = bool(row["cycles"]) and method in {"norms", "contraction"}
    return cycles or (len(row["basins"]) > 1 and row["apart"] > _APART)


def prove_piece(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Prove uniqueness for one network of an ensemble; the work of a sweep.

    Args:
        item: {"ensemble": fields of an Ensemble, "number": k}.

    Returns:
        {"method": the name of the first method that does, or ""}.
    """
    return {"method": proved_unique(Ensemble(**item["ensemble"]).network(item["number"])) or ""}
