(* The k^d lemma for exact data. All numbers of an instance are integers over one common denominator q; everything that is
   linear is decided by one computation with integers ([check]); what remains are scalar checks on the activation, one for
   each [master], which cover all coordinates and intervals.

   [certified_of_check]        one network, one product of intervals (rules banach, robust and product).
   [certified_of_checks]       one network, several boxes (rule regions). *)
From Coq Require Import Reals Psatz Lia Arith List ZArith Bool.
From FPV Require Import Vectors Banach Regions Scalar Layer.
Import ListNotations.
Open Scope R_scope.

(* W x + b: rows of weights, biases, and how far each of them may be off (missing entries are 0); [scale] is q *)
Record network := Network {
  size : nat; scale : Z; weights : list (list Z); weight_radii : list (list Z); biases : list Z; bias_radii : list Z }.

(* for each coordinate its intervals; the weights of the norm, the noise and its norm, the deviation, and the rate *)
Record task := Task {
  intervals : list (list (Z * Z)); norm : list Z; noise : list Z; noise_norm : Z; deviation : Z; rate : Z }.

(* g maps [from, to] into [least, most], with the Lipschitz constant [slope] *)
Record master := Master { from : Z; to : Z; least : Z; most : Z; slope : Z }.

(* ---- what the data mean *)

Definition num (q z : Z) : R := IZR z / IZR q.
Definition entry (q : Z) (l : list Z) : vec := fun i => num q (nth i l 0%Z).
Definition matrix (q : Z) (l : list (list Z)) : nat -> vec := fun i => entry q (nth i l []).
Definition low (q : Z) (l : list (list (Z * Z))) : nat -> vec := fun i a => num q (fst (nth a (nth i l []) (0, 0)%Z)).
Definition high (q : Z) (l : list (list (Z * Z))) : nat -> vec := fun i a => num q (snd (nth a (nth i l []) (0, 0)%Z)).
Definition choices (T : task) : nat -> nat := fun i => length (nth i (intervals T) []).

Definition map_of (N : network) (g : R -> R) : vec -> vec :=
  layer (size N) (matrix (scale N) (weights N)) (entry (scale N) (biases N)) g.
Definition maps_of (N : network) (g : R -> R) : (vec -> vec) -> Prop :=
  layers (size N) (matrix (scale N) (weights N)) (matrix (scale N) (weight_radii N)) (entry (scale N) (biases N))
    (entry (scale N) (bias_radii N)) g.
Definition box_of (N : network) (T : task) (s : nat -> nat) : vec -> Prop :=
  box (size N) (chosen (low (scale N) (intervals T)) s) (chosen (high (scale N) (intervals T)) s).

(* the claim about the product that the word s chooses *)
Definition claim_of (N : network) (T : task) (g : R -> R) (s : nat -> nat) (p : vec) : Prop :=
  let q := scale N in
  certified (size N) (entry q (norm T)) (maps_of N g) (map_of N g) (box_of N T s) (num q (rate T)) (entry q (noise T))
    ((num q (noise_norm T) + num q (deviation T)) / (1 - num q (rate T))) p.

Definition master_holds (q : Z) (g : R -> R) (m : master) : Prop :=
  (forall u, num q (from m) <= u <= num q (to m) -> num q (least m) <= g u <= num q (most m))
  /\ lipschitz_on g (num q (from m)) (num q (to m)) (num q (slope m)).

(* ---- the computation; products of two numbers are in units of 1/q^2 *)

Fixpoint dot {A : Type} (F : Z -> Z -> A -> Z) (row rad : list Z) (l : list A) : Z :=
  match row, l with
  | v :: row', x :: l' => (F v (hd 0 rad) x + dot F row' (tl rad) l')%Z
  | _, _ => 0%Z
  end.

(* the least and largest product of a number of [v - r, v + r] and one of the interval *)
Definition product_low (v r : Z) (x : Z * Z) : Z :=
  if Z.eqb r 0 then Z.min (v * fst x) (v * snd x)
  else Z.min (Z.min ((v - r) * fst x) ((v - r) * snd x)) (Z.min ((v + r) * fst x) ((v + r) * snd x)).
Definition product_high (v r : Z) (x : Z * Z) : Z :=
  if Z.eqb r 0 then Z.max (v * fst x) (v * snd x)
  else Z.max (Z.max ((v - r) * fst x) ((v - r) * snd x)) (Z.max ((v + r) * fst x) ((v + r) * snd x)).
Definition weighted_abs (v r w : Z) : Z := ((Z.abs v + r) * w)%Z.
Definition spread (_ r : Z) (x : Z * Z) : Z := (r * Z.max (Z.abs (fst x)) (Z.abs (snd x)))%Z.

Fixpoint all (n : nat) (P : nat -> bool) : bool := match n with O => true | S m => all m P && P m end.

Definition hull (l : list (Z * Z)) : Z * Z :=
  match l with
  | [] => (0, 0)%Z
  | x :: l' => fold_left (fun h y => (Z.min (fst h) (fst y), Z.max (snd h) (snd y))) l' x
  end.

Section Check.
Variables (N : network) (T : task) (ms : list master).
Let q := scale N.
Let hulls := map hull (intervals T).

(* master m serves coordinate i on the interval x *)
Definition serves (i : nat) (lowest highest rows moved : Z) (x : Z * Z) (m : master) : bool :=
  let e := nth i (noise T) 0%Z in
  let w := (nth i (norm T) 0 * q)%Z in
  ((from m * q <=? lowest) && (highest <=? to m * q) && (fst x + e <=? least m) && (most m <=? snd x - e)
   && (0 <=? slope m) && (slope m * rows <=? rate T * w) && (slope m * moved <=? deviation T * w))%Z.

