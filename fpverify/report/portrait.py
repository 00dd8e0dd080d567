"""Portraits: what a certificate that counts fixed points says, as a picture. Points, boxes and basins are certified."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure as Canvas
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from fpverify.kernel.certificate import Certificate
from fpverify.kernel.check import FileStatus, check
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules import RULES
from fpverify.kernel.rules._tree import leaves
from fpverify.numeric.build import TorchNetwork
from fpverify.report.figures._figure import BLUE, GOLD, GREEN, INK, ORANGE, PAPER, PURPLE, STYLE

Array = NDArray[np.float64]

_COLOURS = (BLUE, GREEN, PURPLE, GOLD, ORANGE)
_MARKS = (("o", INK), ("s", PAPER), ("o", PAPER), ("^", PAPER), ("v", PAPER))
"""Shape and filling of a point with 0, 1, ... unstable directions."""

_FEW = 4
"""Up to so many dimensions pairs of coordinates are drawn; beyond, parallel coordinates."""

_MOST_LINES = 3000
_OPAQUE_LINES = 150
"""More lines than this are drawn the fainter, the more there are."""

_SHADE = 0.3


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """
    The numbers of a picture.

    Fields:
        network: of the points.
        lo, hi: the box in which they were counted, shape (d,).
        lower, upper: enclosures of the points, shape (n, d).
        unstable: numbers of unstable directions; None where that is open.
        unique: uniqueness boxes of the points in the box and around it, shape (m, 2, d); none of an unfolded network,
            where they are boxes of the values of all layers.
        basins: certified leaves, each with the number of the point that attracts it.
        leaves: how many leaves of the subdivision there are of each kind (x, k, p, ?) at each depth.
        sentence: the claim.
    """

    network: Network
    lo: Array
    hi: Array
    lower: Array
    upper: Array
    unstable: tuple[int | None, ...]
    unique: Array
    basins: tuple[tuple[BoxRegion, int], ...]
    leaves: Mapping[str, Sequence[int]]
    sentence: str

    @classmethod
    def of(cls, certificate: Certificate) -> "Portrait":
        """
        Read a portrait from a certificate.

        Raises:
            MisuseError: if the kernel does not accept it, or it counts no fixed points by a rule `cover`.
        """
        result = check(certificate)
        if result.status is not FileStatus.VALID or result.claim is None:
            raise MisuseError(f"only what the kernel accepts is drawn; this certificate is {result.status.value}")
        cover = next((item for item in certificate.obligations if item.rule == "cover"), None)
        if cover is None:
            raise MisuseError("a portrait is drawn of a certificate that counts fixed points, with the rule cover")
        claims = _claims(certificate.obligations)
        shown = next((item for item in certificate.obligations if item.rule == "unfolded"), cover)
        points = _richest(shown, certificate.obligations, claims).facts.get("points", [])
        assert isinstance(shown.region, BoxRegion)
        return cls(
            network=shown.network,
            lo=_floats(shown.region.lo),
            hi=_floats(shown.region.hi),
            lower=_table([point["lower"] for point in points], shown.network.state_size),
            upper=_table([point["upper"] for point in points], shown.network.state_size),
            unstable=tuple(point.get("unstable_dimension") for point in points),
            unique=_unique(cover) if shown is cover else np.zeros((0, 2, shown.network.state_size)),
            basins=_basins(certificate.obligations),
            leaves=_depths(cover.words("tree")),
            sentence=result.claim.sentence(),
        )

    @property
    def dimension(self) -> int:
        return len(self.lo)

    @property
    def centres(self) -> Array:
        return (self.lower + self.upper) / 2


def _claims(obligations: Sequence[Obligation]) -> dict[str, Claim]:
    claims: dict[str, Claim] = {}
    for item in obligations:
        premises = {key: claims[key] for key in item.premises}
        claims[item.id] = RULES[item.rule].conclusion(item, premises)
    return claims


def _richest(shown: Obligation, obligations: Sequence[Obligation], claims: Mapping[str, Claim]) -> Claim:
    """Return the last claim that lists the same points as that of *shown*, with their types."""
    same = [item for item in obligations if item.network.digest == shown.network.digest and item.region == shown.region]
    return [claims[item.id] for item in same if item.rule in {"cover", "spectrum", "unfolded"}][-1]


def _floats(values: Sequence[Any]) -> Array:
    return np.array([float(value) for value in values])


def _table(rows: Sequence[Sequence[str]], size: int) -> Array:
    return np.array([[float(exact(entry)) for entry in row] for row in rows]).reshape(len(rows), size)


def _unique(cover: Obligation) -> Array:
    boxes = [np.array([[float(exact(end)) for end in side] for side in p["unique"]]).T for p in cover.items("points")]
    return np.array(boxes).reshape(len(boxes), 2, cover.network.state_size)


def _basins(obligations: Sequence[Obligation]) -> tuple[tuple[BoxRegion, int], ...]:
    basin = next((item for item in obligations if item.rule == "basin"), None)
    if basin is None or not isinstance(basin.region, BoxRegion):
        return ()
    found = leaves(basin.region, basin.words("tree"))
    return tuple((box, int(word[1:].partition(":")[0])) for word, box in found if word[0] == "b" and box is not None)


def _depths(words: Sequence[str]) -> Mapping[str, Sequence[int]]:
    counts: dict[str, Counter[int]] = {kind: Counter() for kind in "xkp?"}
    open_depths = [0]
    for word in words:
        depth = open_depths.pop()
        if word[0] == "s":
            open_depths += [depth + 1, depth + 1]
        elif word in {"f", "n"}:
            open_depths.append(depth)
        else:
            counts[word[0]][depth] += 1
    deepest = max((max(counter, default=0) for counter in counts.values()), default=0)
    return {kind: [counter[depth] for depth in range(deepest + 1)] for kind, counter in counts.items()}


# ------------------------------------------------------------------ files


def save(certificate: Certificate, path: Path) -> None:
    """
    Write the picture of a certificate to a file, completely or not at all; the same certificate gives the same bytes.

    Raises:
        MisuseError: as `Portrait.of`, for a suffix other than .png and .svg, or a file that cannot be written.
    """
    suffix = checked_suffix(path)
    content = io.BytesIO()
    with rc_context(STYLE):
        metadata = {"Software": None} if suffix == ".png" else {"Date": None, "Creator": None}
        draw(Portrait.of(certificate)).savefig(content, format=suffix[1:], metadata=metadata, facecolor="white")
    partial_path = path.with_name(f".{path.name}.partial")
    try:
        partial_path.write_bytes(content.getvalue())
        partial_path.replace(path)
    except OSError as error:
        raise MisuseError(f"cannot write {path}: {error.strerror}") from error


def checked_suffix(path: Path) -> str:
    """Return .png or .svg; raises MisuseError for another suffix."""
    if path.suffix not in {".png", ".svg"}:
        raise MisuseError(f"a picture is a .png or an .svg file; got {str(path)!r}")
    return path.suffix


# ------------------------------------------------------------------ drawing


def draw(portrait: Portrait, canvas: Canvas | None = None) -> Canvas:
    """Return the picture: the points beside the statistics of the subdivision and a legend."""
    page = Canvas(figsize=(7.2, 4.6)) if canvas is None else canvas
    if portrait.dimension == 1:
        _line(page.add_axes((0.085, 0.11, 0.57, 0.86)), portrait)
    elif portrait.dimension == 2:
        _plane(page.add_axes((0.085, 0.11, 0.57, 0.86)), portrait)
    elif portrait.dimension <= _FEW:
        _pairs(page, portrait)
    else:
        _parallel(page.add_axes((0.085, 0.11, 0.57, 0.86)), portrait)
    _statistics(page.add_axes((0.765, 0.62, 0.22, 0.34)), portrait)
    _legend(page, portrait)
    return page


def _line(axes: Axes, portrait: Portrait) -> None:
    x = np.linspace(portrait.lo[0], portrait.hi[0], 1200)
    values = _values(portrait, x[:, None])[:, 0]
    axes.plot(x, x, color=INK, linewidth=0.6, linestyle=(0, (5, 4)))
    axes.plot(x, values, color=BLUE)
    low, high = axes.get_ylim()
    for colour, boxes in _basins_by_colour(portrait):
        for box in boxes:
            axes.axvspan(float(box.lo[0]), float(box.hi[0]), color=colour, alpha=_SHADE, linewidth=0)
    for unique in portrait.unique:
        axes.add_patch(_outline(unique[0, 0], unique[0, 0], *(unique[1, 0] - unique[0, 0],) * 2))
    for place, unstable in zip(portrait.centres, portrait.unstable, strict=True):
        _mark(axes, place[0], place[0], unstable)
    axes.set(xlim=(portrait.lo[0], portrait.hi[0]), ylim=(low, high), xlabel="$x$", ylabel="$f(x)$")


def _plane(axes: Axes, portrait: Portrait) -> None:
    side = [np.linspace(portrait.lo[i], portrait.hi[i], 48) for i in (0, 1)]
    grid = np.stack(np.meshgrid(*side), axis=-1)
    motion = (_values(portrait, grid.reshape(-1, 2)) - grid.reshape(-1, 2)).reshape(grid.shape)
    for colour, boxes in _basins_by_colour(portrait):
        patches = PatchCollection(
            list(map(_rectangle, boxes)), facecolor=colour, edgecolor="none", alpha=_SHADE, zorder=0
        )
        axes.add_collection(patches)
    stream = {"color": INK, "linewidth": 0.35, "arrowsize": 0.55, "density": 1.25}
    axes.streamplot(side[0], side[1], motion[..., 0], motion[..., 1], **stream)
    _projected(axes, portrait, 0, 1)
    axes.set(xlabel="$x_1$", ylabel="$x_2$")


def _basins_by_colour(portrait: Portrait) -> list[tuple[str, list[BoxRegion]]]:
    """Return the certified leaves of each attracting point, with a colour; of many points, some have the same one."""
    owners = sorted({owner for _, owner in portrait.basins})
    return [
        (_COLOURS[rank % len(_COLOURS)], [box for box, mine in portrait.basins if mine == owner])
        for rank, owner in enumerate(owners)
    ]


def _pairs(page: Canvas, portrait: Portrait) -> None:
    """Draw the points projected to each pair of coordinates, in a triangle of axes."""
    size = portrait.dimension - 1
    width, height = 0.57 / size, 0.86 / size
    for row in range(size):
        for column in range(row + 1):
            corner = (0.085 + column * width, 0.11 + (size - 1 - row) * height)
            axes = page.add_axes((*corner, 0.9 * width, 0.9 * height))
            _projected(axes, portrait, column, row + 1, nested=True)
            last = row == size - 1
            axes.set_xlabel(f"$x_{column + 1}$" if last else "")
            axes.set_ylabel(f"$x_{row + 2}$" if column == 0 else "")
            axes.tick_params(labelbottom=last, labelleft=column == 0)


def _projected(axes: Axes, portrait: Portrait, i: int, j: int, *, nested: bool = False) -> None:
    """Draw points and boxes in the plane of two coordinates; nested marks stay visible where points coincide in it."""
    for low, high in portrait.unique:
        axes.add_patch(_outline(low[i], low[j], high[i] - low[i], high[j] - low[j], alpha=0.4 if nested else 1.0))
    for place, unstable in zip(portrait.centres, portrait.unstable, strict=True):
        _mark(axes, place[i], place[j], unstable, nested=nested)
    margin = 0.03 * (portrait.hi - portrait.lo)
    low, high = portrait.lo - margin, portrait.hi + margin
    axes.set(xlim=(low[i], high[i]), ylim=(low[j], high[j]))


def _parallel(axes: Axes, portrait: Portrait) -> None:
    """Draw each point as a line over its coordinates, the attracting ones last; of many points, an even selection."""
    every = max(1, -(-len(portrait.centres) // _MOST_LINES))
    chosen = sorted(range(0, len(portrait.centres), every), key=lambda n: -(portrait.unstable[n] or 0))
    x = np.arange(1, portrait.dimension + 1)
    colours = [_colour(portrait.unstable[n], portrait.dimension) for n in chosen]
    lines = [np.column_stack((x, portrait.centres[n])) for n in chosen]
    alpha = min(1.0, max(0.08, _OPAQUE_LINES / max(len(lines), 1)))
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=0.7, alpha=alpha))
    margin = 0.05 * (portrait.hi.max() - portrait.lo.min())
    axes.set(xlim=(1, portrait.dimension), ylim=(portrait.lo.min() - margin, portrait.hi.max() + margin))
    axes.set(xlabel="coordinate", ylabel="value", xticks=x if len(x) <= 12 else x[:: len(x) // 8])


def _statistics(axes: Axes, portrait: Portrait) -> None:
    bottom = np.zeros(len(portrait.leaves["x"]))
    for kind, (colour, _) in _KINDS.items():
        heights = np.array(portrait.leaves[kind], dtype=float)
        axes.bar(np.arange(len(heights)), heights, bottom=bottom, width=0.9, color=colour, linewidth=0)
        bottom += heights
    axes.set_title("leaves by depth", pad=3)
    axes.tick_params(pad=1.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.margins(x=0.02)
    axes.set_ylim(0, 1.06 * max(1.0, bottom.max()))


_KINDS: Mapping[str, tuple[str, str]] = {
    "x": (BLUE, "excluded by the image"),
    "k": (GREEN, "excluded by Krawczyk"),
    "p": (GOLD, "inside a uniqueness box"),
    "?": (ORANGE, "undecided"),
}


def _legend(page: Canvas, portrait: Portrait) -> None:
    kinds = [Patch(facecolor=c, label=words) for kind, (c, words) in _KINDS.items() if any(portrait.leaves[kind])]
    style: dict[str, Any] = {"loc": "upper left", "framealpha": 0, "alignment": "left"}
    page.legend(handles=kinds, bbox_to_anchor=(0.675, 0.575), **style)
    handles, labels = _point_handles(portrait), []
    if basins := _basins_by_colour(portrait):
        handles.append(tuple(Patch(facecolor=colour, alpha=_SHADE, linewidth=0) for colour, _ in basins))
        labels.append("certified basins")
    labels = [handle.get_label() for handle in handles[: len(handles) - len(labels)]] + labels
    together = {tuple: HandlerTuple(ndivide=None, pad=0)}
    top = 0.555 - 0.045 * len(kinds)
    if handles:  # no points, no marks
        page.legend(handles=handles, labels=labels, handler_map=together, bbox_to_anchor=(0.675, top), **style)


def _point_handles(portrait: Portrait) -> list[Any]:
    """Return the marks of the picture that say what a point is."""
    dot = partial(Line2D, [], [], linestyle="none", markersize=6, markeredgecolor=INK)
    present = sorted({n for n in portrait.unstable if n is not None})
    if portrait.dimension > _FEW:
        lines = [Line2D([], [], color=_colour(n, portrait.dimension), label=_words(n)) for n in present]
        unknown = Line2D([], [], color=INK, label="stability not settled")
    else:
        lines = [dot(marker=_marker(n)[0], markerfacecolor=_marker(n)[1], label=_words(n)) for n in present]
        unknown = dot(marker="D", markerfacecolor=PAPER, label="stability not settled")
    handles: list[Any] = [*lines, *[unknown] * (None in portrait.unstable)]
    if portrait.dimension <= _FEW and len(portrait.unique):
        handles.append(Patch(facecolor="none", edgecolor=INK, linewidth=0.7, label="uniqueness box"))
    return handles


def _words(unstable: int) -> str:
    return f"{unstable} unstable direction{'s' * (unstable != 1)}" if unstable else "attracting"


def _marker(unstable: int | None) -> tuple[str, str]:
    return ("D", PAPER) if unstable is None else _MARKS[min(unstable, len(_MARKS) - 1)]


def _colour(unstable: int | None, dimension: int) -> str:
    """Return a colour from blue, attracting in all directions, over purple to orange, in none."""
    if unstable is None:
        return INK
    stops = [np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) for colour in (BLUE, PURPLE, ORANGE)]
    place = 2 * unstable / dimension
    first = min(int(place), 1)
    mixed = stops[first] + (place - first) * (stops[first + 1] - stops[first])
    return "#" + "".join(f"{round(part):02x}" for part in mixed)


def _mark(axes: Axes, x: float, y: float, unstable: int | None, *, nested: bool = False) -> None:
    shape, fill = _marker(unstable)
    rank = unstable or 0
    size, fill = (3.5 + 3 * rank, fill if fill == INK else "none") if nested else (5.0, fill)
    axes.plot(x, y, shape, markersize=size, markeredgecolor=INK, markeredgewidth=0.9, markerfacecolor=fill, zorder=5)


def _outline(x: float, y: float, width: float, height: float, *, alpha: float = 1.0) -> Rectangle:
    return Rectangle((x, y), width, height, fill=False, edgecolor=INK, linewidth=0.7, alpha=alpha, zorder=4)


def _rectangle(box: BoxRegion) -> Rectangle:
    (x, y), (right, top) = map(float, box.lo), map(float, box.hi)
    return Rectangle((x, y), right - x, top - y)


def _values(portrait: Portrait, x: Array) -> Array:
    function = TorchNetwork(portrait.network, torch.device("cpu"))
    with torch.no_grad():
        return function(torch.from_numpy(np.ascontiguousarray(x))).numpy()
