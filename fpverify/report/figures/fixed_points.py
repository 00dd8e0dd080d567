"""Figure 5: all fixed points of two coupled cubics, with the boxes and basins that are certified."""

from matplotlib.figure import Figure as Canvas

from fpverify.report._report import Report
from fpverify.report.figures._counted import counted, with_basins
from fpverify.report.figures._figure import Figure
from fpverify.report.portrait import Portrait
from fpverify.report.portrait import draw as draw_portrait


def draw(report: Report) -> Canvas:
    return draw_portrait(Portrait.of(with_basins(counted(report, "count-found", "two coupled cubics"))))


FIGURE = Figure(
    name="fixed_points",
    number=5,
    theorem="count-found",
    title="All nine fixed points of two coupled cubics",
    caption="The loop x ← g(W x + b) with g(z) = (3z - z³)/2, W = [[1, 0.02], [−0.03, 1]] and b = (0.01, −0.02) on "
    "[−2, 2]². The kernel certifies that there are nine fixed points, four attracting, four with one unstable direction and "
    "one with two; each is the only one in its outlined box. It also certifies the basins: from each coloured box every "
    "orbit converges to the attracting point of the same colour; where there is no colour, nothing is claimed. The bars "
    "count the leaves of the certified subdivision. The stream lines, along f(x) − x, are drawn in floating point.",
    alt="The square from −2 to 2 with nine fixed points in a slightly bent grid of three by three, each in an outlined box: "
    "four dots near (±1, ±1), four squares between them, a circle near the origin. Nearly all of the square is coloured by "
    "the dot that attracts it; stripes near the border belong to the opposite dots. Beside it, a bar chart of the depths of "
    "the leaves.",
    draw=draw,
)
