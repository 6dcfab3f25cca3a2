"""Every refusal that a person can meet on a page has a Chinese text; the sentences are found in the code itself."""

import re
from zoneinfo import ZoneInfo

import pytest
from support.page_refusals import FACTS, files_met_on, pages, sent, sentences
from support.sources import ROOT

from api.refusals import refusal_text
from api.texts_refusals import REFUSALS
from api.wording import Language, Words
from coldchain.decisions import what_changed
from coldchain.errors import ConflictError
from coldchain.lineage import EndHow, UnitEnd
from ingest.drafted import ended_text

ON_PAGES = sorted({file for page in pages() for file in files_met_on(page)})
IN_ENGLISH = ("原文", "英文说明")
FIGURE = "1700000000000"
ANY_KEY = f"the profile's {FIGURE} in {FIGURE} is {FIGURE}: {FIGURE}"  # its last part is looked at where it is given
ZH = Words(language=Language.ZH, zone=ZoneInfo("Asia/Shanghai"))
EN = Words(language=Language.EN, zone=ZoneInfo("Asia/Shanghai"))

END = UnitEnd(unit="u-1", how=EndHow.DISCARDED, at_ms=1_700_000_000_000, name="n", post="p")


@pytest.mark.parametrize("file", ON_PAGES)
def test_every_refusal_on_a_page_has_a_chinese_text(file: str) -> None:
    found = sentences(file)
    assert found
    without = [said for said in found if said != ANY_KEY and any(one in refusal_text(said, ZH) for one in IN_ENGLISH)]
    assert without == []
    assert all(refusal_text(said, EN) == said for said in found)


def test_the_files_are_found_from_the_facts_that_pages_send() -> None:
    assert {"ActOnAlarm", "StartAlarmTest"} <= sent("api/console_alarms.py")
    assert sent("api/console_profiles.py") == {"ProposeProfile", "ApproveProfile", "KeepProfile"}
    assert {"ingest/retention.py", "ingest/drafted.py", "ingest/writer.py"} <= files_met_on("api/console_retention.py")
    assert "ingest/alarms.py" not in files_met_on("api/console_retention.py")
    assert all(sent(page) and sent(page) < FACTS for page in pages())
    assert {
        f"api/{path.name}" for path in (ROOT / "api").glob("console_*.py") if "form: Form" in path.read_text()
    } == set(pages())


def test_no_page_shows_a_refusal_in_another_language_than_its_own() -> None:
    raw = re.compile(r"\{\{ *(?:error|told|row\.why) *\}\}|= *error\b *[,)]")
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "api/templates").glob("*.html")}
    assert [name for name, text in texts.items() if raw.search(text)] == ["missing.html"]  # in its own words
    assert sum("refused(error, w)" in text for text in texts.values()) >= len(pages())


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


@pytest.mark.parametrize("typed", ["张三", "４．５", "4.5℃", "“4.5”", "it's", "啊" * 60])
def test_what_was_typed_in_chinese_is_refused_in_chinese(typed: str) -> None:
    said = f"temperature {typed!r:.40} is not allowed: write degrees Celsius with at most six decimal places"
    assert refusal_text(said, ZH) == f"温度 {typed!r:.40} 不符合要求：请填摄氏度，最多六位小数。"
    assert refusal_text(f"at {typed} is no time: write it as 2026-11-27T08:30", ZH).endswith(
        "不是时间：请填写日期和时间。"
    )
    assert refusal_text(f"the scan {typed!r:.60} names no bags: scan the label of one bag, or its tag", ZH) == (
        f"扫描 {typed!r:.60} 没有对应的血袋：请扫描一袋血的标签，或其电子标签。"
    )
    assert refusal_text(f"something new of {typed!r:.40}", ZH).startswith("未被接受，没有改动。原文：something new of")
    assert refusal_text(said, EN) == said


@pytest.mark.parametrize(
    ("changed", "chinese"),
    [
        (what_changed(["f-1:a", "f-2:b"], ["f-2:c", "f-3:d"]), "新增：f-3；有变化：f-2；已不在：f-1"),
        ("its profile", "限值方案"),
        ("look at the unit again", "请重新查看血袋"),
    ],
)
def test_what_changed_of_the_evidence_is_told_in_chinese(changed: str, chinese: str) -> None:
    said = f"the evidence against unit u-1 has changed since it was shown ({changed}); the present version is ab. Look"
    assert refusal_text(said, ZH) == f"血袋 u-1 的依据在显示之后已有变化（{chinese}）。请重新查看后再作决定；没有改动。"


def test_why_a_box_is_not_ready_is_told_in_chinese() -> None:
    said = "box b-1 is not ready ({}): wait until it says so, or take another box; nothing was changed"
    assert refusal_text(said.format("lid-open"), ZH).startswith("运血箱 b-1 未就绪（箱盖开着）")
    assert refusal_text(said.format("of-its-own"), ZH).startswith("运血箱 b-1 未就绪（of-its-own）")


def test_a_chinese_name_in_it_keeps_nothing_from_being_told_in_chinese() -> None:
    said = "this very placement of unit 袋-1 was declared an error at 1700000000000 by 王芳; nothing was changed. If …"
    assert refusal_text(said, ZH).startswith("血袋（容器）袋-1 的这条记录已由 王芳 于 2023-11-15 06:13:20 声明有误")
    assert refusal_text("place 检验科 is not known here", ZH) == "场所 检验科 未登记：请选择场所。"
    assert refusal_text("something new of 王芳", ZH) == "未被接受，没有改动。原文：something new of 王芳"


def test_the_end_of_a_unit_is_told_in_chinese() -> None:
    assert "已于" in refusal_text(ended_text(END), ZH)


def test_no_two_sentences_are_the_same() -> None:
    patterns = [pattern.pattern for pattern, _ in REFUSALS]
    assert len(patterns) == len(set(patterns))
