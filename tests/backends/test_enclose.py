"""`enclose` against the kernel: it must contain what Arb proves of f and of its slopes, and be nearly as tight."""

import random
from fractions import Fraction
from itertools import pairwise
from math import inf, isfinite, nan

import pytest
import torch
from flint import ctx

from fpverify.backends.torch64 import network as module
from fpverify.backends.torch64.network import enclose, nearest, outward
from fpverify.kernel.activations._shapes import Joined, Turning, Waves
from fpverify.kernel.arb import Arb, ArbOps
from fpverify.kernel.box import Box
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from tests import oracles
from tests.strategies import CASES, FAR, PLACED, case

BACKEND, FINE = Arb(128), Arb(320)
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
KINKS = [Fraction(place) for place in (-1, 0, 1, 2)]


def tensor(data):
    return torch.tensor(data, dtype=torch.float64)


def network(layers, **fields):
    return Network.from_data({"format": 1, "name": "test", "layers": layers, **fields})


def activated(case):
    return network([{"activation": {"name": case.name, **case.given}}], state_size=1)


def intervals(seed, places):
    """Intervals with floats for ends, as Fractions: points, thin ones, wide ones, and ones that end at a kink."""
    generator, found = random.Random(seed), []
    for place in places:
        x = float(place)
        width = 2.0 ** -generator.randint(0, 50)
        found += [(x, x), (x, x + width * max(1.0, abs(x))), (x - width, x + 3.0), (x - 1.5, x)]
    for kink in map(float, KINKS):
        found += [(kink, kink), (kink - 1e-9, kink), (kink, kink + 1e-9), (kink - 0.25, kink + 0.5)]
    return [(Fraction(lo), Fraction(hi)) for lo, hi in found]


def inside(low, high, count, generator):
    """Places in [low, high], the ends included."""
    return [low, high, *(low + (high - low) * Fraction(generator.randint(0, 2**30), 2**30) for _ in range(count))]


def as_tensors(boxes):
    """Boxes, given as lists of exact intervals with float ends, as two tensors of shape (B, d)."""
    return tuple(tensor([[float(entry[side]) for entry in box] for box in boxes]) for side in (0, 1))


def excluded(lo, hi, low, high):
    """Whether [low, high] is certainly outside of [lo, hi], floats or infinities."""
    return (lo != -inf and high < Fraction(lo)) or (hi != inf and low > Fraction(hi))


# ---------------------------------------------------------------------------------- activations


@EVERY_CASE
def test_activations_contain_their_true_values_and_secants(case):
    """At random places of each interval, by Arb at 384 bits."""
    generator = random.Random(5)
    boxes = [[entry] for entry in intervals(1, [*PLACED[::2], *FAR[16::3]])]
    (f_lo, f_hi), (j_lo, j_hi) = enclose(activated(case), *as_tensors(boxes))
    for index, ((low, high),) in enumerate(boxes):
        places = inside(low, high, 2, generator)
        ends, slopes = (
            (f_lo[index, 0].item(), f_hi[index, 0].item()),
            (j_lo[index, 0, 0].item(), j_hi[index, 0, 0].item()),
        )
        assert ends[0] <= ends[1]
        assert slopes[0] <= slopes[1]
        for x in places:
            value = oracles.point(case.function.formula, x)
            assert not isfinite(ends[0]) or not isfinite(ends[1]) or not oracles.is_outside(value, *map(Fraction, ends))
        for x, y in pairwise(places):
            if x != y and isfinite(slopes[0]) and isfinite(slopes[1]):
                secant = oracles.secant(case.function.formula, x, y)
                assert not oracles.is_outside(secant, *map(Fraction, slopes))


def turning_points(shape):
    match shape:
        case Turning():
            return [sum(point.location) / 2 for point in shape.points]
        case Joined():
            return [*turning_points(shape.left), *turning_points(shape.right)]
        case Waves():
            return [
                sum(place) / 2 + n * sum(shape.period) / 2 for place, _ in (shape.top, shape.bottom) for n in (-5, 0, 7)
            ]
    return []


