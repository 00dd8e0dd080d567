"""Algebraic steps of proofs: read without evaluating any code, and decided exactly. Floats decide nothing here."""

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import sympy
from sympy import Expr, Integer, Symbol
from sympy.core.facts import InconsistentAssumptions
from sympy.polys.polyerrors import PolynomialError

from fpverify.kernel.errors import MisuseError

_CONSTANTS: Mapping[str, Expr] = {"pi": sympy.pi, "E": sympy.E, "I": sympy.I, "oo": sympy.oo}

_NAMES = """
    sqrt cbrt root exp log ln sin cos tan cot sec csc asin acos atan sinh cosh tanh coth asinh acosh atanh erf erfc
    Abs sign floor ceiling Max Min re im conjugate factorial binomial Rational diff Derivative integrate Integral
    limit Limit Sum summation Product product Heaviside
"""
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {name: getattr(sympy, name) for name in _NAMES.split()} | {
    "abs": sympy.Abs,
    "max": sympy.Max,
    "min": sympy.Min,
}

_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}

_WORDS = """
    complex real positive negative nonpositive nonnegative nonzero zero integer noninteger rational irrational algebraic
    even odd prime imaginary finite
"""
_ASSUMPTIONS = frozenset(_WORDS.split())


class StepLike(Protocol):
    """What `fpverify.Step` has: a title, two sides, and the assumptions about its symbols."""

    @property
    def title(self) -> str: ...
    @property
    def left(self) -> str: ...
    @property
    def right(self) -> str: ...
    @property
    def symbols(self) -> Mapping[str, str]: ...


def verify(step: StepLike) -> bool:
    """
    Decide whether both sides of a step are identically equal, wherever they are defined.

    Args:
        step: its symbols are declared as in {"K": "positive", "n": "integer nonnegative"}; other names are complex.

    Returns:
        True if an exact method reduces the difference to 0; False if none does, which need not mean that they differ.

    Raises:
        MisuseError: with the title of the step, if a side cannot be read, contains a float, or is undefined.
    """
    try:
        symbols = {name: _symbol(name, words) for name, words in step.symbols.items()}
        left, right = _read(step.left, symbols), _read(step.right, symbols)
    except MisuseError as error:
        raise MisuseError(f"step {step.title!r}: {error}") from error
    for side, text in ((left, step.left), (right, step.right)):
        if side.has(sympy.nan, sympy.zoo):
            raise MisuseError(f"step {step.title!r}: {text!r} is undefined")
    return left == right or (not left.has(sympy.oo) and not right.has(sympy.oo) and _vanishes(left - right))


# ------------------------------------------------------------------ reading


def _symbol(name: str, words: str) -> Symbol:
    if not name.isidentifier():
        raise MisuseError(f"{name!r} is no name for a symbol")
    if unknown := set(words.split()) - _ASSUMPTIONS:
        raise MisuseError(
            f"unknown assumption {sorted(unknown)} about {name}; known are: {', '.join(sorted(_ASSUMPTIONS))}"
        )
    try:
        return Symbol(name, **dict.fromkeys(words.split(), True))
    except InconsistentAssumptions as error:
        raise MisuseError(f"the assumptions {words!r} about {name} exclude each other") from error


def _read(text: str, symbols: Mapping[str, Symbol]) -> Expr:
    """Build the expression of a text in SymPy's syntax, from its syntax tree."""
    if not isinstance(text, str):
        raise MisuseError(f"{text!r} is no text")
    try:
        value = _build(ast.parse(text.strip(), mode="eval").body, symbols)
    except (SyntaxError, TypeError, ValueError, AttributeError, RecursionError, ZeroDivisionError) as error:
        if isinstance(error, MisuseError):
            raise
        raise MisuseError(f"{text!r} cannot be read: {error}") from error
    if not isinstance(value, Expr):
        raise MisuseError(f"{text!r} is no expression")
    return value


def _build(node: ast.expr, symbols: Mapping[str, Symbol]) -> Any:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return Integer(value)
        case ast.Constant(value=float() as value):
            raise MisuseError(f"{value!r} is a float: write a fraction, such as 19/20")
        case ast.Name(id=name):
            return symbols[name] if name in symbols else _CONSTANTS.get(name, Symbol(name))
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            return _build(operand, symbols) * (-1 if isinstance(sign, ast.USub) else 1)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_build(left, symbols), _build(right, symbols))
        case ast.Tuple(elts=parts):
            return tuple(_build(part, symbols) for part in parts)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name not in symbols:
            return _function(name)(*(_build(argument, symbols) for argument in arguments))
    raise MisuseError(f"{ast.unparse(node)!r} is not read here: write + - * / **, names, whole numbers and functions")


def _function(name: str) -> Callable[..., Any]:
    if name not in _FUNCTIONS:
        raise MisuseError(f"unknown function {name!r}; known are: {', '.join(sorted(_FUNCTIONS))}")
    return _FUNCTIONS[name]


# ------------------------------------------------------------------ deciding


def _vanishes(difference: Expr) -> bool:
    """Return whether an exact method shows that the expression is 0 wherever it is defined."""
    value = difference.doit()
    folded: Any = sympy.piecewise_fold(value) if value.has(sympy.Piecewise) else value
    if isinstance(folded, sympy.Piecewise):
        pieces: Any = folded.args
        return all(_vanishes_on(piece, condition) for piece, condition in pieces)
    return any(result == 0 for result in _reductions(folded))


def _vanishes_on(piece: Any, condition: Any) -> bool:
    """Decide on one piece; on a piece like K = 1, after substitution, and only if it is defined there."""
    if isinstance(condition, sympy.Eq) and isinstance(condition.lhs, Symbol):
        piece = piece.subs(condition.lhs, condition.rhs)
        if piece.has(sympy.nan, sympy.zoo):
            return True
    return _vanishes(piece)


def _reductions(value: Expr) -> Iterator[Expr]:
    """Yield exact equivalents of *value*, the cheap ones first."""
    for method in _METHODS:
        try:
            yield method(value)
        except (PolynomialError, NotImplementedError):
            continue


_METHODS: tuple[Callable[[Expr], Expr], ...] = (
    lambda value: value,
    sympy.expand,
    sympy.cancel,
    lambda value: sympy.expand(sympy.radsimp(value)),
    lambda value: sympy.expand(sympy.powsimp(sympy.expand(value))),
    lambda value: sympy.cancel(sympy.powsimp(sympy.together(value))),
    lambda value: sympy.numer(sympy.together(value)).expand(),
    lambda value: sympy.expand(sympy.powsimp(sympy.numer(sympy.together(value)).expand())),
    lambda value: sympy.expand(sympy.expand_trig(value)),
    sympy.trigsimp,
    lambda value: sympy.cancel(sympy.expand(value.rewrite(sympy.exp), power_exp=True)),
    sympy.simplify,
    lambda value: sympy.simplify(value.rewrite(sympy.exp)),
    lambda value: sympy.simplify(sympy.sqrtdenest(value)),
    lambda value: sympy.simplify(sympy.expand_log(value)),
    sympy.combsimp,
    sympy.factor,
)
"""Each returns an expression equal to its argument wherever both are defined; none of them uses `force`."""
