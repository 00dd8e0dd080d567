"""What the pages show, in the order in which they show it; the HTML and the Markdown are two renderings of this."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fpverify._finding import Evidence, Finding
from fpverify._theorem import Observation, Theorem
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import exact
from fpverify.kernel.verdict import Margin, Reason
from fpverify.report._report import Entry, Report, StepResult, slug
from fpverify.report._words import ceil_decimal, floor_decimal


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number of a claim: its letter, a short decimal rounded to the safe side, and the exact text."""

    label: str
    shown: str
    exact: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    Fields:
        entry: the case, decided.
        badge: the verdict in words.
        tone: "good", "counter", "control" or "bad": for its colour.
        numbers: of the claim.
        least: the least margin; empty if no hypothesis has a number.
        said: what the kernel said where it did not prove, without its advice.
    """

    entry: Entry
    badge: str
    tone: str
    numbers: tuple[Number, ...]
    least: str
    said: str


@dataclass(frozen=True, kw_only=True)
class MarginTable:
    """Margins of cases that rest on the same hypotheses of the kernel: per case, one text for each of them."""

    hypotheses: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Observed:
    """
    Fields:
        theorem: id.
        observation: what was looked at.
        finding: what was measured; None if nothing was.
        badge: the verdict in words.
        tone: "seen", "unseen", "control" or "bad": for its colour.
    """

    theorem: str
    observation: Observation
    finding: Finding | None
    badge: str
    tone: str

    @property
    def stem(self) -> str:
        """The stem of the files that hold the numbers, and the anchor on the page."""
        return f"{self.theorem}--{slug(self.observation.name)}"


@dataclass(frozen=True, kw_only=True)
class Section:
    """All about one theorem."""

    theorem: Theorem
    anchor: str
    instances: tuple[Case, ...]
    printed: tuple[Case, ...]
    controls: tuple[Case, ...]
    steps: tuple[StepResult, ...]
    margins: tuple[MarginTable, ...]
    observed: tuple[Observed, ...]

    @property
    def unexpected(self) -> int:
        cases = (*self.instances, *self.printed, *self.controls)
        failed = sum(not case.entry.is_as_expected for case in cases) + sum(not step.holds for step in self.steps)
        return failed + sum(one.tone == "bad" for one in self.observed)

    @property
    def tally(self) -> "Tally":
        return _tally(self.instances, self.printed, self.controls, self.steps, self.observed)

    @property
    def family(self) -> str:
        """The part of the id that the theorems of one paper or topic share."""
        return self.theorem.id.split("-")[0]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How cases came out, in words: such as "10 PROVED", "5 REFUTED, 2 PROVED", "8, none proved", "12 of 12"; or empty."""

    instances: str
    printed: str
    controls: str
    steps: str
    observed: str

    def __str__(self) -> str:
        named = (
            ("instances: ", self.instances),
            ("about the printed text: ", self.printed),
            ("controls: ", self.controls),
            ("algebraic steps verified: ", self.steps),
            ("observed: ", self.observed),
        )
        return "; ".join(name + words for name, words in named if words)


def sections(report: Report) -> list[Section]:
    """Return one section for each theorem, in the order of the report."""
    return [_section(report, theorem) for theorem in report.theorems.values()]


def totals(report: Report) -> Tally:
    """Return how all cases of the report came out."""
    instances, printed, controls = ([case_view(e) for e in report.entries if e.kind == kind] for kind in _KINDS)
    steps = [result for results in report.steps.values() for result in results]
    return _tally(instances, printed, controls, steps, observations(report))


def observations(report: Report) -> list[Observed]:
    """Return every observation with what was found."""
    return [one for theorem in report.theorems.values() for one in _observed(report, theorem)]


def claimed(every: Sequence[Section]) -> list[Section]:
    """Return the sections that have observations, and those of the same family, which are proved only."""
    families = {section.family for section in every if section.observed}
    return [section for section in every if section.family in families]


_KINDS = ("instance", "as-printed", "control")


def _section(report: Report, theorem: Theorem) -> Section:
    entries = report.of(theorem.id)
    instances, printed, controls = ([case_view(e) for e in entries if e.kind == kind] for kind in _KINDS)
    return Section(
        theorem=theorem,
        anchor=slug(theorem.id),
        instances=tuple(instances),
        printed=tuple(printed),
        controls=tuple(controls),
        steps=tuple(report.steps.get(theorem.id, ())),
        margins=_margin_tables([case.entry for case in (*instances, *printed)]),
        observed=_observed(report, theorem),
    )


