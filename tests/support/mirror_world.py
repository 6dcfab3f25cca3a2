"""A record to be mirrored, and what a mirror of it has to show: worked out from the ports, point by point."""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from support import store_words as words
from support.influx_stand_in import Points

from coldchain.entries import Draft, EntryKind, RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import CONTACT_WORDS, Contact, ContactKind, PlaceKind, ProbeRole, Text
from coldchain.ports import SampleRow, Session, Store
from coldchain.units import Finding, FindingStatus, Hold

SITE = "storage-1"
START_MS = 1_795_000_000_000
NO_SIGNAL: dict[str, int | str] = {"rssi_dbm": 99, "lqi": "x"}  # no strength that there can be
SIGNALS: tuple[dict[str, int | str], ...] = ({"rssi_dbm": -71}, {"lqi": 0}, NO_SIGNAL)
MIRRORED = {"temperature", "contact", "finding", "hold", "position", "battery", "signal"}


class DirectCursors:
    """Cursors of a store that is written at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def move(self, name: str, value: int) -> None:
        with self._store.writing() as session:
            session.books.set_cursor(name, value)


def title_of(finding: Finding) -> Text:
    return Text(zh=f"{finding.place} 偏高 {finding.id}", en=f"{finding.place} too warm {finding.id}")


def site_drafts() -> list[Draft]:
    """Return the registration of two fridges, a box, their probes and contacts."""
    box = msgspec.structs.replace(words.place("box-1"), kind=PlaceKind.BOX)
    probes = [
        msgspec.structs.replace(words.probe(f"{place}-{role.value}"), place=place, gateway=gateway, role=role)
        for place, gateway in (("fridge-1", "gw-1"), ("fridge-2", "gw-1"), ("box-1", "box-1"))
        for role in ProbeRole
    ]
    contacts = [
        Contact(id="fridge-1-door", place="fridge-1", gateway="gw-1", kind=ContactKind.DOOR),
        Contact(id="fridge-2-door", place="fridge-2", gateway="gw-1", kind=ContactKind.DOOR),
        Contact(id="site-mains", place="", gateway="gw-1", kind=ContactKind.MAINS),
        Contact(id="box-1-lid", place="box-1", gateway="box-1", kind=ContactKind.LID),
    ]
    things: list[tuple[EntryKind, msgspec.Struct]] = [
        (EntryKind.GATEWAY, words.gateway("gw-1")),
        (EntryKind.GATEWAY, words.gateway("box-1")),
        (EntryKind.PLACE, words.place("fridge-1")),
        (EntryKind.PLACE, words.place("fridge-2")),
        (EntryKind.PLACE, box),
        *((EntryKind.PROBE, probe) for probe in probes),
        *((EntryKind.CONTACT, contact) for contact in contacts),
    ]
    return [words.draft(kind, thing) for kind, thing in things]


class Story:
    """Fills a store with a seeded history, step by step; every step is one transaction."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.dice = random.Random(seed)
        self.now_ms = START_MS + 3_600_000
        self._seq = 0
        self._clock: dict[str, int] = {}
        self._findings: dict[str, Finding] = {}
        with store.writing() as session:
            session.ledger.append(site_drafts(), self.now_ms)
            self.probes = [probe.id for probe in session.records.probes()]

    def tell(self, steps: int) -> None:
        """Let something happen so often."""
        for _ in range(steps):
            self.now_ms += self.dice.randint(500, 60_000)
            with self.store.writing() as session:
                for _ in range(self.dice.randint(1, 4)):
                    self.dice.choice([self._readings, self._readings, self._tags, self._events, self._finding])(session)

    def _readings(self, session: Session) -> None:
        """Append a row; some are late, some fall on instants that are there, with another value or a fault."""
        probe = self.dice.choice(self.probes)
        late = self.dice.random() < 0.3
        start_ms = START_MS + self.dice.randrange(0, 600_000, 10_000) if late else self._clock.get(probe, START_MS)
        times = [start_ms + 10_000 * i for i in range(self.dice.randint(1, 60))]
        self._clock[probe] = max(self._clock.get(probe, START_MS), times[-1] + 10_000)
        values = [
            None if self.dice.random() < 0.1 else self.dice.randrange(-80_000_000, 25_000_000, 62_500) for _ in times
        ]
        session.readings.append_samples(self._row(probe, times, values))

    def _row(self, probe: str, times: list[int], values: list[int | None]) -> SampleRow:
        self._seq += 1
        gateway = "box-1" if probe.startswith("box") else "gw-1"
        return words.samples(
            times, values, probe=probe, gateway=gateway, epoch=f"e{self._seq}", received_ms=self.now_ms
        )

    def _tags(self, session: Session) -> None:
        """Append tag summaries: they take numbers of the admission sequence, and the mirror shows none of them."""
        session.readings.append_tags(words.tags(words.tag(self.now_ms)))

    def _events(self, session: Session) -> None:
        contact = self.dice.choice(session.records.contacts())
        assert contact.kind is not None
        kinds = [CONTACT_WORDS[contact.kind].on, CONTACT_WORDS[contact.kind].off, EventKind.DEVICE_SILENT]
        said: list[dict[str, Any]] = [
            {
                "origin": contact.id,
                "place": contact.place,
                "gateway": contact.gateway,
                "kind": self.dice.choice(kinds).value,
            },
            {
                "origin": "box-1",
                "gateway": "box-1",
                "kind": "battery",
                "details": {"percent": self.dice.randint(0, 100)},
            },
            {"kind": "signal", "details": self.dice.choice(SIGNALS)},
            {"origin": "box-1", "gateway": "box-1", "kind": "position", "details": self._somewhere()},
            {"kind": "arrived", "epc": words.EPC},
        ]
        self._seq += 1
        event = words.event(self._seq, taken_ms=self.now_ms - self._seq, **self.dice.choice(said))
        session.ledger.append([words.draft(EntryKind.DEVICE_EVENT, event)], self.now_ms)

    def _somewhere(self) -> dict[str, int | str]:
        return {
            "latitude_e7": self.dice.randint(-900_000_000, 900_000_000),
            "longitude_e7": self.dice.randint(-1_800_000_000, 1_800_000_000),
        }

    def _finding(self, session: Session) -> None:
        """Begin a finding, or let one close, move, open again or be withdrawn; a unit may go on hold for it."""
        known = [finding for finding in self._findings.values() if finding.status is not FindingStatus.WITHDRAWN]
        if not known or self.dice.random() < 0.4:
            finding = self._new_finding(session)
        else:
            finding = self._changed(self.dice.choice(known))
        self._findings[finding.id] = finding
        session.ledger.append([words.draft(EntryKind.FINDING, finding)], self.now_ms)
        if finding.holds:
            self._hold(session, finding)

    def _new_finding(self, session: Session) -> Finding:
        probe = self.dice.choice(self.probes)
        return words.finding(
            f"f-{session.ledger.next_seq()}",
            probe=probe,
            place=probe.rpartition("-")[0],
            start_ms=START_MS + self.dice.randrange(0, 5) * 10_000,
        )

    def _changed(self, finding: Finding) -> Finding:
        fate = self.dice.choice(["close", "close", "open", "move", "withdraw"])
        changes: dict[str, dict[str, Any]] = {
            "close": {
                "status": FindingStatus.CLOSED,
                "end_ms": finding.start_ms + self.dice.randint(1, 10_000_000),
                "peak_micro_celsius": self.dice.randrange(6_062_500, 12_000_000, 62_500),
                "out_ms": self.dice.randint(1, 10_000_000),
                "unknown_ms": self.dice.randint(0, 1_000_000),
            },
            "open": {"status": FindingStatus.OPEN, "end_ms": None, **dict.fromkeys(FIGURES)},
            "move": {"start_ms": START_MS + self.dice.randrange(0, 5) * 10_000},
            "withdraw": {"status": FindingStatus.WITHDRAWN},
        }
        return msgspec.structs.replace(finding, version=finding.version + 1, **changes[fate])

    def _hold(self, session: Session, finding: Finding) -> None:
        unit = f"bag-{self.dice.randint(1, 9):02}"
        exposure = words.exposure(unit, finding.id, place=finding.place)
        hold = Hold(id=f"h-{finding.id}-{unit}", unit=unit, finding=finding.id, placed_ms=self.now_ms, certain=True)
        before = [other for other in session.records.holds_of_unit(unit) if other.id == hold.id]
        if before:
            hold = msgspec.structs.replace(before[0], basis_stands=not before[0].basis_stands)
        drafts = [words.draft(EntryKind.EXPOSURE, exposure), words.draft(EntryKind.HOLD, hold)]
        session.ledger.append(drafts, self.now_ms)


