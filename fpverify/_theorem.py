"""Theorem: a statement with its hypotheses, proof steps, instances that must be proved and controls that must not be."""

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from fpverify._finding import Evidence, Finding, Plan
from fpverify._goal import Goal
from fpverify.kernel.errors import MisuseError, SoundnessError
from fpverify.kernel.network import Network
from fpverify.kernel.region import Region
from fpverify.kernel.verdict import Status


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    An algebraic step of a proof, verified exactly by SymPy over symbols.

    Fields:
        title: what the step shows.
        left, right: expressions in SymPy's syntax; the step holds if they are identically equal.
        symbols: assumptions, such as {"K": "positive", "n": "integer"}; other names are complex symbols.
    """

    title: str
    left: str
    right: str
    symbols: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """
    One case of a theorem, with numbers.

    Fields:
        name: unique within the theorem; words and numbers.
        network, region, goal: what is to be proved.
        expected: PROVED, or REFUTED for a printed statement that is false.
        note: what the instance shows, in a sentence.
    """

    name: str
    network: Network
    region: Region
    goal: Goal
    expected: Status = Status.PROVED
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Control:
    """
    A false claim: proving it would show that fpverify is unsound.

    Fields:
        because: why the claim is false, in a sentence.
        expected: UNDECIDED, or OUT_OF_SCOPE where no rule applies at all.
    """

    name: str
    network: Network
    region: Region
    goal: Goal
    because: str
    expected: Status = Status.UNDECIDED


@dataclass(frozen=True, kw_only=True)
class Observation:
    """
    A statement that is measured rather than proved.

    Fields:
        name: unique within the theorem; words and numbers.
        claim: the statement that is looked at, in a sentence.
        measure: the experiment; a function of a module, which a worker process can find.
        expected: what it is known to come to; a run that finds otherwise says so.
        note: what the reader should know: mechanism, limits, in a sentence or two.
    """

    name: str
    claim: str
    measure: Callable[[Plan], Finding]
    expected: Evidence = Evidence.EMPIRICAL
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Theorem:
    """
    Fields:
        id: such as "ke-4.2"; unique.
        title: a few words.
        statement: LaTeX, with text; what is proved here (for a defect: the printed statement in short).
        source: where it is printed.
        hypotheses: numbered in this order.
        rule: the kernel's rule on which the instances rest; empty if there are none.
        remark: what to know: what is repaired, what remains true.
        defect_class: for the defects: in words, what is wrong with the printed text; empty for theorems.
        steps: the algebra of the proof.
        instances: the statement, or its repair, in numbers.
        printed: cases about the printed statement itself.
        controls: false claims, at least two if there are instances.
        observations: what is measured about it.
    """

    id: str
    title: str
    statement: str
    source: str
    hypotheses: tuple[str, ...]
    rule: str
    remark: str = ""
    defect_class: str = ""
    steps: tuple[Step, ...] = ()
    instances: tuple[Instance, ...] = ()
    printed: tuple[Instance, ...] = ()
    controls: tuple[Control, ...] = ()
    observations: tuple[Observation, ...] = ()

    def __post_init__(self) -> None:
        names = [case.name for case in (*self.instances, *self.printed, *self.controls, *self.observations)]
        if len(set(names)) != len(names):
            raise MisuseError(f"theorem {self.id}: two cases share a name")
        if not self.instances and not self.observations:
            raise MisuseError(f"theorem {self.id}: an instance or an observation is needed")
        if self.instances and len(self.controls) < 2:
            raise MisuseError(f"theorem {self.id}: instances need at least two controls")


def load_theorems(folders: Sequence[Path]) -> dict[str, Theorem]:
    """
    Read every theorem file (one `THEOREM` each) of *folders*, in the order of their ids.

    Raises:
        MisuseError: with the file named, if a folder is missing, a file raises, exports no THEOREM, or repeats an id.
    """
    found: dict[str, Theorem] = {}
    for folder in folders:
        if not folder.is_dir():
            raise MisuseError(f"{folder} is no folder of theorem files")
        for path in sorted(folder.glob("*.py")):
            if not path.name.startswith("_"):
                theorem = _load(path)
                if theorem.id in found:
                    raise MisuseError(f"{path}: the id {theorem.id!r} is already taken")
                found[theorem.id] = theorem
    return dict(sorted(found.items()))


def own_theorems() -> Path:
    """Return the folder of the theorems that come with fpverify, installed or in the repository."""
    package = Path(__file__).parent
    installed = package / "_theorems"
    return installed if installed.is_dir() else package.parent / "theorems"


def _load(path: Path) -> Theorem:
    module = _module(path)
    theorem = getattr(module, "THEOREM", None)
    if not isinstance(theorem, Theorem):
        raise MisuseError(f"{path} exports no THEOREM of type fpverify.Theorem")
    return theorem


def _module(path: Path) -> ModuleType:
    name = f"fpverify_theorems_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise MisuseError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SoundnessError:
        raise
    except Exception as error:
        raise MisuseError(f"{path} cannot be read: {type(error).__name__}: {error}") from error
    return module
