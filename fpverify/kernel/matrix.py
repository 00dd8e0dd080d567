"""Parameters of a network: vectors and matrices of exact numbers or of exact intervals, and how they are written."""

import hashlib
import json
import struct
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any, Self

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import FormatError, MissingSidecarError
from fpverify.kernel.exact import dyadic, exact, text

Entry = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """
    A vector or matrix of intervals with exact ends; a point where both ends agree.

    Fields:
        lo, hi: exact ends in row-major order (`lo is hi` for a tensor of points).
        shape: (n,) or (m, n).
        data: the canonical form in which it is written, and which enters the digest of the network.
    """

    lo: Sequence[Fraction]
    hi: Sequence[Fraction]
    shape: tuple[int, ...]
    data: Any
    _boxes: dict[tuple[str, int], Box] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def matrix(cls, data: Any, folder: Path) -> Self:
        """
        Read a matrix; numbers are text, an interval is a pair ["lo", "hi"].

        Args:
            data: a list of rows; {"diagonal": entry, "off_diagonal": entry, "size": n} for a square matrix with two
                values; {"circulant": first row, "size": n}, where each row is the one above moved to the right; or
                {"sidecar": file, "tensor": name, "sha256": digest} for IEEE doubles in the safetensors layout.
            folder: where a relative sidecar path starts.

        Raises:
            FormatError: for another shape, a float, or a digest that does not match.
            MissingSidecarError: if the sidecar cannot be read.
        """
        if isinstance(data, list) and data and all(isinstance(row, list) for row in data):
            return cls._from_rows(data)
        if isinstance(data, dict) and set(data) == {"diagonal", "off_diagonal", "size"}:
            return cls._exchangeable(data)
        if isinstance(data, dict) and set(data) == {"circulant", "size"}:
            return cls._circulant(data)
        if isinstance(data, dict) and set(data) == {"sidecar", "tensor", "sha256"}:
            return cls._from_sidecar(data, folder, dimensions=2)
        raise FormatError(f"a weight matrix is a list of rows or a known object; got {data!r:.100}")

    @classmethod
    def vector(cls, data: Any, folder: Path) -> Self:
        """
        Read a vector: a list of entries, {"fill": entry, "size": n}, or a sidecar; raises as `matrix` does.
        """
        if isinstance(data, list) and data:
            entries = [_entry(entry) for entry in data]
            return cls._of_entries(entries, (len(entries),), [_entry_data(entry) for entry in entries])
        if isinstance(data, dict) and set(data) == {"fill", "size"}:
            size, entry = _size(data), _entry(data["fill"])
            return cls._of_entries([entry] * size, (size,), {"fill": _entry_data(entry), "size": size})
        if isinstance(data, dict) and set(data) == {"sidecar", "tensor", "sha256"}:
            return cls._from_sidecar(data, folder, dimensions=1)
        raise FormatError(f"a vector is a list of numbers or a known object; got {data!r:.100}")

    @classmethod
    def _from_rows(cls, data: list[Any]) -> Self:
        rows = [[_entry(entry) for entry in row] for row in data]
        if len({len(row) for row in rows}) != 1 or not rows[0]:
            raise FormatError("the rows of a weight matrix must have one common, positive length")
        flat = [entry for row in rows for entry in row]
        return cls._of_entries(flat, (len(rows), len(rows[0])), [[_entry_data(entry) for entry in row] for row in rows])

    @classmethod
    def _exchangeable(cls, data: dict[str, Any]) -> Self:
        size, diagonal, other = _size(data), _entry(data["diagonal"]), _entry(data["off_diagonal"])
        entries = [diagonal if i == j else other for i in range(size) for j in range(size)]
        canonical = {"diagonal": _entry_data(diagonal), "off_diagonal": _entry_data(other), "size": size}
        return cls._of_entries(entries, (size, size), canonical)

    @classmethod
    def _circulant(cls, data: dict[str, Any]) -> Self:
        size, row = _size(data), data["circulant"]
        if not isinstance(row, list) or len(row) != size:
            raise FormatError(f"a circulant matrix of size {size} is given by its first row, a list of {size} entries")
        first = [_entry(entry) for entry in row]
        entries = [entry for i in range(size) for entry in first[size - i :] + first[: size - i]]
        return cls._of_entries(entries, (size, size), {"circulant": [_entry_data(e) for e in first], "size": size})

    @classmethod
    def _of_entries(cls, entries: Sequence[Entry], shape: tuple[int, ...], data: Any) -> Self:
        lo = tuple(low for low, _ in entries)
        hi = tuple(high for _, high in entries)
        return cls(lo=lo, hi=lo if lo == hi else hi, shape=shape, data=data)

    @classmethod
    def _from_sidecar(cls, data: dict[str, Any], folder: Path, dimensions: int) -> Self:
        shape, raw = _read_safetensors(_beside(folder, data["sidecar"]), str(data["tensor"]))
        if len(shape) != dimensions:
            raise FormatError(
                f"tensor {data['tensor']!r} of {data['sidecar']} has shape {shape}, not {dimensions} axes"
            )
        digest = "sha256:" + hashlib.sha256(raw).hexdigest()
        if data["sha256"] != digest:
            raise FormatError(
                f"tensor {data['tensor']!r} of {data['sidecar']} has digest {digest}, not {data['sha256']}"
            )
        doubles = array("d", raw)
        if struct.pack("=d", 1.0) != struct.pack("<d", 1.0):
            doubles.byteswap()
        values = tuple(dyadic(value) for value in doubles)
        return cls(lo=values, hi=values, shape=shape, data=dict(data))

    @property
    def is_point(self) -> bool:
        return self.lo is self.hi

    def box(self, backend: Backend) -> Box:
        """Return a Box that contains the tensor; computed once per backend."""
        key = (backend.name, backend.precision)
        if key not in self._boxes:
            self._boxes[key] = Box.from_exact(self.lo, self.hi, backend, self.shape)
        return self._boxes[key]

    def midpoint(self) -> tuple[Fraction, ...]:
        return self._each(lambda low, high: (low + high) / 2)

    def radius(self) -> tuple[Fraction, ...]:
        return self._each(lambda low, high: (high - low) / 2)

    def _each(self, combine: Callable[[Fraction, Fraction], Fraction]) -> tuple[Fraction, ...]:
        """Combine both ends of each entry; entries that share their ends share the result, as in structured matrices."""
        pairs = list(zip(self.lo, self.hi, strict=True))
        known = {
            (id(low), id(high)): combine(low, high) for low, high in {(id(a), id(b)): (a, b) for a, b in pairs}.values()
        }
        return tuple(known[id(low), id(high)] for low, high in pairs)

    def rows(self) -> tuple[tuple[Entry, ...], ...]:
        """Return the entries of a matrix, row by row."""
        pairs = list(zip(self.lo, self.hi, strict=True))
        width = self.shape[-1]
        return tuple(tuple(pairs[start : start + width]) for start in range(0, prod(self.shape), width))