Definition check_coordinate (hl : list (Z * Z)) (i : nat) : bool :=
  let row := nth i (weights N) [] in
  let rad := nth i (weight_radii N) [] in
  let v := nth i row 0%Z in
  let r := nth i rad 0%Z in
  let h := nth i hl (0, 0)%Z in
  let b := nth i (biases N) 0%Z in
  let br := nth i (bias_radii N) 0%Z in
  let lowest := (dot product_low row rad hl - product_low v r h + (b - br) * q)%Z in
  let highest := (dot product_high row rad hl - product_high v r h + (b + br) * q)%Z in
  let rows := dot weighted_abs row rad (norm T) in
  let moved := (dot spread row rad hl + br * q)%Z in
  let xs := nth i (intervals T) [] in
  Nat.eqb (length row) (size N) && forallb (Z.leb 0) rad && (0 <=? br)%Z
  && (0 <? nth i (norm T) 0)%Z && (0 <=? nth i (noise T) 0)%Z
  && (nth i (noise T) 0 * q <=? noise_norm T * nth i (norm T) 0)%Z
  && forallb (fun x => (fst x <=? snd x)%Z && (fst h <=? fst x)%Z && (snd x <=? snd h)%Z
      && existsb (serves i (lowest + product_low v r x) (highest + product_high v r x) rows moved x) ms) xs
  && all (length xs) (fun a => all a (fun a' =>
      (snd (nth a xs (0, 0)) <? fst (nth a' xs (0, 0))) || (snd (nth a' xs (0, 0)) <? fst (nth a xs (0, 0))))%Z).

Definition check : bool :=
  (0 <? q)%Z && (0 <=? rate T)%Z && (rate T <? q)%Z
  && Nat.eqb (length (intervals T)) (size N) && Nat.eqb (length (norm T)) (size N)
  && (let hl := hulls in all (size N) (check_coordinate hl)).
End Check.

(* ---- its meaning *)

Lemma all_true n P : all n P = true -> forall i, (i < n)%nat -> P i = true.
Proof.
  induction n; simpl; intros H i Hi; [lia|]. apply andb_true_iff in H as [H1 H2].
  destruct (Nat.eq_dec i n) as [->|]; auto. apply IHn; auto; lia.
Qed.

Section Sound.
Variable q : Z.
Hypothesis q_positive : (0 < q)%Z.
Let Q := IZR q.

Lemma Q_positive : 0 < Q.
Proof. apply IZR_lt. exact q_positive. Qed.

Lemma num_le x y : (x <= y)%Z -> num q x <= num q y.
Proof. intros H. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Q_positive | apply IZR_le; auto]. Qed.

Lemma num_lt x y : (x < y)%Z -> num q x < num q y.
Proof. intros H. apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat, Q_positive | apply IZR_lt; auto]. Qed.

Lemma num_times z : num q z * Q = IZR z.
Proof. unfold num. fold Q. field. apply Rgt_not_eq, Q_positive. Qed.

Lemma num_0 : num q 0 = 0.
Proof. unfold num, Rdiv. apply Rmult_0_l. Qed.

Lemma num_q : num q q = 1.
Proof. unfold num. field. apply Rgt_not_eq, Q_positive. Qed.

Lemma num_plus x y : num q (x + y) = num q x + num q y.
Proof. unfold num. rewrite plus_IZR. unfold Rdiv. ring. Qed.

Lemma num_minus x y : num q (x - y) = num q x - num q y.
Proof. unfold num. rewrite minus_IZR. unfold Rdiv. ring. Qed.

Lemma num_abs x : Rabs (num q x) = num q (Z.abs x).
Proof.
  unfold num, Rdiv. rewrite Rabs_mult, abs_IZR, (Rabs_pos_eq (/ IZR q)); auto.
  apply Rlt_le, Rinv_0_lt_compat, Q_positive.
Qed.

(* from integers in units of 1/q^2 to real numbers *)
Lemma ge_of_units z x : IZR z <= x * (Q * Q) -> forall u, (u * q <= z)%Z -> num q u <= x.
Proof.
  intros H u Hu. assert (HQ := Q_positive). apply IZR_le in Hu. rewrite mult_IZR in Hu. fold Q in Hu.
  apply Rmult_le_reg_r with (Q * Q); [nra|]. rewrite <- Rmult_assoc, num_times. lra.
Qed.

Lemma le_of_units z x : x * (Q * Q) <= IZR z -> forall u, (z <= u * q)%Z -> x <= num q u.
Proof.
  intros H u Hu. assert (HQ := Q_positive). apply IZR_le in Hu. rewrite mult_IZR in Hu. fold Q in Hu.
  apply Rmult_le_reg_r with (Q * Q); [nra|]. rewrite <- (Rmult_assoc (num q u)), num_times. lra.
Qed.

Lemma between_corners v1 v2 x1 x2 v x m M : v1 <= v <= v2 -> x1 <= x <= x2 ->
  m <= v1 * x1 -> m <= v1 * x2 -> m <= v2 * x1 -> m <= v2 * x2 ->
  v1 * x1 <= M -> v1 * x2 <= M -> v2 * x1 <= M -> v2 * x2 <= M -> m <= v * x <= M.
Proof.
  intros Hv Hx. intros.
  assert (H7 : m <= v1 * x <= M) by (destruct (Rle_dec 0 v1); split; nra).
  assert (H8 : m <= v2 * x <= M) by (destruct (Rle_dec 0 v2); split; nra).
  destruct (Rle_dec 0 x); split; nra.
Qed.

Lemma product_bounds V W0 r x lh : Rabs (V - num q W0) <= num q r -> num q (fst lh) <= x <= num q (snd lh) ->
  IZR (product_low W0 r lh) <= V * x * (Q * Q) <= IZR (product_high W0 r lh).
