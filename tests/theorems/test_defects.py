"""The nine defects: what is printed is refuted or shown as it is, what is repaired is proved, and forgeries are refused."""

import json
import runpy
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy
from sympy import Rational

import fpverify as fp
from fpverify import About, BoxRegion, Cover, FileStatus, Lipschitz, MapsInto, Punctured, Reason, Refutes, Status
from fpverify.kernel.certificate import Certificate, digest
from fpverify.kernel.check import check_text
from fpverify.kernel.claim import Claim
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.rules import RULES
from fpverify.report import slug

FOLDER = Path(__file__).parents[2] / "theorems"
DEFECTS: dict[str, fp.Theorem] = {
    path.name[:2]: runpy.run_path(str(path))["THEOREM"] for path in sorted(FOLDER.glob("p[1-9]_*.py"))
}


def _table(kind: str) -> list[Any]:
    """Return one parameter for each case (or step) of the kind: (id of the theorem, case)."""
    rows = [(name, case) for name, theorem in DEFECTS.items() for case in getattr(theorem, kind)]
    return [
        pytest.param(name, case, id=f"{name}: {case.title if kind == 'steps' else case.name}") for name, case in rows
    ]


@cache
def _outcome(name: str, case_name: str) -> Any:
    theorem = DEFECTS[name]
    (case,) = [one for one in (*theorem.printed, *theorem.instances) if one.name == case_name]
    return fp.certify(case.network, case.region, case.goal)


# ------------------------------------------------------------------ the files


def test_there_are_nine_defects():
    assert sorted(DEFECTS) == [f"p{i}" for i in range(1, 10)]
    assert [theorem.id for theorem in DEFECTS.values()] == list(DEFECTS)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_says_what_is_wrong_and_what_repairs_it(name):
    theorem = DEFECTS[name]
    assert all((theorem.defect_class, theorem.remark, theorem.hypotheses, theorem.steps, theorem.printed))
    assert theorem.rule in RULES
    cases = (*theorem.printed, *theorem.instances, *theorem.controls)
    assert len({slug(case.name) for case in cases}) == len(cases), "two certificates would have one file name"


CLASSES = {
    "p1": "Printed statement false",
    "p2": "Ill-posed",
    "p3": "Only the proof is defective",
    "p4": "Printed statement false",
    "p5": "only its proof is defective",
    "p6": "True but unquantified",
    "p7": "only the proof is defective",
    "p8": "only its proof is defective",
    "p9": "No theorem is violated",
}


@pytest.mark.parametrize("name", DEFECTS)
def test_only_false_statements_are_called_refuted(name):
    """P1, P2 and P4 are false as printed; for the others the exact fact that shows the defect is proved."""
    assert CLASSES[name] in DEFECTS[name].defect_class
    refuted = [case.expected is Status.REFUTED for case in DEFECTS[name].printed]
    assert any(refuted) == (name in {"p1", "p2", "p4"})


@pytest.mark.parametrize(("name", "step"), _table("steps"))
def test_each_step_is_an_identity(name, step):
    symbols = {key: sympy.Symbol(key, **dict.fromkeys(words.split(), True)) for key, words in step.symbols.items()}
    left, right = (sympy.sympify(side, locals=symbols) for side in (step.left, step.right))
    assert sympy.simplify(left - right) == 0


# ------------------------------------------------------------------ printed, repaired, controls


@pytest.mark.parametrize(("name", "case"), _table("printed"))
def test_the_printed_statement_is_refuted_or_the_fact_is_proved(name, case):
    """A refutation is a claim of the kind "refutes"; certify calls the goal "it is refuted" PROVED."""
    outcome = _outcome(name, case.name)
    assert outcome.verdict.status is Status.PROVED
    assert outcome.check.status is FileStatus.VALID
    assert (outcome.claim.kind == "refutes") == (case.expected is Status.REFUTED)
    assert case.expected in (Status.REFUTED, Status.PROVED)


@pytest.mark.parametrize(("name", "case"), _table("instances"))
def test_the_repaired_statement_is_proved(name, case):
    outcome = _outcome(name, case.name)
    assert case.expected is Status.PROVED
    assert outcome.verdict.status is Status.PROVED
    assert outcome.check.status is FileStatus.VALID