@EVERY_CASE
def test_extreme_values_are_contained(case):
    """At the places where a function or its slope turns, known to 256 bits; the boxes end near them or far away."""
    for shape, formula, part in (
        (case.function.values, case.function.formula, 0),
        (case.function.slopes, case.function.slope, 1),
    ):
        for place in turning_points(shape):
            low, high = outward(place)
            boxes = [[(Fraction(low - a), Fraction(high + b))] for a in (0.0, 1e-3, 0.4) for b in (0.0, 1e-5, 0.3)]
            lo, hi = enclose(activated(case), *as_tensors(boxes))[part]
            value = oracles.point(formula, place)
            for a, b in zip(lo.flatten().tolist(), hi.flatten().tolist(), strict=True):
                assert not oracles.is_outside(value, Fraction(a), Fraction(b))


@EVERY_CASE
def test_activations_are_nearly_as_tight_as_in_the_kernel(case):
    """To 1e-11 of their size for arguments up to 8; and they overlap, as both contain the range."""
    boxes = [[entry] for entry in intervals(2, PLACED)]
    net = activated(case)
    found = enclose(net, *as_tensors(boxes))
    for index, ((low, high),) in enumerate(boxes):
        box = Box.from_exact([low], [high], BACKEND)
        jumped = not case.function.continuous and low <= 0 <= high
        for (lo, hi), exact in zip(found, (net.enclose(box), net.slopes(box)), strict=True):
            a, b = lo[index].flatten()[0].item(), hi[index].flatten()[0].item()
            theirs = exact.lower()[0], exact.upper()[0]
            assert not excluded(a, b, *theirs)
            if jumped and exact.shape == (1, 1):
                assert (a, b) == (-inf, inf)
                continue
            if max(abs(theirs[0]), abs(theirs[1])) > 10**300:
                continue  # exp(x^3) leaves float64 early
            slack = Fraction(1, 10**11) * max(1, abs(theirs[0]), abs(theirs[1]))
            assert Fraction(a) >= theirs[0] - slack
            assert Fraction(b) <= theirs[1] + slack


@EVERY_CASE
def test_activations_never_leave_their_bounds_everywhere(case):
    bounds = case.function.values.everywhere(), case.function.slopes.everywhere()
    lo = tensor([[-1e300], [-50.0], [49.0], [1e10]])
    found = enclose(activated(case), lo, lo + tensor([[2e300], [100.0], [1.0], [1.0]]))
    for (low, high), total in zip(found, bounds, strict=True):
        if total is not None and case.function.continuous:
            assert low.min().item() >= outward(total[0])[0]
            assert high.max().item() <= outward(total[1])[1]


def test_a_jump_has_no_bounded_slope():
    (f_lo, f_hi), (j_lo, j_hi) = enclose(
        activated(case("sign")), tensor([[-1.0], [0.0], [1.0]]), tensor([[1.0], [0.0], [2.0]])
    )
    assert f_lo.flatten().tolist() == [-1, -1, 1]
    assert f_hi.flatten().tolist() == [1, 1, 1]
    assert j_lo.flatten().tolist() == [-inf, -inf, 0]
    assert j_hi.flatten().tolist() == [inf, inf, 0]


def test_pi_is_enclosed():
    low, high = module._PI
    with ctx.workprec(256):
        assert ArbOps.number(low) < ArbOps.pi() < ArbOps.number(high)


def test_formulas_may_not_hold_floats():
    x = module.Enclosed((tensor([1.0]), tensor([2.0])))
    for operation in (lambda: x * 0.1, lambda: x + 0.1, lambda: 0.1 / x, lambda: x**0.5):
        with pytest.raises(TypeError):
            operation()
    cube = (x**3).ends
    assert cube[0].item() <= 1
    assert cube[1].item() >= 8


# ---------------------------------------------------------------------------------- networks


def dense(rows, columns, seed):
    generator = random.Random(seed)
    return [[str(Fraction(generator.randint(-99, 99), 100)) for _ in range(columns)] for _ in range(rows)]


def affine(rows, columns, seed, **fields):
    return {"affine": {"weight": dense(rows, columns, seed), "bias": dense(1, rows, seed + 1)[0]}, **fields}


