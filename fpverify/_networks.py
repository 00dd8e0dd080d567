"""Networks written in Python: the looped layer, and any straight-line program."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fpverify.kernel.errors import InexactNumberError, MisuseError
from fpverify.kernel.exact import Number, exact, text
from fpverify.kernel.network import FORMAT, Network


def loop(
    activation: str | Mapping[str, Any],
    weight: Any,
    bias: Any = None,
    *,
    name: str | None = None,
) -> Network:
    """
    Return the looped layer x <- g(W x + b).

    Args:
        activation: name of g, or {"name": ..., parameters...}.
        weight: rows of W, `exchangeable(...)` or `circulant(...)`; entries are exact numbers (text, int,
            Fraction) or pairs (lo, hi) for uncertain ones; shape (d, d).
        bias: b, shape (d,), or `fill(...)`; 0 if not given.
        name: for reports; made from the activation if not given.

    Raises:
        MisuseError: for floats, wrong shapes, or an unknown activation.
    """
    matrix = as_data(weight)
    size = matrix["size"] if isinstance(matrix, dict) else len(matrix)
    offset = {"fill": "0", "size": size} if bias is None else as_data(bias)
    kind = activation if isinstance(activation, str) else as_data(dict(activation))
    title = name or f"{kind if isinstance(kind, str) else kind['name']} loop on R^{size}"
    return network([{"affine": {"weight": matrix, "bias": offset}}, {"activation": kind}], name=title)


def network(layers: Sequence[Mapping[str, Any]], *, name: str, state_size: int | None = None) -> Network:
    """
    Return a straight-line program as a network.

    Args:
        layers: as in network files; numbers may be text, int or Fraction.
        name: for reports.
        state_size: needed only if no affine layer reads the state first.
    """
    data: dict[str, Any] = {"format": FORMAT, "name": name, "layers": [as_data(dict(layer)) for layer in layers]}
    return Network.from_data(data if state_size is None else {**data, "state_size": state_size})


def exchangeable(size: int, diagonal: Any, off_diagonal: Any) -> dict[str, Any]:
    """Return the square matrix with one value on and one off the diagonal; each a number or a pair (lo, hi)."""
    return {"diagonal": as_data(diagonal), "off_diagonal": as_data(off_diagonal), "size": size}


def circulant(size: int, weights: Mapping[int, Any]) -> dict[str, Any]:
    """
    Return the square matrix with `weights[k]` from coordinate i + k (modulo *size*) to i, and 0 elsewhere.

    Raises:
        MisuseError: if two of the offsets k are the same modulo *size*.
    """
    if len({offset % size for offset in weights}) != len(weights):
        raise MisuseError(f"two of the offsets {sorted(weights)} are the same modulo {size}: add their weights")
    row: list[Any] = ["0"] * size
    for offset, value in weights.items():
        row[offset % size] = as_data(value)
    return {"circulant": row, "size": size}


def fill(size: int, value: Any) -> dict[str, Any]:
    """Return the vector of *size* equal entries; a number or a pair (lo, hi)."""
    return {"fill": as_data(value), "size": size}


def around(centre: Number, radius: Number) -> tuple[str, str]:
    """Return the uncertain number centre +- radius, as a pair of exact ends."""
    middle, half = exact(centre), exact(radius)
    return text(middle - half), text(middle + half)


_STRUCTURAL = frozenset({"size", "with", "from", "state_size"})


def as_data(value: Any, key: str = "") -> Any:
    """Return *value* in the form of a network file: numbers become canonical text; floats are refused."""
    if isinstance(value, dict):
        return {name: as_data(item, name) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_data(item) for item in value]
    if isinstance(value, (int, Fraction)) and key not in _STRUCTURAL:
        return text(exact(value))
    if isinstance(value, float):
        raise InexactNumberError(
            f'{value!r} is a float: write it as text, such as "0.1", or fpverify.dyadic({value!r})'
        )
    return value
