"""Whether training makes weights heavy-tailed: tail index, kurtosis and fits of the weights of trained autoencoders."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fpverify._finding import Evidence, Finding, Plan
from fpverify.experiments.sweep import sweep
from fpverify.experiments.tails_reading import Reading, read, standardised
from fpverify.experiments.training import Array, Recipe, Stack, chosen, digits, initial, mean_squares, train
from fpverify.experiments.training_intervals import as_data, of_few
from fpverify.numeric.bootstrap import Estimate

SEED = 2000
WIDTHS = (64,) * 5
BIAS = 0.1
SEEDS, QUICK_SEEDS = 5, 3

REFERENCES = ("normal", "cauchy")
"""Laws of weights that are drawn and not trained, for comparison."""
HEAVY = 2.0
"""A power law whose index is below has no variance; Cauchy's index is 1."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    Fields:
        name: for the table.
        recipe: how it is trained.
        activation: "tanh" or "sigmoid".
        gain: of the normal initial weights.
        images: how many digits each network is shown; None for all of them.
    """

    name: str
    recipe: Recipe
    activation: str = "tanh"
    gain: float = 1.0
    images: int | None = None


def _adam(rate: float, epochs: int, batch: int = 64) -> Recipe:
    return Recipe(steps=epochs * -(-1797 // batch), rate=rate, batch=batch)


def _sgd(rate: float, epochs: int, batch: int = 64) -> Recipe:
    return replace(_adam(rate, epochs, batch), optimiser="sgd")


_ALONE = Recipe(steps=3000, rate=1e-3)

SETTINGS = (
    Setting(name="tanh, Adam 0.001, gain 1", recipe=_adam(1e-3, 60)),
    Setting(name="tanh, Adam 0.01, gain 1", recipe=_adam(1e-2, 60)),
    Setting(name="tanh, SGD 0.1, gain 1", recipe=_sgd(0.1, 60)),
    Setting(name="tanh, SGD 1, batch 32, gain 1", recipe=_sgd(1.0, 60, 32)),
    Setting(name="sigmoid, Adam 0.01, gain 1", recipe=_adam(1e-2, 80), activation="sigmoid"),
    Setting(name="sigmoid, SGD 2, batch 32, gain 1", recipe=_sgd(2.0, 60, 32), activation="sigmoid"),
    Setting(name="tanh, Adam 0.001, gain 0.1", recipe=_adam(1e-3, 60), gain=0.1),
    Setting(name="tanh, Adam 0.003, batch 32, gain 0.1", recipe=_adam(3e-3, 120, 32), gain=0.1),
    Setting(name="tanh, SGD 0.3, gain 0.3", recipe=_sgd(0.3, 80), gain=0.3),
    Setting(name="sigmoid, Adam 0.01, gain 0.1", recipe=_adam(1e-2, 80), activation="sigmoid", gain=0.1),
    Setting(name="tanh, 10 images, Adam 0.001, gain 1", recipe=_ALONE, images=10),
    Setting(name="tanh, 10 images, Adam 0.001, gain 0.1", recipe=_ALONE, images=10, gain=0.1),
)
"""What is trained: both activations, two optimisers, large and small initial weights, all images and ten."""

QUICK = (SETTINGS[0], SETTINGS[4], SETTINGS[11])


def measure_tails(plan: Plan) -> Finding:
    """Read the weights of autoencoders after training, beside normal and Cauchy samples of the same size."""
    settings, seeds = (QUICK, QUICK_SEEDS) if plan.is_quick else (SETTINGS, SEEDS)
    names = [*REFERENCES, *(setting.name for setting in settings)]
    items = [{"setting": name, "seeds": seeds} for name in names]
    found = sweep(one_setting, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    readings = {
        name: [Reading(**values) for values in piece["readings"]] for name, piece in zip(names, found, strict=True)
    }
    ranks = {name: piece["ranks"] for name, piece in zip(names, found, strict=True)}
    return conclude(readings, ranks, quick=plan.is_quick)


def one_setting(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Train one of SETTINGS, or draw one of REFERENCES: *item* has its name as "setting", and the number of "seeds".

    Returns:
        The readings of the networks, and for the first one its largest standardised weights by rank, as JSON.
    """
    name, seeds = item["setting"], item["seeds"]
    before, after, errors = _drawn(name, seeds) if name in REFERENCES else _trained(name, seeds)
    moves = _moves(before, after)
    readings = [asdict(read(_layers(after, k), moved=moves[k], error=errors[k])) for k in range(seeds)]
    return {"readings": readings, "ranks": _ranks(standardised(_layers(after, 0)))}


