"""
A certified counterexample: a map for which the printed hypotheses hold and the printed conclusion fails.

`PRINTED` holds what three statements of arXiv 2410.11279 say, as far as a counterexample needs it. Hypotheses are taken
in the narrowest reading and conclusions in the weakest, so that a counterexample survives every reading. Notation: sets
D_1, ..., D_m, where m = 1 unless the statement speaks of several; K_i bounds the derivative on D_i.

Lemma. Let
    (1) f be exact, continuously differentiable on R^d, and what the statement speaks of: any map for Lemma 3.4; a layer
        g(W x + b) for Theorem 4.1, as every scalar map is, with W = 1 and b = 0; a scalar map for Theorem 4.2;
    (2) each set have the premise "f maps D_i into itself"; the sets be made of boxes (intervals) of positive width, as
        many as the statement has, pairwise disjoint, closed if it assumes so, and the region one of them;
    (3) each have the premise "the derivative has norm at most K_i on D_i" in the unweighted sup norm, which is the
        printed bound of the row sums, with K_i in the range that the statement admits; for Theorem 4.1, it is the
        derivative of g(W x) that is bounded, as printed, with one choice of g, W and b for all sets;
    (4) the last premise contradict the conclusion that the witness names, in one of these ways:
        "fixed_points" (at least m of them; for Lemma 3.4 and Theorem 4.2, one that lies in D): f has none on the line;
        or at most one on the line, if m >= 2; or, for those two, none in D, or D consists of two boxes that f swaps;
        "convergence" (every orbit from D_i converges): two boxes in the D_i are swapped;
        "radius" (|x^t - p| <= K^t |x^0 - p| + 20/m for noise at most 1/m): from p, a fixed point in D, an orbit under
        constant noise of modulus at most 1/m, m a positive integer, exceeds p + 20/m.
Then the printed statement fails for this instance.

Source: the counterexamples are fpverify's own; each certificate carries its map.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import is_fixed
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact, text
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.network import Network
from fpverify.kernel.norm import SupNorm, unweighted
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, Periodic, Punctured, Region, WholeSpace, parts_of
from fpverify.kernel.verdict import Reason


@dataclass(frozen=True)
class Printed:
    """
    Fields:
        title: how the statement is cited.
        conclusions: what it concludes.
        largest_rate: the largest K that it admits; None for every K < 1.
        scalar: whether it speaks of scalar maps only.
        layer: whether it speaks of layers g(W x + b), of several sets that need not be closed, and of g' at W x.
    """

    title: str
    conclusions: tuple[str, ...]
    largest_rate: Fraction | None = None
    scalar: bool = False
    layer: bool = False


PRINTED: Mapping[str, Printed] = {
    "ke-3.4": Printed("Lemma 3.4 of arXiv 2410.11279", ("fixed_points", "convergence")),
    "ke-4.1": Printed("Theorem 4.1 of arXiv 2410.11279", ("fixed_points", "convergence"), layer=True),
    "ke-4.2": Printed(
        "Theorem 4.2 of arXiv 2410.11279",
        ("fixed_points", "convergence", "radius"),
        largest_rate=Fraction(19, 20),
        scalar=True,
    ),
}

_HYPOTHESES = (
    "f is differentiable and of the form that the statement speaks of",
    "every printed hypothesis about the sets is a premise",
    "every printed hypothesis about the derivative is a premise",
    "the last premise contradicts the printed conclusion",
)
_RADIUS_PER_NOISE = 20


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    printed, claims = _printed(obligation), [premises[key] for key in obligation.premises]
    subjects = _subjects(obligation.network, printed)
    exact_and_smooth = obligation.network.is_smooth and not obligation.network.is_uncertain
    ledger.settle_that(exact_and_smooth and bool(subjects), Reason.HYPOTHESIS_MISSING)
    regions = _sets(obligation, claims)
    named = _key(obligation.region) in map(_key, regions)
    ledger.settle_that(named and _sets_hold(printed, regions), Reason.HYPOTHESIS_MISSING)
    bounded = any(_derivatives_hold(obligation, printed, claims, regions, subject) for subject in subjects)
    ledger.settle_that(bounded, Reason.HYPOTHESIS_MISSING)
    failure = claims[-1]
    contradicts = _CONTRADICTIONS[_conclusion_kind(obligation)](obligation, regions, failure)
    ledger.settle_that(failure.network == obligation.network.digest and contradicts, Reason.NO_CONTRADICTION)


def _printed(obligation: Obligation) -> Printed:
    statement = str(obligation.witness.get("statement"))
    if statement not in PRINTED or not obligation.premises:
        raise FormatError(f"the witness of counterexample names a statement ({', '.join(PRINTED)}) and has premises")
    return PRINTED[statement]


def _conclusion_kind(obligation: Obligation) -> str:
    kind = obligation.witness.get("conclusion")
    if kind not in _printed(obligation).conclusions:
        raise FormatError(f"the statement concludes {_printed(obligation).conclusions}; the witness names {kind!r}")
    return str(kind)


# ---------------------------------------------------------------------------------- (1) the map


def _subjects(network: Network, printed: Printed) -> list[str]:
    """
    Return the digests of the maps whose derivative the statement may bound; none if f is not of the form.

    Theorem 4.1 bounds the derivative of g(W x), where f = g(W x + b): that is f without its bias if its first layer is
    W x + b and all the rest g, and f itself if f is scalar, by g = f, W = 1 and b = 0.
    """
    if printed.scalar and network.state_size != 1:
        return []
    if not printed.layer:
        return [network.digest]
    itself = [network.digest] if network.state_size == 1 else []
    return [*itself, network.without_bias().digest] if _is_layer(network) else itself


def _is_layer(network: Network) -> bool:
    """Return whether f = g(W x + b), W x + b being the first layer and g one scalar function on every coordinate."""
    if network.looped_layer() is not None:
        return True
    first, rest = network.layers[0], network.layers[1:]
    chain = all(isinstance(layer, (Affine, Activate)) and layer.source > 0 for layer in rest)
    return network.state_size == 1 and isinstance(first, Affine) and first.size == 1 and chain


# ---------------------------------------------------------------------------------- (2) the sets


def _sets(obligation: Obligation, claims: Sequence[Claim]) -> list[Region]:
    return [one.region for one in claims if one.kind == "maps_into" and one.network == obligation.network.digest]


def _sets_hold(printed: Printed, regions: Sequence[Region]) -> bool:
    closed = not any(isinstance(region, Punctured) for region in regions)
    if not printed.layer and (len(regions) != 1 or not closed):
        return False
    wide = all(_is_wide(part) for region in regions for part in parts_of(region))
    return bool(regions) and wide and all(_disjoint(one, other) for one, other in combinations(regions, 2))


def _is_wide(box: BoxRegion) -> bool:
    return all(low < high for low, high in zip(box.lo, box.hi, strict=True))


def _disjoint(one: Region, other: Region) -> bool:
    """Decide exactly; punctured regions may meet in the point that both lack. Periodic ones are not compared."""
    if isinstance(one, Periodic) or isinstance(other, Periodic):
        return False
    hole = one.without if isinstance(one, Punctured) and isinstance(other, Punctured) else None
    if hole is not None and isinstance(other, Punctured) and other.without != hole:
        hole = None
    return all(_apart(a, b, hole) for a in parts_of(one) for b in parts_of(other))


def _apart(one: BoxRegion, other: BoxRegion, hole: Fraction | None) -> bool:
    meeting_point = (one.hi == other.lo == (hole,)) or (other.hi == one.lo == (hole,))
    return one.is_disjoint_from(other) or meeting_point


# ---------------------------------------------------------------------------------- (3) the derivative


def _derivatives_hold(
    obligation: Obligation, printed: Printed, claims: Sequence[Claim], regions: Sequence[Region], subject: str
) -> bool:
    row_sums = unweighted(SupNorm, obligation.network.state_size).to_data()
    bounds = [one for one in claims if one.kind == "lipschitz" and one.network == subject]
    rates = {_key(one.region): exact(one.facts["rate"]) for one in bounds if one.facts["norm"] == row_sums}
    return all(_admitted(printed, rates.get(_key(region))) for region in regions)


def _admitted(printed: Printed, rate: Fraction | None) -> bool:
    if rate is None or not 0 <= rate < 1:
        return False
    return printed.largest_rate is None or rate <= printed.largest_rate


def _key(region: Region) -> str:
    return repr(region.to_data())


# ---------------------------------------------------------------------------------- (4) the contradiction


def _no_fixed_points(obligation: Obligation, regions: Sequence[Region], failure: Claim) -> bool:
    if failure.kind == "none" and _is_the_line(failure.region):
        return True
    if failure.kind == "at_most_one":
        return len(regions) >= 2
    in_the_set = not _printed(obligation).layer
    return in_the_set and failure.kind in ("none", "alternates") and _key(failure.region) == _key(regions[0])


def _is_the_line(region: Region) -> bool:
    return isinstance(region, WholeSpace) or (isinstance(region, Periodic) and region.is_whole_line)


def _no_convergence(obligation: Obligation, regions: Sequence[Region], failure: Claim) -> bool:
    swapped = parts_of(failure.region)
    return failure.kind == "alternates" and all(any(_holds(region, box) for region in regions) for box in swapped)


def _holds(region: Region, box: BoxRegion) -> bool:
    """Return whether one of the region's boxes certainly holds all of *box*."""
    whole = not (isinstance(region, Punctured) and box.contains((region.without,)))
    return whole and any(part.contains(box.lo) and part.contains(box.hi) for part in parts_of(region))


