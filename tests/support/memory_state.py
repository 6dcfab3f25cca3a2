"""What the store in memory holds, and how a ledger entry changes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from support.memory_lineage import LINEAGE_KEYS, LINEAGE_PAYLOADS, undo
from support.memory_retention_words import RETENTION_KEYS, RETENTION_PAYLOADS

from coldchain.alarms import Alarm, AlarmAction
from coldchain.blocks import Block
from coldchain.calibration import Calibration
from coldchain.capacity import Capacity
from coldchain.closed_loop import Emergency, Handover, Member, Plan, StockLevel, UnitReturn
from coldchain.commission import Commissioning, Crossing, Position, WorkWord
from coldchain.decisions import Decision
from coldchain.duties import Escalation
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
from coldchain.exports import ExportRecord
from coldchain.grafana_alerts import GrafanaAlert
from coldchain.intents import UnitIntent
from coldchain.notifications import Notification
from coldchain.places import Contact, Gateway, Place, Probe, ProfileRecord, Reader
from coldchain.ports import (
    FoldHead,
    Quarantined,
    RefusedPayload,
    SampleRow,
    TagRow,
)
from coldchain.profiles import Approval, PlaceProfile, Proposal
from coldchain.proof import Checkpoint, LedgerKey, ServerStart
from coldchain.ranges import Range
from coldchain.receiving import Reception, ReceptionRefusal
from coldchain.register import BoxQualification, Certificate, MappingStudy
from coldchain.retention import AFTER, Disposal, DisposalState
from coldchain.rounds import ManualReading, StockCount
from coldchain.server_settings import SettingsChange
from coldchain.tasks import IssuingReceipt, PlaceUse, Task, TaskRules, TaskTick, UrgentCall
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
    EntryKind.MANIFEST_AMENDMENT: Manifest,
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
    EntryKind.LEDGER_KEY: LedgerKey,
    EntryKind.EXPORT: ExportRecord,
    EntryKind.SERVER_START: ServerStart,
    EntryKind.SERVER_SETTINGS: SettingsChange,
    **LINEAGE_PAYLOADS,
    EntryKind.DECISION: Decision,
    EntryKind.RECEPTION: Reception,
    EntryKind.RECEPTION_REFUSAL: ReceptionRefusal,
    EntryKind.MANUAL_READING: ManualReading,
    EntryKind.STOCK_COUNT: StockCount,
    EntryKind.BLOCK: Block,
    EntryKind.CALIBRATION_CERTIFICATE: Certificate,
    EntryKind.MAPPING_STUDY: MappingStudy,
    EntryKind.BOX_QUALIFICATION: BoxQualification,
    EntryKind.NOTIFICATION: Notification,
    EntryKind.PROFILE_PROPOSAL: Proposal,
    EntryKind.PROFILE_APPROVAL: Approval,
    EntryKind.PLACE_PROFILE: PlaceProfile,
    EntryKind.CAPACITY: Capacity,
    **RETENTION_PAYLOADS,
    EntryKind.ALARM: Alarm,
    EntryKind.ALARM_ACTION: AlarmAction,
    EntryKind.ESCALATION: Escalation,
    EntryKind.MEMBER: Member,
    EntryKind.UNIT_RETURN: UnitReturn,
    EntryKind.HANDOVER: Handover,
    EntryKind.EMERGENCY: Emergency,
    EntryKind.PLAN: Plan,
    EntryKind.STOCK_LEVEL: StockLevel,
    EntryKind.UNIT_INTENT: UnitIntent,
    EntryKind.TASK: Task,
    EntryKind.TASK_TICK: TaskTick,
    EntryKind.TASK_RULES: TaskRules,
    EntryKind.PLACE_USE: PlaceUse,
    EntryKind.URGENT_CALL: UrgentCall,
    EntryKind.ISSUING_RECEIPT: IssuingReceipt,
    EntryKind.GRAFANA_ALERT: GrafanaAlert,
}

KEYS: dict[EntryKind, Callable[[Any], Key]] = {
    **{kind: lambda thing: (thing.id,) for kind in PAYLOADS},
    EntryKind.PROFILE: lambda profile: (profile.id, profile.version),
    EntryKind.GRAFANA_ALERT: lambda one: (one.fingerprint, one.starts_ms),
    EntryKind.PROFILE_PROPOSAL: lambda one: (one.profile, one.version, one.at_ms),
    EntryKind.PROFILE_APPROVAL: lambda one: (one.profile, one.version, one.at_ms),
    EntryKind.PLACE_PROFILE: lambda one: (one.place, one.at_ms),
    EntryKind.CAPACITY: lambda one: (one.place,),
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
    EntryKind.RECEPTION: lambda one: (one.unit, one.at_ms),
    EntryKind.MANUAL_READING: lambda one: (one.place, one.at_ms),
    EntryKind.CALIBRATION_CERTIFICATE: lambda one: (one.serial, one.number),
    EntryKind.MAPPING_STUDY: lambda one: (one.place, one.number),
    EntryKind.BOX_QUALIFICATION: lambda one: (one.box, one.number),
    EntryKind.STOCK_COUNT: lambda one: (one.place, one.at_ms),
    EntryKind.GATEWAY_KEY: lambda key: (key.gateway, key.key),
    EntryKind.LEDGER_KEY: lambda key: (key.key,),
    EntryKind.SERVER_START: lambda start: (start.at_ms, start.version),
    EntryKind.SERVER_SETTINGS: lambda change: (change.at_ms, change.changed),
    EntryKind.ALARM_ACTION: lambda one: (one.alarm, one.at_ms, one.action, one.name),
    EntryKind.ESCALATION: lambda one: (one.version,),
    EntryKind.MEMBER: lambda one: (one.site,),
    EntryKind.UNIT_RETURN: lambda one: (one.unit, one.at_ms),
    EntryKind.HANDOVER: lambda one: (one.manifest, one.party),
    EntryKind.PLAN: lambda one: (one.site, one.component, one.month),
    EntryKind.STOCK_LEVEL: lambda one: (one.site, one.component, one.blood_group),
    EntryKind.UNIT_INTENT: lambda one: (one.unit, one.at_ms, one.via),
    EntryKind.TASK_TICK: lambda one: (one.task, one.unit),
    EntryKind.TASK_RULES: lambda one: (one.version,),
    EntryKind.PLACE_USE: lambda one: (one.place,),
    EntryKind.URGENT_CALL: lambda one: (one.unit, one.at_ms),
    EntryKind.ISSUING_RECEIPT: lambda one: (one.change,),
    **LINEAGE_KEYS,
    **RETENTION_KEYS,
}

ONCE = {
    *(EntryKind.DEVICE_EVENT, EntryKind.GAP, EntryKind.MANIFEST, EntryKind.COMMAND, EntryKind.BACKDATING),
    *(EntryKind.TRANSFORMATION, EntryKind.LEDGER_KEY, EntryKind.EXPORT, EntryKind.CALIBRATION),
    *(EntryKind.CALIBRATION_CERTIFICATE, EntryKind.MAPPING_STUDY, EntryKind.BOX_QUALIFICATION),
    *(EntryKind.REMOVAL, EntryKind.TIME_STAMP, EntryKind.READING_DIGEST),
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
    gone: int = 0  # readings that were removed
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
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    attested: dict[int, Checkpoint] = field(default_factory=dict)
    spoiled: bool = False

    def copy(self) -> "State":
        return State(
            admission=self.admission,
            samples={probe: list(rows) for probe, rows in self.samples.items()},
            admitted=list(self.admitted),
            sealed=set(self.sealed),
            gone=self.gone,
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
            nodes=dict(self.nodes),
            attested=dict(self.attested),
        )


VERSIONED = {
    **dict.fromkeys((EntryKind.FINDING, EntryKind.DECISION, EntryKind.RECEIPT), "version"),
    EntryKind.NOTIFICATION: "version",
    EntryKind.GRAFANA_ALERT: "version",
    EntryKind.TASK: "version",
    EntryKind.DISPOSAL: "version",
    EntryKind.ALARM: "version",
    EntryKind.EMERGENCY: "version",
    EntryKind.BLOCK: "generation",
}


def apply(things: Things, kind: EntryKind, payload: Any) -> None:
    key, rows = KEYS[kind](payload), things[kind]
    if kind in ONCE and key in rows:
        raise StoreError(f"{kind} {key} is already in the ledger; nothing of the transaction was kept")
    number = VERSIONED.get(kind)
    if number and key in rows and getattr(payload, number) <= getattr(rows[key], number):
        raise StoreError(f"{kind} {key} has {number} {getattr(rows[key], number)}: a change needs a higher one")
    if kind is EntryKind.DISPOSAL and not follows(rows.get(key), payload):
        raise StoreError(f"{kind} {key} cannot be {payload.state} now")
    require_one(kind, rows, payload)
    if kind is EntryKind.MANIFEST_AMENDMENT:
        amend(things[EntryKind.MANIFEST], payload)
        return
    rows[key] = payload
    if kind is EntryKind.ERROR_DECLARATION:
        undo(things, payload)


def amend(lists: dict[Key, Any], payload: Any) -> None:
    """Replace a packing list that is in the ledger."""
    if (payload.id,) not in lists:
        raise StoreError(f"packing list {payload.id} is not in the ledger: there is nothing to amend")
    lists[(payload.id,)] = payload


def require_one(kind: EntryKind, rows: dict[Key, Any], payload: Any) -> None:
    """Raise for a second unit of an identity, and for a unit that is undoubtedly in two places."""
    if kind is EntryKind.UNIT:
        same = [unit for unit in rows.values() if identity_of(unit) == identity_of(payload) and unit.id != payload.id]
        if same:
            raise StoreError(f"unit {same[0].id} already has the identity {identity_of(payload)}")
    if kind is EntryKind.STAY and payload.undoubted:
        others = [one for one in rows.values() if one.unit == payload.unit and one.undoubted]
        if any(one.number != payload.number for one in others):
            raise StoreError(f"unit {payload.unit} is undoubtedly elsewhere: it cannot be in {payload.place} as well")


def follows(before: Disposal | None, one: Disposal) -> bool:
    if before is None:
        return one.state is DisposalState.PROPOSED
    return before.state in AFTER[one.state]


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

    def _sorted(self, kind: EntryKind, order: Callable[[Any], Key], keep: Callable[[Any], bool]) -> tuple[Any, ...]:
        return tuple(sorted(filter(keep, self.state.things[kind].values()), key=order))
