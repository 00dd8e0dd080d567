(* A looped layer x -> g(W x + b) with exact or uncertain parameters, and the k^d lemma in real numbers.

   [product_of_scalar_checks]  Theorems 5.1 and 5.2 of arXiv 2410.11279 in the form that is true: scalar checks on each
                               interval of each coordinate prove a robust fixed point in each product of intervals. *)
From Coq Require Import Reals Psatz Lia Arith List.
From FPV Require Import Vectors Banach Regions Scalar.
Import ListNotations.
Open Scope R_scope.

(* ---- finite sums *)

Fixpoint sum (d : nat) (u : vec) : R :=
  match d with O => 0 | S n => sum n u + u n end.

Lemma sum_le d u v : (forall j, (j < d)%nat -> u j <= v j) -> sum d u <= sum d v.
Proof. induction d; simpl; intros H; [lra|]. apply Rplus_le_compat; auto. Qed.

Lemma sum_minus d u v : sum d u - sum d v = sum d (fun j => u j - v j).
Proof. induction d; simpl; [lra|]. rewrite <- IHd. lra. Qed.

Lemma sum_abs d u : Rabs (sum d u) <= sum d (fun j => Rabs (u j)).
Proof. induction d; simpl; [rewrite Rabs_R0; lra|]. eapply Rle_trans; [apply Rabs_triang|]. lra. Qed.

Lemma sum_scale d c u : sum d (fun j => u j * c) = sum d u * c.
Proof. induction d; simpl; [lra|]. rewrite IHd. lra. Qed.

(* ---- the network *)

Definition layer (d : nat) (W : nat -> vec) (b : vec) (g : R -> R) : vec -> vec :=
  fun x i => g (sum d (fun j => W i j * x j) + b i).

(* every layer whose parameters lie within Rad, r of W, b *)
Definition layers (d : nat) (W Rad : nat -> vec) (b r : vec) (g : R -> R) (f : vec -> vec) : Prop :=
  exists V c, f = layer d V c g
    /\ (forall i j, (i < d)%nat -> (j < d)%nat -> Rabs (V i j - W i j) <= Rad i j)
    /\ (forall i, (i < d)%nat -> Rabs (c i - b i) <= r i).

(* ---- words: one choice a < k i for each coordinate i < d *)

Definition word (d : nat) (k : nat -> nat) (s : nat -> nat) : Prop := forall i, (i < d)%nat -> (s i < k i)%nat.

Definition chosen (lo : nat -> vec) (s : nat -> nat) : vec := fun i => lo i (s i).

(* Everything about coordinate i and its interval s i: an interval of pre-activations, and a Lipschitz constant L of g on it. *)
Definition scalar_check (d : nat) (W Rad : nat -> vec) (b r : vec) (g : R -> R) (lo hi : nat -> vec) (w E : vec)
    (K eta : R) (s : nat -> nat) (i : nat) : Prop :=
  exists ulo uhi L,
    (forall V c x, box d (chosen lo s) (chosen hi s) x ->
       (forall j, (j < d)%nat -> Rabs (V j - W i j) <= Rad i j) -> Rabs (c - b i) <= r i ->
       ulo <= sum d (fun j => V j * x j) + c <= uhi)
    /\ (forall u, ulo <= u <= uhi -> lo i (s i) + E i <= g u <= hi i (s i) - E i)
    /\ 0 <= L /\ lipschitz_on g ulo uhi L
    /\ L * sum d (fun j => (Rabs (W i j) + Rad i j) * w j) <= K * w i
    /\ (forall x, box d (chosen lo s) (chosen hi s) x -> L * (sum d (fun j => Rad i j * Rabs (x j)) + r i) <= eta * w i).

Section Product.
Variables (d : nat) (k : nat -> nat) (W Rad : nat -> vec) (b r : vec) (g : R -> R).
Variables (lo hi : nat -> vec).             (* interval a of coordinate i is [lo i a, hi i a] *)
Variables (w E : vec) (K eps eta : R).
Hypothesis weights_positive : positive d w.
Hypothesis rate_below_one : 0 <= K < 1.
Hypothesis noise : forall i, (i < d)%nat -> 0 <= E i <= eps * w i.
Hypothesis radii_nonneg : forall i j, (i < d)%nat -> (j < d)%nat -> 0 <= Rad i j.
Hypothesis bias_radii_nonneg : forall i, (i < d)%nat -> 0 <= r i.
Hypothesis ordered : forall i a, (i < d)%nat -> (a < k i)%nat -> lo i a <= hi i a.
Hypothesis apart : forall i a a', (i < d)%nat -> (a < a' < k i)%nat -> hi i a < lo i a' \/ hi i a' < lo i a.
Hypothesis checks : forall s i, word d k s -> (i < d)%nat -> scalar_check d W Rad b r g lo hi w E K eta s i.

Let nominal := layer d W b g.
Let family := layers d W Rad b r g.

Lemma nominal_in_family : family nominal.
Proof.
  exists W, b. split; [reflexivity|].
  split; [intros i j Hi Hj | intros i Hi]; rewrite Rminus_eq_0, Rabs_R0; auto.