Proof.
  intros HV Hx. assert (HQ := Q_positive). replace (V * x * (Q * Q)) with (V * Q * (x * Q)) by ring.
  assert (HX : IZR (fst lh) <= x * Q <= IZR (snd lh)).
  { rewrite <- (num_times (fst lh)), <- (num_times (snd lh)). split; apply Rmult_le_compat_r; lra. }
  assert (HW : IZR (W0 - r) <= V * Q <= IZR (W0 + r)).
  { rewrite minus_IZR, plus_IZR, <- (num_times W0), <- (num_times r).
    unfold Rabs in HV. destruct Rcase_abs in HV; nra. }
  unfold product_low, product_high. destruct (Z.eqb r 0) eqn:Er.
  - apply Z.eqb_eq in Er. subst r. replace (W0 - 0)%Z with W0 in HW by lia. replace (W0 + 0)%Z with W0 in HW by lia.
    apply between_corners with (IZR W0) (IZR W0) (IZR (fst lh)) (IZR (snd lh)); auto;
      rewrite <- mult_IZR; apply IZR_le; lia.
  - apply between_corners with (IZR (W0 - r)) (IZR (W0 + r)) (IZR (fst lh)) (IZR (snd lh)); auto;
      rewrite <- mult_IZR; apply IZR_le; lia.
Qed.

Lemma sum_S_left d u : sum (S d) u = u O + sum d (fun j => u (S j)).
Proof. induction d as [|d IH]; [simpl; lra|]. change (sum (S (S d)) u) with (sum (S d) u + u (S d)). rewrite IH. simpl. lra. Qed.

(* a real sum against its integer dot product *)
Lemma dot_bound {A} (F : Z -> Z -> A -> Z) (d0 : A) (u : vec) row rad (l : list A) (sign : R) : length row = length l ->
  (forall j, (j < length row)%nat -> sign * IZR (F (nth j row 0%Z) (nth j rad 0%Z) (nth j l d0)) <= sign * (u j * (Q * Q))) ->
  sign * IZR (dot F row rad l) <= sign * (sum (length row) u * (Q * Q)).
Proof.
  revert rad l u. induction row as [|v row IH]; intros rad [|x l] u Hl H; try discriminate; [simpl; lra|].
  cbn [dot length]. rewrite sum_S_left, plus_IZR. assert (H0 := H O ltac:(simpl; lia)).
  assert (H1 := IH (tl rad) l (fun j => u (S j)) ltac:(simpl in Hl; lia)).
  assert (H2 : sign * IZR (dot F row (tl rad) l) <= sign * (sum (length row) (fun j => u (S j)) * (Q * Q))).
  { apply H1. intros j Hj. assert (H3 := H (S j) ltac:(simpl; lia)). simpl in H3. destruct rad; simpl in *; auto.
    destruct j; auto. }
  assert (E0 : nth 0 rad 0%Z = hd 0%Z rad) by (destruct rad; auto). simpl in H0. rewrite E0 in H0 || (destruct rad; simpl in *).
  all: lra.
Qed.
End Sound.

Lemma sum_update d i u c : (i < d)%nat -> sum d (fun j => if Nat.eqb j i then u j - c else u j) = sum d u - c.
Proof.
  induction d as [|d IH]; intros Hi; [lia|]. simpl. destruct (Nat.eq_dec i d) as [->|Hne].
  - rewrite Nat.eqb_refl. assert (E : forall n, (n <= d)%nat -> sum n (fun j => if Nat.eqb j d then u j - c else u j) = sum n u).
    { induction n as [|n IHn]; intros Hn; simpl; auto. rewrite IHn by lia.
      replace (Nat.eqb n d) with false; auto. symmetry. apply Nat.eqb_neq. lia. }
    rewrite E by lia. lra.
  - rewrite IH by lia. replace (Nat.eqb d i) with false; [lra|]. symmetry. apply Nat.eqb_neq. lia.
Qed.

Section Certified.
Variables (N : network) (T : task) (ms : list master) (g : R -> R).
Let q := scale N.
Let d := size N.
Let Q := IZR q.
Let k := choices T.
Hypothesis checked : check N T ms = true.
Hypothesis masters : forall m, In m ms -> master_holds q g m.

Lemma globals : (0 < q)%Z /\ (0 <= rate T)%Z /\ (rate T < q)%Z /\ length (intervals T) = d /\ length (norm T) = d
  /\ forall i, (i < d)%nat -> check_coordinate N T ms (map hull (intervals T)) i = true.
Proof.
  unfold check in checked. cbv zeta in checked. repeat rewrite andb_true_iff in checked.
  destruct checked as [[[[[H1 H2] H3] H4] H5] H6].
  apply Z.ltb_lt in H1. apply Z.leb_le in H2. apply Z.ltb_lt in H3. apply Nat.eqb_eq in H4. apply Nat.eqb_eq in H5.
  repeat (split; [assumption|]). exact (all_true _ _ H6).
Qed.

Let hl := map hull (intervals T).
Let rad i := nth i (weight_radii N) [].
Let row i := nth i (weights N) [].
Let h i := nth i hl (0, 0)%Z.
Let iv i a := nth a (nth i (intervals T) []) (0, 0)%Z.
Let lowest i := (dot product_low (row i) (rad i) hl - product_low (nth i (row i) 0) (nth i (rad i) 0) (h i)
  + (nth i (biases N) 0 - nth i (bias_radii N) 0) * q)%Z.
Let highest i := (dot product_high (row i) (rad i) hl - product_high (nth i (row i) 0) (nth i (rad i) 0) (h i)
  + (nth i (biases N) 0 + nth i (bias_radii N) 0) * q)%Z.
Let rows i := dot weighted_abs (row i) (rad i) (norm T).
Let moved i := (dot spread (row i) (rad i) hl + nth i (bias_radii N) 0 * q)%Z.

Record facts (i : nat) : Prop := Facts {
  f_row : length (row i) = d;
  f_rad : forall j, (0 <= nth j (rad i) 0)%Z;
  f_bias : (0 <= nth i (bias_radii N) 0)%Z;
  f_norm : (0 < nth i (norm T) 0)%Z;
  f_noise : (0 <= nth i (noise T) 0)%Z;
  f_noise_norm : (nth i (noise T) 0 * q <= noise_norm T * nth i (norm T) 0)%Z;
  f_interval : forall a, (a < k i)%nat -> (fst (iv i a) <= snd (iv i a) /\ fst (h i) <= fst (iv i a) /\ snd (iv i a) <= snd (h i))%Z;
  f_master : forall a, (a < k i)%nat -> exists m, In m ms
    /\ serves N T i (lowest i + product_low (nth i (row i) 0%Z) (nth i (rad i) 0%Z) (iv i a))
         (highest i + product_high (nth i (row i) 0%Z) (nth i (rad i) 0%Z) (iv i a)) (rows i) (moved i) (iv i a) m = true;
  f_apart : forall a a', (a < a' < k i)%nat -> (snd (iv i a') < fst (iv i a) \/ snd (iv i a) < fst (iv i a'))%Z }.

