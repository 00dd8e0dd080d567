"""Checking certificates with Coq: export each, let coqc read it, keep a record of those that were accepted."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fpverify.exporters import EXPORTERS, OutOfReachError, Proof
from fpverify.exporters._coq.run import library_digest, version
from fpverify.exporters._record import FILE, Record, badges, digest, merged, read, write
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import FpverifyError, MisuseError

GROUPS = ("ke-*.json",)
"""The certificates of a report that `make proofs` checks: the theorems of the paper."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    Fields:
        proofs: of the certificates that were exported, by file name.
        refused: file name -> why it was not exported.
    """

    proofs: dict[str, Proof]
    refused: dict[str, str]

    @property
    def failures(self) -> dict[str, str]:
        """The exported files that Coq did not accept, with its reason."""
        return {name: proof.reason for name, proof in self.proofs.items() if not proof.accepted}


def export_text(path: Path) -> str:
    """
    Return the Coq text of a certificate file.

    Raises:
        MisuseError: if the file cannot be read.
        OutOfReachError: if it is beyond what the theorems in Coq state.
    """
    return _exported(path, _content(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MisuseError(f"cannot read {path}: {error}") from error


def _exported(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MisuseError(f"cannot read {path}: {error}") from error
    return EXPORTERS["coq"].export(Certificate.from_text(text, path.parent))


def write_exports(paths: Sequence[Path], system: str, out: Path) -> list[Path]:
    """
    Write the exported text of each certificate into *out*, and return the files.

    Raises:
        UnknownNameError: for an unknown proof assistant.
        MisuseError: if a file cannot be read or written, or the certificates lie in different folders.
        OutOfReachError: naming the first certificate that cannot be exported, before anything is written.
    """
    exporter = look_up(EXPORTERS, system, "proof assistant")
    if len({path.parent for path in paths}) > 1:
        raise MisuseError("the certificates lie in different folders: export each folder by itself")
    texts = {out / f"{path.stem}{exporter.suffix}": _named(path) for path in paths}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for target, content in texts.items():
            target.write_text(content, encoding="utf-8")
    except OSError as error:
        raise MisuseError(f"cannot write to {out}: {error.strerror}") from error
    return list(texts)


def _named(path: Path) -> str:
    try:
        return export_text(path)
    except OutOfReachError as error:
        raise OutOfReachError(f"{path} is not exported: {error}") from error


def check_report(out: Path) -> Outcome:
    """
    Export and check the certificates of a report, and write the record.

    Raises:
        ToolMissingError: if Coq is not installed.
    """
    folder = out / "certificates"
    names = sorted(path for group in GROUPS for path in folder.glob(group))
    if not names:
        raise MisuseError(f"there is no certificate in {folder}: write the report first")
    return check_certificates(names)


def badges_of(out: Path) -> dict[str, str]:
    """Return what the record of a report says of its certificates, by file name; for this, Coq need not be installed."""
    folder = out / "certificates"
    return badges(folder, library_digest()) if (folder / FILE).exists() else {}


def check_certificates(paths: Sequence[Path]) -> Outcome:
    """
    Export and check certificates of one folder; those accepted enter its record, those rejected leave it.

    The record is about the bytes that were read here, whatever happens to the files meanwhile.
    """
    known, library = version(), library_digest()
    contents = {path: _content(path) for path in paths}
    texts, refused = dict[Path, str](), dict[str, str]()
    for path, content in contents.items():
        try:
            texts[path] = _exported(path, content)
        except OutOfReachError as error:
            refused[path.name] = str(error)
    proofs = dict(zip((path.name for path in texts), _check_texts(list(texts.values())), strict=True))
    if library_digest() != library:
        raise MisuseError("the general theorems were changed while Coq read them: check again")
    accepted = {
        path.name: (digest(contents[path]), digest(text.encode()))
        for path, text in texts.items()
        if proofs[path.name].accepted
    }
    used = {name for proof in proofs.values() if proof.accepted for name in proof.assumptions}
    new = Record(version=known, library=library, assumptions=tuple(sorted(used)), accepted=accepted)
    if texts:
        _keep(next(iter(texts)).parent, new, {*proofs, *refused})
    return Outcome(proofs=proofs, refused=refused)


def _check_texts(texts: Sequence[str]) -> list[Proof]:
    with TemporaryDirectory() as scratch:
        files = [Path(scratch) / f"{index}.v" for index in range(len(texts))]
        for file, content in zip(files, texts, strict=True):
            file.write_text(content, encoding="utf-8")
        return EXPORTERS["coq"].check(files)


def _keep(folder: Path, new: Record, asked: set[str]) -> None:
    """Bring the record of a folder up to date; the same result leaves the file as it is."""
    old = read(folder)
    record = merged(old, new, asked)
    if record != old:
        try:
            write(folder, record)
        except OSError as error:
            raise MisuseError(f"cannot write {folder / FILE}: {error.strerror}") from error


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> int:
    """Check the general theorems and the certificates in reports/; 0 if Coq accepts all that is exported."""
    try:
        outcome = check_report(Path("reports"))
    except FpverifyError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    checked = len(outcome.proofs) - len(outcome.failures)
    _say(f"Coq {version()} accepts the general theorems and {checked} certificates of {', '.join(GROUPS)}.")
    for reason, count in Counter(outcome.refused.values()).items():
        _say(f"not exported, {count}: {reason}")
    for name, reason in outcome.failures.items():
        _say(f"NOT ACCEPTED {name}: {reason}")
    return 1 if outcome.failures else 0