Qed.

Lemma one_product s : word d k s ->
  exists p, certified d w family nominal (box d (chosen lo s) (chosen hi s)) K E ((eps + eta) / (1 - K)) p.
Proof.
  intros Hs. apply robust_of_room_of_rate; auto using box_closed, nominal_in_family.
  - exists (chosen lo s). intros i Hi. unfold chosen. assert (H := ordered i (s i) Hi (Hs i Hi)). lra.
  - intros f x y (V & c & -> & HV & Hc) Hx Hy i Hi. specialize (Hy i Hi). unfold layer in Hy.
    destruct (checks s i Hs Hi) as (ulo & uhi & L & inner & room & _).
    assert (H := room _ (inner (V i) (c i) x Hx (fun j => HV i j Hi) (Hc i Hi))). unfold chosen. unfold Rabs in Hy. destruct Rcase_abs in Hy; lra.
  - intros f (V & c & -> & HV & Hc) x y D Hx Hy HD i Hi. unfold layer.
    assert (Hwi := weights_positive i Hi). assert (HD0 := nonneg_of_near d w x y D i weights_positive Hi HD).
    destruct (checks s i Hs Hi) as (ulo & uhi & L & inner & _ & HL0 & HL & rate & deviation).
    eapply Rle_trans; [apply HL; apply inner; auto|].
    assert (Hdot : Rabs (sum d (fun j => V i j * x j) + c i - (sum d (fun j => V i j * y j) + c i))
        <= sum d (fun j => (Rabs (W i j) + Rad i j) * w j) * D).
    { replace (sum d (fun j => V i j * x j) + c i - (sum d (fun j => V i j * y j) + c i))
        with (sum d (fun j => V i j * x j) - sum d (fun j => V i j * y j)) by ring.
      rewrite sum_minus. eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_scale. apply sum_le. intros j Hj.
      rewrite <- Rmult_minus_distr_l, Rabs_mult, Rmult_assoc. apply Rmult_le_compat; try apply Rabs_pos.
      - specialize (HV i j Hi Hj). replace (V i j) with (V i j - W i j + W i j) by ring.
        eapply Rle_trans; [apply Rabs_triang|]. lra.
      - rewrite (Rmult_comm (w j)). apply HD; auto. }
    eapply Rle_trans; [apply Rmult_le_compat_l; [auto | exact Hdot]|]. rewrite <- Rmult_assoc.
    replace (K * D * w i) with (K * w i * D) by ring. apply Rmult_le_compat_r; auto.
  - intros f x (V & c & -> & HV & Hc) Hx i Hi. unfold nominal, layer.
    destruct (checks s i Hs Hi) as (ulo & uhi & L & inner & _ & HL0 & HL & rate & deviation).
    eapply Rle_trans; [apply HL; apply inner; auto|].
    { intros j Hj. rewrite Rminus_eq_0, Rabs_R0. auto. }
    { rewrite Rminus_eq_0, Rabs_R0. auto. }
    eapply Rle_trans; [|apply (deviation x Hx)]. apply Rmult_le_compat_l; auto.
    replace (sum d (fun j => V i j * x j) + c i - (sum d (fun j => W i j * x j) + b i))
      with (sum d (fun j => V i j * x j) - sum d (fun j => W i j * x j) + (c i - b i)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat; auto.
    rewrite sum_minus. eapply Rle_trans; [apply sum_abs|]. apply sum_le. intros j Hj.
    rewrite <- Rmult_minus_distr_r, Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos | auto].
Qed.

