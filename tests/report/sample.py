"""A small report: six theorems, decided by the kernel, with names and numbers that are hard to print, and observations."""

from dataclasses import replace

import fpverify as fp
from fpverify._certify import attempt
from fpverify.kernel.check import check_text
from fpverify.numeric.record import CrossCheck
from fpverify.report import Entry, Report, StepResult, slug

HOSTILE = 'a <script>alert(1)</script> & "b" | *c* _d_ `e` $f$ [g](h)'
"""A name that must be shown as it is."""

TANH = fp.loop("tanh", weight=[["0.4", "-0.3"], ["0.2", "0.5"]], bias=["0.1", "-0.2"], name="two <cells> & more")
STRONG = fp.loop("tanh", weight=[["3", "0"], ["0", "3"]])
SQUARE, WIDE = fp.BoxRegion.cube("9/10", dimension=2), fp.BoxRegion.cube("1", dimension=2)
STAIRS = fp.network(
    [{"activation": "staircase"}, {"affine": {"weight": [["1"]], "bias": ["1"]}}], name="stairs + 1", state_size=1
)
DASHES = fp.Periodic(part=fp.BoxRegion.of(("-1/6", "1/6")), period=fp.exact(1))
LINE = fp.Periodic(part=fp.BoxRegion.of(("0", "1")), period=fp.exact(1), two_sided=True)

REFUTED = fp.Refutes(
    statement="ke-3.4",
    conclusion="fixed_points",
    hypotheses=(
        fp.About(goal=fp.MapsInto(), region=DASHES),
        fp.About(goal=fp.Lipschitz(rate="501/1000"), region=DASHES),
    ),
    failure=fp.About(goal=fp.NoFixedPoint(), region=LINE),
)
COUNTED = tuple(
    fp.Instance(
        name=f"{words} coupled cubics",
        network=fp.loop("cubic", fp.exchangeable(size, 1, "1/50")),
        region=fp.BoxRegion.cube(2, dimension=size),
        goal=fp.AllFixedPoints(count=3**size, stability=True, index_sum=True),
    )
    for size, words in ((2, "two"), (3, "three"))
)
CONTROLS = (
    fp.Control(
        name="three <each>", network=STRONG, region=WIDE, goal=fp.Unique(), because="there are 9 fixed points & 9 > 1"
    ),
    fp.Control(name="|x|", network=STRONG, region=WIDE, goal=fp.Robust(noise="1"), because="noise leads out"),
)
STEPS = (
    fp.Step(
        title="induction S_n -> S_(n+1)", left="K*(1 - K**n)/(1 - K) + 1", right="(1 - K**(n + 1))/(1 - K)", symbols={}
    ),
    fp.Step(title="not arithmetic", left="x if x < 1 else y", right="x & y", symbols={}),
)


def not_run(plan: fp.Plan) -> fp.Finding:
    """The experiment of the sample's observations: their findings are written below."""
    raise AssertionError(plan)


OBSERVATIONS = (
    fp.Observation(
        name="grows | falls", claim="The mean & <more> grows with depth.", measure=not_run, note="Tied *weights*."
    ),
    fp.Observation(name="any scale", claim="Every scale does.", measure=not_run, expected=fp.Evidence.NOT_REPRODUCED),
    fp.Observation(name="left alone", claim="Nobody has looked.", measure=not_run),
)
FINDINGS = {
    ("obs-1", "grows | falls"): fp.Finding(
        evidence=fp.Evidence.EMPIRICAL,
        sentence="The mean is 0.67 [0.53, 0.82] <in> 150 networks.",
        regime="tanh | N = 20",
        samples="150 networks, 48 starts",
        seed=31415926,
        left_out="the depth 40",
        columns=("L", "E[Q] | A", "a word on it"),
        rows=[["1", "0.67 [0.53, 0.82]", "a cell with more words than fit | on a line of a phone & <more>"]] * 3,
        data={"x": [1, 2, None]},
    ),
    ("obs-1", "any scale"): fp.Finding(
        evidence=fp.Evidence.NOT_REPRODUCED,
        sentence="None of 9 networks.",
        regime="sigmoid",
        samples="9 networks",
        seed=3,
        columns=("N",),
        rows=[[str(size)] for size in range(40)],
    ),
}


def theorem(identity: str, **changes: object) -> fp.Theorem:
    plain = fp.Theorem(
        id=identity,
        title="Two cells on R^2 & <more>",
        statement=r"\text{If } f(D) \subseteq D, K < 1, \text{ then } |x^t - p| \le \frac{K^t}{1 - K} |x^1 - x^0|.",
        source="a source with <brackets>",
        hypotheses=("f maps D into itself", "0 <= K < 1"),
        rule="banach",
        remark="Plain words with x^t <= 1 & K_1.",
        steps=STEPS[:1],
        instances=(fp.Instance(name=HOSTILE, network=TANH, region=SQUARE, goal=fp.Unique(), note="A note & <more>."),),
        controls=CONTROLS,
    )
    return replace(plain, **changes)