NETWORKS = {
    "tanh layer": [affine(3, 3, 1), {"activation": "tanh"}],
    "dyadic": [
        {"affine": {"weight": [["1/2", "-3/4"], ["1/8", "2"]], "bias": ["0", "1/4"]}},
        {"activation": "sigmoid"},
    ],
    "two layers": [affine(5, 2, 3), {"activation": "softplus"}, affine(2, 5, 5), {"activation": "sin"}],
    "residual": [affine(3, 3, 7), {"activation": "gelu"}, {"add": {"with": 0}}],
    "gated": [
        affine(2, 2, 9),
        {"activation": "sigmoid"},
        {"multiply": {"with": 0}},
        affine(2, 2, 11, **{"from": 0}),
        {"activation": "tanh"},
        {"add": {"with": 3}},
    ],
    "square": [{"multiply": {"with": 0}}, affine(2, 2, 13)],
    "kinks": [affine(3, 3, 15), {"activation": "relu"}, affine(3, 3, 17), {"activation": "hardtanh"}, affine(3, 3, 19)],
    "deep": [layer for k in range(4) for layer in (affine(6, 6, 20 + k), {"activation": "tanh"})],
    "affine twice": [affine(4, 2, 31), affine(2, 4, 33)],
    "only an activation": [{"activation": "cubic"}],
    "a sum with the state": [{"add": {"with": 0}}],
    "extreme weights": [
        {"affine": {"weight": [["1e-400", "1e300"], ["1e-310", "3"]], "bias": ["1e-320", "-1e-390"]}},
        {"activation": "tanh"},
    ],
}


def read(name):
    first = NETWORKS[name][0]
    return network(NETWORKS[name], **({} if "affine" in first else {"state_size": 2}))


def random_boxes(size, count, seed):
    generator = random.Random(seed)
    boxes = []
    for _ in range(count):
        width = 2.0 ** -generator.randint(0, 40)
        lows = [generator.uniform(-2, 2) for _ in range(size)]
        ends = [(low, low if generator.random() < 0.2 else low + width * generator.random()) for low in lows]
        boxes.append([(Fraction(low), Fraction(high)) for low, high in ends])
    return boxes


def check_contains(net, members, boxes, found, generator):
    """
    Every true value, secant and Jacobian of each of *members*, networks with point parameters, is in what was *found*.
    """
    (f_lo, f_hi), (j_lo, j_hi) = ((lo.tolist(), hi.tolist()) for lo, hi in found)
    size = net.state_size
    for index, box in enumerate(boxes):
        for member in members:
            x, y = ([inside(*entry, 1, generator)[generator.randint(0, 2)] for entry in box] for _ in range(2))
            at_x, at_y = (member.enclose(Box.point(place, FINE)) for place in (x, y))
            jacobian = member.slopes(Box.point(x, FINE))
            smooth = member.is_smooth
            for i in range(size):
                for value in (at_x, at_y):
                    assert not excluded(f_lo[index][i], f_hi[index][i], value.lower()[i], value.upper()[i])
                gap = at_x.lower()[i] - at_y.upper()[i], at_x.upper()[i] - at_y.lower()[i]
                row = list(zip(j_lo[index][i], j_hi[index][i], x, y, strict=True))
                if all(isfinite(lo) and isfinite(hi) for lo, hi, _, _ in row):
                    reach = [sorted((Fraction(lo) * (a - b), Fraction(hi) * (a - b))) for lo, hi, a, b in row]
                    assert not excluded(sum(r[0] for r in reach), sum(r[1] for r in reach), *gap)
                for j in range(size):
                    entry = jacobian.lower()[i * size + j], jacobian.upper()[i * size + j]
                    assert not smooth or not excluded(j_lo[index][i][j], j_hi[index][i][j], *entry)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_contain_true_values_secants_and_jacobians(name):
    net, generator = read(name), random.Random(17)
    boxes = random_boxes(net.state_size, 12, 23)
    check_contains(net, [net], boxes, enclose(net, *as_tensors(boxes)), generator)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_overlap_the_kernel_and_are_nearly_as_tight(name):
    net = read(name)
    boxes = random_boxes(net.state_size, 12, 29)
    found = enclose(net, *as_tensors(boxes))
    for index, box in enumerate(boxes):
        kernel = Box.from_exact([low for low, _ in box], [high for _, high in box], BACKEND)
        for (lo, hi), exact in zip(found, (net.enclose(kernel), net.slopes(kernel)), strict=True):
            pairs = zip(
                lo[index].flatten().tolist(), hi[index].flatten().tolist(), exact.lower(), exact.upper(), strict=True
            )
            for a, b, low, high in pairs:
                assert not excluded(a, b, low, high)
                if name != "extreme weights":
                    slack = Fraction(1, 10**10) * max(1, abs(low), abs(high)) + (high - low) / 2
                    assert low - slack <= Fraction(a)
                    assert Fraction(b) <= high + slack


