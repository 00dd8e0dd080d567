"""Certificates: one canonical text, read back equal; whatever else a file holds, it is refused and never a traceback."""

import copy
import json
import struct
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.certificate import FORMAT, Certificate, digest, parse_json
from fpverify.kernel.check import FileStatus, check_file, check_text, summary
from fpverify.kernel.claim import SENTENCES
from fpverify.kernel.errors import FormatError, UnknownNameError
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.rules import RULES
from tests.rules.cases import Case, affine, cube, decide, linear, rate
from tests.rules.test_tables import table

HALF = linear([["1/2"]])
VALID, REJECTED, HOLEY = FileStatus.VALID, FileStatus.REJECTED, FileStatus.HOLEY


def certificate(network: fp.Network = HALF, **rest: Any) -> Certificate:
    """Return a valid certificate of banach."""
    case = Case(group="", name="", rule="banach", network=network, region=cube(1, 1), witness=rate("1/2"))
    obligations = case.obligations()
    _, claim = decide(obligations)
    assert claim is not None
    return Certificate(claim=claim.to_data(), obligations=tuple(obligations), **{"made_by": {"tool": "a test"}, **rest})


DATA = certificate().to_data()


def signed(data: Any) -> str:
    """Return the text of *data* with its digest computed anew."""
    if isinstance(data, dict):
        data = {key: value for key, value in data.items() if key != "digest"}
        data = {**data, "digest": digest(data)}
    return json.dumps(data)


def edited(edit: Callable[[Any], Any], data: Any = None) -> str:
    """Return the text after an edit, with its digest computed anew."""
    changed = copy.deepcopy(DATA if data is None else data)
    edit(changed)
    return signed(changed)


def only_network(data: Any) -> Any:
    (network,) = data["networks"].values()
    return network


def rename(data: Any) -> None:
    """Make the digest of the edited network the one that is stated, everywhere."""
    (old,) = data["networks"]
    new = digest(data["networks"][old])
    data["networks"] = {new: data["networks"][old]}
    data["claim"]["network"] = new
    for obligation in data["obligations"]:
        obligation["network"] = new


# ------------------------------------------------------------------ the canonical text


@cache
def one_of_each_kind() -> dict[str, list[Obligation]]:
    """Return obligations from the tables of the rules, by the kind of their claim."""
    accepted = [case for rule in RULES for case in table(rule) if case.is_accepted and case.network.state_size < 4]
    claims = [(case.obligations(), decide(case.obligations())[1]) for case in accepted]
    return {claim.kind: obligations for obligations, claim in claims if claim is not None}


def test_the_same_certificate_gives_the_same_bytes() -> None:
    """ASCII, one line, sorted keys; made twice, equal."""
    assert certificate().to_text() == certificate().to_text()
    text = certificate().to_text()
    assert text.isascii()
    assert text.count("\n") == 1
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) + "\n"


def test_there_is_a_certificate_of_every_kind_of_claim() -> None:
    assert {*one_of_each_kind()} == {*SENTENCES}


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_every_kind_of_claim_is_read_back_equal(kind: str) -> None:
    """The text of what was read is the text, and is VALID."""
    obligations = one_of_each_kind()[kind]
    _, claim = decide(obligations)
    text = Certificate.of(claim, obligations, {"tool": "a test"}).to_text()
    read = Certificate.from_text(text)
    assert read.to_text() == text
    assert read.claim == claim.to_data()
    checked = check_text(text)
    assert checked.status is VALID
    assert checked.claim.to_data() == claim.to_data()
    assert claim.sentence() == str(claim)


def test_a_file_is_written_completely_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.json"
    certificate().save(path)
    assert path.read_text() == certificate().to_text()
    assert check_file(path).status is VALID
    monkeypatch.setattr(Certificate, "to_text", lambda self: "not ASCII: \N{GREEK SMALL LETTER PI}")
    with pytest.raises(UnicodeEncodeError):
        certificate().save(path)
    assert check_file(path).status is VALID


def test_spaces_and_the_order_of_keys_do_not_matter() -> None:
    """They are no part of the content that is digested."""
    assert check_text(json.dumps(dict(reversed(DATA.items())), indent=4)).status is VALID


def test_the_result_has_no_truth_value() -> None:
    for thing in (check_text(signed(DATA)), VALID):
        with pytest.raises(TypeError):
            bool(thing)


# ------------------------------------------------------------------ what is no certificate

