"""Where a tag was heard in a span, by every reader, and where the reads put it: for a bag that two readers hear."""

from typing import Final

import msgspec

from coldchain.facts import EventKind
from coldchain.places import Reader
from coldchain.ports import Session
from rules.cross_read import Hearing, decide
from rules.read_rate import RATE_PERMILLE

HEARD_WINDOW_MS: Final = 3_600_000  # an hour of every reader's summaries is looked through


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """How one antenna heard the tag: in `seen` of `cycles` complete cycles, at best with `best_rssi_dbm`.

    `seen_by_reader`: in how many cycles any antenna of the reader heard it; that is what places are told apart by.
    """

    reader: str
    place: str
    antenna: int
    seen: int
    seen_by_reader: int
    cycles: int
    best_rssi_dbm: int


class Stray(msgspec.Struct, frozen=True, kw_only=True):
    """Reads of an antenna into whose place the tag does not belong."""

    reader: str
    antenna: int
    reads: int


class HeardView(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tag was heard. `reader`: the one in whose place it is by these reads (None: they do not tell).

    It is no movement: stays follow doors, scans and what readers have decided.
    """

    epc: str
    from_ms: int
    to_ms: int
    heard: list[Heard]
    reader: str | None
    strays: list[Stray]


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
                rssi_dbm=one.best_rssi_dbm,
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
    cycles = sum(event.kind == EventKind.INVENTORY and "fault" not in event.details for event in events)
    return [
        Heard(
            reader=reader.id,
            place=reader.place,
            antenna=antenna,
            seen=len(levels),
            seen_by_reader=len(times),
            cycles=max(cycles, len(times)),  # of an incomplete cycle there are reads too
            best_rssi_dbm=max(levels),
        )
        for antenna, levels in sorted(by_antenna.items())
    ]
