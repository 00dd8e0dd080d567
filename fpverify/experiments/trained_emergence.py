"""How many attracting fixed points trained autoencoders have, against their depth; the count before and after training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fpverify._finding import Evidence, Finding, Plan
from fpverify.experiments.sweep import sweep
from fpverify.experiments.training import Recipe, Stack, chosen, digits, distinct, initial, limits, mean_squares, train
from fpverify.experiments.training_intervals import as_data
from fpverify.numeric.bootstrap import RESAMPLES, Estimate, mean_interval

SEED = 1000
STARTS, IMAGES, STEPS = 100, 20, 500
WIDTH, BIAS = 64, 0.3

CONVERGED, SAME = 2e-5, 5e-3
"""In float32: an iterate that moves by less in the sup norm is taken for a limit; limits nearer than SAME for one."""

DEPTHS = (1, 2, 4, 6, 8, 12, 16, 24, 32, 40, 48)
QUICK_DEPTHS = (1, 4, 8, 16, 40)
NETWORKS, QUICK_NETWORKS = 20, 10

SERIES = {
    "normal": ("normal", 0.8, 200),
    "cauchy": ("cauchy", 0.3, 300),
    "longer": ("normal", 0.8, 1200),
    "larger": ("normal", 1.0, 1200),
}
"""Law of the initial weights and their gain, as in `initial`, and the steps of training."""

LONGER = 24
"""The depth at which longer training and larger initial weights are tried: there the count has fallen after 200 steps."""


@dataclass(frozen=True, kw_only=True)
class Depth:
    """
    What was found at one depth.

    Fields:
        series: a key of SERIES.
        depth: L, the number of layers.
        before, after: for each network the number of attracting fixed points found, before and after training.
        missed: the fraction of starts that did not converge, before and after.
        errors: for each network the mean squared error on its images.
        variances: for each network the variance of its images: the error of the best constant map.
        spreads: for each network how far its outputs from all starts are apart, in the sup norm, after training.
    """

    series: str
    depth: int
    before: Sequence[int]
    after: Sequence[int]
    missed: tuple[float, float]
    errors: Sequence[float]
    variances: Sequence[float]
    spreads: Sequence[float]


def measure_trained(plan: Plan) -> Finding:
    """Count the attracting fixed points of autoencoders of equal width, before and after training, at each depth."""
    depths, networks = (QUICK_DEPTHS, QUICK_NETWORKS) if plan.is_quick else (DEPTHS, NETWORKS)
    cells = [("normal", depth, networks) for depth in depths]
    if not plan.is_quick:
        cells += [("cauchy", depth, networks) for depth in depths]
        cells += [(series, LONGER, QUICK_NETWORKS) for series in ("longer", "larger")]
    items = [{"series": series, "depth": depth, "networks": count} for series, depth, count in cells]
    pieces = sweep(one_depth, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    found = [Depth(**piece) for piece in pieces]
    series = dict.fromkeys(depth.series for depth in found)
    return conclude({name: [depth for depth in found if depth.series == name] for name in series}, quick=plan.is_quick)


def one_depth(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a `Depth` as JSON; *item* has its "series", "depth" and "networks", which are trained at once."""
    depth, networks = item["depth"], item["networks"]
    law, gain, steps = SERIES[item["series"]]
    generator = torch.Generator().manual_seed(SEED + depth)
    images = torch.tensor(digits()[0][chosen(networks, IMAGES)], dtype=torch.float32)
    stack = initial([WIDTH] * (depth + 1), networks, generator, law=law, gain=gain, bias=BIAS)
    starts = torch.rand(networks, STARTS, WIDTH, generator=generator) * 2 - 1
    before, missed = found_in(stack, starts)
    trained = train(stack, images, Recipe(steps=steps, rate=1e-3, noise=0.3), generator)
    starts = torch.cat([starts, images], 1)
    after, missed_after = found_in(trained, starts)
    outputs = trained(starts)
    return {
        "series": item["series"],
        "depth": depth,
        "before": before,
        "after": after,
        "missed": (missed, missed_after),
        "errors": mean_squares(trained, images).tolist(),
        "variances": images.var(1, correction=0).mean(1).tolist(),
        "spreads": (outputs.amax(1) - outputs.amin(1)).amax(1).tolist(),
    }


def found_in(stack: Stack, starts: Tensor) -> tuple[list[int], float]:
    """Return how many limits each network has from its starts, and the fraction of starts that did not converge."""
    ends, converged = limits(stack, starts, steps=STEPS, tolerance=CONVERGED)
    points = ends.double().numpy()
    counts = [len(distinct(points[k][converged[k].numpy()], SAME)[0]) for k in range(stack.count)]
    return counts, 1 - converged.double().mean().item()


def rises_then_falls(estimates: Sequence[Estimate]) -> bool:
    """
    Return whether the means rise and fall to 1 by their intervals.

    The largest mean is strictly inside, the lower end of its interval is above the upper ends of the first and the last
    one, and the last interval is the point 1.
    """
    peak = int(np.argmax([estimate.value for estimate in estimates]))
    first, top, last = estimates[0], estimates[peak], estimates[-1]
    apart = top.low > first.high and top.low > last.high
    return 0 < peak < len(estimates) - 1 and apart and last.low == last.high == 1