@pytest.mark.parametrize(("name", "case"), _table("controls"))
def test_a_false_claim_is_not_proved(name, case):
    outcome = fp.certify(case.network, case.region, case.goal)
    assert outcome.verdict.status is not Status.PROVED
    if outcome.certificate is not None and outcome.verdict.status is not Status.REFUTED:
        assert check_text(outcome.certificate.to_text()).status is not FileStatus.VALID


STATEMENTS = {
    "p1": {"Lemma 3.4", "Theorem 4.1", "Theorem 4.2"},
    "p2": {"Theorem 4.2"},
    "p4": {"Theorem 4.1"},
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_statements_that_are_refuted_are_those_of_the_table(name):
    wanted = [case for case in DEFECTS[name].printed if case.expected is Status.REFUTED]
    titles = {_outcome(name, case.name).claim.facts["statement"] for case in wanted}
    assert titles == {f"{title} of arXiv 2410.11279" for title in STATEMENTS[name]}


# ------------------------------------------------------------------ the golden constants of the table

HALF, X = Rational(1, 2), sympy.Symbol("x", positive=True)


def _between(low: str, value: Any, high: str) -> bool:
    """Decide low < value < high, by SymPy's evaluation to any precision that the comparison needs."""
    return bool(Rational(low) < value) and bool(value < Rational(high))


def test_p1_the_map_climbs_by_more_than_0_84_everywhere():
    assert 1 - sympy.cos(2 * sympy.pi / 6) == HALF
    assert _between("0.84084505", 1 - 1 / (2 * sympy.pi), "0.84084507")


FIRST = {10: 7, 100: 15, 1000: 34, 10_000: 67, 1_000_000: 153}


@pytest.mark.parametrize(("m", "steps"), FIRST.items())
def test_p2_the_first_step_beyond_the_radius(m, steps):
    """Rounding down and up to 200 bits brackets the orbit, since f + 1/m increases on x >= 0."""
    unit, down, up, first = 2**200, Fraction(0), Fraction(0), 0
    for t in range(1, steps + 1):
        down = Fraction((Fraction(19, 20) * down + down**2 + Fraction(1, m)) * unit // 1, unit)
        up = Fraction(-(-(Fraction(19, 20) * up + up**2 + Fraction(1, m)) * unit // 1), unit)
        first = first or (t if down > Fraction(20, m) else 0)
        assert (up > Fraction(20, m)) == (down > Fraction(20, m))
    assert first == steps
    case = next(case for case in DEFECTS["p2"].printed if case.name == f"m = {m}")
    assert case.goal.failure.goal.steps == steps


def test_p2_the_orbit_for_large_m_has_a_limit_beyond_the_radius():
    limit = (1 - sympy.sqrt(1 - Rational(1600, 10**6))) / 40
    assert _between("0.00002", limit, "0.000021")


def test_p3_the_printed_sum_is_short_by_one_term():
    k, t = Fraction(19, 20), 5
    assert sum(k**i for i in range(t)) - sum(k**i for i in range(1, t)) == 1
    assert DEFECTS["p3"].printed[1].goal.above == sum(k**i for i in range(1, t)) / 10
    assert _outcome("p3", "f = 19x/20").claim.facts["radius"] == "2"


def test_p4_the_printed_slope_and_the_true_one():
    assert _between("1.4438e-34", 2 * sympy.sech(40) ** 2, "1.4440e-34")
    steep = (1 - sympy.tanh(4 * (X - Rational(21, 2) + 10))) / 2
    assert steep.subs(X, HALF) == HALF
    assert sympy.diff(steep, X).subs(X, HALF) == -2


def test_p5_the_slopes_are_exact():
    assert 3 * Fraction("1.502") - Fraction(8, 5) * Fraction("1.502") ** 3 == Fraction(-71533501, 78125000)
    assert 3 * Fraction(3, 2) - Fraction(8, 5) * Fraction(3, 2) ** 3 == Fraction(-9, 10)
    assert _outcome("p5", "slope at the end").claim.facts["bounds"] == ["-71533501/78125000"] * 2


def test_p6_the_thresholds_of_m():
    assert [d for d in range(2, 12) if (d + 1) ** 2 < 9 * (d - 1)] == [3, 4]
    assert [d for d in range(2, 12) if (d + 1) ** 2 == 9 * (d - 1)] == [2, 5]
    z = sympy.sqrt(435) / 14
    assert sympy.simplify((30 - 16 * z**2) / (15 - 4 * z**2)) == -Rational(9, 10)
    c = 1 / (Rational(3, 2) * z - Rational(2, 5) * z**3) - 1
    assert _between("0.0963726", c, "0.0963728")
    assert _between("3.221237", 1 / sympy.sqrt(c), "3.221239")
    assert [d for d in range(2, 12) if not Rational(d - 1, (d + 1) ** 2) < c] == [2, 3, 4, 5, 6]


def test_p6_the_eigenvalues_are_those_of_the_table():
    exact = {"all high, d = 2, m = 3", "all high, d = 5, m = 6"}
    for case in DEFECTS["p6"].printed[:5]:
        facts = _outcome("p6", case.name).claim.facts
        low, high = (Fraction(end) for end in facts["eigenvalue"])
        assert (low == high == -1) == (case.name in exact)
        assert high <= -1 or case.name == "all high, d = 6, m = 7"


SMALLEST = [(2, 5, "0.9"), (3, 6, "0.9"), (10, 13, "0.9"), (2, 4, "0.9999"), (3, 6, "0.9999"), (10, 12, "0.9999")]


@pytest.mark.parametrize(("d", "m", "rate"), SMALLEST)
def test_p6_the_lemma_certifies_no_smaller_m(d, m, rate):
    """Each m0(d) is the smallest that these regions allow, and is what the instance has."""
    case = next(c for c in DEFECTS["p6"].instances if c.name == f"quartic layer, d = {d}, m = {m}, K {rate}")
    smaller = fp.loop("quartic", fp.exchangeable(d, 1, Fraction(1, (m - 1) ** 2)))
    assert fp.certify(smaller, case.region, case.goal).verdict.status is not Status.PROVED


def test_p7_the_coupling_is_larger_than_the_printed_noise():
    for case in DEFECTS["p7"].printed:
        low, high = (Fraction(end) for end in _outcome("p7", case.name).claim.facts["bounds"])
        m = int(case.name.split("m = ")[1].split(",")[0])
        assert min(abs(low), abs(high)) > Fraction(1, m)
        assert low * high > 0


def test_p8_the_constant_and_the_exact_shift():
    c = Fraction(-43, 20)
    assert -(c**3 + 2 * c**2) == Fraction(5547, 8000)
    assert (-2 - 3 * c, 3 * c**2 + 4 * c) == (Fraction(89, 20), Fraction(2107, 400))
    assert _between("2.278e-4", Rational(5547, 8000) - sympy.log(2), "2.279e-4")
    root = [Fraction(end) for end in ("-2.1499567484075", "-2.1499567484065")]
    left, right = (-(end**3 + 2 * end**2) for end in root)
    assert Rational(left.numerator, left.denominator) > sympy.log(2) > Rational(right.numerator, right.denominator)


def test_p9_fold_and_flip():
    def critical(slope: int) -> Any:
        """Return F(z) - z at the largest z with F'(z) = slope."""
        z = sympy.real_roots(sympy.Poly(-Rational(8, 5) * X**3 + 3 * X - slope, X))[-1]
        return -Rational(2, 5) * z**4 + Rational(3, 2) * z**2 - z

    assert _between("0.1341884", critical(1), "0.1341885")
    assert _between("-0.1747077", critical(-1), "-0.1747076")
    high = [Fraction(end) for end in ("1.4028014", "1.4028015")]
    motions = [-Fraction(2, 5) * x**4 + Fraction(3, 2) * x**2 - x for x in high]
    assert motions[0] > 0 > motions[1]
    assert Fraction("1.5640") < high[0] + Fraction("0.16125") < high[1] + Fraction("0.16127") < Fraction("1.5641")


# ------------------------------------------------------------------ forged counterexamples

Edit = Callable[[list[Obligation]], list[Obligation]]


def _obligations(name: str, case: str) -> list[Obligation]:
    return list(_outcome(name, case).certificate.obligations)


def _forge(obligations: Sequence[Obligation]) -> str:
    """Return the text of a certificate whose claim is what the last rule would conclude, whether or not it holds."""
    concluded: dict[str, Claim] = {}
    for one in obligations:
        concluded[one.id] = RULES[one.rule].conclusion(one, {key: concluded[key] for key in one.premises})
    return Certificate.of(concluded[obligations[-1].id], obligations, {"tool": "a forger"}).to_text()


def _without(index: int) -> Edit:
    """Drop a premise, and its obligation."""

    def edit(given: list[Obligation]) -> list[Obligation]:
        gone, last = given[index].id, given[-1]
        kept = [one for one in given[:-1] if one.id != gone]
        return [*kept, replace(last, premises=tuple(key for key in last.premises if key != gone))]

    return edit


def _witness(index: int, **changes: Any) -> Edit:
    """Change numbers of a witness."""

    def edit(given: list[Obligation]) -> list[Obligation]:
        changed = list(given)
        changed[index] = replace(given[index], witness={**given[index].witness, **changes})
        return changed

    return edit


def _both(*edits: Edit) -> Edit:
    def edit(given: list[Obligation]) -> list[Obligation]:
        for one in edits:
            given = one(given)
        return given

    return edit


HEADLINE, RADIUS = ("p1", "Lemma 3.4, no fixed point"), ("p2", "m = 10")
OPEN, BIAS = ("p4", "x/2 on two half-open intervals"), ("p4", "the bias left out")
FORGERIES: list[tuple[str, tuple[str, str], Edit]] = [
    ("the self-map is not a premise", HEADLINE, _without(0)),
    ("the rate is not a premise", HEADLINE, _without(1)),
    ("the failure is not a premise", HEADLINE, _without(2)),
    ("K = 1", HEADLINE, _witness(1, rate="1")),
    ("K above 1", HEADLINE, _witness(1, rate="3/2")),
    ("K below 0", HEADLINE, _witness(1, rate="-1/2")),
    ("K below the slope", HEADLINE, _witness(1, rate="499/1000")),
    ("a norm that is not printed", RADIUS, _witness(1, norm={"kind": "two", "weights": ["1"]})),
    ("a statement that nobody printed", HEADLINE, _witness(-1, statement="ke-9.9")),
    ("a conclusion that the lemma does not have", HEADLINE, _witness(-1, conclusion="radius")),
    ("a conclusion that does not fail", HEADLINE, _witness(-1, conclusion="convergence")),
    ("K above 0.95 in Theorem 4.2", RADIUS, _witness(1, rate="96/100")),
    ("K below the slope in Theorem 4.2", RADIUS, _witness(1, rate="94/100")),
    ("Lemma 3.4 has no radius", RADIUS, _witness(-1, statement="ke-3.4")),
    ("one step less", RADIUS, _witness(2, steps=6)),
    ("a smaller radius than printed", RADIUS, _both(_witness(-1, radius="1"), _witness(2, above="1"))),
    ("more noise than 1/m", RADIUS, _witness(2, noise=["1/9"])),
    ("noise that is no 1/m", RADIUS, _both(_witness(-1, noise="2/21", radius="40/21"), _witness(2, noise=["2/21"]))),
    ("not above the radius", RADIUS, _witness(2, above="19/10")),
    ("one region instead of two", OPEN, _both(_without(3), _without(2))),
    ("one rate instead of two", OPEN, _without(3)),
    ("Lemma 3.4 has one closed set", OPEN, _witness(-1, statement="ke-3.4")),
    ("Theorem 4.2 has one closed set", OPEN, _witness(-1, statement="ke-4.2")),
    ("Lemma 3.4 bounds the slope of f", BIAS, _witness(-1, statement="ke-3.4")),
    ("Theorem 4.2 bounds the slope of f", BIAS, _witness(-1, statement="ke-4.2")),
    ("there is a fixed point", BIAS, _witness(-1, conclusion="fixed_points")),
]


@pytest.mark.parametrize(("source", "edit"), [pytest.param(*row[1:], id=row[0]) for row in FORGERIES])
def test_a_forged_counterexample_is_rejected(source, edit):
    """Also if its claim follows from its obligations, as if they held."""
    given = _obligations(*source)
    assert check_text(_forge(given)).status is FileStatus.VALID
    try:
        content = _forge(edit(given))
    except fp.FpverifyError:
        return
    assert check_text(content).status is FileStatus.REJECTED


@pytest.mark.parametrize("field", ["statement", "conclusion", "hypothesis_words", "failure_words", "region"])
def test_the_stated_claim_must_be_the_one_that_follows(field):
    data = json.loads(_outcome(*HEADLINE).certificate.to_text())
    changes = {"hypothesis_words": [], "region": {"whole": 1}}
    data["claim"][field] = changes.get(field, "Theorem 4.2 of arXiv 2410.11279")
    data.pop("digest")
    assert check_text(json.dumps({**data, "digest": digest(data)})).status is FileStatus.REJECTED


# ------------------------------------------------------------------ unfair counterexamples

BOXES = (BoxRegion.of(("-2", "-1")), BoxRegion.of(("1", "2")))
PAIR = Cover(parts=BOXES)
SMALL = Cover(parts=(BoxRegion.of(("-11/10", "-9/10")), BoxRegion.of(("9/10", "11/10"))))
SIGN = fp.loop({"name": "sign"}, [["-1"]])
KINKS = fp.network(
    [{"activation": "hardtanh"}, {"affine": {"weight": [["-3/2"]], "bias": ["0"]}}], name="-3/2 hardtanh", state_size=1
)
BEYOND = Cover(parts=(BoxRegion.of(("-2", "-5/4")), BoxRegion.of(("5/4", "2"))))
PLANE = fp.loop("cubic", [["-1", "0"], ["0", "-1"]])
SQUARES = Cover(parts=(BoxRegion.of(*(("-11/10", "-9/10"),) * 2), BoxRegion.of(*(("9/10", "11/10"),) * 2)))


def _swapped(statement: str, sets: Any, region: Any = None, **lipschitz: Any) -> Refutes:
    given = (About(goal=MapsInto(), region=sets), About(goal=Lipschitz(**lipschitz), region=sets))
    failure = About(goal=fp.Alternates(), region=sets if region is None else region)
    return Refutes(statement=statement, conclusion="convergence", hypotheses=given, failure=failure)


def _at_most_one(statement: str, *given: About) -> Refutes:
    failure = About(goal=fp.AtMostOne(), region=fp.WholeSpace(size=1))
    return Refutes(statement=statement, conclusion="fixed_points", hypotheses=given, failure=failure)


def _radius(net: Any, sets: BoxRegion, noise: str, radius: str, steps: int) -> tuple[Any, Any, Refutes]:
    given = (About(goal=MapsInto(precision=0), region=sets), About(goal=Lipschitz(precision=0), region=sets))
    orbit = fp.OrbitAbove(steps=steps, above=radius, noise=noise)
    failure = About(goal=orbit, region=BoxRegion.of(("0", "0")))
    goal = Refutes(
        statement="ke-4.2", conclusion="radius", noise=noise, radius=radius, hypotheses=given, failure=failure
    )
    return net, sets, goal


BRISK = fp.loop({"name": "polynomial", "coefficients": ["0", "1/2", "9"]}, [["1"]])
GENTLE = fp.loop({"name": "polynomial", "coefficients": ["0", "1/2", "1"]}, [["1"]])
DEEP = fp.network(
    [
        {"affine": {"weight": [["1", "0"], ["0", "1"]], "bias": ["0", "0"]}},
        {"activation": "cubic"},
        {"affine": {"weight": [["-1", "0"], ["0", "-1"]], "bias": ["0", "0"]}},
    ],
    name="two affine layers in the plane",
)
PRODUCT = fp.network(
    [{"affine": {"weight": [["0"]], "bias": ["-1"]}}, {"multiply": {"with": 0}}], name="(0 x - 1) x", state_size=1
)
HALF_MAP = fp.loop({"name": "polynomial", "coefficients": ["0", "1/2"]}, [["1"]], ["0"])
UNFAIR: list[tuple[str, Any, Any, Refutes, Reason]] = [
    (
        "f jumps: it is not differentiable on the line",
        SIGN,
        SMALL,
        _swapped("ke-3.4", SMALL),
        Reason.HYPOTHESIS_MISSING,
    ),
    ("f has kinks, though off the set", KINKS, BEYOND, _swapped("ke-3.4", BEYOND), Reason.HYPOTHESIS_MISSING),
    (
        "the row sums are what is printed, not the 2-norm",
        PLANE,
        SQUARES,
        _swapped("ke-3.4", SQUARES, norm="two"),
        Reason.HYPOTHESIS_MISSING,
    ),
    (
        "no weights are printed",
        PLANE,
        SQUARES,
        _swapped("ke-3.4", SQUARES, weights=("1", "2")),
        Reason.HYPOTHESIS_MISSING,
    ),
    ("Theorem 4.2 is about scalars", PLANE, SQUARES, _swapped("ke-4.2", SQUARES), Reason.HYPOTHESIS_MISSING),
    ("no layer g(W x + b)", DEEP, SQUARES, _swapped("ke-4.1", SQUARES), Reason.HYPOTHESIS_MISSING),
    (
        "the region of the claim is not one of the sets",
        PLANE,
        BoxRegion.of(("0", "1"), ("0", "1")),
        _swapped("ke-3.4", SQUARES),
        Reason.HYPOTHESIS_MISSING,
    ),
    (
        "the printed radius is 20/m, not (1/m)/(1 - K)",
        *_radius(GENTLE, BoxRegion.of(("-1/4", "0")), "1/10", "1/5", 20),
        Reason.NO_CONTRADICTION,
    ),
    (
        "on the set {0} nothing is differentiable",
        *_radius(BRISK, BoxRegion.of(("0", "0")), "1/10", "2", 20),
        Reason.HYPOTHESIS_MISSING,
    ),
    (
        "at most one fixed point is what Lemma 3.4 promises",
        HALF_MAP,
        BOXES[0],
        _at_most_one(
            "ke-3.4",
            About(goal=MapsInto(), region=BoxRegion.of(("-1", "1"))),
            About(goal=Lipschitz(rate="0.6"), region=BoxRegion.of(("-1", "1"))),
        ),
        Reason.HYPOTHESIS_MISSING,
    ),
]


@pytest.mark.parametrize(("net", "region", "goal", "reason"), [pytest.param(*row[1:], id=row[0]) for row in UNFAIR])
def test_an_unfair_counterexample_is_refused(net, region, goal, reason):
    """The premises hold; they are not the printed hypotheses in every reading, or no contradiction to what is printed."""
    outcome = fp.certify(net, region, goal)
    assert outcome.verdict.status is Status.UNDECIDED
    assert outcome.verdict.reason is reason


def test_the_fair_neighbours_of_the_unfair_ones_are_refuted():
    """The same goals, with the printed norm, for Lemma 3.4, and for a layer: so that the refusals above mean something."""
    for statement in ("ke-3.4", "ke-4.1"):
        assert fp.certify(PLANE, SQUARES, _swapped(statement, SQUARES)).verdict.status is Status.PROVED
    assert fp.certify(DEEP, SQUARES, _swapped("ke-3.4", SQUARES)).verdict.status is Status.PROVED


def test_the_slope_without_bias_is_that_of_g_only_if_all_else_reads_the_first_layer():
    """(0 x - 1) x = -x swaps two intervals, and without its bias it is 0; but it is no g(0 x - 1)."""
    without = PRODUCT.without_bias()
    given = (
        About(goal=MapsInto(precision=0), region=PAIR),
        About(goal=Lipschitz(rate=0, precision=0), region=PAIR, network=without),
    )
    failure = About(goal=fp.Alternates(precision=0), region=PAIR)
    goal = Refutes(statement="ke-4.1", conclusion="convergence", hypotheses=given, failure=failure)
    for part in (*given, failure):
        assert fp.certify(part.network or PRODUCT, part.region, part.goal).verdict.status is Status.PROVED
    assert fp.certify(PRODUCT, PAIR, goal).verdict.reason is Reason.HYPOTHESIS_MISSING


def test_a_jump_hides_from_slopes_what_a_punctured_set_must_not_reach():
    """(x - 2 sign x)/4 has slope 1/4 off 0 and fixes 0, yet maps 2 to the missing point 0."""
    layers = [
        {"activation": "sign"},
        {"affine": {"weight": [["-2"]], "bias": ["0"]}},
        {"add": {"with": 0}},
        {"affine": {"weight": [["1/4"]], "bias": ["0"]}},
    ]
    net = fp.network(layers, name="(x - 2 sign x)/4", state_size=1)
    place = Punctured(parts=(BoxRegion.of(("-3", "3")),), without=Fraction(0))
    assert fp.certify(net, place, MapsInto(precision=0)).verdict.status is not Status.PROVED
