"""Which sums an entry of the ledger changes, and from when on: of which place they have to be made anew.

What a reading is worth follows from the calibration of its instrument, from who confirmed where it hangs and from work
on the place; what a day shows besides, from findings and doors; a journey from its packing list and its signatures.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from coldchain.arrival import later_of_the_way
from coldchain.calibration import Calibration
from coldchain.closed_loop import Handover, Party
from coldchain.commission import Commissioning, Position, WorkKind, WorkWord
from coldchain.entries import Entry, EntryKind, Manifest, RecordedEvent, StayRecord
from coldchain.facts import EventKind
from coldchain.ports import Records, Session
from coldchain.profiles import PlaceProfile
from coldchain.units import Finding
from stores.mirror_sums import Back
from stores.mirror_trips import packed_before
from stores.points import Setup

DOORS: Final = frozenset({EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED})
OF_A_BOX: Final = frozenset({EventKind.BOX_READY, EventKind.BOX_NOT_READY, EventKind.PRECONDITIONING_BEGAN})
_WORDS: Final = tuple(f'"{kind.value}"'.encode() for kind in (*DOORS, *OF_A_BOX, EventKind.WIRING))

_Asked: TypeAlias = Callable[[Session, Setup, Any], Iterable[Back]]


def backs_of(session: Session, setup: Setup, entry: Entry) -> list[Back]:
    """Return the places whose sums an entry changes, each with the time from which on."""
    known = _ASKED.get(entry.kind)
    if known is None or (entry.kind is EntryKind.DEVICE_EVENT and not any(word in entry.payload for word in _WORDS)):
        return []
    kind, ask = known
    return list(ask(session, setup, msgspec.json.decode(entry.payload, type=kind)))


def _finding(_session: Session, _setup: Setup, finding: Finding) -> Iterator[Back]:
    """Where it began in earlier versions, stores.mirror_findings knows."""
    yield finding.place, finding.start_ms


def _event(session: Session, setup: Setup, event: RecordedEvent) -> Iterator[Back]:
    if event.kind in DOORS and event.place:
        yield event.place, event.taken_ms
    elif event.kind == EventKind.WIRING and event.origin in setup.probes:
        yield setup.probes[event.origin].place, event.taken_ms
    elif event.kind in OF_A_BOX:
        for place in sorted({probe.place for probe in setup.probes.values() if probe.gateway == event.gateway}):
            packed_ms = packed_before(session, place, event.taken_ms)
            if packed_ms is not None:
                yield place, packed_ms


def _calibration(session: Session, setup: Setup, one: Calibration) -> Iterator[Back]:
    places = {position.place for position in session.records.positions_of_serial(one.serial)}
    places |= {probe.place for probe in setup.probes.values() if probe.serial == one.serial}
    yield from ((place, one.from_ms) for place in sorted(places))


def _position(_session: Session, _setup: Setup, one: Position) -> Iterator[Back]:
    yield one.place, one.from_ms


def _commissioning(_session: Session, _setup: Setup, one: Commissioning) -> Iterator[Back]:
    yield one.place, min(one.from_ms, one.began_ms)


def _work(_session: Session, _setup: Setup, one: WorkWord) -> Iterator[Back]:
    yield one.place, one.at_ms


def _stay(session: Session, _setup: Setup, one: StayRecord) -> Iterator[Back]:
    """A place that is out of use counts while somebody may be inside."""
    if _was_out_of_use(session.records, one.place):
        yield one.place, one.possible_from_ms


def _was_out_of_use(records: Records, place: str) -> bool:
    return any(word.kind is WorkKind.OUT_OF_USE for word in records.work_in(place))


def _profile(_session: Session, _setup: Setup, one: PlaceProfile) -> Iterator[Back]:
    yield one.place, one.from_ms


def _manifest(session: Session, _setup: Setup, one: Manifest) -> Iterator[Back]:
    before_ms = packed_before(session, one.box, one.packed_ms - 1)
    yield one.box, one.packed_ms if before_ms is None else before_ms


def _amended(_session: Session, _setup: Setup, one: Manifest) -> Iterator[Back]:
    yield one.box, one.packed_ms


def _handover(session: Session, _setup: Setup, one: Handover) -> Iterator[Back]:
    manifest = session.records.manifest(one.manifest)
    if manifest is None:
        return
    yield manifest.box, manifest.packed_ms
    if one.party is Party.RECEIVER:  # later journeys of the same way may be expected by how long this one lasted
        yield from ((later.box, later.packed_ms) for later in later_of_the_way(session, manifest, one.at_ms))


_ASKED: Final[Mapping[EntryKind, tuple[type[msgspec.Struct], _Asked]]] = {
    EntryKind.FINDING: (Finding, _finding),
    EntryKind.DEVICE_EVENT: (RecordedEvent, _event),
    EntryKind.CALIBRATION: (Calibration, _calibration),
    EntryKind.POSITION: (Position, _position),
    EntryKind.COMMISSIONING: (Commissioning, _commissioning),
    EntryKind.WORK_STATE: (WorkWord, _work),
    EntryKind.STAY: (StayRecord, _stay),
    EntryKind.PLACE_PROFILE: (PlaceProfile, _profile),
    EntryKind.MANIFEST: (Manifest, _manifest),
    EntryKind.MANIFEST_AMENDMENT: (Manifest, _amended),
    EntryKind.HANDOVER: (Handover, _handover),
}
