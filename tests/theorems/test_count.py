"""The counting theorems: instances, controls, steps, and the counts that are known from elsewhere."""

import ast
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

import fpverify as fp
from fpverify import FileStatus, Status
from fpverify._theorem import load_theorems
from fpverify.kernel.check import check_text
from fpverify.kernel.rules import RULES
from fpverify.numeric.crosscheck import crosscheck
from fpverify.report import slug
from fpverify.symbolic.steps import verify

FOLDER = Path(__file__).parents[2] / "theorems"
FILES = sorted(FOLDER.glob("count_*.py"))
IDS = ("count-coupled", "count-cubic", "count-found", "count-separable")
THEOREMS = {key: theorem for key, theorem in load_theorems([FOLDER]).items() if key in IDS}


def _table(kind):
    rows = [(key, case) for key, theorem in THEOREMS.items() for case in getattr(theorem, kind)]
    return [pytest.param(key, case, id=f"{key}: {case.title if kind == 'steps' else case.name}") for key, case in rows]


@cache
def _outcome(key, name):
    (case,) = [one for one in THEOREMS[key].instances if one.name == name]
    return fp.certify(case.network, case.region, case.goal)


@pytest.mark.parametrize("key", IDS)
def test_a_theorem_is_complete(key):
    theorem = THEOREMS[key]
    assert all((theorem.title, theorem.statement, theorem.source, theorem.hypotheses, theorem.remark, theorem.steps))
    assert len(theorem.hypotheses) == len(RULES[theorem.rule].hypotheses)
    cases = (*theorem.instances, *theorem.controls)
    assert len({slug(case.name) for case in cases}) == len(cases), "two certificates would have one file name"
    assert all(control.because for control in theorem.controls)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_theorem_file_writes_no_float_and_says_what_it_proves(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert all(f"\n{heading}:" in ast.get_docstring(tree) for heading in ("Proves", "Uses", "Source"))


@pytest.mark.parametrize(("key", "step"), _table("steps"))
def test_each_step_is_an_identity(key, step):
    assert verify(step)


@pytest.mark.parametrize(("key", "case"), _table("instances"))
def test_each_instance_is_proved_and_its_certificate_is_valid(key, case):
    outcome = _outcome(key, case.name)
    assert outcome.verdict.status is Status.PROVED, outcome.verdict
    assert outcome.check.status is FileStatus.VALID


@pytest.mark.parametrize(("key", "case"), _table("instances"))
def test_nothing_numerical_contradicts_an_instance(key, case):
    record = crosscheck(_outcome(key, case.name).claim, case.network, device="cpu", samples=256)
    assert (record.violations, record.confirmed) == (0, False), record.note


@pytest.mark.parametrize(("key", "case"), _table("controls"))
def test_a_false_claim_is_not_proved(key, case):
    """And the certificate that would prove it is refused."""
    outcome = fp.certify(case.network, case.region, case.goal)
    assert outcome.verdict.status is case.expected
    assert check_text(outcome.certificate.to_text()).status is FileStatus.REJECTED


@pytest.mark.parametrize(
    ("key", "name", "count", "attracting", "unstable"),
    [
        ("count-separable", "cubic on R^10", "3^10", "2^10", "(2 + t)^10"),
        ("count-separable", "quartic, d = 10", "4^10", "2^10", "(2 + 2 t)^10"),
        ("count-separable", "exponential, d = 3", "4^3", "2^3", "(2 + 2 t)^3"),
        ("count-separable", "three different coordinates", "3", "0", "(2 + t) * t"),
        ("count-coupled", "quartic, d = 2, m = 9", "4^2", "2^2", "(2 + 2 t)^2"),
        ("count-coupled", "quartic, d = 10, m = 27", "4^10", "2^10", "(2 + 2 t)^10"),
        ("count-coupled", "exponential, d = 10, m = 20", "3^10", "2^10", "(2 + t)^10"),
        ("count-coupled", "tanh ring, N = 1000", "3^1000", "2^1000", "(2 + t)^1000"),
        ("count-cubic", "S = 0.15, r = 0.02, d = 100", "3^100", "2^100", "(2 + t)^100"),
    ],
)
def test_the_counts(key, name, count, attracting, unstable):
    facts = _outcome(key, name).claim.facts
    assert (facts["count"], facts["attracting"], facts["unstable"]) == (count, attracting, unstable)


def test_the_cells_of_the_cubic():
    """z_c and z_a for (S, r) = (0.07, 0.02), the roots of z - z^3 = 0.18."""
    witness = _outcome("count-cubic", "S = 0.07, r = 0.02, d = 2").certificate.obligations[-1].witness
    assert abs(Fraction(witness["inner"]) - Fraction("0.186485363")) < Fraction(1, 10**8)
    assert abs(Fraction(witness["outer"]) - Fraction("0.893629857")) < Fraction(1, 10**8)


def test_a_claim_of_too_few_is_contradicted_by_numbers():
    """Nine fixed points of the quartic, where there are 16: Newton's method finds others, and the kernel confirms one."""
    (control,) = [one for one in THEOREMS["count-coupled"].controls if one.name == "quartic, three cells of four"]
    outcome = fp.certify(control.network, control.region, control.goal)
    obligation = outcome.certificate.obligations[-1]
    claim = RULES["count_structured"].conclusion(obligation, {})
    record = crosscheck(claim, control.network, device="cpu")
    assert record.violations > 0
    assert record.confirmed
