"""Reading back: the numbers of a Coq file, parsed from its text and compared, as Fractions, with the certificate."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from fpverify.kernel.certificate import Certificate
from fpverify.kernel.errors import SoundnessError
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.obligation import Obligation

_TOKEN = re.compile(r"\s*(%Z|[A-Za-z_]\w*|-?\d+|[\[\]();,])")

Data = dict[str, Any]

_SCOPES = ("%Z",)


def require_same(content: str, certificate: Certificate) -> None:
    """
    Raises:
        SoundnessError: if the network, the regions or a number of the claim is not that of the certificate.
    """
    (obligation,) = certificate.obligations
    scale, found = read_numbers(content)
    expected = _expected(obligation)
    for key, value in expected.items():
        if found[key] != value:
            raise SoundnessError(f"the Coq text over {scale} has another {key} than the certificate")
    if f"Network {obligation.network.digest}." not in content:
        raise SoundnessError("the Coq text names another network than the certificate")


def read_numbers(content: str) -> tuple[int, Data]:
    """Return the denominator and the data of a file: low and high ends of the parameters, and what is claimed where."""
    net = _value(content, "net")
    jobs = _value(content, "jobs") if "Definition jobs " in content else [_value(content, "job")]
    size, scale, weights, weight_radii, biases, bias_radii = net
    over = _Over(scale)
    data = {
        "size": size,
        "weights": over.ends([v for row in weights for v in row], [r for row in weight_radii for r in row]),
        "biases": over.ends(biases, bias_radii),
        "regions": [over.deep(job[0]) for job in jobs],
        "norms": [over.deep(job[1]) for job in jobs],
        "noise": [over.deep(job[2]) for job in jobs],
        "noise_norms": [over.deep(job[3]) for job in jobs],
        "deviations": [over.deep(job[4]) for job in jobs],
        "rates": [over.deep(job[5]) for job in jobs],
    }
    return scale, data


class _Over:
    def __init__(self, scale: int) -> None:
        self._scale = scale

    def deep(self, value: Any) -> Any:
        return [self.deep(part) for part in value] if isinstance(value, list) else Fraction(value, self._scale)

    def ends(self, middles: list[int], radii: list[int]) -> tuple[list[Fraction], list[Fraction]]:
        spread = radii or [0] * len(middles)
        low = [Fraction(m - r, self._scale) for m, r in zip(middles, spread, strict=True)]
        return low, [Fraction(m + r, self._scale) for m, r in zip(middles, spread, strict=True)]


def _expected(obligation: Obligation) -> Data:
    """Return what the file has to say, from the certificate as it is written."""
    size, witness, region = obligation.network.state_size, obligation.witness, obligation.region.to_data()
    zero = ["0"] * size
    parts = witness.get("parts", [witness])
    norms = [part["norm"]["weights"] if "norm" in part else region["ball"]["norm"]["weights"] for part in parts]
    expected: Data = {
        "size": size,
        "weights": _ends(obligation, "weight"),
        "biases": _ends(obligation, "bias"),
        "regions": [_fractions(sides) for sides in _regions(region)],
        "norms": [_fractions(norm) for norm in norms],
        "noise": [_fractions(witness.get("noise", zero))] * len(parts),
        "noise_norms": [Fraction(witness.get("noise_norm", 0))] * len(parts),
        "rates": [Fraction(part["rate"]) for part in parts],
    }
    if "deviation" in witness:
        expected["deviations"] = [Fraction(witness["deviation"])]
    return expected


def _ends(obligation: Obligation, name: str) -> tuple[list[Fraction], list[Fraction]]:
    first, size = obligation.network.layers[0], obligation.network.state_size
    if isinstance(first, Affine):
        tensor = getattr(first, name)
        return list(tensor.lo), list(tensor.hi)
    count = size * size if name == "weight" else size
    alone = [Fraction(int(name == "weight" and k % (size + 1) == 0)) for k in range(count)]
    return alone, alone


def _regions(region: Data) -> list[Any]:
    match region:
        case {"box": sides}:
            return [[[side] for side in sides]]
        case {"product": choices}:
            return [choices]
        case {"cover": boxes}:
            return [[[side] for side in sides] for sides in boxes]
        case {"ball": {"centre": centre, "radius": radius, "norm": {"weights": weights}}}:
            reach = [Fraction(radius) * Fraction(weight) for weight in weights]
            ends = [(Fraction(c) - r, Fraction(c) + r) for c, r in zip(centre, reach, strict=True)]
            return [[[list(pair)] for pair in ends]]
    return [[]]


def _fractions(value: Any) -> Any:
    return [_fractions(part) for part in value] if isinstance(value, list) else Fraction(value)


# ---------------------------------------------------------------- the terms that an exported file has


def _value(content: str, name: str) -> Any:
    found = re.search(rf"^Definition {name} : [a-z ]+ :=(.*?)\.$", content, re.MULTILINE | re.DOTALL)
    if found is None:
        raise SoundnessError(f"the Coq text defines no {name}")
    return _term(_tokens(found[1]))


def _tokens(text: str) -> list[str]:
    """Return the tokens, last one first."""
    tokens, place = list[str](), 0
    for match in _matches(text.strip()):
        tokens.append(match[1])
        place = match.end()
    if place != len(text.strip()):
        raise SoundnessError(f"the Coq text has a term that was not emitted: {text.strip()[place : place + 40]!r}")
    return [one for one in reversed(tokens) if one not in _SCOPES]


def _matches(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while match := _TOKEN.match(text, place):
        yield match
        place = match.end()


def _term(tokens: list[str]) -> Any:
    """Return the value of an atom, or of a function applied to atoms."""
    head = _atom(tokens)
    arguments = list[Any]()
    while tokens and tokens[-1] not in "]);,":
        arguments.append(_atom(tokens))
    match head, arguments:
        case "uniform", [size, diagonal, other]:
            return [[diagonal if i == j else other for j in range(size)] for i in range(size)]
        case "repeat", [value, count]:
            return [value] * count
        case (("Network" | "Task"), _):
            return arguments
        case int() | list(), []:
            return head
    raise SoundnessError(f"the Coq text has a term that was not emitted: {head!r:.40}")


def _atom(tokens: list[str]) -> Any:
    first = tokens.pop()
    if first == "[":
        return _sequence(tokens, ";", "]")
    if first == "(":
        inside = _sequence(tokens, ",", ")")
        return inside[0] if len(inside) == 1 else inside
    return first if first[0].isalpha() else int(first)


def _sequence(tokens: list[str], joint: str, end: str) -> list[Any]:
    values = list[Any]()
    while tokens[-1] != end:
        values.append(_term(tokens))
        if tokens[-1] == joint:
            tokens.pop()
    tokens.pop()
    return values
