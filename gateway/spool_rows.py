"""A fact as a row of the spool: how it is written and read, what is refused first, what a refused row means. Pure."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import msgspec

from coldchain.errors import ColdchainError
from coldchain.facts import ALARM_KINDS, PRESENCE_KINDS, DeviceEvent, EventKind, Fact, Gap, Sample, TagSummary

# Why rows are put aside; the gap that stands for them says so.
REFUSED: Final = "refused-by-centre"
TOO_LARGE: Final = "too-large-to-send"
UNREADABLE: Final = "unreadable"
EVICTED: Final = "evicted"  # given up because the spool was full
_PUT_ASIDE: Final = frozenset({REFUSED, TOO_LARGE, UNREADABLE})

_KINDS: Final[dict[type[Fact], str]] = {Sample: "sample", TagSummary: "tag", DeviceEvent: "event", Gap: "gap"}
_DECODERS: Final[dict[str, msgspec.msgpack.Decoder[Any]]] = {
    name: msgspec.msgpack.Decoder(kind) for kind, name in _KINDS.items()
}
_ENCODER: Final = msgspec.msgpack.Encoder()


# seq, boot, clock, kind, body, and what its check sum is to be checked against: crc, origin, taken_ms
Row = tuple[int, str, str, str, bytes, int | None, str, int]


class Rank(IntEnum):
    """How much a row is worth when room is short, and what goes up first after an outage: the highest."""

    BULK = 0  # tag summaries and inventories
    SAMPLE = 1
    KEPT = 2  # a sample that was left when the others around it were given up
    CUSTODY = 3  # who came and went; where a bag was follows from all of it, so it goes up in its order
    EVENT = 4
    URGENT = 5  # alarms, mains, what the gateway says of itself, and what is said of losses: never given up


_URGENT: Final = frozenset(
    {
        *ALARM_KINDS,
        *(EventKind.ALARM_MUTED, EventKind.MAINS_LOST, EventKind.MAINS_RESTORED, EventKind.UPS_ON_BATTERY),
        *(EventKind.UPS_ON_MAINS, EventKind.SPOOL_FULL, EventKind.SPOOL_ROOM, EventKind.SPOOL_REPAIRED),
        *(EventKind.CLOCK_SET, EventKind.CLOCK_STEPPED, EventKind.COMMAND_ANSWERED, EventKind.SETTINGS_CHANGED),
        *(EventKind.BOX_NOT_READY, EventKind.QUALIFICATION_OVER, EventKind.STORED_EXTREMES, EventKind.WIRING),
    }
)


def rank_of(fact: Fact) -> Rank:
    """Return what a fact is worth when room is short."""
    match fact:
        case TagSummary() | DeviceEvent(kind=EventKind.INVENTORY):
            return Rank.BULK
        case Sample():
            return Rank.SAMPLE
        case DeviceEvent(kind=kind) if kind in PRESENCE_KINDS:
            return Rank.CUSTODY
        case DeviceEvent(kind=kind) if kind not in _URGENT:
            return Rank.EVENT
        case _:
            return Rank.URGENT


def crc_of(seq: int, boot: str, clock: str, kind: str, origin: str, taken_ms: int, body: bytes) -> int:
    """Return the check sum of a row: SQLite has none of its own, and a flipped bit could make a wrong temperature."""
    return zlib.crc32(body, zlib.crc32(f"{seq} {boot} {clock} {kind} {origin} {taken_ms}".encode()))


def require_whole(row: Row) -> None:
    """Raise UnreadableRowError if a row is not what was written. Rows of older files have no check sum."""
    seq, boot, clock, kind, body, crc, origin, taken_ms = row
    if crc is not None and crc != crc_of(seq, boot, clock, kind, origin, taken_ms, body):
        raise UnreadableRowError(seq, "its check sum is wrong: the disk has changed it")


class UnreadableRowError(ColdchainError):
    """A row cannot be read: a newer version of the program wrote it, or the disk changed it. A dead letter."""

    def __init__(self, seq: int, detail: str) -> None:
        super().__init__(
            f"row {seq} of the spool cannot be read ({detail}): was a newer version of the program here, or is the "
            "disk failing?"
        )
        self.seq = seq


@dataclass(frozen=True, slots=True)
class Loss:
    """`lost` facts of one origin in [from_ms, to_ms] that the centre will not get."""

    origin: str
    from_ms: int
    to_ms: int
    lost: int


def columns_of(fact: Fact) -> tuple[str, str, int, int, bytes]:
    """Return kind, origin, taken_ms, mark_ms and body. A gap is awaited from the time that it speaks of."""
    mark_ms = min(fact.taken_ms, fact.from_ms) if isinstance(fact, Gap) else fact.taken_ms
    return _KINDS[type(fact)], fact.origin, fact.taken_ms, mark_ms, _ENCODER.encode(fact)


def fact_of(seq: int, kind: str, body: bytes) -> Fact:
    """Return the fact in a row. Raises UnreadableRowError."""
    try:
        fact: Fact = msgspec.structs.replace(_DECODERS[kind].decode(body), seq=seq)
    except (msgspec.MsgspecError, KeyError, ValueError) as error:
        raise UnreadableRowError(seq, str(error)) from error
    return fact


def taken(rows: list[Row], bytes_max: int) -> list[Row]:
    """Return the rows up to the first of another boot or clock state, or beyond bytes_max; never none of some."""
    stored = 0
    for count, row in enumerate(rows):
        stored += len(row[4])
        if count and (row[1:3] != rows[0][1:3] or stored > bytes_max):
            return rows[:count]
    return rows


def readable(rows: list[Row]) -> tuple[Fact, ...]:
    """Return the facts before the first row that cannot be read. Raises UnreadableRowError if that is the first."""
    facts: list[Fact] = []
    for row in rows:
        try:
            require_whole(row)
            facts.append(fact_of(row[0], row[3], row[4]))
        except UnreadableRowError:
            if not facts:
                raise
            break
    return tuple(facts)


def is_bulk(fact: Fact) -> bool:
    """Tell what is refused first: there are many of them and the time without them becomes a gap."""
    return rank_of(fact) <= Rank.SAMPLE


def loss_of(kind: str, origin: str, taken_ms: int, mark_ms: int, body: bytes) -> Loss | None:
    """Return what is lost with a row that is put aside; None for a gap that stands for such rows already."""
    try:
        fact = fact_of(0, kind, body)
    except UnreadableRowError:
        return Loss(origin, mark_ms, taken_ms, 1)
    if not isinstance(fact, Gap):
        return Loss(origin, taken_ms, taken_ms, 1)
    return None if fact.reason in _PUT_ASIDE else Loss(origin, fact.from_ms, fact.to_ms, fact.lost)


def gaps_of(losses: Sequence[Loss | None], reason: str, now_ms: int, boottime_ms: int) -> list[Gap]:
    """Return one gap for each origin that lost something."""
    by_origin: dict[str, list[Loss]] = {}
    for loss in losses:
        if loss is not None:
            by_origin.setdefault(loss.origin, []).append(loss)
    return [
        Gap(
            seq=0,
            origin=origin,
            taken_ms=now_ms,
            boottime_ms=boottime_ms,
            from_ms=min(loss.from_ms for loss in losses_here),
            to_ms=max(loss.to_ms for loss in losses_here),
            reason=reason,
            lost=sum(loss.lost for loss in losses_here),
        )
        for origin, losses_here in sorted(by_origin.items())
    ]