Lemma coordinate i : (i < d)%nat -> facts i.
Proof.
  intros Hi. destruct globals as (_ & _ & _ & _ & _ & H). specialize (H i Hi).
  unfold check_coordinate in H. cbv zeta in H. repeat rewrite andb_true_iff in H.
  destruct H as [[[[[[[H1 H2] H3] H4] H5] H6] H7] H8].
  apply Nat.eqb_eq in H1. apply Z.leb_le in H3. apply Z.ltb_lt in H4. apply Z.leb_le in H5. apply Z.leb_le in H6.
  rewrite forallb_forall in H2, H7.
  assert (H7' : forall a, (a < k i)%nat -> _) by (intros a Ha; exact (H7 (iv i a) (nth_In _ _ Ha))).
  constructor; auto.
  - intros j. destruct (Nat.lt_ge_cases j (length (rad i))) as [Hj|Hj].
    + apply Z.leb_le, H2, nth_In. exact Hj.
    + rewrite nth_overflow by exact Hj. lia.
  - intros a Ha. specialize (H7' a Ha). repeat rewrite andb_true_iff in H7'. destruct H7' as [[[A1 A2] A3] _].
    apply Z.leb_le in A1. apply Z.leb_le in A2. apply Z.leb_le in A3. auto.
  - intros a Ha. specialize (H7' a Ha). repeat rewrite andb_true_iff in H7'. destruct H7' as [_ A].
    apply existsb_exists in A. exact A.
  - intros a a' Ha. assert (A := all_true _ _ (all_true _ _ H8 a' (proj2 Ha)) a (proj1 Ha)). simpl in A.
    apply orb_true_iff in A as [A|A]; apply Z.ltb_lt in A; auto.
Qed.

Lemma positive_scale : (0 < q)%Z.
Proof. apply globals. Qed.

Lemma within_hull s x j : word d k s -> (j < d)%nat -> box_of N T s x ->
  num q (fst (h j)) <= x j <= num q (snd (h j)).
Proof.
  intros Hs Hj Hx. destruct (f_interval j (coordinate j Hj) (s j) (Hs j Hj)) as [_ [H1 H2]].
  assert (Hxj := Hx j Hj). unfold chosen, low, high in Hxj. fold q in Hxj.
  apply (num_le q positive_scale) in H1. apply (num_le q positive_scale) in H2. unfold iv in H1, H2. lra.
Qed.

Lemma inner_bounds s i V c x : word d k s -> (i < d)%nat -> box_of N T s x ->
  (forall j, (j < d)%nat -> Rabs (V j - num q (nth j (row i) 0%Z)) <= num q (nth j (rad i) 0%Z)) ->
  Rabs (c - num q (nth i (biases N) 0%Z)) <= num q (nth i (bias_radii N) 0%Z) ->
  IZR (lowest i + product_low (nth i (row i) 0%Z) (nth i (rad i) 0%Z) (iv i (s i)))
    <= (sum d (fun j => V j * x j) + c) * (Q * Q)
    <= IZR (highest i + product_high (nth i (row i) 0%Z) (nth i (rad i) 0%Z) (iv i (s i))).
Proof.
  intros Hs Hi Hx HV Hc. assert (Hq := positive_scale). assert (HQ : 0 < Q) by (apply IZR_lt; auto).
  assert (Hrow := f_row i (coordinate i Hi)).
  assert (Hlen : length (row i) = length hl).
  { unfold hl. rewrite map_length, Hrow. symmetry. apply globals. }
  assert (Hown := product_bounds q Hq (V i) _ _ (x i) (iv i (s i)) (HV i Hi)).
  assert (Hxi := Hx i Hi). unfold chosen, low, high in Hxi. specialize (Hown Hxi). fold Q in Hown.
  assert (Hall : forall j, (j < d)%nat -> IZR (product_low (nth j (row i) 0%Z) (nth j (rad i) 0%Z) (h j))
      <= V j * x j * (Q * Q) <= IZR (product_high (nth j (row i) 0%Z) (nth j (rad i) 0%Z) (h j))).
  { intros j Hj. apply (product_bounds q Hq); auto. apply within_hull with s; auto. }
  assert (Hbias : IZR ((nth i (biases N) 0 - nth i (bias_radii N) 0) * q)%Z <= c * (Q * Q)
      <= IZR ((nth i (biases N) 0 + nth i (bias_radii N) 0) * q)%Z).
  { rewrite !mult_IZR, minus_IZR, plus_IZR.
    rewrite <- (num_times q Hq (nth i (biases N) 0%Z)), <- (num_times q Hq (nth i (bias_radii N) 0%Z)). fold Q.
    unfold Rabs in Hc. destruct Rcase_abs in Hc; split; nra. }
  set (pl := product_low (nth i (row i) 0%Z) (nth i (rad i) 0%Z)) in *.
  set (ph := product_high (nth i (row i) 0%Z) (nth i (rad i) 0%Z)) in *.
  assert (HQQ : 0 < Q * Q) by nra.
  assert (Hu : forall z, z / (Q * Q) * (Q * Q) = z) by (intros z; field; lra).
  split.
  - set (cc := (IZR (pl (iv i (s i))) - IZR (pl (h i))) / (Q * Q)).
    assert (H := dot_bound q product_low (0, 0)%Z
      (fun j => if Nat.eqb j i then V j * x j - cc else V j * x j) (row i) (rad i) hl 1 Hlen).
    rewrite Hrow, sum_update in H by auto. fold Q in H.
    assert (H' : 1 * IZR (dot product_low (row i) (rad i) hl) <= 1 * ((sum d (fun j => V j * x j) - cc) * (Q * Q))).
    { apply H. intros j Hj. destruct (Nat.eqb j i) eqn:E; rewrite !Rmult_1_l; [|apply Hall; auto].
      apply Nat.eqb_eq in E. subst j. fold pl. fold (h i). rewrite Rmult_minus_distr_r. unfold cc. rewrite Hu. lra. }
    rewrite !Rmult_1_l, Rmult_minus_distr_r in H'. unfold cc in H'. rewrite Hu in H'.
    unfold lowest. rewrite !plus_IZR, minus_IZR. fold pl. lra.
  - set (cc := (IZR (ph (iv i (s i))) - IZR (ph (h i))) / (Q * Q)).
    assert (H := dot_bound q product_high (0, 0)%Z
      (fun j => if Nat.eqb j i then V j * x j - cc else V j * x j) (row i) (rad i) hl (-1) Hlen).
    rewrite Hrow, sum_update in H by auto. fold Q in H.
    assert (H' : -1 * IZR (dot product_high (row i) (rad i) hl) <= -1 * ((sum d (fun j => V j * x j) - cc) * (Q * Q))).
    { apply H. intros j Hj. destruct (Nat.eqb j i) eqn:E; [|assert (H1 := Hall j Hj); fold (h j); lra].
      apply Nat.eqb_eq in E. subst j. fold ph. fold (h i). rewrite Rmult_minus_distr_r. unfold cc. rewrite Hu. lra. }
    rewrite Rmult_minus_distr_r in H'. unfold cc in H'. rewrite Hu in H'.
    unfold highest. rewrite !plus_IZR, minus_IZR. fold ph. lra.
Qed.

(* L / q times a sum in units of 1/q^2, at most K / q times w / q *)
Lemma le_of_scaled L S K w x : (0 <= L)%Z -> x * (Q * Q) <= IZR S -> (L * S <= K * (w * q))%Z -> num q L * x <= num q K * num q w.
Proof.
  intros HL Hx H. assert (Hq := positive_scale). assert (HQ : 0 < Q) by (apply IZR_lt; auto).
  apply IZR_le in H, HL. rewrite !mult_IZR in H. fold Q in H.
  rewrite <- (num_times q Hq L), <- (num_times q Hq K), <- (num_times q Hq w) in H. rewrite <- (num_times q Hq L) in HL.
  fold Q in H, HL. apply Rmult_le_reg_r with (Q * (Q * Q)); [apply Rmult_lt_0_compat; nra|].
  assert (H1 : num q L * Q * (x * (Q * Q)) <= num q L * Q * IZR S) by (apply Rmult_le_compat_l; lra). lra.
Qed.
Lemma rows_bound i : (i < d)%nat ->
  sum d (fun j => (Rabs (matrix q (weights N) i j) + matrix q (weight_radii N) i j) * entry q (norm T) j) * (Q * Q)
    <= IZR (rows i).
Proof.
  intros Hi. assert (Hq := positive_scale). assert (Hrow := f_row i (coordinate i Hi)).
  assert (H := dot_bound q weighted_abs 0%Z
    (fun j => (Rabs (matrix q (weights N) i j) + matrix q (weight_radii N) i j) * entry q (norm T) j)
    (row i) (rad i) (norm T) (-1)).
  fold Q in H. rewrite Hrow in H. enough (H' : -1 * IZR (dot weighted_abs (row i) (rad i) (norm T)) <=
    -1 * (sum d (fun j => (Rabs (matrix q (weights N) i j) + matrix q (weight_radii N) i j) * entry q (norm T) j) * (Q * Q)))
    by (unfold rows; lra).
  apply H; [symmetry; apply globals|]. intros j Hj. unfold weighted_abs. rewrite mult_IZR, plus_IZR.
  unfold matrix, entry. rewrite (num_abs q Hq). fold (row i) (rad i).
  rewrite <- (num_times q Hq (Z.abs _)), <- (num_times q Hq (nth j (rad i) 0%Z)), <- (num_times q Hq (nth j (norm T) 0%Z)).
  fold Q. lra.
Qed.

Lemma moved_bound i s x : word d k s -> (i < d)%nat -> box_of N T s x ->
  (sum d (fun j => matrix q (weight_radii N) i j * Rabs (x j)) + entry q (bias_radii N) i) * (Q * Q) <= IZR (moved i).
Proof.
  intros Hs Hi Hx. assert (Hq := positive_scale). assert (HQ : 0 < Q) by (apply IZR_lt; auto).
  assert (Hc := coordinate i Hi). assert (Hrow := f_row i Hc).
  assert (Hlen : length (row i) = length hl).
  { unfold hl. rewrite map_length, Hrow. symmetry. apply globals. }
  assert (H := dot_bound q spread (0, 0)%Z (fun j => matrix q (weight_radii N) i j * Rabs (x j)) (row i) (rad i) hl (-1) Hlen).
  fold Q in H. rewrite Hrow in H.
  assert (H' : -1 * IZR (dot spread (row i) (rad i) hl)
    <= -1 * (sum d (fun j => matrix q (weight_radii N) i j * Rabs (x j)) * (Q * Q))).
  { apply H. intros j Hj. unfold spread, matrix, entry. fold (rad i) (h j). rewrite mult_IZR.
    rewrite <- (num_times q Hq (nth j (rad i) 0%Z)). fold Q.
    assert (Hxj := within_hull s x j Hs Hj Hx).
    assert (Hr : 0 <= num q (nth j (rad i) 0%Z)).
    { rewrite <- (num_0 q). apply (num_le q Hq). apply (f_rad i Hc). }
    assert (Hm : Rabs (x j) * Q <= IZR (Z.max (Z.abs (fst (h j))) (Z.abs (snd (h j))))).
    { rewrite <- (num_times q Hq). apply Rmult_le_compat_r; [fold Q; lra|].
      assert (H1 := num_le q Hq (- Z.max (Z.abs (fst (h j))) (Z.abs (snd (h j)))) (fst (h j)) ltac:(lia)).
      assert (H2 := num_le q Hq (snd (h j)) (Z.max (Z.abs (fst (h j))) (Z.abs (snd (h j)))) ltac:(lia)).
      assert (H3 : num q (- Z.max (Z.abs (fst (h j))) (Z.abs (snd (h j))))
        = - num q (Z.max (Z.abs (fst (h j))) (Z.abs (snd (h j))))).
      { unfold num. rewrite opp_IZR. unfold Rdiv. ring. }
      apply Rabs_le. lra. }
    assert (H4 := Rmult_le_compat_l (num q (nth j (rad i) 0%Z) * Q) _ _ ltac:(nra) Hm). lra. }
  unfold moved. rewrite plus_IZR, mult_IZR, <- (num_times q Hq (nth i (bias_radii N) 0%Z)). unfold entry. fold Q. lra.
Qed.

Lemma every_scalar_check s i : word d k s -> (i < d)%nat ->
  scalar_check d (matrix q (weights N)) (matrix q (weight_radii N)) (entry q (biases N)) (entry q (bias_radii N)) g
    (low q (intervals T)) (high q (intervals T)) (entry q (norm T)) (entry q (noise T)) (num q (rate T))
    (num q (deviation T)) s i.
Proof.
  intros Hs Hi. assert (Hq := positive_scale). assert (Hc := coordinate i Hi).
  destruct (f_master i Hc (s i) (Hs i Hi)) as [m [Hm Hserves]]. unfold serves in Hserves. cbv zeta in Hserves.
  repeat rewrite andb_true_iff in Hserves. destruct Hserves as [[[[[[S1 S2] S3] S4] S5] S6] S7].
  apply Z.leb_le in S1, S2, S3, S4, S5, S6, S7. destruct (masters m Hm) as [Himage Hlip].
  exists (num q (from m)), (num q (to m)), (num q (slope m)). split; [|split; [|split; [|split; [|split]]]].
  - intros V c x Hx HV Hb. assert (HB := inner_bounds s i V c x Hs Hi Hx (fun j Hj => HV j Hj) Hb).
    destruct HB as [B1 B2]. split; [eapply (ge_of_units q Hq); eauto | eapply (le_of_units q Hq); eauto].
  - intros u Hu. assert (H := Himage u Hu).
    apply (num_le q Hq) in S3, S4. rewrite num_plus in S3. rewrite num_minus in S4.
    unfold low, high, entry. fold (iv i (s i)). fold q in S3, S4. lra.
  - rewrite <- (num_0 q). apply (num_le q Hq). exact S5.
  - exact Hlip.
  - eapply le_of_scaled; [exact S5 | apply rows_bound; auto | exact S6].
  - intros x Hx. eapply le_of_scaled; [exact S5 | apply moved_bound with s; auto | exact S7].
Qed.

Lemma one_claim s : word d k s -> exists p, claim_of N T g s p.
Proof.
  intros Hs. assert (Hq := positive_scale). destruct globals as (_ & G2 & G3 & _).
  assert (HP : forall z, (0 <= z)%Z -> 0 <= num q z) by (intros z Hz; rewrite <- (num_0 q); apply (num_le q Hq); auto).
  apply (product_of_scalar_checks d k); auto using every_scalar_check.
  - intros i Hi. unfold entry. rewrite <- (num_0 q). apply (num_lt q Hq). apply (f_norm i (coordinate i Hi)).
  - split; [apply HP; auto | rewrite <- (num_q q Hq); apply (num_lt q Hq); auto].
  - intros i Hi. assert (Hc := coordinate i Hi). split; [apply HP, (f_noise i Hc)|].
    assert (H := f_noise_norm i Hc). apply IZR_le in H. rewrite !mult_IZR in H.
    assert (HQ : 0 < Q) by (apply IZR_lt; auto). fold Q in H.
    rewrite <- (num_times q Hq (noise_norm T)), <- (num_times q Hq (nth i (norm T) 0%Z)),
      <- (num_times q Hq (nth i (noise T) 0%Z)) in H.
    unfold entry. fold q. fold Q in H. apply Rmult_le_reg_r with (Q * Q); [nra|]. lra.
  - intros i j Hi Hj. apply HP, (f_rad i (coordinate i Hi)).
  - intros i Hi. apply HP, (f_bias i (coordinate i Hi)).
  - intros i a Hi Ha. apply (num_le q Hq), (f_interval i (coordinate i Hi) a Ha).
  - intros i a a' Hi Ha. destruct (f_apart i (coordinate i Hi) a a' Ha); [right | left]; apply (num_lt q Hq); auto.
Qed.

Lemma words_differ s s' p p' : word d k s -> word d k s' -> spelled_apart d s s' ->
  claim_of N T g s p -> claim_of N T g s' p' -> differ d p p'.
Proof.
  intros Hs Hs' Hne [[Hp _] _] [[Hp' _] _]. assert (Hq := positive_scale).
  apply (differ_of_words d k (low q (intervals T)) (high q (intervals T))) with s s'; auto.
  intros i a a' Hi Ha. destruct (f_apart i (coordinate i Hi) a a' Ha); [right | left]; apply (num_lt q Hq); auto.
