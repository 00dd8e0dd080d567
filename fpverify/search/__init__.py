"""Search: one proposer per rule. Untrusted: a wrong proposal is refused by the kernel, and proves nothing."""

from collections.abc import Mapping

from fpverify import search as _package
from fpverify.kernel.discover import discover
from fpverify.search._proposer import ROUNDED, Proposer, deciding_with

PROPOSERS: Mapping[str, Proposer] = discover(_package, "PROPOSER")

__all__ = ["PROPOSERS", "ROUNDED", "Proposer", "deciding_with"]
