"""Planted fixed points, exactly: each lies in exactly one certified box; tree, cells and indices agree on the count."""

import random
from fractions import Fraction

import pytest

import fpverify as fp
from fpverify.kernel.exact import exact

Vector = list[Fraction]


def before_softsign(value: Fraction) -> Fraction:
    """Return the z with z / (1 + |z|) = value."""
    return value / (1 - abs(value))


def planted(points: list[Vector], drawn: random.Random) -> fp.Network:
    """
    Return a random looped layer that keeps each of *points*, which are affinely independent.

    Row i of W and b_i solve w . p + b = z_i(p) for each p: b from the first point, and as many entries of w as there are
    others, from a linear system; the other entries are random.
    """
    size = len(points[0])
    weight, bias = [], []
    for i in range(size):
        row = [Fraction(drawn.randint(-300, 300), 100) for _ in range(size)]
        targets = [before_softsign(point[i]) for point in points]
        rows = [[a - b for a, b in zip(point, points[0], strict=True)] for point in points[1:]]
        free = len(rows)
        rest = [
            target - targets[0] - sum(r * w for r, w in zip(move[free:], row[free:], strict=True))
            for move, target in zip(rows, targets[1:], strict=True)
        ]
        row[:free] = solved([move[:free] for move in rows], rest)
        weight.append(row)
        bias.append(targets[0] - sum((w * x for w, x in zip(row, points[0], strict=True)), Fraction(0)))
    return fp.loop("softsign", weight, bias, name="planted")


def solved(matrix: list[Vector], right: Vector) -> Vector:
    """Solve a small linear system exactly, by Cramer's rule."""
    whole = determinant(matrix)
    columns = range(len(matrix))
    return [
        determinant([[*row[:j], value, *row[j + 1 :]] for row, value in zip(matrix, right, strict=True)]) / whole
        for j in columns
    ]


def determinant(matrix: list[Vector]) -> Fraction:
    if not matrix:
        return Fraction(1)
    minors = ([row[:j] + row[j + 1 :] for row in matrix[1:]] for j in range(len(matrix)))
    signed = ((-1) ** j * x * determinant(minor) for j, (x, minor) in enumerate(zip(matrix[0], minors, strict=True)))
    return sum(signed, Fraction(0))


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_planted_points_are_each_in_exactly_one_box(seed: int, count: int) -> None:
    """Points at random places, kept by a random network in exact arithmetic."""
    drawn = random.Random(100 * count + seed)
    size = max(2, count)
    points = [[Fraction(drawn.randint(-80, 80), 100) for _ in range(size)] for _ in range(count)]
    network = planted(points, drawn)
    result = fp.find_fixed_points(network)
    assert result.success, result.message
    for point in points:
        image = network.enclose(fp_point(point))
        assert all(a <= x <= b for a, x, b in zip(image.lower(), point, image.upper(), strict=True))
        assert sum(_holds(fact, point) for fact in result.claim.facts["points"]) == 1
    assert result.claim.facts["index_sum"] == 1


def fp_point(point: Vector):
    from fpverify.kernel.box import Box
    from fpverify.kernel.rational import Rational

    return Box.point(tuple(point), Rational())


def _holds(fact: dict, point: Vector) -> bool:
    return all(exact(a) <= x <= exact(b) for a, x, b in zip(fact["lower"], point, fact["upper"], strict=True))


@pytest.mark.parametrize("seed", range(8))
def test_tree_and_cells_agree_and_the_indices_sum_to_one(seed: int) -> None:
    """Random coupled networks: two methods that share nothing, and an audit that knows of neither."""
    drawn = random.Random(seed)
    size = 2 + seed % 2
    own = [Fraction(drawn.choice((-30, 5, 18, 20, 25, 30)), 10) for _ in range(size)]
    rows = [[own[i] if i == j else Fraction(drawn.randint(-8, 8), 100) for j in range(size)] for i in range(size)]
    network = fp.loop("tanh", rows, [Fraction(drawn.randint(-5, 5), 100) for _ in range(size)])
    tree = fp.find_fixed_points(network, method="tree", stability=True)
    cells = fp.find_fixed_points(network, method="cells")
    assert tree.success, tree.message
    assert cells.success, cells.message
    assert tree.count == cells.count
    assert tree.claim.facts["index_sum"] == 1
    for point in tree.points:
        (cell,) = [c for c in cells.points if _meet(c, point)]
        assert cell.unstable_dimension in {None, point.unstable_dimension}
        assert cell.stable in {None, point.stable}


def _meet(one: fp.FixedPoint, other: fp.FixedPoint) -> bool:
    ends = zip(one.lower, one.upper, other.lower, other.upper, strict=True)
    return all(a <= d and c <= b for a, b, c, d in ends)


def test_cells_that_meet_prove_nothing_and_say_so() -> None:
    """A strong coupling: cells do not count, the tree does."""
    network = fp.loop("tanh", [["1.2", "-2"], ["2", "1.2"]])
    cells = fp.find_fixed_points(network, method="cells")
    assert (cells.success, cells.count, cells.claim, cells.certificate) == (False, 0, None, None)
    assert "method tree" in cells.message
    whole = fp.find_fixed_points(network)
    assert (whole.success, whole.count, whole.method) == (True, 1, "tree")


def test_huge_counts_are_written_as_powers() -> None:
    """Whole numbers of more than 4,300 digits are neither written nor read by Python."""
    from dataclasses import replace

    result = fp.find_fixed_points(fp.loop("tanh", fp.circulant(20, {0: "2", 1: "1/10"})))
    assert result.to_data()["count"] == 3**20
    claim = replace(result.claim, facts={**result.claim.facts, "count": "3^20000"})
    assert replace(result, count=3**20000, claim=claim).to_data()["count"] == "3^20000"
