"""Points of alarms: each says how it stands now, also under the tags that it had before, and how many stand."""

from typing import Any

import msgspec
import pytest
from support import store_words as words
from support.line_protocol import decode
from support.memory_store import MemoryStore
from support.mirror_more import END, Follower, registered
from support.mirror_points import SITE, an_alarm

from coldchain.alarms import Alarm, AlarmAction, AlarmActionKind, Severity
from coldchain.entries import EntryKind
from stores.mirror_health import alarm_list_lines
from stores.points import setup_of
from stores.points_alarms import NOT_COUNTED, counted_lines


class House:
    """A site whose alarms are told by hand."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        registered(self.store)
        self.follower = Follower(self.store)

    def say(self, kind: EntryKind, *payloads: msgspec.Struct) -> None:
        with self.store.writing() as session:
            session.ledger.append([words.draft(kind, one) for one in payloads], END)
        self.follower.catch_up()

    def alarms(self) -> dict[tuple[str, int], dict[str, Any]]:
        """Return the points by rule and time."""
        points = self.follower.sink.points.items()
        return {(dict(tags)["rule"], ms): fields for (name, tags, ms), fields in points if name == "alarm"}

    def listed(self) -> dict[tuple[str, str, int], dict[str, Any]]:
        """Return the points of the lists by site, twin and time."""
        points = self.follower.sink.points.items()
        found = ((dict(tags), ms, fields) for (name, tags, ms), fields in points if name == "alarm_list")
        return {(tags["site"], tags["twin"], ms): fields for tags, ms, fields in found}

    def only(self) -> dict[str, Any]:
        (fields,) = self.alarms().values()
        return fields


def act(action: AlarmActionKind, at_ms: int, name: str = "王敏") -> AlarmAction:
    return AlarmAction(
        alarm="a-1", action=action, at_ms=at_ms, comment="", name=name, post="night nurse", seen_version=1
    )


def changed(**values: Any) -> Alarm:
    return an_alarm(version=2, **values)


def test_an_alarm_is_said_with_its_place_its_name_and_that_it_waits() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm(values={"direction": "too-warm"}))
    fields = house.only()
    assert (fields["state"], fields["open"], fields["unacknowledged"], fields["level"]) == ("active", 1, 1, 3)
    assert fields["title_zh"].startswith("一号血液冰箱 ")
    assert "偏高" in fields["title_zh"]
    assert "too warm" in fields["title_en"]
    assert (fields["acked_ms"], fields["acked_by"], fields["cleared_ms"], fields["ended_ms"]) == (0, "", 0, 0)


def test_who_acknowledged_it_is_told_whichever_entry_comes_first() -> None:
    for order in (0, 1):
        house = House()
        house.say(EntryKind.ALARM, an_alarm())
        told = [
            (EntryKind.ALARM, changed(acknowledged_ms=9_000)),
            (EntryKind.ALARM_ACTION, act(AlarmActionKind.ACKNOWLEDGE, 9_000)),
        ]
        for kind, payload in told[::-1] if order else told:
            house.say(kind, payload)
        fields = house.only()
        assert (fields["acked_by"], fields["acked_ms"]) == ("王敏, night nurse", 9_000)
        assert (fields["state"], fields["unacknowledged"], fields["open"]) == ("acknowledged", 0, 1)


def test_an_acknowledgement_that_counts_no_more_is_taken_back() -> None:
    house = House()
    house.say(EntryKind.ALARM_ACTION, act(AlarmActionKind.ACKNOWLEDGE, 9_000))
    house.say(EntryKind.ALARM, changed(acknowledged_ms=9_000))
    house.say(EntryKind.ALARM, an_alarm(version=3))
    fields = house.only()
    assert (fields["acked_by"], fields["acked_ms"], fields["state"]) == ("", 0, "active")


def test_one_that_is_over_waits_until_somebody_has_looked_and_then_has_ended() -> None:
    house = House()
    house.say(EntryKind.ALARM, changed(cleared_ms=7_000))
    assert (house.only()["state"], house.only()["unacknowledged"], house.only()["ended_ms"]) == ("cleared", 1, 0)
    house.say(EntryKind.ALARM, an_alarm(version=3, cleared_ms=7_000, acknowledged_ms=9_000))
    assert (house.only()["state"], house.only()["unacknowledged"], house.only()["ended_ms"]) == ("over", 0, 9_000)


def test_an_alarm_of_another_rule_leaves_a_point_that_says_it_has_moved_and_comes_back() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm())
    house.say(EntryKind.ALARM, changed(rule="A02"))
    states = {rule: fields["state"] for (rule, _), fields in house.alarms().items()}
    assert states == {"A01": "moved", "A02": "active"}
    assert house.alarms()["A01", 2_000]["open"] == house.alarms()["A01", 2_000]["unacknowledged"] == 0
    house.follower.restart()  # what it was before is read from the record
    house.say(EntryKind.ALARM, an_alarm(version=3))
    states = {rule: fields["state"] for (rule, _), fields in house.alarms().items()}
    assert states == {"A01": "active", "A02": "moved"}


def test_the_units_of_its_finding_are_counted_when_they_become_known() -> None:
    house = House()
    house.say(EntryKind.FINDING, words.finding("f-1"))
    house.say(EntryKind.ALARM, an_alarm())
    assert house.only()["units"] == 0
    house.say(EntryKind.EXPOSURE, *(words.exposure(f"bag-{n}", "f-1") for n in range(3)))
    assert house.only()["units"] == 3
    house.say(EntryKind.EXPOSURE, words.exposure("bag-1", "f-1", withdrawn=True))
    assert house.only()["units"] == 2


def test_an_alarm_of_no_finding_says_that_its_units_are_not_counted() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm(finding="box-time"))
    assert house.only()["units"] == NOT_COUNTED
    house.say(EntryKind.ALARM, an_alarm(version=2, finding=""))
    assert house.only()["units"] == NOT_COUNTED


def test_of_two_alarms_of_one_rule_and_instant_each_has_its_point() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm(), an_alarm(id="a-2", finding="f-2"))
    names = [fields["id"] for (name, _, _), fields in house.follower.sink.points.items() if name == "alarm"]
    assert sorted(names) == ["a-1", "a-2"]


def test_a_list_has_each_alarm_once_whatever_its_rule_was_before() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm())
    house.say(EntryKind.ALARM, changed(rule="A02", acknowledged_ms=9_000))
    (fields,) = house.listed().values()
    assert (fields["id"], fields["rule"], fields["state"], fields["unacknowledged"]) == (
        "a-1",
        "A02",
        "acknowledged",
        0,
    )
    assert {name: fields[name] for name in house.alarms()["A02", 2_000]} == house.alarms()["A02", 2_000]


def test_in_a_list_alarms_of_one_instant_stand_apart_and_keep_their_point_when_more_come() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm(id="a-9"), an_alarm(id="a-10", finding="f-2", site="storage-2"))
    before = {key: fields["id"] for key, fields in house.listed().items()}
    assert before == {(SITE, "0", 2_000): "a-9", ("storage-2", "1", 2_000): "a-10"}
    house.say(EntryKind.ALARM, an_alarm(id="a-101", finding="f-3"))
    house.follower.restart()
    house.say(EntryKind.ALARM, an_alarm(id="a-10", finding="f-2", site="storage-2", version=2, acknowledged_ms=9_000))
    after = {key: fields["id"] for key, fields in house.listed().items()}
    assert after == {**before, (SITE, "2", 2_000): "a-101"}
    assert house.listed()["storage-2", "1", 2_000]["unacknowledged"] == 0


def test_an_alarm_of_another_site_is_in_the_list_of_the_first_as_moved() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm())
    house.say(EntryKind.ALARM, changed(site="storage-2"))
    said = {site: (fields["state"], fields["unacknowledged"]) for (site, _, _), fields in house.listed().items()}
    assert said == {SITE: ("moved", 0), "storage-2": ("active", 1)}


def test_more_alarms_of_one_instant_than_can_be_told_apart_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stores.mirror_alarms.TWINS_MAX", 1)
    house = House()
    house.say(EntryKind.ALARM, an_alarm(), an_alarm(id="a-2", finding="f-2"))
    assert [reason.partition(": ")[2] for reason, _ in house.follower.faults] == [
        "ColdchainError: more than 1 alarms were raised in one millisecond: the mirror cannot list them"
    ] * 2
    assert house.listed() == {}


def test_only_what_stands_is_said_anew_and_one_that_cannot_be_told_keeps_no_other_back() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm(), an_alarm(id="a-2", finding="f-2", site="x\ny"))
    over = an_alarm(id="a-3", raised_ms=9_000, cleared_ms=9_500, acknowledged_ms=9_400)
    house.say(EntryKind.ALARM, over)
    with house.store.reading() as session:
        lines = list(alarm_list_lines(session, setup_of(session.records), house.follower.told, END))
    (point,) = [one for line in lines for one in decode(line)]
    assert point.fields == house.listed()[SITE, "0", 2_000]


def test_an_alarm_that_cannot_be_told_is_a_fault_and_keeps_no_other_back() -> None:
    house = House()
    house.say(EntryKind.ALARM, an_alarm(subject="a\nb", id="a-bad"), an_alarm())
    assert [what for _, what in house.follower.faults] == [b"a-bad"]
    assert house.only()["id"] == "a-1"


def test_all_alarms_of_one_instant_are_there_however_many_batches_they_fill() -> None:
    house = House()
    house.say(EntryKind.ALARM, *(an_alarm(id=f"a-{n:04}", finding=f"f-{n}") for n in range(2_300)))
    house.say(EntryKind.ALARM, an_alarm(id="b", raised_ms=5_000))
    times = [at_ms for name, _, at_ms in house.follower.sink.points if name == "alarm"]
    assert (len(times), times.count(5_000)) == (2_301, 1)


def test_standing_alarms_are_counted_for_every_severity_and_site() -> None:
    alarms = [
        (an_alarm(), True),
        (an_alarm(now=Severity.CRITICAL, waiting_ms=3_000), True),
        (an_alarm(now=Severity.CRITICAL, acknowledged_ms=1), False),
        (an_alarm(severity=Severity.HIGH, cleared_ms=9_000, waiting_ms=4_000), True),
        (an_alarm(test=True), True),
        (an_alarm(parent="a-0"), False),
    ]
    lines = list(counted_lines(alarms, [SITE, "other"], 10_000))
    assert len(lines) == 8
    text = b"\n".join(lines).decode()
    assert f"alarms_now,severity=critical,site={SITE} open=2i,unacknowledged=1i,oldest_s=7i 10000" in text
    assert f"alarms_now,severity=high,site={SITE} open=1i,unacknowledged=2i,oldest_s=8i 10000" in text
    assert f"alarms_now,severity=low,site={SITE} open=0i,unacknowledged=0i,oldest_s=0i 10000" in text
    assert "alarms_now,severity=critical,site=other open=0i,unacknowledged=0i,oldest_s=0i 10000" in text
