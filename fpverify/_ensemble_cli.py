"""The command `fpverify ensemble`: arguments, a table, progress; the counting is in `fpverify.experiments.census`."""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from fpverify.kernel.errors import MisuseError, SoundnessError

_TELL_EVERY = 2.0
_INTERRUPTED = 130
_BITS = 24
_COLUMNS = ("L", "E[Q]", "P(Q>=2)", "attractors", "not in a fp", "unique", "max", "missed")


def ensemble(
    activation: Annotated[str, typer.Option(help="Activation of every layer, such as tanh or sigmoid.")] = "tanh",
    law: Annotated[str, typer.Option(help="Weights: normal, cauchy, uniform, sign, stable:1.5, t:3.")] = "cauchy",
    gain: Annotated[float, typer.Option(help="Scale of the weights, times N^(-1/index of their law).")] = 1.0,
    bias_law: Annotated[str, typer.Option(help="Biases: a law, as for the weights.")] = "normal",
    bias: Annotated[float, typer.Option(help="Scale of the biases; 0 for none.")] = 0.0,
    form: Annotated[
        str, typer.Option(help="free, tied (a layer is the transpose of another) or nonnegative.")
    ] = "free",
    width: Annotated[int, typer.Option(help="Width N of every layer.")] = 20,
    depth: Annotated[str, typer.Option(help="Depths L, separated by commas.")] = "1,2,4,8",
    networks: Annotated[int, typer.Option(min=1, help="Networks for each depth.")] = 20,
    starts: Annotated[int, typer.Option(min=1, help="Random starts for each network.")] = 40,
    steps: Annotated[int, typer.Option(min=2, help="Steps; what has not settled gets as many again.")] = 250,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 0,
    certify: Annotated[
        bool, typer.Option(help="Also prove, network by network, that there is one fixed point.")
    ] = False,
    device: Annotated[str, typer.Option(help="Where it computes: cpu, cuda or auto.")] = "cpu",
    workers: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 1,
    backend: Annotated[str, typer.Option(help="local, or dask for a cluster.")] = "local",
    scheduler: Annotated[str | None, typer.Option(help="For dask: its address, such as tcp://host:8786.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Keep finished pieces here, to continue.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> int:
    """
    Count what random starts of random networks end in, by depth. EMPIRICAL: counting proves nothing.

    Q is the number of distinct attracting fixed points that the starts of one network found, "max" the largest; "not in a
    fp" is the share of starts that did not end in a fixed point, "unique" that of networks whose starts all ended in one.
    Intervals are of 95 %, over the networks, and say nothing where all agree. "missed" estimates, by Chao's method, how
    many fixed points of a network were not found. With
    --certify weights are rounded to 24 bits behind the point, and "proved" is the share of networks for which the kernel
    accepted a certificate, read back from disk, that there is exactly one fixed point in R^N.

    Example: `python -m fpverify ensemble --law cauchy --gain 3 --bias-law cauchy --bias 1 --depth 1,8,32`
    """
    from fpverify.experiments.census import Survey, count_piece, take_census
    from fpverify.experiments.proofs import prove_piece
    from fpverify.experiments.sweep import sweep

    fields = {"activation": activation, "law": law, "gain": gain, "bias_law": bias_law, "bias": bias, "form": form}
    members = _ensembles({**fields, "width": width, "seed": seed, "bits": _BITS if certify else None}, _depths(depth))
    from fpverify.numeric.iterate import device_for

    shared = {"networks": networks, "starts": starts, "steps": steps, "device": device_for(device).type}
    surveys = {size: Survey(ensemble=member, **shared) for size, member in members.items()}
    with _kept_in(out) as folder, _told(quiet=as_json) as progress:
        where = {"workers": workers, "backend": backend, "scheduler": scheduler, "progress": progress}
        found = take_census(surveys, lambda items: sweep(count_piece, items, folder=folder, **where))
        items = [
            {"ensemble": asdict(member), "number": k}
            for member in members.values()
            for k in range(networks if certify else 0)
        ]
        methods = [row["method"] for row in sweep(prove_piece, items, folder=folder, **where)]
    proofs = {size: methods[i * networks : (i + 1) * networks] for i, size in enumerate(members)} if certify else {}
    _require_agreement(proofs, found)
    words = (
        f"EMPIRICAL: {networks} networks for each depth, {starts} starts each, T = {steps} steps and as many again for what "
        f"has not settled, periods up to 64, seed {seed}; intervals of 95 % over the networks. "
        + ("PROVED: what the column says, and nothing else." if certify else "Nothing is proved.")
    )
    if as_json:
        rows = [{"depth": size, **census.to_data(), **_proved_data(proofs, size)} for size, census in found.items()]
        shown = {**fields, "width": width, "seed": seed, **shared}
        data = {"format": 1, "status": "EMPIRICAL", "samples": words, "ensemble": shown, "depths": rows}
        typer.echo(json.dumps(data, indent=2, sort_keys=True))
    else:
        _print(next(iter(members.values())).title, found, proofs, words)
    return 0


def _require_agreement(proofs: Mapping[int, Sequence[str]], found: Mapping[int, Any]) -> None:
    """Raise SoundnessError if a search found what a proof excludes."""
    from fpverify.experiments.proofs import is_contradicted

    for depth, methods in proofs.items():
        for number, (method, row) in enumerate(zip(methods, found[depth].rows, strict=True)):
            if method and is_contradicted(method, row):
                raise SoundnessError(
                    f"L = {depth}, network {number} was proved to have one fixed point ({method}): {row}"
                )


def _depths(text: str) -> list[int]:
    try:
        depths = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise MisuseError(f"--depth {text!r}: write whole numbers separated by commas, as in 1,2,4") from error
    if len(set(depths)) != len(depths):
        raise MisuseError(f"--depth {text!r}: a depth stands there twice; write each once")
    return depths


def _ensembles(fields: Mapping[str, Any], depths: Sequence[int]) -> dict[int, Any]:
    from fpverify.ensembles import Ensemble

    return {depth: Ensemble(**fields, depth=depth) for depth in depths}


def _print(title: str, found: Mapping[int, Any], proofs: Mapping[int, Sequence[str]], words: str) -> None:
    columns = (*_COLUMNS, "proved", "by") if proofs else _COLUMNS
    rows = [columns, *((*_row(depth, census), *_proved_row(proofs, depth)) for depth, census in found.items())]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    typer.echo(title)
    for row in rows:
        typer.echo("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    typer.echo(words)


def _row(depth: int, census: Any) -> tuple[str, ...]:
    estimates = (census.mean, census.several, census.attractors, census.elsewhere, census.unique)
    return (str(depth), *map(str, estimates), str(census.most), f"{census.missed:.2f}")


def _proved_row(proofs: Mapping[int, Sequence[str]], depth: int) -> tuple[str, ...]:
    if not proofs:
        return ()
    counts = Counter(method for method in proofs[depth] if method)
    return str(_proved(proofs[depth])), ", ".join(f"{name} {counts[name]}" for name in counts) or "-"


def _proved_data(proofs: Mapping[int, Sequence[str]], depth: int) -> dict[str, Any]:
    return {"proved": asdict(_proved(proofs[depth])), "methods": list(proofs[depth])} if proofs else {}


def _proved(methods: Sequence[str]) -> Any:
    from fpverify.numeric.bootstrap import proportion_interval

    return proportion_interval(sum(map(bool, methods)), len(methods))


@contextmanager
def _kept_in(out: Path | None) -> Iterator[Path]:
    """Yield the folder of the pieces: *out*, or one that goes with the command; say after Ctrl-C what is kept."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) if out is None else out
        try:
            yield folder
        except KeyboardInterrupt:
            kept = "nothing is kept: with --out FOLDER a count can be continued"
            if out is not None:
                kept = f"finished pieces are kept in {out}, and the same command continues from there"
            typer.echo(f"interrupted; {kept}", err=True)
            raise SystemExit(_INTERRUPTED) from None


@contextmanager
def _told(*, quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """Yield a callback that tells of pieces on stderr, at most every two seconds and not before the first two."""
    told = time.monotonic()

    def tell(done: int, total: int, words: str) -> None:
        nonlocal told
        if not quiet and time.monotonic() - told >= _TELL_EVERY:
            told = time.monotonic()
            typer.echo(f"{done} of {total} pieces done", err=True)

    yield tell
