(* Statements of arXiv 2410.11279 that fail as they are printed: counterexamples, complete.

   [theorem_4_2_needs_room]     P2: f(D) in D does not keep the noisy orbit in D; both printed bounds fail, for every m > 0.
   [theorem_4_1_needs_closed]   P4: regions that are not closed: two are claimed to hold fixed points, there is one.
   [attracting_eq_of_convex]    a convex (or concave) function has at most one attracting fixed point. *)
From Coq Require Import Reals Psatz Lia Arith.
From Coquelicot Require Import Coquelicot.

From FPV Require Import Vectors Scalar.
Open Scope R_scope.

(* ---- P2 *)

Definition bent (x : R) : R := 19 / 20 * x + x ^ 2.

(* the orbit of bent + e from 0, e = 1/m *)
Fixpoint pushed (e : R) (t : nat) : R := match t with O => 0 | S s => bent (pushed e s) + e end.

Lemma bent_maps_into : forall x, -1 / 4 <= x <= 0 -> -1 / 4 <= bent x <= 0.
Proof. intros x Hx. unfold bent. nra. Qed.

Lemma bent_slope : forall x, is_derive bent x (19 / 20 + 2 * x)
  /\ (-1 / 4 <= x <= 0 -> Rabs (19 / 20 + 2 * x) <= 19 / 20).
Proof.
  intros x. split.
  - unfold bent. auto_derive; auto. simpl. ring.
  - intros Hx. apply Rabs_le. lra.
Qed.

Lemma pushed_above (e : R) : 0 < e -> forall t, 20 * e * (1 - (19 / 20) ^ t) <= pushed e t.
Proof.
  intros He t. induction t as [|t IH]; simpl; [lra|]. unfold bent.
  assert (0 <= pushed e t ^ 2) by apply pow2_ge_0. lra.
Qed.

(* Every hypothesis of the printed Theorem 4.2 holds for bent, [-1/4, 0], K = 19/20, p = x^0 = 0 and h = 1/m, and neither
   bound does, whatever m is. *)
Theorem theorem_4_2_needs_room (m : R) : 0 < m ->
  bent 0 = 0
  /\ (forall x, -1 / 4 <= x <= 0 -> -1 / 4 <= bent x <= 0)
  /\ (forall x, -1 / 4 <= x <= 0 -> exists l, is_derive bent x l /\ Rabs l <= 19 / 20)
  /\ ~ Rabs (pushed (1 / m) 2 - 0) <= 19 / 20 * Rabs (pushed (1 / m) 1 - 0) + 1 / m
  /\ ~ (forall t, Rabs (pushed (1 / m) t - 0) <= (19 / 20) ^ t * Rabs (pushed (1 / m) 0 - 0) + 20 / m).
