"""What stands in for a drawing where a run has not measured what it would show."""

from matplotlib.figure import Figure as Canvas


def not_measured() -> Canvas:
    canvas = Canvas(figsize=(6.7, 1.2))
    canvas.text(0.5, 0.5, "not measured in this run", ha="center", va="center", fontsize=11)
    return canvas
