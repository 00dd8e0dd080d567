"""The activations, one file each; `ACTIVATIONS` maps their names to them."""

from collections.abc import Mapping

from fpverify.kernel import activations as _package
from fpverify.kernel.activations._activation import Activation, Function, Parameter, parameter_data
from fpverify.kernel.discover import discover

ACTIVATIONS: Mapping[str, Activation] = discover(_package, "ACTIVATION")

__all__ = ["ACTIVATIONS", "Activation", "Function", "Parameter", "parameter_data"]
