"""The theorems of Ke et al. in their repaired form, and the k^d lemma: instances, controls, steps, golden constants."""

import ast
import runpy
from fractions import Fraction
from functools import cache
from pathlib import Path

import mpmath
import pytest

import fpverify as fp
from fpverify import FileStatus, ProductRegions, Reason, Status
from fpverify._theorem import load_theorems
from fpverify.kernel.check import check_text
from fpverify.kernel.rules import RULES
from fpverify.report import slug
from fpverify.symbolic.steps import verify

FOLDER = Path(__file__).parents[2] / "theorems"
FILES = sorted([*FOLDER.glob("ke_*.py"), FOLDER / "kd_regions.py"])
THEOREMS = {key: theorem for key, theorem in load_theorems([FOLDER]).items() if key.startswith(("ke-", "kd-"))}
KD, QUARTIC, EXPONENTIAL = (runpy.run_path(str(FOLDER / f"{name}.py")) for name in ("kd_regions", "ke_5_1", "ke_5_2"))


def _table(kind):
    """Return one parameter for each case (or step) of the kind: (id of the theorem, case)."""
    rows = [(key, case) for key, theorem in THEOREMS.items() for case in getattr(theorem, kind)]
    return [pytest.param(key, case, id=f"{key}: {case.title if kind == 'steps' else case.name}") for key, case in rows]


@cache
def _outcome(key, name):
    (case,) = [one for one in THEOREMS[key].instances if one.name == name]
    return fp.certify(case.network, case.region, case.goal)


def _facts(key, name):
    return _outcome(key, name).claim.facts


# ------------------------------------------------------------------ the files


def test_the_seven_theorems_are_found():
    assert list(THEOREMS) == ["kd-regions", "ke-3.3", "ke-3.4", "ke-4.1", "ke-4.2", "ke-5.1", "ke-5.2"]


