"""The text of an alarm says what is inside, what to do first and where bags can go; warm and cold are not mixed up."""

import pytest

from coldchain.places import Text
from rules.alarm_text import Around, Rescue, around_text

HERE = Around(since="2026-11-27 12:00:00 UTC+8", inside=38, possible=2, held=40)


@pytest.mark.parametrize("road", [False, True])
def test_too_warm_and_too_cold_are_different_texts_in_both_languages(road: bool) -> None:
    around = Around(since="x", inside=1, possible=0, held=0, road=road)
    warm, cold = around_text("too-warm", around), around_text("too-cold", around)
    assert warm.zh != cold.zh
    assert warm.en != cold.en


def test_a_text_names_bags_inside_possibly_inside_and_a_rescue_fridge_with_its_room() -> None:
    rescue = Rescue(name=Text(zh="备用", en="spare"), free=50)
    told = around_text("too-warm", Around(since="x", inside=38, possible=2, held=0, rescue=rescue))
    assert "38 bags inside, 2 more possibly" in told.en
    assert "内有 38 袋，另有 2 袋可能在内" in told.zh
    assert "Rescue fridge: spare (room for 50)" in told.en


def test_a_room_that_nobody_said_is_unknown_and_no_rescue_fridge_is_said_too() -> None:
    rescue = Rescue(name=Text(zh="备用", en="spare"))
    assert "room unknown" in around_text("too-cold", Around(since="x", inside=1, possible=0, held=0, rescue=rescue)).en
    assert "No rescue fridge is known" in around_text("too-cold", HERE).en


def test_once_it_has_cleared_the_text_still_says_how_many_stay_on_hold() -> None:
    told = around_text("too-warm", HERE, over=True)
    assert "40 bags on hold" in told.en
    assert "仍有 40 袋暂停发放" in told.zh
    assert "First:" not in told.en
