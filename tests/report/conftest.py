"""The sample report and its figures, made once."""

import pytest

from fpverify.report import Report
from fpverify.report.figures import Drawing
from fpverify.report.write import draw_figures
from tests.report.sample import sample


@pytest.fixture(scope="session")
def report() -> Report:
    return sample()


@pytest.fixture(scope="session")
def drawings(report: Report) -> list[Drawing]:
    return draw_figures(report)
