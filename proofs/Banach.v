(* Banach's fixed point theorem on a closed region of R^d in a weighted sup norm, with noise in each step and maps that
   change from step to step.

   [attracting_of_self_map_of_rate]  Lemma 3.4 of arXiv 2410.11279 (vector case), with the hypotheses that it needs.
   [robust_of_room_of_rate]          Theorem 4.2, repaired: the noise must leave the region invariant ("room"). *)
From Coq Require Import Reals Psatz Lia Arith.
From FPV Require Import Vectors.
Open Scope R_scope.

Fixpoint iterate (f : vec -> vec) (t : nat) (x : vec) : vec :=
  match t with O => x | S s => f (iterate f s x) end.

Section Banach.
Variables (d : nat) (w : vec) (f : vec -> vec) (D : vec -> Prop) (K : R).
Hypothesis weights_positive : positive d w.
Hypothesis region_closed : closed d D.
Hypothesis self_map : keeps d (fun g => g = f) D (fun _ => 0).
Hypothesis rate : contracts d w D K f.
Hypothesis rate_below_one : 0 <= K < 1.

Let follows (x : nat -> vec) := forall t i, (i < d)%nat -> x (S t) i = f (x t) i.

Lemma follows_of_orbit x : orbit d (fun g => g = f) (fun _ => 0) x -> follows x.
Proof.
  intros H t i Hi. destruct (H t) as [g [-> Hg]]. specialize (Hg i Hi). assert (H0 := Rabs_pos (x (S t) i - f (x t) i)).
  destruct (Req_dec (x (S t) i - f (x t) i) 0) as [E|E]; [lra | apply Rabs_no_R0 in E; lra].
Qed.

Lemma follows_stays x : D (x O) -> follows x -> forall t, D (x t).
Proof.
  intros H0 Hx t. induction t as [|t IH]; auto. apply (self_map f (x t)); auto.
  intros i Hi. rewrite Hx, Rminus_eq_0, Rabs_R0 by auto. lra.
Qed.

Lemma step_distance x r : D (x O) -> follows x -> near d w (x O) (x (S O)) r ->
  forall t, near d w (x t) (x (S t)) (K ^ t * r).
Proof.
  intros H0 Hx Hr t. induction t as [|t IH].
  - simpl. rewrite Rmult_1_l. auto.
  - intros i Hi. rewrite (Hx t i Hi), (Hx (S t) i Hi). simpl. rewrite (Rmult_assoc K).
    apply rate; auto using follows_stays.
Qed.

Lemma tail_distance x r : D (x O) -> follows x -> 0 <= r -> near d w (x O) (x (S O)) r ->
  forall n t, near d w (x t) (x (t + n)%nat) (K ^ t / (1 - K) * r).
Proof.
  intros H0 Hx Hr Hs n t.
  assert (HB : near d w (x t) (x (t + n)%nat) (K ^ t / (1 - K) * r * (1 - K ^ n))).
  { revert t. induction n as [|n IH]; intros t.
    - rewrite Nat.add_0_r. simpl. rewrite Rminus_eq_0, Rmult_0_r. apply near_refl.
    - replace (t + S n)%nat with (S t + n)%nat by lia.
      eapply near_le; [exact weights_positive | eapply near_trans; [apply (step_distance x r); auto | apply IH] |].
      apply Req_le. simpl. field. lra. }
  eapply near_le; [exact weights_positive | exact HB |].
  assert (0 <= K ^ t) by (apply pow_le; lra). assert (0 <= K ^ n) by (apply pow_le; lra).
  assert (0 <= / (1 - K)) by (apply Rlt_le, Rinv_0_lt_compat; lra).
  assert (0 <= K ^ t / (1 - K) * r) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; auto). nra.
Qed.