Qed.
End Certified.

(* Every product of intervals holds exactly one fixed point, which withstands the noise; together they are prod_i k i. *)
Theorem certified_of_check (N : network) (T : task) (ms : list master) (g : R -> R) :
  check N T ms = true -> (forall m, In m ms -> master_holds (scale N) g m) ->
  (forall s, word (size N) (choices T) s -> exists p, claim_of N T g s p)
  /\ exists ps, length ps = product (size N) (choices T)
     /\ (forall p, In p ps -> exists s, word (size N) (choices T) s /\ claim_of N T g s p)
     /\ ForallOrdPairs (differ (size N)) ps.
Proof.
  intros Hc Hm. assert (H := one_claim N T ms g Hc Hm). split; [exact H|].
  apply list_of_product; [exact H | exact (words_differ N T ms g Hc)].
Qed.

(* ---- several boxes *)

Definition some (n : nat) (P : nat -> bool) : bool := negb (all n (fun i => negb (P i))).

Lemma some_true n P : some n P = true -> exists i, (i < n)%nat /\ P i = true.
Proof.
  unfold some. induction n as [|n IH]; simpl; [discriminate|]. rewrite negb_andb, negb_involutive.
  intros H. apply orb_true_iff in H as [H|H]; [destruct IH as [i [Hi Hp]]; auto; exists i; auto | exists n; auto].