NOT_JSON = {
    "nothing": "",
    "a word": "certificate",
    "a float": '{"format": 1.0}',
    "an exponent": '{"format": 1e0}',
    "NaN": '{"format": NaN}',
    "Infinity": '{"format": Infinity}',
    "minus Infinity": '{"format": -Infinity}',
    "a repeated key": '{"format": 1, "format": 1}',
    "a repeated key, deep inside": json.dumps(DATA).replace('"rate": "1/2"', '"rate": "3/4", "rate": "1/2"', 1),
    "two values": json.dumps(DATA) + "{}",
    "a comment": "// x\n" + json.dumps(DATA),
    "a list nested 100000 times": "[" * 100_000,
    "an object nested 100000 times": '{"a":' * 100_000,
    "nested and closed": "[" * 100_000 + "]" * 100_000,
    "a huge integer": '{"format": ' + "9" * 5000 + "}",
    "a byte order mark": "\N{ZERO WIDTH NO-BREAK SPACE}" + json.dumps(DATA),
    "control characters": '{"format": "\x00\x01"}',
}


@pytest.mark.parametrize("text", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_strict_json_is_rejected(text: str) -> None:
    assert check_text(text).status is REJECTED


@pytest.mark.parametrize(
    "name", ["a float", "NaN", "Infinity", "a repeated key", "two values", "a list nested 100000 times"]
)
def test_the_parser_says_what_is_wrong(name: str) -> None:
    with pytest.raises(FormatError):
        parse_json(NOT_JSON[name])


@pytest.mark.parametrize("cut", [1, 2, 10, 100, 400])
def test_a_truncated_file_is_rejected(cut: int) -> None:
    assert check_text(certificate().to_text().rstrip()[:-cut]).status is REJECTED


@pytest.mark.parametrize("value", [None, True, 1, "x", [], [1, 2], {}], ids=repr)
def test_another_json_value_is_rejected(value: Any) -> None:
    assert check_text(json.dumps(value)).status is REJECTED


def _set(*path: Any, value: Any) -> Callable[[Any], None]:
    def edit(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return edit


def _drop(*path: Any) -> Callable[[Any], None]:
    def edit(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        del data[path[-1]]

    return edit


def _duplicate(data: Any) -> None:
    data["obligations"] *= 2


def _about_no_network(data: Any) -> None:
    data["obligations"][0]["network"] = "sha256:" + "0" * 64


def _no_such_premise(data: Any) -> None:
    data["obligations"][0]["premises"] = ["o7"]


def _own_premise(data: Any) -> None:
    data["obligations"][0]["premises"] = ["o1"]


def _deep_witness(data: Any) -> None:
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    data["obligations"][0]["witness"]["rate"] = deep


FIRST = ("obligations", 0)
REJECTIONS: dict[str, Callable[[Any], Any]] = {
    **{f"format {value!r}": _set("format", value=value) for value in (0, 2, FORMAT + 1, "1", True, None, [1])},
    **{f"no {key}": _drop(key) for key in ("format", "claim", "networks", "obligations", "assumptions", "made_by")},
    **{f"no {key} in the obligation": _drop(*FIRST, key) for key in DATA["obligations"][0]},
    **{f"no {key} in the claim": _drop("claim", key) for key in DATA["claim"]},
    "no rate": _drop(*FIRST, "witness", "rate"),
    "no precision": _drop(*FIRST, "backend", "precision"),
    "no name of the backend": _drop(*FIRST, "backend", "name"),
    "an unknown field": _set("note", value="x"),
    "an unknown field of the obligation": _set(*FIRST, "note", value="x"),
    "an unknown field of the backend": _set(*FIRST, "backend", "rounding", value="none"),
    "an unknown field of the claim": _set("claim", "note", value="x"),
    "an unknown field of the network": lambda data: only_network(data).update(note="x"),
    **{f"claim {value!r}": _set("claim", value=value) for value in (None, [], "x", {}, 1)},
    **{f"networks {value!r}": _set("networks", value=value) for value in (None, [], "x", {}, {"a": None})},
    **{
        f"obligations {value!r}": _set("obligations", value=value)
        for value in (None, [], "x", {}, [None], [[]], ["o1"])
    },
    **{f"assumptions {value!r}": _set("assumptions", value=value) for value in (None, "", {}, "x", [None], [1], 0)},
    **{f"made_by {value!r}": _set("made_by", value=value) for value in (None, "", [], 1)},
    **{f"premises {value!r}": _set(*FIRST, "premises", value=value) for value in (None, "", {}, [None], [1], 0)},
    **{f"witness {value!r}": _set(*FIRST, "witness", value=value) for value in (None, [], "rate", {}, 1)},
    **{f"id {value!r}": _set(*FIRST, "id", value=value) for value in (None, 1, ["o1"], {})},
    **{f"rule {value!r}": _set(*FIRST, "rule", value=value) for value in (None, 1, ["banach"], {})},
    **{f"backend {value!r}": _set(*FIRST, "backend", value=value) for value in (None, "arb", [], {}, ["arb", 128])},
    **{
        f"precision {value!r}": _set(*FIRST, "backend", "precision", value=value)
        for value in (0, 31, -1, 10**9, 10**30, "128", None, True, [128])
    },
    "rationals of 128 bits": _set(*FIRST, "backend", value={"name": "rational", "precision": 128}),
    **{
        f"region {value!r}": _set(*FIRST, "region", value=value)
        for value in (
            None,
            [],
            {},
            {"cone": 1},
            {"box": []},
            {"box": [["1", "0"]]},
            {"box": [["0"]]},
            {"whole": 0},
            {"box": 1},
        )
    },
    "a network with another digest": lambda data: only_network(data).update(name="another"),
    "a stated digest that is no digest": lambda data: data["networks"].update({"x": only_network(data)}),
    "the same id twice": _duplicate,
    "an obligation about no network of the file": _about_no_network,
    "a premise that does not exist": _no_such_premise,
    "an obligation that is its own premise": _own_premise,
    "a witness nested 200 times": _deep_witness,
    "a rate of 10^4299": _set(*FIRST, "witness", "rate", value="9" * 4300),
    "a rate with too many digits": _set(*FIRST, "witness", "rate", value="9" * 5000),
    "a rate with a huge exponent": _set(*FIRST, "witness", "rate", value="1e9999"),
    "a rate with an exponent out of range": _set(*FIRST, "witness", "rate", value="1e-99999"),
    "a rate as an integer that is too large": _set(*FIRST, "witness", "rate", value=10**400),
    "true for 1 in the claim": lambda data: (
        data["claim"]["region"].update(whole=True),
        data["claim"]["region"].pop("box"),
    ),
    "another number in the claim": _set("claim", "rate", value="1/3"),
    "an equal number in another form": _set("claim", "rate", value="2/4"),
    "another kind of claim": _set("claim", "kind", value="exists"),
    "a claim about another network": _set("claim", "network", value="sha256:" + "0" * 64),
}


@pytest.mark.parametrize("edit", REJECTIONS.values(), ids=REJECTIONS)
def test_a_certificate_that_is_malformed_or_proves_nothing_is_rejected(edit: Callable[[Any], Any]) -> None:
    """Also with its digest computed anew; and the reason is one printable line."""
    result = check_text(edited(edit))
    assert result.status is REJECTED
    assert result.claim is None
    assert result.reason.isprintable()
    assert len(result.reason) < 600


@pytest.mark.parametrize(
    "stated", [None, "", 1, "sha256:" + "0" * 64, DATA["digest"].upper(), [DATA["digest"]]], ids=repr
)
def test_a_digest_that_does_not_match_is_rejected(stated: Any) -> None:
    assert check_text(json.dumps({**DATA, "digest": stated})).status is REJECTED


def test_a_missing_digest_is_rejected() -> None:
    assert check_text(json.dumps({key: value for key, value in DATA.items() if key != "digest"})).status is REJECTED


@pytest.mark.parametrize(
    "edit", [_set("made_by", value={"tool": "x"}), _set("claim", "rate", value="1/3")], ids=["made_by", "rate"]
)
def test_an_edit_without_a_new_digest_is_rejected(edit: Callable[[Any], None]) -> None:
    data = copy.deepcopy(DATA)
    edit(data)
    result = check_text(json.dumps(data))
    assert result.status is REJECTED
    assert "digest" in result.reason


def test_who_made_it_is_no_part_of_the_proof() -> None:
    assert check_text(edited(_set("made_by", value={}))).status is VALID


# ------------------------------------------------------------------ what cannot be checked here


def _assume(data: Any) -> None:
    data["assumptions"] = ["the axiom of choice"]


HOLES: dict[str, Callable[[Any], Any]] = {
    "an assumption": _assume,
    "an unknown rule": _set(*FIRST, "rule", value="krawczyk"),
    "an unknown backend": _set(*FIRST, "backend", "name", value="mpfi"),
    "an unknown backend that is no text": _set(*FIRST, "backend", "name", value=None),
    "an unknown layer": lambda data: (only_network(data)["layers"].append({"softmax": {}}), rename(data)),
    "an unknown activation": lambda data: (only_network(data)["layers"].append({"activation": "mish"}), rename(data)),
}


@pytest.mark.parametrize("edit", HOLES.values(), ids=HOLES)
def test_what_the_kernel_does_not_know_leaves_a_hole(edit: Callable[[Any], Any]) -> None:
    """Never VALID, and not REJECTED: another checker may know more."""
    result = check_text(edited(edit))
    assert result.status is HOLEY
    assert result.claim is None


def test_an_assumption_does_not_excuse_a_false_step() -> None:
    def edit(data: Any) -> None:
        _assume(data)
        data["obligations"][0]["witness"]["rate"] = "1/3"

    assert check_text(edited(edit)).status is REJECTED


def test_an_unknown_backend_is_named() -> None:
    with pytest.raises(UnknownNameError, match="arb, fixed, rational"):
        Certificate.from_text(edited(HOLES["an unknown backend"]))


# ------------------------------------------------------------------ weights in a file of their own

RAW = struct.pack("<d", 0.5)


def sidecar(raw: bytes = RAW, dtype: str = "F64", shape: Any = (1, 1), offsets: Any = None) -> bytes:
    """Return the bytes of a safetensors file with the one tensor W."""
    header = json.dumps(
        {"W": {"dtype": dtype, "shape": list(shape), "data_offsets": offsets or [0, len(raw)]}}
    ).encode()
    return struct.pack("<Q", len(header)) + header + raw


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with a valid certificate and its weights."""
    (tmp_path / "w.safetensors").write_bytes(sidecar())
    weight = {"sidecar": "w.safetensors", "tensor": "W", "sha256": "sha256:" + sha256(RAW).hexdigest()}
    data = {"format": 1, "name": "x/2", "state_size": 1, "layers": [affine(weight, ["0"]), {"activation": "identity"}]}
    certificate(fp.Network.from_data(data, tmp_path)).save(tmp_path / "c.json")
    return tmp_path


def test_weights_are_found_beside_the_certificate(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program is started."""
    monkeypatch.chdir("/")
    assert check_file(beside / "c.json").status is VALID


def test_missing_weights_leave_a_hole(beside: Path) -> None:
    (beside / "w.safetensors").unlink()
    result = check_file(beside / "c.json")
    assert result.status is HOLEY
    assert "w.safetensors" in result.reason
    (beside / "w.safetensors").mkdir()
    assert check_file(beside / "c.json").status is HOLEY


CHANGED = {
    "another weight": sidecar(struct.pack("<d", 0.25)),
    "the last bit of the weight": sidecar(struct.pack("<Q", struct.unpack("<Q", RAW)[0] + 1)),
    "one weight more": sidecar(RAW + RAW, shape=(1, 2)),
    "a vector": sidecar(shape=(1,)),
    "single precision": sidecar(struct.pack("<f", 0.5), dtype="F32"),
    "single precision, called double": sidecar(struct.pack("<f", 0.5)),
    "no such tensor": sidecar().replace(b'"W"', b'"V"'),
    "offsets beyond the end": sidecar(offsets=[8, 16]),
    "offsets that are no numbers": sidecar(offsets=["0", "8"]),
    "a negative shape": sidecar(shape=(-1, -1)),
    "no type": sidecar().replace(b'"dtype": "F64", ', b""),
    "an empty file": b"",
    "seven bytes": b"1234567",
    "a length beyond the end": struct.pack("<Q", 2**63) + b"{}",
    "a header that is no JSON": struct.pack("<Q", 4) + b"{{{{" + RAW,
    "a header that is no object": struct.pack("<Q", 2) + b"[]" + RAW,
    "binary garbage": bytes(range(256)),
}


@pytest.mark.parametrize("content", CHANGED.values(), ids=CHANGED)
def test_changed_weights_are_rejected(beside: Path, content: bytes) -> None:
    (beside / "w.safetensors").write_bytes(content)
    assert check_file(beside / "c.json").status is REJECTED


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers_are_rejected(tmp_path: Path, value: float) -> None:
    """Even if they are what the digest promises."""
    raw = struct.pack("<d", value)
    (tmp_path / "w.safetensors").write_bytes(sidecar(raw))
    weight = {"sidecar": "w.safetensors", "tensor": "W", "sha256": "sha256:" + sha256(raw).hexdigest()}
    data = copy.deepcopy(DATA)
    only_network(data)["layers"][0]["affine"]["weight"] = weight
    rename(data)
    (tmp_path / "c.json").write_text(signed(data))
    assert check_file(tmp_path / "c.json").status is REJECTED


# ------------------------------------------------------------------ files


def test_what_cannot_be_read_is_rejected(tmp_path: Path) -> None:
    """A missing file, a folder, bytes that are no text."""
    (tmp_path / "garbage.json").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "utf16.json").write_bytes(certificate().to_text().encode("utf-16"))
    for name in ("missing.json", ".", "garbage.json", "utf16.json"):
        result = check_file(tmp_path / name)
        assert result.status is REJECTED
        assert summary(name, result) == {"file": name, "status": "REJECTED", "reason": result.reason, "claim": None}


def test_the_summary_of_a_valid_file_has_the_claim() -> None:
    result = check_text(signed(DATA))
    assert summary("c.json", result)["claim"] == result.claim.sentence()


# ------------------------------------------------------------------ random mutations


@st.composite
def mutations(draw: st.DrawFn) -> tuple[Any, bool]:
    """Return a certificate with one random place changed, and whether the place is part of the proof."""
    data = copy.deepcopy(DATA)
    holder, key, path = data, draw(st.sampled_from(sorted(DATA))), []
    while True:
        path.append(key)
        inner = holder[key]
        if not isinstance(inner, (dict, list)) or not inner or draw(st.integers(0, 4)) == 0:
            break
        holder, key = inner, draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
    match draw(st.sampled_from(["set", "set", "text", "drop", "wrap", "rename"])):
        case "drop":
            del holder[key]
        case "wrap":
            holder[key] = [holder[key]]
        case "rename" if isinstance(holder, dict):
            holder[draw(st.text(max_size=3))] = holder.pop(key)
        case "text":
            holder[key] = draw(st.from_regex(r"-?[0-9]{1,3}(/[0-9]{1,2}|\.[0-9]{1,3})?", fullmatch=True))
        case _:
            scalars = st.none() | st.booleans() | st.integers(-3, 200) | st.text(max_size=4)
            holder[key] = draw(
                scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=2), scalars, max_size=2)
            )
    return data, path[0] not in ("made_by", "digest")


