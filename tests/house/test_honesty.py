"""A test that asserts nothing cannot fail; a file without a word about itself helps nobody."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings
from support.sources import ROOT, Function, functions, parsed

ASSERTING_CALLS = {"raises", "fail", "warns", "expect"}  # of pytest and of playwright


def asserts(node: Function, helpers: frozenset[str]) -> bool:
    """Tell whether a function can fail by its own words, or by those of a helper that asserts."""
    return any(
        isinstance(part, ast.Assert)
        or (isinstance(part, ast.Call) and ((name := called(part)) in ASSERTING_CALLS or name in helpers))
        for part in ast.walk(node)
    )


def asserting_helpers(nodes: Iterable[Function]) -> frozenset[str]:
    """Return the names of functions beside the tests that assert themselves."""
    return frozenset(node.name for node in nodes if not node.name.startswith("test_") and asserts(node, frozenset()))


def called(call: ast.Call) -> str:
    """Return the last name of what is called."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return str(name)
        case _:
            return ""


def test_every_test_asserts_something() -> None:
    tests = {name: node for name, node in functions(tests=True).items() if node.name.startswith("test_")}
    assert len(tests) > 20
    helpers = asserting_helpers(functions(tests=True).values())
    assert [name for name, node in tests.items() if not asserts(node, helpers)] == []


def test_a_test_without_an_assertion_would_be_noticed() -> None:
    text = "def test_a(): idle()\ndef test_b(): assert f()\ndef test_c(): compare()\ndef compare(): assert f()"
    idle, honest, helped, compare = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    helpers = asserting_helpers([idle, honest, helped, compare])
    assert helpers == {"compare"}
    assert [asserts(node, helpers) for node in (idle, honest, helped)] == [False, True, True]


def test_every_python_file_opens_with_what_it_is_for() -> None:
    assert [file for file, tree in parsed().items() if not ast.get_docstring(tree)] == []


def test_no_test_waits_for_a_guessed_time() -> None:
    """Until something is true (support.waiting) or up to a seeded moment of a kill, yes; for a fixed time, no."""
    sleepers = [
        name
        for name, node in functions(tests=True).items()
        if node.name.startswith("test_")
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and called(part) == "sleep" and isinstance(part.args[0], ast.Constant)
    ]
    assert sleepers == []


def test_no_example_fails_for_having_taken_long() -> None:
    """Not those of a test that sets other limits of its own, either: what it leaves out comes from conftest."""
    assert settings().deadline is None
    assert settings(max_examples=5).deadline is None


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 failed"), ("", "1 skipped")])
def test_in_ci_a_test_that_skips_itself_fails(ci: str, outcome: str, tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("import pytest\ndef test_a(): pytest.skip('no broker here')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "support.no_skips",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT / "tests")}
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert outcome in answer.stdout
    assert "no broker here" in answer.stdout or not ci
