"""The torch world: activations and networks on float64 tensors. It can dispute a proof, and never make one."""
