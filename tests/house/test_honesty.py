"""A test that asserts nothing cannot fail; a file without a word about itself helps nobody."""

import ast

from support.sources import Function, functions, parsed

ASSERTING_CALLS = ("raises", "fail", "warns", "expect", "assert_", "check_", "require_")


def asserts(node: Function) -> bool:
    """Tell whether a test can fail by its own words: assert, pytest.raises, or a helper named for checking."""
    return any(
        isinstance(part, ast.Assert) or (isinstance(part, ast.Call) and called(part).startswith(ASSERTING_CALLS))
        for part in ast.walk(node)
    )


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
    assert [name for name, node in tests.items() if not asserts(node)] == []


def test_a_test_without_an_assertion_would_be_noticed() -> None:
    idle, honest = ast.parse("def test_a(): f()\ndef test_b(): assert f()").body
    assert isinstance(idle, ast.FunctionDef)
    assert isinstance(honest, ast.FunctionDef)
    assert not asserts(idle)
    assert asserts(honest)


def test_every_python_file_opens_with_what_it_is_for() -> None:
    assert [file for file, tree in parsed().items() if not ast.get_docstring(tree)] == []


def test_no_test_waits_by_sleeping_for_a_guessed_time() -> None:
    """Polling until something is true (in tests/support) may sleep; a test body may not."""
    sleepers = [
        name
        for name, node in functions(tests=True).items()
        if node.name.startswith("test_")
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and called(part) == "sleep"
    ]
    assert sleepers == []
