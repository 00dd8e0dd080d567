"""Deep networks: composed or unfolded, whichever settles all; counts against Newton; limits, resumption, orbits."""

from pathlib import Path
from typing import Any

import pytest
import torch

import fpverify as fp
from fpverify._problem import problem_of
from fpverify.kernel.exact import exact
from fpverify.numeric.iterate import one_thread

UNFOLDED = "tree over the values of all layers"


def bottleneck(sign: int = 1) -> fp.Network:
    """Six states that two inner cells determine: three fixed points, or one."""
    first = [["2", "-1", "1", "1/2", "-2", "1"], ["1", "2", "-1", "3/2", "1", "-1"]]
    last = [["2", "1"], ["-1", "2"], ["3/2", "-1"], ["1", "1"], ["-2", "1/2"], ["1/2", "-3/2"]]
    return fp.network(
        [
            {"affine": {"weight": [[f"{exact(x) * sign}" for x in row] for row in first], "bias": ["1/10", "-1/5"]}},
            {"activation": "tanh"},
            {"affine": {"weight": last, "bias": ["0", "1/10", "-1/10", "1/5", "0", "1/10"]}},
            {"activation": "tanh"},
        ],
        name="bottleneck",
    )


def newton(network: fp.Network, starts: int = 1000) -> list[list[float]]:
    """Return the fixed points that Newton's iteration finds from random starts."""
    layers = network.to_data()["layers"]
    affine = [
        torch.tensor([[float(exact(x)) for x in row] for row in part["affine"]["weight"]], dtype=torch.float64)
        for part in layers[::2]
    ]
    biases = [torch.tensor([float(exact(x)) for x in p["affine"]["bias"]], dtype=torch.float64) for p in layers[::2]]

    def image(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slope = torch.eye(x.shape[1], dtype=torch.float64).expand(len(x), -1, -1)
        for weight, bias in zip(affine, biases, strict=True):
            x = torch.tanh(x @ weight.T + bias)
            slope = (1 - x**2).unsqueeze(2) * (weight @ slope)
        return x, slope

    generator = torch.Generator().manual_seed(1)
    x = torch.rand(starts, network.state_size, dtype=torch.float64, generator=generator) * 2 - 1
    with one_thread():
        for _ in range(80):
            value, slope = image(x)
            step = torch.linalg.lstsq(torch.eye(x.shape[1], dtype=torch.float64) - slope, (value - x).unsqueeze(2))
            x = (x + step.solution.squeeze(2)).clamp(-1.5, 1.5)
        good = x[(image(x)[0] - x).abs().amax(1) < 1e-12]
    return torch.unique((good * 1e7).round(), dim=0).div(1e7).tolist()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bottleneck_is_counted_in_the_values_of_its_layers(sign: int) -> None:
    """The tree of the composed map in R^6 would be hundreds of times as large; the count is that of Newton's method."""
    network = bottleneck(sign)
    result = fp.find_fixed_points(network, stability=True)
    assert result.success, result.message
    assert (result.method, result.claim.region) == (UNFOLDED, fp.WholeSpace(size=6))
    assert result.nfev < 6_000
    assert [obligation.rule for obligation in result.certificate.obligations][:2] == ["cover", "unfolded"]
    found = newton(network)
    assert len(found) == result.count
    for place in found:
        inside = [
            p
            for p in result.points
            if all(a - 1e-6 <= x <= b + 1e-6 for a, x, b in zip(p.lower, place, p.upper, strict=True))
        ]
        assert len(inside) == 1
    assert sum(point.index for point in result.points) == 1
    assert all(point.stable is not None for point in result.points)


def test_a_small_deep_network_is_searched_as_it_is() -> None:
    """Where the composed map is settled at once, nothing else is tried."""
    layer: dict[str, Any] = {"affine": {"weight": [["2", "1/10"], ["-1/10", "2"]], "bias": ["0", "0"]}}
    network = fp.network([layer, {"activation": "tanh"}] * 2, name="twice two cells")
    result = fp.find_fixed_points(network)
    assert (result.success, result.count, result.method) == (True, 9, "tree")


@pytest.mark.parametrize("steps", [(500, 2_100, 3_000, None)])
def test_stopped_and_continued_is_the_same(steps: tuple[int | None, ...], tmp_path: Path) -> None:
    """A search that stops in either form goes on from both files, and ends with the same certificate."""
    whole, parts = fp.find_fixed_points(bottleneck()), []
    for limit in steps:
        parts.append(fp.find_fixed_points(bottleneck(), max_boxes=limit, resume=tmp_path / "search"))
        if parts[-1].success:
            break
    assert not parts[0].success
    assert "the limit of 500 boxes" in parts[0].message
    assert parts[0].claim.kind == "at_least"
    assert {path.name for path in tmp_path.iterdir()} == {"search", "search.unfolded"}
    assert parts[-1].certificate.to_text() == whole.certificate.to_text()


def test_layer_values_are_held_with_room() -> None:
    """The box of the unfolded network has D as its last part, and the values of the inner layer inside of the rest."""
    problem = problem_of(bottleneck(), [(-1, 1)] * 6, 1).unfolded()
    assert problem is not None
    assert problem.box.lo[2:] == (-1,) * 6
    assert all(
        -1 - exact("1e-4") < low < high < 1 + exact("1e-4")
        for low, high in zip(problem.box.lo[:2], problem.box.hi[:2], strict=True)
    )


def test_orbits_of_a_deep_network() -> None:
    """The lift of a deep chain is one, too, and is unfolded; so is the network whose fixed points are subtracted."""
    result = fp.find_fixed_points(bottleneck(), [(-1, 1)] * 6, period=2)
    assert result.success, result.message
    assert (result.method, result.claim.kind) == (UNFOLDED, "periodic")
    fixed = fp.find_fixed_points(bottleneck()).count
    assert result.count == fixed + 2 * result.claim.facts["orbits"]
