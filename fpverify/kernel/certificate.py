"""Certificate: a claim with everything needed to decide it again, and its one canonical JSON text."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never, Self

from fpverify.kernel.arb import Arb
from fpverify.kernel.backend import Backend
from fpverify.kernel.claim import Claim
from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import FormatError
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.network import Network, canonical_json, is_format
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.rational import Rational
from fpverify.kernel.region import region_from_data

FORMAT = 1


def _rational(precision: int) -> Rational:
    if precision != 0:
        raise FormatError(f"the backend rational has the precision 0; got {precision!r:.40}")
    return Rational()


class Again(Arb):
    """Arb with 128 bits, in place of an arithmetic that the kernel does not have; the file goes on naming that one."""

    recorded = ("torch64", 53)
    largest = 512
    """States of a larger dimension are not decided again."""


def _again(precision: int) -> Again:
    if precision != Again.recorded[1]:
        raise FormatError(f"the backend torch64 has the precision 53; got {precision!r:.40}")
    return Again()


BACKENDS: Mapping[str, Callable[[int], Backend]] = {
    "arb": Arb,
    "fixed": Fixed,
    "rational": _rational,
    "torch64": _again,
}
"""
The arithmetics in which the kernel decides, by the name that stands in a certificate.

torch64 says that float64 tensors decided when the certificate was made. No bit of that is trusted: the kernel decides
the obligation again, with `Again`.
"""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """
    What is claimed and how to decide it again, without any search.

    Fields:
        claim: the canonical data of the claim; `check` computes it anew and compares.
        obligations: in the order in which they are decided; the last one concludes the claim.
        assumptions: statements that the proof takes for granted; a file with any is HOLEY.
        made_by: who made it; no part of the proof.
    """

    claim: Mapping[str, Any]
    obligations: tuple[Obligation, ...]
    assumptions: tuple[str, ...] = ()
    made_by: Mapping[str, Any]

    @classmethod
    def of(cls, claim: Claim, obligations: Sequence[Obligation], made_by: Mapping[str, Any]) -> Self:
        return cls(claim=claim.to_data(), obligations=tuple(obligations), made_by=made_by)

    def to_data(self) -> dict[str, Any]:
        """Return the JSON value, with the digest of all the rest."""
        networks = {obligation.network.digest: obligation.network.to_data() for obligation in self.obligations}
        data = {
            "format": FORMAT,
            "claim": dict(self.claim),
            "networks": networks,
            "obligations": [_obligation_data(obligation) for obligation in self.obligations],
            "assumptions": list(self.assumptions),
            "made_by": dict(self.made_by),
        }
        return {**data, "digest": digest(data)}

    def to_text(self) -> str:
        """Return the canonical text: the same certificate gives the same bytes."""
        return canonical_json(self.to_data()) + "\n"

    def save(self, path: str | Path) -> None:
        """Write the file, completely or not at all."""
        target = Path(path)
        partial = target.with_name(f".{target.name}.partial")
        partial.write_text(self.to_text(), encoding="ascii")
        partial.replace(target)

    @classmethod
    def from_text(cls, content: str, folder: Path = Path()) -> Self:
        """
        Read a certificate.

        Args:
            content: the JSON text.
            folder: where relative sidecar paths start.

        Raises:
            FormatError: for anything that does not follow the format, a float, or a digest that does not match.
            UnknownNameError: for a backend that the kernel does not have.
        """
        data = parse_json(content)
        if not isinstance(data, dict) or not is_format(data.get("format"), FORMAT):
            raise FormatError(f'a certificate is an object with "format": {FORMAT}')
        stated = data.pop("digest", None)
        if set(data) != {"format", "claim", "networks", "obligations", "assumptions", "made_by"}:
            raise FormatError(f"a certificate has other fields than {sorted(data)}")
        if stated != digest(data):
            raise FormatError(f"the digest of the content is {digest(data)}, the file states {stated!r:.80}")
        for field, kind in (("claim", dict), ("networks", dict), ("obligations", list), ("made_by", dict)):
            if not isinstance(data[field], kind):
                raise FormatError(f"{field} in a certificate is not the {kind.__name__} that it should be")
        networks = {key: _network(key, body, folder) for key, body in data["networks"].items()}
        return cls(
            claim=data["claim"],
            obligations=tuple(_read_obligation(item, networks) for item in data["obligations"]),
            assumptions=_texts(data["assumptions"], "assumptions"),
            made_by=data["made_by"],
        )


def parse_json(content: str) -> Any:
    """
    Parse JSON strictly: numbers of the mathematics are text, so a float, NaN or infinity is an error.

    Raises:
        FormatError: for those, a repeated key, or text that is no JSON.
    """
    try:
        return json.loads(content, parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_no_repeated_keys)
    except RecursionError as error:
        raise FormatError("the JSON is nested too deeply") from error
    except ValueError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"not a JSON text: {error}") from error


def digest(data: Any) -> str:
    """Return the SHA-256 of the canonical text of a JSON value."""
    return "sha256:" + hashlib.sha256(canonical_json(data).encode()).hexdigest()


def _no_float(literal: str) -> Never:
    raise FormatError(f"the number {literal} is a JSON float; exact numbers are written as text")


def _no_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise FormatError(f"a key is repeated in an object with the keys {keys!r:.120}")
    return dict(pairs)


def _network(key: str, body: Any, folder: Path) -> Network:
    network = Network.from_data(body, folder)
    if network.digest != key:
        raise FormatError(f"network {network.name!r} has digest {network.digest}, the file states {key:.80}")
    return network


def _obligation_data(obligation: Obligation) -> dict[str, Any]:
    return {
        "id": obligation.id,
        "rule": obligation.rule,
        "network": obligation.network.digest,
        "region": obligation.region.to_data(),
        "witness": dict(obligation.witness),
        "premises": list(obligation.premises),
        "backend": _backend_data(obligation.backend),
    }


def _backend_data(backend: Backend) -> dict[str, Any]:
    name, precision = backend.recorded if isinstance(backend, Again) else (backend.name, backend.precision)
    return {"name": name, "precision": precision}


_FIELDS = {"id", "rule", "network", "region", "witness", "premises", "backend"}


def _texts(value: Any, words: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise FormatError(f"{words} in a certificate are a list of texts; got {value!r:.80}")
    return tuple(value)


def _read_obligation(item: Any, networks: Mapping[str, Network]) -> Obligation:
    if not isinstance(item, dict) or set(item) != _FIELDS or not isinstance(item["witness"], dict):
        raise FormatError(f"an obligation has the fields {sorted(_FIELDS)} and a witness by names; got {item!r:.120}")
    if not isinstance(item["backend"], dict) or set(item["backend"]) != {"name", "precision"}:
        raise FormatError(f"a backend has a name and a precision; got {item['backend']!r:.80}")
    name, rule = _texts([item["id"], item["rule"]], "the id and the rule of an obligation")
    if item["network"] not in networks:
        raise FormatError(f"obligation {item['id']!r:.40} is about a network that the file does not hold")
    backend = look_up(BACKENDS, item["backend"]["name"], "backend")(item["backend"]["precision"])
    return Obligation(
        id=name,
        rule=rule,
        network=networks[item["network"]],
        region=region_from_data(item["region"]),
        witness=item["witness"],
        premises=_texts(item["premises"], "premises"),
        backend=backend,
    )
