"""Run the examples of the README and of the documentation as tests, each page in a scratch folder with examples/."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

_ROOT = Path(__file__).parent


def _enter_scratch_folder(namespace: dict[str, Any]) -> None:
    scratch = tempfile.mkdtemp()
    (Path(scratch) / "examples").symlink_to(_ROOT / "examples")
    namespace["_scratch"], namespace["_before"] = scratch, Path.cwd()
    os.chdir(scratch)


def _leave_scratch_folder(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["_before"])
    shutil.rmtree(namespace["_scratch"])


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["README.md", "docs/*.md"],
    setup=_enter_scratch_folder,
    teardown=_leave_scratch_folder,
).pytest()
