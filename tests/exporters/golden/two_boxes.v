(* cubic: f has exactly one fixed point in each of the 2 disjoint boxes of [4/5, 11/10] u [-11/10, -4/5]; they
   are at least 8/5 apart in the sup norm; orbits stay in their box and converge with the rates 0.54001, 0.54001.
   Network sha256:f0030abe9eff0be55d0b7659f0a89939506c00ee4553ad486af7d96dcf54a16a. *)

From Coq Require Import Reals Psatz ZArith List.
From Interval Require Import Tactic.
From FPV Require Import Vectors Banach Regions Scalar Layer Exact Numbers Activations Masters.
Import ListNotations ZT.
Open Scope R_scope.

Definition g : R -> R := cubic.

Definition net : network := (Network 1 1000000000000
  [[1000000000000]] [] [0] [])%Z.

Definition jobs : list task := [
  Task [[(800000000000, 1100000000000)]] [1000000000000] [0] 0 0 540010000000;
  Task [[(-1100000000000, -800000000000)]] [1000000000000] [0] 0 0 540010000000]%Z.

Lemma master_0 : master_holds 1000000000000 g (Master 800000000000 1100000000000 800000000000 1100000000000 540010000000).
Proof. unfold g. smooth_master (cubic) (cubic') (cubic_derivative). Qed.
Lemma master_1 : master_holds 1000000000000 g (Master (-1100000000000) (-800000000000) (-1100000000000) (-800000000000) 540010000000).
Proof. unfold g. smooth_master (cubic) (cubic') (cubic_derivative). Qed.

Definition masters : list master := [
  Master 800000000000 1100000000000 800000000000 1100000000000 540010000000;
  Master (-1100000000000) (-800000000000) (-1100000000000) (-800000000000) 540010000000]%Z.
Lemma all_masters : forall m, In m masters -> master_holds (scale net) g m.
Proof. apply Forall_forall. constructor; [exact master_0|]. constructor; [exact master_1|]. constructor. Qed.

Lemma linear_part : (check_boxes net jobs masters)%bool = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem main : exists p : nat -> vec,
  (forall r, (r < 2)%nat -> claim_of net (nth r jobs no_task) g first_word (p r))
  /\ (forall r s, (r < s < 2)%nat -> differ 1 (p r) (p s)).
Proof. exact (certified_of_checks net jobs masters g linear_part all_masters). Qed.
