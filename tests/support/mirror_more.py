"""A record whose sums, alarms, marks and journeys are mirrored: facts that arrive in any order, and who reads them."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from support import store_words as words
from support.influx_stand_in import Points
from support.memory_sink import MemorySink
from support.mirror_world import START_MS, site_drafts, title_of

from assembly.mirror_told import HereTold
from assembly.shipped import shipped_profiles
from coldchain.alarms import Alarm, AlarmAction, AlarmActionKind, Severity, SubjectKind
from coldchain.calibration import Calibration
from coldchain.closed_loop import Handover, Party
from coldchain.commission import WorkKind
from coldchain.entries import Draft, EntryKind
from coldchain.facts import EventKind
from coldchain.places import Place
from coldchain.ports import Session, Store
from coldchain.units import FindingStatus
from stores.influx import Verdict
from stores.lines import body_of
from stores.mirror_feed import LedgerFeed, readings_after
from stores.mirror_sums import Sums
from stores.mirror_told import Told

ZONE: Final = ZoneInfo("Asia/Shanghai")
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
T0: Final = START_MS // HOUR * HOUR
END: Final = T0 + 3 * DAY + 1_234
PLACES: Final = (("fridge-1", "gw-1"), ("fridge-2", "gw-1"), ("box-1", "box-1"))
Fact = Callable[[Session], None]


def registered(store: Store) -> None:
    """Register the site of support.mirror_world with the profiles that its places keep."""
    with store.writing() as session:
        profiles = [words.draft(EntryKind.PROFILE, one) for one in shipped_profiles()]
        session.ledger.append([*profiles, *(_of_edition_2(one) for one in site_drafts())], T0)


def _of_edition_2(draft: Draft) -> Draft:
    """Return a place with the edition of its profile that has limits for boxes."""
    if not isinstance(draft.payload, Place):
        return draft
    return msgspec.structs.replace(draft, payload=msgspec.structs.replace(draft.payload, profile_version=2))


def some_facts(dice: Random, number: int) -> list[Fact]:
    """Return facts of three days that may be recorded in any order."""
    makers = (_readings, _readings, _readings, _door, _work, _calibration, _finding, _journey, _alarm, _position)
    return [dice.choice(makers)(dice, at) for at in range(number)]


def record(store: Store, facts: Sequence[Fact]) -> None:
    """Record facts, each in its own transaction."""
    for fact in facts:
        with store.writing() as session:
            fact(session)


def hear(store: Store, horizon_ms: int) -> None:
    """Let all gateways have told everything up to an instant."""
    with store.writing() as session:
        for gateway in ("gw-1", "box-1"):
            session.books.raise_horizon(gateway, horizon_ms, horizon_ms)


class Follower:
    """Reads a store into a sink as the mirror does, sums too, without thread or trouble."""

    def __init__(self, store: Store, told: Told | None = None) -> None:
        self.store = store
        self.told = told or HereTold(ZONE)
        self.sink = MemorySink()
        self.feed = LedgerFeed(title_of, self.told)
        self.sums = Sums(self.told)
        self.readings = self.ledger = self.boottime_ms = 0
        self.faults: list[tuple[str, bytes]] = []
        self.cursors: dict[str, int] = {}

    def catch_up(self, now_ms: int = END) -> None:
        """Read all there is, then write the sums of what is over at now_ms."""
        while self._step():
            pass
        self.boottime_ms += 400_000
        while (batch := self.sums.next(self.store, now_ms, self.boottime_ms)) is not None:
            self._send(batch.lines)
            self.cursors |= self.sums.done(batch)
            self.boottime_ms += 1

    def restart(self) -> None:
        """Forget all but the durable cursors."""
        with self.store.writing() as session:
            for name, value in self.cursors.items():
                session.books.set_cursor(name, value)
        self.feed, self.sums = LedgerFeed(title_of, self.told), Sums(self.told)
        with self.store.reading() as session:
            self.sums.learn(session)

    def _step(self) -> bool:
        before = (self.readings, self.ledger)
        for batch in (readings_after(self.store, self.readings), self.feed.after(self.store, self.ledger)):
            self.faults += batch.faults
            self._send(batch.lines)
            self.cursors |= self.sums.back(batch.backs)
        self.readings, self.ledger = (
            readings_after(self.store, self.readings).upto,
            self.feed.after(self.store, self.ledger).upto,
        )
        return before != (self.readings, self.ledger)

    def _send(self, lines: Sequence[bytes]) -> None:
        assert not lines or self.sink.write(body_of(lines)).verdict is Verdict.DONE


def counting(points: Points) -> Points:
    """Return points without what does not count in them, as docs/influx.md says of each measurement."""
    gone = {
        "temperature_1h": lambda fields: fields["unknown_s"] == 3_600,
        "place_1d": lambda fields: fields["measured_s"] == 0,
        "trip": lambda fields: fields["measured_s"] == 0,
        "cooling_1d": lambda fields: fields["cycles"] < 8,
    }
    found: Points = {}
    for key, fields in points.items():
        check = gone.get(key[0])
        drop = check is not None and check(fields)
        found[key] = {
            name: value
            for name, value in fields.items()
            if not (drop and (name.endswith("_celsius") or name == "duty"))
        }
    return found


def of(points: Points, *measurements: str) -> Points:
    """Return the points of some measurements."""
    return {key: fields for key, fields in points.items() if key[0] in measurements}


def _place(dice: Random) -> tuple[str, str]:
    return dice.choice(PLACES)


def _readings(dice: Random, number: int) -> Fact:
    place, gateway = _place(dice)
    probe = f"{place}-{dice.choice(['load', 'air'])}"
    start_ms = T0 + dice.randrange(0, 3 * DAY - HOUR, 30_000)
    times = [start_ms + 60_000 * i for i in range(dice.randint(1, 60))]
    values = [None if dice.random() < 0.05 else dice.randrange(1_000_000, 9_000_000, 62_500) for _ in times]
    row = words.samples(times, values, probe=probe, gateway=gateway, epoch=f"e{number}", source_rank=number)

    def fact(session: Session) -> None:
        session.readings.append_samples(row)

    return fact


def _entry(kind: EntryKind, *payloads: object) -> Fact:
    def fact(session: Session) -> None:
        session.ledger.append([words.draft(kind, one) for one in payloads], END)  # type: ignore[arg-type]

    return fact


def _door(dice: Random, number: int) -> Fact:
    place = dice.choice(["fridge-1", "fridge-2"])
    kind = dice.choice([EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED])
    at_ms = T0 + dice.randrange(3 * DAY)
    said = words.event(number, place=place, origin=f"{place}-door", kind=kind.value, taken_ms=at_ms)
    return _entry(EntryKind.DEVICE_EVENT, said)


def _work(dice: Random, number: int) -> Fact:
    place, _ = _place(dice)
    kind = dice.choice(list(WorkKind))
    probe = "" if kind is WorkKind.OUT_OF_USE else f"{place}-load"
    at_ms = T0 + dice.randrange(3 * DAY)
    word = words.work(at_ms, kind=kind, place=place, probe=probe, begins=dice.random() < 0.5, until_ms=None)
    return _entry(EntryKind.WORK_STATE, word)


def _calibration(dice: Random, number: int) -> Fact:
    one = Calibration(
        serial=dice.choice(["s-1", "s-2"]),
        from_ms=T0 + number * 1_000 + dice.randrange(2 * DAY) // HOUR * HOUR,
        version=1,
        offset_micro_celsius=dice.randrange(-500_000, 500_000, 62_500),
        certificate="c-1",
        name="李华",
        post="technician",
    )
    return _entry(EntryKind.CALIBRATION, one)


def _position(dice: Random, number: int) -> Fact:
    place, gateway = _place(dice)
    one = words.position(
        T0 + number * 1_000 + dice.randrange(2 * DAY) // HOUR * HOUR,
        probe=f"{place}-load",
        place=place,
        gateway=gateway,
        required=dice.random() < 0.3,
        serial=dice.choice(["s-1", "s-2"]),
    )
    return _entry(EntryKind.POSITION, one)


def _finding(dice: Random, number: int) -> Fact:
    place, _ = _place(dice)
    first = words.finding(f"f-{number}", place=place, probe=f"{place}-load", start_ms=T0 + dice.randrange(3 * DAY))
    status = dice.choice([FindingStatus.CLOSED, FindingStatus.WITHDRAWN])
    moved = words.finding(
        first.id,
        version=2,
        place=place,
        probe=first.probe,
        start_ms=T0 + dice.randrange(2 * DAY),
        status=status,
        end_ms=T0 + 3 * DAY,
        peak_micro_celsius=8_000_000,
        out_ms=1_000,
        unknown_ms=0,
    )
    return _entry(EntryKind.FINDING, *([first, moved] if dice.random() < 0.5 else [first]))


def _journey(dice: Random, number: int) -> Fact:
    packed_ms = T0 + dice.randrange(3 * DAY)
    packed = words.manifest(f"l-{number}", packed_ms=packed_ms)
    signed = [
        Handover(
            manifest=packed.id,
            party=party,
            content="00" * 32,
            units=packed.units,
            seal="",
            documents=(),
            at_ms=packed_ms + minutes * 60_000,
            name="李华",
            post="nurse",
        )
        for party, minutes in ((Party.GIVER, 5), (Party.RECEIVER, 200))
        if dice.random() < 0.6
    ]

    def fact(session: Session) -> None:
        session.ledger.append([words.draft(EntryKind.MANIFEST, packed)], END)
        session.ledger.append([words.draft(EntryKind.HANDOVER, one) for one in signed], END)

    return fact


def _alarm(dice: Random, number: int) -> Fact:
    place, _ = _place(dice)
    raised_ms = T0 + dice.randrange(3 * DAY)
    first = Alarm(
        id=f"a-{number}",
        version=1,
        rule="A01",
        subject_kind=SubjectKind.PROBE,
        subject=f"{place}-load",
        site="storage-1",
        place=place,
        severity=Severity.HIGH,
        now=Severity.HIGH,
        since_ms=raised_ms - 60_000,
        raised_ms=raised_ms,
        finding=f"f-{dice.randrange(40)}",
        waiting_ms=raised_ms,
        changed_ms=raised_ms,
    )
    versions = [first]
    act = AlarmAction(
        alarm=first.id,
        action=AlarmActionKind.ACKNOWLEDGE,
        at_ms=raised_ms + 60_000,
        comment="",
        name="王敏",
        post="night nurse",
        seen_version=1,
    )
    changes: list[dict[str, object]] = [
        {"rule": "A02", "severity": Severity.CRITICAL, "now": Severity.CRITICAL},
        {"acknowledged_ms": act.at_ms},
        {"rule": "A01"},
        {"cleared_ms": raised_ms + HOUR},
        {"acknowledged_ms": None, "cleared_ms": None},
    ]
    for change in changes:
        if dice.random() < 0.5:
            last = versions[-1]
            values = {name: getattr(last, name) for name in Alarm.__struct_fields__} | {"version": last.version + 1}
            versions.append(Alarm(**(values | change)))

    def fact(session: Session) -> None:
        session.ledger.append([words.draft(EntryKind.ALARM, one) for one in versions], END)
        session.ledger.append([words.draft(EntryKind.ALARM_ACTION, act)], END)

    return fact
