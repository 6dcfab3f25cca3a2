"""Ledger entries: what is appended, in which words, and how each becomes a row of a projection."""

from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from coldchain.canonical import canonical_struct, canonical_text, leaf_hash
from coldchain.units import Stay

AROUND_KEPT: Final = 1_024  # actors, kinds and sites whose spelling is remembered


class EntryKind(StrEnum):
    """The kinds of ledger entries. The payload is the named struct's JSON."""

    PLACE = "place"  # places.Place
    PROBE = "probe"  # places.Probe
    READER = "reader"  # places.Reader
    CONTACT = "contact"  # places.Contact
    GATEWAY = "gateway"  # places.Gateway
    PROFILE = "profile"  # places.ProfileRecord
    UNIT = "unit"  # units.Unit
    BINDING = "binding"  # Binding
    PLACEMENT = "placement"  # Placement
    MANIFEST = "manifest"  # Manifest
    MANIFEST_AMENDMENT = "manifest-amendment"  # Manifest with one more of `moved`; the list's replaces
    ISSUE = "issue"  # Issue
    DEVICE_EVENT = "device-event"  # RecordedEvent
    GAP = "gap"  # RecordedGap
    FINDING = "finding"  # units.Finding; a higher version replaces
    STAY = "stay"  # StayRecord; the same key replaces
    EXPOSURE = "exposure"  # units.Exposure; (unit, finding) replaces
    HOLD = "hold"  # units.Hold; id replaces
    RETIREMENT = "retirement"  # Retirement
    RECEIPT = "receipt"  # Receipt; a higher version replaces
    POSITION = "position"  # commission.Position
    COMMISSIONING = "commissioning"  # commission.Commissioning
    WORK_STATE = "work-state"  # commission.WorkWord
    CROSSING = "crossing"  # commission.Crossing; (place, other) replaces
    GATEWAY_KEY = "gateway-key"  # trust.GatewayKey; (gateway, key) replaces
    SECURITY_EVENT = "security-event"  # trust.SecurityEvent
    COMMAND = "command"  # trust.CommandRecord
    CLAIM = "claim"  # trust.ClaimRecord; id replaces
    BACKDATING = "backdating"  # Backdating
    TAG_CONFLICT = "tag-conflict"  # TagConflict; (epc, kind, place, at_ms) replaces
    CALIBRATION = "calibration"  # calibration.Calibration
    EXPORT = "export"  # exports.ExportRecord
    LEDGER_KEY = "ledger-key"  # proof.LedgerKey
    SERVER_START = "server-start"  # proof.ServerStart
    SERVER_SETTINGS = "server-settings"  # server_settings.SettingsChange
    TRANSFORMATION = "transformation"  # lineage.Transformation
    UNIT_END = "unit-end"  # lineage.UnitEnd; the unit's replaces
    RECALL = "recall"  # lineage.Recall
    ERROR_DECLARATION = "error-declaration"  # lineage.ErrorDeclaration; what it names counts no more
    OWNERSHIP = "ownership"  # lineage.Ownership
    CONTAINMENT = "containment"  # lineage.Containment; (container, at_ms) replaces
    DECISION = "decision"  # decisions.Decision; a higher version replaces
    RECEPTION = "reception"  # receiving.Reception
    RECEPTION_REFUSAL = "reception-refusal"  # receiving.ReceptionRefusal
    MANUAL_READING = "manual-reading"  # rounds.ManualReading
    STOCK_COUNT = "stock-count"  # rounds.StockCount
    BLOCK = "block"  # blocks.Block; (probe, day) replaces
    CALIBRATION_CERTIFICATE = "calibration-certificate"  # register.Certificate
    MAPPING_STUDY = "mapping-study"  # register.MappingStudy
    BOX_QUALIFICATION = "box-qualification"  # register.BoxQualification
    ALARM = "alarm"  # alarms.Alarm; a higher version replaces
    ALARM_ACTION = "alarm-action"  # alarms.AlarmAction
    NOTIFICATION = "notification"  # notifications.Notification; a higher version replaces
    PROFILE_PROPOSAL = "profile-proposal"  # profiles.Proposal
    PROFILE_APPROVAL = "profile-approval"  # profiles.Approval
    PLACE_PROFILE = "place-profile"  # profiles.PlaceProfile
    RETENTION_POLICY = "retention-policy"  # retention.RetentionPolicy; (what, profile) replaces
    LEGAL_HOLD = "legal-hold"  # retention.LegalHold; id replaces
    DISPOSAL = "disposal"  # retention.Disposal; a higher version replaces
    REMOVAL = "removal"  # retention.Removal
    TIME_STAMP = "time-stamp"  # stamps.TimeStamp
    READING_DIGEST = "reading-digest"  # stamps.ReadingDigest
    CAPACITY = "capacity"  # capacity.Capacity; the place's replaces
    ESCALATION = "escalation"  # duties.Escalation, without addresses; the newest version counts
    MEMBER = "member"  # closed_loop.Member; the site's newest replaces
    UNIT_RETURN = "unit-return"  # closed_loop.UnitReturn; (unit, at_ms) replaces
    HANDOVER = "handover"  # closed_loop.Handover; (manifest, party) replaces
    EMERGENCY = "emergency"  # closed_loop.Emergency; a higher version replaces
    PLAN = "plan"  # closed_loop.Plan; (site, component, month) replaces
    STOCK_LEVEL = "stock-level"  # closed_loop.StockLevel; (site, component, blood_group) replaces
    TASK = "task"  # tasks.Task; a higher version replaces
    TASK_TICK = "task-tick"  # tasks.TaskTick
    TASK_RULES = "task-rules"  # tasks.TaskRules; the newest version counts
    PLACE_USE = "place-use"  # tasks.PlaceUse; the place's replaces
    URGENT_CALL = "urgent-call"  # tasks.UrgentCall
    ISSUING_RECEIPT = "issuing-receipt"  # tasks.IssuingReceipt; the change's replaces
    UNIT_INTENT = "unit-intent"  # intents.UnitIntent; (unit, at_ms, via) replaces
    GRAFANA_ALERT = "grafana-alert"  # grafana_alerts.GrafanaAlert; a higher version replaces


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """A tag stands for a unit from an instant on, until the next binding of that tag."""

    epc: str
    unit: str
    from_ms: int


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word on where a unit was put at an instant (place None: out of all our places).

    `scanned`: by its barcode, in the place.
    """

    unit: str
    place: str | None
    at_ms: int
    scanned: bool = False


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """When a box on its way is expected instead, and why: said at at_ms by somebody who knew better than the list."""

    expected_ms: int
    reason: str
    at_ms: int
    name: str
    post: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A packing list: which units were put into which box, when, and where it is to go. Placements follow it.

    `courier`: who takes it there, by the id under which he is called (coldchain.duties) or in words; "" nobody said.
    `expected_ms`: when it is expected there, as who packed it said; None: nobody did (coldchain.arrival).
    `moved`: when it was expected instead, by at_ms, one at an instant: what was said last is in force.
    """

    id: str
    box: str
    units: tuple[str, ...]
    packed_ms: int
    destination: str
    courier: str = ""
    expected_ms: int | None = None
    moved: tuple[Expected, ...] = ()

    @property
    def said_ms(self) -> int | None:
        """When it is expected by what people said last; None: nobody said anything."""
        return self.moved[-1].expected_ms if self.moved else self.expected_ms


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """A unit was handed out at an instant. A placement out of all our places follows it.

    `patient`: a reference that only the issuing system can resolve, "" not said; it is compared (coldchain.intents)
    and never shown.
    """

    unit: str
    to: str
    at_ms: int
    patient: str = ""


