"""Networks as LaTeX, for the reader of a report."""

from collections.abc import Sequence
from fractions import Fraction

import sympy

from fpverify.kernel.discover import look_up
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.matrix import Entry, Tensor
from fpverify.kernel.network import Network
from fpverify.symbolic.derive import formula

_LARGEST = 4
_LONGEST = 10**6


def network_latex(network: Network) -> str:
    """
    Return the loop in LaTeX, without dollar signs: the looped layer with its g, W and b, or the program line by line.

    Small matrices are written out; of a larger one, what all its entries have in common, or its size.
    """
    layer = network.looped_layer()
    if layer is not None and len(network.layers) == 2:
        return _looped_layer(*layer)
    return _program(network)


def _looped_layer(affine: Affine, activate: Activate) -> str:
    biased = not _is_zero(affine.bias)
    inner = r"W x + b" if biased else r"W x"
    parts = [rf"x \mapsto g({inner})", rf"g(s) = {formula_latex(activate)}", _tensor("W", affine.weight)]
    if biased:
        parts.append(_tensor("b", affine.bias))
    return r",\quad ".join(parts)


def formula_latex(activate: Activate) -> str:
    """Return g(s) in LaTeX; polynomials in it are expanded."""
    expanded = sympy.expand(formula(activate.function), power_exp=False, power_base=False, log=False)
    return sympy.latex(expanded)


def _program(network: Network) -> str:
    lines = [r"v_0 = x"]
    for index, layer in enumerate(network.layers, start=1):
        lines.append(f"v_{{{index}}} = {look_up(_LINES, layer.kind, 'layer')(layer, index)}")
    last = len(network.layers)
    return r",\quad ".join([rf"x \mapsto v_{{{last}}}", *lines])


def _affine_line(layer: Affine, index: int) -> str:
    weight, bias = f"W_{{{index}}}", f"b_{{{index}}}"
    product = rf"{weight} v_{{{layer.source}}}"
    if _is_zero(layer.bias):
        return rf"{product},\quad {_tensor(weight, layer.weight)}"
    return rf"{product} + {bias},\quad {_tensor(weight, layer.weight)},\quad {_tensor(bias, layer.bias)}"


def _activation_line(layer: Activate, index: int) -> str:
    return rf"g_{{{index}}}(v_{{{layer.source}}}),\quad g_{{{index}}}(s) = {formula_latex(layer)}"


_LINES = {
    "affine": _affine_line,
    "activation": _activation_line,
    "add": lambda layer, _: f"v_{{{layer.source}}} + v_{{{layer.other}}}",
    "multiply": lambda layer, _: rf"v_{{{layer.source}}} \odot v_{{{layer.other}}}",
}


# ------------------------------------------------------------------ parameters


def _is_zero(tensor: Tensor) -> bool:
    return not any(tensor.lo) and not any(tensor.hi)


def _tensor(name: str, tensor: Tensor) -> str:
    """Return an equation for a matrix or vector; a statement about its entries, or of its size, if it is large."""
    rows = _rows(tensor)
    if len(rows) == len(rows[0]) == 1:
        return _equation(name, rows[0][0])
    if max(tensor.shape) <= _LARGEST:
        body = r" \\ ".join(" & ".join(_entry(entry) for entry in row) for row in rows)
        return rf"{name} = \begin{{pmatrix}} {body} \end{{pmatrix}}"
    if len(tensor.shape) == 1:
        return _large_vector(name, tensor, [row[0] for row in rows])
    return _large_matrix(name, tensor, rows)


def _large_vector(name: str, tensor: Tensor, entries: Sequence[Entry]) -> str:
    if len(set(entries)) == 1:
        return _equation(f"{name}{{}}_j", entries[0])
    return rf"{name} \in \mathbb{{R}}^{{{tensor.shape[0]}}}"


def _large_matrix(name: str, tensor: Tensor, rows: Sequence[Sequence[Entry]]) -> str:
    height, width = tensor.shape
    diagonal = {row[i] for i, row in enumerate(rows) if i < width}
    others = {entry for i, row in enumerate(rows) for j, entry in enumerate(row) if i != j}
    if height == width and len(diagonal) == len(others) == 1:
        first = _equation(f"{name}{{}}_{{jj}}", diagonal.pop())
        return rf"{first},\quad {_equation(name + '{}_{jk}', others.pop())} \ (j \neq k)"
    return rf"{name} \in \mathbb{{R}}^{{{height} \times {width}}}"


def _rows(tensor: Tensor) -> Sequence[Sequence[Entry]]:
    if len(tensor.shape) == 1:
        return [[entry] for entry in zip(tensor.lo, tensor.hi, strict=True)]
    return tensor.rows()


def _equation(name: str, entry: Entry) -> str:
    return f"{name} = {_entry(entry)}" if entry[0] == entry[1] else rf"{name} \in {_entry(entry)}"


def _entry(entry: Entry) -> str:
    low, high = entry
    return number_latex(low) if low == high else f"[{number_latex(low)}, {number_latex(high)}]"


def number_latex(value: Fraction) -> str:
    """Return a number in LaTeX: exactly where that is short, else as the beginning of its decimals."""
    if abs(value.numerator) >= _LONGEST or value.denominator >= _LONGEST:
        return rf"{float(value):.6g}\ldots" if "e" not in f"{float(value):.6g}" else _scientific(value)
    if value.denominator == 1:
        return str(value)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _scientific(value: Fraction) -> str:
    digits, exponent = f"{float(value):.6g}".split("e")
    return rf"{digits}\ldots \cdot 10^{{{int(exponent)}}}"
