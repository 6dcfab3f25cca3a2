"""How strongly a device is heard, in words: with its unit, and unknown once it was said too long ago."""

from zoneinfo import ZoneInfo

import pytest
from support import store_words as words

from api.signals import SIGNAL_OLD_MS, any_strength, signal_text
from api.wording import Language, Words

WORDS = {one: Words(language=one, zone=ZoneInfo("Asia/Shanghai")) for one in Language}
NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("details", "old_ms", "zh", "en"),
    [
        ({"rssi_dbm": -71}, 0, "信号 \N{MINUS SIGN}71 dBm", "signal \N{MINUS SIGN}71 dBm"),
        ({"lqi": 120}, SIGNAL_OLD_MS, "信号 LQI 120/255", "signal LQI 120/255"),
        (
            {"rssi_dbm": -71},
            SIGNAL_OLD_MS + 1,
            "信号现在未知，上次 \N{MINUS SIGN}71 dBm",
            "signal unknown now, it was \N{MINUS SIGN}71 dBm",
        ),
    ],
)
def test_a_strength_has_its_unit_and_an_old_one_is_unknown(
    details: dict[str, int], old_ms: int, zh: str, en: str
) -> None:
    event = words.event(1, kind="signal", taken_ms=NOW_MS - old_ms, details=details)
    assert any_strength(event)
    assert signal_text(event, NOW_MS, WORDS[Language.ZH]) == zh
    assert signal_text(event, NOW_MS, WORDS[Language.EN]) == en


@pytest.mark.parametrize("details", [{}, {"rssi_dbm": "x"}, {"lqi": 999}])
def test_what_is_no_strength_is_not_shown(details: dict[str, int | str]) -> None:
    assert not any_strength(words.event(1, kind="signal", details=details))
