"""Formulas in SymPy's syntax as LaTeX, exactly as they are written: nothing is evaluated, expanded or reordered."""

import ast
from collections.abc import Callable, Mapping

_ADD, _MULTIPLY, _POWER, _ATOM = 1, 2, 3, 4

_GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "zeta", "eta", "theta", "iota", "kappa", "mu", "nu", "xi", "pi", "rho", "sigma",
    "tau", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega",
})  # fmt: skip
_NAMES = {"oo": r"\infty", "eps": r"\varepsilon", "epsilon": r"\varepsilon", "phi": r"\varphi"}
_FUNCTIONS = frozenset({"sin", "cos", "tan", "tanh", "sinh", "cosh", "log", "exp", "arcsin", "arctan", "max", "min"})
_CALLED = {"Max": "max", "Min": "min", "ln": "log", "asin": "arcsin", "atan": "arctan"}


class NotAFormulaError(ValueError):
    """A text that is no formula of the kind that is rendered here; it is then shown as it stands."""


def formula_latex(text: str) -> str:
    """
    Return an expression in SymPy's syntax as LaTeX.

    Raises:
        NotAFormulaError: for syntax that is not arithmetic.
    """
    try:
        return _latex(ast.parse(text.strip(), mode="eval").body)[0]
    except (SyntaxError, ValueError, RecursionError) as error:
        raise NotAFormulaError(f"{text!r:.60} is not rendered: {error}") from error


def _latex(node: ast.expr) -> tuple[str, int]:
    """Return the LaTeX of *node* and how tightly it binds."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return str(value), _ATOM
        case ast.Name(id=name):
            return _name(name), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_within(operand, _MULTIPLY)}", _ADD
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _latex(operand)
        case ast.BinOp():
            return _binary(node)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, arguments)
    raise NotAFormulaError(f"{type(node).__name__} is not rendered")


def _within(node: ast.expr, binding: int) -> str:
    """Return the LaTeX of *node*, in parentheses if it binds less tightly than its place asks."""
    latex, own = _latex(node)
    return latex if own >= binding else rf"\left({latex}\right)"


def _binary(node: ast.BinOp) -> tuple[str, int]:
    left, right = node.left, node.right
    match node.op:
        case ast.Add():
            return f"{_within(left, _ADD)} + {_guarded(right, _ADD)}", _ADD
        case ast.Sub():
            return f"{_within(left, _ADD)} - {_guarded(right, _MULTIPLY)}", _ADD
        case ast.Mult():
            first = _latex(left)[0] if isinstance(left, ast.UnaryOp) else _within(left, _MULTIPLY)
            return _product(first, _guarded(right, _MULTIPLY)), _MULTIPLY
        case ast.Div():
            return rf"\frac{{{_latex(left)[0]}}}{{{_latex(right)[0]}}}", _MULTIPLY
        case ast.Pow():
            return f"{_within(left, _ATOM)}^{{{_latex(right)[0]}}}", _POWER
    raise NotAFormulaError(f"{type(node.op).__name__} is not rendered")


def _guarded(node: ast.expr, binding: int) -> str:
    """Return a right operand; if it begins with a sign, it gets parentheses."""
    latex, own = _latex(node)
    return latex if own >= binding and not latex.startswith("-") else rf"\left({latex}\right)"


def _product(left: str, right: str) -> str:
    apart = right[0].isdigit() or (right.startswith(r"\frac") and left[-1].isdigit())
    return f"{left} \\cdot {right}" if apart else f"{left} {right}"


def _name(name: str) -> str:
    letters, _, index = name.partition("_")
    if not index and len(letters.rstrip("0123456789")) == 1:
        letters, index = letters[0], letters[1:]
    return f"{_letters(letters)}_{{{_letters(index)}}}" if index else _letters(letters)


def _letters(word: str) -> str:
    if word in _NAMES:
        return _NAMES[word]
    if word in _GREEK:
        return f"\\{word}"
    return word if len(word) == 1 or word.isdigit() else rf"\mathrm{{{word}}}"


def _call(name: str, arguments: list[ast.expr]) -> tuple[str, int]:
    if name in _SHAPES:
        return _SHAPES[name](arguments)
    inner = ", ".join(_latex(argument)[0] for argument in arguments)
    called = _CALLED.get(name, name)
    head = (
        f"\\{called}" if called in _FUNCTIONS else _name(called) if len(called) == 1 else rf"\operatorname{{{called}}}"
    )
    return rf"{head}\left({inner}\right)", _POWER


def _one(arguments: list[ast.expr]) -> str:
    if len(arguments) != 1:
        raise NotAFormulaError("one argument is expected")
    return _latex(arguments[0])[0]


def _exponential(arguments: list[ast.expr]) -> tuple[str, int]:
    inner = _one(arguments)
    return (f"e^{{{inner}}}", _POWER) if len(inner) < 16 else (rf"\exp\left({inner}\right)", _POWER)


def _rational(arguments: list[ast.expr]) -> tuple[str, int]:
    top, bottom = arguments
    return rf"\frac{{{_latex(top)[0]}}}{{{_latex(bottom)[0]}}}", _MULTIPLY


def _derivative(arguments: list[ast.expr]) -> tuple[str, int]:
    body, variable, *order = arguments
    raised = f"^{{{_one(order)}}}" if order else ""
    return rf"\frac{{d{raised}}}{{d{_latex(variable)[0]}{raised}}} {_within(body, _ATOM)}", _MULTIPLY


def _big(symbol: str) -> Callable[[list[ast.expr]], tuple[str, int]]:
    def shape(arguments: list[ast.expr]) -> tuple[str, int]:
        body, bounds = arguments
        if not isinstance(bounds, ast.Tuple) or len(bounds.elts) != 3:
            raise NotAFormulaError("bounds (i, low, high) are expected")
        index, low, high = (_latex(part)[0] for part in bounds.elts)
        return rf"{symbol}_{{{index}={low}}}^{{{high}}} {_within(body, _MULTIPLY)}", _ADD

    return shape


_SHAPES: Mapping[str, Callable[[list[ast.expr]], tuple[str, int]]] = {
    "sqrt": lambda arguments: (rf"\sqrt{{{_one(arguments)}}}", _POWER),
    "Abs": lambda arguments: (rf"\left|{_one(arguments)}\right|", _ATOM),
    "abs": lambda arguments: (rf"\left|{_one(arguments)}\right|", _ATOM),
    "exp": _exponential,
    "Rational": _rational,
    "Integer": lambda arguments: (_one(arguments), _ATOM),
    "diff": _derivative,
    "Derivative": _derivative,
    "Sum": _big(r"\sum"),
    "summation": _big(r"\sum"),
    "Product": _big(r"\prod"),
    "product": _big(r"\prod"),
}