@pytest.mark.parametrize(
    "weight",
    [
        [["1/3", "-1/10"], ["2/7", "1e-5"]],
        [["1/3", "-1/10"], ["1e-310", "1"]],
        [["1/2", "-3"], ["0", "0.25"]],
        [[["1/3", "0.4"], "-1/10"], ["1e-400", "1e300"]],
        [[["-1e-320", "1e-320"], "0"], ["0", "5e-324"]],
        [[["0x1.3333333333333p-1022", "0x1.3333333333334p-1022"], "0"], ["0", "1"]],
    ],
    ids=["decimals", "a subnormal", "dyadic", "intervals", "intervals around zero", "an interval of one spacing"],
)
def test_parameters_are_converted_outward(weight):
    """Exactly: every weight and bias lies within the stated distance of its midpoint, and within its ends."""
    net = network([{"affine": {"weight": weight, "bias": ["1/3", ["-1e-300", "1/7"]]}}])
    own, layer = module._parameters(net.layers[0], torch.device("cpu")), net.layers[0]
    mid, low, high = (part.flatten().tolist() for part in (own.weights.mid, own.entries[0].T, own.entries[1].T))
    radii = [0.0] * 4 if own.weights.rad is None else own.weights.rad.flatten().tolist()
    for centre, rad, a, b, lo, hi in zip(mid, radii, low, high, layer.weight.lo, layer.weight.hi, strict=True):
        reach = Fraction(own.weights.relative) * abs(Fraction(centre)) + Fraction(rad)
        assert Fraction(centre) - reach <= lo
        assert hi <= Fraction(centre) + reach
        assert Fraction(a) <= lo
        assert hi <= Fraction(b)
    biases = zip(own.bias.mid.tolist(), own.bias.rad.tolist(), layer.bias.lo, layer.bias.hi, strict=True)
    assert all(Fraction(m) - Fraction(r) <= lo and hi <= Fraction(m) + Fraction(r) for m, r, lo, hi in biases)


def test_interval_parameters_are_covered():
    """For the corners of the parameters, each a network of its own."""
    generator = random.Random(41)

    def layers(pick):
        entry = lambda a, b: pick([a, b])  # noqa: E731
        weight = [[entry("1/3", "1/2"), entry("-1", "-0.9")], ["0.1", entry("2", "2.0000001")]]
        return [
            {"affine": {"weight": weight, "bias": [entry("-0.1", "0.1"), "0.3"]}},
            {"activation": "tanh"},
            affine(2, 2, 43),
        ]

    net = network(layers(lambda pair: pair))
    members = [network(layers(generator.choice)) for _ in range(8)]
    boxes = random_boxes(2, 8, 47)
    found = enclose(net, *as_tensors(boxes))
    check_contains(net, members, boxes, found, generator)
    kernel = Box.from_exact([low for low, _ in boxes[0]], [high for _, high in boxes[0]], BACKEND)
    widths = [high - low for low, high in zip(net.enclose(kernel).lower(), net.enclose(kernel).upper(), strict=True)]
    assert all(
        w < 2 * float(width) + 1e-12 for w, width in zip((found[0][1] - found[0][0])[0].tolist(), widths, strict=True)
    )


def test_a_batch_is_its_boxes_one_by_one():
    net = read("gated")
    lo, hi = as_tensors(random_boxes(2, 5, 53))
    whole = enclose(net, lo, hi)
    for index in range(5):
        single = enclose(net, lo[index : index + 1], hi[index : index + 1])
        for both, one in zip(whole, single, strict=True):
            assert torch.allclose(both[0][index], one[0][0], rtol=1e-13, atol=1e-13)
            assert torch.allclose(both[1][index], one[1][0], rtol=1e-13, atol=1e-13)


def test_an_empty_batch_is_no_error():
    none = torch.zeros(0, 3, dtype=torch.float64)
    (f_lo, _), (_, j_hi) = enclose(read("tanh layer"), none, none)
    assert f_lo.shape == (0, 3)
    assert j_hi.shape == (0, 3, 3)