def _drawn(law: str, seeds: int) -> tuple[Stack, Stack, list[None]]:
    stack = initial(WIDTHS, seeds, torch.Generator().manual_seed(SEED), law=law, gain=1.0, bias=BIAS)
    return stack, stack, [None] * seeds


def _trained(name: str, seeds: int) -> tuple[Stack, Stack, list[float]]:
    """Return the networks of a setting before and after training, and their mean squared errors."""
    setting = next(setting for setting in SETTINGS if setting.name == name)
    generator = torch.Generator().manual_seed(SEED)
    images = _images(setting, seeds)
    before = initial(WIDTHS, seeds, generator, gain=setting.gain, bias=BIAS)
    before = replace(before, activation=setting.activation)
    after = train(before, images, setting.recipe, generator)
    return before, after, mean_squares(after, images).tolist()


def _images(setting: Setting, seeds: int) -> Tensor:
    """Return what each network is shown, shape (seeds, m, 64); for the sigmoid scaled to [0.05, 0.95]."""
    every = digits()[0]
    values = every[chosen(seeds, setting.images)] if setting.images else np.repeat(every[None], seeds, axis=0)
    if setting.activation == "sigmoid":
        values = (values + 0.8) / 1.6 * 0.9 + 0.05
    return torch.tensor(values, dtype=torch.float32)


def _layers(stack: Stack, k: int) -> list[Array]:
    return [weight[k].double().numpy() for weight in stack.weights]


def _moves(before: Stack, after: Stack) -> list[float]:
    """Return the norm of the change of all weights over the norm of the initial ones, for each network."""
    pairs = list(zip(before.weights, after.weights, strict=True))
    changed = torch.stack([(new - old).square().sum((1, 2)) for old, new in pairs]).sum(0)
    initial_squares = torch.stack([old.square().sum((1, 2)) for old, _ in pairs]).sum(0)
    return (changed / initial_squares).sqrt().tolist()


def _ranks(weights: Array) -> list[list[float]]:
    """Return pairs (rank, |w|) of the sorted weights, at about 60 ranks."""
    sizes = np.sort(np.abs(weights))[::-1]
    ranks = np.unique(np.geomspace(1, len(sizes), 60).astype(int))
    return [[int(rank), float(f"{sizes[rank - 1]:.4g}")] for rank in ranks]


def is_heavy(readings: Sequence[Reading]) -> bool:
    """Return whether the interval of the tail index is below 2: no variance, as for Cauchy's law."""
    return of_few([reading.hill for reading in readings]).high < HEAVY


def is_leptokurtic(readings: Sequence[Reading], normal: Sequence[Reading]) -> bool:
    """Return whether the interval of the kurtosis is above the one of normal samples of the same size."""
    return of_few([r.kurtosis for r in readings]).low > of_few([r.kurtosis for r in normal]).high