Lemma orbit_cauchy x i : (i < d)%nat -> D (x O) -> follows x -> Cauchy_crit (fun t => x t i).
Proof.
  intros Hi H0 Hx e He. destruct (near_exists d w (x O) (x (S O)) weights_positive) as [r [Hr0 Hr]].
  assert (Hwi := weights_positive i Hi). set (C := / (1 - K) * r * w i).
  assert (HC : 0 <= C).
  { apply Rmult_le_pos; [apply Rmult_le_pos; auto; apply Rlt_le, Rinv_0_lt_compat; lra | lra]. }
  assert (Hy : 0 < e / 2 / (C + 1)) by (apply Rdiv_lt_0_compat; lra).
  destruct (pow_lt_1_zero K) with (y := e / 2 / (C + 1)) as [N HN]; auto.
  { rewrite Rabs_pos_eq; lra. }
  specialize (HN N (Nat.le_refl N)). assert (HKN : 0 <= K ^ N) by (apply pow_le; lra).
  rewrite Rabs_pos_eq in HN by auto.
  assert (Hs : K ^ N * (C + 1) < e / 2).
  { replace (e / 2) with (e / 2 / (C + 1) * (C + 1)) by (field; lra). apply Rmult_lt_compat_r; lra. }
  exists N. intros n m Hn Hm. unfold R_dist.
  assert (H1 := tail_distance x r H0 Hx Hr0 Hr (n - N) N i Hi).
  assert (H2 := tail_distance x r H0 Hx Hr0 Hr (m - N) N i Hi).
  replace (N + (n - N))%nat with n in H1 by lia. replace (N + (m - N))%nat with m in H2 by lia.
  replace (K ^ N / (1 - K) * r * w i) with (K ^ N * C) in H1, H2 by (unfold C, Rdiv; ring).
  replace (x n i - x m i) with (- (x N i - x n i) + (x N i - x m i)) by ring.
  eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. nra.
Qed.

Lemma toward_fixed x p : D p -> fixed d f p -> D (x O) -> follows x ->
  forall r t, near d w (x O) p r -> near d w (x t) p (K ^ t * r).
Proof.
  intros Hp Hf H0 Hx r t Hr. induction t as [|t IH].
  - simpl. rewrite Rmult_1_l. auto.
  - intros i Hi. rewrite (Hx t i Hi), <- (Hf i Hi). simpl. rewrite (Rmult_assoc K).
    apply rate; auto using follows_stays.
Qed.

Lemma fixed_unique p q : D p -> fixed d f p -> D q -> fixed d f q -> forall i, (i < d)%nat -> q i = p i.
Proof.
  intros Hp Hfp Hq Hfq i Hi. destruct (near_exists d w q p weights_positive) as [r [Hr0 Hr]].
  assert (Hwi := weights_positive i Hi).
  assert (Hz : Rabs (q i - p i) <= 0).
  { apply (le_of_geometric K (r * w i)); [auto | apply Rmult_le_pos; lra |]. intros t. rewrite <- Rmult_assoc.
    apply (toward_fixed (fun _ => q) p Hp Hfp Hq) with (r := r); auto. intros s j Hj. symmetry. auto. }
  apply (eq_of_near_0 (S i) (fun _ => 1) (fun _ => q i) (fun _ => p i)) with (i := i); [|lia].
  intros j _. lra.
Qed.

(* |x - p| <= |f x - x| / (1 - K) *)
Lemma residual x y p r : D p -> fixed d f p -> D x -> (forall i, (i < d)%nat -> y i = f x i) ->
  near d w y x r -> near d w x p (r / (1 - K)).
