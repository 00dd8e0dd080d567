(* two cubics: for all parameters in their intervals, f has exactly one fixed point in each of the 4 disjoint
   products of the intervals {[4/5, 6/5], [-6/5, -4/5]}^2; every orbit with parameters drawn anew at each step
   and noise at most 0.05 stays in its product, and |x^t - p| <= 0.9^t |x^0 - p| + 0.5 (1 - 0.9^t) in the sup
   norm, p its fixed point for the midpoint parameters.
   Network sha256:84e185272779ab03d9b91493537693936491992822c9545dc584b9773f37bee3. *)

From Coq Require Import Reals Psatz ZArith List.
From Interval Require Import Tactic.
From FPV Require Import Vectors Banach Regions Scalar Layer Exact Numbers Activations Masters.
Import ListNotations ZT.
Open Scope R_scope.

Definition g : R -> R := cubic.

Definition net : network := (Network 2 1000000000000
  [[1000000000000; 20000000000]; [(-30000000000); 1000000000000]] [] [10000000000; (-20000000000)] [])%Z.

Definition job : task := (Task [[(800000000000, 1200000000000); (-1200000000000, -800000000000)];
   [(800000000000, 1200000000000); (-1200000000000, -800000000000)]]
  [1000000000000; 1000000000000]
  [50000000000; 50000000000]
  50000000000 0 900000000000)%Z.

Lemma master_0 : master_holds 1000000000000 g (Master 744000000000 1234000000000 850000000000 1150000000000 873786407766).
Proof. unfold g. smooth_master (cubic) (cubic') (cubic_derivative). Qed.
Lemma master_1 : master_holds 1000000000000 g (Master (-1256000000000) (-766000000000) (-1150000000000) (-850000000000) 873786407766).
Proof. unfold g. smooth_master (cubic) (cubic') (cubic_derivative). Qed.

Definition masters : list master := [
  Master 744000000000 1234000000000 850000000000 1150000000000 873786407766;
  Master (-1256000000000) (-766000000000) (-1150000000000) (-850000000000) 873786407766]%Z.
Lemma all_masters : forall m, In m masters -> master_holds (scale net) g m.
Proof. apply Forall_forall. constructor; [exact master_0|]. constructor; [exact master_1|]. constructor. Qed.

Lemma linear_part : (check net job masters)%bool = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem main :
  (forall s, word 2 (choices job) s -> exists p, claim_of net job g s p)
  /\ exists ps, length ps = product 2 (choices job)
     /\ (forall p, In p ps -> exists s, word 2 (choices job) s /\ claim_of net job g s p)
     /\ ForallOrdPairs (differ 2) ps.
Proof. exact (certified_of_check net job masters g linear_part all_masters). Qed.
