"""The SymPy world: activations and networks as expressions. Nothing here is trusted by a proof."""
