(* a family: for each choice of the uncertain parameters, f has exactly one fixed point p in [0, 1]; every orbit
   from there stays there, and |x^t - p| <= 0.6^t |x^0 - p| and |x^t - p| <= 0.6^t/(1 - 0.6) |x^1 - x^0| in the
   sup norm.
   Network sha256:dd75c6a9e41fe631119e416fb382d66d9a404903890e30633d2dc143f8a82859. *)

From Coq Require Import Reals Psatz ZArith List.
From Interval Require Import Tactic.
From FPV Require Import Vectors Banach Regions Scalar Layer Exact Numbers Activations Masters.
Import ListNotations ZT.
Open Scope R_scope.

Definition g : R -> R := sigmoid.

Definition net : network := (Network 1 1000000000000
  [[1500000000000]] [[500000000000]] [0] [100000000000])%Z.

Definition job : task := (Task [[(0, 1000000000000)]] [1000000000000] [0] 0 180000000000 600000000000)%Z.

Lemma master_0 : master_holds 1000000000000 g (Master (-100000000000) 2100000000000 0 1000000000000 300000000000).
Proof. unfold g. bounded_master (1 / 4) sigmoid_lipschitz (sigmoid) (sigmoid') (sigmoid_derivative). Qed.

Definition masters : list master := [
  Master (-100000000000) 2100000000000 0 1000000000000 300000000000]%Z.
Lemma all_masters : forall m, In m masters -> master_holds (scale net) g m.
Proof. apply Forall_forall. constructor; [exact master_0|]. constructor. Qed.

Lemma linear_part : (check net job masters && is_box net job)%bool = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem main : exists p, claim_of net job g first_word p.
Proof. exact (certified_of_box net job masters g linear_part all_masters). Qed.
