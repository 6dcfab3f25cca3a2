"""The sentences with which a form of a page can be refused, found in the code from the facts that pages send.

A page is a module of `api` with a route that takes a form. From its functions, from those that handle the facts which
it sends, and from `record` itself every function that is named is followed; what they raise is what a person can meet.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final, TypeAlias, get_args

from support.sources import Function, parsed

from coldchain.units import PersonFact

Where: TypeAlias = tuple[str, str]  # (file, name of a function or class)

ROOMS: Final = ("api/", "ingest/", "rules/", "coldchain/")
INTAKE: Final[Where] = ("ingest/people.py", "person_drafts")
FACTS: Final = frozenset(one.__name__ for one in get_args(PersonFact))


@cache
def _defined() -> Mapping[str, Mapping[str, ast.stmt]]:
    """Return what each file of the rooms defines at its top: functions, classes and named tables."""
    found: dict[str, dict[str, ast.stmt]] = {}
    for file, tree in parsed().items():
        if file.startswith(ROOMS):
            found[file] = {name: node for node in tree.body for name in _names_of(node)}
    return found


def _names_of(node: ast.stmt) -> list[str]:
    if isinstance(node, Function | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [one.id for one in targets if isinstance(one, ast.Name)]


@cache
def _imported(file: str) -> Mapping[str, Where]:
    """Return what a file imports of the rooms by name, with where it is defined."""
    return {
        alias.asname or alias.name: (f"{node.module.replace('.', '/')}.py", alias.name)
        for node in ast.walk(parsed()[file])
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }


def _named(file: str, node: ast.AST) -> Iterator[Where]:
    """Give what a node names of its own file and of others."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            where = (file, one.id) if one.id in _defined()[file] else _imported(file).get(one.id, ("", ""))
            if where[1] in _defined().get(where[0], {}):
                yield where


def _reached(begin: Iterable[Where], passed: frozenset[str] = frozenset()) -> set[Where]:
    """Return everything that is named from here on. Who takes many facts gives those that are passed to their handlers.

    What `coldchain` defines and is no function is a value: nothing is found behind it.
    """
    found, todo = set[Where](), list(begin)
    while todo:
        where = todo.pop()
        if where in found:
            continue
        found.add(where)
        if _is_function(where) or not where[0].startswith("coldchain/"):
            shares = bool(passed) and (not _is_function(where) or len(_taken(where)) > 1)
            todo += [one for one in _named(where[0], _node(where)) if not shares or _may_take(one, passed)]
    return found


def _may_take(where: Where, passed: frozenset[str]) -> bool:
    return not _taken(where) or bool(_taken(where) & passed)


def _node(where: Where) -> ast.stmt:
    return _defined()[where[0]][where[1]]


def _is_function(where: Where) -> bool:
    return isinstance(_node(where), Function)


@cache
def _of_alias(where: Where) -> frozenset[str]:
    """Return the facts that an annotation's name stands for, itself or as an alias of several."""
    file, name = where
    if name in FACTS or not file.startswith("coldchain/") or isinstance(_node(where), ast.ClassDef):
        return FACTS & {name}
    return frozenset(fact for one in _named(file, _node(where)) if one != where for fact in _of_alias(one))


@cache
def _taken(where: Where) -> frozenset[str]:
    """Return the facts that a function of the intake takes, as its parameters say."""
    node = _node(where)
    if not isinstance(node, Function) or not where[0].startswith("ingest/"):
        return frozenset()
    said = [one.annotation for one in node.args.args if one.annotation is not None]
    return frozenset(fact for one in said for named in _named(where[0], one) for fact in _of_alias(named))


def _takes_a_form(node: ast.stmt) -> bool:
    said = node.args.args if isinstance(node, Function) else []
    return any(isinstance(one.annotation, ast.Name) and one.annotation.id == "Form" for one in said)


@cache
def pages() -> list[str]:
    """Return the files with a route that takes a form."""
    return [file for file, of in _defined().items() if any(_takes_a_form(node) for node in of.values())]


@cache
def sent(page: str) -> frozenset[str]:
    """Return the facts that a page sends: those that its functions name, or functions that they name."""
    return FACTS & {name for file, name in _on(page) if file.startswith("coldchain/")}


def _on(page: str) -> set[Where]:
    functions = [(page, name) for name in _defined()[page] if _is_function((page, name))]
    return {one for one in _reached([*functions, _imported(page)["Form"]]) if not one[0].startswith("ingest/")}


@cache
def files_met_on(page: str) -> frozenset[str]:
    """Return the files whose sentences a form of a page can be refused with until it is drafted."""
    reached = _on(page) | _reached([INTAKE], sent(page))
    speaking = {file for file, name in reached if any(_raised(_defined()[file][name]))}
    return frozenset(speaking | _recorders())


@cache
def _recorders() -> frozenset[str]:
    """Return the files of the intake that say something when a fact cannot be recorded at all."""
    return frozenset(
        file
        for file, of in _defined().items()
        if file.startswith("ingest/") and any(said for node in of.values() for said in _of_recorders(node))
    )


def sentences(file: str) -> list[str]:
    """Return every sentence that a file raises."""
    return list(_raised(parsed()[file]))


def _of_recorders(node: ast.stmt) -> Iterator[str]:
    for one in node.body if isinstance(node, ast.ClassDef) else []:
        if isinstance(one, Function) and one.name == "record":
            yield from _raised(one)


def _raised(node: ast.AST) -> Iterator[str]:
    """Give what a node raises: the first words of an error, or what it calls `msg`."""
    for one in ast.walk(node):
        said: ast.expr | None = None
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and one.targets[0].id == "msg":
            said = one.value
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id.endswith("Error"):
            said = one.args[0] if one.args else None
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "refuse":
            yield from _of_a_key(one)
        if said is not None and (text := _rendered(said)) is not None:
            yield text


def _of_a_key(call: ast.Call) -> Iterator[str]:
    """Give the whole sentence with which the value of a key in the file of a profile is refused."""
    if (allowed := _rendered(call.args[1])) is not None:
        yield f"the profile's key in [section] is 1: {allowed}"


def _rendered(node: ast.expr) -> str | None:
    """Return a sentence with 1700000000000 for each figure in it; None for what is no sentence."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else "1700000000000" for one in node.values]
        return "".join(str(part) for part in parts)
    return None
