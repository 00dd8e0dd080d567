(* The tactics that prove a master, one for each kind of activation. Each failure says which half of the master is wrong. *)
From Coq Require Import Reals Psatz ZArith.
From Interval Require Import Tactic.
From FPV Require Import Scalar Exact Numbers Activations.
Import ZT.
Open Scope R_scope.

Ltac with_numbers := cbv beta iota delta [num from to least most slope].

Ltac with_formulas :=
  rewrite ?tanh_by_exp;
  cbv beta iota delta [identity identity' polynomial polynomial' cubic cubic' quartic quartic' exponential exponential'
    tanh' sigmoid sigmoid' softplus softplus' gompertz gompertz' staircase staircase' softsign].

(* an inequality that holds with equality at some point, which no interval can decide *)
Ltac touching :=
  first [ solve [eapply Rle_trans; [apply cubic_le_1; lra | lra]] | solve [eapply Rle_trans; [|apply cubic_ge_m1]; lra]
        | solve [eapply Rle_trans; [apply exp_minus_1_le_0; nra | lra]] ].

(* an inequality in one variable: exactly where it is linear, else by intervals, else (where it touches) by squares *)
Ltac one_variable u :=
  first [ solve [lra] | touching | solve [interval with (i_bisect u, i_prec 50, i_depth 24)] | solve [nra]
        | solve [apply Rabs_le; split; nra] ].

Ltac image := let u := fresh "u" in
  intros u ?; with_formulas;
  first [ solve [split; one_variable u] | fail 2 "the image of the master's interval does not lie between least and most" ].

Ltac smooth_master g g' derivative :=
  apply (master_of_derivative _ g g' _ derivative); with_numbers;
  [ image
  | let u := fresh "u" in
    intros u ?; with_formulas;
    first [ solve [one_variable u] | fail 2 "the slope on the master's interval exceeds the stated constant" ] ].

(* where g has a Lipschitz constant on the whole line, that one is tried first *)
Ltac bounded_master L everywhere g g' derivative :=
  first [ split; with_numbers; [ | solve [apply (lipschitz_le _ _ _ L); [apply on_part, everywhere | lra]]]; image
        | smooth_master g g' derivative ].

(* piecewise linear: every case is linear *)
Ltac linear_image := let u := fresh "u" in
  intros u ?; cbv beta iota delta [relu leaky_relu hardtanh]; unfold Rmax, Rmin; repeat destruct Rle_dec; split;
  first [ lra | fail 2 "the image of the master's interval does not lie between least and most" ].

Ltac constant_is L proof := apply (lipschitz_le _ _ _ L); [proof | lra].

Ltac relu_master :=
  split; with_numbers; [ linear_image |
    first [ constant_is 0 ltac:(apply relu_left; lra) | constant_is 1 ltac:(apply on_part, relu_lipschitz)
          | fail 2 "the slope on the master's interval exceeds the stated constant" ] ].

Ltac hardtanh_master :=
  split; with_numbers; [ linear_image |
    first [ constant_is 0 ltac:(apply hardtanh_right; lra) | constant_is 0 ltac:(apply hardtanh_left; lra)
          | constant_is 1 ltac:(apply on_part, hardtanh_lipschitz)
          | fail 2 "the slope on the master's interval exceeds the stated constant" ] ].

Ltac leaky_relu_master a :=
  split; with_numbers; [ linear_image |
    first [ constant_is a ltac:(apply leaky_relu_left; lra)
          | constant_is 1 ltac:(apply on_part, leaky_relu_lipschitz; lra)
          | fail 2 "the slope on the master's interval exceeds the stated constant" ] ].

Ltac softsign_master :=
  split; with_numbers; [ image |
    first [ eapply lipschitz_le; [apply softsign_right; lra | interval with (i_prec 50)]
          | eapply lipschitz_le; [apply softsign_left; lra | interval with (i_prec 50)]
          | constant_is 1 ltac:(apply on_part, softsign_lipschitz)
          | fail 2 "the slope on the master's interval exceeds the stated constant" ] ].
