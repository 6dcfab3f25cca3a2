"""Every refusal that a person can meet on a page has a Chinese text; the sentences are found in the code itself."""

import ast
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from support.sources import ROOT

from api.refusals import refusal_text
from api.texts_refusals import REFUSALS
from api.wording import Language, Words
from coldchain.errors import ConflictError
from coldchain.lineage import EndHow, UnitEnd
from ingest.drafted import ended_text

ON_PAGES = (
    *("ingest/lineage.py", "ingest/drafted.py", "ingest/corrections.py", "ingest/aggregation.py"),
    *("ingest/receiving.py", "ingest/decisions.py", "ingest/register.py", "ingest/rounds.py", "ingest/people.py"),
    *("api/receiving.py", "api/forms.py", "api/console_decisions.py", "api/console_register.py", "api/register.py"),
)
ZH = Words(language=Language.ZH, zone=ZoneInfo("Asia/Shanghai"))
EN = Words(language=Language.EN, zone=ZoneInfo("Asia/Shanghai"))

END = UnitEnd(unit="u-1", how=EndHow.DISCARDED, at_ms=1_700_000_000_000, name="n", post="p")


def rendered(node: ast.expr) -> str | None:
    """Return a sentence with 1700000000000 for each figure in it; None for what is no sentence."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else "1700000000000" for one in node.values]
        return "".join(str(part) for part in parts)
    return None


def sentences(file: str) -> Iterator[str]:
    """Give every sentence that a file raises, directly or by the name `msg`."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "msg":
            said = rendered(node.value)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            said = rendered(node.exc.args[0])
        else:
            continue
        if said is not None:
            yield said


@pytest.mark.parametrize("file", ON_PAGES)
def test_every_refusal_on_a_page_has_a_chinese_text(file: str) -> None:
    found = list(sentences(file))
    assert found, "the file raises nothing: take it out of the list"
    without = [said for said in found if "原文" in refusal_text(said, ZH)]
    assert without == []
    assert all(refusal_text(said, EN) == said for said in found)


def test_figures_and_times_go_into_the_chinese_text() -> None:
    assert refusal_text(ConflictError("hold h-1 was already lifted by decision d-2; nothing was changed"), ZH) == (
        "暂停发放 h-1 已由决定 d-2 解除；没有改动。"
    )
    said = refusal_text("more than 4 containers in each other at 1700000000000; nothing was changed", ZH)
    assert said == "在 2023-11-15 06:13:20 容器嵌套超过 4 层；没有改动。"


def test_what_has_no_text_is_shown_as_it_was_said_and_what_is_chinese_already_stays() -> None:
    assert refusal_text("something new", ZH) == "未被接受，没有改动。原文：something new"
    assert refusal_text("没有这样的血袋", ZH) == "没有这样的血袋"
    assert refusal_text("", ZH) == ""


def test_the_end_of_a_unit_is_told_in_chinese() -> None:
    assert "已于" in refusal_text(ended_text(END), ZH)


def test_no_two_sentences_are_the_same() -> None:
    patterns = [pattern.pattern for pattern, _ in REFUSALS]
    assert len(patterns) == len(set(patterns))
