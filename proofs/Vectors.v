(* Vectors of R^d, the weighted sup norm, orbits; what it means that a region holds one attracting fixed point.

   A vector is a function nat -> R of which only the coordinates i < d count. "The distance of x and y is at most r" in
   the norm max_i |x_i| / w_i is the predicate [near d w x y r]. This file is the vocabulary of every theorem here: to know
   what has been proved, read its seven definitions. *)
From Coq Require Import Reals Psatz Lia Arith.
Open Scope R_scope.

Definition vec := nat -> R.

Definition near (d : nat) (w x y : vec) (r : R) : Prop :=
  forall i, (i < d)%nat -> Rabs (x i - y i) <= r * w i.

Definition fixed (d : nat) (f : vec -> vec) (p : vec) : Prop :=
  forall i, (i < d)%nat -> f p i = p i.

Definition box (d : nat) (lo hi : vec) : vec -> Prop :=
  fun x => forall i, (i < d)%nat -> lo i <= x i <= hi i.

(* x^(t+1) = f_t(x^t) + e_t, each f_t any map of the family F and each |e_t| at most E, coordinate by coordinate *)
Definition orbit (d : nat) (F : (vec -> vec) -> Prop) (E : vec) (x : nat -> vec) : Prop :=
  forall t, exists f, F f /\ forall i, (i < d)%nat -> Rabs (x (S t) i - f (x t) i) <= E i.

(* p is the only fixed point of f in D; the orbits of f from D stay in D and tend to p, as fast as stated *)
Definition attracts (d : nat) (w : vec) (f : vec -> vec) (D : vec -> Prop) (K : R) (p : vec) : Prop :=
  D p /\ fixed d f p
  /\ (forall q, D q -> fixed d f q -> forall i, (i < d)%nat -> q i = p i)
  /\ (forall x, D (x O) -> orbit d (fun g => g = f) (fun _ => 0) x -> forall t,
        D (x t)
        /\ (forall r, near d w (x O) p r -> near d w (x t) p (K ^ t * r))
        /\ (forall r, near d w (x (S O)) (x O) r -> near d w (x t) p (K ^ t / (1 - K) * r))
        /\ (forall r, near d w (x (S t)) (x t) r -> near d w (x (S t)) p (K / (1 - K) * r))).

(* the orbits from D under the family F and noise E stay in D and end within [radius] of p *)
Definition withstands (d : nat) (w : vec) (F : (vec -> vec) -> Prop) (D : vec -> Prop) (K : R) (E : vec) (radius : R)
    (p : vec) : Prop :=
  forall x, D (x O) -> orbit d F E x -> forall t,
    D (x t) /\ forall r, near d w (x O) p r -> near d w (x t) p (K ^ t * r + radius * (1 - K ^ t)).

(* ---- hypotheses that the theorems share *)

Definition positive (d : nat) (w : vec) : Prop := forall i, (i < d)%nat -> 0 < w i.

Definition closed (d : nat) (D : vec -> Prop) : Prop :=
  forall (x : nat -> vec) (p : vec),
    (forall t, D (x t)) -> (forall i, (i < d)%nat -> Un_cv (fun t => x t i) (p i)) -> D p.

Definition keeps (d : nat) (F : (vec -> vec) -> Prop) (D : vec -> Prop) (E : vec) : Prop :=
  forall f x y, F f -> D x -> (forall i, (i < d)%nat -> Rabs (y i - f x i) <= E i) -> D y.

Definition contracts (d : nat) (w : vec) (D : vec -> Prop) (K : R) (f : vec -> vec) : Prop :=
  forall x y r, D x -> D y -> near d w x y r -> near d w (f x) (f y) (K * r).

(* ---- distances *)

Lemma near_exists d w x y : positive d w -> exists r, 0 <= r /\ near d w x y r.
Proof.
  induction d as [|d IH]; intros Hw.
  - exists 0. split; [lra | intros i Hi; lia].
  - destruct IH as [r [Hr H]]; [intros i Hi; apply Hw; lia|].
    assert (Hd := Hw d ltac:(lia)).
    exists (Rmax r (Rabs (x d - y d) / w d)). split; [apply Rle_trans with r; auto; apply Rmax_l|].
    intros i Hi. destruct (Nat.eq_dec i d) as [->|Hne].
    + apply Rle_trans with (Rabs (x d - y d) / w d * w d); [right; field; lra|].
      apply Rmult_le_compat_r; [lra | apply Rmax_r].
    + apply Rle_trans with (r * w i); [apply H; lia|].
      apply Rmult_le_compat_r; [apply Rlt_le, Hw; lia | apply Rmax_l].
Qed.

Lemma near_refl d w x : near d w x x 0.
Proof. intros i Hi. rewrite Rminus_eq_0, Rabs_R0. lra. Qed.

Lemma near_sym d w x y r : near d w x y r -> near d w y x r.
Proof. intros H i Hi. rewrite Rabs_minus_sym. auto. Qed.

