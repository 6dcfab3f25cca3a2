"""What the store in memory holds, and how a ledger entry changes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from coldchain.blocks import Block
from coldchain.calibration import Calibration
from coldchain.commission import Commissioning, Crossing, Position, WorkWord
from coldchain.entries import (
    Backdating,
    Binding,
    Entry,
    EntryKind,
    Issue,
    Manifest,
    Placement,
    Receipt,
    RecordedEvent,
    RecordedGap,
    Retirement,
    StayRecord,
    TagConflict,
)
from coldchain.errors import StoreError
from coldchain.places import Contact, Gateway, Place, Probe, ProfileRecord, Reader
from coldchain.ports import (
    FoldHead,
    Quarantined,
    RefusedPayload,
    SampleRow,
    TagRow,
)
from coldchain.ranges import Range
from coldchain.trust import ClaimRecord, CommandRecord, GatewayKey, SecurityEvent
from coldchain.units import Exposure, Finding, Hold, Unit

Key = tuple[Any, ...]

PAYLOADS: dict[EntryKind, type[msgspec.Struct]] = {
    EntryKind.PLACE: Place,
    EntryKind.PROBE: Probe,
    EntryKind.READER: Reader,
    EntryKind.CONTACT: Contact,
    EntryKind.GATEWAY: Gateway,
    EntryKind.PROFILE: ProfileRecord,
    EntryKind.UNIT: Unit,
    EntryKind.BINDING: Binding,
    EntryKind.PLACEMENT: Placement,
    EntryKind.MANIFEST: Manifest,
    EntryKind.ISSUE: Issue,
    EntryKind.DEVICE_EVENT: RecordedEvent,
    EntryKind.GAP: RecordedGap,
    EntryKind.FINDING: Finding,
    EntryKind.STAY: StayRecord,
    EntryKind.EXPOSURE: Exposure,
    EntryKind.HOLD: Hold,
    EntryKind.RETIREMENT: Retirement,
    EntryKind.RECEIPT: Receipt,
    EntryKind.TAG_CONFLICT: TagConflict,
    EntryKind.POSITION: Position,
    EntryKind.COMMISSIONING: Commissioning,
    EntryKind.WORK_STATE: WorkWord,
    EntryKind.CROSSING: Crossing,
    EntryKind.GATEWAY_KEY: GatewayKey,
    EntryKind.SECURITY_EVENT: SecurityEvent,
    EntryKind.COMMAND: CommandRecord,
    EntryKind.CLAIM: ClaimRecord,
    EntryKind.BACKDATING: Backdating,
    EntryKind.CALIBRATION: Calibration,
    EntryKind.BLOCK: Block,
}

KEYS: dict[EntryKind, Callable[[Any], Key]] = {
    **{kind: lambda thing: (thing.id,) for kind in PAYLOADS},
    EntryKind.PROFILE: lambda profile: (profile.id, profile.version),
    EntryKind.BINDING: lambda binding: (binding.epc, binding.from_ms, binding.unit),
    EntryKind.PLACEMENT: lambda placement: (placement.unit, placement.at_ms, placement.place or ""),
    EntryKind.ISSUE: lambda issue: (issue.unit, issue.at_ms, issue.to),
    EntryKind.DEVICE_EVENT: lambda event: (event.gateway, event.epoch, event.seq),
    EntryKind.GAP: lambda gap: (gap.gateway, gap.epoch, gap.seq),
    EntryKind.BACKDATING: lambda dated: (dated.gateway, dated.epoch, dated.items[0][0]),
    EntryKind.STAY: lambda stay: (stay.unit, stay.number),
    EntryKind.RETIREMENT: lambda one: (one.epc, one.at_ms),
    EntryKind.TAG_CONFLICT: lambda one: (one.epc, one.kind, one.place, one.at_ms),
    EntryKind.EXPOSURE: lambda exposure: (exposure.unit, exposure.finding),
    EntryKind.CALIBRATION: lambda one: (one.serial, one.from_ms, one.version),
    EntryKind.BLOCK: lambda block: (block.probe, block.day),
    EntryKind.POSITION: lambda one: (one.probe, one.from_ms),
    EntryKind.COMMISSIONING: lambda one: (one.probe, one.at_ms),
    EntryKind.WORK_STATE: lambda word: (word.place, word.kind, word.probe, word.at_ms, word.begins),
    EntryKind.CROSSING: lambda one: (one.place, one.other),
    EntryKind.GATEWAY_KEY: lambda key: (key.gateway, key.key),
}

ONCE = {
    EntryKind.DEVICE_EVENT,
    EntryKind.GAP,
    EntryKind.MANIFEST,
    EntryKind.COMMAND,
    EntryKind.BACKDATING,
    EntryKind.CALIBRATION,
}

Things = dict[EntryKind, dict[Key, Any]]


def no_things() -> Things:
    return {kind: {} for kind in EntryKind}


@dataclass
class State:
    admission: int = 0
    samples: dict[str, list[SampleRow]] = field(default_factory=dict)
    admitted: list[tuple[int, SampleRow]] = field(default_factory=list)
    sealed: set[int] = field(default_factory=set)
    tags: dict[str, list[TagRow]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    things: Things = field(default_factory=no_things)
    received: dict[tuple[str, str], tuple[Range, ...]] = field(default_factory=dict)
    horizons: dict[str, tuple[int, int]] = field(default_factory=dict)
    checkpoints: dict[str, dict[int, bytes]] = field(default_factory=dict)
    heads: dict[str, FoldHead] = field(default_factory=dict)
    quarantined: dict[int, Quarantined] = field(default_factory=dict)
    quarantine_id: int = 0
    refused: dict[Key, RefusedPayload] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    digests: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    spoiled: bool = False

    def copy(self) -> "State":
        return State(
            admission=self.admission,
            samples={probe: list(rows) for probe, rows in self.samples.items()},
            admitted=list(self.admitted),
            sealed=set(self.sealed),
            tags={reader: list(rows) for reader, rows in self.tags.items()},
            entries=list(self.entries),
            things={kind: dict(rows) for kind, rows in self.things.items()},
            received=dict(self.received),
            horizons=dict(self.horizons),
            checkpoints={probe: dict(states) for probe, states in self.checkpoints.items()},
            heads=dict(self.heads),
            quarantined=dict(self.quarantined),
            quarantine_id=self.quarantine_id,
            refused=dict(self.refused),
            cursors=dict(self.cursors),
            digests=dict(self.digests),
        )


def apply(things: Things, kind: EntryKind, payload: Any) -> None:
    key, rows = KEYS[kind](payload), things[kind]
    if kind in ONCE and key in rows:
        raise StoreError(f"{kind} {key} is already in the ledger; nothing of the transaction was kept")
    if kind is EntryKind.FINDING and key in rows and payload.version <= rows[key].version:
        raise StoreError(f"finding {key} has version {rows[key].version}: a change needs a higher one")
    if kind is EntryKind.BLOCK and key in rows and payload.generation <= rows[key].generation:
        raise StoreError(f"block {key} has generation {rows[key].generation}: a new one needs a higher one")
    if kind is EntryKind.RECEIPT and key in rows and payload.version <= rows[key].version:
        raise StoreError(f"receipt {key} has version {rows[key].version}: a change needs a higher one")
    if kind is EntryKind.UNIT:
        same = [unit for unit in rows.values() if identity_of(unit) == identity_of(payload) and unit.id != payload.id]
        if same:
            raise StoreError(f"unit {same[0].id} already has the identity {identity_of(payload)}")
    rows[key] = payload


def identity_of(unit: Unit) -> Key:
    return (unit.issuer, unit.scheme, unit.donation_number, unit.product_code, unit.division)


@dataclass
class Part:
    state: State
    writable: bool

    def _writing(self) -> State:
        if not self.writable:
            raise StoreError("this is a reading session: open a writing one to change the store")
        return self.state
