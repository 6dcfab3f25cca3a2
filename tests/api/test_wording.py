"""Figures in words: outward rounding, exact degrees, the site's time."""

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from api.wording import Language, Words

ZH = Words(language=Language.ZH, zone=ZoneInfo("Asia/Shanghai"))
EN = Words(language=Language.EN, zone=ZoneInfo("Asia/Shanghai"))


def test_least_times_are_rounded_down_and_all_others_up() -> None:
    assert EN.lasted(299_001) == "5 min"
    assert EN.lasted(300_999, up=False) == "5 min"
    assert EN.lasted(1) == "1 s"
    assert EN.lasted(999, up=False) == "0 min"
    assert ZH.lasted(90_061_000) == "1 天 1 小时 1 分 1 秒"


@given(st.integers(0, 10**10), st.integers(0, 10**10))
def test_least_and_most_are_one_figure_only_where_they_are_equal(one: int, other: int) -> None:
    least, most = sorted((one, other))
    assert (" – " in EN.lasted_between(least, most)) == (least != most)
    assert EN.lasted_between(None, most) == "unknown"


def test_degrees_are_never_rounded_across_a_limit() -> None:
    assert EN.celsius(6_000_001) == "6.000001"
    assert EN.celsius(6_000_000) == "6.0"
    assert EN.celsius(1_999_999) == "1.999999"
    assert ZH.celsius(None) == "未知"


def test_a_period_names_the_second_date_only_where_it_differs() -> None:
    at_ms = 1_773_255_600_000
    assert EN.period(at_ms, at_ms + 3_600_000) == "2026-03-12 03:00:00 – 04:00:00"
    assert EN.period(at_ms, at_ms + 86_400_000) == "2026-03-12 03:00:00 – 2026-03-13 03:00:00"
    assert ZH.period(at_ms, None) == "2026-03-12 03:00:00 – 至今"
    assert EN.offset(at_ms) == "UTC+08:00"
