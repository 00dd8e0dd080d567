"""The result of a search for fixed points, in a terminal."""

from pathlib import Path

from rich.console import Console

from fpverify._found import FindResult, FixedPoint

_MOST_ROWS = 40
_MOST_COORDINATES = 6


def render_found(result: FindResult, console: Console, certificate: Path | None) -> None:
    """Print the points, the sentence that was proved, and what is open."""
    if result.points:
        _points(result, console)
    sentence = result.message if result.claim is None else result.claim.sentence()
    _line(console, f"{result.status.value}: {sentence}")
    if result.claim is not None:
        _line(console, f"method: {_method(result)}")
    if result.basins is not None and result.basins.claim is not None:
        _line(console, f"basins: {result.basins.claim.sentence()}")
    if not result.success and result.claim is not None:
        _line(console, f"open: {result.message}")
    for low, high in result.undecided[:_MOST_ROWS]:
        _line(console, f"  undecided in {' x '.join(_interval(a, b) for a, b in zip(low, high, strict=True))}")
    if certificate is not None:
        _line(console, f"certificate: {certificate}")


def _method(result: FindResult) -> str:
    unlisted = result.success and result.count > len(result.points)
    return f"{result.method}{'; the points are too many to be listed' * unlisted}"


def _points(result: FindResult, console: Console) -> None:
    settled = any(point.stable is not None for point in result.points)
    header = ("", "fixed point", "error", *(("type", "rate") if settled else ()))
    rows = [
        header,
        *(_row(number, point, settled=settled) for number, point in enumerate(result.points[:_MOST_ROWS], 1)),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        _line(console, "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(result.points) > _MOST_ROWS:
        _line(console, f"... and {len(result.points) - _MOST_ROWS} more: --json prints all")


def _row(number: int, point: FixedPoint, *, settled: bool) -> tuple[str, ...]:
    types = (_type(point), "" if point.rate is None else f"{point.rate:.3g}") if settled else ()
    return str(number), _place(point), f"{_radius(point):.0e}", *types


def _place(point: FixedPoint) -> str:
    centre = [f"{x + 0.0:.9f}".replace("-0.000000000", "0.000000000") for x in point.centre[:_MOST_COORDINATES]]
    return f"({', '.join(centre)}{', ...' * (len(point.centre) > _MOST_COORDINATES)})"


def _radius(point: FixedPoint) -> float:
    return max((b - a) / 2 for a, b in zip(point.lower, point.upper, strict=True))


def _type(point: FixedPoint) -> str:
    if point.stable:
        return "attracting"
    return "open" if point.unstable_dimension is None else f"unstable, {point.unstable_dimension}"


def _interval(low: float, high: float) -> str:
    return f"[{low:.12g}, {high:.12g}]"


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