FIGURES = ("peak_micro_celsius", "out_ms", "unknown_ms")


def expected_temperatures(session: Session) -> Points:
    """Return the temperatures that the store says count, for every probe and all time."""
    points: Points = {}
    for probe in session.records.probes():
        history = session.readings.history(probe.id, 0, 2**53)
        tags = (("place", probe.place), ("probe", probe.id), ("role", probe.role.value), ("site", SITE))
        columns = (history.taken_ms.tolist(), history.micro_celsius.tolist(), history.quality.tolist())
        for taken_ms, micro, quality in zip(*columns, strict=True):
            good = {"celsius": Decimal(micro).scaleb(-6)} if quality == 0 else {}
            points["temperature", tags, taken_ms] = {"quality": quality, **good}
    return points


def expected_findings(session: Session) -> dict[tuple[str, int], Finding]:
    """Return the findings that stand, by probe and start; where two stand at one point, the later id."""
    living = [one for one in session.records.findings() if one.status is not FindingStatus.WITHDRAWN]
    return {(one.probe, one.start_ms): one for one in living}


def expected_contacts(session: Session) -> dict[tuple[str, int], int]:
    """Return the state that each contact told, by contact and time."""
    states: dict[tuple[str, int], int] = {}
    usual = {
        word: words_.normal is (word is words_.on)
        for words_ in CONTACT_WORDS.values()
        for word in (words_.on, words_.off)
    }
    for event in events(session):
        if event.kind in usual:
            states[event.origin, event.taken_ms] = int(not usual[EventKind(event.kind)])
    return states


