"""
The shared library of `kernels.c`, built by the C compiler of the system and kept in a folder of the user.

The name of the file is a digest of the source, of the flags and of everything that the compiler predefines for this
processor, its own version included: another compiler or another machine finds another file.
"""

import contextlib
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("kernels.c")

FLAGS = (
    *("-O3", "-march=native", "-std=gnu11", "-fPIC", "-shared"),
    # No option may change a value; the last word undoes what a wrapper of the compiler may have put before.
    *("-fno-fast-math", "-ffp-contract=off", "-frounding-math", "-fno-rounding-math"),
    # Neither changes a value: no errno, no trap is asked for. Without them comparisons are not vectorised.
    *("-fno-math-errno", "-fno-trapping-math"),
)
"""Flags that leave every operation one IEEE operation. `docs/numerics.md` section 7."""

_TIME = 60
"""Seconds that the compiler may take; it takes one."""


class UnavailableError(Exception):
    """There is no library to load; the message is the half of a sentence that says why."""


def built(source: Path = SOURCE) -> Path:
    """
    Return the shared library of *source*, built now unless it is there.

    Raises:
        UnavailableError: there is no compiler, it refuses, or there is no folder that only this user can write.
    """
    compiler = _compiler()
    flags = _flags()
    known = _run([*compiler, "-march=native", "-dM", "-E", "-x", "c", os.devnull])
    parts = (_text(source), " ".join((*compiler, *flags)).encode(), known)
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    library = _folder() / f"kernels-{digest}.so"
    try:
        if not (library.exists() and _is_ours(library)):
            _build(compiler, flags, source, library)
    except OSError as error:
        raise UnavailableError(f"{library} cannot be written ({error})") from error
    return library


def discard(library: Path) -> None:
    """Remove a library that could not be used, such as one cut off by a full disk: the next process builds it anew."""
    with contextlib.suppress(OSError):
        library.unlink(missing_ok=True)


def _text(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise UnavailableError(f"{source} cannot be read ({error})") from error


def _build(compiler: tuple[str, ...], flags: tuple[str, ...], source: Path, library: Path) -> None:
    """Write the library under a name of its own, then rename it: another process sees all of it or nothing."""
    handle, name = tempfile.mkstemp(suffix=".so", dir=library.parent)
    os.close(handle)
    try:
        _run([*compiler, *flags, "-o", name, str(source)])
        Path(name).chmod(0o700)
        with Path(name).open("rb+") as written:
            os.fsync(
                written.fileno()
            )  # else a crash of the system may leave half a library under the name of a whole one
        Path(name).replace(library)
    finally:
        Path(name).unlink(missing_ok=True)


def _compiler() -> tuple[str, ...]:
    for name in ("cc", "gcc", "clang"):
        found = shutil.which(name)
        if found is not None:
            return (found,)
    raise UnavailableError("there is no C compiler (install gcc or clang)")


def _flags() -> tuple[str, ...]:
    wide = ("-mprefer-vector-width=512",) if platform.machine() in {"x86_64", "AMD64"} else ()
    # Without the start files no object is linked that sets flush-to-zero on loading (crtfastmath.o).
    bare = ("-nostdlib",) if sys.platform == "linux" else ()
    return (*FLAGS, *wide, *bare)


def _folder() -> Path:
    """Return the folder of built libraries: no other user can write there."""
    if not hasattr(os, "getuid"):
        raise UnavailableError("the C kernel is built on Linux and macOS only")
    stated = Path(os.environ.get("XDG_CACHE_HOME", ""))
    folder = (
        stated if stated.is_absolute() else Path("~/.cache")
    ) / "fpverify"  # its standard: a relative path is none
    try:
        folder = folder.expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ours = folder.is_dir() and _is_ours(folder)
    except (OSError, RuntimeError) as error:
        raise UnavailableError(f"the folder {folder} cannot be used ({error})") from error
    if not ours:
        raise UnavailableError(f"the folder {folder} is not yours alone (chmod 700 it)")
    return folder


def _is_ours(path: Path) -> bool:
    """Whether *path* is no link, belongs to this user, and no one else may write there."""
    found = path.lstat()
    alone = not stat.S_IMODE(found.st_mode) & 0o022
    return not stat.S_ISLNK(found.st_mode) and found.st_uid == os.getuid() and alone


def _run(command: list[str]) -> bytes:
    try:
        return subprocess.run(command, capture_output=True, check=True, timeout=_TIME, stdin=subprocess.DEVNULL).stdout
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip().splitlines()
        raise UnavailableError(f"{command[0]} refused: {words[0] if words else error}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{command[0]} did not run ({error})") from error
