(* two cells: f has exactly one fixed point p in [-9/10, 9/10]^2; every orbit from there stays there, and |x^t -
   p| <= 0.75^t |x^0 - p| and |x^t - p| <= 0.75^t/(1 - 0.75) |x^1 - x^0| in the sup norm.
   Network sha256:afd115948d1fde27ffa031d2ce093ac1fe70f11c97dd3b0b9f21450b5c3392ec. *)

From Coq Require Import Reals Psatz ZArith List.
From Interval Require Import Tactic.
From FPV Require Import Vectors Banach Regions Scalar Layer Exact Numbers Activations Masters.
Import ListNotations ZT.
Open Scope R_scope.

Definition g : R -> R := tanh.

Definition net : network := (Network 2 2000000000000
  [[800000000000; (-600000000000)]; [400000000000; 1000000000000]] [] [200000000000; (-400000000000)] [])%Z.

Definition job : task := (Task [[(-1800000000000, 1800000000000)]; [(-1800000000000, 1800000000000)]]
  [2000000000000; 2000000000000]
  [0; 0]
  0 0 1500000000000)%Z.

Lemma master_0 : master_holds 2000000000000 g (Master (-1660000000000) 1460000000000 (-1800000000000) 1800000000000 2142857142857).
Proof. unfold g. bounded_master 1 tanh_lipschitz (tanh) (tanh') (tanh_derivative). Qed.

Definition masters : list master := [
  Master (-1660000000000) 1460000000000 (-1800000000000) 1800000000000 2142857142857]%Z.
Lemma all_masters : forall m, In m masters -> master_holds (scale net) g m.
Proof. apply Forall_forall. constructor; [exact master_0|]. constructor. Qed.

Lemma linear_part : (check net job masters && is_box net job)%bool = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem main : exists p, claim_of net job g first_word p.
Proof. exact (certified_of_box net job masters g linear_part all_masters). Qed.
