(* Every general theorem, in one term, so that one Print Assumptions speaks of all. *)
From FPV Require Vectors Banach Regions Scalar PrintedStatements Layer Exact Activations.

Definition main :=
  (Banach.attracting_of_self_map_of_rate, Banach.robust_of_room_of_rate,
   Regions.certified_in_each_of_separated, Regions.eq_of_overlap, Regions.disjoint_of_ne,
   Scalar.scalar_of_room_of_rate, Scalar.near_of_perturbation, Scalar.lipschitz_of_derivative,
   PrintedStatements.theorem_4_2_needs_room, PrintedStatements.theorem_4_1_needs_closed,
   PrintedStatements.theorem_4_1_needs_bias, PrintedStatements.attracting_eq_of_convex,
   PrintedStatements.attracting_eq_of_concave, PrintedStatements.attracting_of_derivative,
   Layer.product_of_scalar_checks, Layer.list_of_product,
   Exact.certified_of_check, Exact.certified_of_checks, Exact.certified_of_box, Exact.certified_on_space,
   Activations.master_of_derivative).
