"""
No simulation contradicts what the rules accept.

Networks, regions and witnesses are drawn at random; where a rule accepts, a second implementation in floats looks for an
orbit, a pair of points or a fixed point that the claim excludes. How many are accepted is asserted, so that no test is
empty.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import NotFiniteError, NotRationalError
from fpverify.kernel.layers import UnboundedError
from fpverify.kernel.region import Ball, Cover, ProductRegions, Region
from fpverify.kernel.verdict import Status
from fpverify.search import PROPOSERS
from tests.rules.cases import decide
from tests.rules.simulate import NAMES, SLACK, Batch, Simulation, distance, newton, samples

BOUNDED = ["tanh", "sin", "hardtanh", "sigmoid", "softsign", "erf"]
LINEAR = ["relu", "leaky_relu", "gelu", "silu", "softplus", "identity"]
SIXTEENTHS = st.integers(-24, 24).map(lambda n: Fraction(n, 16))
SMALL = st.integers(-12, 12).map(lambda n: Fraction(n, 16))
TINY = st.integers(-7, 7).map(lambda n: Fraction(n, 16))
UNCERTAIN = st.sampled_from([Fraction(0)] * 3 + [Fraction(1, 64), Fraction(1, 16)])


def _entry(value: Fraction, spread: Fraction) -> Any:
    return str(value) if spread == 0 else [str(value - spread), str(value + spread)]


@st.composite
def affine(draw: st.DrawFn, rows: int, columns: int, weights: Any = SMALL) -> dict[str, Any]:
    """Return an affine layer, certain or not."""
    spread = draw(UNCERTAIN)
    weight = [[_entry(draw(weights), spread) for _ in range(columns)] for _ in range(rows)]
    return {"affine": {"weight": weight, "bias": [_entry(draw(SMALL) / 2, spread) for _ in range(rows)]}}


@st.composite
def networks(draw: st.DrawFn, sizes: Sequence[int] = (1, 2, 3), weights: Any = SMALL) -> fp.Network:
    """Return looped layers, deep, residual and gated networks."""
    d = draw(st.sampled_from(list(sizes)))
    g = {"activation": draw(st.sampled_from(BOUNDED + LINEAR))}
    first = draw(affine(d, d, weights))
    match draw(st.sampled_from(["loop", "loop", "deep", "residual", "gated"])):
        case "loop":
            layers = [first, g]
        case "deep":
            h = draw(st.integers(1, 3))
            layers = [draw(affine(h, d)), g, draw(affine(d, h)), {"activation": draw(st.sampled_from(BOUNDED))}]
        case "residual":
            layers = [first, g, {"add": {"with": 1}}, draw(affine(d, d))]
        case _:
            layers = [
                first,
                {"activation": draw(st.sampled_from(BOUNDED))},
                {"multiply": {"with": draw(st.sampled_from([0, 1]))}},
            ]
    return fp.network(layers, name="random", state_size=d)


@st.composite
def boxes(draw: st.DrawFn, dimension: int) -> fp.BoxRegion:
    centres = [draw(SMALL) for _ in range(dimension)]
    halves = [
        draw(st.sampled_from([Fraction(1, 8), Fraction(1, 2), Fraction(1), Fraction(2), Fraction(4)]))
        for _ in range(dimension)
    ]
    return fp.BoxRegion(
        lo=tuple(c - h for c, h in zip(centres, halves, strict=True)),
        hi=tuple(c + h for c, h in zip(centres, halves, strict=True)),
    )


FACTORS = st.sampled_from(
    [Fraction(1), Fraction(1), Fraction(1), Fraction(1001, 1000), Fraction(999, 1000), Fraction(9, 10), Fraction(1, 2)]
)


def accepted(
    network: fp.Network, region: Region, goal: fp.Goal, strengthen: Callable[[dict[str, Any]], None] | None = None
) -> Claim | None:
    """
    Propose, make the witness stronger or weaker at random, and return what the kernel concludes.

    What the search cannot propose, be it for a singular matrix, is not the matter here.
    """
    try:
        obligations = list(PROPOSERS[goal.rule].propose(network, region, goal))
    except (NotFiniteError, NotRationalError, UnboundedError, np.linalg.LinAlgError):
        return None
    witness = dict(obligations[-1].witness)
    if strengthen is not None:
        strengthen(witness)
    obligations[-1] = replace(obligations[-1], witness=witness)
    verdict, claim = decide(obligations)
    return claim if verdict.status is Status.PROVED else None


def scaled(*keys: str, factor: Fraction) -> Callable[[dict[str, Any]], None]:
    def change(witness: dict[str, Any]) -> None:
        for key in keys:
            if key in witness:
                value = witness[key]
                witness[key] = (
                    [str(Fraction(v) * factor) for v in value]
                    if isinstance(value, list)
                    else str(Fraction(value) * factor)
                )

    return change


def ends(region: Any) -> tuple[Batch, Batch]:
    """Return the corners of a box, of the box around a ball, or of a window of the whole space."""
    if isinstance(region, fp.WholeSpace):
        return np.full(region.size, -20.0), np.full(region.size, 20.0)
    box = region.bounding_box() if isinstance(region, Ball) else region
    return np.array([float(x) for x in box.lo]), np.array([float(x) for x in box.hi])


def inside(region: Any, x: Batch, slack: float = SLACK) -> Batch:
    if isinstance(region, fp.WholeSpace):
        return np.ones(len(x), dtype=bool)
    if isinstance(region, Ball):
        centre = np.array([float(c) for c in region.centre])
        return distance(region.norm.to_data(), x, centre) <= float(region.radius) + slack
    low, high = ends(region)
    return np.all((x >= low - slack) & (x <= high + slack), axis=1)


def check_unique(
    claim: Claim, network: fp.Network, region: Any, norm: Any, rate: Any, rng: np.random.Generator
) -> None:
    """Rate, invariance, bounds of the orbit, and one fixed point, for several members of the family."""
    low, high = ends(region)
    k = float(Fraction(rate))
    points = samples(low, high, 90, rng)
    points = points[inside(region, points, 0.0)]
    for _ in range(3):
        f = Simulation(network.to_data(), rng)
        image = f(points)
        assert inside(region, image).all(), "the image leaves the region"
        x, y = points[:-1], points[1:]
        assert (distance(norm, f(x), f(y)) <= k * distance(norm, x, y) + SLACK).all(), "a pair is not contracted"
        orbit = [points]
        for _ in range(200):
            orbit.append(f(orbit[-1]))
        limits = orbit[-1]
        if k < 0.9 and len(points):
            spread = np.max(np.abs(limits - limits[0]))
            assert spread <= 1e-6, "orbits have different limits"
            errors = [distance(norm, state, limits[0]) for state in orbit[:40]]
            assert all((after <= k * before + 1e-8).all() for before, after in pairwise(errors))
            roots = newton(f, points[:6])
            roots = roots[inside(region, roots, -1e-6)]
            assert all(np.max(np.abs(root - limits[0])) < 1e-5 for root in roots), "there is another fixed point"


def run(examples: int, least: int, body: Callable[..., bool], **strategies: Any) -> None:
    """
    Run *body* on random arguments; it returns whether the rule accepted, which must happen *least* times.

    The profile `thorough` has eight times as many.
    """
    count, times = 0, min(8, max(1, settings().max_examples // 15))

    @settings(max_examples=examples * times)
    @given(seed=st.integers(0, 2**32 - 1), **strategies)
    def inner(seed: int, **drawn: Any) -> None:
        nonlocal count
        count += body(rng=np.random.default_rng(seed), **drawn)

    inner()
    assert count >= least, f"{count} of {examples} were accepted"


# ------------------------------------------------------------------ contractions


def test_banach() -> None:
    def body(data: Any, factor: Fraction, kind: str, rng: np.random.Generator) -> bool:
        network = data.draw(networks(weights=TINY))
        region = data.draw(st.one_of(boxes(network.state_size), st.just(fp.WholeSpace(size=network.state_size))))
        claim = accepted(network, region, fp.Unique(norm=kind, precision=64), scaled("rate", factor=factor))
        if claim is None:
            return False
        check_unique(claim, network, region, claim.facts["norm"], claim.facts["rate"], rng)
        return True

    run(100, 10, body, data=st.data(), factor=FACTORS, kind=st.sampled_from(["sup", "one", "two"]))


def test_local_ball() -> None:
    def body(data: Any, factor: Fraction, kind: Any, rng: np.random.Generator) -> bool:
        network = data.draw(networks(weights=TINY))
        d = network.state_size
        nominal = Simulation(network.to_data())
        centre = np.zeros(d)
        for _ in range(60):
            centre = np.clip(nominal(centre[None])[0], -50, 50)
        near = tuple(Fraction(round(float(c) * 64), 64) for c in centre)
        weights = tuple(data.draw(st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 3)])) for _ in range(d))
        region = Ball(
            centre=near,
            radius=data.draw(st.sampled_from([Fraction(1, 16), Fraction(1, 4), Fraction(1)])),
            norm=kind(weights=weights),
        )
        claim = accepted(network, region, fp.Unique(precision=64), scaled("rate", factor=factor))
        if claim is None:
            return False
        check_unique(claim, network, region, claim.facts["norm"], claim.facts["rate"], rng)
        return True

    from fpverify.kernel.norm import OneNorm, SupNorm, TwoNorm

    run(160, 15, body, data=st.data(), factor=FACTORS, kind=st.sampled_from([SupNorm, OneNorm, TwoNorm]))


def test_regions() -> None:
    def body(data: Any, gain: Fraction, rng: np.random.Generator) -> bool:
        d = data.draw(st.sampled_from([1, 2]))
        coupling = data.draw(st.integers(-2, 2)) * Fraction(1, 16)
        weight = [[str(gain if i == j else coupling) for j in range(d)] for i in range(d)]
        network = fp.loop(data.draw(st.sampled_from(["tanh", "erf", "hardtanh"])), weight)
        low = data.draw(st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)]))
        parts = [
            fp.BoxRegion(lo=(low,) * d, hi=(Fraction(1),) * d),
            fp.BoxRegion(lo=(Fraction(-1),) * d, hi=(-low,) * d),
        ]
        claim = accepted(network, Cover(parts=tuple(parts)), fp.OneInEach(precision=64))
        if claim is None:
            return False
        for part, norm, rate in zip(parts, claim.facts["norms"], claim.facts["rates"], strict=True):
            check_unique(claim, network, part, norm, rate, rng)
        return True

    run(50, 8, body, data=st.data(), gain=st.integers(16, 48).map(lambda n: Fraction(n, 16)))


# ------------------------------------------------------------------ noise and families


def fixed_point(network: fp.Network, start: Batch) -> Batch:
    """Return the limit of the network with the midpoint parameters."""
    f, x = Simulation(network.to_data()), start[None]
    for _ in range(2000):
        x = f(x)
    return x[0]


def check_noisy(network: fp.Network, region: Any, facts: Any, rng: np.random.Generator) -> None:
    """Orbits under the worst signs of noise, with parameters drawn anew, stay and keep to the bound."""
    low, high = ends(region)
    k, radius = float(Fraction(facts["rate"])), float(Fraction(facts["radius"]))
    noise, norm = np.array([float(Fraction(e)) for e in facts["noise"]]), facts["norm"]
    x = samples(low, high, 30, rng)
    p = fixed_point(network, x[0])
    start = distance(norm, x, p)
    for t in range(1, 60):
        away = np.where(x >= p, 1.0, -1.0) if t % 2 else rng.choice([-1.0, 1.0], size=x.shape)
        x = Simulation(network.to_data(), rng)(x) + noise * away
        assert inside(region, x).all(), "a noisy orbit leaves the region"
        bound = k**t * start + radius * (1 - k**t)
        assert (distance(norm, x, p) <= bound * (1 + 1e-9) + 1e-7).all(), "a noisy orbit is farther than its bound"
    if facts.get("radii"):
        limits = np.array([float(Fraction(v)) for v in facts["radii"]])
        assert (np.abs(x - p) <= limits + k**59 * np.max(np.abs(high - low)) * 100 + 1e-6).all(), (
            "a radius is too small"
        )


def test_robust() -> None:
    def body(data: Any, noise: Fraction, kind: str, factor: Fraction, key: str, rng: np.random.Generator) -> bool:
        network = data.draw(networks(weights=TINY))
        region = data.draw(boxes(network.state_size))
        goal = fp.Robust(noise=noise, norm=kind, radii=kind != "two", precision=64)
        claim = accepted(network, region, goal, scaled(key, factor=factor))
        if claim is None:
            return False
        check_noisy(network, region, claim.facts, rng)
        return True

    noises = st.sampled_from([Fraction(0), Fraction(1, 32), Fraction(1, 8)])
    keys = st.sampled_from(["rate", "noise_norm", "deviation", "radii"])
    run(
        100,
        8,
        body,
        data=st.data(),
        noise=noises,
        kind=st.sampled_from(["sup", "one", "two"]),
        factor=FACTORS,
        key=keys,
    )


def test_product() -> None:
    def body(data: Any, gain: Fraction, noise: Fraction, factor: Fraction, key: str, rng: np.random.Generator) -> bool:
        d = data.draw(st.sampled_from([1, 2, 3]))
        spread, coupling = (
            data.draw(st.sampled_from([Fraction(0), Fraction(1, 64)])),
            data.draw(st.integers(-2, 2)) * Fraction(1, 32),
        )
        weight = [[_entry(gain if i == j else coupling, spread) for j in range(d)] for i in range(d)]
        network = fp.loop(data.draw(st.sampled_from(["tanh", "erf", "cubic"])), weight)
        low, top = data.draw(st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)])), Fraction(9, 8)
        intervals = ((low, top), (-top, -low))
        region = ProductRegions.power(*intervals, dimension=d)
        claim = accepted(network, region, fp.OneInEachProduct(noise=noise, precision=64), scaled(key, factor=factor))
        if claim is None:
            return False
        chosen = region.member([int(rng.integers(2)) for _ in range(d)])
        check_noisy(network, chosen, claim.facts, rng)
        check_unique(claim, network, chosen, claim.facts["norm"], claim.facts["rate"], rng)
        return True

    noises = st.sampled_from([Fraction(0), Fraction(1, 64), Fraction(1, 16)])
    gains = st.integers(15, 40).map(lambda n: Fraction(n, 16))
    keys = st.sampled_from(["rate", "noise_norm", "deviation"])
    run(160, 8, body, data=st.data(), gain=gains, noise=noises, factor=FACTORS, key=keys)


# ------------------------------------------------------------------ fixed points, with and without


def test_brouwer() -> None:
    def body(data: Any, rng: np.random.Generator) -> bool:
        network = data.draw(networks(weights=SIXTEENTHS))
        region = data.draw(boxes(network.state_size))
        claim = accepted(network, region, fp.Exists(precision=64))
        if claim is None:
            return False
        low, high = ends(region)
        points = samples(low, high, 300, rng)
        for _ in range(3):
            f = Simulation(network.to_data(), rng)
            assert inside(region, f(points)).all(), "the image leaves the region"
            if network.state_size == 1:
                line = np.linspace(low[0], high[0], 4001)[:, None]
                motion = f(line) - line
                assert motion[0, 0] >= -SLACK
                assert motion[-1, 0] <= SLACK
        return True

    run(80, 8, body, data=st.data())


def test_exclusion() -> None:
    def body(data: Any, rng: np.random.Generator) -> bool:
        network = data.draw(networks(weights=SIXTEENTHS))
        region = data.draw(boxes(network.state_size))
        claim = accepted(network, region, fp.NoFixedPoint(boxes=60, precision=64))
        if claim is None:
            return False
        low, high = ends(region)
        for _ in range(2):
            f = Simulation(network.to_data(), rng)
            points = samples(low, high, 300, rng)
            assert (np.max(np.abs(f(points) - points), axis=1) > 0).all()
            roots = newton(f, points[:8])
            assert not inside(region, roots, -1e-6).any(), "there is a fixed point"
        return True

    run(80, 5, body, data=st.data())


def test_crossing() -> None:
    def body(data: Any, factor: Fraction, rng: np.random.Generator) -> bool:
        network = data.draw(networks(sizes=[1], weights=st.integers(-48, 48).map(lambda n: Fraction(n, 16))))
        region = data.draw(boxes(1))
        claim = accepted(network, region, fp.Crossing(precision=64), scaled("slope", factor=factor))
        if claim is None:
            return False
        low, high = ends(region)
        line = np.linspace(low[0], high[0], 4001)[:, None]
        least, most = (float(Fraction(s)) for s in claim.facts["slope"])
        for _ in range(3):
            f = Simulation(network.to_data(), rng)
            motion = (f(line) - line)[:, 0]
            assert np.count_nonzero(np.diff(np.sign(motion)) != 0) in (1, 2), "not one crossing"
            assert np.sign(motion[0]) == -np.sign(motion[-1])
            secants = np.diff(f(line)[:, 0]) / np.diff(line[:, 0])
            assert (secants >= least - 1e-7).all()
            assert (secants <= most + 1e-7).all()
        return True

    run(80, 6, body, data=st.data(), factor=FACTORS)


def test_at_most_one() -> None:
    def body(data: Any, rng: np.random.Generator) -> bool:
        network = data.draw(networks(sizes=[1], weights=SIXTEENTHS))
        claim = accepted(network, fp.WholeSpace(size=1), fp.AtMostOne(precision=64))
        if claim is None:
            return False
        line = np.linspace(-30, 30, 6001)[:, None]
        for _ in range(3):
            motion = (Simulation(network.to_data(), rng)(line) - line)[:, 0]
            steps = np.diff(motion)
            assert (steps < 1e-12).all() or (steps > -1e-12).all(), "f(x) - x is not monotone"
        return True

    run(60, 15, body, data=st.data())


def test_diagonal() -> None:
    def body(d: int, weights: tuple[Fraction, Fraction], name: str, place: Fraction, width: Fraction, rng: Any) -> bool:
        network = fp.loop(name, fp.exchangeable(d, *weights), fp.fill(d, Fraction(1, 16)))
        goal = fp.OnDiagonal(interval=(place - width, place + width), precision=64)
        claim = accepted(network, fp.WholeSpace(size=d), goal)
        if claim is None:
            return False
        f = Simulation(network.to_data())
        s = np.linspace(float(place - width), float(place + width), 2001)
        motion = f(np.repeat(s[:, None], d, axis=1))[:, 0] - s
        crossings = np.nonzero(np.diff(np.sign(motion)))[0]
        assert len(crossings) >= 1, "no fixed point on the diagonal"
        least, most = (float(Fraction(x)) for x in claim.facts["eigenvalue"])
        h, root = 1e-6, np.full(d, s[crossings[0]])
        jacobian = np.array([(f((root + h * e)[None])[0] - f((root - h * e)[None])[0]) / (2 * h) for e in np.eye(d)]).T
        value = (jacobian @ np.ones(d))[0]
        assert least - 1e-2 <= value <= most + 1e-2
        return True

    run(
        60,
        12,
        body,
        d=st.sampled_from([1, 2, 4]),
        weights=st.tuples(SIXTEENTHS, SMALL),
        name=st.sampled_from([*BOUNDED, "cubic", "relu"]),
        place=SMALL,
        width=st.sampled_from([Fraction(1, 4), Fraction(1)]),
    )


# ------------------------------------------------------------------ sets that are not convex


@st.composite
def covers(draw: st.DrawFn, dimension: int) -> Cover:
    return Cover(parts=tuple(draw(boxes(dimension)) for _ in range(draw(st.integers(1, 3)))))


def test_maps_into_and_lipschitz() -> None:
    def body(data: Any, factor: Fraction, kind: str, rng: np.random.Generator) -> bool:
        network = data.draw(networks(sizes=[1, 2], weights=SIXTEENTHS))
        region = data.draw(covers(network.state_size))
        kept = accepted(network, region, fp.MapsInto(precision=64))
        bounded = accepted(network, region, fp.Lipschitz(norm=kind, precision=64), scaled("rate", factor=factor))
        for part in region.parts:
            points = samples(*ends(part), 100, rng)
            for _ in range(2):
                f = Simulation(network.to_data(), rng)
                if kept is not None:
                    image = f(points)
                    assert np.any([inside(target, image) for target in region.parts], axis=0).all()
                if bounded is not None:
                    k, norm = float(Fraction(bounded.facts["rate"])), bounded.facts["norm"]
                    x, y = points[:-1], points[1:]
                    assert (distance(norm, f(x), f(y)) <= k * distance(norm, x, y) + SLACK).all()
        return kept is not None and bounded is not None

    run(80, 8, body, data=st.data(), factor=FACTORS, kind=st.sampled_from(["sup", "one", "two"]))


def test_alternates() -> None:
    def body(gain: Fraction, low: Fraction, name: str, rng: np.random.Generator) -> bool:
        network = fp.loop(name, [[_entry(-gain, Fraction(1, 64))]])
        parts = (fp.BoxRegion.of((str(low), "1")), fp.BoxRegion.of(("-1", str(-low))))
        if accepted(network, Cover(parts=parts), fp.Alternates(precision=64)) is None:
            return False
        for one, other in (parts, parts[::-1]):
            image = Simulation(network.to_data(), rng)(samples(*ends(one), 60, rng))
            assert inside(other, image).all()
        return True

    gains = st.integers(16, 64).map(lambda n: Fraction(n, 16))
    lows = st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)])
    run(50, 12, body, gain=gains, low=lows, name=st.sampled_from(["tanh", "erf", "sin", "hardtanh"]))


# ------------------------------------------------------------------ single states


def test_orbit_and_at_point() -> None:
    def body(data: Any, steps: int, above: Fraction, noise: Fraction, rng: np.random.Generator) -> bool:
        network = data.draw(networks(sizes=[1, 2], weights=SIXTEENTHS))
        if network.is_uncertain:
            network = network.nominal()
        d = network.state_size
        start = tuple(data.draw(SMALL) for _ in range(d))
        region = fp.BoxRegion(lo=start, hi=start)
        f, x = Simulation(network.to_data()), np.array([[float(s) for s in start]])
        value = f(x)[0, 0]
        bounds = (Fraction(float(value)) - Fraction(1, 10**9), Fraction(float(value)) + Fraction(1, 10**9))
        wrong = (bounds[0] + 1, bounds[1] + 1)
        assert accepted(network, region, fp.AtPoint(entry=(0,), bounds=bounds)) is not None
        assert accepted(network, region, fp.AtPoint(entry=(0,), bounds=wrong)) is None
        claim = accepted(network, region, fp.OrbitAbove(steps=steps, above=above, noise=noise))
        for _ in range(steps):
            x = f(x) + float(noise)
        if claim is not None:
            assert x[0, 0] > float(above) - 1e-6
        elif np.isfinite(x).all() and abs(x[0, 0]) < 100:
            assert x[0, 0] < float(above) + 1e-6
        return claim is not None

    run(80, 20, body, data=st.data(), steps=st.integers(1, 12), above=SMALL, noise=SMALL.map(lambda e: e / 4))


def test_the_simulation_knows_the_functions_that_are_drawn() -> None:
    assert {*BOUNDED, *LINEAR, "cubic"} <= NAMES
