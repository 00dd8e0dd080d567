"""Figure 6: all fixed points of three coupled cubics, projected to each pair of coordinates."""

from matplotlib.figure import Figure as Canvas

from fpverify.report._report import Report
from fpverify.report.figures._counted import counted
from fpverify.report.figures._figure import Figure
from fpverify.report.portrait import Portrait
from fpverify.report.portrait import draw as draw_portrait


def draw(report: Report) -> Canvas:
    return draw_portrait(Portrait.of(counted(report, "count-found", "three coupled cubics")))


FIGURE = Figure(
    name="slices",
    number=6,
    theorem="count-found",
    title="All 27 fixed points of three coupled cubics",
    caption="The same cubic with three cells on [−2, 2]³: 8 attracting points, 12, 6 and 1 with one, two and three unstable "
    "directions. Each panel shows all 27 from one side, so that three at a time nearly coincide; the marks are nested, the "
    "larger the more directions are unstable. The kernel certifies the number, the boxes in which each point is the only "
    "one, the types, and that the indices sum to 1. The bars count the leaves of the certified subdivision. The marks are "
    "placed in floating point.",
    alt="Three panels, one for each pair of coordinates. In each there is a grid of three by three groups of marks, near "
    "−1, 0 and 1 in both coordinates, each group with its outlined boxes: dots in squares at the corners, squares and "
    "circles on the edges, circles and a triangle in the middle. Beside them, a bar chart of the depths of the leaves.",
    draw=draw,
)