class Retirement(msgspec.Struct, frozen=True, kw_only=True):
    """A tag was taken out of use at an instant; a later binding takes it into use again."""

    epc: str
    at_ms: int
    reason: str


class TagConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A tag was read in a place at at_ms, and that contradicts the record (`kind`: rules.tag_conflicts).

    `other`, `other_ms`: the place of the read that it contradicts ("", None: there is none). It stands until later
    facts explain it, or until a person has looked at it (`settled_ms`, with the reason).
    """

    epc: str
    kind: str
    place: str
    at_ms: int
    other: str = ""
    other_ms: int | None = None
    stands: bool = True
    settled_ms: int | None = None
    reason: str = ""


IN, OUT, AMBIGUOUS = "in", "out", "ambiguous"  # which way a crate went through a portal


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A crate past a tunnel reader: what was expected, what was read, and what people found since.

    `read`: units whose tag was read, expected or not. `unknown_tags`: tags that stand for no unit. Of `cycles` complete
    event cycles; rate_reads of rate_cycles is what they say of the tunnel's read rate (rules.reconcile).

    Past a portal, `way` is what the reads say (rules.portal), with the centres of both sides' reads; "" past a tunnel.
    `answered`: what a person said where the reads are ambiguous.
    """

    id: str
    version: int
    reader: str
    place: str
    manifest: str
    from_ms: int
    to_ms: int
    expected: tuple[str, ...]
    read: tuple[str, ...]
    unknown_tags: tuple[str, ...]
    cycles: int
    rate_reads: int
    rate_cycles: int
    scanned: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    way: str = ""
    outer_ms: int | None = None
    inner_ms: int | None = None
    answered: str = ""

    @property
    def manual(self) -> bool:
        """Whether a person said which way it went, because the reads did not."""
        return self.answered != ""

    @property
    def way_open(self) -> bool:
        """Whether nobody knows which way it went: a task for a person."""
        return self.way == AMBIGUOUS and not self.answered

    @property
    def came_in(self) -> bool:
        """Whether it came in: past a tunnel always."""
        return self.way in ("", IN) or self.answered == IN


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A device event with the gateway, epoch and sequence that make it unique, and the place that it speaks of."""

    gateway: str
    epoch: str
    seq: int
    place: str
    origin: str
    kind: str
    boot: str
    origin_seq: int | None
    taken_ms: int
    boottime_ms: int
    earliest_ms: int | None
    latest_ms: int | None
    epc: str | None
    details: dict[str, int | str]


class RecordedGap(msgspec.Struct, frozen=True, kw_only=True):
    """A gap that a gateway declared."""

    gateway: str
    epoch: str
    seq: int
    origin: str
    from_ms: int
    to_ms: int
    reason: str
    lost: int


class Backdating(msgspec.Struct, frozen=True, kw_only=True):
    """Times that were stamped by a clock that was unset or wrong, worked out from the clock that never steps.

    The anchor is a word of the gateway in the same boot: its clock that never steps showed anchor_boottime_ms at
    anchor_ms (UTC), give or take anchor_uncertainty_ms. Each of `items`: seq, the gateway's own time, the time that
    was worked out, and its uncertainty, all in ms. The reading log and the events carry the time that was worked out.
    """

    gateway: str
    epoch: str
    boot: str
    anchor_seq: int
    anchor_ms: int
    anchor_boottime_ms: int
    anchor_uncertainty_ms: int
    items: tuple[tuple[int, int, int, int], ...]


class StayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The state of stay number `number` of a unit; withdrawn stays count no more but remain readable here."""

    unit: str
    number: int
    place: str
    possible_from_ms: int
    certain_from_ms: int | None
    certain_to_ms: int | None
    possible_to_ms: int | None
    entered_by: str
    left_by: str | None
    unseen_since_ms: int | None
    withdrawn: bool = False
    via: str = ""
    listed: str = ""

    @property
    def undoubted(self) -> bool:
        """Whether the unit is there, certainly, and nothing has ended or doubted that: true of one stay at most."""
        open_now = self.possible_to_ms is None and self.certain_to_ms is None
        return open_now and self.certain_from_ms is not None and not self.withdrawn


