"""What is exported to Coq, without Coq: golden files, refusals in one sentence, numbers read back."""

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

import fpverify as fp
from fpverify.exporters import EXPORTERS, OutOfReachError
from fpverify.exporters._coq.emit import emit
from fpverify.exporters._coq.instance import instance_of
from fpverify.exporters._coq.masters import masters_of
from fpverify.exporters._coq.read_back import read_numbers, require_same
from fpverify.exporters._coq.run import ALLOWED, library_digest, library_files, read_assumptions
from fpverify.exporters._formal import badges_of, export_text
from fpverify.exporters._record import Record, badges, digest, merged, read, write
from fpverify.exporters.coq import export
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.errors import FormatError, SoundnessError
from fpverify.kernel.region import Region
from tests.exporters.networks import ALL, certificate, one_box, two_boxes, two_cubics

GOLDEN = Path(__file__).parent / "golden"
REPORTS = Path(__file__).parents[2] / "reports"


@pytest.mark.parametrize(("name", "made"), ALL.items(), ids=ALL)
def test_the_text_is_the_golden_file(name: str, made: Callable[[], Certificate]) -> None:
    """A change of the exported text is seen in review."""
    assert export(made()) == (GOLDEN / f"{name}.v").read_text(encoding="utf-8")


@pytest.mark.parametrize("made", ALL.values(), ids=ALL)
def test_every_number_is_read_back(made: Callable[[], Certificate]) -> None:
    """Weights, biases, regions and the numbers of the claim come back as the Fractions of the certificate."""
    found = made()
    (obligation,) = found.obligations
    _, data = read_numbers(export(found))
    assert data["weights"] == (
        list(obligation.network.layers[0].weight.lo),
        list(obligation.network.layers[0].weight.hi),
    )
    assert all(isinstance(value, Fraction) for value in data["rates"])


NUMBERS = re.compile(r"(?<=[\[ (;])-?\d{6,}(?=[\]);, ])")


@pytest.mark.parametrize("made", [one_box, two_cubics, two_boxes], ids=["one_box", "two_cubics", "two_boxes"])
def test_a_text_with_any_other_number_is_refused(made: Callable[[], Certificate]) -> None:
    """Each number of the network and of the jobs is changed by one unit, in turn; none goes unseen."""
    found, content = made(), export(made())
    start, end = content.index("Definition net"), content.index("Lemma master_0")
    places = [match for match in NUMBERS.finditer(content, start, end) if match[0] != "0"]
    assert len(places) > 8
    for place in places:
        changed = f"{content[: place.start()]}{int(place[0]) + 1}{content[place.end() :]}"
        with pytest.raises(SoundnessError):
            require_same(changed, found)


def test_another_term_than_those_emitted_is_refused() -> None:
    content = export(one_box()).replace("Definition job : task := (Task ", "Definition job : task := (worse_task ")
    with pytest.raises(SoundnessError):
        require_same(content, one_box())


def test_another_network_is_refused() -> None:
    content = re.sub(r"Network sha256:\w+", "Network sha256:0", export(one_box()))
    with pytest.raises(SoundnessError, match="another network"):
        require_same(content, one_box())


def test_each_interval_has_its_master_unless_merged() -> None:
    """Merged, the four checks of two equal cells are two masters; not merged, four."""
    instance = instance_of(two_cubics())
    assert len(masters_of(instance).masters) == 2
    assert len(masters_of(instance, merge=False).masters) == 4
    assert emit(instance, masters_of(instance, merge=False)).count("Lemma master_") == 4


CELLS = fp.loop("tanh", [["2/5", "-3/10"], ["1/5", "1/2"]], ["1/10", "-1/5"], name="two cells")
SQUARE = fp.BoxRegion.cube("9/10", dimension=2)
TWO_LAYERS = fp.network(
    [{"affine": {"weight": [["1/2"]], "bias": ["0"]}}, {"activation": "tanh"}, {"activation": "sin"}], name="two layers"
)
LINE = fp.BoxRegion.of(("-1", "1"))
REFUSED = {
    "another norm": (CELLS, SQUARE, fp.Unique(norm="two"), "2-norm"),
    "another rule": (CELLS, fp.BoxRegion.cube("1", dimension=2), fp.Exists(), "the rule brouwer"),
    "an activation without a lemma": (fp.loop("gelu", [["1/2"]]), LINE, fp.Unique(), "the activation gelu"),
    "two layers": (TWO_LAYERS, LINE, fp.Unique(), "3 layers"),
    "radii": (CELLS, SQUARE, fp.Robust(noise="1/100", radii=True), "a radius for each coordinate"),
    "slopes on all of R^d": (
        fp.loop({"name": "elu"}, [["1/2"]]),
        fp.WholeSpace(size=1),
        fp.Unique(),
        "elu",
    ),
}


