"""The standing state of contacts: said for the time up to which everything was told, and only while somebody knows."""

import pytest
from support import store_words as words
from support.line_protocol import decode
from support.memory_store import MemoryStore
from support.mirror_world import site_drafts

from coldchain.entries import EntryKind, RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import Contact, ContactKind
from stores.delivery import Pace
from stores.lines import body_of
from stores.mirror_now import LATE_MS, Lives
from stores.points import Snapshot

OPENED, CLOSED, SILENT, BACK = (
    EventKind.DOOR_OPENED,
    EventKind.DOOR_CLOSED,
    EventKind.DEVICE_SILENT,
    EventKind.DEVICE_BACK,
)
HOUR = 3_600_000
NOTHING = Snapshot(as_of_ms=900_000, places=())


def door(seq: int, kind: EventKind, taken_ms: int) -> RecordedEvent:
    return words.event(seq, kind=kind.value, taken_ms=taken_ms)


class Site:
    """A site whose gateways have told everything up to `horizon_ms`."""

    def __init__(self, *events: RecordedEvent) -> None:
        self.store = MemoryStore()
        self.lives = Lives(self.store, Pace())
        with self.store.writing() as session:
            session.ledger.append(site_drafts(), 1)
            session.ledger.append([words.draft(EntryKind.DEVICE_EVENT, event) for event in events], 1)

    def heard(self, gateway: str, horizon_ms: int) -> None:
        with self.store.writing() as session:
            session.books.raise_horizon(gateway, horizon_ms, horizon_ms)

    def contacts(self, boottime_ms: int, *, delivered: bool = True) -> dict[tuple[str, int], int]:
        lines, sent = self.lives.lines(NOTHING, boottime_ms)
        if delivered:
            sent()
        found = {}
        for point in decode(body_of(lines)):
            if point.measurement == "contact":
                active = point.fields["active"]
                assert isinstance(active, int)
                found[dict(point.tags)["contact"], point.at_ms] = active
        return found


def door_at(site: Site, horizon_ms: int) -> int | None:
    site.heard("gw-1", horizon_ms)
    return site.contacts(1).get(("fridge-1-door", horizon_ms))


def test_a_contact_that_never_said_a_word_is_in_its_normal_state_once_its_gateway_was_heard() -> None:
    site = Site()
    assert site.contacts(1) == {}
    site.heard("gw-1", 500_000)
    states = {("fridge-1-door", 500_000): 0, ("fridge-2-door", 500_000): 0, ("site-mains", 500_000): 0}
    assert site.contacts(60_002) == states


@pytest.mark.parametrize(
    ("events", "active"),
    [
        ([(OPENED, 100)], 1),
        ([(OPENED, 100), (CLOSED, 200)], 0),
        ([(OPENED, 100), (CLOSED, 500_001)], 1),  # told already, but later than what is told completely
        ([(OPENED, 100), (SILENT, 200)], None),
        ([(OPENED, 100), (SILENT, 200), (BACK, 300)], 1),
        ([(OPENED, 100), (SILENT, 200), (CLOSED, 300), (BACK, 300)], 0),
        ([(OPENED, 100), (SILENT, 200), (BACK, 300), (SILENT, 400)], None),
        ([(OPENED, 100), (SILENT, 200), (CLOSED, 300)], 0),
        ([(SILENT, 200)], None),
        ([(SILENT, 200), (BACK, 300)], 0),
    ],
)
def test_the_standing_state_is_the_last_word_unless_its_device_is_silent(
    events: list[tuple[EventKind, int]], active: int | None
) -> None:
    site = Site(*(door(i, kind, taken_ms) for i, (kind, taken_ms) in enumerate(events, 1)))
    assert door_at(site, 500_000) == active


def test_it_is_said_once_a_minute_and_only_as_far_as_the_gateway_has_told_more() -> None:
    site = Site(door(1, OPENED, 100))
    assert door_at(site, 500_000) == 1
    site.heard("gw-1", 510_000)
    assert site.contacts(60_000) == {}
    assert ("fridge-1-door", 510_000) in site.contacts(60_001)
    assert site.contacts(120_001) == {}
    site.heard("box-1", 400_000)
    assert site.contacts(180_001) == {("box-1-lid", 400_000): 0}


def test_of_hours_that_came_late_the_states_are_said_for_minutes_in_which_a_probe_was_read() -> None:
    site = Site(door(1, OPENED, 3 * HOUR + 90_000), door(2, CLOSED, 3 * HOUR + 150_000))
    site.heard("gw-1", HOUR)
    assert site.contacts(1)["fridge-1-door", HOUR] == 0
    read = [*range(2 * HOUR, 4 * HOUR, 60_000), *range(5 * HOUR, 5 * HOUR + 600_000, 60_000)]
    with site.store.writing() as session:
        session.readings.append_samples(words.samples(read, [4_000_000] * len(read), probe="fridge-1-load"))
    site.heard("gw-1", 6 * HOUR)
    said = {at: active for (name, at), active in site.contacts(60_002).items() if name == "fridge-1-door"}
    assert [at for at in said if at < 2 * HOUR] == [], "nothing was read then"
    assert [said[3 * HOUR + minute * 60_000] for minute in (0, 1, 2, 3)] == [0, 0, 1, 0]
    assert sum(4 * HOUR + 240_000 < at < 5 * HOUR for at in said) == 0, "the gateway was off"
    assert said[6 * HOUR] == 0
    assert len(said) == 120 + 4 + 10 + 4 + 1


def test_of_what_came_late_twelve_hours_are_said_at_most_and_nothing_at_a_start() -> None:
    site = Site()
    read = list(range(HOUR, 21 * HOUR, 60_000))
    with site.store.writing() as session:
        session.readings.append_samples(words.samples(read, [4_000_000] * len(read), probe="fridge-1-load"))
    site.heard("gw-1", 2 * HOUR)
    assert len([at for name, at in site.contacts(1) if name == "fridge-1-door"]) == 1
    site.heard("gw-1", 20 * HOUR)
    said = [at for name, at in site.contacts(60_002) if name == "fridge-1-door"]
    assert (min(said), len(said)) == (20 * HOUR - LATE_MS + 60_000, LATE_MS // 60_000)


def test_what_was_not_delivered_is_said_again_and_a_new_database_hears_everything() -> None:
    site = Site(door(1, OPENED, 100))
    site.heard("gw-1", 500_000)
    assert site.contacts(1, delivered=False) == site.contacts(2) != {}
    assert site.contacts(60_002) == {}
    site.lives.forget()
    assert site.contacts(60_003)[("fridge-1-door", 500_000)] == 1


def test_a_contact_of_an_old_record_that_never_spoke_says_nothing() -> None:
    site = Site()
    old = Contact(id="old", place="fridge-1", gateway="gw-1")
    with site.store.writing() as session:
        session.ledger.append([words.draft(EntryKind.CONTACT, old)], 1)
    site.heard("gw-1", 500_000)
    assert "old" not in {contact for contact, _ in site.contacts(1)}


def test_every_kind_of_contact_of_the_site_is_told_with_its_kind() -> None:
    site = Site(words.event(1, kind="mains-lost", origin="site-mains", place="", taken_ms=100))
    site.heard("gw-1", 500_000)
    lines, _ = site.lives.lines(NOTHING, 1)
    points = [point for point in decode(body_of(lines)) if point.measurement == "contact"]
    mains = [point for point in points if dict(point.tags)["kind"] == ContactKind.MAINS.value]
    assert [(dict(point.tags)["place"], point.fields["active"]) for point in mains] == [("site", 1)]
