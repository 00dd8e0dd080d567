"""LaTeX as plain text for a terminal: signs instead of commands, fractions on one line; meant to be read, not parsed."""

import re

_SIGNS = {
    "infty": "∞", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "in": "∈",
    "notin": "∉",  # codespell:ignore notin
    "subseteq": "⊆", "subset": "⊂", "cup": "∪", "bigcup": "∪", "cap": "∩", "times": "×", "cdot": "·", "pm": "±",
    "to": "→", "mapsto": "↦", "exists": "∃", "forall": "∀", "sum": "Σ", "prod": "Π", "ldots": "…", "dots": "…",
    "cdots": "…", "lVert": "‖", "rVert": "‖", "Vert": "‖", "lvert": "|", "rvert": "|", "varnothing": "∅", "emptyset": "∅",
    "varepsilon": "ε", "epsilon": "ε", "delta": "δ", "eta": "η", "tau": "τ", "rho": "ρ", "sigma": "σ", "lambda": "λ",
    "pi": "π", "phi": "φ", "varphi": "φ", "alpha": "α", "beta": "β", "mu": "μ", "Delta": "Δ", "colon": ":", "mid": "|",
    "quad": "  ", "qquad": "  ", "left": "", "right": "", "displaystyle": "", "limits": "", "Rightarrow": "⇒",
    "Leftrightarrow": "⇔", "approx": "≈", "iff": "⇔", "implies": "⇒", "setminus": "∖", "prime": "′", "circ": "∘",
    "xi": "ξ", "sim": "∼",
    "langle": "⟨", "rangle": "⟩", "partial": "∂", "bigl": "", "bigr": "", "Bigl": "", "Bigr": "", "big": "", "Big": "",
}  # fmt: skip
_FRACTION = re.compile(r"\\[tdc]?frac\s*(\{[^{}]*\}|\w)\s*(\{[^{}]*\}|\w)")
_WRAPPED = re.compile(r"\\(?:text|mathrm|operatorname|mathbb|mathbf|mathcal|textbf|textit|emph|sqrt)\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_BRACED = re.compile(r"([\^_])\{([^{}]*)\}")


def plain(latex: str) -> str:
    """Return *latex* as one line of plain text."""
    before = ""
    while before != latex:
        before = latex
        latex = _ROOT.sub(r"√(\1)", latex)
        latex = _WRAPPED.sub(r"\1", latex)
        latex = _BRACED.sub(_script, latex)
        latex = _FRACTION.sub(lambda m: f"{_operand(m[1])}/{_operand(m[2])}", latex)
    latex = re.sub(
        r"\\[ ,;:!>]", " ", latex.replace(r"\\", " ").replace(r"\|", "‖").replace(r"\{", "{").replace(r"\}", "}")
    )
    latex = re.sub(r"\\([A-Za-z]+)", lambda m: _SIGNS.get(m[1], m[1]), latex)
    return re.sub(r"\s+", " ", latex.replace("$", "")).strip()


def _script(match: re.Match[str]) -> str:
    """Return a superscript or subscript, in parentheses unless it is one word or already bracketed."""
    inner = match[2].strip()
    simple = re.fullmatch(r"\w+|\([^()]*\)|\\[A-Za-z]+", inner)
    return f"{match[1]}{inner}" if simple else f"{match[1]}({inner})"


def _operand(braced: str) -> str:
    inner = braced.strip("{}").strip()
    return inner if re.fullmatch(r"\w+|\\[A-Za-z]+", inner) else f"({inner})"
