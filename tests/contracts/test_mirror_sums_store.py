"""The mirror's sums, alarms, marks and stock out of each store: the same points as out of the one in memory."""

from collections.abc import Sequence
from random import Random

from support import store_words as words
from support.memory_store import MemoryStore
from support.mirror_more import END, T0, ZONE, Follower, hear, record, registered, some_facts

from assembly.mirror_told import HereTold
from coldchain.closed_loop import StockRow
from coldchain.entries import EntryKind
from coldchain.ports import Session, Store
from stores.delivery import Pace
from stores.mirror_now import Lives
from stores.mirror_told import CentreNow
from stores.points import Snapshot

HOURS = 72


def filled(store: Store) -> Store:
    registered(store)
    record(store, some_facts(Random(7), 70))
    hear(store, END)
    return store


def test_every_store_gives_the_same_mirror(store: Store) -> None:
    follower, memory = Follower(filled(store)), Follower(filled(MemoryStore()))
    follower.catch_up()
    memory.catch_up()
    assert follower.sink.points == memory.sink.points
    assert {name for name, _, _ in follower.sink.points} >= {
        *("temperature_1h", "place_1d", "cooling_1d", "alarm", "alarm_list", "mark", "trip", "finding", "contact"),
    }
    assert follower.faults == memory.faults == []


def test_the_lines_of_a_period_are_what_was_written_for_it(store: Store) -> None:
    follower = Follower(filled(store))
    follower.catch_up()
    sink = Follower(store).sink
    with store.reading() as session:
        from_ms, to_ms = T0 + 20 * 3_600_000, T0 + 50 * 3_600_000
        sink.write(b"\n".join(follower.sums.lines(session, from_ms, to_ms, END)))
    summed = ("temperature_1h", "place_1d", "cooling_1d", "trip")
    expected = {
        key: fields for key, fields in follower.sink.points.items() if key[0] in summed and from_ms <= key[2] < to_ms
    }
    assert sink.points == expected
    assert len(expected) > HOURS


def test_a_snapshot_says_alarms_gateways_devices_and_stock_and_once_more_what_is_gone(store: Store) -> None:
    filled(store)
    unit, inside = words.unit(), words.stay(possible_from_ms=T0, certain_from_ms=T0)
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.UNIT, unit), words.draft(EntryKind.STAY, inside)], END)
    lives = Lives(store, Pace(), HereTold(ZONE))
    sink = Follower(store).sink

    def say(as_of_ms: int, boottime_ms: int, *, delivered: bool = True) -> set[str]:
        sink.points.clear()
        lines, sent = lives.lines(Snapshot(as_of_ms=as_of_ms, places=()), boottime_ms)
        if delivered:
            sent()
        sink.write(b"\n".join(lines))
        return {name for name, _, _ in sink.points}

    minute = {"alarms_now", "gateway_state", "ingest", "centre", "gateway_age", "site_age", "contact"}
    assert say(END, 1) == {*minute, "device", "alarm_list", "stock", "stock_site"}
    assert say(END + 10_000, 10_001) == {"alarms_now"}
    gone = words.stay(possible_from_ms=T0, certain_from_ms=T0, certain_to_ms=END, possible_to_ms=END)
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.STAY, gone)], END)
    say(END + 390_000, 390_001, delivered=False)
    say(END + 400_000, 400_001)
    (stock,) = [fields for (name, _, _), fields in sink.points.items() if name == "stock"]
    assert (stock["units"], stock["released"], stock["aside"]) == (0, 0, 0)
    (site,) = [fields for (name, _, _), fields in sink.points.items() if name == "stock_site"]
    assert (site["released"], site["aside"], site["stock_level"]) == (0, 0, "unset")
    assert not {"stock", "stock_site"} & say(END + 800_000, 800_001)


def test_a_component_that_no_tag_can_hold_keeps_nothing_else_from_being_said(store: Store) -> None:
    unit = words.unit(component="red cells\\", blood_group="\\")
    inside = words.stay(possible_from_ms=T0, certain_from_ms=T0)
    with filled(store).writing() as session:
        session.ledger.append([words.draft(EntryKind.UNIT, unit), words.draft(EntryKind.STAY, inside)], END)
    sink = Follower(store).sink
    lines, _ = Lives(store, Pace(), HereTold(ZONE)).lines(Snapshot(as_of_ms=END, places=()), 1)
    sink.write(b"\n".join(lines))
    tags = [dict(tags) for name, tags, _ in sink.points if name in ("stock", "stock_site")]
    assert [(one["component"], one["blood_group"]) for one in tags] == [("red cells", "none")] * 2
    assert "alarms_now" in {name for name, _, _ in sink.points}


class Failing(HereTold):
    """Cannot say what stock there is, nor how the centre is."""

    broken = True

    def stock(self, session: Session, now_ms: int) -> Sequence[StockRow]:
        if self.broken:
            raise LookupError("no stock today")
        return super().stock(session, now_ms)

    def centre(self) -> CentreNow:
        if self.broken:
            raise ArithmeticError("no centre")
        return super().centre()


def test_a_part_of_a_snapshot_that_fails_is_named_and_all_others_are_said(store: Store) -> None:
    filled(store)
    unit, inside = words.unit(), words.stay(possible_from_ms=T0, certain_from_ms=T0)
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.UNIT, unit), words.draft(EntryKind.STAY, inside)], END)
    told = Failing(ZONE)
    lives = Lives(store, Pace(), told)
    sink = Follower(store).sink

    def say(boottime_ms: int) -> set[str]:
        sink.points.clear()
        lines, sent = lives.lines(Snapshot(as_of_ms=END + boottime_ms, places=()), boottime_ms)
        sink.write(b"\n".join(lines))
        sent()
        return {name for name, _, _ in sink.points}

    others = {"alarms_now", "gateway_state", "ingest", "gateway_age", "site_age", "contact", "device", "alarm_list"}
    assert say(1) == others
    assert lives.faults == [("centre", "ArithmeticError: no centre"), ("stock", "LookupError: no stock today")]
    assert say(10_001) == {"alarms_now"}
    assert lives.faults == []
    told.broken = False
    assert say(60_002) >= {"centre", "stock", "stock_site", "device"}, "due again with the next ages"
    assert lives.faults == []
