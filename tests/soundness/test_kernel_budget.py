"""
The kernel stays what a sceptic can read: so many lines of code, short functions, python-flint and nothing else.

Lines of code are lines with a token that is no comment and no docstring.
"""

import ast
import io
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import fpverify.kernel
from tests.kernel.test_certificate import certificate

KERNEL = Path(fpverify.kernel.__file__).parent
MODULES = sorted(KERNEL.rglob("*.py"))
BUDGET = {"core": 2300, "rules": 2600, "activations": 1000}
"""Lines of code; core is kernel/*.py with layers/."""
LONGEST_FUNCTION = 40

_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> set[int]:
    """Return the numbers of the lines that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines |= {*range(token.start[0], token.end[0] + 1)}
    return lines - _docstrings(ast.parse(source))


def _docstrings(tree: ast.Module) -> set[int]:
    """Return the lines of expressions that are nothing but a text: docstrings, also of attributes."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines |= {*range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    return lines


def part_of(path: Path) -> str:
    folder = path.relative_to(KERNEL).parts[0]
    return folder if folder in BUDGET else "core"


SAMPLE = """\
'''Two
lines.'''

# a comment
x = 1  # and code

def f():
    '''One.'''
    return (
        1
    )


y = '''a
b'''
'''Of y.'''
"""


def test_code_lines_are_counted_as_they_should_be() -> None:
    assert code_lines(SAMPLE) == {5, 7, 9, 10, 11, 14, 15}


@pytest.mark.parametrize("part", BUDGET)
def test_the_kernel_is_small_enough_to_read(part: str) -> None:
    count = sum(len(code_lines(path.read_text())) for path in MODULES if part_of(path) == part)
    assert 100 < count <= BUDGET[part], f"{part} has {count} lines of code"


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function with the number of lines of code of its body."""
    source = path.read_text()
    lines = code_lines(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, len(lines & {*range(node.body[0].lineno, (node.end_lineno or 0) + 1)})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(KERNEL).as_posix())
def test_functions_are_short(path: Path) -> None:
    too_long = {name: count for name, count in functions(path) if count > LONGEST_FUNCTION}
    assert too_long == {}


def imports(path: Path) -> Iterator[str]:
    """Yield the modules that are imported anywhere in the file, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def is_trusted(module: str) -> bool:
    root = module.split(".", maxsplit=1)[0]
    return (
        root in sys.stdlib_module_names
        or root == "flint"
        or module == "fpverify.kernel"
        or module.startswith("fpverify.kernel.")
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(KERNEL).as_posix())
def test_the_kernel_imports_the_standard_library_and_python_flint(path: Path) -> None:
    assert {module for module in imports(path) if not is_trusted(module)} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(KERNEL).as_posix())
def test_the_kernel_runs_no_code_that_cannot_be_read(path: Path) -> None:
    """No eval, exec, compile, __import__ or pickle; what is imported by name is found by `discover` in its own folders."""
    source = path.read_text()
    called = {
        node.func.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called & {"eval", "exec", "compile", "__import__"} == set()
    assert {"pickle", "marshal", "shelve", "ctypes", "subprocess"} & {
        module.split(".")[0] for module in imports(path)
    } == set()
    if path.name != "discover.py":
        assert "import_module" not in source


BLOCKED = """
import importlib.abc, runpy, sys

BLOCKED = {"torch", "sympy", "numpy", "mpmath", "matplotlib", "scipy", "typer", "rich", "jinja2", "onnx"}

class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Block())
sys.path[:0] = [sys.argv.pop(1)]
module = sys.argv.pop(1)
sys.argv[0] = module
if module == "import only":
    import fpverify.kernel.check
    import fpverify
else:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module where only python-flint and the standard library can be imported."""
    root = str(KERNEL.parent.parent)
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, root, *arguments], capture_output=True, text=True, check=False
    )


def test_the_checker_is_imported_without_other_packages() -> None:
    done = alone("import only")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_checker_decides_without_other_packages(tmp_path: Path) -> None:
    """`python -m fpverify.kernel FILE`, with torch, SymPy and NumPy out of reach."""
    certificate().save(tmp_path / "c.json")
    done = alone("fpverify.kernel", str(tmp_path / "c.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VALID")


def test_the_block_blocks(tmp_path: Path) -> None:
    """Otherwise the two tests above would show nothing."""
    done = alone("numpy")
    assert done.returncode != 0
    assert "blocked" in done.stderr