@pytest.mark.parametrize(("network", "region", "goal", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_out_of_reach_is_named(network: fp.Network, region: Region, goal: fp.Goal, words: str) -> None:
    """The refusal is one sentence, with the reason."""
    with pytest.raises(OutOfReachError) as refusal:
        export(certificate(network, region, goal))
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_claim_that_does_not_follow_is_refused() -> None:
    found = one_box()
    stronger = Certificate(
        claim={**found.claim, "rate": "1/2"}, obligations=found.obligations, assumptions=(), made_by=found.made_by
    )
    with pytest.raises(OutOfReachError, match="not what its obligation concludes"):
        export(stronger)


def test_the_name_of_a_network_cannot_leave_the_comment() -> None:
    """A name that ends the comment and begins an axiom stays a comment."""
    network = fp.loop("tanh", [["1/2"]], name='*) Axiom falsum : False. (* "')
    content = export(certificate(network, LINE, fp.Unique()))
    comment, _, rest = content.partition("*)\n")
    assert "falsum" in comment
    assert "Axiom" not in rest
    assert '"' not in comment


# ---------------------------------------------------------------- assumptions and the record


def test_printed_assumptions_are_read() -> None:
    """Names at the start of a line are axioms; indented lines are their types."""
    printed = "Axioms:\nClassical_Prop.classic : forall P : Prop, P \\/ ~ P\nmy.falsum\n  : False\n"
    assert read_assumptions(printed) == ("Classical_Prop.classic", "my.falsum")
    assert read_assumptions("Closed under the global context\n") == ()
    assert read_assumptions("") is None
    assert read_assumptions("Error: Axioms:\nx : y") is None


def test_the_general_theorems_admit_nothing() -> None:
    for path in library_files():
        content = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(Admitted|Axioms?|Parameters?|Conjecture|admit)\b", content), path.name


def test_a_record_is_written_and_read(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("{}", encoding="utf-8")
    record = Record(
        version="8.16.1",
        library="sha256:1",
        assumptions=("A.b", "C.d"),
        accepted={"a.json": (digest(b"{}"), "sha256:2")},
    )
    write(tmp_path, record)
    assert read(tmp_path) == record
    assert badges(tmp_path, "sha256:1") == {"a.json": "checked by Coq 8.16.1 (assumptions: b, d)"}


def test_a_changed_file_has_no_badge(tmp_path: Path) -> None:
    """A badge is for the bytes that were checked, with the general theorems that were used."""
    file = tmp_path / "a.json"
    file.write_text("{}", encoding="utf-8")
    accepted = {"a.json": (digest(b"{}"), "sha256:2"), "gone.json": ("sha256:3", "sha256:4")}
    write(tmp_path, Record(version="8", library="sha256:1", assumptions=(), accepted=accepted))
    assert set(badges(tmp_path, "sha256:1")) == {"a.json"}
    assert badges(tmp_path, "sha256:other") == {}
    file.write_text("{ }", encoding="utf-8")
    assert badges(tmp_path, "sha256:1") == {}


def test_a_record_forgets_what_was_rejected() -> None:
    old = Record(version="8", library="l", assumptions=("a",), accepted={"x": ("1", "2"), "y": ("3", "4")})
    new = Record(version="8", library="l", assumptions=("b",), accepted={"z": ("5", "6")})
    assert set(merged(old, new, {"x"}).accepted) == {"y", "z"}
    assert merged(Record(version="9", library="l", assumptions=()), new, set()) == new
    assert merged(None, new, set()) == new


def test_a_damaged_record_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "coq.checked").write_text("[]", encoding="utf-8")
    with pytest.raises(FormatError):
        read(tmp_path)


@pytest.mark.skipif(not (REPORTS / "certificates" / "coq.checked").exists(), reason="no committed record")
def test_the_committed_record_is_about_what_is_exported_today() -> None:
    """Each recorded certificate still gives the text that Coq accepted, from the general theorems as they are."""
    record = read(REPORTS / "certificates")
    assert record is not None
    assert record.library == library_digest()
    assert set(record.assumptions) <= ALLOWED
    for name, (_, text_digest) in record.accepted.items():
        assert digest(export_text(REPORTS / "certificates" / name).encode()) == text_digest, name


@pytest.mark.skipif(not (REPORTS / "certificates" / "coq.checked").exists(), reason="no committed record")
def test_each_theorem_of_the_paper_has_a_badge() -> None:
    """The badges of the committed report are not only about some of the theorems."""
    theorems = {name.partition("--")[0] for name in badges_of(REPORTS)}
    assert theorems == {"ke-3.3", "ke-3.4", "ke-4.1", "ke-4.2", "ke-5.1", "ke-5.2"}


def test_the_exporter_is_found_by_its_file() -> None:
    assert list(EXPORTERS) == ["coq"]
    assert EXPORTERS["coq"].suffix == ".v"
