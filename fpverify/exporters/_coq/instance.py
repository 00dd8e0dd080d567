"""Instance: what a certificate claims, as far as the general theorems in Coq can state it; else a reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpverify.exporters._coq.activations import TERMS, Term
from fpverify.exporters._exporter import OutOfReachError
from fpverify.kernel.activations import Function
from fpverify.kernel.backend import Backend
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.claim import Claim
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.matrix import Tensor
from fpverify.kernel.network import Network, canonical_json
from fpverify.kernel.norm import Norm, SupNorm, norm_from_data
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, BoxRegion, Cover, ProductRegions, WholeSpace
from fpverify.kernel.rules import RULES

Interval = tuple[Fraction, Fraction]

_RULES = ("banach", "local_ball", "product", "regions", "robust")


@dataclass(frozen=True, kw_only=True)
class Part:
    """
    A product of intervals (a box: one interval per coordinate; all of R^d: none) and what is claimed there.

    Fields:
        intervals: for each coordinate.
        norm: weights of the sup norm.
        noise, noise_norm, deviation, rate: as in the rule robust; *deviation* is None where the claim has no such number.
    """

    intervals: tuple[tuple[Interval, ...], ...]
    norm: tuple[Fraction, ...]
    noise: tuple[Fraction, ...]
    noise_norm: Fraction
    deviation: Fraction | None
    rate: Fraction


@dataclass(frozen=True, kw_only=True)
class Instance:
    """
    Fields:
        claim: the kernel's own claim.
        weights, biases: midpoints, the weights in row-major order.
        weight_radii, bias_radii: empty where the parameters are exact.
        term, function: the activation, in Coq and in the kernel.
        parts: one, or several boxes.
        kind: "box", "boxes", "product" or "space".
        backend: the arithmetic that decided the obligation.
    """

    claim: Claim
    size: int
    weights: tuple[Fraction, ...]
    weight_radii: tuple[Fraction, ...]
    biases: tuple[Fraction, ...]
    bias_radii: tuple[Fraction, ...]
    term: Term
    function: Function
    parts: tuple[Part, ...]
    kind: str
    backend: Backend


def instance_of(certificate: Certificate) -> Instance:
    """Return what is to be proved in Coq; raises OutOfReachError with the reason if that cannot be said there."""
    obligation = _only_obligation(certificate)
    claim = _claim_of(certificate, obligation)
    affine, activate = _looped_layer(obligation.network)
    kind, parts = _parts(obligation)
    term = _term(activate)
    if kind == "space" and (term.lipschitz is None or obligation.network.is_uncertain):
        what = "uncertain parameters" if obligation.network.is_uncertain else activate.name
        raise OutOfReachError(f"the claim is about all of R^d, where {what} cannot be exported")
    size = obligation.network.state_size
    weights, weight_radii = _centred(None if affine is None else affine.weight, _identity(size))
    biases, bias_radii = _centred(None if affine is None else affine.bias, (Fraction(0),) * size)
    return Instance(
        claim=claim,
        size=size,
        weights=weights,
        weight_radii=weight_radii,
        biases=biases,
        bias_radii=bias_radii,
        term=term,
        function=activate.function,
        parts=parts,
        kind=kind,
        backend=obligation.backend,
    )


def _only_obligation(certificate: Certificate) -> Obligation:
    if certificate.assumptions:
        raise OutOfReachError(f"the certificate rests on assumptions: {'; '.join(certificate.assumptions)}")
    if len(certificate.obligations) != 1:
        count = len(certificate.obligations)
        raise OutOfReachError(f"the certificate has {count} obligations; one application of one rule can be exported")
    (obligation,) = certificate.obligations
    if obligation.rule not in _RULES:
        known = ", ".join(_RULES)
        raise OutOfReachError(f"the rule {obligation.rule} has no theorem in Coq; those that have are {known}")
    return obligation


def _claim_of(certificate: Certificate, obligation: Obligation) -> Claim:
    """Return the claim that the rule concludes, which has to be the stated one: it is what the Coq text says."""
    claim = RULES[obligation.rule].conclusion(obligation, {})
    if canonical_json(claim.to_data()) != canonical_json(certificate.claim):
        raise OutOfReachError("the stated claim is not what its obligation concludes")
    if claim.facts.get("radii"):
        raise OutOfReachError("the claim has a radius for each coordinate, which the theorems in Coq do not state")
    return claim


def _looped_layer(network: Network) -> tuple[Affine | None, Activate]:
    match network.layers:
        case (Affine(source=0) as affine, Activate(source=1) as activate):
            return affine, activate
        case (Activate(source=0) as activate,):
            return None, activate
    raise OutOfReachError(f"the map has {len(network.layers)} layers; only g(W x + b) can be exported")


def _term(activate: Activate) -> Term:
    if activate.name not in TERMS:
        known = ", ".join(TERMS)
        raise OutOfReachError(f"the activation {activate.name} has no lemma in Coq; those that have are {known}")
    return TERMS[activate.name](activate.parameters)


def _parts(obligation: Obligation) -> tuple[str, tuple[Part, ...]]:
    region = obligation.region
    match region:
        case BoxRegion():
            return "box", (_part(obligation, _sides(region), obligation.norm()),)
        case Ball() if isinstance(region.norm, SupNorm):
            return "box", (_part(obligation, _sides(region.bounding_box()), region.norm),)
        case WholeSpace():
            return "space", (_part(obligation, (), obligation.norm()),)
        case ProductRegions():
            return "product", (_part(obligation, region.intervals, obligation.norm()),)
        case Cover():
            return "boxes", tuple(_cover_part(obligation, k) for k in range(len(region.parts)))
    raise OutOfReachError(f"{region} is no region that the theorems in Coq are about")


def _sides(box: BoxRegion) -> tuple[tuple[Interval, ...], ...]:
    return tuple(((low, high),) for low, high in zip(box.lo, box.hi, strict=True))


def _part(obligation: Obligation, intervals: Sequence[Sequence[Interval]], norm: Norm) -> Part:
    robust = obligation.rule in ("robust", "product")
    zero = (Fraction(0),) * obligation.network.state_size
    return Part(
        intervals=tuple(tuple(choices) for choices in intervals),
        norm=_sup_weights(norm),
        noise=obligation.vector("noise") if robust else zero,
        noise_norm=obligation.number("noise_norm") if robust else Fraction(0),
        deviation=obligation.number("deviation") if robust else None,
        rate=obligation.number("rate"),
    )


def _cover_part(obligation: Obligation, index: int) -> Part:
    assert isinstance(obligation.region, Cover)
    size, body = obligation.network.state_size, obligation.items("parts")[index]
    return Part(
        intervals=_sides(obligation.region.parts[index]),
        norm=_sup_weights(norm_from_data(body["norm"], size)),
        noise=(Fraction(0),) * size,
        noise_norm=Fraction(0),
        deviation=None,
        rate=Fraction(body["rate"]),
    )


def _sup_weights(norm: Norm) -> tuple[Fraction, ...]:
    if not isinstance(norm, SupNorm):
        raise OutOfReachError(f"the rate is in the {norm.words}; the theorems in Coq are about weighted sup norms")
    return norm.weights


def _centred(tensor: Tensor | None, default: tuple[Fraction, ...]) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    if tensor is None:
        return default, ()
    if tensor.is_point:
        return tuple(tensor.lo), ()
    return tensor.midpoint(), tensor.radius()


def _identity(size: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(int(i == j)) for i in range(size) for j in range(size))
