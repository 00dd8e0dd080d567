(* The tactic [interval] over plain integers, so that no axiom about machine numbers comes in. Import [ZT] after
   Interval.Tactic, and always give i_prec. *)
From Coq Require Import Reals ZArith.
From Interval Require Import Specific_stdz Specific_ops.
From Interval Require Tactic.
Module ZF := SpecificFloat StdZRadix2.
Module ZT := Tactic.IntervalTactic ZF.
