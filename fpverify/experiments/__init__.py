"""Experiments about ensembles of networks: each measures one claim and returns a Finding; none of them proves anything."""