@pytest.mark.parametrize("key", THEOREMS)
def test_a_theorem_is_complete(key):
    theorem = THEOREMS[key]
    assert all((theorem.title, theorem.statement, theorem.source, theorem.hypotheses, theorem.remark, theorem.steps))
    assert theorem.rule in RULES
    assert not theorem.defect_class
    cases = (*theorem.instances, *theorem.controls)
    assert len({slug(case.name) for case in cases}) == len(cases), "two certificates would have one file name"
    assert all(control.because for control in theorem.controls)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_theorem_file_imports_public_names_only_and_writes_no_float(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module in {"fpverify", "fractions"}
            assert all(hasattr(fp, alias.name) for alias in node.names if node.module == "fpverify")
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        assert not isinstance(node, (ast.While, ast.For))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_theorem_file_says_what_it_proves_and_from_where(path):
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert all(f"\n{heading}:" in words for heading in ("Proves", "Uses", "Source"))


# ------------------------------------------------------------------ steps, instances, controls


@pytest.mark.parametrize(("key", "step"), _table("steps"))
def test_each_step_is_an_identity(key, step):
    assert verify(step)


@pytest.mark.parametrize(("key", "case"), _table("instances"))
def test_each_instance_is_proved_and_its_certificate_is_valid(key, case):
    outcome = _outcome(key, case.name)
    assert case.expected is Status.PROVED
    assert outcome.verdict.status is Status.PROVED
    assert outcome.check.status is FileStatus.VALID


@pytest.mark.parametrize(("key", "case"), _table("controls"))
def test_a_false_claim_is_not_proved(key, case):
    """REFUTED, where existence was asked for, is right; else the certificate that would prove it is refused."""
    outcome = fp.certify(case.network, case.region, case.goal)
    assert outcome.verdict.status in {Status.UNDECIDED, Status.REFUTED, Status.OUT_OF_SCOPE}
    if outcome.verdict.status is not Status.REFUTED and outcome.certificate is not None:
        assert check_text(outcome.certificate.to_text()).status is not FileStatus.VALID


# ------------------------------------------------------------------ golden constants: Banach


def test_the_cubic_near_1_contracts_with_0_41625():
    assert _facts("ke-3.3", "cubic near 1")["rate"] == "333/800"
    assert (
        Fraction(333, 800) <= Fraction(_facts("ke-3.3", "cubic near 1, rate searched")["rate"]) <= Fraction("0.41626")
    )


@pytest.mark.parametrize(
    ("g", "weight", "largest"), [("gelu", "7/8", "1.128904145185"), ("silu", "9/10", "1.09983932013")]
)
def test_the_global_rate_is_the_largest_slope_times_the_row_sum(g, weight, largest):
    rate, wanted = Fraction(_facts("ke-3.4", f"{g} on R^5")["rate"]), Fraction(largest) * Fraction(weight)
    assert wanted < rate < wanted + Fraction(2, 10**5)


@pytest.mark.parametrize(
    ("name", "rate", "budget"),
    [
        ("64 cubics, row sums, K = 9/10", "9/10", "0.189737"),
        ("64 cubics, entries at most (9/10)/64", "9/640", "0.004665"),
    ],
)
def test_row_sums_allow_forty_times_more_bias_than_entries(name, rate, budget):
    """The budget is (K/3) sqrt(1 - 2K/3) for the rate K."""
    (case,) = [one for one in THEOREMS["ke-3.4"].instances if one.name == name]
    bias = Fraction(case.network.to_data()["layers"][0]["affine"]["bias"]["fill"][1])
    assert _facts("ke-3.4", name)["rate"] == rate
    assert Fraction("0.98") * Fraction(budget) < bias < Fraction(budget)


def test_weights_contract_where_the_row_sum_is_16_fifths():
    assert _facts("ke-3.4", "Perron weights")["norm"] == {"kind": "sup", "weights": ["342/11", "153/22"]}
    assert Fraction(_facts("ke-3.4", "Perron weights, searched")["rate"]) == Fraction(22, 25)


def test_the_turn_contracts_in_the_2_norm_with_3_sqrt_2_fifths():
    rate = Fraction(_facts("ke-3.4", "2-norm of a turn")["rate"])
    assert Fraction(18, 25) < rate**2 < Fraction(18, 25) + Fraction(1, 10**5)


# ------------------------------------------------------------------ golden constants: noise


@pytest.mark.parametrize(("rate", "radius"), [("1/2", 2), ("4/5", 5), ("9/10", 10), ("23/25", "25/2"), ("19/20", 20)])
def test_the_radius_is_1_over_1_minus_k(rate, radius):
    facts = _facts("ke-4.2", f"K = {rate}, noise 1, radius {radius}")
    assert (facts["rate"], Fraction(facts["radius"])) == (rate, Fraction(radius))


def test_the_radius_of_the_paper_is_20_over_m():
    assert Fraction(_facts("ke-4.2", "K = 19/20, m = 1000, radius 20/m")["radius"]) == Fraction(20, 1000)


def test_the_componentwise_radii_are_the_least_possible_ones():
    """(I - M)^-1 E = (23/90, 7/108) = (0.255556, 0.064815)."""
    radii = [Fraction(v) for v in _facts("ke-4.2", "coordinate by coordinate")["radii"]]
    for found, least in zip(radii, (Fraction(23, 90), Fraction(7, 108)), strict=True):
        assert least <= found < least + Fraction(1, 10**6)


# ------------------------------------------------------------------ golden constants: the k^d lemma

RATES = {1: "0.7638", 2: "0.78798", 4: "0.79996", 8: "0.806", 16: "0.80889", 32: "0.8104", 64: "0.8111", 128: "0.8115"}


@pytest.mark.parametrize("size", RATES)
def test_the_default_instance_reproduces_its_constants(size):
    facts = _facts("kd-regions", f"default instance, d = {size}")
    rate = Fraction(facts["rate"])
    assert Fraction(RATES[size]) - Fraction(2, 10**4) < rate <= Fraction(RATES[size]) < Fraction("0.81866")
    assert facts["count"] == str(2**size)
    assert set(facts["gaps"]) == {"8/5"}
    assert Fraction(1, 20) / (1 - rate) < Fraction("0.2757")
    assert Fraction(facts["radius"]) == (Fraction(1, 20) + Fraction(facts["deviation"])) / (1 - rate)


@pytest.mark.parametrize(
    ("title", "budget"),
    [
        ("cubic", "0.189737"),
        ("Hermite, k = 3", "0.037619"),
        ("Hermite, k = 4", "0.010211"),
        ("staircase, k = 5", "0.158357"),
        ("tanh, a = 3/2", "0.203185"),
        ("tanh, a = 2", "0.529170"),
        ("tanh, a = 3", "1.300045"),
        ("sigmoid, a = 8", "1.058340"),
        ("hard-tanh, a = 2", "1"),
        ("softsign, a = 4", "0.994448"),
        ("sin, a = 2", "0.061238"),
        ("sin, a = pi/2", "0.326715"),
        ("GELU, a = -20", "0.0448"),
        ("GELU, a = 0.96", "0.0393"),
        ("SiLU, a = -20", "0.1358"),
        ("SiLU, a = 0.97", "0.0607"),
        ("Gompertz E3", "0.1336"),
        ("Gaussian E5", "0.1282"),
    ],
)
def test_a_budget_is_used_up_and_one_percent_more_is_not_certified(title, budget):
    (row,) = [row for row in KD["BUDGETS"] if row[0] == title]
    _, g, a, b, (_, bias, _), rate, intervals = row
    assert Fraction("0.99") * Fraction(budget) < Fraction(bias) < Fraction(budget)
    more = KD["_family"](title, g, 2, (a, b), ("0", Fraction(bias) * Fraction("1.01")))
    goal = fp.OneInEachProduct(rate=rate)
    assert fp.certify(more, ProductRegions.power(*intervals, dimension=2), goal).verdict.status is Status.UNDECIDED


def test_the_relu_pair_has_the_componentwise_radius_4_eps_and_eps():
    facts = _facts("kd-regions", "ReLU pair, noise 1/10")
    assert (facts["rate"], facts["radius"]) == ("3/4", "2/5")  # in the norm max(|x|/4, |y|): noise 1/10 over 1 - 3/4
    for found, least in zip(facts["radii"], (Fraction(4, 10), Fraction(1, 10)), strict=True):
        assert least <= Fraction(found) < least + Fraction(1, 10**5)


def test_overlapping_intervals_are_refused():
    region = ProductRegions.power(("4/5", "11/10"), ("9/10", "6/5"), dimension=2)
    outcome = fp.certify(fp.loop("cubic", fp.exchangeable(2, 1, 0)), region, fp.OneInEachProduct())
    assert outcome.verdict.reason is Reason.NOT_DISJOINT


# ------------------------------------------------------------------ golden constants: m0(d)

QUARTIC_TABLE = {
    "paper's regions, K < 1": (13, 18, 38, 123),
    "paper's regions, K = 0.95": (20, 28, 58, 192),
    "paper's regions, K = 0.95, noise 1/m": (23, 28, 58, 192),
    "wide regions, K = 0.9, noise 1/m": (14, 15, 32, 104),
    "tight regions, K = 0.9": (5, 6, 13, 41),
    "tight regions, K < 1": (4, 6, 12, 38),
}
EXPONENTIAL_TABLE = {"no noise": (4, 6, 12, 39), "noise 1/m": (32, 32, 33, 39)}
QUARTIC_ROWS = [
    pytest.param(*row[:4], d, m, id=f"{row[0]}, d = {d}")
    for row in QUARTIC["TABLE"]
    for d, m in zip((2, 3, 10, 100), row[4], strict=True)
]


def test_the_tables_are_those_of_the_specification():
    assert {row[0]: row[4] for row in QUARTIC["TABLE"]} == QUARTIC_TABLE
    assert {row[0]: row[2] for row in EXPONENTIAL["TABLE"]} == EXPONENTIAL_TABLE


@pytest.mark.parametrize(("title", "regions", "rate", "noisy", "d", "m"), QUARTIC_ROWS)
def test_the_quartic_is_certified_from_m0_on_and_not_before(title, regions, rate, noisy, d, m):
    def status(number):
        goal = fp.OneInEachProduct(rate=rate, noise=Fraction(noisy, number))
        return fp.certify(
            QUARTIC["_paper"](d, number), ProductRegions.power(*regions, dimension=d), goal
        ).verdict.status

    assert _outcome("ke-5.1", f"{title}, d = {d}, m = {m}").verdict.status is Status.PROVED
    assert status(m - 1) is Status.UNDECIDED
    if d < 100:
        assert {status(number) for number in (m + 1, 2 * m, 10 * m)} == {Status.PROVED}


@pytest.mark.parametrize("build", ["_shifted", "_printed"])
@pytest.mark.parametrize(
    ("noisy", "d", "m"), [(0, 2, 4), (0, 3, 6), (0, 10, 12), (0, 100, 39), (1, 2, 32), (1, 3, 32), (1, 10, 33)]
)
def test_the_exponential_is_not_certified_before_m0(build, noisy, d, m):
    goal = fp.OneInEachProduct(rate="0.9", noise=Fraction(noisy, m - 1))
    region = ProductRegions.power(EXPONENTIAL["ZERO"], EXPONENTIAL["LOW"], dimension=d)
    assert fp.certify(EXPONENTIAL[build](d, m - 1), region, goal).verdict.status is Status.UNDECIDED


def _steepness(slope, first, rest, d, m):
    """Return the largest |slope| at the two extreme pre-activations of the first coordinate, times the row sum."""
    coupling = Fraction(d - 1, m * m)
    ends = [Fraction(own) + coupling * Fraction(other) for own, other in zip(first, rest, strict=True)]
    return max(abs(slope(end)) for end in ends) * (1 + coupling)


@pytest.mark.parametrize(("title", "first", "rest", "rate", "cases"), QUARTIC["TOO_STEEP"])
def test_the_controls_of_the_quartic_are_false(title, first, rest, rate, cases):
    """In exact arithmetic: at a corner of the box the sum of the |df_1/dx_k| exceeds the rate."""
    for d, m in cases:
        assert _steepness(lambda z: 3 * z - Fraction(8, 5) * z**3, first, rest, d, m) > Fraction(rate)


@pytest.mark.parametrize(("d", "m"), [(2, 3), (3, 5), (10, 11), (100, 38)])
def test_the_controls_of_the_exponential_are_false(d, m):
    def slope(z):
        value = mpmath.mpf(z.numerator) / z.denominator
        return (3 * value**2 - 4 * value) * mpmath.exp(value**3 - 2 * value**2)

    coupling = Fraction(d - 1, m * m)
    end = Fraction(EXPONENTIAL["LOW"][1]) + coupling * Fraction(EXPONENTIAL["ZERO"][1])
    with mpmath.workdps(30):
        assert abs(slope(end)) * (1 + mpmath.mpf(d - 1) / m**2) > mpmath.mpf("0.901")


def test_the_printed_coefficients_are_those_of_c():
    c = Fraction("-2.15")
    wanted = [Fraction(0), 3 * c**2 + 4 * c, -2 - 3 * c, Fraction(1)]
    assert [Fraction(entry) for entry in EXPONENTIAL["PRINTED"]["coefficients"]] == wanted
