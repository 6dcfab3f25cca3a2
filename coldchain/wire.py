"""The JSON between gateway and centre, version 1. docs/wire.md and its schema own the format.

Columns, because a batch repeats the same few names; `v, gateway, epoch, first_seq, last_seq` are frozen for all
versions, so that a centre can answer a version that it does not know.
"""

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from coldchain.canonical import INTEGER_MAX
from coldchain.facts import ClockState, DeviceEvent, EventKind, Fact, Gap, Quality, Sample, TagSummary
from coldchain.identifiers import ID_PATTERN, is_id

VERSION: Final = 1
ITEMS_MAX: Final = 500
PAYLOAD_BYTES_MAX: Final = 256 * 1024
RANGES_MAX: Final = 1_000  # in an ack; a gateway whose ranges are more broken hears of the lowest ones first
REFUSED_MAX: Final = 100
DETAILS_MAX: Final = 32
OPTIONAL: Final = frozenset({"centroid_ms"})  # columns that came later, and that may be left out
# Kinds of events that came later and are said only to a centre whose acks name them: an older one refuses them.
ASKED_KINDS: Final = (EventKind.SIGNAL,)
READS_MAX: Final = 64

# \Z and not $, which would let a line feed at the end pass.
Id: TypeAlias = Annotated[str, msgspec.Meta(pattern=rf"^{ID_PATTERN}\Z")]
Epc: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9A-F]{4}){1,31}\Z")]
Sha256: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Signature: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{128}\Z")]
Seq: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
Millis: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
Offset: TypeAlias = Annotated[int, msgspec.Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
MicroCelsius: TypeAlias = Annotated[int, msgspec.Meta(ge=-273_150_000, le=1_000_000_000)]
# An integer that canonical JSON could not spell would be admitted and then never be recorded.
Details: TypeAlias = Annotated[
    dict[
        Annotated[str, msgspec.Meta(max_length=32)],
        Annotated[int, msgspec.Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)] | Annotated[str, msgspec.Meta(max_length=200)],
    ],
    msgspec.Meta(max_length=DETAILS_MAX),
]


class _Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    seq: list[Seq] = []
    origin: list[Id] = []
    origin_seq: list[Count | None] = []
    taken_ms: list[Millis] = []
    boottime_ms: list[Millis] = []


