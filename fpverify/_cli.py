"""The command line: arguments, messages and exit codes; no mathematics."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from fpverify._arguments import box_named, goal_named, require_other_file
from fpverify._ensemble_cli import ensemble
from fpverify.kernel.errors import FpverifyError, MisuseError, SoundnessError

AS_EXPECTED, NOT_AS_EXPECTED, MISUSE, CONTRADICTION, INTERRUPTED = 0, 1, 2, 3, 130

_UsageError: Any = typer.BadParameter.__base__
"""What typer raises for wrong arguments, whichever copy of click it rests on."""

app = typer.Typer(
    name="fpverify",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Rigorous, re-checkable proofs about the fixed points of neural networks.\n\n"
    "Exit codes: 0 as expected, 1 something not as expected, 2 misuse, 3 a proved claim was contradicted, "
    "130 interrupted.",
)

_console = Console(highlight=False, emoji=False)
_messages = Console(stderr=True, highlight=False, emoji=False)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Theorems = Annotated[
    Path | None, typer.Option("--theorems", help="A folder with your own theorem files, added to those of fpverify.")
]
Device = Annotated[str, typer.Option(help="Where cross-check and observations compute: auto, cpu or cuda.")]
Seed = Annotated[int, typer.Option(help="Seed of the cross-check's random numbers.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Number of processes; default: all processors.")]
BackendName = Annotated[
    str, typer.Option("--backend", help="What decides first: arb, or torch64 (float64). Arb checks in either case.")
]
Out = Annotated[Path, typer.Option(help="Folder of the report.")]


def main() -> int:
    """Run the command line; every FpverifyError becomes one sentence and an exit code."""
    try:
        result = app(standalone_mode=False)
    except typer.Exit as stop:
        result = stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    except _Stopped as stop:
        _say(f"interrupted; {stop}")
        return INTERRUPTED
    except SoundnessError as error:
        _say(f"CONTRADICTION: {error}. No report was written. This is a bug in fpverify: please report it.")
        return CONTRADICTION
    except FpverifyError as error:
        _say(f"error: {error}")
        return MISUSE
    except MemoryError as error:
        _say(f"error: not enough memory ({error}); take smaller or fewer networks, or less depth")
        return MISUSE
    except _UsageError as error:
        if error.format_message():
            _say(f"error: {error.format_message()}")
        return MISUSE
    if result == INTERRUPTED:  # what typer makes of Ctrl-C
        return _interrupted()
    return result if isinstance(result, int) else AS_EXPECTED


class _Stopped(Exception):
    """Ctrl-C, with what became of the work."""


def _interrupted() -> int:
    _say("interrupted; what was finished is kept, and the same command continues from there")
    return INTERRUPTED


def _say(sentence: str) -> None:
    _messages.print(sentence, markup=False, soft_wrap=True)


@app.command(name="all")
def all_(
    out: Out = Path("reports"),
    device: Device = "auto",
    seed: Seed = 0,
    jobs: Jobs = None,
    theorems: Theorems = None,
    backend: BackendName = "arb",
    profile: Annotated[
        str,
        typer.Option(help="How much the observations measure: quick (about half a minute each), or full (all of it)."),
    ] = "quick",
    formal: Annotated[
        bool, typer.Option("--formal", help="Let Coq check the certificates, too (docs/formal.md).")
    ] = False,
    as_json: Json = False,
) -> int:
    """
    Decide every theorem, measure every observation, and write the report.

    What is decided is PROVED by a certificate. What is measured is EMPIRICAL, or NOT REPRODUCED: seen, or looked for and
    not seen, in samples; nothing is proved by it. A full measurement takes long; a quick one says what it leaves out.

    Certificates, findings, index.html, index.md, figures and summary.json go to --out. An interrupted run is continued
    by the same command: finished certificates, findings and pieces of measurements are kept.

    Example: `python -m fpverify all --out reports --jobs 2`

    Example: `python -m fpverify all --profile full --out reports-full`
    """
    from fpverify._run import finish, run
    from fpverify.exporters._formal import badges_of, check_report
    from fpverify.report.progress import run_progress
    from fpverify.report.write import write_report

    settings = _settings(out, device, seed, jobs, backend, profile)
    with run_progress(_messages, quiet=as_json) as progress:
        report = run(_folders(theorems), settings, progress=progress.done, tell=progress.tell)
    failures = check_report(out).failures if formal else {}
    report = report.with_formal(badges_of(out))
    if not as_json and _console.is_terminal:
        _say("writing the report ...")
    write_report(report, out)
    finish(settings, report)
    for name, reason in failures.items():
        _say(f"Coq does not accept what was exported from {name}: {reason}")
    return max(_close(report, as_json, out), NOT_AS_EXPECTED if failures else AS_EXPECTED)


@app.command()
def verify(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of theorems, as `fpverify list` shows them.")],
    out: Annotated[Path | None, typer.Option(help="Keep the certificates in this folder.")] = None,
    device: Device = "auto",
    seed: Seed = 0,
    jobs: Jobs = 1,
    theorems: Theorems = None,
    backend: BackendName = "arb",
    profile: Annotated[
        str | None, typer.Option(help="Measure the observations, too: quick or full; they are left out otherwise.")
    ] = None,
    as_json: Json = False,
) -> int:
    """
    Decide some theorems and print the verdicts; certificates are kept only with --out.

    Example: `python -m fpverify verify ke-4.2 p2`
    """
    import tempfile

    from fpverify._run import run
    from fpverify.report.progress import run_progress

    with tempfile.TemporaryDirectory() as scratch:
        settings = _settings(out or Path(scratch), device, seed, jobs, backend, profile)
        with run_progress(_messages, quiet=as_json) as progress:
            report = run(_folders(theorems), settings, only=ids, progress=progress.done, tell=progress.tell)
        code = _close(report, as_json, out, cases=True)
        if profile is None and not as_json and any(theorem.observations for theorem in report.theorems.values()):
            _say("The observations were not measured: add --profile quick, or full.")
        return code


@app.command()
def certify(
    network: Annotated[Path, typer.Argument(metavar="NETWORK", help="A network file (.json or .toml).")],
    box: Annotated[
        str | None, typer.Option(help='The region: "lo,hi" for every coordinate, or "lo,hi;lo,hi;..."; R^d without it.')
    ] = None,
    goal: Annotated[
        str, typer.Option(help="What to prove: unique, attracts-all, only-one, exists, none or robust.")
    ] = "unique",
    noise: Annotated[str, typer.Option(help="For robust: bound of the noise in each coordinate and step.")] = "0",
    norm: Annotated[str, typer.Option(help="For unique and robust: sup, one or two.")] = "sup",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the certificate to this file.")] = None,
    backend: BackendName = "arb",
    as_json: Json = False,
) -> int:
    """
    Try to prove something of your own network, and write a certificate. Exit code 0 only if it was PROVED.

    Example: `python -m fpverify certify examples/two_cells.json --box=-1,1 --goal exists -o cells.json`
    """
    from fpverify import importers
    from fpverify._certify import certify as prove
    from fpverify.kernel.region import WholeSpace

    loop = importers.load(network)
    require_other_file(network, out)
    if box is None and goal in {"exists", "none"}:
        raise MisuseError(f"--goal {goal} is about a box: name it, as in --box=-1,1")
    region = WholeSpace(size=loop.state_size) if box is None else box_named(box, loop.state_size)
    outcome = prove(loop, region, goal_named(goal, noise, norm), backend=backend)
    if out is not None and outcome.claim is not None and outcome.certificate is not None:
        _save(outcome, out)
    verdict, claim = outcome.verdict, None if outcome.claim is None else outcome.claim.sentence()
    if as_json:
        reason = {"name": verdict.reason.name, "advice": verdict.reason.value, "detail": verdict.detail}
        _print_json({"format": 1, "status": verdict.status.value, "claim": claim, "reason": reason})
    else:
        sentence = claim if claim is not None else f"{verdict.reason.value} ({verdict.detail})".removesuffix(" ()")
        _console.print(f"{verdict.status.value}: {sentence}", markup=False, soft_wrap=True)
    return AS_EXPECTED if verdict.status.value == "PROVED" else NOT_AS_EXPECTED


def _save(outcome: Any, path: Path) -> None:
    """Write the certificate and read it back: PROVED is said of a file."""
    from fpverify.kernel.check import FileStatus, check_file

    try:
        outcome.certificate.save(path)
    except OSError as error:
        raise MisuseError(f"cannot write {path}: {error.strerror}") from error
    result = check_file(path)
    if result.status is FileStatus.HOLEY:
        raise MisuseError(f"{path} was written, but is HOLEY there: {result.reason}")
    if result.status is not FileStatus.VALID:
        raise SoundnessError(f"{path} is {result.status.value}: {result.reason}")


def _save_checked(outcome: Any, path: Path) -> None:
    """Write a certificate whose text was checked, and read it back; one that needs other files is checked again there."""
    text = outcome.certificate.to_text()
    if '"sidecar"' in text:
        _save(outcome, path)
        return
    try:
        outcome.certificate.save(path)
        written = path.read_text(encoding="ascii")
    except OSError as error:
        raise MisuseError(f"cannot write {path}: {error.strerror}") from error
    if written != text:
        raise SoundnessError(f"{path} does not hold what was written to it")


@app.command()
def find(
    network: Annotated[Path, typer.Argument(metavar="NETWORK", help="A network file (.json or .toml).")],
    box: Annotated[
        str | None,
        typer.Option(help='Where: "lo,hi" for every coordinate, or "lo,hi;lo,hi;..."; all of R^d if left out.'),
    ] = None,
    period: Annotated[int, typer.Option(min=1, max=64, help="Find the points x with f^k(x) = x.")] = 1,
    leaving: Annotated[bool, typer.Option(help="With --period: also points whose orbit leaves the box.")] = False,
    stability: Annotated[bool, typer.Option("--stability", help="Settle which points attract.")] = False,
    basins: Annotated[bool, typer.Option("--basins", help="Certify basins of attraction, too.")] = False,
    method: Annotated[str, typer.Option(help="How: auto, tree (of boxes), or cells (of a looped layer).")] = "auto",
    time_limit: Annotated[float | None, typer.Option(help="Stop the search after so many seconds.")] = None,
    max_boxes: Annotated[int, typer.Option(help="Stop the search after so many boxes.")] = 5_000_000,
    device: Annotated[str, typer.Option(help="Where the search computes: cpu, cuda or auto.")] = "cpu",
    resume: Annotated[Path | None, typer.Option(help="Save the search to this file, and continue from it.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the certificate to this file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw what was proved to this .png or .svg file.")] = None,
    as_json: Json = False,
) -> int:
    """
    Find every fixed point of a network, with a proof that there are no others. Exit code 0 only if that was PROVED.

    Example: `python -m fpverify find examples/coupled_cubic.json --box=-2,2 --stability`
    """
    from fpverify import importers
    from fpverify._find import find_fixed_points
    from fpverify.report.found import render_found
    from fpverify.report.progress import search_progress

    if picture is not None:
        _require_picture(picture)
    loop = importers.load(network)
    require_other_file(network, out)
    with search_progress(_messages, quiet=as_json) as progress, _told_what_is_kept(resume):
        result = find_fixed_points(
            loop,
            None if box is None else box_named(box, loop.state_size),
            period=period,
            leaving=leaving,
            stability=stability,
            basins=basins,
            method=method,
            time_limit=time_limit,
            max_boxes=max_boxes,
            device=device,
            resume=resume,
            progress=progress,
        )
    if out is not None and result.certificate is not None:
        _save_checked(result, out)
        if result.basins is not None and result.basins.claim is not None:
            _save_checked(result.basins, out.with_suffix(f".basins{out.suffix}"))
    if as_json:
        whole = None if result.certificate is None else result.certificate.to_data()
        _print_json({**result.to_data(), "certificate": str(out) if out is not None and whole is not None else whole})
    else:
        render_found(result, _console, None if result.certificate is None else out)
    if picture is not None:
        _draw(result, picture)
    return AS_EXPECTED if result.success else NOT_AS_EXPECTED


def _require_picture(path: Path) -> None:
    from fpverify.report.portrait import checked_suffix

    checked_suffix(path)


def _draw(result: Any, path: Path) -> None:
    """Draw the certificate, that of the basins if there is one; say so if nothing was proved."""
    from fpverify.report.portrait import save

    basins = result.basins if result.basins is not None and result.basins.claim is not None else None
    certificate = result.certificate if basins is None else basins.certificate
    if certificate is None:
        _say(f"{path} was not drawn: nothing was proved")
    else:
        save(certificate, path)


app.command()(ensemble)


@app.command(name="list")
def list_(theorems: Theorems = None, as_json: Json = False) -> int:
    """
    List the theorems: id, title, number of cases and of observations.

    Example: `python -m fpverify list --json`
    """
    found = _theorems(theorems)
    rows = [
        {
            "id": theorem.id,
            "title": theorem.title,
            "source": theorem.source,
            "instances": len(theorem.instances),
            "as_printed": len(theorem.printed),
            "controls": len(theorem.controls),
            "observations": len(theorem.observations),
        }
        for theorem in found.values()
    ]
    if as_json:
        _print_json({"format": 1, "theorems": rows})
        return AS_EXPECTED
    for row in rows:
        counts = f"{row['instances']} instances, {row['as_printed']} as printed, {row['controls']} controls"
        counts += f", {row['observations']} observations" if row["observations"] else ""
        _console.print(f"{row['id']:12} {row['title']} ({counts})", markup=False, soft_wrap=True)
    return AS_EXPECTED


@app.command()
def show(
    theorem_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a theorem, as `fpverify list` shows it.")],
    theorems: Theorems = None,
    as_json: Json = False,
) -> int:
    """
    Show a theorem: statement, hypotheses, instances, controls, and the claims that are measured.

    Example: `python -m fpverify show ke-4.2`
    """
    from fpverify._run import choose
    from fpverify.report.json import theorem_data
    from fpverify.report.terminal import render_theorem

    (theorem,) = choose(_theorems(theorems), [theorem_id]).values()
    if as_json:
        _print_json(theorem_data(theorem))
    else:
        render_theorem(theorem, _console)
    return AS_EXPECTED


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
def check(context: typer.Context) -> int:
    """
    Decide certificate files again: VALID, REJECTED or HOLEY. Needs python-flint only.

    Example: `python -m fpverify check reports/certificates/*.json`
    """
    from fpverify.kernel.__main__ import main as kernel_main

    return kernel_main(context.args)


@app.command()
def export(
    certificates: Annotated[list[Path], typer.Argument(metavar="CERT...", help="Certificate files of one folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")],
    to: Annotated[str, typer.Option(help="For which proof assistant.")] = "coq",
    is_checked: Annotated[bool, typer.Option("--check", help="Let it check the files, and keep a record.")] = False,
    as_json: Json = False,
) -> int:
    """
    Export certificates to a proof assistant. Exit code 0 if all were exported (and, with --check, accepted).

    Example: `python -m fpverify export reports/certificates/ke-3.3--cubic-near-1.json --to coq -o proofs-of-mine`
    """
    from fpverify.exporters._formal import check_certificates, write_exports

    written = [str(path) for path in write_exports(certificates, to, out)]
    proofs = check_certificates(certificates).proofs if is_checked else {}
    if as_json:
        checked = {name: {"accepted": proof.accepted, "said": proof.words()} for name, proof in proofs.items()}
        _print_json({"format": 1, "written": written, "checked": checked if is_checked else None})
    else:
        for line in (*written, *(f"{name}: {proof.words()}" for name, proof in proofs.items())):
            _console.print(line, markup=False, soft_wrap=True)
    return AS_EXPECTED if all(proof.accepted for proof in proofs.values()) else NOT_AS_EXPECTED


def _folders(extra: Path | None) -> list[Path]:
    from fpverify._theorem import own_theorems

    return [own_theorems()] if extra is None else [own_theorems(), extra]


def _theorems(extra: Path | None) -> Any:
    from fpverify._theorem import load_theorems

    return load_theorems(_folders(extra))


def _settings(out: Path, device: str, seed: int, jobs: int | None, backend: str, profile: str | None) -> Any:
    from fpverify._case import Settings
    from fpverify._finding import Profile
    from fpverify._run import default_jobs
    from fpverify.kernel.discover import look_up
    from fpverify.search import ROUNDED

    if device not in ("auto", "cpu", "cuda"):
        raise MisuseError(f"unknown device {device!r}; write auto, cpu or cuda")
    look_up(ROUNDED, backend, "backend")
    much = None if profile is None else look_up({one.value: one for one in Profile}, profile, "profile")
    processes = default_jobs() if jobs is None else jobs
    return Settings(out=out, device=device, seed=seed, jobs=processes, backend=backend, profile=much)


@contextmanager
def _told_what_is_kept(resume: Path | None) -> Iterator[None]:
    """Say after Ctrl-C whether the search can be continued."""
    try:
        yield
    except KeyboardInterrupt as error:
        if resume is None:
            raise _Stopped("nothing is kept: with --resume FILE a search can be continued") from error
        raise _Stopped(f"the search is kept in {resume}, and the same command continues it") from error


def _close(report: Any, as_json: bool, out: Path | None, *, cases: bool = False) -> int:
    from fpverify.report.json import summary
    from fpverify.report.terminal import render_summary

    if as_json:
        _print_json(summary(report))
    else:
        render_summary(report, _console, cases=cases)
        if out is not None:
            _console.print(f"written to {out}", markup=False, soft_wrap=True)
    return AS_EXPECTED if report.unexpected == 0 else NOT_AS_EXPECTED


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, indent=2, sort_keys=True) + "\n")
