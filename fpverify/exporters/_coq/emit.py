"""The text of a Coq file: data, one lemma per master, the linear part, and the theorem, spelled out."""

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from fpverify.exporters._coq.activations import number
from fpverify.exporters._coq.instance import Instance
from fpverify.exporters._coq.masters import Master, Scaled, Task

_HEAD = """From Coq Require Import Reals Psatz ZArith List.
From Interval Require Import Tactic.
From FPV Require Import Vectors Banach Regions Scalar Layer Exact Numbers Activations Masters.
Import ListNotations ZT.
Open Scope R_scope."""

_SMALL = 4
"""Longer lists of one repeated entry are written as `repeat`, larger matrices of two values as `uniform`."""

_BOX = """Theorem main : exists p, claim_of net job g first_word p.
Proof. exact (certified_of_box net job masters g linear_part all_masters). Qed."""

_BOXES = """Theorem main : exists p : nat -> vec,
  (forall r, (r < {count})%nat -> claim_of net (nth r jobs no_task) g first_word (p r))
  /\\ (forall r s, (r < s < {count})%nat -> differ {size} (p r) (p s)).
Proof. exact (certified_of_checks net jobs masters g linear_part all_masters). Qed."""

_PRODUCT = """Theorem main :
  (forall s, word {size} (choices job) s -> exists p, claim_of net job g s p)
  /\\ exists ps, length ps = product {size} (choices job)
     /\\ (forall p, In p ps -> exists s, word {size} (choices job) s /\\ claim_of net job g s p)
     /\\ ForallOrdPairs (differ {size}) ps.
Proof. exact (certified_of_check net job masters g linear_part all_masters). Qed."""

_SPACE = """Lemma slope_everywhere : lipschitz g (num (scale net) {slope}).
Proof.
  replace (num (scale net) {slope}) with {constant} by (unfold num; simpl; lra). exact {proof}.
Qed.

Theorem main : exists p,
  certified {size} (entry (scale net) (norm job)) (fun f => f = map_of net g) (map_of net g) (fun _ => True)
    (num (scale net) (rate job)) (entry (scale net) (noise job))
    (num (scale net) (noise_norm job) / (1 - num (scale net) (rate job))) p.
Proof. exact (certified_on_space net job {slope} g linear_part slope_everywhere). Qed."""

_MAIN: Mapping[str, str] = {"box": _BOX, "boxes": _BOXES, "product": _PRODUCT, "space": _SPACE}

_LINEAR_PART = """Lemma linear_part : ({test})%bool = true.
Proof. vm_cast_no_check (eq_refl true). Qed."""

_LINEAR: Mapping[str, str] = {
    "box": "check net job masters && is_box net job",
    "boxes": "check_boxes net jobs masters",
    "product": "check net job masters",
    "space": "check_space net job {slope}",
}


def emit(instance: Instance, scaled: Scaled) -> str:
    """Return the whole file."""
    words = {"size": instance.size, "count": len(scaled.tasks), "slope": 0, "constant": "", "proof": ""}
    if instance.kind == "space":
        words |= _everywhere(instance, scaled)
    blocks = [
        _comment(instance),
        _HEAD,
        f"Definition g : R -> R := {instance.term.text}.",
        _network(instance.size, scaled),
        _tasks(instance.kind, scaled.tasks),
        *([] if instance.kind == "space" else [_masters(instance.term.tactic, scaled)]),
        _LINEAR_PART.format(test=_LINEAR[instance.kind].format(**words)),
        _MAIN[instance.kind].format(**words),
    ]
    return "\n\n".join(blocks) + "\n"


def _everywhere(instance: Instance, scaled: Scaled) -> dict[str, Any]:
    assert instance.term.lipschitz is not None
    constant, proof = instance.term.lipschitz
    slope = -(-constant.numerator * scaled.scale // constant.denominator)
    return {"slope": slope, "constant": number(constant), "proof": proof}


def _comment(instance: Instance) -> str:
    """Return the kernel's sentence; nothing in it can end the comment or open another one."""
    sentence = instance.claim.sentence().replace("(*", "( *").replace("*)", "* )").replace('"', "'")
    lines = [*wrap(sentence, 110), f"Network {instance.claim.network}."]
    return "(* " + "\n   ".join(lines) + " *)"


def _network(size: int, scaled: Scaled) -> str:
    fields = [
        _matrix(size, scaled.weights),
        _matrix(size, scaled.weight_radii),
        _list(scaled.biases, _integer),
        _list(scaled.bias_radii, _integer),
    ]
    return f"Definition net : network := (Network {size} {scaled.scale}\n  {_lines(fields)})%Z."


def _tasks(kind: str, tasks: Sequence[Task]) -> str:
    if kind == "boxes":
        listed = ";\n  ".join(_task(task) for task in tasks)
        return f"Definition jobs : list task := [\n  {listed}]%Z."
    return f"Definition job : task := ({_task(tasks[0])})%Z."


def _task(task: Task) -> str:
    intervals = _list(task.intervals, lambda choices: f"[{'; '.join(_pair(pair) for pair in choices)}]")
    numbers = " ".join(_integer(value) for value in (task.noise_norm, task.deviation, task.rate))
    return f"Task {_lines([intervals, _list(task.norm, _integer), _list(task.noise, _integer), numbers])}"


def _masters(tactic: str, scaled: Scaled) -> str:
    names = [f"master_{index}" for index in range(len(scaled.masters))]
    blocks = [
        f"Lemma {name} : master_holds {scaled.scale} g ({_master(master)}).\nProof. unfold g. {tactic}. Qed."
        for name, master in zip(names, scaled.masters, strict=True)
    ]
    listed = ";\n  ".join(_master(master) for master in scaled.masters)
    proofs = "".join(f"constructor; [exact {name}|]. " for name in names)
    return "\n".join(
        [
            *blocks,
            f"\nDefinition masters : list master := [\n  {listed}]%Z.",
            "Lemma all_masters : forall m, In m masters -> master_holds (scale net) g m.",
            f"Proof. apply Forall_forall. {proofs}constructor. Qed.",
        ]
    )


def _master(master: Master) -> str:
    return "Master " + " ".join(_integer(value) for value in master)


def _matrix(size: int, rows: Sequence[Sequence[int]]) -> str:
    if size > _SMALL and rows:
        diagonal, other = rows[0][0], rows[0][1]
        if all(row[i] == diagonal and set(row[:i] + row[i + 1 :]) == {other} for i, row in enumerate(map(list, rows))):
            return f"(uniform {size} {_integer(diagonal)} {_integer(other)})"
    return _list(rows, lambda row: _list(row, _integer))


def _list(entries: Sequence[Any], shown: Callable[[Any], str]) -> str:
    texts = [shown(entry) for entry in entries]
    if len(texts) > _SMALL and len(set(texts)) == 1:
        return f"(repeat {texts[0]} {len(texts)})"
    joint = ";\n   " if sum(map(len, texts)) > 100 and texts[0].startswith("[") else "; "
    return f"[{joint.join(texts)}]"


def _lines(texts: Sequence[str]) -> str:
    return "\n  ".join(texts) if sum(map(len, texts)) > 100 else " ".join(texts)


def _pair(pair: tuple[int, int]) -> str:
    return f"({pair[0]}, {pair[1]})"


def _integer(value: int) -> str:
    return f"({value})" if value < 0 else str(value)
