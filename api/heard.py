"""Where a tag was heard in a span, by every reader, and where the reads put it: for a bag that two readers hear."""

from collections import Counter
from typing import Final

import msgspec

from api.as_known import KnownAt
from coldchain.entries import Binding, StayRecord
from coldchain.facts import EventKind
from coldchain.places import Reader, ReaderPurpose
from coldchain.ports import Session
from rules.contested import RSSI
from rules.cross_read import Hearing, decide, is_stray
from rules.read_rate import RATE_PERMILLE

DBM: Final = "dbm"
HEARD_WINDOW_MS: Final = 3_600_000  # an hour of every reader's summaries is looked through


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """How one antenna heard the tag: in `seen` of `cycles` complete cycles, at best with `best_rssi_dbm`.

    `rssi` says what the strength is: "dbm", "raw" (the reader's own unit) or "none"; only dBm are compared.
    `seen_by_reader`: in how many cycles any antenna of the reader heard it; that is what places are told apart by.
    """

    reader: str
    place: str
    antenna: int
    seen: int
    seen_by_reader: int
    cycles: int
    best_rssi_dbm: int
    rssi: str


class Stray(msgspec.Struct, frozen=True, kw_only=True):
    """Reads of an antenna into whose place the tag does not belong."""

    reader: str
    antenna: int
    reads: int


class HeardView(KnownAt, frozen=True, kw_only=True):
    """Where a tag was heard. `reader`: the one in whose place it is by these reads (None: they do not tell).

    It is no movement: stays follow doors, scans and what readers have decided.
    """

    epc: str
    from_ms: int
    to_ms: int
    heard: list[Heard]
    reader: str | None
    strays: list[Stray]


class AntennaStrays(msgspec.Struct, frozen=True, kw_only=True):
    """How often an antenna read units that were elsewhere: `strays` of its `reads` (one a cycle and tag), `units`."""

    reader: str
    place: str
    antenna: int
    reads: int
    strays: int
    units: list[str]


class StraysView(KnownAt, frozen=True, kw_only=True):
    """The stray reads of every antenna in a span. Many of them: shield the fridge, or turn the antenna's power down."""

    from_ms: int
    to_ms: int
    items: list[AntennaStrays]


def strays_view(session: Session, from_ms: int, to_ms: int) -> StraysView:
    """Return how many reads of units that were certainly elsewhere each antenna made, by reader and antenna.

    It follows from reads and stays, so that reads and stays that come late are in it.
    """
    records, lives = session.records, _Lives(session)
    items = []
    for reader in (one for one in records.readers() if one.purpose is ReaderPurpose.ZONE):
        reads = Counter[int]()
        strays: dict[int, list[str]] = {}
        for summary in session.readings.tag_summaries(reader.id, from_ms, to_ms):
            reads[summary.antenna] += 1
            unit = lives.unit_of(summary.epc, summary.taken_ms)
            if unit and is_stray(reader.place, summary.taken_ms, lives.stays_of(unit)):
                strays.setdefault(summary.antenna, []).append(unit)
        items += [
            AntennaStrays(
                reader=reader.id,
                place=reader.place,
                antenna=antenna,
                reads=reads[antenna],
                strays=len(strays.get(antenna, [])),
                units=sorted(set(strays.get(antenna, []))),
            )
            for antenna in sorted(reads)
        ]
    return StraysView(from_ms=from_ms, to_ms=to_ms, items=items)


class _Lives:
    """Whose tags were whose, and where the units were; each is asked once."""

    def __init__(self, session: Session) -> None:
        self._records = session.records
        self._bindings: dict[str, tuple[Binding, ...]] = {}
        self._stays: dict[str, list[StayRecord]] = {}

    def unit_of(self, epc: str, at_ms: int) -> str:
        if epc not in self._bindings:
            self._bindings[epc] = self._records.bindings_of_epc(epc)
        bound = [one.unit for one in self._bindings[epc] if one.from_ms <= at_ms]
        return bound[-1] if bound else ""

    def stays_of(self, unit: str) -> list[StayRecord]:
        if unit not in self._stays:
            self._stays[unit] = [one for one in self._records.stays_of_unit(unit) if not one.withdrawn]
        return self._stays[unit]


def heard_view(session: Session, epc: str, from_ms: int, to_ms: int) -> HeardView:
    """Return what every reader heard of a tag with from_ms <= taken_ms < to_ms."""
    heard = [one for reader in session.records.readers() for one in _heard_by(session, reader, epc, from_ms, to_ms)]
    found = decide(
        [
            Hearing(
                zone=one.reader,
                antenna=one.antenna,
                seen=one.seen_by_reader,
                cycles=one.cycles,
                rssi_dbm=one.best_rssi_dbm if one.rssi == DBM else None,
                rate_permille=RATE_PERMILLE,
            )
            for one in heard
        ]
    )
    return HeardView(
        epc=epc,
        from_ms=from_ms,
        to_ms=to_ms,
        heard=heard,
        reader=found.zone,
        strays=[
            Stray(reader=one.reader, antenna=one.antenna, reads=one.seen)
            for one in heard
            if found.zone is not None and one.reader != found.zone
        ],
    )


def _heard_by(session: Session, reader: Reader, epc: str, from_ms: int, to_ms: int) -> list[Heard]:
    """Return how each antenna of a reader heard the tag, by antenna."""
    by_antenna: dict[int, list[int]] = {}
    times: set[int] = set()
    for summary in session.readings.tag_summaries(reader.id, from_ms, to_ms):
        if summary.epc == epc:
            by_antenna.setdefault(summary.antenna, []).append(summary.best_rssi_dbm)
            times.add(summary.taken_ms)
    if not by_antenna:
        return []
    events = session.records.events_of(reader.id, from_ms, to_ms)
    ended = [event for event in events if event.kind == EventKind.INVENTORY]
    cycles = sum("fault" not in event.details for event in ended)
    units = {str(event.details.get(RSSI, DBM)) for event in ended}
    return [
        Heard(
            reader=reader.id,
            place=reader.place,
            antenna=antenna,
            seen=len(levels),
            seen_by_reader=len(times),
            cycles=max(cycles, len(times)),  # of an incomplete cycle there are reads too
            best_rssi_dbm=max(levels),
            rssi=min(units - {DBM}, default=DBM),
        )
        for antenna, levels in sorted(by_antenna.items())
    ]
