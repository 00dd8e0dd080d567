"""Reading the second operand of a layer with two."""

from collections.abc import Sequence
from typing import Any

from fpverify.kernel.errors import FormatError


def read_other(name: str, body: Any, sizes: Sequence[int], source: int) -> int:
    """Return the index in {"with": index}; the value must exist and be as long as the value read."""
    other = body.get("with") if isinstance(body, dict) and set(body) == {"with"} else None
    if not isinstance(other, int) or isinstance(other, bool) or not 0 <= other < len(sizes):
        raise FormatError(
            f'{name} is written {{"with": i}}, i from 0 (the state) to {len(sizes) - 1}; got {body!r:.80}'
        )
    if sizes[other] != sizes[source]:
        raise FormatError(
            f"{name} needs two values of one length; value {other} has {sizes[other]}, not {sizes[source]}"
        )
    return other
