"""Alarms as every store keeps them."""

from typing import Any

import msgspec
import pytest
from support import store_words as words

from coldchain.alarms import TEST, Alarm, AlarmAction, AlarmActionKind, Severity, SubjectKind
from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import Store

KEY = ("A25", "contact", "door-1", "")


def alarm(name: str = "a-1", **changed: Any) -> Alarm:
    one = Alarm(
        id=name,
        version=1,
        rule="A25",
        subject_kind=SubjectKind.CONTACT,
        subject="door-1",
        site="storage-1",
        place="fridge-1",
        severity=Severity.HIGH,
        now=Severity.HIGH,
        since_ms=900,
        raised_ms=1_000,
        values={"minutes": 5, "probe": "门"},
    )
    return msgspec.structs.replace(one, **changed)


def action(name: str = "李华", at_ms: int = 2_000, alarm_id: str = "a-1") -> AlarmAction:
    kind = AlarmActionKind.ACKNOWLEDGE
    return AlarmAction(
        alarm=alarm_id, action=kind, at_ms=at_ms, comment="门已关", name=name, post="technician", seen_version=1
    )


def keep(store: Store, *payloads: Alarm | AlarmAction) -> None:
    kinds = {Alarm: EntryKind.ALARM, AlarmAction: EntryKind.ALARM_ACTION}
    with store.writing() as session:
        session.ledger.append([words.draft(kinds[type(one)], one) for one in payloads], 5)


def test_alarms_are_active_waiting_or_over_and_every_version_stays(store: Store) -> None:
    first, second = alarm(), alarm("a-2", subject="door-2", raised_ms=500)
    over = msgspec.structs.replace(first, version=2, cleared_ms=3_000)
    seen = msgspec.structs.replace(over, version=3, acknowledged_ms=4_000)
    keep(store, first, second)
    with store.reading() as session:
        assert session.records.active_alarms() == (second, first)
        assert session.records.waiting_alarms(9) == ()
    keep(store, over)
    with store.reading() as session:
        assert session.records.active_alarms() == (second,)
        assert session.records.waiting_alarms(9) == (over,)
        assert session.records.alarm("a-1") == over
    keep(store, seen)
    with store.reading() as session:
        assert session.records.waiting_alarms(9) == ()
        assert session.records.alarm_versions("a-1") == (first, over, seen)
        assert session.records.alarms(9) == (seen, second)
        assert session.records.alarms(1) == (seen,)
        assert session.records.alarms(9, "fridge-2") == ()
        assert session.records.alarm("a-9") is None


def test_alarms_are_found_by_key_subject_finding_and_time(store: Store) -> None:
    old, new = alarm(raised_ms=10), alarm("a-2", raised_ms=20)
    other = alarm("a-3", raised_ms=20, finding="f-1", subject_kind=SubjectKind.PROBE)
    test = alarm("a-4", raised_ms=30, rule=TEST, test=True)
    keep(store, old, new, other, test)
    with store.reading() as session:
        records = session.records
        assert records.alarm_of(KEY) == new
        assert records.alarm_of(("A25", "contact", "door-9", "")) is None
        assert records.alarms_of_finding("f-1") == (other,)
        assert records.alarms_of_subject("A25", "door-1", 20) == (new, other)
        assert records.alarms_raised(10, 20, 9) == (old,)
        assert records.alarms_raised(10, 31, 2) == (old, new)
        assert records.alarm_tests(9) == (test,)


def test_what_people_did_comes_in_order_and_twice_the_same_is_one(store: Store) -> None:
    early, late, other = action("王明", 1_000), action(), action(alarm_id="a-2")
    keep(store, late, early, other, late)
    with store.reading() as session:
        assert session.records.actions_of_alarm("a-1") == (early, late)
        assert session.records.alarm_actions(1_000, 2_001, 9) == (early, late, other)
        assert session.records.alarm_actions(1_000, 2_000, 9) == (early,)


def test_a_version_that_is_known_fails_its_transaction_and_a_rebuild_gives_the_same_bytes(store: Store) -> None:
    keep(store, alarm(), msgspec.structs.replace(alarm(), version=2, cleared_ms=7), action())
    for version in (1, 2):
        with pytest.raises(StoreError, match="a-1"):
            keep(store, alarm(version=version))
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    with store.reading() as session:
        assert [one.version for one in session.records.alarm_versions("a-1")] == [1, 2]
