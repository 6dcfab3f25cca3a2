"""A filled store: one fridge through a day and a night with a compressor failure, its bags, and what became of them.

Readings are made by arithmetic; findings and exposures come from the rules, so every figure on a page fits the rest.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from coldchain.entries import Draft, EntryKind, RecordedEvent, StayRecord
from coldchain.facts import ClockState, EventKind, Quality
from coldchain.places import Contact, Gateway, Place, Probe, ProbeRole, Reader, Text
from coldchain.ports import Clock, Recorded, SampleRow, Session, Store
from coldchain.units import (
    Direction,
    Exposure,
    Finding,
    FindingKind,
    FindingStatus,
    Hold,
    PersonFact,
    Stay,
    Unit,
)
from ingest.people import person_drafts
from rules.excursion import FoldState, Watch, fold, standing
from rules.exposure import Durations, durations, expose
from rules.identity import Subject, finding_of
from rules.profile import Profile, load_profile, profile_record

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
NOW_MS: Final = 1_773_279_000_000  # 2026-03-12 09:30:00 in Shanghai
BEGIN_MS: Final = NOW_MS - 26 * HOUR_MS
STEP_MS: Final = 30_000
FAIL_MS: Final = NOW_MS - 7 * HOUR_MS - 20 * MINUTE_MS  # 02:10, the compressor stops
REPAIR_MS: Final = FAIL_MS + 95 * MINUTE_MS
SILENT_FROM_MS: Final = NOW_MS - 18 * HOUR_MS  # 15:30, somebody pulls the collector's plug
SILENT_TO_MS: Final = SILENT_FROM_MS + 41 * MINUTE_MS
DOORS_MS: Final = tuple(BEGIN_MS + hours * HOUR_MS + 7 * MINUTE_MS for hours in (1, 3, 6, 9, 12, 15, 23, 25))
HORIZON_LAG_MS: Final = 4_000

SITE: Final = "storage-1"
HELD: Final = "g1234-26-000101-0"
POSSIBLE: Final = "g1234-26-000102-0"
LEFT_BEFORE: Final = "g1234-26-000103-0"
WITHDRAWN: Final = "g1234-26-000104-0"
NEVER_SEEN: Final = "g1234-26-000105-0"
SILENT: Final = "silent-1"  # ten hours in a place whose probes never reported
UNPROBED: Final = "unprobed-1"  # ten hours in a place without a probe
UNLIMITED: Final = "unlimited-1"  # ten hours in a place whose limits are not loaded
SILENT_HOURS: Final = 10
CROWD: Final = 12  # further bags on hold

PROFILE_FILE: Final = Path(__file__).parents[2] / "rules" / "profiles" / "cn-rbc.toml"


@dataclass(slots=True)
class LedgerRecorder:
    """Recorder straight into the ledger, checked as the centre checks; nothing is judged anew."""

    store: Store
    clock: Clock

    def record(self, fact: PersonFact) -> Recorded:
        with self.store.writing() as session:
            now_ms = self.clock.now_ms()
            session.ledger.append(person_drafts(session, fact, now_ms).drafts, now_ms)
            return Recorded(seq=session.ledger.next_seq() - 1)


def fill(store: Store, *, awaited_ms: int = 0, running: bool = False) -> None:
    """Fill a store with the story; the last `awaited_ms` are still on their way; `running`: it is warm to this day."""
    profile = load_profile(PROFILE_FILE.read_bytes())
    horizon_ms = NOW_MS - max(HORIZON_LAG_MS, awaited_ms)
    with store.writing() as session:
        session.ledger.append([_draft(kind, thing) for kind, thing in _registry()], BEGIN_MS)
        for probe in ("fridge-1-load", "fridge-1-air"):
            session.readings.append_samples(_samples(probe, horizon_ms, running=running))
        session.books.raise_horizon("gw-1", horizon_ms, horizon_ms)
        session.ledger.append([_draft(EntryKind.UNIT, unit) for unit in units()], BEGIN_MS)
        session.ledger.append([_draft(EntryKind.STAY, stay) for stay in _stays()], BEGIN_MS)
        session.ledger.append([_draft(EntryKind.DEVICE_EVENT, event) for event in _events()], NOW_MS)
        _judge(session, profile, horizon_ms)


def add_unmeasured(store: Store) -> None:
    """Add places in which nothing was measured, each with a unit: silent probes, no probe, no limits."""
    of_units = {SILENT: "fridge-2", UNPROBED: "shelf-1", UNLIMITED: "freezer-1"}
    crowd = units()[-1]
    with store.writing() as session:
        for number, (unit, name) in enumerate(of_units.items()):
            place = Place(
                id=name,
                site=SITE,
                name=Text(zh=f"设备 {name}", en=f"Place {name}"),
                profile="cn-ffp" if unit == UNLIMITED else "cn-rbc",
                profile_version=1,
            )
            bag = msgspec.structs.replace(crowd, id=unit, donation_number=f"G12342600030{number}")
            stay = msgspec.structs.replace(
                _stays()[0],
                unit=unit,
                place=name,
                possible_from_ms=NOW_MS - SILENT_HOURS * HOUR_MS,
                certain_from_ms=NOW_MS - SILENT_HOURS * HOUR_MS,
                entered_by="person",
            )
            things = [(EntryKind.PLACE, place), (EntryKind.UNIT, bag), (EntryKind.STAY, stay)]
            session.ledger.append([_draft(kind, thing) for kind, thing in things], NOW_MS)
        for role in ProbeRole:
            probe = Probe(id=f"fridge-2-{role}", place="fridge-2", gateway="gw-1", role=role)
            session.ledger.append([_draft(EntryKind.PROBE, probe)], NOW_MS)


def units() -> list[Unit]:
    """Return the story's units."""
    names = [HELD, POSSIBLE, LEFT_BEFORE, WITHDRAWN, NEVER_SEEN]
    names += [f"g1234-26-{number:06d}-0" for number in range(201, 201 + CROWD)]
    groups = ("O RhD+", "A RhD+", "B RhD+", "AB RhD-")
    return [
        Unit(
            id=name,
            issuer="Blood centre 1",
            scheme="isbt128",
            donation_number=name[:5].upper() + name[6:8] + name[9:15],
            product_code="E0336",
            division="00",
            component="去白细胞悬浮红细胞 red cells, leucoreduced",
            blood_group=groups[index % 4],
            profile="cn-rbc",
            profile_version=1,
            expires_ms=NOW_MS + (12 + index) * 24 * HOUR_MS,
        )
        for index, name in enumerate(names)
    ]


