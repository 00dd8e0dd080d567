"""What Coq says: it accepts what is exported, and refuses each falsified file at the place that is false."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import fpverify as fp
from fpverify.exporters import ToolMissingError
from fpverify.exporters._coq.emit import emit
from fpverify.exporters._coq.instance import instance_of
from fpverify.exporters._coq.masters import masters_of
from fpverify.exporters._coq.run import ALLOWED, assumptions, build_library, compile_file, version
from fpverify.exporters.coq import export
from fpverify.kernel.certificate import Certificate
from tests.exporters.networks import ALL, certificate, two_boxes, two_cubics


def _missing() -> str:
    try:
        version()
    except ToolMissingError as error:
        return str(error)
    return ""


pytestmark = [pytest.mark.coq, pytest.mark.skipif(bool(_missing()), reason=_missing())]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The general theorems, compiled."""
    folder = tmp_path_factory.mktemp("coq")
    build_library(folder)
    return folder


class Coq:
    """Reads texts as new modules of the library's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._count = folder, 0

    def read(self, content: str) -> tuple[str, str]:
        """Return the name of the module, and the lemma that fails ("" if none does; "file" if none was reached)."""
        self._count += 1
        name = f"Control{self._count}"
        path = self.folder / f"{name}.text"
        path.write_text(content, encoding="utf-8")
        reason = compile_file(self.folder, name, path)
        if not reason:
            return name, ""
        line = re.search(r"line (\d+)", reason)
        before = content.splitlines()[: int(line[1])] if line else []
        lemmas = [found[1] for text in before if (found := re.match(r"(?:Lemma|Theorem) (\w+)", text))]
        return name, lemmas[-1] if lemmas else "file"


@pytest.fixture(scope="module")
def coq(library: Path) -> Coq:
    return Coq(library)


def test_the_general_theorems_rest_on_the_reals_only(library: Path) -> None:
    found = assumptions(library, ["Statements"])["Statements"]
    assert found
    assert set(found) <= ALLOWED


def test_what_is_exported_is_accepted(coq: Coq) -> None:
    """One of each kind; all assumptions are allowed."""
    names = [coq.read(export(made())) for made in ALL.values()]
    assert [failed for _, failed in names] == [""] * len(ALL)
    found = assumptions(coq.folder, [name for name, _ in names])
    assert all(set(names) <= ALLOWED for names in found.values())
    assert len(found) == len(ALL)


def test_a_file_that_is_not_merged_is_accepted(coq: Coq) -> None:
    instance = instance_of(two_cubics())
    assert coq.read(emit(instance, masters_of(instance, merge=False)))[1] == ""


def _changed(content: str, old: str, new: str, count: int = 1) -> str:
    assert content.count(old) >= 1, old
    return content.replace(old, new, count)


def _rate(content: str) -> str:
    return _changed(content, "50000000000 0 900000000000)%Z", "50000000000 0 899999999990)%Z")


def _noise(content: str) -> str:
    return _changed(content, "[50000000000; 50000000000]", "[50000000000; 51000000000]")


def _noise_everywhere(content: str) -> str:
    """The same noise in the job and in the masters: the linear part agrees, the images do not fit."""
    more = re.sub(r"\b50000000000\b", "100000000000", content)
    more = re.sub(r"\b850000000000\b", "900000000000", more)
    return re.sub(r"\b1150000000000\b", "1100000000000", more)


def _weight(content: str) -> str:
    return _changed(content, "[1000000000000; 20000000000]", "[1000000000000; 200000000000]")


def _dropped(content: str) -> str:
    content = re.sub(r"(Definition masters : list master := \[\n  [^;]*);[^\]]*\]", r"\1]", content)
    return _changed(content, "constructor; [exact master_1|]. ", "")


def _statement(content: str) -> str:
    return _changed(content, "length ps = product 2 (choices job)", "length ps = S (product 2 (choices job))")


def _regions_swapped(content: str) -> str:
    """The product is a larger one than what the masters cover."""
    return _changed(content, "(800000000000, 1200000000000)", "(800000000000, 1300000000000)")


def _rate_of_one(content: str) -> str:
    return _changed(content, "50000000000 0 900000000000)%Z", "50000000000 0 1000000000000)%Z")


CONTROLS: dict[str, tuple[Callable[[str], str], str]] = {
    "K too small by 10^-11": (_rate, "linear_part"),
    "K = 1": (_rate_of_one, "linear_part"),
    "noise too big in one coordinate": (_noise, "linear_part"),
    "noise too big everywhere": (_noise_everywhere, "master_1"),
    "a weight changed": (_weight, "linear_part"),
    "an obligation dropped": (_dropped, "linear_part"),
    "a region changed": (_regions_swapped, "linear_part"),
    "the statement changed": (_statement, "main"),
}


@pytest.mark.parametrize(("change", "place"), CONTROLS.values(), ids=CONTROLS)
def test_a_falsified_file_is_refused_where_it_is_false(coq: Coq, change: Callable[[str], str], place: str) -> None:
    content = export(two_cubics())
    assert coq.read(change(content))[1] == place


def _one_less(content: str, pattern: str) -> str:
    changed = re.sub(pattern, lambda found: f"{found[1]}{int(found[2]) - 1}", content)
    assert changed != content
    return changed


def test_one_unit_is_too_much(coq: Coq) -> None:
    """The slope of the cubic at 17/20 is 333/800 exactly, which Coq accepts; it refuses one unit less."""
    network = fp.loop("cubic", [["1"]], name="cubic")
    exact = fp.Unique(rate="333/800", precision=0)
    content = export(certificate(network, fp.BoxRegion.of(("17/20", "21/20")), exact))
    assert coq.read(content)[1] == ""
    assert coq.read(_one_less(content, r"(Definition job .* )(\d+)(?=\)%Z)"))[1] == "linear_part"
    assert coq.read(_one_less(content, r"(Master \d+ \d+ \d+ \d+ )(\d+)"))[1] == "master_0"


def test_boxes_that_touch_are_refused(coq: Coq) -> None:
    content = _changed(export(two_boxes()), "(-1100000000000, -800000000000)", "(800000000000, 1100000000000)")
    assert coq.read(content)[1] == "linear_part"


def test_a_tampered_certificate_does_not_pass(coq: Coq) -> None:
    """With a smaller rate in the certificate itself, the exporter asks for slopes that the network does not have."""
    found = two_cubics()
    (obligation,) = found.obligations
    text = found.to_text().replace(f'"{obligation.witness["rate"]}"', '"1/2"')
    data = Certificate.from_text(_with_digest(text))
    radius = instance_claim(data)
    assert coq.read(export(radius))[1].startswith("master_")


def _with_digest(text: str) -> str:
    from fpverify.kernel.certificate import digest, parse_json
    from fpverify.kernel.network import canonical_json

    data = parse_json(text)
    data.pop("digest")
    return canonical_json({**data, "digest": digest(data)})


def instance_claim(found: Certificate) -> Certificate:
    """Return the certificate with the claim that its obligation would conclude."""
    from fpverify.kernel.rules import RULES

    (obligation,) = found.obligations
    claim = RULES[obligation.rule].conclusion(obligation, {})
    return Certificate.of(claim, found.obligations, found.made_by)


SMUGGLED = """Axiom falsum : False.
Theorem main : 1 = 2.
Proof. destruct falsum. Qed.
"""


@pytest.mark.parametrize("word", ["Axiom", "Parameter", "Conjecture", "Hypothesis", "Variable"])
def test_a_smuggled_axiom_is_refused_by_its_name(coq: Coq, word: str) -> None:
    path = coq.folder / "smuggled.text"
    path.write_text(SMUGGLED.replace("Axiom", word), encoding="utf-8")
    assert word in compile_file(coq.folder, "Smuggled", path)


def test_a_smuggled_axiom_is_seen_among_the_assumptions(coq: Coq) -> None:
    """Were the word not noticed, what Coq prints of main would show it."""
    from fpverify.exporters._coq.run import _coqc

    (coq.folder / "Hidden.v").write_text(SMUGGLED, encoding="utf-8")
    assert _coqc(coq.folder, "Hidden.v") == ""
    assert "Hidden.falsum" in assumptions(coq.folder, ["Hidden"])["Hidden"]


def test_a_proof_that_was_admitted_is_refused(coq: Coq) -> None:
    content = export(two_cubics()).replace("Proof. vm_cast_no_check (eq_refl true). Qed.", "Proof. Admitted.")
    path = coq.folder / "admitted.text"
    path.write_text(content, encoding="utf-8")
    assert "Admitted" in compile_file(coq.folder, "Holed", path)