def conclude(found: Mapping[str, Sequence[Depth]], *, quick: bool) -> Finding:
    """Return the finding; its evidence is that of the series "normal", by `rises_then_falls`."""
    main = found["normal"]
    seen = rises_then_falls([mean_interval(depth.after) for depth in main])
    words = [_shape(series, depths) for series, depths in found.items() if len(depths) > 1]
    return Finding(
        evidence=Evidence.EMPIRICAL if seen else Evidence.NOT_REPRODUCED,
        sentence=" ".join([*words, _untrained(found), _mechanism(main), *_longer(found)]),
        regime="autoencoders 64-...-64 with L layers and tanh after each; "
        + ("" if quick else "Cauchy initial weights of scale 0.3/64, trained for 300 steps, or ")
        + "normal initial weights of deviation 0.8/√64, trained for 200 steps; biases normal, of deviation 0.3; Adam with "
        "rate 0.001 on 20 digits for "
        "each network, Gaussian noise of 0.3 on the input",
        samples=f"{len(main[0].after)} networks for each depth{_fewer(found)}; {STARTS} uniform starts and the {IMAGES} "
        f"images, {STEPS} iterations in float32; an iterate that moves by less than {CONVERGED:.0e} in the sup norm "
        f"counts as converged, limits nearer than {SAME:.0e} as one; intervals from {RESAMPLES} resamples of the "
        "networks. The count is a lower bound: a small basin can be missed",
        seed=SEED,
        left_out=_left_out() if quick else "",
        columns=(
            "initial",
            "L",
            "Q before",
            "Q after",
            "largest Q",
            "not converged",
            "median error",
            "outputs differ by",
        ),
        rows=[_row(depth) for depths in found.values() for depth in depths],
        data={series: _data(depths) for series, depths in found.items()},
    )


def _shape(series: str, depths: Sequence[Depth]) -> str:
    after = [mean_interval(depth.after) for depth in depths]
    peak = int(np.argmax([estimate.value for estimate in after]))
    first, top, last = (f"{after[i]} at L = {depths[i].depth}" for i in (0, peak, -1))
    seen = rises_then_falls(after)
    verb = "rises and falls to 1" if seen else "does not rise and then fall to 1 by these intervals"
    return (
        f"After training from {_NAMES[series]} weights, the mean number Q of attracting fixed points found {verb}: {first}, "
        f"largest {top}, {last}."
    )


_NAMES = {
    "normal": "normal",
    "cauchy": "Cauchy",
    "longer": "normal, 1200 steps",
    "larger": "normal, gain 1, 1200 steps",
}


def _untrained(found: Mapping[str, Sequence[Depth]]) -> str:
    before = [[mean_interval(depth.before) for depth in depths] for depths in found.values()]
    means = [estimate.value for estimates in before for estimate in estimates]
    verb = "shows it, too" if any(map(rises_then_falls, before)) else "does not show it"
    value = f"between {min(means):.2f} and {max(means):.2f}" if min(means) < max(means) else f"{means[0]:.2f}"
    return f"Before training Q is {value} at every depth: the untrained ensemble {verb}."


def _mechanism(depths: Sequence[Depth]) -> str:
    last, best = depths[-1], min(depths, key=lambda depth: np.median(depth.errors))
    error, variance, spread = (float(np.median(v)) for v in (last.errors, last.variances, last.spreads))
    words = (
        f"The median error is {np.median(best.errors):.3f} at L = {best.depth} and {error:.3f} at L = {last.depth}, where "
        f"the variance of the images is {variance:.3f} and the outputs from all starts differ by {spread:.0e}"
    )
    if is_constant(error, variance, spread):
        return f"{words}: there training fails, and the network tends to a constant map, which has one fixed point."
    return f"{words}."


def is_constant(error: float, variance: float, spread: float) -> bool:
    """Return whether a network does no better than a constant map, within 10 %, and its outputs differ by less than 0.01."""
    return error > 0.9 * variance and spread < 0.01


def _longer(found: Mapping[str, Sequence[Depth]]) -> list[str]:
    """Return what becomes of one depth where the count has fallen, if it is trained for longer, or starts from more."""
    if "longer" not in found or "larger" not in found:
        return []
    (longer,), (larger,) = found["longer"], found["larger"]
    short = next(depth for depth in found["normal"] if depth.depth == longer.depth)
    errors = [f"{np.median(depth.errors):.3f}" for depth in (longer, larger)]
    values = [mean_interval(depth.after) for depth in (short, longer, larger)]
    words = (
        f"At L = {longer.depth}, where Q is {values[0]}, it is {values[1]} after six times the steps (median error "
        f"{errors[0]}), and {values[2]} if besides the initial weights have the deviation 1/√64 in place of 0.8/√64 "
        f"({errors[1]})."
    )
    return [words]


def _fewer(found: Mapping[str, Sequence[Depth]]) -> str:
    return f", {QUICK_NETWORKS} where training is longer" if "longer" in found else ""


def _row(depth: Depth) -> tuple[str, ...]:
    return (
        _NAMES[depth.series],
        str(depth.depth),
        str(mean_interval(depth.before)),
        str(mean_interval(depth.after)),
        str(max(depth.after)),
        f"{depth.missed[1]:.3f}",
        f"{np.median(depth.errors):.3f}",
        f"{np.median(depth.spreads):.1e}",
    )


def _data(depths: Sequence[Depth]) -> dict[str, Any]:
    return {
        "depths": [depth.depth for depth in depths],
        "before": [as_data(mean_interval(depth.before)) for depth in depths],
        "after": [as_data(mean_interval(depth.after)) for depth in depths],
        "error": [float(f"{np.median(depth.errors):.6g}") for depth in depths],
        "variance": float(f"{np.median(depths[0].variances):.6g}"),
    }


def _left_out() -> str:
    left = [str(depth) for depth in DEPTHS if depth not in QUICK_DEPTHS]
    return (
        f"depths {', '.join(left)}; {NETWORKS - QUICK_NETWORKS} of {NETWORKS} networks, so that the intervals are wider; "
        "Cauchy initial weights; longer training"
    )