Proof.
  intros Hm. assert (He : 0 < 1 / m) by (apply Rdiv_lt_0_compat; lra).
  replace (20 / m) with (20 * (1 / m)) by (field; lra). set (e := 1 / m) in *. clearbody e.
  split; [unfold bent; lra|]. split; [exact bent_maps_into|].
  split; [intros x Hx; exists (19 / 20 + 2 * x); split; apply bent_slope; auto|].
  split; intros H.
  - simpl in H. unfold bent in H. rewrite !Rminus_0_r in H.
    assert (H1 := Rle_abs (19 / 20 * (19 / 20 * 0 + 0 ^ 2 + e) + (19 / 20 * 0 + 0 ^ 2 + e) ^ 2 + e)).
    rewrite (Rabs_pos_eq (19 / 20 * 0 + 0 ^ 2 + e)) in H by (simpl; lra).
    simpl in *. assert (0 < e * e) by (apply Rmult_lt_0_compat; auto). nra.
  - assert (Hle : forall t, pushed e t <= 20 * e).
    { intros t. specialize (H t). simpl (pushed e 0) in H. rewrite !Rminus_0_r, Rabs_R0, Rmult_0_r in H.
      assert (H1 := Rle_abs (pushed e t)). lra. }
    clear H. assert (He2 : 0 < e * e) by (apply Rmult_lt_0_compat; auto).
    assert (Hten : forall s, 10 * e <= pushed e (14 + s)).
    { intros s. eapply Rle_trans; [|apply pushed_above; auto]. rewrite pow_add.
      assert (H1 : 0 < (19 / 20) ^ s <= 1).
      { split; [apply pow_lt; lra|]. rewrite <- (pow1 s). apply pow_incr. lra. }
      assert (H2 : (19 / 20) ^ 14 <= 1 / 2) by (simpl; lra).
      assert (H3 : 0 < (19 / 20) ^ 14) by (apply pow_lt; lra).
      generalize dependent ((19 / 20) ^ 14). generalize dependent ((19 / 20) ^ s). intros u Hu v Hv1 Hv2.
      assert (v * u <= 1 / 2) by nra. nra. }
    assert (Hgap : forall s, 20 * e + 2000 * (e * e) - pushed e (14 + s) <= (19 / 20) ^ s * (20 * e + 2000 * (e * e))).
    { induction s as [|s IH].
      - rewrite pow_O. assert (H1 := Hten O). lra.
      - assert (E1 : pushed e (14 + S s) = bent (pushed e (14 + s)) + e).
        { replace (14 + S s)%nat with (S (14 + s)) by lia. reflexivity. }
        rewrite E1. assert (H1 := Hten s). unfold bent. change ((19 / 20) ^ S s) with (19 / 20 * (19 / 20) ^ s).
        clear E1 Hten Hle. generalize dependent (pushed e (14 + s)). intros y IH Hy.
        assert (H2 : 100 * (e * e) <= y ^ 2).
        { replace (100 * (e * e)) with ((10 * e) * (10 * e)) by ring. replace (y ^ 2) with (y * y) by ring.
          apply Rmult_le_compat; lra. }
        generalize dependent ((19 / 20) ^ s). intros v IH. lra. }
    assert (Hz : 2000 * (e * e) <= 0); [|lra].
    apply (le_of_geometric (19 / 20) (20 * e + 2000 * (e * e))); [lra | lra |].
    intros s. specialize (Hgap s). specialize (Hle (14 + s)%nat). lra.
Qed.

(* ---- P4 *)

Definition half (x : R) : R := x / 2.

(* [-1, 0) and (0, 1] are disjoint and convex, half maps each into itself with the slope 1/2, and neither holds a fixed
   point but 0, which lies in none of them. *)
Theorem theorem_4_1_needs_closed :
  (forall x, -1 <= x < 0 -> -1 <= half x < 0)
  /\ (forall x, 0 < x <= 1 -> 0 < half x <= 1)
  /\ (forall x, is_derive half x (1 / 2))
  /\ (forall p, half p = p -> ~ (-1 <= p < 0) /\ ~ (0 < p <= 1)).
Proof.
  unfold half. split; [intros; lra|]. split; [intros; lra|]. split.
  - intros x. auto_derive; auto.
  - intros p Hp. assert (p = 0) by lra. split; intros Hz; lra.
Qed.

Definition square (z : R) : R := z ^ 2 / 9.

(* With the bias left out of g', the printed slope on [0, 4] is at most 8/9 for the loop x -> square (x + 2), which maps
   [0, 4] into itself and has two fixed points there. *)
Theorem theorem_4_1_needs_bias :
  (forall x, 0 <= x <= 4 -> 0 <= square (x + 2) <= 4)
  /\ (forall z, is_derive square z (2 * z / 9))
  /\ (forall x, 0 <= x <= 4 -> Rabs (2 * x / 9) <= 8 / 9)
  /\ square (1 + 2) = 1 /\ square (4 + 2) = 4.
Proof.
  unfold square. split; [intros; nra|]. split; [|split; [|split; lra]].
  - intros z. auto_derive; auto. simpl. field.
  - intros x Hx. apply Rabs_le. lra.
Qed.

(* ---- T7.1 of the design: convexity allows one attracting fixed point only *)

Definition convex (phi : R -> R) : Prop :=
  forall x y s, 0 <= s <= 1 -> phi ((1 - s) * x + s * y) <= (1 - s) * phi x + s * phi y.