Qed.

Fixpoint each_pair {A : Type} (P : A -> A -> bool) (l : list A) : bool :=
  match l with [] => true | x :: l' => forallb (P x) l' && each_pair P l' end.

Lemma each_pair_true {A} (P : A -> A -> bool) (x0 : A) l : each_pair P l = true ->
  forall r s, (r < s < length l)%nat -> P (nth r l x0) (nth s l x0) = true.
Proof.
  induction l as [|x l IH]; simpl; intros H r s Hr; [lia|]. apply andb_true_iff in H as [H1 H2].
  rewrite forallb_forall in H1. destruct s as [|s]; [lia|]. destruct r as [|r]; [apply H1, nth_In; lia | apply IH; auto; lia].
Qed.

Definition the_interval (T : task) (i : nat) : Z * Z := nth 0 (nth i (intervals T) []) (0, 0)%Z.

Definition boxes_apart (d : nat) (T T' : task) : bool :=
  some d (fun i => (snd (the_interval T i) <? fst (the_interval T' i)) || (snd (the_interval T' i) <? fst (the_interval T i)))%Z.

Definition is_box (N : network) (T : task) : bool := all (size N) (fun i => Nat.ltb 0 (choices T i)).

Definition check_boxes (N : network) (Ts : list task) (ms : list master) : bool :=
  forallb (fun T => check N T ms && is_box N T) Ts && each_pair (boxes_apart (size N)) Ts.

Definition first_word : nat -> nat := fun _ => O.

Definition no_task : task := Task [] [] [] 0 0 0.

(* As many fixed points as boxes, each the only one of its box. *)
Theorem certified_of_checks (N : network) (Ts : list task) (ms : list master) (g : R -> R) :
  check_boxes N Ts ms = true -> (forall m, In m ms -> master_holds (scale N) g m) ->
  exists p : nat -> vec,
    (forall r, (r < length Ts)%nat -> claim_of N (nth r Ts no_task) g first_word (p r))
    /\ (forall r s, (r < s < length Ts)%nat -> differ (size N) (p r) (p s)).
Proof.
  intros Hc Hm. unfold check_boxes in Hc. apply andb_true_iff in Hc as [Hall Hpair]. rewrite forallb_forall in Hall.
  assert (Hq : forall r, (r < length Ts)%nat -> (0 < scale N)%Z).
  { intros r Hr. destruct (andb_prop _ _ (Hall _ (nth_In _ no_task Hr))) as [H1 _].
    apply (globals N (nth r Ts no_task) ms). exact H1. }
  apply (certified_in_each_of_separated (size N) (length Ts) (maps_of N g) (map_of N g)
    (fun r => entry (scale N) (norm (nth r Ts no_task)))
    (fun r => chosen (low (scale N) (intervals (nth r Ts no_task))) first_word)
    (fun r => chosen (high (scale N) (intervals (nth r Ts no_task))) first_word)
    (fun r => entry (scale N) (noise (nth r Ts no_task))) (fun r => num (scale N) (rate (nth r Ts no_task)))
    (fun r => ((num (scale N) (noise_norm (nth r Ts no_task)) + num (scale N) (deviation (nth r Ts no_task)))
       / (1 - num (scale N) (rate (nth r Ts no_task)))))).
  - intros r Hr. destruct (andb_prop _ _ (Hall _ (nth_In _ no_task Hr))) as [H1 H2].
    apply (one_claim N (nth r Ts no_task) ms g H1 Hm). intros i Hi. apply Nat.ltb_lt. exact (all_true _ _ H2 i Hi).
  - intros r s Hr. destruct (some_true _ _ (each_pair_true _ no_task Ts Hpair r s Hr)) as [i [Hi H]].
    exists i. split; auto. unfold chosen, low, high, first_word. specialize (Hq r ltac:(lia)).
    apply orb_true_iff in H as [H|H]; apply Z.ltb_lt in H; [left | right]; apply (num_lt _ Hq); exact H.
Qed.

(* ---- all of R^d: no region has to be kept, but g needs a Lipschitz constant everywhere *)

Definition lipschitz (g : R -> R) (L : R) : Prop := forall u v, Rabs (g u - g v) <= L * Rabs (u - v).

Definition check_space (N : network) (T : task) (L : Z) : bool :=
  (0 <? scale N)%Z && (0 <=? rate T)%Z && (rate T <? scale N)%Z && (0 <=? L)%Z && Nat.eqb (length (norm T)) (size N)
  && all (size N) (fun i =>
       let row := nth i (weights N) [] in
       let w := nth i (norm T) 0%Z in
       Nat.eqb (length row) (size N) && (0 <? w)%Z && (0 <=? nth i (noise T) 0)%Z
       && (nth i (noise T) 0 * scale N <=? noise_norm T * w)%Z
       && (L * dot weighted_abs row [] (norm T) <=? rate T * (w * scale N))%Z).

Theorem certified_on_space (N : network) (T : task) (L : Z) (g : R -> R) :
  check_space N T L = true -> lipschitz g (num (scale N) L) ->
  let q := scale N in
  exists p, certified (size N) (entry q (norm T)) (fun f => f = map_of N g) (map_of N g) (fun _ => True) (num q (rate T))
    (entry q (noise T)) (num q (noise_norm T) / (1 - num q (rate T))) p.
Proof.
  intros Hc Hl q. unfold check_space in Hc. cbv zeta in Hc. repeat rewrite andb_true_iff in Hc.
  destruct Hc as [[[[[H1 H2] H3] H4] H5] Hall]. apply Z.ltb_lt in H1, H3. apply Z.leb_le in H2, H4. apply Nat.eqb_eq in H5.
  fold q in H1, H3, Hl. assert (HQ : 0 < IZR q) by (apply IZR_lt; auto).
  assert (HP : forall z, (0 <= z)%Z -> 0 <= num q z) by (intros z Hz; rewrite <- (num_0 q); apply (num_le q H1); auto).
  assert (Hi : forall i, (i < size N)%nat -> length (nth i (weights N) []) = size N /\ (0 < nth i (norm T) 0)%Z
    /\ (0 <= nth i (noise T) 0)%Z /\ (nth i (noise T) 0 * q <= noise_norm T * nth i (norm T) 0)%Z
    /\ (L * dot weighted_abs (nth i (weights N) []) [] (norm T) <= rate T * (nth i (norm T) 0 * q))%Z).
  { intros i Hi. assert (H := all_true _ _ Hall i Hi). cbv beta zeta in H. repeat rewrite andb_true_iff in H.
    destruct H as [[[[A1 A2] A3] A4] A5]. apply Nat.eqb_eq in A1. apply Z.ltb_lt in A2. apply Z.leb_le in A3, A4, A5. auto. }
  assert (Hw : positive (size N) (entry q (norm T))).
  { intros i Hin. unfold entry. rewrite <- (num_0 q). apply (num_lt q H1), (Hi i Hin). }
  replace (num q (noise_norm T) / (1 - num q (rate T)))
    with ((num q (noise_norm T) + 0) / (1 - num q (rate T))) by (rewrite Rplus_0_r; auto).
  apply robust_of_room_of_rate; auto using space_closed.
  - exists (fun _ => 0). exact I.
  - intros f x y _ _ _. exact I.
  - intros f -> x y D _ _ HD i Hin. destruct (Hi i Hin) as (A1 & A2 & A3 & A4 & A5).
    unfold map_of, layer. fold q. eapply Rle_trans; [apply Hl|].
    set (W := matrix q (weights N)). set (b := entry q (biases N)). set (w := entry q (norm T)) in *.
    assert (HD0 := nonneg_of_near _ _ _ _ _ i Hw Hin HD).
    assert (Hdot : Rabs (sum (size N) (fun j => W i j * x j) + b i - (sum (size N) (fun j => W i j * y j) + b i))
        <= sum (size N) (fun j => Rabs (W i j) * w j) * D).
    { replace (sum (size N) (fun j => W i j * x j) + b i - (sum (size N) (fun j => W i j * y j) + b i))
        with (sum (size N) (fun j => W i j * x j) - sum (size N) (fun j => W i j * y j)) by ring.
      rewrite sum_minus. eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_scale. apply sum_le. intros j Hj.
      rewrite <- Rmult_minus_distr_l, Rabs_mult, Rmult_assoc. apply Rmult_le_compat_l; [apply Rabs_pos|].
      rewrite (Rmult_comm (w j)). apply HD; auto. }
    eapply Rle_trans; [apply Rmult_le_compat_l; [apply HP; auto | exact Hdot]|]. rewrite <- Rmult_assoc.
    replace (num q (rate T) * D * w i) with (num q (rate T) * w i * D) by ring. apply Rmult_le_compat_r; auto.
    assert (HS := dot_bound q weighted_abs 0%Z (fun j => Rabs (W i j) * w j) (nth i (weights N) []) [] (norm T) (-1)).
    rewrite A1 in HS. specialize (HS (eq_sym H5)).
    assert (HS' : -1 * IZR (dot weighted_abs (nth i (weights N) []) [] (norm T))
      <= -1 * (sum (size N) (fun j => Rabs (W i j) * w j) * (IZR q * IZR q))).
    { apply HS. intros j Hj. unfold weighted_abs, W, w, matrix, entry. rewrite (num_abs q H1), mult_IZR, plus_IZR.
      rewrite <- (num_times q H1 (Z.abs _)), <- (num_times q H1 (nth j (norm T) 0%Z)). destruct j; simpl; lra. }
    apply IZR_le in A5. rewrite !mult_IZR in A5.
    rewrite <- (num_times q H1 L), <- (num_times q H1 (rate T)), <- (num_times q H1 (nth i (norm T) 0%Z)) in A5.
    assert (HL := HP L H4). assert (H8 : num q L * IZR q * (sum (size N) (fun j => Rabs (W i j) * w j) * (IZR q * IZR q))
      <= num q L * IZR q * IZR (dot weighted_abs (nth i (weights N) []) [] (norm T))).
    { apply Rmult_le_compat_l; [apply Rmult_le_pos; lra | lra]. }
    unfold w, entry in *. apply Rmult_le_reg_r with (IZR q * (IZR q * IZR q)); [|lra].
    apply Rmult_lt_0_compat; auto; apply Rmult_lt_0_compat; auto.
  - split; [apply HP; auto | rewrite <- (num_q q H1); apply (num_lt q H1); auto].
  - intros i Hin. destruct (Hi i Hin) as (A1 & A2 & A3 & A4 & A5). split; [apply HP; auto|].
    apply IZR_le in A4. rewrite !mult_IZR in A4. rewrite <- (num_times q H1 (noise_norm T)),
      <- (num_times q H1 (nth i (norm T) 0%Z)), <- (num_times q H1 (nth i (noise T) 0%Z)) in A4.
    unfold entry. apply Rmult_le_reg_r with (IZR q * IZR q); [apply Rmult_lt_0_compat; auto|]. lra.
  - intros f x -> _. apply near_refl.
Qed.

(* ---- one box *)

Theorem certified_of_box (N : network) (T : task) (ms : list master) (g : R -> R) :
  check N T ms && is_box N T = true -> (forall m, In m ms -> master_holds (scale N) g m) ->
  exists p, claim_of N T g first_word p.
Proof.
  intros Hc Hm. apply andb_true_iff in Hc as [H1 H2]. apply (one_claim N T ms g H1 Hm).
  intros i Hi. apply Nat.ltb_lt. exact (all_true _ _ H2 i Hi).
Qed.

(* a matrix with one number on the diagonal and another one elsewhere *)
Definition uniform (d : nat) (diagonal other : Z) : list (list Z) :=
  map (fun i => map (fun j => if Nat.eqb i j then diagonal else other) (seq 0 d)) (seq 0 d).