def conclude(
    found: Mapping[str, Sequence[Reading]], ranks: Mapping[str, Sequence[Sequence[float]]], *, quick: bool
) -> Finding:
    """Return the finding: EMPIRICAL if `is_heavy` holds in every trained setting, with the references in *found*."""
    trained = {name: readings for name, readings in found.items() if name not in REFERENCES}
    heavy = sum(map(is_heavy, trained.values()))
    seeds = len(found[REFERENCES[0]])
    left = [setting.name for setting in SETTINGS if setting.name not in trained]
    return Finding(
        evidence=Evidence.EMPIRICAL if heavy == len(trained) else Evidence.NOT_REPRODUCED,
        sentence=f"{_tails(found, trained, heavy)} {_kurtosis(found, trained)}",
        regime="autoencoders 64-64-64-64-64 on the 1797 digits, or on ten of them; initial weights normal with standard "
        "deviation gain/8, biases normal with 0.1; tanh on data in [-0.8, 0.8], sigmoid on data in [0.05, 0.95]",
        samples=f"{seeds} seeds for each setting, 16384 weights for each network; intervals from Student's t over the seeds",
        seed=SEED,
        left_out=f"{len(left)} of {len(SETTINGS)} settings, {SEEDS - seeds} of {SEEDS} seeds" if quick else "",
        columns=(
            "weights",
            "tail index",
            "kurtosis",
            "Student ν",
            "ln L over normal",
            "power law over lognormal",
            "moved by",
            "error",
        ),
        rows=[_row(name, readings) for name, readings in found.items()],
        data={"ranks": ranks, "hill": {name: as_data(_of(readings, "hill")) for name, readings in found.items()}},
    )


def _of(readings: Sequence[Reading], field: str) -> Estimate:
    return of_few([getattr(reading, field) for reading in readings])


def _tails(found: Mapping[str, Sequence[Reading]], trained: Mapping[str, Sequence[Reading]], heavy: int) -> str:
    indices = [_of(readings, "hill").value for readings in trained.values()]
    networks = [reading for readings in trained.values() for reading in readings]
    loses = sum(reading.power_law < 0 for reading in networks)
    return (
        f"The tail index of the weights is below {HEAVY:g}, by its interval, in {heavy} of {len(trained)} trained settings: "
        f"it is {min(indices):.2f} to {max(indices):.2f}, beside {_of(found['normal'], 'hill')} for normal and "
        f"{_of(found['cauchy'], 'hill')} for Cauchy weights of the same number. A power law fits the largest 5 % "
        f"worse than a lognormal law in {loses} of {len(networks)} networks."
    )


def _kurtosis(found: Mapping[str, Sequence[Reading]], trained: Mapping[str, Sequence[Reading]]) -> str:
    """Return what is seen instead: in which settings the kurtosis is above a normal one, and how far weights moved there."""
    normal = found["normal"]
    above = {name: readings for name, readings in trained.items() if is_leptokurtic(readings, normal)}
    rest = {name: readings for name, readings in trained.items() if name not in above}
    words = f"The kurtosis is above that of normal weights, {_of(normal, 'kurtosis')}, in {len(above)} settings"
    if above:
        values = [_of(readings, "kurtosis").value for readings in above.values()]
        span = f"{min(values):.2f} to {max(values):.2f}"
        words += f": {span}, where the weights moved by {_range(above)} times their initial norm"
    if rest:
        words += f"; in the {'others' if above else 'settings'} they moved by {_range(rest)} times"
    return words + "."


def _range(settings: Mapping[str, Sequence[Reading]]) -> str:
    moves = [_of(readings, "moved").value for readings in settings.values()]
    return f"{min(moves):.2f}" if len(moves) == 1 else f"{min(moves):.2f} to {max(moves):.2f}"


def _row(name: str, readings: Sequence[Reading]) -> tuple[str, ...]:
    freedom = _of(readings, "inverse_freedom").value
    is_reference = name in REFERENCES
    return (
        f"reference: {name}, not trained" if is_reference else name,
        str(_of(readings, "hill")),
        str(_of(readings, "kurtosis")),
        f"{1 / freedom:.1f}" if freedom > 1e-3 else "over 1000",
        f"{_of(readings, 'gain_over_normal').value:.0f}",
        str(_of(readings, "power_law")),
        "" if is_reference else f"{_of(readings, 'moved').value:.2f}",
        "" if is_reference else f"{_of(readings, 'error').value:.2g}",
    )
