"""Larger loops with the same fixed points: the k-fold lift, for orbits of period k, and the unfolding of a deep chain."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import text
from fpverify.kernel.layers import Layer
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.add import Add
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.layers.multiply import Multiply
from fpverify.kernel.matrix import Entry, Tensor
from fpverify.kernel.network import Network


def lift(network: Network, period: int) -> Network:
    """
    Return the loop (x_1, ..., x_k) <- (f(x_k), f(x_1), ..., f(x_(k-1))) on R^(k d), with k = *period*.

    Its fixed points are the (x_1, ..., x_k) with x_1 = f(x_k) and x_(i+1) = f(x_i). Each layer works on k copies side by
    side; copy i of the first affine layers reads x_(i-1). If another layer reads the state, a layer that shifts the state
    comes first. Uncertain parameters become independent in the copies: the family grows.
    """
    shifting = not all(isinstance(layer, Affine) for layer in network.layers if 0 in _sources(layer))
    layers: list[Layer] = [_shift(network.state_size, period)] if shifting else []
    for layer in network.layers:
        wide = _copies(layer, period, step=0 if shifting or layer.source else 1)
        layers.append(_later(wide) if shifting else wide)
    name = f"{network.name}, {period}-fold"
    return Network(name=name, state_size=period * network.state_size, layers=tuple(layers), folder=network.folder)


def _sources(layer: Layer) -> tuple[int, ...]:
    return layer.source, getattr(layer, "other", layer.source)


def _later(layer: Layer) -> Layer:
    """Return the layer for a program with one more layer before it."""
    moved = {key: getattr(layer, key) + 1 for key in ("source", "other") if hasattr(layer, key)}
    return replace(layer, **moved)


def _shift(size: int, period: int) -> Affine:
    identity = [[(Fraction(int(i == j)), Fraction(int(i == j))) for j in range(size)] for i in range(size)]
    bias = Tensor.vector(["0"] * (period * size), Path())
    return Affine(source=0, size=period * size, weight=_blocks(identity, period, 1), bias=bias)


def _copies(layer: Layer, period: int, step: int) -> Layer:
    """Return the layer on k copies; an affine copy i reads copy i - step. Layers of other kinds are not known here."""
    if not isinstance(layer, (Affine, Activate, Add, Multiply)):
        raise FormatError(f"a network with a layer of kind {layer.kind} has no lift")
    wide = replace(layer, size=period * layer.size)
    if not isinstance(wide, Affine):
        return wide
    bias = list(zip(wide.bias.lo, wide.bias.hi, strict=True)) * period
    vector = Tensor.vector([_data(entry) for entry in bias], Path())
    return replace(wide, weight=_blocks(wide.weight.rows(), period, step), bias=vector)


def _blocks(rows: Sequence[Sequence[Entry]], period: int, step: int) -> Tensor:
    """Return the matrix of period x period blocks with *rows* in the places (i, i - step), and zeros elsewhere."""
    width = len(rows[0])
    matrix = []
    for i in range(period):
        before = (i - step) % period * width
        after = period * width - width - before
        matrix += [["0"] * before + [_data(entry) for entry in row] + ["0"] * after for row in rows]
    return Tensor.matrix(matrix, Path())


def _data(entry: Entry) -> str | list[str]:
    low, high = entry
    return text(low) if low == high else [text(low), text(high)]


def unfold(network: Network) -> Network | None:
    """
    Return the looped layer on the values of all activations of a deep chain; None for other networks.

    For f = g(W_L ... g(W_1 x + b_1) ... + b_L), with one g, it is (v_1, ..., v_L) <- (g(W_1 v_L + b_1), g(W_2 v_1 + b_2),
    ..., g(W_L v_(L-1) + b_L)): its fixed points are the v with x = v_L fixed under f, and the values on the way.
    """
    affine, activations = _chain(network)
    if len(affine) < 2:
        return None
    sizes = [layer.size for layer in affine]
    rows: list[list[str | list[str]]] = []
    for i, layer in enumerate(affine):
        source = (i - 1) % len(affine)
        before, after = ["0"] * sum(sizes[:source]), ["0"] * sum(sizes[source + 1 :])
        rows += [[*before, *(_data(entry) for entry in row), *after] for row in layer.weight.rows()]
    bias = [_data(entry) for layer in affine for entry in zip(layer.bias.lo, layer.bias.hi, strict=True)]
    whole = Affine(source=0, size=sum(sizes), weight=Tensor.matrix(rows, Path()), bias=Tensor.vector(bias, Path()))
    last = replace(activations[0], source=1, size=sum(sizes))
    return Network(name=f"{network.name}, unfolded", state_size=sum(sizes), layers=(whole, last), folder=network.folder)


def _chain(network: Network) -> tuple[list[Affine], list[Activate]]:
    """Return the affine layers and the activations of an alternating chain with one activation; empty for others."""
    affine = [layer for layer in network.layers[::2] if isinstance(layer, Affine)]
    activations = [layer for layer in network.layers[1::2] if isinstance(layer, Activate)]
    in_line = all(layer.source == index for index, layer in enumerate(network.layers))
    one = len({(layer.name, *sorted(layer.parameters.items())) for layer in activations}) == 1
    whole = 2 * len(affine) == 2 * len(activations) == len(network.layers)
    return (affine, activations) if in_line and one and whole else ([], [])
