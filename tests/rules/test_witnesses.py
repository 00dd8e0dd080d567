"""A witness that does not have the form that a rule reads is an error of the format, never a verdict."""

from typing import Any

import pytest

import fpverify as fp
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.region import Cover, ProductRegions, Region
from tests.rules.cases import Case, cube, decide, interval, line, linear, rate

HALF = linear([["1/2"]])
SQUARE = linear([["1/2", "0"], ["0", "1/2"]])
NOISY: dict[str, Any] = rate("1/2", noise=["0"], noise_norm="0", deviation="0")
FULL: dict[str, tuple[fp.Network, Region, dict[str, Any]]] = {
    "banach": (HALF, cube(1, 1), rate("1/2")),
    "lipschitz": (HALF, cube(1, 1), rate("1/2")),
    "local_ball": (
        HALF,
        fp.Ball(centre=(fp.exact(0),), radius=fp.exact(1), norm=fp.SupNorm(weights=(fp.exact(1),))),
        {"rate": "1/2"},
    ),
    "regions": (HALF, Cover(parts=(cube(1, 1),)), {"parts": [rate("1/2")]}),
    "robust": (HALF, cube(1, 1), NOISY),
    "product": (HALF, ProductRegions.power((-1, 1), dimension=1), NOISY),
    "exclusion": (HALF, interval(1, 2), {"boxes": 10}),
    "crossing": (HALF, cube(1, 1), {"slope": ["1/2", "1/2"]}),
    "diagonal": (HALF, line(), {"interval": ["-1", "1"], "eigenvalue": ["1/2", "1/2"]}),
    "orbit": (HALF, interval(1, 1), {"above": "0", "steps": 1, "noise": ["0"], "coordinate": 0}),
    "cubic_count": (fp.loop("cubic", [["1"]]), line(), {"inner": "0", "outer": "1"}),
    "count_structured": (HALF, cube(1, 1), {"cells": [[["-1", "1", "attracting"]]], "stages": [], "pieces": 10}),
    "miranda": (HALF, cube(1, 1), {"transform": [["1"]]}),
    "interval_newton": (HALF, cube(1, 1), {"transform": [["2"]], "enclosure": [["0", "0"]], "index": 1}),
    "at_point": (HALF, interval(1, 1), {"entry": [0], "bounds": ["0", "1"]}),
}
NUMBERS = ("rate", "noise_norm", "deviation", "above", "inner", "outer")
VECTORS = ("noise",)
PAIRS = ("slope", "interval", "eigenvalue", "bounds")
INTEGERS = ("steps", "coordinate", "boxes", "pieces")


def _decide(rule: str, changes: dict[str, Any], *, without: str = "") -> Any:
    network, region, witness = FULL[rule]
    changed = {key: value for key, value in {**witness, **changes}.items() if key != without}
    return decide(Case(group="", name="", rule=rule, network=network, region=region, witness=changed).obligations())


def _keys(*among: str) -> list[tuple[str, str]]:
    return [(rule, key) for rule, (_, _, witness) in FULL.items() for key in witness if key in among]


@pytest.mark.parametrize("rule", FULL)
def test_the_witnesses_of_this_file_are_complete(rule: str) -> None:
    assert _decide(rule, {})[1] is not None


@pytest.mark.parametrize(("rule", "key"), [(rule, key) for rule, (_, _, witness) in FULL.items() for key in witness])
def test_nothing_may_be_missing(rule: str, key: str) -> None:
    with pytest.raises(FormatError):
        _decide(rule, {}, without=key)


@pytest.mark.parametrize("value", [0.5, True, None, "half", "nan", "inf", "1/0", "0x", ["1/2"], {"p": 1}], ids=repr)
@pytest.mark.parametrize(("rule", "key"), _keys(*NUMBERS))
def test_a_number_is_exact(rule: str, key: str, value: Any) -> None:
    with pytest.raises(InexactNumberError):
        _decide(rule, {key: value})


@pytest.mark.parametrize("value", ["0", None, 0, {"0": 1}, [], ["0", "0"], [0.0], [None], [True], ["nan"]], ids=repr)
@pytest.mark.parametrize(("rule", "key"), _keys(*VECTORS))
def test_a_vector_has_one_exact_entry_for_each_coordinate(rule: str, key: str, value: Any) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        _decide(rule, {key: value})


@pytest.mark.parametrize("value", ["01", ["1"], ["0", "1", "2"], ["1", "0"], [0.0, 1.0], ["0", None]], ids=repr)
@pytest.mark.parametrize(("rule", "key"), _keys(*PAIRS))
def test_a_pair_is_in_order(rule: str, key: str, value: Any) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        _decide(rule, {key: value})


@pytest.mark.parametrize("value", ["1", 1.0, True, -1, 10**7, None, [1]], ids=repr)
@pytest.mark.parametrize(("rule", "key"), _keys(*INTEGERS))
def test_a_count_is_a_whole_number_within_its_range(rule: str, key: str, value: Any) -> None:
    with pytest.raises(FormatError):
        _decide(rule, {key: value})


@pytest.mark.parametrize(
    "norm",
    [None, "sup", [], {}, {"kind": "sup"}, {"kind": "max", "weights": ["1"]}, {"kind": ["sup"], "weights": ["1"]}]
    + [{"kind": "sup", "weights": weights} for weights in ([], ["1", "1"], ["0"], ["-1"], [1.0], "1")]
    + [{"kind": "sup", "weights": ["1"], "p": "2"}],
    ids=repr,
)
@pytest.mark.parametrize("rule", ["banach", "lipschitz", "robust", "product", "regions"])
def test_a_norm_has_a_known_kind_and_positive_weights(rule: str, norm: Any) -> None:
    changes = {"parts": [{"rate": "1/2", "norm": norm}]} if rule == "regions" else {"norm": norm}
    with pytest.raises((FormatError, InexactNumberError)):
        _decide(rule, changes)


@pytest.mark.parametrize("parts", [None, [], {}, [rate("1/2"), rate("1/2")], "1/2"], ids=repr)
def test_each_box_has_one_rate_and_norm(parts: Any) -> None:
    with pytest.raises(FormatError):
        _decide("regions", {"parts": parts})


@pytest.mark.parametrize("entry", [None, 0, "0", [], [0, 0, 0], [1], [-1], [True], [0.0], ["0"], [0, 1]], ids=repr)
def test_an_entry_is_one_or_two_indices_of_the_state(entry: Any) -> None:
    with pytest.raises(FormatError):
        _decide("at_point", {"entry": entry})


@pytest.mark.parametrize("radii", [None, [], ["1", "1"], "1", [1.0]], ids=repr)
def test_radii_are_exact_and_as_many_as_coordinates(radii: Any) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        _decide("robust", {"radii": radii})


def test_the_coordinate_of_an_orbit_exists() -> None:
    witness = {"above": "0", "steps": 1, "noise": ["0", "0"], "coordinate": 2}
    case = Case(group="", name="", rule="orbit", network=SQUARE, region=cube(0, 2), witness=witness)
    with pytest.raises(FormatError, match="from 0 to 1"):
        decide(case.obligations())
