"""The tables as a whole: every rule has one, rejections are not the smaller part, and every reason is produced."""

from importlib import import_module

import pytest

from fpverify.kernel.rules import RULES
from fpverify.kernel.verdict import Reason
from tests.rules.cases import Case

EVERY_RULE = pytest.mark.parametrize("rule", sorted(RULES))


def table(rule: str) -> list[Case]:
    """Return the cases of the table of *rule*."""
    return import_module(f"tests.rules.test_{rule}").CASES


@EVERY_RULE
def test_a_table_has_at_least_as_many_rejections_as_acceptances(rule: str) -> None:
    """And some of each, all for that rule."""
    accepted = [case for case in table(rule) if case.is_accepted]
    rejected = [case for case in table(rule) if not case.is_accepted]
    assert len(rejected) >= len(accepted) >= 5
    assert {case.rule for case in table(rule)} == {rule}


@EVERY_RULE
def test_the_groups_of_a_table_have_titles(rule: str) -> None:
    """A title is an English phrase of some words."""
    titles = {case.group for case in table(rule)}
    assert all(len(title.split()) >= 3 and title[0].isupper() for title in titles)
    assert len(titles) >= 3


def test_every_reason_is_produced() -> None:
    """No reason is impossible: each is the outcome of a case of some table."""
    produced = {case.reason for rule in RULES for case in table(rule)}
    assert produced == set(Reason)


@pytest.mark.parametrize("rule", sorted({*RULES} - {"counterexample"}))
def test_a_rule_is_refused_for_each_of_its_hypotheses(rule: str) -> None:
    """For every hypothesis some case fails there first (for counterexample, see kernel/test_counterexample_holes)."""
    met = {len(_settled(case)) for case in table(rule) if not case.is_accepted}
    assert {*range(len(RULES[rule].hypotheses))} <= met


def _settled(case: Case) -> tuple[object, ...]:
    return case.decide()[0].margins
