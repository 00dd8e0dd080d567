(* The activations, each with its derivative or its Lipschitz constants, and the tactics that prove a master. *)
From Coq Require Import Reals Psatz ZArith List.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From FPV Require Import Vectors Scalar Exact Numbers.
Import ListNotations.
Import ZT.
Open Scope R_scope.

Lemma master_of_derivative q g g' m : (forall u, is_derive g u (g' u)) ->
  (forall u, num q (from m) <= u <= num q (to m) -> num q (least m) <= g u <= num q (most m)) ->
  (forall u, num q (from m) <= u <= num q (to m) -> Rabs (g' u) <= num q (slope m)) ->
  master_holds q g m.
Proof. intros Hd Hi Hs. split; auto. apply lipschitz_of_derivative with g'; auto. Qed.

Lemma lipschitz_of_derivative_bound g g' L : (forall u, is_derive g u (g' u)) -> (forall u, Rabs (g' u) <= L) -> lipschitz g L.
Proof.
  intros Hd HL u v. apply (lipschitz_of_derivative g g' (Rmin u v) (Rmax u v)); auto.
  - split; [apply Rmin_l | apply Rmax_l].
  - split; [apply Rmin_r | apply Rmax_r].
Qed.

Lemma on_part g L a b : lipschitz g L -> lipschitz_on g a b L.
Proof. intros H u v _ _. apply H. Qed.

(* ---- smooth *)

Definition identity (u : R) : R := u.
Definition identity' (u : R) : R := 1.
Lemma identity_derivative u : is_derive identity u (identity' u).
Proof. apply @is_derive_id. Qed.
Lemma identity_lipschitz : lipschitz identity 1.
Proof. intros u v. unfold identity. lra. Qed.

(* coefficients in ascending order *)
Fixpoint polynomial (l : list R) (u : R) : R := match l with [] => 0 | c :: l' => c + u * polynomial l' u end.
Fixpoint polynomial' (l : list R) (u : R) : R :=
  match l with [] => 0 | c :: l' => polynomial l' u + u * polynomial' l' u end.
Lemma polynomial_derivative l u : is_derive (polynomial l) u (polynomial' l u).
Proof.
  induction l as [|c l IH]; simpl.
  - apply (is_derive_const 0 u).
  - apply is_derive_Reals in IH. apply is_derive_Reals.
    replace (polynomial l u + u * polynomial' l u) with (0 + (1 * polynomial l u + u * polynomial' l u)) by ring.
    apply (derivable_pt_lim_plus (fun _ => c) (fun x => x * polynomial l x)); [apply derivable_pt_lim_const|].
    apply (derivable_pt_lim_mult (fun x => x) (polynomial l)); [apply derivable_pt_lim_id | exact IH].
Qed.

Definition cubic (u : R) : R := (3 * u - u ^ 3) / 2.
Definition cubic' (u : R) : R := 3 / 2 * (1 - u ^ 2).
Lemma cubic_derivative u : is_derive cubic u (cubic' u).
Proof. unfold cubic, cubic'. auto_derive; auto. simpl. field. Qed.

Lemma cubic_le_1 u : -2 <= u -> (3 * u - u ^ 3) / 2 <= 1.
Proof. intros H. assert (0 <= (u - 1) ^ 2 * (u + 2)) by (apply Rmult_le_pos; [apply pow2_ge_0 | lra]). lra. Qed.
Lemma cubic_ge_m1 u : u <= 2 -> -1 <= (3 * u - u ^ 3) / 2.
Proof. intros H. assert (0 <= (u + 1) ^ 2 * (2 - u)) by (apply Rmult_le_pos; [apply pow2_ge_0 | lra]). lra. Qed.

Definition quartic (u : R) : R := - (2 / 5) * u ^ 4 + 3 / 2 * u ^ 2.
Definition quartic' (u : R) : R := u * (3 - 8 / 5 * u ^ 2).
Lemma quartic_derivative u : is_derive quartic u (quartic' u).
Proof. unfold quartic, quartic'. auto_derive; auto. simpl. field. Qed.

Definition exponential (l : list R) (c u : R) : R := c * exp (polynomial l u) - 1.
Definition exponential' (l : list R) (c u : R) : R := c * polynomial' l u * exp (polynomial l u).
Lemma exponential_derivative l c u : is_derive (exponential l c) u (exponential' l c u).
Proof.
  apply is_derive_Reals. unfold exponential'.
  replace (c * polynomial' l u * exp (polynomial l u)) with (c * (exp (polynomial l u) * polynomial' l u) - 0) by ring.
  apply (derivable_pt_lim_minus (fun x => c * exp (polynomial l x)) (fun _ => 1)); [|apply derivable_pt_lim_const].
  apply (derivable_pt_lim_scal (fun x => exp (polynomial l x))).
  apply (derivable_pt_lim_comp (polynomial l) exp); [apply is_derive_Reals, polynomial_derivative | apply derivable_pt_lim_exp].
Qed.

Lemma exp_minus_1_le_0 p : p <= 0 -> 1 * exp p - 1 <= 0.
Proof.
  intros H. assert (H1 : exp p <= exp 0) by (destruct H as [H| ->]; [left; apply exp_increasing; auto | right; auto]).
  rewrite exp_0 in H1. lra.
Qed.

Lemma tanh_by_exp u : tanh u = 1 - 2 / (exp (2 * u) + 1).
Proof.
  unfold tanh, sinh, cosh. replace (2 * u) with (u + u) by ring. rewrite exp_plus, exp_Ropp.
  assert (H := exp_pos u). field. assert (0 < exp u * exp u) by (apply Rmult_lt_0_compat; auto). repeat split; lra.
Qed.
Definition tanh_by (u : R) : R := 1 - 2 / (exp (2 * u) + 1).
Definition tanh' (u : R) : R := 4 / (exp u + exp (- u)) ^ 2.
Lemma tanh_derivative u : is_derive tanh u (tanh' u).
Proof.
  apply (is_derive_ext tanh_by); [intros t; symmetry; apply tanh_by_exp|]. unfold tanh_by, tanh'.
  assert (H := exp_pos (2 * u)). auto_derive; [lra|]. replace (2 * u) with (u + u) by ring.
  rewrite exp_plus, exp_Ropp. assert (H1 := exp_pos u). simpl. field.
  assert (0 < exp u * exp u) by (apply Rmult_lt_0_compat; auto). repeat split; lra.
Qed.
Lemma tanh_lipschitz : lipschitz tanh 1.
Proof.
  apply (lipschitz_of_derivative_bound tanh tanh'); [exact tanh_derivative|]. intros u. unfold tanh'.
  assert (H := exp_pos u). assert (H1 : exp u * exp (- u) = 1) by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
  assert (H2 := exp_pos (- u)). assert (H3 := pow2_ge_0 (exp u - exp (- u))).
  assert (H4 : 4 <= (exp u + exp (- u)) ^ 2) by nra. rewrite Rabs_pos_eq.
  - apply Rmult_le_reg_r with ((exp u + exp (- u)) ^ 2); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
  - apply Rlt_le, Rdiv_lt_0_compat; lra.
Qed.

Definition sigmoid (u : R) : R := 1 / (1 + exp (- u)).
Definition sigmoid' (u : R) : R := 1 / (exp (u / 2) + exp (- (u / 2))) ^ 2.
Lemma sigmoid_derivative u : is_derive sigmoid u (sigmoid' u).
Proof.
  unfold sigmoid, sigmoid'. assert (H := exp_pos (- u)). auto_derive; [lra|].
  replace (exp (- u)) with (exp (- (u / 2)) * exp (- (u / 2))) by (rewrite <- exp_plus; f_equal; field).
  rewrite exp_Ropp. assert (H1 := exp_pos (u / 2)). simpl. field.
  assert (0 < exp (u / 2) * exp (u / 2)) by (apply Rmult_lt_0_compat; auto). repeat split; nra.
Qed.
Lemma sigmoid_lipschitz : lipschitz sigmoid (1 / 4).
Proof.
  apply (lipschitz_of_derivative_bound sigmoid sigmoid'); [exact sigmoid_derivative|]. intros u. unfold sigmoid'.
  set (v := u / 2). assert (H := exp_pos v).
  assert (H1 : exp v * exp (- v) = 1) by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
  assert (H2 := exp_pos (- v)). assert (H3 := pow2_ge_0 (exp v - exp (- v))).
  assert (H4 : 4 <= (exp v + exp (- v)) ^ 2) by nra. rewrite Rabs_pos_eq.
  - apply Rmult_le_reg_r with ((exp v + exp (- v)) ^ 2); [lra|]. unfold Rdiv. rewrite (Rmult_assoc 1), Rinv_l by lra. lra.
  - apply Rlt_le, Rdiv_lt_0_compat; lra.
Qed.

Definition softplus (u : R) : R := ln (1 + exp u).
Definition softplus' (u : R) : R := 1 / (1 + exp (- u)).
Lemma softplus_derivative u : is_derive softplus u (softplus' u).
Proof.
  unfold softplus, softplus'. assert (H := exp_pos u). auto_derive; [lra|]. rewrite exp_Ropp. field. lra.
Qed.
Lemma softplus_lipschitz : lipschitz softplus 1.
Proof.
  apply (lipschitz_of_derivative_bound softplus softplus'); [exact softplus_derivative|]. intros u. unfold softplus'.
  assert (H := exp_pos (- u)). rewrite Rabs_pos_eq.
  - apply Rmult_le_reg_r with (1 + exp (- u)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
  - apply Rlt_le, Rdiv_lt_0_compat; lra.
Qed.

Definition gompertz (c a s u : R) : R := c * exp (- a * exp (- s * u)).
Definition gompertz' (c a s u : R) : R := c * a * s * exp (- s * u - a * exp (- s * u)).
Lemma gompertz_derivative c a s u : is_derive (gompertz c a s) u (gompertz' c a s u).
Proof.
  unfold gompertz, gompertz'. auto_derive; auto. unfold Rminus. rewrite exp_plus.
  replace (- (a * exp (- s * u))) with (- a * exp (- s * u)) by ring. ring.
Qed.

Lemma sin_derivative u : is_derive sin u (cos u).
Proof. apply is_derive_Reals, derivable_pt_lim_sin. Qed.
Lemma sin_lipschitz : lipschitz sin 1.
Proof.
  apply (lipschitz_of_derivative_bound sin cos); [exact sin_derivative|]. intros u. apply Rabs_le. apply COS_bound.
Qed.

Definition staircase (u : R) : R := u - sin (2 * PI * u) / (2 * PI).
Definition staircase' (u : R) : R := 1 - cos (2 * PI * u).
Lemma staircase_derivative u : is_derive staircase u (staircase' u).
Proof. unfold staircase, staircase'. assert (H := PI_RGT_0). auto_derive; [lra|]. field. lra. Qed.

(* ---- with kinks: Lipschitz constants on either side *)

Definition relu (u : R) : R := Rmax u 0.
Lemma relu_lipschitz : lipschitz relu 1.
Proof. intros u v. unfold relu, Rmax, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; lra. Qed.
Lemma relu_left a b : b <= 0 -> lipschitz_on relu a b 0.
Proof. intros Hb u v Hu Hv. unfold relu, Rmax, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; lra. Qed.

Definition hardtanh (u : R) : R := Rmax (-1) (Rmin 1 u).
Lemma hardtanh_lipschitz : lipschitz hardtanh 1.
Proof. intros u v. unfold hardtanh, Rmax, Rmin, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; lra. Qed.
Lemma hardtanh_right a b : 1 <= a -> lipschitz_on hardtanh a b 0.
Proof.
  intros Ha u v Hu Hv. unfold hardtanh, Rmax, Rmin, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; lra.
Qed.
Lemma hardtanh_left a b : b <= -1 -> lipschitz_on hardtanh a b 0.
Proof.
  intros Hb u v Hu Hv. unfold hardtanh, Rmax, Rmin, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; lra.
Qed.

Definition leaky_relu (a u : R) : R := Rmax u 0 + a * Rmin u 0.
Lemma leaky_relu_lipschitz a : 0 <= a <= 1 -> lipschitz (leaky_relu a) 1.
Proof. intros Ha u v. unfold leaky_relu, Rmax, Rmin, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; nra. Qed.
Lemma leaky_relu_left s a b : 0 <= s -> b <= 0 -> lipschitz_on (leaky_relu s) a b s.
Proof.
  intros Hs Hb u v Hu Hv. unfold leaky_relu, Rmax, Rmin, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; nra.
Qed.

Definition softsign (u : R) : R := u / (1 + Rabs u).
Lemma softsign_same_side u v : 0 <= u * v ->
  softsign u - softsign v = (u - v) / ((1 + Rabs u) * (1 + Rabs v)).
Proof.
  intros H. unfold softsign. assert (Hu := Rabs_pos u). assert (Hv := Rabs_pos v).
  apply Rmult_eq_reg_r with ((1 + Rabs u) * (1 + Rabs v)); [|nra].
  replace ((u / (1 + Rabs u) - v / (1 + Rabs v)) * ((1 + Rabs u) * (1 + Rabs v)))
    with (u * (1 + Rabs v) - v * (1 + Rabs u)) by (field; lra).
  replace ((u - v) / ((1 + Rabs u) * (1 + Rabs v)) * ((1 + Rabs u) * (1 + Rabs v))) with (u - v) by (field; lra).
  unfold Rabs. repeat destruct Rcase_abs; nra.
Qed.
Lemma softsign_beyond c u v : 0 <= c -> 0 <= u * v -> c <= Rabs u -> c <= Rabs v ->
  Rabs (softsign u - softsign v) <= 1 / (1 + c) ^ 2 * Rabs (u - v).
Proof.
  intros Hc H Hu Hv. rewrite softsign_same_side by auto. unfold Rdiv. rewrite Rabs_mult, Rmult_1_l, Rmult_comm.
  apply Rmult_le_compat_r; [apply Rabs_pos|]. rewrite Rabs_pos_eq.
  - apply Rinv_le_contravar; nra.
  - apply Rlt_le, Rinv_0_lt_compat. nra.
Qed.
Lemma softsign_right a b : 0 <= a -> lipschitz_on softsign a b (1 / (1 + a) ^ 2).
Proof. intros Ha u v Hu Hv. apply softsign_beyond; auto; try nra; rewrite Rabs_pos_eq; lra. Qed.
Lemma softsign_left a b : b <= 0 -> lipschitz_on softsign a b (1 / (1 - b) ^ 2).
Proof.
  intros Hb u v Hu Hv. replace (1 - b) with (1 + - b) by ring.
  apply softsign_beyond; try nra; rewrite Rabs_left1; lra.
Qed.
Lemma softsign_from_0 u : Rabs (softsign u) <= Rabs u.
Proof.
  unfold softsign, Rdiv. assert (H := Rabs_pos u). rewrite Rabs_mult, (Rabs_pos_eq (/ _)).
  - rewrite <- (Rmult_1_r (Rabs u)) at 3. apply Rmult_le_compat_l; auto.
    rewrite <- Rinv_1 at 2. apply Rinv_le_contravar; lra.
  - apply Rlt_le, Rinv_0_lt_compat. lra.
Qed.
Lemma softsign_lipschitz : lipschitz softsign 1.
Proof.
  intros u v. destruct (Rle_dec 0 (u * v)) as [H|H].
  - assert (H1 := softsign_beyond 0 u v ltac:(lra) H (Rabs_pos u) (Rabs_pos v)).
    replace (1 / (1 + 0) ^ 2) with 1 in H1 by field. exact H1.
  - assert (H1 := softsign_from_0 u). assert (H2 := softsign_from_0 v).
    assert (H3 : Rabs (u - v) = Rabs u + Rabs v) by (unfold Rabs; repeat destruct Rcase_abs; nra).
    rewrite H3, Rmult_1_l. unfold Rminus. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
Qed.
