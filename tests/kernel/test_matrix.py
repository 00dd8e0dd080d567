"""Parameters of a network: written exactly, enclosed outward, read from files of doubles as the dyadics that they are."""

import json
import struct
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.arb import Arb
from fpverify.kernel.errors import FormatError, InexactNumberError, MissingSidecarError
from fpverify.kernel.matrix import Tensor
from fpverify.kernel.rational import Rational
from tests.strategies import intervals

HERE = Path()


@pytest.mark.parametrize(
    ("data", "canonical"),
    [
        ([["0.5", "2/6"], [1, "-0"]], [["1/2", "1/3"], ["1", "0"]]),
        ([[["0", "1/2"]]], [[["0", "1/2"]]]),
        ([[["0.5", "1/2"]]], [["1/2"]]),
        (
            {"diagonal": "1.0", "off_diagonal": ["0", "0.1"], "size": 3},
            {"diagonal": "1", "off_diagonal": ["0", "1/10"], "size": 3},
        ),
        (
            {"circulant": ["1.0", ["0", "0.1"], 0], "size": 3},
            {"circulant": ["1", ["0", "1/10"], "0"], "size": 3},
        ),
    ],
    ids=str,
)
def test_the_canonical_form_of_a_matrix(data: Any, canonical: Any) -> None:
    tensor = Tensor.matrix(data, HERE)
    assert tensor.data == canonical
    assert Tensor.matrix(canonical, HERE) == tensor


def test_an_exchangeable_matrix_has_two_values() -> None:
    tensor = Tensor.matrix({"diagonal": "1", "off_diagonal": ["0", "1/2"], "size": 2}, HERE)
    assert tensor.rows() == (((1, 1), (0, Fraction(1, 2))), ((0, Fraction(1, 2)), (1, 1)))
    assert not tensor.is_point


def test_a_circulant_matrix_is_moved_to_the_right() -> None:
    tensor = Tensor.matrix({"circulant": ["1", ["0", "1/2"], "3"], "size": 3}, HERE)
    one, half, three = (1, 1), (0, Fraction(1, 2)), (3, 3)
    assert tensor.rows() == ((one, half, three), (three, one, half), (half, three, one))
    assert not tensor.is_point
    assert Tensor.matrix({"circulant": ["2"], "size": 1}, HERE).rows() == (((2, 2),),)


@pytest.mark.parametrize("row", [["1"], ["1", "2", "3"], "12", None, [1.0, "2"], {"0": "1", "1": "2"}], ids=str)
def test_a_circulant_matrix_has_a_first_row_of_its_size(row: Any) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        Tensor.matrix({"circulant": row, "size": 2}, HERE)


def test_a_filled_vector() -> None:
    tensor = Tensor.vector({"fill": ["-1", "1"], "size": 3}, HERE)
    assert (tensor.lo, tensor.hi, tensor.shape) == ((-1,) * 3, (1,) * 3, (3,))
    assert tensor.midpoint() == (0,) * 3
    assert tensor.radius() == (1,) * 3


@pytest.mark.parametrize(
    "data",
    [
        None,
        "1",
        [],
        [[]],
        [["1"], ["1", "2"]],
        [[["1", "0"]]],
        [[["0"]]],
        [[["0", "1", "2"]]],
        [["1"], "x"],
        {"size": 1},
    ]
    + [{"diagonal": "1", "off_diagonal": "0", "size": size} for size in (0, -1, True, "2", 10**6, None)]
    + [{"diagonal": "1", "off_diagonal": "0", "size": 1, "x": 1}],
    ids=repr,
)
def test_other_shapes_of_a_matrix_are_refused(data: Any) -> None:
    with pytest.raises(FormatError):
        Tensor.matrix(data, HERE)


@pytest.mark.parametrize(
    "data", [None, "1", [], [["1", "0"]], {"fill": "1", "size": 0}, {"fill": "1"}, {"size": 3}], ids=repr
)
def test_other_shapes_of_a_vector_are_refused(data: Any) -> None:
    with pytest.raises(FormatError):
        Tensor.vector(data, HERE)


