"""How the tables of the rules are written and decided: one case is one application of a rule to exact numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

import fpverify as fp
from fpverify.kernel.arb import Arb
from fpverify.kernel.backend import Backend
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.check import CheckResult, FileStatus, check_text
from fpverify.kernel.claim import Claim
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.network import Network
from fpverify.kernel.norm import norm_from_data
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.rational import Rational
from fpverify.kernel.region import BoxRegion, Region, WholeSpace
from fpverify.kernel.rules import RULES
from fpverify.kernel.verdict import Reason, Status, Verdict

ARB, FIXED, RATIONAL = Arb(128), Fixed(), Rational()
HOLDS = Reason.ALL_HYPOTHESES_HOLD


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    Fields:
        group: an English title; cases of one group show one thing.
        name: what is special about the case.
        rule: name of the rule.
        premises: cases whose conclusions the rule uses, of this rule or of others; see `step`.
        believed: claims that are taken as premises without a proof, where no true premise shows what is meant.
        status, reason: the verdict that is expected.
    """

    group: str
    name: str
    rule: str
    network: Network
    region: Region
    witness: Mapping[str, Any] = field(default_factory=dict)
    backend: Backend = ARB
    premises: tuple["Case", ...] = ()
    believed: tuple[Claim, ...] = ()
    status: Status = Status.PROVED
    reason: Reason = HOLDS

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"

    @property
    def is_accepted(self) -> bool:
        return self.status is Status.PROVED

    def obligations(self) -> list[Obligation]:
        """Return the obligations of the premises, and of theirs, and last the one of the case."""
        found: list[Obligation] = []
        self._add_to(found)
        return found

    def _add_to(self, found: list[Obligation]) -> str:
        ids = tuple(premise._add_to(found) for premise in self.premises)
        found.append(self._obligation(f"o{len(found) + 1}", ids))
        return found[-1].id

    def decide(self) -> tuple[Verdict, Claim | None]:
        """Return the verdict of the rule and, if it is PROVED, its claim."""
        if not self.believed:
            return decide(self.obligations())
        premises = {f"b{i}": claim for i, claim in enumerate(self.believed, start=1)}
        obligation, rule = self._obligation("o1", tuple(premises)), RULES[self.rule]
        verdict = rule.decide(obligation, premises)
        return verdict, rule.conclusion(obligation, premises) if verdict.status is Status.PROVED else None

    def _obligation(self, name: str, premises: tuple[str, ...]) -> Obligation:
        return Obligation(
            id=name,
            rule=self.rule,
            network=self.network,
            region=self.region,
            witness=self.witness,
            premises=premises,
            backend=self.backend,
        )


def step(rule: str, network: Network, region: Region, witness: Mapping[str, Any] | None = None, **rest: Any) -> Case:
    """Return a case that is a premise of others and stands in no table."""
    return Case(group="", name="", rule=rule, network=network, region=region, witness=witness or {}, **rest)


