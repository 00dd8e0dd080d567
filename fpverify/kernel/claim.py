"""Claims: what can be claimed of a network, in one sentence of English and one of LaTeX, both derived from the data."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, prod
from typing import Any

from fpverify.kernel.exact import listed
from fpverify.kernel.region import ProductRegions, Region, region_from_data


@dataclass(frozen=True, kw_only=True)
class Claim:
    """
    A statement about one network and one region.

    Fields:
        kind: a key of `SENTENCES`.
        network, name: digest and name of the network.
        region: the region that the statement speaks of.
        facts: the numbers of the statement, as text; keys depend on the kind.
        is_family: whether the network has uncertain parameters, so that the statement is about each choice of them.
    """

    kind: str
    network: str
    name: str
    region: Region
    facts: Mapping[str, Any]
    is_family: bool = False

    def to_data(self) -> dict[str, Any]:
        """Return the canonical form that stands in a certificate."""
        return {"kind": self.kind, "network": self.network, "region": self.region.to_data(), **self.facts}

    def sentence(self) -> str:
        """Return the claim in English; f is the map of the network."""
        each = (
            "for each choice of the uncertain parameters, " if self.is_family and self.kind not in _QUANTIFIED else ""
        )
        return f"{self.name}: {each}{SENTENCES[self.kind](self)}"

    def __str__(self) -> str:
        return self.sentence()


def _shown(number: str) -> str:
    """Return an exact number for human eyes: as a decimal if that is exact and short, else as it stands."""
    value = Fraction(number)
    scaled = value * 10**8
    return f"{float(value):.12g}" if scaled.denominator == 1 and abs(scaled) < 10**12 else number


def _shown_up(number: str) -> str:
    """Return an upper bound for human eyes: the exact decimal, or six digits rounded up."""
    value = Fraction(number)
    if value == 0 or "/" not in _shown(number):
        return _shown(number)
    if value >= 10**6:
        return str(ceil(value))
    digits = 10 ** (6 - len(str(int(value))))
    return f"{float(Fraction(ceil(value * digits), digits)):.9g}"


def _shown_down(number: str) -> str:
    """Return a lower bound of a share for human eyes: six decimals rounded down."""
    return f"{float(Fraction(floor(Fraction(number) * 10**6), 10**6)):.9g}"


def _power(rate: str) -> str:
    return f"({rate})^t" if "/" in rate else f"{rate}^t"


def _unique(claim: Claim) -> str:
    rate, norm = _shown(claim.facts["rate"]), claim.facts["norm_words"]
    return (
        f"f has exactly one fixed point p in {claim.region}; every orbit from there stays there, and "
        f"|x^t - p| <= {_power(rate)} |x^0 - p| and |x^t - p| <= {_power(rate)}/(1 - {rate}) |x^1 - x^0| in the {norm}."
    )


def _each_unique(claim: Claim) -> str:
    rates = ", ".join(_shown(rate) for rate in claim.facts["rates"])
    return (
        f"f has exactly one fixed point in each of the {claim.facts['count']} disjoint boxes of {claim.region}; they are "
        f"at least {claim.facts['separation']} apart in the sup norm; orbits stay in their box and converge with the "
        f"rates {rates}."
    )


def _robust(claim: Claim) -> str:
    facts = claim.facts
    rate, family = _shown(facts["rate"]), facts["deviation"] != "0"
    who = "for every sequence of parameters in their intervals, " if family else ""
    whose = "fixed point of the network with the midpoint parameters" if family else "only fixed point of f there"
    extra = (
        f"; coordinate by coordinate, limsup |x^t - p| <= {_vector(facts['radii'], _shown_up)}"
        if facts["radii"]
        else ""
    )
    return (
        f"in {claim.region}, with p the {whose}: {who}every orbit x^t = f(x^(t-1)) + e_t with |e_t| at most "
        f"{_vector(facts['noise'])} coordinatewise stays there and satisfies |x^t - p| <= {_power(rate)} |x^0 - p|"
        f"{_noise_term(facts, _power(rate))} in the {facts['norm_words']}{extra}."
    )


def _product(claim: Claim) -> str:
    facts = claim.facts
    power = _power(_shown(facts["rate"]))
    exact = facts["radius"] == "0"
    drawn = f" with parameters drawn anew at each step and noise at most {_vector(facts['noise'])}"
    return (
        f"for all parameters in their intervals, f has exactly one fixed point in each of the {facts['count']} "
        f"disjoint products of the intervals {claim.region}; every orbit{'' if exact else drawn} stays in its product, "
        f"and |x^t - p| <= {power} |x^0 - p|{_noise_term(facts, power)} in the {facts['norm_words']}, p its fixed point "
        "for the midpoint parameters."
    )


def _product_count(claim: Claim) -> str:
    facts = claim.facts
    powers, attracting = facts["unstable"], facts["attracting"]
    least = "at least " * (powers == "")
    stable = f"; {least}{_valued(attracting)} of them are attracting" if powers or attracting != "0" else ""
    counted = f"; the coefficient of t^u in {powers} counts those with u unstable directions" if "t" in powers else ""
    size = _valued(facts["count"])
    points = "fixed point" if size == "1" else "fixed points"
    return f"f has exactly {size} {points} in {claim.region}, {_places(facts)}{stable}{counted}."


def _places(facts: Mapping[str, Any]) -> str:
    if "cells" not in facts:
        inner, outer = _shown(facts["inner"]), _shown(facts["outer"])
        parts = f"z_j <= -{outer}, |z_j| <= {inner} or z_j >= {outer}"
        return f"one for each choice, on every coordinate of z = W x + b, of {parts}"
    cells = [tuple((Fraction(low), Fraction(high)) for low, high, _ in row) for row in facts["cells"]]
    return f"one in each product of the cells {ProductRegions(intervals=tuple(cells))}"


def _valued(powers: str) -> str:
    """Return a product of powers, with its value where that is short."""
    factors = [factor.partition("^") for factor in powers.split(" * ")]
    size = sum(len(base) * int(exponent or 1) for base, _, exponent in factors)
    value = prod(int(base) ** int(exponent or 1) for base, _, exponent in factors) if size <= 20 else 0
    return f"{powers} = {value}" if size <= 20 and str(value) != powers else powers


def _noise_term(facts: Mapping[str, Any], power: str) -> str:
    return "" if facts["radius"] == "0" else f" + {_shown_up(facts['radius'])} (1 - {power})"


def _vector(entries: list[str], words: Callable[[str], str] = _shown) -> str:
    shown = [words(entry) for entry in entries]
    return shown[0] if len(set(shown)) == 1 else f"({listed(shown)})"


def _counted(claim: Claim) -> str:
    facts = claim.facts
    size, types = facts["count"], _types(facts["points"])
    found = f"{_some(size, 'fixed point')} in {claim.region}{types}"
    where = "which lies in the listed box" if size == 1 else f"one in each of {size} listed disjoint boxes"
    if claim.kind == "exactly":
        audit = "; the indices sum to 1, as the degree demands" if "index_sum" in facts else ""
        return f"f has exactly {found}, {where}{audit}."
    place = f", {where}" * (size > 0)
    boxes, share = _some(facts["undecided"], "undecided box"), _shown_up(facts["share"])
    return f"f has at least {found}{place}; all others, if any, lie in {boxes}, in all at most the share {share} of it."


def _periodic(claim: Claim) -> str:
    facts, period = claim.facts, claim.facts["period"]
    points = f"{_some(facts['count'], 'point')} x of {claim.region}"
    one = facts["count"] == 1
    there, back = ("has" if one else "have", "satisfies" if one else "satisfy")
    which = f"{there} an orbit there with f^{period}(x) = x" if facts["stays"] else f"{back} f^{period}(x) = x"
    least = "" if facts["least"] is None else f"; {facts['least']} of them have the least period {period}"
    if facts["orbits"] is not None:
        least = f"; those that are not fixed form {_some(facts['orbits'], 'orbit')} of period {period}"
    return f"exactly {points} {which}{least}."


def _basin(claim: Claim) -> str:
    shares = [f"{_shown_down(point['share'])} to that in {_sides(point)}" for point in claim.facts["points"]]
    decided = (
        f"at least these shares of {claim.region} converge to a fixed point: {', '.join(shares)}; " if shares else ""
    )
    return f"{decided}where the orbits from a share of at most {_shown_up(claim.facts['undecided'])} end is undecided."


def _some(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}{'es' if word.endswith('x') else 's'}"


def _sides(point: Mapping[str, Any]) -> str:
    return " x ".join(f"[{low}, {high}]" for low, high in zip(point["lower"], point["upper"], strict=True))


def _types(points: list[dict[str, Any]]) -> str:
    """Return how many points have how many unstable directions, where that was settled."""
    numbers = Counter(point["unstable_dimension"] for point in points if point.get("unstable_dimension") is not None)
    words = [f"{numbers[n]} {f'with unstable dimension {n}' if n else 'attracting'}" for n in sorted(numbers)]
    return f" ({', '.join(words)})" if words else ""


def _refutes(claim: Claim) -> str:
    facts = claim.facts
    given = " ".join(f"[{i}] {words}" for i, words in enumerate(facts["hypothesis_words"], start=1))
    return (
        f"the printed statement {facts['statement']} fails. Its hypotheses hold: {given} It concludes that "
        f"{facts['conclusion_words']}. Yet {facts['failure_words']}"
    )


SENTENCES: Mapping[str, Callable[[Claim], str]] = {
    "unique": _unique,
    "each_unique": _each_unique,
    "robust": _robust,
    "product": _product,
    "refutes": _refutes,
    "product_count": _product_count,
    "exactly": _counted,
    "at_least": _counted,
    "periodic": _periodic,
    "basin": _basin,
    "absorbed": lambda c: (
        f"f has exactly one fixed point p in {c.region}, and every orbit from there converges to p: from step "
        f"{c.facts['steps']} on it lies in {region_from_data({'box': c.facts['box']})}, and with K = "
        f"{_shown(c.facts['rate'])}, |x^(t+{c.facts['steps']}) - p| <= K^t |x^{c.facts['steps']} - p| in the "
        f"{c.facts['norm_words']}."
    ),
    "attracts": lambda c: (
        f"f has a fixed point p at a distance of at most {_shown_up(c.facts['distance'])} from the centre of {c.region}, "
        f"and no other one in this ball; every orbit from there converges to p, by the factor {_shown(c.facts['rate'])} "
        "a step in a norm that the certificate names."
    ),
    "converges": lambda c: (
        f"every orbit from {c.region} converges to the fixed point of f that attracts {region_from_data(c.facts['into'])}."
    ),
    "exists": lambda c: f"f has at least one fixed point in {c.region}.",
    "none": lambda c: f"f has no fixed point in {c.region}.",
    "maps_into": lambda c: f"f maps {c.region} into itself.",
    "lipschitz": lambda c: (
        f"the derivative of f has norm at most {_shown(c.facts['rate'])} on {c.region} in the {c.facts['norm_words']}."
    ),
    "at_most_one": lambda c: f"f has at most one fixed point in {c.region}.",
    "alternates": lambda c: (
        f"f maps each of the two disjoint boxes of {c.region} into the other, so no orbit that "
        "starts in them converges."
    ),
    "crossing": lambda c: (
        f"f has exactly one fixed point in {c.region}, where its slope lies between "
        f"{_shown(c.facts['slope'][0])} and {_shown(c.facts['slope'][1])}: it is {c.facts['type']}."
    ),
    "diagonal": lambda c: (
        f"f has a fixed point s (1, ..., 1) with s in [{c.facts['interval'][0]}, "
        f"{c.facts['interval'][1]}], {c.facts['where']} has the eigenvector (1, ..., 1) with an eigenvalue between "
        f"{_shown(c.facts['eigenvalue'][0])} and {_shown(c.facts['eigenvalue'][1])}: {c.facts['type']}."
    ),
    "orbit": lambda c: (
        f"the orbit x^t = f(x^(t-1)) + {_vector(c.facts['noise'])} from {_vector(c.facts['start'])} has "
        f"coordinate {c.facts['coordinate']} of x^{c.facts['steps']} above {_shown(c.facts['above'])}."
    ),
    "at_point": lambda c: (
        f"at x = {_vector(c.facts['point'])}, {c.facts['quantity_words']} is at least "
        f"{_shown(c.facts['bounds'][0])} and at most {_shown(c.facts['bounds'][1])}."
    ),
}
"""For each kind of claim, the function that puts it into words."""

_QUANTIFIED = frozenset({"robust", "product"})
"""The kinds whose sentence itself says for which parameters it holds."""
