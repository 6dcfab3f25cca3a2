"""Stays follow presence events, placements and bindings; each keeps its number while it overlaps the old one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from coldchain.entries import Draft, EntryKind, StayRecord
from coldchain.ports import Session
from coldchain.units import Stay
from ingest.aggregation import carried
from ingest.conflicts import conflict_drafts
from ingest.contests import settled_events
from ingest.known import ACTOR, Known, site_of
from ingest.unpacked import Lists, read_from
from rules.clock_bounds import DOUBT_MAX_MS
from rules.clock_words import may_meet
from rules.custody import Word, stays_of, words_of
from rules.expected import expected_words
from rules.identity import OPEN_END_MS
from rules.lineage import until_end

APART_MAX_MS: Final = 2 * DOUBT_MAX_MS  # as far as the clocks of a probe and of a reader may be apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Restayed:
    """What changed stays touch: findings that they may meet, and places, each from when on.

    `read`: its stays as they are now if a reader undoubtedly had it in one from another instant on than was known.
    """

    findings: set[str]
    places: dict[str, int]
    read: tuple[StayRecord, ...] | None


def restay(session: Session, known: Known, unit: str, now_ms: int, lists: Lists) -> Restayed:
    """Work out a unit's stays anew; return what its changed stays touch. `lists`: what others of its lists say."""
    records = session.records
    bindings = records.bindings_of_unit(unit)
    epcs = sorted({binding.epc for binding in bindings})
    events = {epc: records.presence_of_epc(epc) for epc in epcs}
    words = words_of(
        bindings,
        [rival for epc in epcs for rival in records.bindings_of_epc(epc)],
        [event for epc in epcs for event in settled_events(session, epc, events[epc], now_ms)],
        records.placements_of_unit(unit),
        [end for epc in epcs for end in records.retirements_of_epc(epc)],
        _expected(session, unit, lists),
    )
    stays = _stays(session, known, unit, words)
    old = records.stays_of_unit(unit)
    changed = _renumber(stays, old)
    for record in changed:
        draft = Draft(kind=EntryKind.STAY, actor=ACTOR, site=site_of(session, record.place), payload=record)
        session.ledger.append([draft], now_ms)
    for epc in epcs:
        session.ledger.append(conflict_drafts(session, epc, events[epc]), now_ms)
    before = {record.number: record for record in old}
    findings: set[str] = set()
    places: dict[str, int] = {}
    for record in changed:
        for state in (record, before.get(record.number)):
            if state is not None:
                window = (state.possible_from_ms, state.possible_to_ms or OPEN_END_MS)
                near = (max(0, window[0] - APART_MAX_MS), min(OPEN_END_MS, window[1] + APART_MAX_MS))
                met = records.findings(place=state.place, overlapping=near)
                findings |= {one.id for one in met if one.holds and may_meet(one, window, known.stay_clocks)}
                places[state.place] = min(window[0], places.get(state.place, window[0]))
    after = {record.number: record for record in (*old, *changed)}
    was, now = [{(one.place, read_from(one)) for one in state.values()} for state in (before, after)]
    moved = any(at_ms is not None for _, at_ms in was ^ now)
    return Restayed(findings=findings, places=places, read=tuple(after.values()) if moved else None)


def _expected(session: Session, unit: str, lists: Lists) -> list[Word]:
    """Return what lists say of a unit where nobody has read it."""
    records = session.records
    found = (records.receipt(name) for name in records.receipts_of_unit(unit))
    receipts = [one for one in found if one is not None]
    packed = {one.manifest: records.manifest(one.manifest) for one in receipts if one.manifest}
    boxes = {name: one.box for name, one in packed.items() if one is not None and unit in one.units}
    unpacked = [one for manifest in lists.of_unit(unit) for one in lists.unpacked(manifest, unit)]
    return expected_words(unit, receipts, boxes, unpacked)


def _stays(session: Session, known: Known, unit: str, words: Sequence[Word]) -> list[Stay]:
    """Return a unit's stays up to its end, each where its container stood."""
    watched = known.zones()
    end = session.records.unit_end(unit)
    if end is None:
        return carried(session, stays_of(unit, words, watched))
    before = [word for word in words if word.at_ms <= end.at_ms]
    return carried(session, until_end(stays_of(unit, before, watched), end.at_ms))


def _renumber(stays: Iterable[Stay], old: Iterable[StayRecord]) -> list[StayRecord]:
    """Return the stay records that have changed: a stay keeps the number of the one that it overlaps in its place."""
    known = list(old)
    free = [record for record in known if not record.withdrawn]
    number = max((record.number for record in known), default=0)
    changed = []
    for stay in stays:
        same = next((record for record in free if _same(record, stay)), None)
        if same is None:
            number += 1
            changed.append(_stay_record(stay, number))
            continue
        free.remove(same)
        record = _stay_record(stay, same.number)
        if record != same:
            changed.append(record)
    changed += [msgspec.structs.replace(record, withdrawn=True) for record in free]
    # What ends comes before what begins: a unit is undoubtedly in one place at most, at every entry.
    return sorted(changed, key=lambda record: record.undoubted)


def _same(record: StayRecord, stay: Stay) -> bool:
    apart = (
        record.place != stay.place
        or (record.possible_to_ms is not None and record.possible_to_ms <= stay.possible_from_ms)
        or (stay.possible_to_ms is not None and stay.possible_to_ms <= record.possible_from_ms)
    )
    return not apart or (record.place == stay.place and record.possible_from_ms == stay.possible_from_ms)


def _stay_record(stay: Stay, number: int) -> StayRecord:
    return StayRecord(number=number, **{name: getattr(stay, name) for name in stay.__struct_fields__})