def load_micro_celsius(taken_ms: int, *, running: bool = False) -> int:
    """Return the load probe's temperature: slow cycles, and the failure with its recovery; tenths of a degree."""
    cycle = (taken_ms // STEP_MS) % 80
    tenths = 38 + (cycle // 8 if cycle < 40 else (80 - cycle) // 8)
    warm_until = NOW_MS if running else REPAIR_MS
    if taken_ms >= FAIL_MS:
        risen = (min(taken_ms, warm_until) - FAIL_MS) // (110_000 if not running else 900_000)
        fallen = max(0, taken_ms - warm_until) // 65_000
        tenths = max(tenths, 42 + risen - fallen)
    return tenths * 100_000


def air_micro_celsius(taken_ms: int, *, running: bool = False) -> int:
    """Return the air probe's temperature: wider cycles and a peak at every door opening."""
    cycle = (taken_ms // STEP_MS) % 40
    micro = load_micro_celsius(taken_ms, running=running) + (cycle if cycle < 20 else 40 - cycle) * 100_000 - 1_200_000
    for door_ms in DOORS_MS:
        if 0 <= taken_ms - door_ms < 6 * MINUTE_MS:
            micro += (6 * MINUTE_MS - (taken_ms - door_ms)) // MINUTE_MS * 600_000
    if FAIL_MS <= taken_ms < REPAIR_MS:
        micro += min((taken_ms - FAIL_MS) // (5 * MINUTE_MS), 14) * 100_000
    return micro


def _registry() -> list[tuple[EntryKind, msgspec.Struct]]:
    return [
        (EntryKind.PROFILE, profile_record(PROFILE_FILE.read_bytes())),
        (EntryKind.GATEWAY, Gateway(id="gw-1", site=SITE)),
        (
            EntryKind.PLACE,
            Place(
                id="fridge-1",
                site=SITE,
                name=Text(zh="储血冰箱 1", en="Blood fridge 1"),
                profile="cn-rbc",
                profile_version=1,
            ),
        ),
        (EntryKind.PROBE, Probe(id="fridge-1-load", place="fridge-1", gateway="gw-1", role=ProbeRole.LOAD)),
        (EntryKind.PROBE, Probe(id="fridge-1-air", place="fridge-1", gateway="gw-1", role=ProbeRole.AIR)),
        (EntryKind.CONTACT, Contact(id="fridge-1-door", place="fridge-1", gateway="gw-1")),
        (EntryKind.CONTACT, Contact(id="fridge-1-mains", place="fridge-1", gateway="gw-1")),
        (EntryKind.READER, Reader(id="fridge-1-reader", place="fridge-1", gateway="gw-1")),
    ]


def _samples(probe: str, until_ms: int, *, running: bool) -> SampleRow:
    value = load_micro_celsius if probe.endswith("load") else air_micro_celsius
    taken = [ms + 137 for ms in range(BEGIN_MS, until_ms - 137, STEP_MS) if not SILENT_FROM_MS <= ms < SILENT_TO_MS]
    count = len(taken)
    return SampleRow(
        probe=probe,
        gateway="gw-1",
        epoch="e1",
        received_ms=NOW_MS,
        source_rank=0,
        clock=ClockState.TRUSTED,
        boot="b1",
        seq=list(range(1, count + 1)),
        origin_seq=[None] * count,
        taken_ms=taken,
        boottime_ms=[ms - BEGIN_MS for ms in taken],
        device_ms=[None] * count,
        micro_celsius=[value(ms, running=running) for ms in taken],
        quality=[int(Quality.GOOD)] * count,
    )


def _stays() -> list[StayRecord]:
    first_door, second_door = DOORS_MS[0], DOORS_MS[1]
    crowd = [unit.id for unit in units()[5:]]
    certain = [
        StayRecord(
            unit=unit,
            number=1,
            place="fridge-1",
            possible_from_ms=first_door,
            certain_from_ms=first_door + MINUTE_MS,
            certain_to_ms=None,
            possible_to_ms=None,
            entered_by="reader",
            left_by=None,
            unseen_since_ms=None,
        )
        for unit in (HELD, *crowd)
    ]
    possible = msgspec.structs.replace(
        certain[0],
        unit=POSSIBLE,
        possible_from_ms=second_door,
        certain_from_ms=second_door + MINUTE_MS,
        certain_to_ms=DOORS_MS[4],
        unseen_since_ms=DOORS_MS[4] - 2 * MINUTE_MS,
    )
    left = msgspec.structs.replace(
        certain[0],
        unit=LEFT_BEFORE,
        certain_to_ms=DOORS_MS[4],
        possible_to_ms=DOORS_MS[4] + MINUTE_MS,
        left_by="reader",
    )
    return [*certain, possible, left, msgspec.structs.replace(left, unit=WITHDRAWN)]


def _events() -> list[RecordedEvent]:
    kinds = [(EventKind.DOOR_OPENED, at_ms) for at_ms in DOORS_MS]
    kinds += [(EventKind.DOOR_CLOSED, at_ms + MINUTE_MS) for at_ms in DOORS_MS]
    kinds += [(EventKind.MAINS_LOST, FAIL_MS - MINUTE_MS), (EventKind.MAINS_RESTORED, REPAIR_MS)]
    return [
        RecordedEvent(
            gateway="gw-1",
            epoch="e2",
            seq=number,
            place="fridge-1",
            origin="fridge-1-door" if kind.startswith("door") else "fridge-1-mains",
            kind=kind,
            boot="b1",
            origin_seq=None,
            taken_ms=at_ms,
            boottime_ms=at_ms - BEGIN_MS,
            earliest_ms=None,
            latest_ms=None,
            epc=None,
            details={},
        )
        for number, (kind, at_ms) in enumerate(sorted(kinds, key=lambda pair: pair[1]), start=1)
    ]


def _judge(session: Session, profile: Profile, horizon_ms: int) -> None:
    """Let the rules find what there is to find, and put units on hold for it."""
    for probe in (one for one in session.records.probes() if one.place == "fridge-1"):
        watch = Watch(profile=profile, role=probe.role, horizon_ms=horizon_ms)
        history = session.readings.history(probe.id, 0, NOW_MS)
        folded = fold(FoldState(), history, watch)
        episodes = folded.episodes + standing(folded.state, watch)
        for number, episode in enumerate(episodes, start=1):
            finding = finding_of(Subject(probe=probe, profile=profile), episode, f"f-{probe.role}-{number}", 1)

            def measure(from_ms: int, to_ms: int, probe: str = probe.id) -> Durations:
                part = session.readings.history(probe, from_ms - profile.hold_ms, to_ms)
                return durations(part, profile, from_ms, to_ms, horizon_ms)

            session.ledger.append([_draft(EntryKind.FINDING, finding)], NOW_MS)
            for unit in units():
                if unit.id == WITHDRAWN:
                    continue
                stays = [_stay(stay) for stay in session.records.stays_of_unit(unit.id)]
                exposure = expose(unit.id, finding, stays, measure)
                if exposure:
                    session.ledger.append([_draft(EntryKind.EXPOSURE, exposure), *_hold(finding, exposure)], NOW_MS)
    _withdraw(session)


def _withdraw(session: Session) -> None:
    """A finding that late facts took back: its exposure is withdrawn, its hold stays."""
    finding = Finding(
        id="f-withdrawn",
        version=2,
        kind=FindingKind.EXCURSION,
        rule="A01",
        place="fridge-1",
        probe="fridge-1-load",
        profile="cn-rbc",
        profile_version=1,
        status=FindingStatus.WITHDRAWN,
        holds=True,
        direction=Direction.TOO_COLD,
        start_ms=BEGIN_MS + 4 * HOUR_MS,
        condition_ms=BEGIN_MS + 4 * HOUR_MS + 5 * MINUTE_MS,
        end_ms=BEGIN_MS + 4 * HOUR_MS + 20 * MINUTE_MS,
        peak_micro_celsius=1_400_000,
        out_ms=20 * MINUTE_MS,
        unknown_ms=0,
        samples_out=40,
    )
    exposure = Exposure(
        unit=WITHDRAWN,
        finding=finding.id,
        place=finding.place,
        certain=True,
        from_ms=finding.start_ms,
        to_ms=finding.end_ms,
        out_ms_min=20 * MINUTE_MS,
        out_ms_max=20 * MINUTE_MS,
        unknown_ms_max=0,
        peak_micro_celsius=1_400_000,
        withdrawn=True,
    )
    hold = Hold(
        id="h-withdrawn",
        unit=WITHDRAWN,
        finding=finding.id,
        placed_ms=finding.condition_ms + 2_000,
        certain=True,
        basis_stands=False,
    )
    things = [(EntryKind.FINDING, finding), (EntryKind.EXPOSURE, exposure), (EntryKind.HOLD, hold)]
    session.ledger.append([_draft(kind, thing) for kind, thing in things], NOW_MS)


def _hold(finding: Finding, exposure: Exposure) -> list[Draft]:
    if not finding.holds:
        return []
    hold = Hold(
        id=f"h-{finding.id[2:]}-{exposure.unit[-8:]}",
        unit=exposure.unit,
        finding=finding.id,
        placed_ms=finding.condition_ms + 2_345,
        certain=exposure.certain,
    )
    return [_draft(EntryKind.HOLD, hold)]


def _stay(record: StayRecord) -> Stay:
    return Stay(**{name: getattr(record, name) for name in Stay.__struct_fields__})


def _draft(kind: EntryKind, thing: msgspec.Struct) -> Draft:
    return Draft(kind=kind, actor="story", site=SITE, payload=thing)
