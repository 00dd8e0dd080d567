"""Report: what a run found, and its renderings, one per file."""

from fpverify.report._report import Entry, Report, StepResult, slug

__all__ = ["Entry", "Report", "StepResult", "slug"]