def _radius_exceeded(obligation: Obligation, regions: Sequence[Region], failure: Claim) -> bool:
    eps, radius = obligation.number("noise"), obligation.number("radius")
    as_printed = eps > 0 and (1 / eps).denominator == 1 and radius == _RADIUS_PER_NOISE * eps
    if failure.kind != "orbit" or not as_printed:
        return False
    start, noise = exact(failure.facts["start"][0]), exact(failure.facts["noise"][0])
    return (
        abs(noise) <= eps
        and exact(failure.facts["above"]) >= start + radius
        and any(part.contains((start,)) for part in parts_of(regions[0]))
        and is_fixed(obligation.network, start, obligation.backend)
    )


_CONTRADICTIONS = {
    "fixed_points": _no_fixed_points,
    "convergence": _no_convergence,
    "radius": _radius_exceeded,
}


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    printed, claims = _printed(obligation), [premises[key] for key in obligation.premises]
    return claim(
        obligation,
        "refutes",
        statement=printed.title,
        conclusion=_conclusion_kind(obligation),
        hypothesis_words=[one.sentence() for one in claims[:-1]],
        conclusion_words=_conclusion_words(obligation, len(_sets(obligation, claims)), claims[-1]),
        failure_words=claims[-1].sentence(),
    )


def _conclusion_words(obligation: Obligation, count: int, failure: Claim) -> str:
    match _conclusion_kind(obligation):
        case "radius":
            noise, radius = text(obligation.number("noise")), text(obligation.number("radius"))
            place = failure.facts["start"][0]
            return f"orbits under noise at most {noise} satisfy |x^t - p| <= K^t |x^0 - p| + {radius}; p = {place} is fixed"
        case "convergence":
            return "every orbit that starts there converges"
    place = "" if _printed(obligation).layer else " in the set"
    return f"f has at least {count} fixed points" if count > 1 else f"f has a fixed point{place}"


RULE = Rule(name="counterexample", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
