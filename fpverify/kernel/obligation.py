"""Obligation: all that a rule needs to decide. Rule: a lemma with a decision procedure for its hypotheses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fpverify.kernel.backend import Backend
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError, NotFiniteError, NotRationalError
from fpverify.kernel.exact import decimal_text, exact, exact_vector
from fpverify.kernel.layers import UnboundedError
from fpverify.kernel.network import Network
from fpverify.kernel.norm import Norm, norm_from_data
from fpverify.kernel.region import Region
from fpverify.kernel.verdict import Margin, Reason, Status, Verdict


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """
    One application of a rule.

    Fields:
        id: unique within its certificate.
        rule: name of the rule.
        network, region: what the rule is applied to.
        witness: the numbers that search found, as they stand in the file (text); the rule reads what it needs.
        premises: ids of earlier obligations whose conclusions the rule uses.
        backend: the arithmetic that decides.
    """

    id: str
    rule: str
    network: Network
    region: Region
    witness: Mapping[str, Any]
    premises: tuple[str, ...] = ()
    backend: Backend

    def number(self, key: str) -> Fraction:
        """Return the exact number *key* of the witness; raises FormatError if it is missing."""
        return exact(self._get(key))

    def vector(self, key: str, *, default: Fraction | None = None) -> tuple[Fraction, ...]:
        """Return the vector *key*, one entry per coordinate of the state; *default* where it is absent."""
        if default is not None and key not in self.witness:
            return (default,) * self.network.state_size
        values = exact_vector(self._get(key))
        if len(values) != self.network.state_size:
            raise FormatError(f"{key} has {len(values)} entries, the state has {self.network.state_size}")
        return values

    def pair(self, key: str) -> tuple[Fraction, Fraction]:
        """Return the pair *key* of the witness, in order low <= high."""
        pair = exact_vector(self._get(key))
        if len(pair) != 2 or pair[0] > pair[1]:
            raise FormatError(f"{key} in the witness of {self.id} ({self.rule}) is a pair [low, high]")
        return pair[0], pair[1]

    def norm(self) -> Norm:
        """Return the norm of the witness."""
        return norm_from_data(self._get("norm"), self.network.state_size)

    def integer(self, key: str, low: int, high: int) -> int:
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise FormatError(f"{key} is a whole number from {low} to {high}; got {value!r:.40}")
        return value

    def items(self, key: str) -> list[Any]:
        """Return the list *key* of the witness."""
        if not isinstance(self._get(key), list):
            raise FormatError(f"{key} in the witness of {self.id} ({self.rule}) is a list")
        return self._get(key)

    def words(self, key: str) -> list[str]:
        """Return the words of the text *key* of the witness, which single spaces separate."""
        if not isinstance(self._get(key), str) or "" in (words := self._get(key).split(" ")):
            raise FormatError(f"{key} in the witness of {self.id} ({self.rule}) is a text of words")
        return words

    def _get(self, key: str) -> Any:
        if key not in self.witness:
            raise FormatError(f"the witness of {self.id} ({self.rule}) lacks {key!r}")
        return self.witness[key]


class _Undecided(Exception):
    def __init__(self, status: Status, reason: Reason, detail: str) -> None:
        self.status, self.reason, self.detail = status, reason, detail


@dataclass
class Ledger:
    """Where a rule settles its hypotheses, in order; the first that is not certain ends the decision."""

    hypotheses: tuple[str, ...]
    margins: list[Margin] = field(default_factory=list)

    def settle(self, slack: Fraction | None, reason: Reason, detail: str = "") -> None:
        """Settle the next hypothesis: certified if *slack* is a number >= 0; else the rule is undecided for *reason*."""
        if slack is None or not slack >= 0:
            raise _Undecided(Status.UNDECIDED, reason, detail or f"{self._next()}: slack {_shown(slack)}")
        self.margins.append(Margin(hypothesis=self._next(), slack=slack))

    def settle_that(self, certain: bool, reason: Reason, detail: str = "") -> None:
        """Settle a hypothesis that is certain or not, without a number."""
        if certain is not True:
            raise _Undecided(Status.UNDECIDED, reason, detail or self._next())
        self.margins.append(Margin(hypothesis=self._next(), slack=None))

    def require_scope(self, applies: bool, reason: Reason, detail: str = "") -> None:
        """End with OUT_OF_SCOPE unless the rule *applies* to the obligation at all."""
        if applies is not True:
            raise _Undecided(Status.OUT_OF_SCOPE, reason, detail)

    @property
    def is_complete(self) -> bool:
        return len(self.margins) == len(self.hypotheses)

    def _next(self) -> str:
        return self.hypotheses[len(self.margins)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    A lemma.

    Fields:
        name: as in certificates.
        hypotheses: in the order in which they are settled, without exception.
        settle: settles each of them on the ledger.
        conclusion: the claim that follows, from the obligation and the claims of its premises.
    """

    name: str
    hypotheses: tuple[str, ...]
    settle: Callable[[Obligation, Mapping[str, Claim], Ledger], None]
    conclusion: Callable[[Obligation, Mapping[str, Claim]], Claim]

    def decide(self, obligation: Obligation, premises: Mapping[str, Claim]) -> Verdict:
        """
        Decide whether every hypothesis certainly holds.

        Args:
            premises: the conclusions of earlier, proved obligations, by id.

        Returns:
            PROVED, UNDECIDED or OUT_OF_SCOPE, with the reason. PROVED only if each hypothesis was settled.

        Raises:
            FormatError: if the witness does not have the form that the rule reads.
        """
        ledger = Ledger(self.hypotheses)
        arithmetic = f"{obligation.backend.name} {obligation.backend.precision}".removesuffix(" 0")
        try:
            self.settle(obligation, premises, ledger)
        except _Undecided as stop:
            return Verdict(status=stop.status, reason=stop.reason, detail=stop.detail, margins=tuple(ledger.margins))
        except (NotFiniteError, UnboundedError, NotRationalError) as error:
            reason = _ARITHMETIC[type(error)]
            return Verdict(status=Status.UNDECIDED, reason=reason, detail=str(error), margins=tuple(ledger.margins))
        if not ledger.is_complete:
            raise AssertionError(f"rule {self.name} left a hypothesis unsettled: a bug in the kernel")
        reason = Reason.ALL_HYPOTHESES_HOLD
        return Verdict(status=Status.PROVED, reason=reason, margins=tuple(ledger.margins), backend=arithmetic)


_ARITHMETIC: Mapping[type[Exception], Reason] = {
    NotFiniteError: Reason.NOT_FINITE,
    UnboundedError: Reason.UNBOUNDED,
    NotRationalError: Reason.NOT_RATIONAL,
}


def _shown(slack: Fraction | None) -> str:
    return "not certified" if slack is None else decimal_text(slack)


def claim(obligation: Obligation, kind: str, **facts: Any) -> Claim:
    """Return a claim about the network and region of *obligation*."""
    network = obligation.network
    return Claim(
        kind=kind,
        network=network.digest,
        name=network.name,
        region=obligation.region,
        facts=facts,
        is_family=network.is_uncertain,
    )
