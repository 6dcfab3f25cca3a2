"""What the list of things to do says of notices that are not due yet, and of air that is excused."""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from support.standings import probe_standing, standing

from api.first import Beside, Entry, first_entries, place_words
from api.wording import Language, Words
from coldchain.places import ProbeRole
from coldchain.standing import Notice, NoticeKind, PlaceStanding, PlaceState

NOW = 1_000_000
NOTHING = Beside(profiles={}, findings={}, manifests={}, gateways={})
WORDS = {one: Words(language=one, zone=ZoneInfo("Asia/Shanghai")) for one in Language}


def notice(kind: NoticeKind, due_ms: int = NOW + 60_000) -> Notice:
    return Notice(kind=kind, since_ms=NOW - 30_000, due_ms=due_ms, origin="gw-1")


def entries(place: PlaceStanding, language: Language = Language.EN) -> list[Entry]:
    return first_entries([place], [], NOTHING, WORDS[language])


@pytest.mark.parametrize("kind", [NoticeKind.GATEWAY_SILENT, NoticeKind.DEVICE_SILENT, NoticeKind.MAINS_LOST])
def test_what_nobody_does_on_purpose_is_listed_at_once_and_counted_down(kind: NoticeKind) -> None:
    (early,) = entries(standing(notices=(notice(kind),)))
    assert (early.due_ms, early.due_key, early.tone) == (NOW + 60_000, "first.due.look", PlaceState.ATTENTION)
    (due,) = entries(standing(state=PlaceState.ATTENTION, probe=None, notices=(notice(kind, NOW),)))
    assert (due.due_ms, due.title) == (None, early.title)
    assert place_words(standing(notices=(notice(kind),)), [], NOTHING, WORDS[Language.EN]) == "within limits"


@pytest.mark.parametrize("kind", [NoticeKind.DOOR_OPEN, NoticeKind.AGITATION_STOPPED, NoticeKind.DEFROSTING])
def test_a_door_is_listed_only_when_it_needs_a_look(kind: NoticeKind) -> None:
    assert entries(standing(notices=(notice(kind),))) == []


@pytest.mark.parametrize(
    ("notices", "zh", "en"),
    [
        ([NoticeKind.DOOR_OPEN, NoticeKind.DEFROSTING], "关好门", "Shut the door"),
        ([NoticeKind.DEFROSTING], "正在化霜", "A defrost is on"),
        ([], "门已关，空气仍未恢复：查看压缩机和载荷探头。", "The door is shut and the air has not recovered"),
    ],
)
def test_air_that_is_excused_says_what_to_do_by_what_excuses_it(notices: list[NoticeKind], zh: str, en: str) -> None:
    air = probe_standing("fridge-1-air", ProbeRole.AIR, micro_celsius=7_000_000)
    place = standing(state=PlaceState.ATTENTION, probe="fridge-1-air", probes=(probe_standing(), air))
    place = msgspec.structs.replace(place, notices=tuple(notice(kind) for kind in notices))
    for language, said in ((Language.ZH, zh), (Language.EN, en)):
        (entry,) = entries(place, language)
        assert entry.todo.startswith(said)
        assert entry.due_ms == place.due_ms
        assert said in place_words(place, [], NOTHING, WORDS[language])
    (entry,) = entries(place)
    assert entry.title == "Blood fridge 1: air too warm after a door or defrost, alarm put off"