def _entry(entry: Any) -> Entry:
    if isinstance(entry, list):
        if len(entry) != 2:
            raise FormatError(f'an uncertain number is a pair ["lo", "hi"]; got {entry!r:.80}')
        low, high = exact(entry[0]), exact(entry[1])
        if low > high:
            raise FormatError(f"the interval [{low}, {high}] has its lower end above its upper")
        return low, high
    value = exact(entry)
    return value, value


def _entry_data(entry: Entry) -> Any:
    low, high = entry
    return text(low) if low == high else [text(low), text(high)]


def _size(data: dict[str, Any]) -> int:
    size = data["size"]
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 100_000:
        raise FormatError(f"size is a positive integer; got {size!r}")
    return size


def _beside(folder: Path, name: Any) -> Path:
    """Return the path of a sidecar: a regular file in *folder*, named without any folder of its own."""
    if not isinstance(name, str) or name != Path(name).name:
        raise FormatError(f"a sidecar is named by a file name alone, beside the file that names it; got {name!r:.80}")
    path = folder / name
    if not path.is_file():
        raise MissingSidecarError(f"the weights file {path} does not exist: put it beside the file that names it")
    return path


def _read_safetensors(path: Path, name: str) -> tuple[tuple[int, ...], bytes]:
    """Read one F64 tensor: an 8-byte little-endian length, a JSON header, raw little-endian data."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MissingSidecarError(f"cannot read the weights file {path}: {error.strerror}") from error
    try:
        (length,) = struct.unpack_from("<Q", content)
        entry = json.loads(content[8 : 8 + length])[name]
        start, stop = entry["data_offsets"]
        shape = tuple(int(n) for n in entry["shape"])
        raw = content[8 + length + start : 8 + length + stop]
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{path} holds no readable tensor {name!r}: {error!r}") from error
    if entry.get("dtype") != "F64" or len(raw) != 8 * prod(shape):
        raise FormatError(f"tensor {name!r} of {path} must be complete and of dtype F64")
    return shape, raw
