"""What words on the command line stand for: a box, a goal, and a file that may be written."""

from pathlib import Path
from typing import Any

from fpverify.kernel.errors import MisuseError


def box_named(text: str, size: int) -> Any:
    """Return the box that `--box` names; raises MisuseError for other words."""
    from fpverify.kernel.region import BoxRegion

    sides = [tuple(side.split(",")) for side in text.split(";")]
    if any(len(side) != 2 for side in sides) or len(sides) not in (1, size):
        raise MisuseError(f'--box {text!r}: write "lo,hi" for every coordinate, or {size} pairs "lo,hi;lo,hi;..."')
    return BoxRegion.of(*(sides * size if len(sides) == 1 else sides))


def goal_named(name: str, noise: str, norm: str) -> Any:
    """Return the goal that `--goal` names, with the options that it takes; raises MisuseError for others."""
    from fpverify import _goal as goals

    choices = {
        "unique": lambda: goals.Unique(norm=norm),
        "attracts-all": lambda: goals.AttractsAll(norm=None if norm == "sup" else norm),
        "only-one": goals.OnlyOne,
        "exists": goals.Exists,
        "none": goals.NoFixedPoint,
        "robust": lambda: goals.Robust(noise=noise, norm=norm),
    }
    if name != "robust" and noise != "0":
        raise MisuseError(f"--noise {noise}: the goal {name} is about orbits without noise; use --goal robust")
    if name not in choices:
        raise MisuseError(f"unknown goal {name!r}; known are: {', '.join(choices)}")
    return choices[name]()


def require_other_file(network: Path, out: Path | None) -> None:
    """Raise MisuseError if a certificate would be written over the network that it is about."""
    if out is not None and out.resolve() == Path(network).resolve():
        raise MisuseError(f"--out {out} is the network's own file: name another one for the certificate")
