"""Running Coq: the general theorems are compiled once, each exported file is compiled anew, assumptions are compared."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from fpverify.exporters._exporter import Proof, ToolMissingError
from fpverify.kernel.errors import SoundnessError

ALLOWED = frozenset(
    {
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "Classical_Prop.classic",
        "FunctionalExtensionality.functional_extensionality_dep",
    }
)
"""What the real numbers of Coq's standard library rest on, and classical logic; a file with any other axiom is refused."""

INSTALL = "Debian: apt-get install --no-install-recommends coq libcoq-interval libcoq-coquelicot"

_LIBRARIES = ("Interval/Tactic.vo", "Coquelicot/Coquelicot.vo")

_SECONDS = 300
"""For one file; the largest instances of the report take less than 20."""

_TOP = re.compile(r"^([A-Za-z_][\w.']*)\s*(?::|$)", re.MULTILINE)

_FORBIDDEN = re.compile(
    r"\b(Admitted|Axioms?|Parameters?|Conjecture|Hypothes[ie]s|Variables?|admit|Unset|bypass_check)\b"
)
"""Words that no exported file has; what Coq says of its assumptions would show them too."""


def own_proofs() -> Path:
    """Return the folder of the general theorems, installed or in the repository."""
    package = Path(__file__).parents[2]
    installed = package / "_proofs"
    return installed if installed.is_dir() else package.parent / "proofs"


def library_files() -> list[Path]:
    """Return the general theorems in the order in which they build on one another."""
    lines = (own_proofs() / "_CoqProject").read_text(encoding="utf-8").split("\n")
    return [own_proofs() / line for line in lines if line.endswith(".v")]


def library_digest() -> str:
    """Return the SHA-256 of the general theorems: their names and texts, in order."""
    parts = [f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in library_files()]
    return "sha256:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


def version() -> str:
    """Return the version of Coq; raises ToolMissingError if it or one of its libraries is not installed."""
    compiler = shutil.which("coqc")
    if compiler is None:
        raise ToolMissingError(f"coqc is not installed ({INSTALL})")
    where = Path(_output([compiler, "-where"]).strip())
    missing = [name for name in _LIBRARIES if not (where / "user-contrib" / name).exists()]
    if missing:
        raise ToolMissingError(f"coqc finds no {missing[0].partition('/')[0]} below {where} ({INSTALL})")
    return _output([compiler, "-print-version"]).split()[0]


def check_files(paths: Sequence[Path]) -> list[Proof]:
    """
    Compile the general theorems and each of *paths* in a new folder, and say which were accepted.

    A file counts as accepted only if coqc ends with success, and the assumptions of its theorem `main`, as Coq prints
    them, are among ALLOWED.

    Raises:
        ToolMissingError: if Coq is not installed, or its version does not compile the general theorems.
    """
    known = version()
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        build_library(folder)
        _require_general(folder)
        names = [f"Instance{index}" for index in range(len(paths))]
        with ThreadPoolExecutor(max_workers=2) as pool:
            reasons = list(pool.map(lambda pair: compile_file(folder, *pair), zip(names, paths, strict=True)))
        good = [name for name, reason in zip(names, reasons, strict=True) if not reason]
        found = assumptions(folder, good)
    return [
        _proof(path, reason, known, found.get(name)) for name, path, reason in zip(names, paths, reasons, strict=True)
    ]


def build_library(folder: Path) -> None:
    """Compile the general theorems into *folder*."""
    for source in library_files():
        shutil.copy(source, folder)
        reason = _coqc(folder, source.name)
        if reason:
            raise ToolMissingError(f"this version of Coq does not compile {source.name} (8.16.1 does): {reason}")


def _require_general(folder: Path) -> None:
    found = _assumptions(folder, ["Statements"])
    if found is None or not set(found) <= ALLOWED:
        raise SoundnessError(f"the general theorems rest on {', '.join(found or ('what Coq does not print',))}")


def assumptions(folder: Path, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """
    Return what Coq prints as the assumptions of `main` of each of the modules; absent where it could not say.

    All are asked together first, which is much faster; one by one only if something is among them that is not allowed.
    """
    if not names:
        return {}
    together = _assumptions(folder, names)
    if together is not None and (len(names) == 1 or set(together) <= ALLOWED):
        return dict.fromkeys(names, together)
    each = {name: _assumptions(folder, [name]) for name in names}
    return {name: found for name, found in each.items() if found is not None}


def _assumptions(folder: Path, names: Sequence[str]) -> tuple[str, ...] | None:
    pairs = "".join(
        f"Definition all_{k} := ({'tt' if k == 0 else f'all_{k - 1}'}, {n}.main).\n" for k, n in enumerate(names)
    )
    imports = "".join(f"From FPV Require {name}.\n" for name in names)
    text = f"{imports}{pairs}Print Assumptions all_{len(names) - 1}.\n"
    (folder / "Assumptions.v").write_text(text, encoding="utf-8")
    result = _run(folder, "Assumptions.v")
    if result is None or result.returncode != 0:
        return None
    return read_assumptions(result.stdout)


def read_assumptions(printed: str) -> tuple[str, ...] | None:
    """Return the names in what `Print Assumptions` printed, sorted; None if that is nothing that it prints."""
    if "Closed under the global context" in printed:
        return ()
    head, axioms, body = printed.partition("Axioms:\n")
    return tuple(sorted(set(_TOP.findall(body)))) if axioms and not head.strip() else None


def compile_file(folder: Path, name: str, path: Path) -> str:
    """Return the empty text if coqc accepts the file as the module *name*, else why not."""
    content = path.read_text(encoding="utf-8")
    without_comments = re.sub(r"\(\*.*?\*\)", "", content, flags=re.DOTALL)
    if word := _FORBIDDEN.search(without_comments):
        return f"the file uses {word[0]}"
    (folder / f"{name}.v").write_text(content, encoding="utf-8")
    return _coqc(folder, f"{name}.v")


def _coqc(folder: Path, name: str) -> str:
    result = _run(folder, name)
    if result is None:
        return f"not ended after {_SECONDS} seconds"
    return "" if result.returncode == 0 else " ".join((result.stderr or result.stdout).split())[:600]


def _run(folder: Path, name: str) -> subprocess.CompletedProcess[str] | None:
    command = ["coqc", "-q", "-w", "-ambiguous-paths", "-Q", ".", "FPV", name]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout


def _proof(path: Path, reason: str, known: str, found: tuple[str, ...] | None) -> Proof:
    if not reason and found is None:
        reason = "Coq did not print the assumptions of main"
    unknown = sorted(set(found or ()) - ALLOWED)
    if not reason and unknown:
        reason = f"it rests on {', '.join(unknown)}"
    return Proof(path=path, accepted=not reason, reason=reason, version=known, assumptions=found or ())