class Table:
    """The cases of one rule, written group by group."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.cases: list[Case] = []
        self._group = ""

    def group(self, title: str) -> None:
        """Begin a group; its *title* is an English sentence."""
        self._group = title

    def accept(
        self, name: str, network: Network, region: Region, witness: Mapping[str, Any] | None = None, **rest: Any
    ) -> None:
        self._add(name, network, region, witness, rest)

    def reject(
        self,
        reason: Reason,
        name: str,
        network: Network,
        region: Region,
        witness: Mapping[str, Any] | None = None,
        **rest: Any,
    ) -> None:
        self._add(name, network, region, witness, {"status": Status.UNDECIDED, "reason": reason, **rest})

    def out_of_scope(
        self,
        reason: Reason,
        name: str,
        network: Network,
        region: Region,
        witness: Mapping[str, Any] | None = None,
        **rest: Any,
    ) -> None:
        self._add(name, network, region, witness, {"status": Status.OUT_OF_SCOPE, "reason": reason, **rest})

    def _add(self, name: str, network: Network, region: Region, witness: Any, rest: Any) -> None:
        case = Case(
            group=self._group, name=name, rule=self.rule, network=network, region=region, witness=witness or {}, **rest
        )
        assert str(case) not in map(str, self.cases), f"two cases are called {case}"
        self.cases.append(case)

    def parametrize(self) -> Any:
        """Return the decorator that runs a test for each case."""
        return pytest.mark.parametrize("case", self.cases, ids=str)


def verify(case: Case) -> Claim | None:
    """
    Decide the case and compare with what is expected; read its certificate back and compare again.

    Returns:
        The claim, if the case is accepted.
    """
    verdict, claim = case.decide()
    assert (verdict.status, verdict.reason) == (case.status, case.reason), verdict.detail
    obligations = case.obligations()
    if verdict.status is not Status.PROVED:
        assert case.believed or recheck(obligations).status is FileStatus.REJECTED
        return None
    assert not case.believed, "what rests on a belief is not proved"
    assert claim is not None
    assert [margin.hypothesis for margin in verdict.margins] == [*RULES[case.rule].hypotheses]
    assert all(margin.slack is None or margin.slack >= 0 for margin in verdict.margins)
    checked = check_text(Certificate.of(claim, obligations, {}).to_text())
    assert checked.status is FileStatus.VALID, checked.reason
    assert checked.claim is not None
    assert checked.claim.sentence() == claim.sentence()
    return claim


def decide(obligations: Sequence[Obligation]) -> tuple[Verdict, Claim | None]:
    """Decide each obligation in order; all but the last must hold."""
    proved: dict[str, Claim] = {}
    for obligation in obligations:
        rule, premises = RULES[obligation.rule], {key: proved[key] for key in obligation.premises}
        verdict = rule.decide(obligation, premises)
        if obligation is obligations[-1]:
            return verdict, rule.conclusion(obligation, premises) if verdict.status is Status.PROVED else None
        assert verdict.status is Status.PROVED, f"the premise {obligation.id}: {verdict.reason} {verdict.detail}"
        proved[obligation.id] = rule.conclusion(obligation, premises)
    raise AssertionError("a case has at least one obligation")


def recheck(obligations: Sequence[Obligation]) -> CheckResult:
    """Check a certificate with these obligations whose claim is a guess: for cases that must be refused."""
    last = obligations[-1]
    guess = {"kind": "unique", "network": last.network.digest, "region": last.region.to_data()}
    return check_text(Certificate(claim=guess, obligations=tuple(obligations), made_by={}).to_text())


# ------------------------------------------------------------------ short ways to write networks, regions and witnesses


def polynomial(*coefficients: Any, name: str | None = None) -> Network:
    """Return the scalar loop x <- sum_i coefficients[i] x^i."""
    texts = [str(Fraction(c)) for c in coefficients]
    activation = {"activation": {"name": "polynomial", "coefficients": texts}}
    return fp.network([activation], name=name or f"polynomial ({', '.join(texts)})", state_size=1)


def linear(weight: Any, bias: Any = None) -> Network:
    """Return x <- W x + b."""
    return fp.loop("identity", weight, bias)


def chain(*layers: Mapping[str, Any], size: int = 1, name: str = "chain") -> Network:
    return fp.network(layers, name=name, state_size=size)


def affine(weight: Any, bias: Any) -> dict[str, Any]:
    return {"affine": {"weight": weight, "bias": bias}}


def act(name: str, **parameters: Any) -> dict[str, Any]:
    return {"activation": {"name": name, **parameters} if parameters else name}


def interval(low: Any, high: Any) -> BoxRegion:
    return BoxRegion.of((str(low), str(high)))


def cube(half: Any, dimension: int) -> BoxRegion:
    return BoxRegion.cube(str(half), dimension=dimension)


def line(dimension: int = 1) -> WholeSpace:
    return WholeSpace(size=dimension)


def norm(kind: str, *weights: Any) -> dict[str, Any]:
    """Return the data of a norm; weights as numbers or texts."""
    return norm_from_data({"kind": kind, "weights": [str(w) for w in weights]}, len(weights)).to_data()


def sup(*weights: Any) -> dict[str, Any]:
    return norm("sup", *(weights or (1,)))


def rate(value: Any, norm_data: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return the witness of a contraction."""
    return {"rate": str(value), "norm": dict(norm_data) if norm_data is not None else sup(), **more}
