"""The activations that proofs/Activations.v has lemmas for: the Coq term of each, and the tactic that proves a master."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from fpverify.kernel.activations import Parameter


@dataclass(frozen=True, kw_only=True)
class Term:
    """
    Fields:
        text: the function R -> R, applied to its parameters.
        tactic: proves `master_holds q text m`.
        lipschitz: constant and proof of `lipschitz text constant`, where there is one for the whole line.
    """

    text: str
    tactic: str
    lipschitz: tuple[Fraction, str] | None = None


def number(value: Fraction) -> str:
    """Return an exact number as a term of R."""
    top = f"({value.numerator})" if value < 0 else str(value.numerator)
    return top if value.denominator == 1 else f"({top} / {value.denominator})"


def _numbers(value: Parameter) -> str:
    values = value if isinstance(value, tuple) else (value,)
    return f"[{'; '.join(number(one) for one in values)}]"


def _scalar(parameters: Mapping[str, Parameter], key: str) -> str:
    value = parameters[key]
    assert isinstance(value, Fraction)
    return number(value)


def _smooth(name: str, arguments: str = "", constant: Fraction | None = None, *, derivative: str = "") -> Term:
    text = f"{name}{arguments}"
    slope = derivative or f"{name}'{arguments}"
    functions = f"({text}) ({slope}) ({name}_derivative{arguments})"
    if constant is None:
        return Term(text=text, tactic=f"smooth_master {functions}")
    proof = f"{name}_lipschitz"
    return Term(text=text, tactic=f"bounded_master {number(constant)} {proof} {functions}", lipschitz=(constant, proof))


def _kinked(name: str, constant: str, arguments: str = "", side: str = "") -> Term:
    proof = f"({name}_lipschitz{arguments} {side})" if side else f"{name}_lipschitz"
    tactic = f"{name}_master{arguments}"
    return Term(text=f"{name}{arguments}", tactic=tactic, lipschitz=(Fraction(constant), proof))


def _exponential(parameters: Mapping[str, Parameter]) -> Term:
    return _smooth("exponential", f" {_numbers(parameters['coefficients'])} {_scalar(parameters, 'scale')}")


def _gompertz(parameters: Mapping[str, Parameter]) -> Term:
    keys = ("scale", "displacement", "rate")
    return _smooth("gompertz", "".join(f" {_scalar(parameters, key)}" for key in keys))


def _leaky_relu(parameters: Mapping[str, Parameter]) -> Term:
    return _kinked("leaky_relu", "1", f" {_scalar(parameters, 'slope')}", "ltac:(lra)")


_ONE = Fraction(1)

TERMS: Mapping[str, Callable[[Mapping[str, Parameter]], Term]] = {
    "cubic": lambda _: _smooth("cubic"),
    "exponential": _exponential,
    "gompertz": _gompertz,
    "hardtanh": lambda _: _kinked("hardtanh", "1"),
    "identity": lambda _: _smooth("identity", constant=_ONE),
    "leaky_relu": _leaky_relu,
    "polynomial": lambda parameters: _smooth("polynomial", f" {_numbers(parameters['coefficients'])}"),
    "quartic": lambda _: _smooth("quartic"),
    "relu": lambda _: _kinked("relu", "1"),
    "sigmoid": lambda _: _smooth("sigmoid", constant=Fraction(1, 4)),
    "sin": lambda _: _smooth("sin", constant=_ONE, derivative="cos"),
    "softplus": lambda _: _smooth("softplus", constant=_ONE),
    "softsign": lambda _: _kinked("softsign", "1"),
    "staircase": lambda _: _smooth("staircase"),
    "tanh": lambda _: _smooth("tanh", constant=_ONE),
}
"""By the name in a certificate; given its parameters, the term."""