def test_what_overflows_says_nothing_about_its_box_alone():
    """x^5 of 1e200 is beyond float64."""
    net = network(
        [{"activation": {"name": "polynomial", "coefficients": ["0", "0", "0", "0", "0", "1"]}}, {"add": {"with": 1}}],
        state_size=1,
    )
    (f_lo, f_hi), (j_lo, j_hi) = enclose(net, tensor([[-1e200], [1.0]]), tensor([[1e200], [2.0]]))
    assert (f_lo[0, 0].item(), f_hi[0, 0].item()) == (-inf, inf)
    assert f_lo[1, 0].item() <= 2
    assert 64 <= f_hi[1, 0].item() < 65
    assert j_hi[1, 0, 0].item() < 161
    assert not bool(torch.cat([end.flatten() for end in (f_lo, f_hi, j_lo, j_hi)]).isnan().any())


def test_a_value_that_overflowed_meets_a_bounded_activation():
    layers = [{"multiply": {"with": 0}}, {"affine": {"weight": [["1"]], "bias": ["0"]}}, {"activation": "tanh"}]
    (f_lo, f_hi), (j_lo, j_hi) = enclose(network(layers, state_size=1), tensor([[1e200]]), tensor([[2e200]]))
    assert f_lo.item() >= -1
    assert f_hi.item() == 1
    assert j_lo.item() <= 0
    assert j_hi.item() >= 0


def test_results_need_no_gradient_and_lie_on_the_cpu():
    lo = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    (f_lo, _), (j_lo, _) = enclose(read("tanh layer"), lo, lo + 1)
    assert not f_lo.requires_grad
    assert not j_lo.requires_grad
    assert f_lo.device.type == "cpu"


# ---------------------------------------------------------------------------------- numbers and refusals


NUMBERS = [Fraction(1, 3), Fraction(-1, 10), Fraction(5), Fraction(0), Fraction(1, 10**320), Fraction(-1, 10**400)]
NUMBERS += [
    Fraction(2) ** 1024,
    -(Fraction(10) ** 400),
    Fraction(2) ** 1024 - Fraction(2) ** 970,
    Fraction(2) ** 1024 - 1,
]


@pytest.mark.parametrize("value", NUMBERS, ids=range(len(NUMBERS)))
def test_exact_numbers_round_outward(value):
    low, high = outward(value)
    assert low == -inf or Fraction(low) <= value
    assert high == inf or Fraction(high) >= value
    assert low == high or torch.nextafter(tensor(low), tensor(inf)).item() == high
    assert nearest(value) in {low, high, inf, -inf}


GOOD = torch.zeros(1, 3, dtype=torch.float64)
REFUSED = {
    "float32": (GOOD.float(), GOOD.float()),
    "one end of float32": (GOOD, GOOD.float()),
    "no tensors": ([[0.0, 0.0, 0.0]], [[1.0, 1.0, 1.0]]),
    "nan": (GOOD, torch.full_like(GOOD, nan)),
    "nan below": (torch.full_like(GOOD, nan), GOOD),
    "the whole space": (torch.full_like(GOOD, -inf), torch.full_like(GOOD, inf)),
    "a half line": (GOOD, torch.full_like(GOOD, inf)),
    "inverted": (GOOD + 1, GOOD),
    "another length": (GOOD[:, :2], GOOD[:, :2]),
    "no batch axis": (GOOD[0], GOOD[0]),
    "two shapes": (GOOD, GOOD.expand(2, 3)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_batch_of_finite_boxes_is_refused(name):
    with pytest.raises(MisuseError):
        enclose(read("tanh layer"), *REFUSED[name])


def test_parameters_beyond_float64_are_refused():
    net = network([{"affine": {"weight": [["1e400"]], "bias": ["0"]}}])
    with pytest.raises(MisuseError, match="beyond the range"):
        enclose(net, tensor([[0.0]]), tensor([[1.0]]))


def test_few_networks_stay_prepared():
    for k in range(20):
        enclose(network([{"affine": {"weight": [[str(k)]], "bias": ["0"]}}]), tensor([[0.0]]), tensor([[1.0]]))
    assert len(module._PREPARED) <= 16


def test_results_are_no_views_of_the_prepared_parameters():
    """Who writes into the slopes of a linear map of one number must not change the bounds of the next call."""
    net = Network.from_data({"format": 1, "name": "half", "layers": [{"affine": {"weight": [["1/2"]], "bias": ["0"]}}]})
    lo = torch.zeros(1, 1, dtype=torch.float64)
    for _ in range(2):
        _, slopes = enclose(net, lo, lo + 1)
        for end in slopes:
            assert end.item() == 0.5
            end.fill_(0.0)