Proof.
  intros Hp Hf Hx Hy Hr. destruct (near_exists d w x p weights_positive) as [s [Hs0 Hs]].
  assert (H : forall t, near d w x p (r / (1 - K) + K ^ t * (s + Rabs (r / (1 - K))))).
  { induction t as [|t IH].
    - simpl. eapply near_le; [exact weights_positive | exact Hs |].
      assert (HA := Rle_abs (- (r / (1 - K)))). rewrite Rabs_Ropp in HA. lra.
    - assert (H1 : near d w y p (K * (r / (1 - K) + K ^ t * (s + Rabs (r / (1 - K)))))).
      { intros i Hi. rewrite (Hy i Hi), <- (Hf i Hi). apply rate; auto. }
      eapply near_le; [exact weights_positive | eapply near_trans; [apply near_sym; exact Hr | exact H1] |].
      apply Req_le. simpl. field. lra. }
  intros i Hi. assert (Hwi := weights_positive i Hi).
  assert (Hz : Rabs (x i - p i) - r / (1 - K) * w i <= 0); [|lra].
  apply (le_of_geometric K ((s + Rabs (r / (1 - K))) * w i)); auto.
  - apply Rmult_le_pos; [|lra]. assert (H0 := Rabs_pos (r / (1 - K))). lra.
  - intros t. specialize (H t i Hi). lra.
Qed.

Lemma fixed_exists : (exists x, D x) -> exists p, D p /\ fixed d f p.
Proof.
  intros [x0 Hx0]. set (x := fun t => iterate f t x0).
  assert (Hx : follows x) by (intros t i Hi; reflexivity).
  assert (H0 : D (x O)) by exact Hx0.
  assert (Hsig : forall i, {l : R | (i < d)%nat -> Un_cv (fun t => x t i) l}).
  { intros i. destruct (lt_dec i d) as [Hi|Hi].
    - destruct (R_complete _ (orbit_cauchy x i Hi H0 Hx)) as [l Hl]. exists l. auto.
    - exists 0. intros; contradiction. }
  set (p := fun i => proj1_sig (Hsig i)).
  assert (Hcv : forall i, (i < d)%nat -> Un_cv (fun t => x t i) (p i)).
  { intros i Hi. unfold p. destruct (Hsig i) as [l Hl]. simpl. auto. }
  assert (Hp : D p) by (apply (region_closed x); auto using follows_stays).
  destruct (near_exists d w (x O) (x (S O)) weights_positive) as [r [Hr0 Hr]].
  assert (Hd : forall t, near d w (x t) p (K ^ t / (1 - K) * r)).
  { intros t i Hi. apply (abs_limit_le _ _ _ t _ (Hcv i Hi)). intros n. apply tail_distance; auto. }
  exists p. split; auto. intros i Hi. assert (Hwi := weights_positive i Hi).
  assert (HC : 0 <= / (1 - K) * r) by (apply Rmult_le_pos; auto; apply Rlt_le, Rinv_0_lt_compat; lra).
  apply (eq_of_near_0 d w); auto. clear i Hi Hwi. intros i Hi. assert (Hwi := weights_positive i Hi).
  rewrite Rmult_0_l. apply (le_of_geometric K (2 * (/ (1 - K) * r * w i))); auto.
  { assert (0 <= / (1 - K) * r * w i) by (apply Rmult_le_pos; lra). lra. }
  intros t. assert (H1 : near d w (f (x t)) (f p) (K * (K ^ t / (1 - K) * r))) by (apply rate; auto using follows_stays).
  assert (H3 := near_trans _ _ _ _ _ _ _ (near_sym _ _ _ _ _ H1) (Hd (S t)) i Hi).
  assert (Ht : 0 <= K ^ t) by (apply pow_le; lra).
  eapply Rle_trans; [exact H3|]. simpl.
  replace ((K * (K ^ t / (1 - K) * r) + K * K ^ t / (1 - K) * r) * w i)
    with (K * (K ^ t * (2 * (/ (1 - K) * r * w i)))) by (unfold Rdiv; ring).
  assert (0 <= K ^ t * (2 * (/ (1 - K) * r * w i))).
  { apply Rmult_le_pos; auto. assert (0 <= / (1 - K) * r * w i) by (apply Rmult_le_pos; lra). lra. }
  nra.
Qed.

