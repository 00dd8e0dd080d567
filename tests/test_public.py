"""The public face: names, docstrings, what an import costs, and the README's table of verdicts."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fpverify

ROOT = Path(__file__).parent.parent
NAMES = sorted(
    name
    for name in (*vars(fpverify), *fpverify._LATER)
    if not name.startswith("_")
    and not inspect.ismodule(getattr(fpverify, name))
    and name not in ("Any", "TYPE_CHECKING")
)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_documented(name: str) -> None:
    """A public name has a docstring and stands on the page of public names."""
    assert inspect.getdoc(getattr(fpverify, name))
    assert f"`{name}`" in (ROOT / "docs" / "api.md").read_text()


def test_import_needs_neither_torch_nor_sympy() -> None:
    """`import fpverify` loads the kernel and python-flint, nothing heavy."""
    code = "import sys, fpverify; print(sorted({'torch', 'sympy', 'numpy', 'mpmath', 'matplotlib'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"


def test_links_of_the_documentation_lead_somewhere() -> None:
    """Every relative link of README and docs names a file of the repository."""
    for page in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_shows_the_verdicts_of_the_report() -> None:
    """The table of theorems in the README is that of reports/summary.json."""
    from tests.readme_table import table

    text = (ROOT / "README.md").read_text()
    shown = text.split("<!-- verdicts: begin", 1)[1].split("-->\n", 1)[1].split("<!-- verdicts: end", 1)[0].strip()
    assert shown == table(json.loads((ROOT / "reports" / "summary.json").read_text()))
