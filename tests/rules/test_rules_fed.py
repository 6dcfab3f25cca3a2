"""Every alert and every rule of the closed loop is fed, by a function and a test that are named, or said not to be."""

import ast
import re
from functools import cache

import pytest
from support.sources import ROOT, parsed

from rules.catalogue import CATALOGUE

PAGE = (ROOT / "docs" / "alerts" / "fed.md").read_text()
LOOP = [f"R{number}" for number in range(1, 19)]
_ROW = r"^\| ([AR]\d+) \| `([a-z_/]+\.py)` \| `(\w+)` \| `(tests/[a-z_/0-9]+\.py)` \| `(test_\w+)` \|"
FED = re.findall(_ROW, PAGE, re.M)
NOT_FED = PAGE.partition("## What nothing feeds")[2].partition("## What is fed in part")[0]
IN_PART = PAGE.partition("## What is fed in part")[2]
ROOMS = ("rules/", "ingest/", "api/", "assembly/", "stores/")


def listed(part: str) -> dict[str, tuple[str, str]]:
    return {rule: (what, by) for rule, what, by in re.findall(r"^\| ([AR]\d+) \| (.+?) \| (.+?) \|$", part, re.M)}


@cache
def functions(file: str) -> frozenset[str]:
    return frozenset(node.name for node in ast.walk(parsed()[file]) if isinstance(node, ast.FunctionDef))


@cache
def called() -> frozenset[str]:
    """Return what the program names anywhere, in calls or as a value; its own `def` is no name."""
    found = set()
    for file, tree in parsed().items():
        if file.startswith(ROOMS):
            found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return frozenset(found)


def test_every_rule_is_in_one_of_the_two_lists() -> None:
    fed, missing = [row[0] for row in FED], list(listed(NOT_FED))
    assert sorted(fed + missing) == sorted([*CATALOGUE, *LOOP])


@pytest.mark.parametrize(("rule", "file", "function", "test", "name"), FED, ids=[row[0] for row in FED])
def test_what_is_said_to_feed_a_rule_is_there_and_called(
    rule: str, file: str, function: str, test: str, name: str
) -> None:
    assert rule in {*CATALOGUE, *LOOP}
    assert function in functions(file)
    assert function in called(), "nothing but a test calls it"
    assert name in functions(test)


def test_what_is_not_fed_names_the_interface_that_would_feed_it() -> None:
    for part in (NOT_FED, IN_PART):
        assert len(listed(part)) == len(re.findall(r"^\| [AR]\d", part, re.M)) > 4
        assert all(len(what) > 10 and len(by) > 10 for what, by in listed(part).values())
    assert set(listed(NOT_FED)) == {"A46", "A49", "R6", "R8", "R14"}


@pytest.mark.parametrize("rule", [one for one in [*listed(NOT_FED), *listed(IN_PART)] if one in CATALOGUE])
def test_the_page_of_a_rule_that_is_not_wholly_fed_says_so(rule: str) -> None:
    text = " ".join((ROOT / "docs" / "alerts" / f"{rule}.md").read_text().split())
    assert "Cannot be fed" in text


def test_a_rule_that_nothing_feeds_is_called_by_nothing() -> None:
    assert "of_room" in functions("rules/conditions_trend.py")
    assert "of_room" not in called()


def test_only_what_holds_is_said_to_hold() -> None:
    """A hold stands on a finding, a recall, a look, a return, or on how a unit was kept (rules.keeping)."""
    by_finding = {"A01", "A02", "A03", "A05", "A12", "A13", "A27"}
    by_keeping = {"A08", "A10", "A19", "A20", "A26"}
    assert {one.id for one in CATALOGUE.values() if one.effect.value == "hold"} == by_finding | by_keeping
