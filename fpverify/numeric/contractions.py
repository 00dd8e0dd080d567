"""From claims about contractions to promises about orbits: unique, each_unique, robust and product."""

from fractions import Fraction

from fpverify.kernel.exact import exact, exact_vector
from fpverify.kernel.norm import norm_from_data
from fpverify.kernel.region import Cover, ProductRegions, Region
from fpverify.numeric.confirm import Promise
from fpverify.numeric.orbits import try_promise
from fpverify.numeric.places import places_of
from fpverify.numeric.subject import Finding, Subject


def unique(subject: Subject) -> Finding:
    """Follow orbits of the network, or of some members of the family, each with its own fixed point."""
    facts, region = subject.claim.facts, subject.claim.region
    finding = Finding(notes=["Distances from the fixed point were compared with K^t |x^0 - p| at every step."])
    return finding.include(_one_region(subject, region, facts["rate"], facts["norm"], subject.samples))


def each_unique(subject: Subject) -> Finding:
    """Do so in each of the boxes, with its rate and norm."""
    facts, region = subject.claim.facts, subject.claim.region
    assert isinstance(region, Cover)
    finding = Finding(
        notes=["Distances from the fixed point of each box were compared with K^t |x^0 - p| at every step."]
    )
    for part, rate, norm in zip(region.parts, facts["rates"], facts["norms"], strict=True):
        finding.include(_one_region(subject, part, rate, norm, -(-subject.samples // len(region.parts))))
    return finding


def _one_region(subject: Subject, region: Region, rate: str, norm: object, samples: int) -> Finding:
    size, finding = subject.network.state_size, Finding()
    members = subject.members()
    for f in members:
        promise = Promise(
            network=f.network,
            rate=exact(rate),
            norm=norm_from_data(norm, size),
            noise=(Fraction(0),) * size,
        )
        places = places_of(region, samples, subject.device, subject.generator("choices"))
        finding.include(try_promise(subject, f, promise, places, -(-samples // len(members))))
    return finding


def robust(subject: Subject) -> Finding:
    """Follow orbits with noise and with parameters drawn anew in each step, also by adversaries."""
    return _with_noise(subject, exact_vector(subject.claim.facts["radii"]))


def product(subject: Subject) -> Finding:
    """Do so in all products of intervals, or in some at random."""
    region = subject.claim.region
    assert isinstance(region, ProductRegions)
    finding = _with_noise(subject, ())
    seen = min(region.count, subject.samples, 2**10)
    how = "all" if seen == region.count else f"{seen} random ones"
    finding.notes.insert(0, f"Orbits started in {how} of the {region.count} products.")
    return finding


def _with_noise(subject: Subject, radii: tuple[Fraction, ...]) -> Finding:
    facts, size = subject.claim.facts, subject.network.state_size
    promise = Promise(
        network=subject.network,
        rate=exact(facts["rate"]),
        norm=norm_from_data(facts["norm"], size),
        noise=exact_vector(facts["noise"]),
        radius=exact(facts["radius"]),
        radii=radii,
    )
    places = places_of(subject.claim.region, subject.samples, subject.device, subject.generator("choices"))
    note = "Distances from the fixed point were compared with K^t |x^0 - p| + r (1 - K^t) at every step"
    who = ", under noise and parameters chosen by adversaries." if promise.radius else "."
    return Finding(notes=[note + who]).include(try_promise(subject, subject.f, promise, places, subject.samples))