def events(session: Session) -> Iterator[RecordedEvent]:
    for entry in session.ledger.entries(0, 2**31):
        if entry.kind is EntryKind.DEVICE_EVENT:
            yield msgspec.json.decode(entry.payload, type=RecordedEvent)


def expected_holds(session: Session) -> dict[tuple[str, int], int]:
    """Return how many units were on hold for each finding after each record time that placed or changed a hold."""
    units: dict[str, set[str]] = {}
    counts: dict[tuple[str, int], int] = {}
    for entry in session.ledger.entries(0, 2**31):
        if entry.kind is EntryKind.HOLD:
            hold = msgspec.json.decode(entry.payload, type=Hold)
            units.setdefault(hold.finding, set()).add(hold.unit)
            counts[hold.finding, entry.record_ms] = len(units[hold.finding])
    return counts


def assert_mirrors(points: Points, session: Session) -> None:
    """Compare everything that follows the record with the record."""
    temperatures = {key: fields for key, fields in points.items() if key[0] == "temperature"}
    assert temperatures == expected_temperatures(session)
    contacts = {
        (dict(tags)["contact"], ms): fields["active"]
        for (name, tags, ms), fields in points.items()
        if name == "contact"
    }
    assert contacts == expected_contacts(session)
    holds = {
        (dict(tags)["finding"], ms): fields["units"] for (name, tags, ms), fields in points.items() if name == "hold"
    }
    assert holds == expected_holds(session)
    own = {"battery", "position", "signal"}
    said = [event for event in events(session) if event.kind in own and event.details != NO_SIGNAL]
    assert sum(name in own for name, _, _ in points) == len({(e.kind, e.taken_ms) for e in said})
    _assert_findings(points, expected_findings(session))


def _assert_findings(points: Points, standing: dict[tuple[str, int], Finding]) -> None:
    shown = {(dict(tags)["probe"], ms): fields for (name, tags, ms), fields in points.items() if name == "finding"}
    assert {key for key, fields in shown.items() if fields["status"] != "withdrawn"} == standing.keys()
    for key, fields in shown.items():
        finding = standing.get(key)
        if finding is None:
            assert (fields["status"], fields["open"]) == ("withdrawn", 0)
            continue
        is_open = finding.status is FindingStatus.OPEN
        assert (fields["id"], fields["version"], fields["open"]) == (finding.id, finding.version, int(is_open))
        assert fields["title_zh"] == title_of(finding).zh
        assert (fields.get("end_ms") or None) == finding.end_ms
        if not is_open:
            assert fields["peak_celsius"] == Decimal(finding.peak_micro_celsius or 0).scaleb(-6)
            assert fields["out_s"] == (finding.out_ms or 0) // 1_000
