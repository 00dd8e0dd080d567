"""The certificates of the figures that show counted fixed points: cases of the report, proposed and decided again."""

from collections.abc import Sequence

import torch

from fpverify._certify import decide
from fpverify._theorem import Control, Instance
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.claim import Claim
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion
from fpverify.numeric.iterate import one_thread
from fpverify.report._report import Report
from fpverify.search import PROPOSERS
from fpverify.search._branch import basins
from fpverify.search._branch.maps import map_of

_BOXES = 1_500
"""So many boxes are carried into the balls of attracting points."""


def counted(report: Report, theorem: str, case: str) -> Certificate:
    """
    Return a certificate of a case of the report, made again; the search may end in other digits than it did there.

    Raises:
        AssertionError: if the kernel does not accept it, or counts otherwise than the report says.
    """
    entry = next(entry for entry in report.entries if (entry.theorem, entry.case.name) == (theorem, case))
    certificate = _accepted(_obligations(entry.case))
    if entry.claim is None or certificate.claim["count"] != entry.claim.facts["count"]:
        raise AssertionError(f"the kernel counts otherwise than the report says of {theorem}, {case}")
    return certificate


def with_basins(certificate: Certificate) -> Certificate:
    """Return the certificate with basins of its attracting points; raises AssertionError as `counted`."""
    last = certificate.obligations[-1]
    assert isinstance(last.region, BoxRegion)
    points = _concluded(certificate.obligations).facts["points"]
    with one_thread():
        f = map_of(last.network, torch.device("cpu"), quick=True)
        witness = basins.witness(f, last.region, points, _BOXES)
    assert witness is not None
    basin = Obligation(
        id=f"{last.id}b",
        rule="basin",
        network=last.network,
        region=last.region,
        witness=witness,
        premises=(last.id,),
        backend=last.backend,
    )
    return _accepted([*certificate.obligations, basin])


def _obligations(case: Instance | Control) -> Sequence[Obligation]:
    return PROPOSERS[case.goal.rule].propose(case.network, case.region, case.goal)


def _accepted(obligations: Sequence[Obligation]) -> Certificate:
    outcome = decide(obligations)
    if outcome.claim is None or outcome.certificate is None:
        raise AssertionError(f"the kernel does not accept a figure's certificate: {outcome.verdict.detail}")
    return outcome.certificate


def _concluded(obligations: Sequence[Obligation]) -> Claim:
    claim = decide(obligations).claim
    assert claim is not None
    return claim