def stay_of(record: StayRecord) -> Stay:
    """Return the stay that a record states."""
    return Stay(**{name: getattr(record, name) for name in Stay.__struct_fields__})


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry before the ledger gave it a number: the ledger adds seq and record time."""

    kind: EntryKind
    actor: str
    site: str
    payload: msgspec.Struct


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands in the ledger. `payload` is canonical JSON; `hash` covers every other field."""

    seq: int
    record_ms: int
    actor: str
    site: str
    kind: EntryKind
    payload: bytes
    hash: bytes


def payload_bytes(payload: msgspec.Struct) -> bytes:
    """Return the canonical JSON of a payload struct."""
    return canonical_struct(payload)


def entry_hash(seq: int, record_ms: int, actor: str, site: str, kind: str, payload: bytes) -> bytes:
    """Return the leaf hash over all of an entry: its canonical JSON with the payload inside.

    The payload goes in byte for byte, as it stands in the ledger: one that is spelled in another way has another hash.
    """
    head, tail = _around(actor, kind, site)
    numbers = f',"record_ms":{record_ms:d},"seq":{seq:d}'  # raises ValueError for a damaged number that is none
    return leaf_hash(b"".join((head, payload, numbers.encode(), tail)))


@lru_cache(AROUND_KEPT, typed=True)  # typed: in a damaged record 1 stands where 1.0 or a text may have stood
def _around(actor: str, kind: str, site: str) -> tuple[bytes, bytes]:
    """Return what stands before the payload and at the end: the same for most entries that come one after the other."""
    head = f'{{"actor":{canonical_text(actor)},"kind":{canonical_text(kind)},"payload":'
    return head.encode(), f',"site":{canonical_text(site)}}}'.encode()