Lemma differ_of_words s s' p q : word d k s -> word d k s' -> (exists i, (i < d)%nat /\ s i <> s' i) ->
  box d (chosen lo s) (chosen hi s) p -> box d (chosen lo s') (chosen hi s') q -> differ d p q.
Proof.
  intros Hs Hs' [i [Hi Hne]] Hp Hq. exists i. split; auto. specialize (Hp i Hi). specialize (Hq i Hi).
  unfold chosen in *. destruct (Nat.lt_total (s i) (s' i)) as [H|[H|H]]; [|contradiction|].
  - destruct (apart i (s i) (s' i) Hi (conj H (Hs' i Hi))); lra.
  - destruct (apart i (s' i) (s i) Hi (conj H (Hs i Hi))); lra.
Qed.

Theorem product_of_scalar_checks :
  (forall s, word d k s ->
     exists p, certified d w family nominal (box d (chosen lo s) (chosen hi s)) K E ((eps + eta) / (1 - K)) p)
  /\ (forall s s' p q, word d k s -> word d k s' -> (exists i, (i < d)%nat /\ s i <> s' i) ->
     box d (chosen lo s) (chosen hi s) p -> box d (chosen lo s') (chosen hi s') q -> differ d p q).
Proof. split; [exact one_product | exact differ_of_words]. Qed.
End Product.

(* ---- the words, counted: prod_i k i of them, each two with different letters *)

Definition extend (n a : nat) (s : nat -> nat) : nat -> nat := fun i => if Nat.eqb i n then a else s i.

Fixpoint words (d : nat) (k : nat -> nat) : list (nat -> nat) :=
  match d with
  | O => [fun _ => O]
  | S n => flat_map (fun a => map (extend n a) (words n k)) (seq 0 (k n))
  end.

Fixpoint product (d : nat) (k : nat -> nat) : nat := match d with O => 1%nat | S n => (k n * product n k)%nat end.

Definition spelled_apart (d : nat) (s s' : nat -> nat) : Prop := exists i, (i < d)%nat /\ s i <> s' i.

Lemma words_are_words d k s : In s (words d k) -> word d k s.
Proof.
  revert s. induction d as [|n IH]; intros s Hs i Hi; [lia|]. simpl in Hs.
  apply in_flat_map in Hs as [a [Ha Hs]]. apply in_seq in Ha. apply in_map_iff in Hs as [s0 [<- Hs]].
  unfold extend. destruct (Nat.eqb i n) eqn:E; [apply Nat.eqb_eq in E; subst; lia|].
  apply Nat.eqb_neq in E. apply IH; auto. lia.
Qed.

Lemma words_length d k : length (words d k) = product d k.
Proof.
  induction d as [|n IH]; simpl; auto. rewrite <- IH. rewrite <- (seq_length (k n) 0) at 2.
  induction (seq 0 (k n)) as [|a l IHl]; simpl; auto. rewrite app_length, map_length, IHl. auto.
Qed.

Lemma pairs_app {A} (P : A -> A -> Prop) l1 l2 : ForallOrdPairs P l1 -> ForallOrdPairs P l2 ->
  (forall a b, In a l1 -> In b l2 -> P a b) -> ForallOrdPairs P (l1 ++ l2).
Proof.
  intros H1 H2. induction H1 as [|a l Ha Hl IH]; intros H; simpl; auto. constructor.
  - apply Forall_app. split; auto. apply Forall_forall. intros b Hb. apply H; [left; auto | auto].
  - apply IH. intros x b Hx Hb. apply H; [right; auto | auto].
Qed.

Lemma words_apart d k : ForallOrdPairs (spelled_apart d) (words d k).
Proof.
  induction d as [|n IH]; simpl; [repeat constructor|].
  assert (Hn : NoDup (seq 0 (k n))) by apply seq_NoDup.
  induction Hn as [|a l Ha Hl IHl]; simpl; [constructor|]. apply pairs_app; auto.
  - clear IHl. induction IH as [|s m Hs Hm IHm]; simpl; constructor; auto.
    apply Forall_forall. intros q Hq. apply in_map_iff in Hq as [s' [<- Hs']].
    rewrite Forall_forall in Hs. destruct (Hs s' Hs') as [i [Hi Hne]]. exists i. split; [lia|].
    unfold extend. replace (Nat.eqb i n) with false; auto. symmetry. apply Nat.eqb_neq. lia.
  - intros s s' Hs Hs'. apply in_map_iff in Hs as [u [<- _]].
    apply in_flat_map in Hs' as [c [Hc Hs']]. apply in_map_iff in Hs' as [v [<- _]].
    exists n. split; [lia|]. unfold extend. rewrite Nat.eqb_refl. intros ->. contradiction.
Qed.

(* one fixed point for each word, as a list *)
Theorem list_of_product (d : nat) (k : nat -> nat) (P : (nat -> nat) -> vec -> Prop) :
  (forall s, word d k s -> exists p, P s p) ->
  (forall s s' p q, word d k s -> word d k s' -> spelled_apart d s s' -> P s p -> P s' q -> differ d p q) ->
  exists ps, length ps = product d k /\ (forall p, In p ps -> exists s, word d k s /\ P s p)
    /\ ForallOrdPairs (differ d) ps.
Proof.
  intros Hex Hd. rewrite <- words_length.
  assert (H : exists ps, Forall2 (fun s p => word d k s /\ P s p) (words d k) ps).
  { assert (Hw := words_are_words d k). induction (words d k) as [|s l IH]; [exists []; constructor|].
    destruct IH as [ps Hps]; [intros; apply Hw; right; auto|].
    destruct (Hex s) as [p Hp]; [apply Hw; left; auto|]. exists (p :: ps). constructor; auto.
    split; auto. apply Hw. left. auto. }
  destruct H as [ps H]. exists ps. split; [clear -H; induction H; simpl; auto|]. split.
  - clear -H. induction H as [|s p l ps [Hs Hp] _ IH]; [intros q []|]. intros q [<-|Hq]; eauto.
  - assert (Hw := words_apart d k). revert Hw. clear -H Hd. induction H as [|s p l ps [Hs Hp] H IH]; intros Hw; constructor.
    + inversion Hw as [|? ? Hf _]; subst. clear IH Hw. induction H as [|s' q l ps [Hs' Hq] H IH]; constructor.
      * inversion Hf; subst. apply (Hd s s'); auto.
      * apply IH. inversion Hf; auto.
    + apply IH. inversion Hw; auto.
Qed.