@pytest.mark.parametrize("number", [0.5, True, None, "x", "1e99999", {"a": 1}], ids=repr)
def test_entries_are_exact(number: Any) -> None:
    with pytest.raises(InexactNumberError):
        Tensor.matrix([[number]], HERE)
    with pytest.raises(InexactNumberError):
        Tensor.vector([["0", number]], HERE)


@given(entries=st.lists(intervals(), min_size=4, max_size=4))
def test_the_box_holds_the_intervals(entries: list[tuple[Fraction, Fraction]]) -> None:
    """Exactly in rationals, outward and near in balls; once made, kept."""
    rows = [[[str(low), str(high)] for low, high in entries[i : i + 2]] for i in (0, 2)]
    tensor = Tensor.matrix(rows, HERE)
    exact, rounded = tensor.box(Rational()), tensor.box(Arb(64))
    assert exact.lower() == tuple(low for low, _ in entries)
    assert exact.upper() == tuple(high for _, high in entries)
    assert exact.slack_inside(rounded.lower(), rounded.upper()) >= 0
    assert max(up - high for up, (_, high) in zip(rounded.upper(), entries, strict=True)) <= Fraction(1, 2**50)
    assert tensor.box(Arb(64)) is rounded
    assert tensor.box(Arb(96)) is not rounded
    assert tensor.midpoint() == tuple((low + high) / 2 for low, high in entries)


# ------------------------------------------------------------------ files of doubles


def written(folder: Path, values: list[float], shape: list[int], name: str = "W") -> dict[str, str]:
    """Write a tensor in the safetensors layout; return how a network names it."""
    raw = struct.pack(f"<{len(values)}d", *values)
    header = json.dumps({name: {"dtype": "F64", "shape": shape, "data_offsets": [0, len(raw)]}}).encode()
    (folder / "w.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + raw)
    return {"sidecar": "w.safetensors", "tensor": name, "sha256": f"sha256:{sha256(raw).hexdigest()}"}


def test_doubles_are_the_dyadics_that_they_are(tmp_path: Path) -> None:
    """0.1 is not 1/10."""
    values = [0.1, -2.5, 5e-324, 1e300]
    tensor = Tensor.matrix(written(tmp_path, values, [2, 2]), tmp_path)
    assert tensor.lo == tuple(Fraction(value) for value in values)
    assert tensor.lo[0] != Fraction(1, 10)
    assert tensor.is_point
    assert tensor.shape == (2, 2)
    assert tensor.box(Rational()).upper() == tensor.lo


def test_a_vector_of_doubles(tmp_path: Path) -> None:
    assert Tensor.vector(written(tmp_path, [1.0, 0.5], [2]), tmp_path).hi == (1, Fraction(1, 2))


def test_the_digest_of_the_bytes_is_part_of_the_canonical_form(tmp_path: Path) -> None:
    data = written(tmp_path, [0.5], [1, 1])
    assert Tensor.matrix(data, tmp_path).data == data


def test_a_wrong_digest_is_refused(tmp_path: Path) -> None:
    data = written(tmp_path, [0.5], [1, 1])
    for digest in ("", "sha256:" + "0" * 64, data["sha256"].upper()):
        with pytest.raises(FormatError, match="digest"):
            Tensor.matrix({**data, "sha256": digest}, tmp_path)


def test_axes_are_counted(tmp_path: Path) -> None:
    data = written(tmp_path, [0.5], [1])
    with pytest.raises(FormatError, match="axes"):
        Tensor.matrix(data, tmp_path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_values_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(InexactNumberError):
        Tensor.matrix(written(tmp_path, [value], [1, 1]), tmp_path)


def test_a_missing_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(MissingSidecarError, match=r"w\.safetensors"):
        Tensor.matrix({"sidecar": "w.safetensors", "tensor": "W", "sha256": ""}, tmp_path)


def test_a_missing_tensor_is_a_fault_of_the_format(tmp_path: Path) -> None:
    data = written(tmp_path, [0.5], [1, 1], name="V")
    with pytest.raises(FormatError, match="'W'"):
        Tensor.matrix({**data, "tensor": "W"}, tmp_path)
