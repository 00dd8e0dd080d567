"""The method `cells`: fixed points of a looped layer counted in products of cells, coordinate by coordinate."""

from itertools import product
from math import prod

from fpverify._chain import Chain
from fpverify._found import FindResult, FixedPoint
from fpverify._goal import CountProducts
from fpverify._outcome import Outcome
from fpverify._problem import Problem
from fpverify.backends.torch64.network import outward
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import MisuseError, NotFiniteError
from fpverify.kernel.exact import exact
from fpverify.kernel.layers import UnboundedError
from fpverify.kernel.region import WholeSpace
from fpverify.kernel.rules._products import ATTRACTING, UNSTABLE
from fpverify.kernel.verdict import Status
from fpverify.search import PROPOSERS

MOST_LISTED = 10_000
"""More points than this are counted, not listed."""

_Cell = tuple[float, float, str]


def count_by_cells(problem: Problem) -> Outcome | None:
    """Return what the kernel said of a count by cells; None where the network or its values have no such form."""
    network = problem.network
    if network.looped_layer() is None:
        return None
    region = WholeSpace(size=network.state_size) if problem.whole else problem.region
    chain = Chain()
    try:
        for obligation in PROPOSERS["count_structured"].propose(network, region, CountProducts()):
            chain.append(obligation)
    except (MisuseError, NotFiniteError, UnboundedError):
        return None
    return chain.checked(network)


def count_of(outcome: Outcome | None) -> int | None:
    """Return the exact count that was proved, if one was."""
    if outcome is None or outcome.claim is None or outcome.verdict.status is not Status.PROVED:
        return None
    factors = [factor.partition("^") for factor in outcome.claim.facts["count"].split(" * ")]
    return prod(int(base) ** int(exponent or 1) for base, _, exponent in factors)


def has_all_types(outcome: Outcome) -> bool:
    """Return whether the claim says of each point how many unstable directions it has."""
    return outcome.claim is not None and outcome.claim.facts["unstable"] != ""


def result_of(problem: Problem, outcome: Outcome) -> FindResult:
    """Return the result of a count by cells, proved or not."""
    count, claim = count_of(outcome), outcome.claim
    proved = count is not None
    listed = () if claim is None or count is None or count > MOST_LISTED else _points(claim, problem.network.is_smooth)
    return FindResult(
        success=proved,
        status=Status.PROVED if proved else Status.UNDECIDED,
        message=_message(outcome, count),
        method="cells",
        points=listed,
        count=count or 0,
        n_undecided=0 if proved else 1,
        undecided_share="0" if proved else "1",
        nit=0,
        nfev=0,
        claim=claim,
        certificate=outcome.certificate if proved else None,
        outcome=outcome,
    )


def _message(outcome: Outcome, count: int | None) -> str:
    if count is None:
        why = f"{outcome.verdict.reason.value} ({outcome.verdict.detail})"
        return f"cells do not count the fixed points: {why}; the method tree needs no cells"
    listed = "" if count <= MOST_LISTED else f"; more than {MOST_LISTED} points are counted and not listed"
    return f"all were counted by cells: it is proved that there are no others{listed}"


def _points(claim: Claim, smooth: bool) -> tuple[FixedPoint, ...]:
    """Return one point for each choice of a cell on every coordinate."""
    rows = [[_cell(*cell) for cell in row] for row in claim.facts["cells"]]
    typed = claim.facts["unstable"] != ""
    return tuple(_point(cells, smooth=smooth, typed=typed) for cells in product(*rows))


def _cell(low: str, high: str, kind: str) -> _Cell:
    return outward(exact(low))[0], outward(exact(high))[1], kind


def _point(cells: tuple[_Cell, ...], *, smooth: bool, typed: bool) -> FixedPoint:
    attracting = all(kind == ATTRACTING for _, _, kind in cells)
    unstable = sum(kind == UNSTABLE for _, _, kind in cells)
    return FixedPoint(
        lower=tuple(low for low, _, _ in cells),
        upper=tuple(high for _, high, _ in cells),
        stable=True if attracting else False if typed else None,
        unstable_dimension=unstable if smooth and (typed or attracting) else None,
    )
