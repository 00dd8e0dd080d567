"""LaTeX of networks: complete where that is short, compact elsewhere, and something that MathML can be made of."""

from fractions import Fraction

import pytest
from latex2mathml.converter import convert

import fpverify as fp
from fpverify.kernel.layers.activation import Activate
from fpverify.symbolic.latex import formula_latex, network_latex, number_latex
from tests.strategies import CASES, Case


def test_a_small_looped_layer_is_written_out() -> None:
    found = network_latex(fp.loop("tanh", [["0.4", "-0.3"], ["0.2", "1"]], ["1/10", ("0", "1")]))
    assert found == (
        r"x \mapsto g(W x + b),\quad g(s) = \tanh{\left(s \right)},\quad "
        r"W = \begin{pmatrix} \frac{2}{5} & -\frac{3}{10} \\ \frac{1}{5} & 1 \end{pmatrix},\quad "
        r"b = \begin{pmatrix} \frac{1}{10} \\ [0, 1] \end{pmatrix}"
    )


def test_a_scalar_loop_needs_no_matrix() -> None:
    assert network_latex(fp.loop("cubic", [["1"]])) == (
        r"x \mapsto g(W x),\quad g(s) = - \frac{s^{3}}{2} + \frac{3 s}{2},\quad W = 1"
    )


def test_an_uncertain_scalar_lies_in_its_interval() -> None:
    assert r"W \in [\frac{1}{2}, 1]" in network_latex(fp.loop("cubic", [[("1/2", "1")]]))


def test_an_exchangeable_matrix_is_described() -> None:
    found = network_latex(fp.loop("tanh", fp.exchangeable(128, 2, ("0", "1/127")), fp.fill(128, "1/3")))
    assert r"W{}_{jj} = 2" in found
    assert r"W{}_{jk} \in [0, \frac{1}{127}] \ (j \neq k)" in found
    assert r"b{}_j = \frac{1}{3}" in found


def test_a_large_matrix_has_its_size() -> None:
    weight = [[str(i * 5 + j) for j in range(5)] for i in range(5)]
    found = network_latex(fp.loop("tanh", weight, [str(i) for i in range(5)]))
    assert r"W \in \mathbb{R}^{5 \times 5}" in found
    assert r"b \in \mathbb{R}^{5}" in found


def test_a_program_is_written_line_by_line() -> None:
    network = fp.network(
        [
            {"activation": "relu"},
            {"affine": {"weight": [["2"]], "bias": ["1"]}},
            {"add": {"with": 0}},
            {"multiply": {"with": 1}},
        ],
        name="program",
        state_size=1,
    )
    found = network_latex(network)
    assert found.startswith(r"x \mapsto v_{4},\quad v_0 = x,\quad v_{1} = g_{1}(v_{0})")
    assert r"v_{2} = W_{2} v_{1} + b_{2}" in found
    assert r"v_{3} = v_{2} + v_{0}" in found
    assert r"v_{4} = v_{3} \odot v_{1}" in found


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        (Fraction(0), "0"),
        (Fraction(-3), "-3"),
        (Fraction(-1, 3), r"-\frac{1}{3}"),
        (fp.dyadic(0.1), r"0.1\ldots"),
        (Fraction(1, 3 * 10**9), r"3.33333\ldots \cdot 10^{-10}"),
    ],
)
def test_numbers(value: Fraction, latex: str) -> None:
    assert number_latex(value) == latex


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_activation_becomes_mathml(case: Case) -> None:
    layer = fp.loop({"name": case.name, **case.given}, [["1"]]).layers[1]
    assert isinstance(layer, Activate)
    assert "<math" in convert(formula_latex(layer))


def test_networks_become_mathml() -> None:
    for network in (
        fp.loop("tanh", [["0.4", "-0.3"], ["0.2", "1"]], ["1/10", ("0", "1")]),
        fp.loop("gelu", fp.exchangeable(128, 2, ("0", "1/127")), fp.fill(128, "1/3")),
    ):
        assert "<math" in convert(network_latex(network))