def _observed(report: Report, theorem: Theorem) -> tuple[Observed, ...]:
    return tuple(
        _observed_one(theorem, observation, report.finding(theorem.id, observation.name))
        for observation in theorem.observations
    )


def _observed_one(theorem: Theorem, observation: Observation, finding: Finding | None) -> Observed:
    if finding is None:
        badge, tone = "not measured", "control"
    elif finding.evidence is not observation.expected:
        badge, tone = f"{finding.evidence.value} (not as expected)", "bad"
    else:
        badge, tone = finding.evidence.value, "seen" if finding.evidence is Evidence.EMPIRICAL else "unseen"
    return Observed(theorem=theorem.id, observation=observation, finding=finding, badge=badge, tone=tone)


def _tally(
    instances: Sequence[Case],
    printed: Sequence[Case],
    controls: Sequence[Case],
    steps: Sequence[StepResult],
    observed: Sequence[Observed],
) -> Tally:
    proved = sum(not case.entry.is_as_expected for case in controls)
    return Tally(
        instances=_statuses(instances),
        printed=_statuses(printed),
        controls=f"{len(controls)}, {proved or 'none'} proved" if controls else "",
        steps=f"{sum(step.holds for step in steps)} of {len(steps)}" if steps else "",
        observed=_counted(one.finding.evidence.value if one.finding else "not measured" for one in observed),
    )


def _statuses(cases: Sequence[Case]) -> str:
    return _counted(case.entry.status for case in cases)


def _counted(words: Iterable[str]) -> str:
    counts = Counter(words)
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items(), key=lambda item: -item[1]))


def case_view(entry: Entry) -> Case:
    badge, tone = _badge(entry)
    return Case(
        entry=entry,
        badge=badge,
        tone=tone,
        numbers=tuple(_numbers(entry.claim)),
        least=_least(entry.margins),
        said=_said(entry.reason),
    )


def _said(reason: str) -> str:
    """Return the first sentence of a reason of the kernel and, in parentheses, the detail that follows the advice."""
    for known in Reason:
        if reason.startswith(known.value):
            first, detail = known.value.split(". ")[0].rstrip("."), reason.removeprefix(known.value).strip()
            return f"{first} ({detail})." if detail else f"{first}."
    return reason


def _badge(entry: Entry) -> tuple[str, str]:
    if not entry.is_as_expected:
        return f"{entry.status} (not as expected)", "bad"
    if entry.kind == "control":
        return "not proved", "control"
    return entry.status, "counter" if entry.status == "REFUTED" else "good"


# ---------------------------------------------------------------------- numbers

_ABOVE = {"rate": "K ≤", "radius": "radius ≤"}
_BELOW = {"separation": "distance ≥"}


def _numbers(claim: Claim | None) -> Iterator[Number]:
    """Yield the numbers of a claim that a reader compares, each rounded to the side on which the claim stays true."""
    facts: Any = {} if claim is None else claim.facts
    for key, label in _ABOVE.items():
        if facts.get(key, "0") != "0":
            yield _number(label, [facts[key]], ceil_decimal)
    if facts.get("rates"):
        yield _number("K ≤", facts["rates"], ceil_decimal)
    if facts.get("radii"):
        yield _number("limit ≤", facts["radii"], ceil_decimal)
    for key, label in _BELOW.items():
        if key in facts:
            yield _number(label, [facts[key]], floor_decimal)


def _number(label: str, texts: Sequence[str], rounded: Any) -> Number:
    shown = [rounded(exact(text)) for text in texts]
    if len(set(shown)) == 1:
        shown = shown[:1]
    short = ", ".join(shown) if len(shown) <= 3 else f"{shown[0]}, …, {shown[-1]}"
    return Number(label=label, shown=short, exact=", ".join(dict.fromkeys(texts)))


def _least(margins: Sequence[Margin]) -> str:
    slacks = [margin.slack for margin in margins if margin.slack is not None]
    return floor_decimal(min(slacks), 3) if slacks else ""


def _margin_tables(entries: Sequence[Entry]) -> tuple[MarginTable, ...]:
    groups: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
    for entry in entries:
        if entry.margins:
            key = tuple(margin.hypothesis for margin in entry.margins)
            row = entry.case.name, tuple(_slack(margin.slack) for margin in entry.margins)
            groups.setdefault(key, []).append(row)
    return tuple(MarginTable(hypotheses=key, rows=tuple(rows)) for key, rows in groups.items())


def _slack(slack: Fraction | None) -> str:
    return "✓" if slack is None else floor_decimal(slack, 4)
