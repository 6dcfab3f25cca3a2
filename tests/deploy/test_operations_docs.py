"""The operations page says the same in both languages: the same sections, the same tables, the same twelve steps."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH, CHINESE = ((DOCS / f"operations{end}.md").read_text(encoding="utf-8") for end in ("", ".zh-CN"))
HELD = re.compile(r"^\| \*\*(.+?)\*\*", re.MULTILINE)


def rows(text: str) -> list[int]:
    """Return how many columns each line of a table has."""
    return [line.count(" | ") for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]


def test_both_languages_have_the_same_sections_tables_and_commands() -> None:
    assert len(re.findall(r"^## ", ENGLISH, re.MULTILINE)) == len(re.findall(r"^## ", CHINESE, re.MULTILINE)) == 6
    assert rows(ENGLISH) == rows(CHINESE)
    assert len(HELD.findall(ENGLISH)) == len(HELD.findall(CHINESE)) == 10


def test_the_acceptance_page_has_its_twelve_steps() -> None:
    for text in (ENGLISH, CHINESE):
        assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [str(number) for number in range(1, 13)]


def test_every_document_that_is_named_is_there() -> None:
    for text in (ENGLISH, CHINESE):
        named = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        assert named
        assert [name for name in named if not (DOCS / name).resolve().is_file()] == []
