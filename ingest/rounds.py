"""Manual rounds and counts: what people saw, put beside what probes, readers and the record say of that moment."""

from typing import Final

import msgspec

from coldchain.entries import Draft, EntryKind, StayRecord, stay_of
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.evidence import held_reading
from coldchain.places import ProbeRole, ReaderPurpose
from coldchain.ports import Session
from coldchain.rounds import ManualReading, RecordCount, RecordRound, StockCount
from ingest.drafted import Drafted, known_place, require_signed, require_unit
from ingest.known import profile_of
from rules.counted import ALL_COUNTS, counted_in, work_of

TYPED_MICRO_CELSIUS: Final = (-200_000_000, 80_000_000)  # beyond it somebody mistyped
COUNTED_MAX: Final = 10_000
READ_BACK_MS: Final = 600_000  # a reader goes through its cabinet every minute or two


def _held(session: Session, fact: RecordRound, probe: str) -> tuple[int, int] | None:
    """Return what a probe said then, corrected; None where what it said does not count."""
    here = session.records.equipment().probes_in.get(fact.place, ())
    counted = counted_in(work_of(session.records, fact.place, here)).get(probe, ALL_COUNTS)
    return held_reading(session, probe, fact.at_ms, profile_of(session, fact.place).hold_ms, counted.spoken)


def rounded(session: Session, fact: RecordRound) -> Drafted:
    """Return the entry of a manual reading with its comparison. Raises as all of these do, with nothing changed."""
    require_signed(fact.name, fact.post)
    place = known_place(session, fact.place)
    low, high = TYPED_MICRO_CELSIUS
    if not low <= fact.micro_celsius <= high or fact.allowed_micro_celsius < 0:
        msg = "the temperature on the display cannot be: type it in degrees Celsius, from -200 to 80"
        raise InvalidValueError(msg)
    probe = _required_probe(session, fact)
    held = _held(session, fact, probe) if probe else None
    made = ManualReading(
        place=fact.place,
        at_ms=fact.at_ms,
        micro_celsius=fact.micro_celsius,
        probe=probe,
        probe_micro_celsius=held[0] if held else None,
        probe_taken_ms=held[1] if held else None,
        allowed_micro_celsius=fact.allowed_micro_celsius,
        name=fact.name,
        post=fact.post,
        note=fact.note,
        hours=fact.hours,
    )
    known = session.records.manual_reading(fact.place, fact.at_ms)
    if known is not None:
        said = (made.micro_celsius, made.name, made.post, made.note)
        if (known.micro_celsius, known.name, known.post, known.note) == said:
            return Drafted()
        msg = (
            f"another reading of the display of {fact.place}, or another note to it, is recorded for that very "
            "millisecond: read it once more and say that; nothing was changed"
        )
        raise ConflictError(msg)
    return Drafted(drafts=[Draft(kind=EntryKind.MANUAL_READING, actor=fact.actor, site=place.site, payload=made)])


def counted_stock(session: Session, fact: RecordCount) -> Drafted:
    """Return the entry of a count beside the record and the reader. Raises as all of these do, with nothing changed."""
    require_signed(fact.name, fact.post)
    place = known_place(session, fact.place)
    _require_countable(session, fact)
    certain, possible = _recorded(session, fact.place, fact.at_ms)
    made = StockCount(
        place=fact.place,
        at_ms=fact.at_ms,
        counted=fact.counted,
        scanned=tuple(sorted(set(fact.scanned))),
        unknown=tuple(sorted(set(fact.unknown))),
        certain=certain,
        possible=possible,
        read=_read(session, fact.place, fact.at_ms),
        name=fact.name,
        post=fact.post,
    )
    known = session.records.stock_count(fact.place, fact.at_ms)
    if known is not None:
        if _said(known) == _said(made):
            return Drafted()
        msg = f"another count of {fact.place} is recorded for that very millisecond"
        raise ConflictError(msg)
    return Drafted(drafts=[Draft(kind=EntryKind.STOCK_COUNT, actor=fact.actor, site=place.site, payload=made)])


def _required_probe(session: Session, fact: RecordRound) -> str:
    probes = list(session.records.equipment().probes_in.get(fact.place, ()))
    probes.sort(key=lambda probe: (probe.role is not ProbeRole.LOAD, probe.id))
    if fact.probe and fact.probe not in {probe.id for probe in probes}:
        msg = f"probe {fact.probe} is not one of place {fact.place}"
        raise UnknownThingError(msg)
    return fact.probe or (probes[0].id if probes else "")


def _require_countable(session: Session, fact: RecordCount) -> None:
    if fact.counted is None and not fact.scanned and not fact.unknown:
        msg = "say how many there are (0 if there is nothing inside), or scan them"
        raise InvalidValueError(msg)
    scanned = len(fact.scanned) + len(fact.unknown)
    if not 0 <= (fact.counted or 0) <= COUNTED_MAX or scanned > COUNTED_MAX:
        msg = f"a count of more than {COUNTED_MAX} bags in one place cannot be"
        raise InvalidValueError(msg)
    for unit in fact.scanned:
        require_unit(session, unit)


def _recorded(session: Session, place: str, at_ms: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the units that are certainly, and those that are only possibly, in a place at an instant by the record."""
    stays = session.records.stays_in_place(place, at_ms, at_ms + 1)
    certain = {stay.unit for stay in stays if _certain_at(stay, at_ms)}
    possible = {stay.unit for stay in stays} - certain
    return tuple(sorted(certain)), tuple(sorted(possible))


def _certain_at(record: StayRecord, at_ms: int) -> bool:
    stay = stay_of(record)
    if stay.certain_from_ms is None or stay.certain_from_ms > at_ms:
        return False
    return stay.certain_to_ms is None or at_ms < stay.certain_to_ms


def _read(session: Session, place: str, at_ms: int) -> tuple[str, ...] | None:
    """Return the units whose tags the readers inside a place heard lately; None where none looks into it."""
    readers = [one for one in session.records.readers() if one.place == place and one.purpose is ReaderPurpose.ZONE]
    if not readers:
        return None
    heard = {
        summary.epc
        for reader in readers
        for summary in session.readings.tag_summaries(reader.id, at_ms - READ_BACK_MS, at_ms + 1)
    }
    bound = [[one for one in session.records.bindings_of_epc(epc) if one.from_ms <= at_ms] for epc in heard]
    return tuple(sorted({of_tag[-1].unit for of_tag in bound if of_tag}))


def _said(count: StockCount) -> tuple[object, ...]:
    return msgspec.structs.astuple(msgspec.structs.replace(count, certain=(), possible=(), read=None))
