"""Words can do harm: no text of ours calls a unit fit, and cold is never "over temperature"."""

import ast
import re

import pytest
from support.sources import ROOT, parsed

PEOPLE_SEE = ("api", "assembly", "dashboards", "rules")  # packages whose texts reach a person
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
BANNED = {
    "合格": re.compile("合格"),
    "OK": re.compile(r"(?<![A-Za-z_])OK(?![A-Za-z_])"),
    "over temperature": re.compile(r"over[- ]?temperature", re.IGNORECASE),
    "超温": re.compile("超温"),
}

# What machines say to each other, which no person sees: a modem on its line, Grafana of a rule that finds no data.
WORDS_OF_MACHINES = {"assembly/senders/modem.py": ["OK"], "dashboards/watchdog.py": ["OK"]}


def banned_in(text: str) -> list[str]:
    """Return the banned words of a text."""
    return [word for word, pattern in BANNED.items() if pattern.search(text)]


def texts_of(tree: ast.Module) -> list[str]:
    """Return every string of a file that is not a docstring."""
    blocks = (node for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and node.body)
    firsts = (block.body[0] for block in blocks)
    docstrings = {id(first.value) for first in firsts if isinstance(first, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return [node.value for node in strings if isinstance(node.value, str)]


def test_no_string_in_the_code_that_people_see_uses_a_banned_word() -> None:
    found = {
        file: words
        for file, tree in parsed().items()
        if file.startswith(PEOPLE_SEE)
        for words in [[word for text in texts_of(tree) for word in banned_in(text)]]
        if words and words != WORDS_OF_MACHINES.get(file)
    }
    assert found == {}


def test_the_ledger_and_the_register_have_a_chinese_name_each() -> None:
    of_the_register = {
        file: [text for text in texts_of(tree) if "台账" in text and not re.search("计量与验证台账|台账中没有“", text)]
        for file, tree in parsed().items()
        if file.startswith(PEOPLE_SEE)
    }
    assert {file: texts for file, texts in of_the_register.items() if texts} == {}, "the ledger is 账本"
    papers = [*ROOT.glob("docs/*.zh-CN.md"), ROOT / "README.zh-CN.md"]
    told = [line for paper in papers for line in paper.read_text(encoding="utf-8").splitlines() if "台账" in line]
    assert all("计量与验证台账" in line for line in told)


def test_no_template_script_or_data_file_uses_a_banned_word() -> None:
    kinds = {".html", ".js", ".css", ".json", ".toml", ".txt", ".svg", ".xml"}
    files = [
        path
        for package in PEOPLE_SEE
        for path in (ROOT / package).rglob("*")
        if path.suffix in kinds and "vendor" not in path.parts
    ]
    assert files, "no template or data file was looked at"
    found = {str(path.relative_to(ROOT)): banned_in(path.read_text(encoding="utf-8")) for path in files}
    assert {file: words for file, words in found.items() if words} == {}


@pytest.mark.parametrize("text", ["本单位合格", "unit is OK", "Over-temperature alarm", "超温报警"])
def test_the_search_for_banned_words_finds_each_of_them(text: str) -> None:
    assert banned_in(text)


@pytest.mark.parametrize("text", ["BOOK", "OKAY_TO_READ", "偏高", "too warm", "response.ok"])
def test_the_search_for_banned_words_leaves_other_words_alone(text: str) -> None:
    assert banned_in(text) == []


def test_no_source_names_a_path_or_a_note_that_others_do_not_have() -> None:
    places = re.compile(r"/work/(?:main|shared)|/root/|(?:domain|protocols|traceability|ecosystem|peers)\.md")
    found = {file for file in parsed() if places.search((ROOT / file).read_text(encoding="utf-8"))}
    assert found <= {"tests/house/test_texts.py"}