@settings(max_examples=500)
@given(mutation=mutations(), sign=st.booleans())
def test_a_mutated_certificate_is_valid_only_if_it_says_the_same(mutation: tuple[Any, bool], sign: bool) -> None:
    """No exception, and VALID only with an equal claim about an equal network."""
    data, _ = mutation
    result = check_text(signed(data) if sign else json.dumps(data))
    if result.status is VALID:
        assert result.claim.to_data() == DATA["claim"] or result.claim.to_data() == data["claim"]
        read = Certificate.from_text(signed(data) if sign else json.dumps(data))
        again = read.obligations[-1]
        assert RULES[again.rule].decide(again, {}).status is fp.Status.PROVED
        assert _is_weaker(result.claim.to_data(), again)


def _is_weaker(claim: Any, obligation: Obligation) -> bool:
    """Return whether the claim is a true statement about x/2 (under any name): its rate at least 1/2, its box around 0."""
    (low, high), size = claim["region"]["box"][0], claim["rate"]
    layers = obligation.network.to_data()["layers"]
    contracts = abs(Fraction(layers[0]["affine"]["weight"][0][0])) <= Fraction(size) < 1
    bias = Fraction(layers[0]["affine"]["bias"]["fill"])
    image = sorted(Fraction(layers[0]["affine"]["weight"][0][0]) * Fraction(x) + bias for x in (low, high))
    return contracts and Fraction(low) <= image[0] <= image[1] <= Fraction(high)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*DATA, "x"]), inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=150)
@given(value=JSON_VALUES)
def test_any_json_is_answered(value: Any) -> None:
    assert check_text(json.dumps(value)).status is REJECTED


@settings(max_examples=150)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_answered(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    assert check_file(path).status is REJECTED


@settings(max_examples=100)
@given(
    place=st.integers(0, len(certificate().to_text()) - 2), letter=st.characters(min_codepoint=32, max_codepoint=126)
)
def test_one_changed_letter_is_noticed(place: int, letter: str) -> None:
    """The digest covers every letter that carries meaning."""
    text = certificate().to_text()
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        assert check_text(changed).status is REJECTED
