"""The comparison beside a centre that runs: what moves is not wrong, what stays is, and a long time is read once."""

import threading

import pytest
from support import store_words as words
from support.memory_store import MemoryStore
from support.mirror_in_memory import MirrorInMemory
from support.mirror_more import DAY, END, HOUR, T0, ZONE, Follower, hear, registered
from support.mirror_pair import QUICK
from support.mirror_world import title_of

from assembly.mirror_told import HereTold
from coldchain.entries import EntryKind
from coldchain.ports import Ledger
from coldchain.profiles import PlaceProfile
from stores.delivery import Count, DeadLetters, Delivery
from stores.lines import Measurement
from stores.mirror_compare import Comparer, Comparison
from stores.mirror_rebuild import Rebuilder, Rebuilt
from stores.mirror_truth import Truth
from stores.points import TEMPERATURE, setup_of, temperature_lines
from stores.points_devices import MARK


class House:
    """A store, and a mirror in memory that is level with it."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        registered(self.store)
        hear(self.store, T0)
        self.mirror = MirrorInMemory()
        self._minutes = 0

    def measure(self) -> None:
        """Commit the next minute's reading and mirror it."""
        self._minutes += 1
        at_ms = T0 + self._minutes * 60_000
        row = words.samples([at_ms], [4_000_000], epoch=f"e{self._minutes}")
        with self.store.writing() as session:
            session.readings.append_samples(row)
            history = session.readings.history("fridge-1-load", at_ms, at_ms + 1)
            self.mirror.lines += temperature_lines(setup_of(session.records), "fridge-1-load", history)

    def keep(self, from_ms: int, at_ms: int) -> None:
        """Let fridge-1 keep another profile from an instant on."""
        one = PlaceProfile(
            place="fridge-1",
            profile="cn-plasma",
            version=1,
            from_ms=from_ms,
            at_ms=at_ms,
            name="李华",
            post="quality manager",
            second_name="王敏",
            second_post="head",
            reason="new use",
        )
        with self.store.writing() as session:
            session.ledger.append([words.draft(EntryKind.PLACE_PROFILE, one)], at_ms)

    def fill(self) -> None:
        """Write what the record says of all time, as the mirror does."""
        follower = Follower(self.store)
        follower.sink = self.mirror  # type: ignore[assignment]
        follower.catch_up()

    def truth(self) -> Truth:
        return Truth(self.store, title_of, HereTold(ZONE), lambda: END)

    def compared(self, from_ms: int = T0, to_ms: int = T0 + HOUR) -> Comparison:
        return Comparer(self.truth(), self.mirror.query, lambda: None).compare(from_ms, to_ms)

    def rebuilt(self, from_ms: int, to_ms: int) -> Rebuilt:
        count = Count()
        delivery = Delivery(self.mirror, DeadLetters(None, count), count, QUICK, lambda: 0)
        maker = Rebuilder(self.truth(), self.mirror, delivery, self.mirror.query)
        return maker.rebuild(from_ms, to_ms, threading.Event(), lambda _low, _lines: None)


def test_readings_that_come_at_each_look_are_no_difference_and_what_is_wrong_beside_them_is() -> None:
    house = House()
    house.measure()

    def meanwhile(measurement: Measurement) -> None:
        if measurement is TEMPERATURE:
            house.measure()

    house.mirror.meanwhile = meanwhile
    running = house.compared()
    assert (running.alike, running.moving, running.extra) == (True, 1, 0)
    assert running.true_digest == running.found_digest

    series = TEMPERATURE.series("fridge-9", "ghost", "load", "storage-1")
    house.mirror.lines.append(b"%scelsius=4.0,quality=0i %d" % (series, T0 + 1))
    del house.mirror.lines[0]
    wrong = house.compared()
    assert (wrong.alike, wrong.missing, wrong.extra, wrong.differs) == (False, 1, 1, 0)
    assert {dict(one.series.tags)["probe"] for one in wrong.shown} == {"ghost", "fridge-1-load"}


def test_what_was_said_long_before_its_day_is_there_on_that_day_and_no_rebuilding_takes_it_away() -> None:
    """A profile that a place keeps from a day to come is marked on that day, and was recorded weeks before."""
    house = House()
    day_ms = T0 + 30 * DAY
    house.keep(day_ms, T0)
    house.fill()
    said = house.compared(day_ms - HOUR, day_ms + HOUR)
    assert (said.alike, said.points_found) == (True, 1)
    assert house.rebuilt(day_ms - HOUR, day_ms + HOUR).cleared == 0
    assert len(house.mirror.points(MARK, day_ms, day_ms + 1)) == 1


@pytest.mark.parametrize("what", ["compare", "rebuild"])
def test_the_ledger_is_read_once_however_many_hours_are_unlike(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    with house.store.writing() as session:
        for number in range(200):
            event = words.event(number, kind="battery", gateway="box-1", origin="box-1", taken_ms=T0 + number * 60_000)
            session.ledger.append([words.draft(EntryKind.DEVICE_EVENT, event)], T0 + number * 60_000)
    ghosts = range(T0, T0 + 3 * DAY, HOUR)
    series = TEMPERATURE.series("fridge-9", "ghost", "load", "storage-1")
    house.mirror.lines += [b"%scelsius=4.0,quality=0i %d" % (series, at_ms) for at_ms in ghosts]
    read: list[int] = []
    with house.store.reading() as session:
        kind: type[Ledger] = type(session.ledger)
    before = kind.entries

    def counted(ledger: Ledger, after_seq: int, limit: int) -> object:
        entries = before(ledger, after_seq, limit)
        read.append(len(entries))
        return entries

    monkeypatch.setattr(kind, "entries", counted)
    if what == "compare":
        assert house.compared(T0, T0 + 3 * DAY).extra == len(ghosts)
    else:
        assert house.rebuilt(T0, T0 + 3 * DAY).cleared == len(ghosts)
    assert sum(read) < 1_000


def test_a_change_that_was_called_off_is_drawn_no_more_by_a_mirror_that_had_shown_it() -> None:
    house = House()
    house.keep(T0 + 30 * DAY, T0)
    house.fill()
    house.keep(T0 + 10 * DAY, T0 + DAY)
    with house.store.reading() as session:
        last = session.ledger.next_seq() - 2
    follower = Follower(house.store)
    follower.sink, follower.ledger = house.mirror, last  # type: ignore[assignment]
    follower.catch_up()
    (points,) = house.mirror.points(MARK, T0, T0 + 40 * DAY).values()
    assert {at_ms: fields["stands"] for at_ms, fields in points.items()} == {T0 + 10 * DAY: 1, T0 + 30 * DAY: 0}
