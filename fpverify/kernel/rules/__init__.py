"""The rules, one lemma per file; `RULES` maps their names to them."""

from collections.abc import Mapping

from fpverify.kernel import rules as _package
from fpverify.kernel.discover import discover
from fpverify.kernel.obligation import Rule

RULES: Mapping[str, Rule] = discover(_package, "RULE")

__all__ = ["RULES", "Rule"]