Definition attracting (phi : R -> R) (p : R) : Prop :=
  phi p = p /\ exists K r, 0 <= K < 1 /\ 0 < r /\ forall x, Rabs (x - p) <= r -> Rabs (phi x - p) <= K * Rabs (x - p).

Lemma attracting_of_derivative phi p l : phi p = p -> is_derive phi p l -> Rabs l < 1 -> attracting phi p.
Proof.
  intros Hp Hd Hl. split; auto. apply is_derive_Reals in Hd.
  destruct (Hd ((1 - Rabs l) / 2)) as [delta Hdelta]; [lra|]. assert (Hpos := cond_pos delta).
  exists ((1 + Rabs l) / 2), (delta / 2). assert (H0 := Rabs_pos l). split; [lra|]. split; [lra|].
  intros x Hx. destruct (Req_dec x p) as [->|Hne].
  { rewrite Hp, Rminus_eq_0, Rabs_R0. lra. }
  assert (Hh : x - p <> 0) by lra.
  specialize (Hdelta (x - p) Hh ltac:(lra)). replace (p + (x - p)) with x in Hdelta by ring. rewrite Hp in Hdelta.
  replace (phi x - p) with ((phi x - p) / (x - p) * (x - p)) by (field; auto).
  rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|].
  replace ((phi x - p) / (x - p)) with ((phi x - p) / (x - p) - l + l) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma no_second_above (phi : R -> R) p q : convex phi -> phi p = p -> attracting phi q -> ~ p < q.
Proof.
  intros Hc Hp [Hq [K [r [HK [Hr H]]]]] Hpq. set (h := Rmin r (q - p)).
  assert (Hh : 0 < h <= r /\ h <= q - p).
  { unfold h, Rmin. destruct (Rle_dec r (q - p)); lra. }
  assert (Hs : 0 <= 1 - h / (q - p) <= 1).
  { assert (0 < h / (q - p)) by (apply Rdiv_lt_0_compat; lra).
    assert (h / (q - p) <= 1); [|lra]. apply Rmult_le_reg_r with (q - p); [lra|].
    unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra. }
  assert (H1 := Hc p q (1 - h / (q - p)) Hs). rewrite Hp, Hq in H1.
  replace ((1 - (1 - h / (q - p))) * p + (1 - h / (q - p)) * q) with (q - h) in H1 by (field; lra).
  assert (H2 := H (q - h)). replace (q - h - q) with (- h) in H2 by ring.
  rewrite Rabs_Ropp, (Rabs_pos_eq h) in H2 by lra. specialize (H2 ltac:(lra)).
  assert (H3 := Rle_abs (- (phi (q - h) - q))). rewrite Rabs_Ropp in H3. nra.
Qed.

Theorem attracting_eq_of_convex (phi : R -> R) (p q : R) :
  convex phi -> attracting phi p -> attracting phi q -> p = q.
Proof.
  intros Hc Hp Hq. assert (H1 := no_second_above phi p q Hc (proj1 Hp) Hq).
  assert (H2 := no_second_above phi q p Hc (proj1 Hq) Hp). lra.
Qed.

Theorem attracting_eq_of_concave (phi : R -> R) (p q : R) :
  convex (fun x => - phi x) -> attracting phi p -> attracting phi q -> p = q.
Proof.
  intros Hc Hp Hq.
  assert (Hm : forall s, attracting phi s -> attracting (fun x => - phi (- x)) (- s)).
  { intros s [Hs [K [r [HK [Hr H]]]]]. split; [rewrite Ropp_involutive; lra|]. exists K, r. split; auto. split; auto.
    intros x Hx. replace (- phi (- x) - - s) with (- (phi (- x) - s)) by ring. rewrite Rabs_Ropp.
    replace (x - - s) with (- (- x - s)) in * by ring. rewrite Rabs_Ropp in *. apply H; auto. }
  cut (- p = - q); [lra|].
  apply (attracting_eq_of_convex (fun x => - phi (- x))); auto.
  intros x y s Hs. simpl. replace (- ((1 - s) * x + s * y)) with ((1 - s) * - x + s * - y) by ring. apply (Hc (- x) (- y) s Hs).
Qed.
