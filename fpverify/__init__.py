"""fpverify: rigorous, re-checkable proofs about the fixed points of neural networks."""

import importlib
from typing import TYPE_CHECKING, Any

from fpverify._finding import Evidence as Evidence
from fpverify._finding import Experiment as Experiment
from fpverify._finding import Finding as Finding
from fpverify._finding import Plan as Plan
from fpverify._finding import Profile as Profile
from fpverify._goal import About as About
from fpverify._goal import AllFixedPoints as AllFixedPoints
from fpverify._goal import Alternates as Alternates
from fpverify._goal import AtMostOne as AtMostOne
from fpverify._goal import AtPoint as AtPoint
from fpverify._goal import Attracted as Attracted
from fpverify._goal import AttractsAll as AttractsAll
from fpverify._goal import ConvergesTo as ConvergesTo
from fpverify._goal import CountCubic as CountCubic
from fpverify._goal import CountProducts as CountProducts
from fpverify._goal import Crossing as Crossing
from fpverify._goal import ExactlyOne as ExactlyOne
from fpverify._goal import Exists as Exists
from fpverify._goal import ExistsBySigns as ExistsBySigns
from fpverify._goal import Goal as Goal
from fpverify._goal import Lipschitz as Lipschitz
from fpverify._goal import MapsInto as MapsInto
from fpverify._goal import NoFixedPoint as NoFixedPoint
from fpverify._goal import OnDiagonal as OnDiagonal
from fpverify._goal import OneInEach as OneInEach
from fpverify._goal import OneInEachProduct as OneInEachProduct
from fpverify._goal import OnlyOne as OnlyOne
from fpverify._goal import OrbitAbove as OrbitAbove
from fpverify._goal import Refutes as Refutes
from fpverify._goal import Robust as Robust
from fpverify._goal import Unique as Unique
from fpverify._networks import around as around
from fpverify._networks import circulant as circulant
from fpverify._networks import exchangeable as exchangeable
from fpverify._networks import fill as fill
from fpverify._networks import loop as loop
from fpverify._networks import network as network
from fpverify._theorem import Control as Control
from fpverify._theorem import Instance as Instance
from fpverify._theorem import Observation as Observation
from fpverify._theorem import Step as Step
from fpverify._theorem import Theorem as Theorem
from fpverify.kernel.certificate import Certificate as Certificate
from fpverify.kernel.check import CheckResult as CheckResult
from fpverify.kernel.check import FileStatus as FileStatus
from fpverify.kernel.check import check_file as check_file
from fpverify.kernel.claim import Claim as Claim
from fpverify.kernel.errors import FpverifyError as FpverifyError
from fpverify.kernel.errors import MisuseError as MisuseError
from fpverify.kernel.errors import SoundnessError as SoundnessError
from fpverify.kernel.exact import dyadic as dyadic
from fpverify.kernel.exact import exact as exact
from fpverify.kernel.network import Network as Network
from fpverify.kernel.norm import OneNorm as OneNorm
from fpverify.kernel.norm import SupNorm as SupNorm
from fpverify.kernel.norm import TwoNorm as TwoNorm
from fpverify.kernel.region import Ball as Ball
from fpverify.kernel.region import BoxRegion as BoxRegion
from fpverify.kernel.region import Cover as Cover
from fpverify.kernel.region import Periodic as Periodic
from fpverify.kernel.region import ProductRegions as ProductRegions
from fpverify.kernel.region import Punctured as Punctured
from fpverify.kernel.region import WholeSpace as WholeSpace
from fpverify.kernel.verdict import Reason as Reason
from fpverify.kernel.verdict import Status as Status
from fpverify.kernel.verdict import Verdict as Verdict

if TYPE_CHECKING:
    from fpverify._certify import certify as certify
    from fpverify._find import find_fixed_points as find_fixed_points
    from fpverify._found import FindResult as FindResult
    from fpverify._found import FixedPoint as FixedPoint
    from fpverify._outcome import Outcome as Outcome
    from fpverify.backends.torch64.network import enclose as enclose
    from fpverify.importers import load as load

__version__ = "0.1.0"

_LATER = {
    "enclose": "fpverify.backends.torch64.network",
    "certify": "fpverify._certify",
    "find_fixed_points": "fpverify._find",
    "FindResult": "fpverify._found",
    "FixedPoint": "fpverify._found",
    "Outcome": "fpverify._outcome",
    "load": "fpverify.importers",
}


def __getattr__(name: str) -> Any:
    """Import what needs more than the kernel on first use."""
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module 'fpverify' has no attribute {name!r}")
