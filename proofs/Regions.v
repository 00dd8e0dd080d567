(* Several regions: one attracting fixed point in each (Theorem 4.1 of arXiv 2410.11279, with the hypotheses it needs), and
   why disjointness is exactly the right hypothesis.

   [certified_in_each_of_separated]   as many fixed points as separated regions.
   [eq_of_overlap]                    regions that meet share their fixed point,
   [disjoint_of_ne]                   so regions with different fixed points are disjoint. *)
From Coq Require Import Reals Psatz Lia Arith List.
From FPV Require Import Vectors Banach.
Import ListNotations.
Open Scope R_scope.

(* some coordinate tells the boxes apart *)
Definition separated (d : nat) (lo hi lo' hi' : vec) : Prop :=
  exists i, (i < d)%nat /\ (hi i < lo' i \/ hi' i < lo i).

Definition differ (d : nat) (p q : vec) : Prop := exists i, (i < d)%nat /\ p i <> q i.

Lemma differ_of_separated d lo hi lo' hi' p q :
  separated d lo hi lo' hi' -> box d lo hi p -> box d lo' hi' q -> differ d p q.
Proof.
  intros [i [Hi H]] Hp Hq. exists i. split; auto. specialize (Hp i Hi). specialize (Hq i Hi). lra.
Qed.

(* choice over a list; no axiom is needed *)
Lemma choice_on_list {A B : Type} (dec : forall a b : A, {a = b} + {a <> b}) (b0 : B) (P : A -> B -> Prop) (l : list A) :
  (forall a, In a l -> exists b, P a b) -> exists p : A -> B, forall a, In a l -> P a (p a).
Proof.
  induction l as [|a l IH]; intros H.
  - exists (fun _ => b0). intros a [].
  - destruct IH as [p Hp]; [intros; apply H; right; auto|].
    destruct (H a) as [b Hb]; [left; auto|].
    exists (fun c => if dec c a then b else p c). intros c Hc. destruct (dec c a) as [->|Hca]; auto.
    apply Hp. destruct Hc; auto. congruence.
Qed.

Theorem certified_in_each_of_separated (d m : nat) (F : (vec -> vec) -> Prop) (f0 : vec -> vec)
    (w lo hi E : nat -> vec) (K radius : nat -> R) :
  (forall r, (r < m)%nat -> exists p, certified d (w r) F f0 (box d (lo r) (hi r)) (K r) (E r) (radius r) p) ->
  (forall r s, (r < s < m)%nat -> separated d (lo r) (hi r) (lo s) (hi s)) ->
  exists p : nat -> vec,
    (forall r, (r < m)%nat -> certified d (w r) F f0 (box d (lo r) (hi r)) (K r) (E r) (radius r) (p r))
    /\ (forall r s, (r < s < m)%nat -> differ d (p r) (p s)).
Proof.
  intros H Hsep.
  destruct (choice_on_list Nat.eq_dec (fun _ => 0)
    (fun r p => certified d (w r) F f0 (box d (lo r) (hi r)) (K r) (E r) (radius r) p) (seq 0 m)) as [p Hp].
  { intros r Hr. apply H. apply in_seq in Hr. lia. }
  assert (Hp' : forall r, (r < m)%nat -> certified d (w r) F f0 (box d (lo r) (hi r)) (K r) (E r) (radius r) (p r)).
  { intros r Hr. apply Hp, in_seq. lia. }
  exists p. split; auto. intros r s Hr. apply differ_of_separated with (lo r) (hi r) (lo s) (hi s); auto.
  - destruct (Hp' r ltac:(lia)) as [[B _] _]. exact B.
  - destruct (Hp' s ltac:(lia)) as [[B _] _]. exact B.
Qed.

Section Overlap.
Variables (d : nat) (w w' : vec) (f : vec -> vec) (D D' : vec -> Prop) (K K' : R) (p p' : vec).
Hypothesis weights_positive : positive d w.
Hypothesis region_closed : closed d D.
Hypothesis region_closed' : closed d D'.
Hypothesis self_map : keeps d (fun g => g = f) D (fun _ => 0).
Hypothesis self_map' : keeps d (fun g => g = f) D' (fun _ => 0).
Hypothesis rate : contracts d w D K f.
Hypothesis rate_below_one : 0 <= K < 1.
Hypothesis first : attracts d w f D K p.
Hypothesis second : attracts d w' f D' K' p'.

Theorem eq_of_overlap : (exists x, D x /\ D' x) -> forall i, (i < d)%nat -> p i = p' i.
Proof.
  intros Hx.
  destruct (attracting_of_self_map_of_rate d w f (fun x => D x /\ D' x) K) as [q [[Hq Hq'] [Hf _]]]; auto.
  - intros x l Hd Hl. split; [apply (region_closed x) | apply (region_closed' x)]; auto; intros t; apply Hd.
  - intros g x y Hg [H1 H2] Hy. split; [apply (self_map g x) | apply (self_map' g x)]; auto.
  - intros x y r [H1 _] [H2 _]. apply rate; auto.
  - destruct first as (_ & _ & U & _). destruct second as (_ & _ & U' & _). intros i Hi.
    rewrite <- (U q Hq Hf i Hi). apply U'; auto.
Qed.

Corollary disjoint_of_ne : differ d p p' -> ~ exists x, D x /\ D' x.
Proof. intros [i [Hi Hne]] Hx. apply Hne, eq_of_overlap; auto. Qed.
End Overlap.
