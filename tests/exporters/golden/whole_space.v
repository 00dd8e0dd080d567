(* softsign on the plane: f has exactly one fixed point p in R^2; every orbit from there stays there, and |x^t -
   p| <= 0.8^t |x^0 - p| and |x^t - p| <= 0.8^t/(1 - 0.8) |x^1 - x^0| in the sup norm.
   Network sha256:fa1458a56e37dd5b0cce76cad26ead16e33c1f36f000333489b0b747fdf768e7. *)

From Coq Require Import Reals Psatz ZArith List.
From Interval Require Import Tactic.
From FPV Require Import Vectors Banach Regions Scalar Layer Exact Numbers Activations Masters.
Import ListNotations ZT.
Open Scope R_scope.

Definition g : R -> R := softsign.

Definition net : network := (Network 2 2000000000000
  [[1000000000000; 500000000000]; [0; 1000000000000]] [] [0; 0] [])%Z.

Definition job : task := (Task [] [2000000000000; 2000000000000] [0; 0] 0 (-1) 1600000000000)%Z.

Lemma linear_part : (check_space net job 2000000000000)%bool = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Lemma slope_everywhere : lipschitz g (num (scale net) 2000000000000).
Proof.
  replace (num (scale net) 2000000000000) with 1 by (unfold num; simpl; lra). exact softsign_lipschitz.
Qed.

Theorem main : exists p,
  certified 2 (entry (scale net) (norm job)) (fun f => f = map_of net g) (map_of net g) (fun _ => True)
    (num (scale net) (rate job)) (entry (scale net) (noise job))
    (num (scale net) (noise_norm job) / (1 - num (scale net) (rate job))) p.
Proof. exact (certified_on_space net job 2000000000000 g linear_part slope_everywhere). Qed.
