"""One page for each rule of places, devices and the record: what it says is what the program does."""

import re
from pathlib import Path

import pytest
from support.sources import ROOT

from rules.catalogue import CATALOGUE
from rules.texts_conditions import MESSAGES

PAGES = ROOT / "docs" / "alerts"

HERE = sorted(CATALOGUE)
ROWS = ("severity", "effect on units", "threshold", "source", "evidence", "needs", "where")


def page(rule: str) -> str:
    return (PAGES / f"{rule}.md").read_text()


def rows(text: str) -> dict[str, str]:
    found = re.findall(r"^\| ([a-z ]+) \| (.+) \|$", text, re.M)
    return dict(found)


@pytest.mark.parametrize("rule", HERE)
def test_a_page_is_headed_as_the_catalogue_names_its_rule(rule: str) -> None:
    one, text = CATALOGUE[rule], page(rule)
    assert text.startswith(f"# {rule} {one.name.en} · {one.name.zh}\n")
    said = rows(text)
    assert list(said) == list(ROWS)
    assert one.severity.value in said["severity"]
    assert said["effect on units"] == one.effect.value
    assert re.search(r"\b(V2?|K|K-hi|PROP)\b", said["evidence"])


@pytest.mark.parametrize("rule", HERE)
def test_a_page_gives_every_message_of_its_rule_in_both_languages(rule: str) -> None:
    text = page(rule)
    for key, message in MESSAGES.items():
        if key.partition(".")[0] == rule:
            assert f"- {message.zh}\n  {message.en}" in text


@pytest.mark.parametrize("rule", HERE)
def test_a_page_names_files_that_exist(rule: str) -> None:
    for name in re.findall(r"`((?:rules|ingest|benchmarks)/[a-z_]+\.py)`", page(rule)):
        assert (ROOT / name).exists() or name == "ingest/alarms.py", name


def test_what_cannot_be_fed_says_which_interface_would_feed_it() -> None:
    for rule in ("A20", "A22", "A44", "A45", "A46", "A49"):
        assert "Cannot be fed" in " ".join(page(rule).split())


def test_the_list_names_every_page_and_no_other() -> None:
    listed = re.findall(r"^\| \[(A\d\d)\]\((A\d\d)\.md\) \| (.+) \| (.+) \| (\w+) \|", page("README"), re.M)
    assert [(rule, file) for rule, file, *_ in listed] == [(rule, rule) for rule in sorted(CATALOGUE)]
    for rule, _, en, zh, severity in listed:
        assert (en, zh, severity) == (
            CATALOGUE[rule].name.en,
            CATALOGUE[rule].name.zh,
            CATALOGUE[rule].severity.value,
        )


def test_every_rule_that_has_a_text_has_a_page_here_or_is_of_units() -> None:
    assert {key.partition(".")[0] for key in MESSAGES} <= set(HERE)
    assert {Path(name).stem for name in (path.name for path in PAGES.glob("A*.md"))} >= set(HERE)
