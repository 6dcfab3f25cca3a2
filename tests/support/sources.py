"""The Python files of this checkout, parsed once."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    "api",
    "assembly",
    "coldchain",
    "dashboards",
    "firmware_sim",
    "gateway",
    "ingest",
    "rules",
    "stores",
    "tests",
    "benchmarks",
    "tools",
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def parsed() -> dict[str, ast.Module]:
    """Return every file's syntax tree by its path below the root."""
    files = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    assert len(files) > 30, "the house tests look at the wrong folder"
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def functions(*, tests: bool) -> dict[str, Function]:
    """Return every function of the tests, or of all the rest, by file, line and name."""
    return {
        f"{file}:{node.lineno} {node.name}": node
        for file, tree in parsed().items()
        if file.startswith("tests/") is tests
        for node in ast.walk(tree)
        if isinstance(node, Function)
    }


def length(node: Function) -> int:
    """Return the lines of a function, signature and docstring included."""
    return (node.end_lineno or node.lineno) - node.lineno + 1
