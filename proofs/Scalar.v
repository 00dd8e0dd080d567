(* The scalar theorems: Lemma 3.3 and Theorem 4.2 of arXiv 2410.11279 on a closed interval, repaired; the fixed point of a
   perturbed map; from a bound of the derivative to a Lipschitz constant.

   [scalar_of_room_of_rate]        one attracting fixed point that withstands noise.
   [near_of_perturbation]          |q - p| <= eps / (1 - K) for a fixed point q of a map within eps of f.
   [lipschitz_of_derivative]       the mean value theorem. *)
From Coq Require Import Reals Psatz Lia Arith.
From Coquelicot Require Import Coquelicot.
From FPV Require Import Vectors Banach.
Open Scope R_scope.

Definition lipschitz_on (g : R -> R) (a b L : R) : Prop :=
  forall u v, a <= u <= b -> a <= v <= b -> Rabs (g u - g v) <= L * Rabs (u - v).

Theorem lipschitz_of_derivative (g g' : R -> R) (a b L : R) :
  (forall u, a <= u <= b -> is_derive g u (g' u)) ->
  (forall u, a <= u <= b -> Rabs (g' u) <= L) ->
  lipschitz_on g a b L.
Proof.
  intros Hd HL u v Hu Hv.
  assert (Hr : forall c, Rmin v u <= c <= Rmax v u -> a <= c <= b).
  { intros c. unfold Rmin, Rmax. destruct (Rle_dec v u); lra. }
  destruct (MVT_gen g v u g') as [c [Hc E]].
  - intros c Hc. apply Hd, Hr. lra.
  - intros c Hc. apply continuity_pt_filterlim. apply (ex_derive_continuous g c). exists (g' c). apply Hd, Hr. auto.
  - rewrite E, Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|]. apply HL, Hr. auto.
Qed.

Lemma lipschitz_le g a b L M : lipschitz_on g a b L -> L <= M -> lipschitz_on g a b M.
Proof.
  intros H HLM u v Hu Hv. eapply Rle_trans; [apply H; auto|]. apply Rmult_le_compat_r; auto. apply Rabs_pos.
Qed.

Lemma lipschitz_on_part g a b a' b' L : lipschitz_on g a b L -> a <= a' -> b' <= b -> lipschitz_on g a' b' L.
Proof. intros H Ha Hb u v Hu Hv. apply H; lra. Qed.

Theorem scalar_of_room_of_rate (g : R -> R) (a b K eps : R) :
  a <= b -> 0 <= K < 1 -> 0 <= eps ->
  (forall x, a <= x <= b -> a + eps <= g x <= b - eps) ->
  lipschitz_on g a b K ->
  exists p, a <= p <= b /\ g p = p
    /\ (forall q, a <= q <= b -> g q = q -> q = p)
    /\ (forall x : nat -> R, a <= x O <= b -> (forall t, x (S t) = g (x t)) -> forall t,
          a <= x t <= b
          /\ Rabs (x t - p) <= K ^ t * Rabs (x O - p)
          /\ Rabs (x t - p) <= K ^ t / (1 - K) * Rabs (x (S O) - x O)
          /\ Rabs (x (S t) - p) <= K / (1 - K) * Rabs (x (S t) - x t))
    /\ (forall x : nat -> R, a <= x O <= b -> (forall t, Rabs (x (S t) - g (x t)) <= eps) -> forall t,
          a <= x t <= b /\ Rabs (x t - p) <= K ^ t * Rabs (x O - p) + eps / (1 - K) * (1 - K ^ t)).
Proof.
  intros Hab HK He Hm Hl. set (f := fun (x : vec) (i : nat) => g (x O)). set (one := fun _ : nat => 1).
  assert (H0 : (0 < 1)%nat) by lia.
  destruct (robust_of_room_of_rate 1 one (fun h => h = f) f (box 1 (fun _ => a) (fun _ => b)) K (fun _ => eps) eps 0)
    as [p [[Hp [Hf [Hu Ho]]] [Hn _]]]; auto.
  - intros i _. unfold one. lra.
  - apply box_closed.
  - exists (fun _ => a). intros i _. lra.
  - intros h x y -> Hx Hy i Hi. assert (H := Hm (x O) (Hx O H0)). specialize (Hy i Hi). unfold f in Hy.
    apply Rabs_le_between in Hy. lra.
  - intros h -> x y r Hx Hy Hr i Hi. unfold f. eapply Rle_trans; [apply Hl; [apply (Hx O) | apply (Hy O)]; lia|].
    rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra|]. apply (Hr O H0).
  - intros i _. unfold one. lra.
  - intros h x -> _. apply near_refl.
  - exists (p O). split; [apply (Hp O H0)|]. split; [apply (Hf O H0)|]. split; [|split].
    + intros q Hq Hg. apply (Hu (fun _ => q)); auto; intros i Hi; unfold f; auto.
    + intros x Hx Hs t. destruct (Ho (fun t _ => x t)) with (t := t) as (A1 & A2 & A3 & A4).
      * intros i _. auto.
      * intros s. exists f. split; auto. intros i _. unfold f. rewrite Hs, Rminus_eq_0, Rabs_R0. lra.
      * unfold near, one in *. split; [apply (A1 O H0)|]. split; [|split].
        -- rewrite <- (Rmult_1_r (_ * _)). apply A2; auto. intros i Hi. replace i with O by lia. lra.
        -- rewrite <- (Rmult_1_r (_ * _)). apply A3 with (i := O); auto. intros i _. lra.
        -- rewrite <- (Rmult_1_r (_ * _)). apply A4 with (i := O); auto. intros i _. lra.
    + intros x Hx Hs t. destruct (Hn (fun t _ => x t)) with (t := t) as (A1 & A2).
      * intros i _. auto.
      * intros s. exists f. split; [reflexivity|]. intros i _. exact (Hs s).
      * split; [apply (A1 O H0)|]. unfold near, one in A2.
        specialize (A2 (Rabs (x O - p O))). rewrite Rmult_1_r, Rplus_0_r in A2.
        eapply Rle_trans; [apply A2; auto | lra]. intros i Hi. replace i with O by lia. lra.
Qed.

(* the fixed point of the perturbed map, wherever it lies in [a, b] *)
Theorem near_of_perturbation (f h : R -> R) (a b K eps p q : R) :
  K < 1 -> lipschitz_on f a b K -> a <= p <= b -> a <= q <= b -> f p = p -> f q + h q = q -> Rabs (h q) <= eps ->
  Rabs (q - p) <= eps / (1 - K).
Proof.
  intros HK Hl Hp Hq Hfp Hfq Hh. assert (H := Hl q p Hq Hp).
  assert (H1 : Rabs (q - p) <= Rabs (f q - f p) + Rabs (h q)).
  { replace (q - p) with (f q - f p + h q) by lra. apply Rabs_triang. }
  apply Rmult_le_reg_r with (1 - K); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
