"""Random networks of large width: mean field, and the singular values of the input-output Jacobian. Nothing here proves."""