THEOREMS = (
    theorem("kd-regions", instances=tuple(
        fp.Instance(name=f"instance {i}", network=TANH, region=SQUARE, goal=fp.Robust(noise="1/100", radii=i % 2 == 0))
        for i in range(9)
    )),
    theorem("ke-5.1", steps=STEPS, statement="Text with a formula $a^2 < b$ and more."),
    theorem(
        "p9",
        defect_class="Printed statement false & repaired.",
        printed=(
            fp.Instance(name="printed", network=STAIRS, region=DASHES, goal=REFUTED, expected=fp.Status.REFUTED),
        ),
    ),
    theorem("count-found", rule="cover", instances=COUNTED),
    theorem("obs-1", observations=OBSERVATIONS),
    theorem("obs-2"),
)  # fmt: skip


def entry(name: str, kind: str, case: fp.Instance | fp.Control) -> Entry:
    """Decide a case as a run does, but without files."""
    outcome = attempt(case.network, case.region, case.goal)
    proved = kind != "control" and outcome.claim is not None
    status = outcome.verdict.status.value
    check = "" if outcome.certificate is None else check_text(outcome.certificate.to_text()).status.value
    if proved and outcome.claim is not None and outcome.claim.kind == "refutes":
        status = "REFUTED"
    return Entry(
        theorem=name,
        case=case,
        kind=kind,
        expected=case.expected.value,
        status=status,
        check=check,
        certificate=f"certificates/{name}--{slug(case.name)}.json" if proved else None,
        claim=outcome.claim if proved else None,
        reason=f"{outcome.verdict.reason.value} {outcome.verdict.detail}".strip(),
        margins=outcome.verdict.margins,
        backend=outcome.verdict.backend,
        crosscheck=crosscheck(kind) if proved else None,
    )


def crosscheck(kind: str) -> CrossCheck:
    if kind == "as-printed":
        return CrossCheck(samples=0, steps=0, violations=0, note="nothing to follow")
    curve = tuple((0.1 * 0.4**t if t < 20 else 0.0, 0.2 * 0.7**t) for t in range(30))
    return CrossCheck(samples=64, steps=30, violations=0, worst_ratio=0.4375, curve=curve, limits=(("0.1", "0.2"),))


def sample() -> Report:
    entries: list[Entry] = []
    for one in THEOREMS:
        entries += [entry(one.id, "as-printed", case) for case in one.printed]
        entries += [entry(one.id, "instance", case) for case in one.instances]
        entries += [entry(one.id, "control", case) for case in one.controls]
    steps = {one.id: tuple(StepResult(step=step, holds=True) for step in one.steps) for one in THEOREMS}
    return Report(theorems={one.id: one for one in THEOREMS}, entries=tuple(entries), steps=steps, findings=FINDINGS)


def spoiled(report: Report) -> Report:
    """Return the report with an instance disputed, a control proved and a step that does not hold."""
    entries = list(report.entries)
    instance = next(i for i, one in enumerate(entries) if one.kind == "instance")
    control = next(i for i, one in enumerate(entries) if one.kind == "control")
    entries[instance] = replace(entries[instance], status="DISPUTED")
    entries[control] = replace(entries[control], status="PROVED", check="VALID")
    steps = dict(report.steps)
    steps["ke-5.1"] = tuple(replace(result, holds=False) for result in steps["ke-5.1"])
    return replace(report, entries=tuple(entries), steps=steps)


def without_observations(report: Report) -> Report:
    """Return the report with the theorems that are only proved."""
    kept = {name: theorem for name, theorem in report.theorems.items() if not name.startswith("obs")}
    entries = tuple(entry for entry in report.entries if entry.theorem in kept)
    return Report(theorems=kept, entries=entries, steps={name: report.steps[name] for name in kept})


def surprising(report: Report) -> Report:
    """Return the report with a finding that is not what its claim is known to come to."""
    key = "obs-1", "any scale"
    return replace(
        report, findings={**report.findings, key: replace(report.findings[key], evidence=fp.Evidence.EMPIRICAL)}
    )


def huge(report: Report) -> Report:
    """Return the report with 2^128 fixed points in its first instance, and a rate of many digits."""
    entries = list(report.entries)
    first = next(i for i, one in enumerate(entries) if one.kind == "instance")
    claim = entries[first].claim
    assert claim is not None
    facts = {
        "count": str(2**128),
        "rate": "123456789012345678901/234567890123456789012",
        "radius": "0",
        "noise": ["0"],
        "norm_words": "sup norm",
    }
    entries[first] = replace(entries[first], claim=replace(claim, kind="product", facts=facts))
    return replace(report, entries=tuple(entries))