Lemma near_trans d w x y z r s : near d w x y r -> near d w y z s -> near d w x z (r + s).
Proof.
  intros H1 H2 i Hi. specialize (H1 i Hi). specialize (H2 i Hi).
  replace (x i - z i) with ((x i - y i) + (y i - z i)) by ring.
  eapply Rle_trans; [apply Rabs_triang | lra].
Qed.

Lemma near_le d w x y r s : positive d w -> near d w x y r -> r <= s -> near d w x y s.
Proof.
  intros Hw H Hs i Hi. apply Rle_trans with (r * w i); auto.
  apply Rmult_le_compat_r; auto. apply Rlt_le, Hw; auto.
Qed.

Lemma eq_of_near_0 d w x y : near d w x y 0 -> forall i, (i < d)%nat -> x i = y i.
Proof.
  intros H i Hi. specialize (H i Hi). rewrite Rmult_0_l in H. assert (H0 := Rabs_pos (x i - y i)).
  destruct (Req_dec (x i - y i) 0) as [E|E]; [lra | apply Rabs_no_R0 in E; lra].
Qed.

Lemma nonneg_of_near d w x y r i : positive d w -> (i < d)%nat -> near d w x y r -> 0 <= r.
Proof.
  intros Hw Hi H. specialize (H i Hi). specialize (Hw i Hi). assert (H0 := Rabs_pos (x i - y i)). nra.
Qed.

(* ---- limits *)

Lemma le_of_geometric K C a : 0 <= K < 1 -> 0 <= C -> (forall t, a <= K ^ t * C) -> a <= 0.
Proof.
  intros HK HC H. destruct (Rle_lt_dec a 0) as [|Ha]; auto. exfalso.
  assert (HaC : 0 < a / (C + 1)) by (apply Rdiv_lt_0_compat; lra).
  destruct (pow_lt_1_zero K) with (y := a / (C + 1)) as [N HN]; auto.
  { rewrite Rabs_pos_eq; lra. }
  specialize (HN N (Nat.le_refl N)). specialize (H N).
  assert (HKN : 0 <= K ^ N) by (apply pow_le; lra).
  rewrite Rabs_pos_eq in HN by auto.
  assert (K ^ N * (C + 1) < a).
  { replace a with (a / (C + 1) * (C + 1)) by (field; lra). apply Rmult_lt_compat_r; lra. }
  nra.
Qed.

Lemma limit_le u l M : Un_cv u l -> (forall n, u n <= M) -> l <= M.
Proof.
  intros Hu HM. destruct (Rle_lt_dec l M) as [|Hl]; auto. exfalso.
  destruct (Hu (l - M)) as [N HN]; [lra|].
  specialize (HN N (Nat.le_refl N)). specialize (HM N). unfold R_dist in HN. apply Rabs_def2 in HN. lra.
Qed.

Lemma le_limit u l m : Un_cv u l -> (forall n, m <= u n) -> m <= l.
Proof.
  intros Hu HM. destruct (Rle_lt_dec m l) as [|Hl]; auto. exfalso.
  destruct (Hu (m - l)) as [N HN]; [lra|].
  specialize (HN N (Nat.le_refl N)). specialize (HM N). unfold R_dist in HN. apply Rabs_def2 in HN. lra.
Qed.

Lemma abs_limit_le u l c t B : Un_cv u l -> (forall n, Rabs (c - u (t + n)%nat) <= B) -> Rabs (c - l) <= B.
Proof.
  intros Hu HB. destruct (Rle_lt_dec (Rabs (c - l)) B) as [|Hl]; auto. exfalso.
  destruct (Hu (Rabs (c - l) - B)) as [N HN]; [lra|].
  specialize (HN (t + N)%nat ltac:(lia)). specialize (HB N). unfold R_dist in HN.
  assert (Rabs (c - l) <= Rabs (c - u (t + N)%nat) + Rabs (u (t + N)%nat - l)).
  { replace (c - l) with ((c - u (t + N)%nat) + (u (t + N)%nat - l)) by ring. apply Rabs_triang. }
  lra.
Qed.

Lemma limit_of_constant c : Un_cv (fun _ => c) c.
Proof. intros e He. exists O. intros n _. unfold R_dist. rewrite Rminus_eq_0, Rabs_R0. lra. Qed.

(* ---- boxes are closed, and do not see the coordinates beyond d *)

Lemma box_closed d lo hi : closed d (box d lo hi).
Proof.
  intros x p Hx Hp i Hi. split.
  - apply (le_limit _ _ _ (Hp i Hi)). intros n. apply (Hx n i Hi).
  - apply (limit_le _ _ _ (Hp i Hi)). intros n. apply (Hx n i Hi).
Qed.

Lemma space_closed d : closed d (fun _ => True).
Proof. intros x p _ _. exact I. Qed.