Theorem attracting_of_self_map_of_rate : (exists x, D x) -> exists p, attracts d w f D K p.
Proof.
  intros Hne. destruct (fixed_exists Hne) as [p [Hp Hf]]. exists p.
  split; [exact Hp|]. split; [exact Hf|]. split; [intros; apply fixed_unique; auto|].
  intros x H0 Ho t. assert (Hx := follows_of_orbit x Ho). split; [apply follows_stays; auto|].
  split; [intros; apply toward_fixed; auto|]. split.
  - intros r Hr. replace (K ^ t / (1 - K) * r) with (K ^ t * (r / (1 - K))) by (unfold Rdiv; ring).
    apply toward_fixed; auto. apply (residual (x O) (x (S O))); auto.
  - intros r Hr. assert (H : near d w (x t) p (r / (1 - K))).
    { apply (residual (x t) (x (S t))); auto using follows_stays. }
    intros i Hi. rewrite (Hx t i Hi), <- (Hf i Hi).
    replace (K / (1 - K) * r) with (K * (r / (1 - K))) by (unfold Rdiv; ring).
    apply rate; auto using follows_stays.
Qed.
End Banach.

(* ---- noise, and maps that change from step to step *)

Definition certified (d : nat) (w : vec) (F : (vec -> vec) -> Prop) (f0 : vec -> vec) (D : vec -> Prop) (K : R) (E : vec)
    (radius : R) (p : vec) : Prop :=
  attracts d w f0 D K p
  /\ withstands d w F D K E radius p
  /\ (forall f, F f -> exists q, attracts d w f D K q).

Theorem robust_of_room_of_rate (d : nat) (w : vec) (F : (vec -> vec) -> Prop) (f0 : vec -> vec) (D : vec -> Prop) (K : R)
    (E : vec) (eps eta : R) :
  positive d w -> closed d D -> (exists x, D x) -> F f0 ->
  keeps d F D E ->                                                        (* room for the noise *)
  (forall f, F f -> contracts d w D K f) -> 0 <= K < 1 ->                 (* the rate *)
  (forall i, (i < d)%nat -> 0 <= E i <= eps * w i) ->                     (* the noise has norm at most eps *)
  (forall f x, F f -> D x -> near d w (f x) (f0 x) eta) ->                (* the family moves f0 by at most eta *)
  exists p, certified d w F f0 D K E ((eps + eta) / (1 - K)) p.
Proof.
  intros Hw Hc Hne HF0 Hkeep Hrate HK HE Hdev.
  assert (Hself : forall f, F f -> keeps d (fun g => g = f) D (fun _ => 0)).
  { intros f Hf g x y -> Hx Hy. apply (Hkeep f x); auto. intros i Hi.
    apply Rle_trans with 0; [auto | apply HE; auto]. }
  assert (Hall : forall f, F f -> exists q, attracts d w f D K q).
  { intros f Hf. apply attracting_of_self_map_of_rate; auto. }
  destruct (Hall f0 HF0) as [p Hp]. exists p. split; [exact Hp|]. split; [|exact Hall].
  destruct Hp as [Hpin [Hfix _]]. intros x H0 Ho.
  assert (Hin : forall t, D (x t)).
  { induction t as [|t IH]; auto. destruct (Ho t) as [f [Hf Hx]]. apply (Hkeep f (x t)); auto. }
  intros t. split; auto. intros r Hr. induction t as [|t IH].
  - simpl. replace (1 * r + (eps + eta) / (1 - K) * (1 - 1)) with r by ring. auto.
  - destruct (Ho t) as [f [Hf Hx]].
    assert (H1 : near d w (x (S t)) (f (x t)) eps).
    { intros i Hi. apply Rle_trans with (E i); [auto | apply HE; auto]. }
    assert (H2 := Hrate f Hf _ _ _ (Hin t) Hpin IH).
    assert (H3 := Hdev f p Hf Hpin).
    assert (H4 : near d w (x (S t)) p (eps + (K * (K ^ t * r + (eps + eta) / (1 - K) * (1 - K ^ t)) + eta))).
    { eapply near_trans; [exact H1|]. eapply near_trans; [exact H2|].
      intros i Hi. rewrite <- (Hfix i Hi). apply H3; auto. }
    eapply near_le; [exact Hw | exact H4 |]. apply Req_le. simpl. field. lra.
Qed.