class SampleColumns(_Columns, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Samples by column, all of one length."""

    device_ms: list[Millis | None] = []
    micro_celsius: list[MicroCelsius | None] = []
    quality: list[Quality] = []


class TagColumns(_Columns, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Tag summaries by column, all of one length; `centroid_ms` is left out where no summary has one."""

    epc: list[Epc] = []
    antenna: list[Annotated[int, msgspec.Meta(ge=0, le=255)]] = []
    count: list[Count] = []
    best_rssi_dbm: list[Annotated[int, msgspec.Meta(ge=-128, le=127)]] = []
    first_ms: list[Millis] = []
    last_ms: list[Millis] = []
    centroid_ms: list[Millis | None] = []


class EventColumns(_Columns, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Device events by column, all of one length."""

    kind: list[EventKind] = []
    earliest_ms: list[Millis | None] = []
    latest_ms: list[Millis | None] = []
    epc: list[Epc | None] = []
    details: list[Details] = []


class GapColumns(_Columns, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Declared gaps by column, all of one length."""

    from_ms: list[Millis] = []
    to_ms: list[Millis] = []
    reason: list[Annotated[str, msgspec.Meta(max_length=64)]] = []
    lost: list[Count] = []


class Lane(StrEnum):
    """Which way of the uplink a batch took."""

    LIVE = "live"  # alarms, states and what was measured last, before older rows: it closes no number but its items'
    BACKFILL = "backfill"  # what waited in the spool, oldest first


class Up(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One batch of a gateway. All its items share one boot and one clock state.

    `oldest_unsent_taken_ms`: the oldest taken_ms (of a gap: its from_ms) that the gateway has accepted, or may still
    accept, has no ack for, and does not send in this batch; None when there is none. Everything before it (or
    before sent_ms) has then reached the centre. A number in first_seq..last_seq that no item carries was committed
    before or will never come; last_seq is the number of the last item, so that the span ends with what is carried.
    An empty batch (last_seq = first_seq - 1) is a sign of life that moves the mark.
    `sent_boottime_ms`: the clock that never steps, asked together with sent_ms; None where `boot` is not the run that
    sends, whose clock says nothing of an earlier one.
    `boot_offset_ms`: of an earlier run, what its wall clock was ahead of its clock that never steps, as far as it was
    last known to be right; None: unknown.
    `sig`: the gateway's Ed25519 signature over the payload without it, always the last member (coldchain/signed.py).
    `lane`: None is a single file of rows in order of seq. In the live lane a number that no item carries says nothing.
    """

    v: int
    gateway: Id
    epoch: Id
    first_seq: Seq
    last_seq: Count
    boot: Id
    sent_ms: Millis
    clock: ClockState
    sent_boottime_ms: Millis | None = None
    boot_offset_ms: Offset | None = None
    oldest_unsent_taken_ms: Millis | None = None
    lane: Lane | None = None
    samples: SampleColumns = SampleColumns()
    tags: TagColumns = TagColumns()
    events: EventColumns = EventColumns()
    gaps: GapColumns = GapColumns()
    sig: Signature | None = None

    @property
    def has_items(self) -> bool:
        """Whether it carries facts; without any it is a question or a sign of life."""
        return bool(self.samples.seq or self.tags.seq or self.events.seq or self.gaps.seq)

    @property
    def horizon_ms(self) -> int:
        """The time before which nothing of this gateway is still on its way."""
        mark = self.oldest_unsent_taken_ms
        return self.sent_ms if mark is None else min(mark, self.sent_ms)

    @property
    def clock_offset_ms(self) -> int | None:
        """Wall clock minus the clock that never steps, when the batch was made; None if the boot is an earlier one.

        Where an item's own difference is another, the wall clock was stepped after the item was stamped.
        """
        return None if self.sent_boottime_ms is None else self.sent_ms - self.sent_boottime_ms

    @property
    def stamped_offset_ms(self) -> int | None:
        """As clock_offset_ms, of an earlier boot what the gateway remembers of it; None if it remembers nothing."""
        return self.boot_offset_ms if self.sent_boottime_ms is None else self.clock_offset_ms


class Ack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that the centre has committed of one epoch: complete, so that repeating or losing one does no harm.

    `reads`: kinds of events that came later (ASKED_KINDS) and that this centre takes; of an older centre none.
    """

    v: int
    gateway: Id
    epoch: Id
    contiguous_seq: Count
    ranges: Annotated[list[tuple[Seq, Seq]], msgspec.Meta(max_length=RANGES_MAX)]
    refused: Annotated[list[Sha256], msgspec.Meta(max_length=REFUSED_MAX)]
    centre_ms: Millis
    reads: Annotated[list[Id], msgspec.Meta(max_length=READS_MAX)] = []


class GatewayHealth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a gateway says it is, at made_ms of its clock. For people; nothing is decided by it.

    `limits_version` 0: it has no limits, so that no local alarm sounds. `alarms`: how many stand there.
    """

    made_ms: Millis
    started_ms: Millis
    clock: ClockState
    spool_rows: Count
    oldest_unsent_ms: Millis | None = None
    limits_version: Count = 0
    alarms: Count = 0
    sounding: bool = False


class GatewayState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The retained `state` message; the broker publishes `online: false` as the last will, without `health`."""

    v: int
    gateway: Id
    epoch: Id
    boot: Id
    online: bool
    health: GatewayHealth | None = None


class Reason(StrEnum):
    """Why a payload was refused."""

    TOO_LARGE = "too-large"
    NOT_JSON = "not-json"
    UNKNOWN_VERSION = "unknown-version"
    NOT_THE_FORMAT = "not-the-format"
    WRONG_TOPIC = "wrong-topic"
    NOT_REGISTERED = "not-registered"
    QUARANTINE_FULL = "quarantine-full"
    BAD_SIGNATURE = "bad-signature"  # no signature where one is asked for, or one that no key of the gateway made
    FAILED_HERE = "failed-here"  # the centre's own fault: kept aside by the gateway until somebody has looked


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The part that is frozen for all versions."""

    v: int
    gateway: Id
    epoch: Id
    first_seq: Seq
    last_seq: Count


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A payload that is not taken, with its reason; `header` where at least that could be read."""

    reason: Reason
    detail: str
    sha256: str
    header: Header | None = None


_UP = msgspec.json.Decoder(Up)
_HEADER = msgspec.json.Decoder(Header)
_ACK = msgspec.json.Decoder(Ack)
_STATE = msgspec.json.Decoder(GatewayState)
_ENCODER = msgspec.json.Encoder()


def topic(site: str, gateway: str, leaf: str) -> str:
    """Return the MQTT topic of one gateway; leaf is up, ack, state or cmd."""
    return f"cc/v1/{site}/{gateway}/{leaf}"


def parse_topic(text: str) -> tuple[str, str, str] | None:
    """Return (site, gateway, leaf) of one of our topics, or None."""
    parts = text.split("/")
    if len(parts) != 5 or parts[:2] != ["cc", "v1"] or not is_id(parts[2]) or not is_id(parts[3]):
        return None
    return parts[2], parts[3], parts[4]


def payload_sha256(payload: bytes) -> str:
    """Return the name by which a payload is refused: its SHA-256 in lower-case hex."""
    return hashlib.sha256(payload).hexdigest()


def encode(message: Up | Ack | GatewayState) -> bytes:
    """Return the JSON bytes of a message."""
    return _ENCODER.encode(message)


def decode_up(payload: bytes) -> Up | Refused:
    """Read a batch; whatever cannot be taken comes back as Refused with its reason, never as an exception."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        return _refused(payload, Reason.TOO_LARGE, f"{len(payload)} bytes, at most {PAYLOAD_BYTES_MAX} are allowed")
    try:
        header = _HEADER.decode(payload)
    except msgspec.ValidationError as error:
        return _refused(payload, Reason.NOT_THE_FORMAT, str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refused(payload, Reason.NOT_JSON, str(error))
    if header.v != VERSION:
        return _refused(payload, Reason.UNKNOWN_VERSION, f"version {header.v}; this centre reads 1", header)
    try:
        up = _UP.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refused(payload, Reason.NOT_THE_FORMAT, str(error), header)
    fault = _fault(up)
    return _refused(payload, Reason.NOT_THE_FORMAT, fault, header) if fault else up


def decode_ack(payload: bytes) -> Ack | None:
    """Read an ack; None if it is not one (the gateway then waits for the next)."""
    try:
        ack = _ACK.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    well_formed = ack.v == VERSION and all(first <= last for first, last in ack.ranges)
    return ack if well_formed else None


def decode_state(payload: bytes) -> GatewayState | None:
    """Read a state message; None if it is not one."""
    try:
        state = _STATE.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return state if state.v == VERSION else None


def up_of(facts: Sequence[Fact], **head: Any) -> Up:  # noqa: ANN401 - the header fields of Up, by name
    """Return a batch of the given facts (in order of seq) under the given header fields."""
    groups: dict[str, Any] = {
        "samples": _columns(SampleColumns, [f for f in facts if isinstance(f, Sample)]),
        "tags": _spoken(_columns(TagColumns, [f for f in facts if isinstance(f, TagSummary)])),
        "events": _columns(EventColumns, [f for f in facts if isinstance(f, DeviceEvent)]),
        "gaps": _columns(GapColumns, [f for f in facts if isinstance(f, Gap)]),
    }
    # A group without items is left out: most batches are small, and some lines are paid for by the byte.
    return Up(v=VERSION, **head, **{name: group for name, group in groups.items() if group.seq})


def facts_of(up: Up) -> list[Fact]:
    """Return the facts of a batch in order of seq."""
    facts: list[Fact] = [
        *_rows(Sample, up.samples),
        *_rows(TagSummary, up.tags),
        *_rows(DeviceEvent, up.events),
        *_rows(Gap, up.gaps),
    ]
    facts.sort(key=lambda fact: fact.seq)
    return facts


_C = TypeVar("_C", bound=_Columns)
_F = TypeVar("_F", Sample, TagSummary, DeviceEvent, Gap)


def _columns(kind: type[_C], facts: Sequence[Fact]) -> _C:
    return kind(**{name: [getattr(fact, name) for fact in facts] for name in kind.__struct_fields__})


def _rows(kind: type[_F], columns: _Columns) -> Iterable[_F]:
    names = _said(columns)
    lists = [getattr(columns, name) for name in names]
    return (kind(**dict(zip(names, row, strict=True))) for row in zip(*lists, strict=True))


def _said(columns: _Columns) -> list[str]:
    """Return the names of the columns that a group has: one that is optional may be left out as a whole."""
    return [name for name in columns.__struct_fields__ if name not in OPTIONAL or getattr(columns, name)]


def _spoken(tags: TagColumns) -> TagColumns:
    """Leave out the centroids where no summary has one, so that a centre that does not know them reads the batch."""
    return tags if any(at_ms is not None for at_ms in tags.centroid_ms) else replace(tags, centroid_ms=[])


def _fault(up: Up) -> str:
    """Say what is wrong with a batch that has the right types, or nothing."""
    if up.clock is ClockState.ANCHORED:
        return "only the centre works out times"
    seqs: list[int] = []
    for group in (up.samples, up.tags, up.events, up.gaps):
        if len({len(getattr(group, name)) for name in _said(group)}) != 1:
            return f"the columns of {type(group).__name__} differ in length"
        seqs += group.seq
    if len(seqs) > ITEMS_MAX:
        return f"{len(seqs)} items, at most {ITEMS_MAX} are allowed"
    if len(set(seqs)) != len(seqs):
        return "a seq stands twice in one batch"
    if seqs and (min(seqs) < up.first_seq or max(seqs) > up.last_seq):
        return "a seq lies outside first_seq..last_seq"
    # The whole span is committed. One that went on behind its last item would swallow what is still to come.
    if up.last_seq != max(seqs, default=up.first_seq - 1):
        return "last_seq is not the highest seq of the items; without items it is first_seq - 1"
    for quality, value in zip(up.samples.quality, up.samples.micro_celsius, strict=True):
        if (quality is Quality.GOOD) != (value is not None):
            return "a sample has a temperature exactly when its quality is 0"
    return ""


def _refused(payload: bytes, reason: Reason, detail: str, header: Header | None = None) -> Refused:
    return Refused(reason=reason, detail=detail[:500], sha256=payload_sha256(payload), header=header)
