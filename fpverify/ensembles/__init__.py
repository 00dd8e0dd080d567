"""Ensembles of random networks: laws of the weights, scalings, forms, and their members as exact networks."""

from fpverify.ensembles.ensemble import FORMS, Ensemble, Parameters
from fpverify.ensembles.laws import LAWS, Law, law_named
from fpverify.ensembles.sidecar import network_with_sidecar

__all__ = ["FORMS", "LAWS", "Ensemble", "Law", "Parameters", "law_named", "network_with_sidecar"]
