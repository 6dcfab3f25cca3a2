"""What we ask of the world. Each port has one contract suite that its fake and its real adapter both pass."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import msgspec

from coldchain.block_ports import BlockLog
from coldchain.calibration import CalibrationRecords
from coldchain.device_ports import DeviceRecords
from coldchain.entries import (
    Draft,
    Entry,
    Issue,
    Manifest,
    Placement,
    RecordedEvent,
    RecordedGap,
    StayRecord,
)
from coldchain.equipment_ports import EquipmentRecords
from coldchain.facts import ClockState, TagSummary
from coldchain.later_ports import LaterRecords
from coldchain.lineage_ports import LineageRecords
from coldchain.lookback_ports import LookbackRecords
from coldchain.places import ProfileRecord
from coldchain.proof_ports import AsKnown, ProofRecords, Proofs
from coldchain.ranges import Range
from coldchain.retention_ports import RetentionLog
from coldchain.tag_ports import TagRecords
from coldchain.trust_ports import Digests, TrustRecords
from coldchain.units import Exposure, Finding, FindingStatus, Hold, PersonFact, Unit

if TYPE_CHECKING:
    from coldchain.history import History  # numpy: a gateway that asks for a Clock does without


class Clock(Protocol):
    """Asked once, where bytes arrive."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""

    def boottime_ms(self) -> int:
        """Return milliseconds of a clock that never steps."""

    def wait(self, milliseconds: int) -> None:
        """Let this much time pass."""


class SampleRow(msgspec.Struct, frozen=True, kw_only=True):
    """Samples of one probe out of one message, in columns of one length, taken_ms rising."""

    probe: str
    gateway: str
    epoch: str
    received_ms: int
    source_rank: int
    clock: ClockState
    boot: str
    seq: list[int]
    origin_seq: list[int | None]
    taken_ms: list[int]
    boottime_ms: list[int]
    device_ms: list[int | None]
    micro_celsius: list[int | None]
    quality: list[int]


class TagRow(msgspec.Struct, frozen=True, kw_only=True):
    """Tag summaries of one reader out of one message."""

    reader: str
    gateway: str
    epoch: str
    received_ms: int
    clock: ClockState
    boot: str
    summaries: list[TagSummary]


class LogCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How much the reading log holds."""

    samples: int
    tag_summaries: int


class ReadingLog(BlockLog, RetentionLog, Protocol):
    """Every admitted reading, append-only, under an admission sequence that only grows."""

    def append_samples(self, row: SampleRow) -> int:
        """Append and return the admission sequence. Raises InvalidValueError if columns differ in length."""

    def append_tags(self, row: TagRow) -> int:
        """Append and return the admission sequence."""

    def history(self, probe: str, from_ms: int, to_ms: int) -> "History":
        """Return the effective readings with from_ms <= taken_ms < to_ms (history.effective decides)."""

    def last_before(self, probe: str, at_ms: int) -> "History":
        """Return the one effective reading with the highest taken_ms < at_ms, or an empty history."""

    def samples_after(self, admission: int, limit: int) -> tuple[tuple[int, SampleRow], ...]:
        """Return up to limit (admission, row) of samples with a higher admission sequence, in its order."""

    def last_admission(self) -> int:
        """Return the highest admission sequence, of samples or tags (0 if there is none)."""

    def tag_summaries(self, reader: str, from_ms: int, to_ms: int) -> tuple[TagSummary, ...]:
        """Return summaries with from_ms <= taken_ms < to_ms by (taken_ms, epc, antenna, seq)."""

    def counts(self) -> LogCounts:
        """Return how many samples and summaries are held."""


class Ledger(Protocol):
    """Append-only entries; commit order is sequence order; each append also moves the projections."""

    def append(self, drafts: Sequence[Draft], record_ms: int) -> tuple[Entry, ...]:
        """Number, hash and append entries and apply them to the projections, all in this transaction."""

    def entries(self, after_seq: int, limit: int) -> tuple[Entry, ...]:
        """Return up to limit entries with seq > after_seq, in order."""

    def next_seq(self) -> int:
        """Return the number that the next entry will get (1 for an empty ledger)."""


class RoomRecords(TagRecords, TrustRecords, DeviceRecords, ProofRecords, LineageRecords, LookbackRecords, Protocol):
    """Projections of rooms of their own."""


class Records(EquipmentRecords, RoomRecords, CalibrationRecords, LaterRecords, Protocol):
    """The projections: what the ledger says now. All sequences come back in the order that is named."""

    def profile(self, profile: str, version: int) -> ProfileRecord | None:
        """One profile version."""

    def profiles(self) -> tuple[ProfileRecord, ...]:
        """By (id, version)."""

    def unit(self, unit: str) -> Unit | None:
        """One unit."""

    def units(self, after: str = "", limit: int = 100) -> tuple[Unit, ...]:
        """By id, those after `after`."""

    def unit_by_identity(
        self, issuer: str, scheme: str, donation_number: str, product_code: str, division: str
    ) -> Unit | None:
        """The unit with this identity."""

    def units_by_number(self, donation_number: str, limit: int = 100) -> tuple[Unit, ...]:
        """Of this donation number, whatever its issuer and scheme: its products and their divisions, by id."""

    def placements_of_unit(self, unit: str) -> tuple[Placement, ...]:
        """By (at_ms, place)."""

    def manifest(self, manifest: str) -> Manifest | None:
        """One packing list."""

    def manifests(self, box: str | None = None) -> tuple[Manifest, ...]:
        """Of one box or of all, by (packed_ms, id)."""

    def manifests_at(self, box: str, packed_ms: int) -> tuple[Manifest, ...]:
        """Of one box and one instant of packing, by id."""

    def issues_of_unit(self, unit: str) -> tuple[Issue, ...]:
        """By (at_ms, to)."""

    def presence_of_epc(self, epc: str) -> tuple[RecordedEvent, ...]:
        """Presence events of one tag, by (taken_ms, gateway, epoch, seq)."""

    def events_in_place(self, place: str, from_ms: int, to_ms: int) -> tuple[RecordedEvent, ...]:
        """Events without a tag (doors, mains, devices) with from_ms <= taken_ms < to_ms, by (taken_ms, ...)."""

    def last_event(self, origin: str, before_ms: int, kinds: Collection[str] = ()) -> RecordedEvent | None:
        """The last word of one contact or box before an instant: its event with the highest (taken_ms, ...).

        Of the given kinds; of any where none is given, but none of a tag and none that says that it is silent or back.
        """

    def events_of(self, origin: str, from_ms: int, to_ms: int) -> tuple[RecordedEvent, ...]:
        """Events of one contact or box, none of a tag, with from_ms <= taken_ms < to_ms, by (taken_ms, ...)."""

    def gaps(self, gateway: str) -> tuple[RecordedGap, ...]:
        """By (from_ms, epoch, seq)."""

    def finding(self, finding: str) -> Finding | None:
        """One finding, withdrawn ones too."""

    def findings(
        self,
        *,
        place: str | None = None,
        probe: str | None = None,
        status: FindingStatus | None = None,
        overlapping: tuple[int, int] | None = None,
    ) -> tuple[Finding, ...]:
        """By (start_ms, probe, kind, id), withdrawn ones too unless status says otherwise.

        `overlapping` (from_ms, to_ms): start_ms < to_ms and (open or end_ms > from_ms).
        """

    def stays_of_unit(self, unit: str) -> tuple[StayRecord, ...]:
        """By number, withdrawn ones too."""

    def stays_in_place(self, place: str, from_ms: int, to_ms: int | None) -> tuple[StayRecord, ...]:
        """Stays not withdrawn whose possible interval overlaps [from_ms, to_ms) (None: open), by (unit, number)."""

    def exposures_of_unit(self, unit: str) -> tuple[Exposure, ...]:
        """By (from_ms, finding), withdrawn ones too."""

    def exposures_of_finding(self, finding: str) -> tuple[Exposure, ...]:
        """By unit, withdrawn ones too."""

    def holds_of_unit(self, unit: str) -> tuple[Hold, ...]:
        """By (placed_ms, id)."""

    def holds(self) -> tuple[Hold, ...]:
        """All, by (placed_ms, id)."""


class FoldHead(msgspec.Struct, frozen=True, kw_only=True):
    """How far a probe's fold has come: the state after the last reading, and the mark that it was judged under."""

    state: bytes
    last_taken_ms: int
    horizon_ms: int
    provisional_from_ms: int | None


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """An item that is committed and acked but not yet believed."""

    id: int
    reason: str
    gateway: str
    epoch: str
    seq: int
    origin: str
    received_ms: int
    clock: ClockState
    boot: str
    body: bytes


class RefusedPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A payload that the centre could not take."""

    sha256: str
    gateway: str
    epoch: str
    reason: str
    detail: str
    received_ms: int


class Books(Digests, Protocol):
    """What the pipeline remembers beside the record: not evidence, but committed with it in one transaction."""

    def received(self, gateway: str, epoch: str) -> tuple[Range, ...]:
        """Return the committed sequence numbers of an epoch."""

    def set_received(self, gateway: str, epoch: str, ranges: Sequence[Range]) -> None:
        """Replace them."""

    def epochs(self) -> tuple[tuple[str, str], ...]:
        """Return every known (gateway, epoch), sorted."""

    def horizon(self, gateway: str) -> int:
        """Return the time before which nothing of this gateway is still on its way (0: never heard)."""

    def raise_horizon(self, gateway: str, horizon_ms: int, received_ms: int) -> None:
        """Move the mark forward, never back, and note when the gateway was last heard."""

    def last_up(self, gateway: str) -> int | None:
        """Return when the last batch of a gateway was received."""

    def checkpoint(self, probe: str, at_ms: int) -> tuple[int, bytes] | None:
        """Return the newest (at_ms, state) with at_ms <= the given time."""

    def checkpoints_after(self, probe: str, at_ms: int) -> dict[int, bytes]:
        """Return all {at_ms: state} with at_ms > the given time."""

    def put_checkpoints(self, probe: str, states: dict[int, bytes]) -> None:
        """Add or replace checkpoints."""

    def drop_checkpoints(self, probe: str, from_ms: int, to_ms: int) -> None:
        """Drop those with from_ms < at_ms < to_ms."""

    def head(self, probe: str) -> FoldHead | None:
        """Return how far the fold of a probe has come."""

    def put_head(self, probe: str, head: FoldHead) -> None:
        """Replace it."""

    def quarantine(self, item: Quarantined) -> None:
        """Keep an item (its id is given by the store)."""

    def quarantined(self, after: int = 0, limit: int | None = None) -> tuple[Quarantined, ...]:
        """Return what waits with id > after, by id, at most `limit` of it (None: all)."""

    def quarantine_counts(self) -> tuple[tuple[str, str, int], ...]:
        """Return (gateway, reason, how many wait), sorted."""

    def quarantine_size(self, gateway: str | None = None) -> int:
        """Return how many wait, of one gateway or of all."""

    def release(self, ids: Iterable[int]) -> None:
        """Take items out of quarantine."""

    def refuse(self, payload: RefusedPayload, keep_max: int) -> None:
        """Note a refused payload, once per sha256; the oldest beyond keep_max fall out."""

    def forget_refused(self, gateway: str, sha256: str) -> None:
        """Take a payload off the list, in all epochs of its gateway: it has been committed after all."""

    def refused(self, gateway: str, epoch: str) -> tuple[RefusedPayload, ...]:
        """Return the refused payloads of an epoch, newest first."""

    def refused_counts(self) -> tuple[tuple[str, str, int], ...]:
        """Return (gateway, epoch, how many payloads are noted as refused), sorted; epoch "" where none was read."""

    def cursor(self, name: str) -> int:
        """Return a durable cursor (0 at first)."""

    def set_cursor(self, name: str, value: int) -> None:
        """Move it."""

    def cursors(self, prefix: str) -> dict[str, int]:
        """Return those that are not 0 and whose name begins so, by name."""


class Session(Protocol):
    """One transaction. In a reading session the writing calls raise StoreError."""

    readings: ReadingLog
    ledger: Ledger
    records: Records
    books: Books
    proofs: Proofs


class Store(AsKnown, Protocol):
    """The hot store: one writing transaction at a time, short reading ones beside it."""

    def writing(self) -> AbstractContextManager[Session]:
        """Commit at the end; on an exception nothing of it is kept."""

    def reading(self) -> AbstractContextManager[Session]:
        """See one committed state throughout."""

    def rebuild_projections(self) -> None:
        """Drop the projections and make them anew from the ledger."""

    def projection_dump(self) -> bytes:
        """Return all projection rows in a fixed order, to be compared byte for byte."""

    def close(self) -> None:
        """Release everything."""


class Cursors(Protocol):
    """Where those that follow the record have come to. One that is behind costs work, one that is ahead loses data."""

    def move(self, name: str, value: int) -> None:
        """Move a durable cursor with the next transaction. What it stands for must be done before."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A person's fact is committed by this ledger sequence: the newest that it caused; said again, the newest."""

    seq: int


class Recorder(Protocol):
    """The one way in for facts that people enter; the same pipeline as for devices."""

    def record(self, fact: PersonFact) -> Recorded:
        """Return when it is committed. Raises ConflictError, UnknownThingError, InvalidValueError, StoreError."""
