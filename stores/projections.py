"""From a ledger entry to the rows of the projections: one pure function for each kind of entry.

A function takes the entry's number, its decoded payload and its canonical bytes and returns the changes to make. It
reads nothing but the entry, so that the projections can be dropped and made again, byte for byte.
"""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import Table, UniqueConstraint

from coldchain.blocks import Block
from coldchain.calibration import Calibration
from coldchain.commission import Commissioning, Crossing, Position, WorkWord
from coldchain.decisions import standing_holds
from coldchain.entries import (
    Backdating,
    Binding,
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
from coldchain.trust import ClaimRecord, CommandRecord, GatewayKey, SecurityEvent
from coldchain.units import Exposure, Finding, Hold, Unit
from stores import schema
from stores.change import Apply, Change, batched
from stores.projections_alarms import APPLY_ALARMS
from stores.projections_closed import APPLY_CLOSED, live_exposure, live_issue, live_stay, live_unit
from stores.projections_conditions import APPLY_CONDITIONS
from stores.projections_decisions import APPLY_DECISIONS
from stores.projections_grafana import APPLY_GRAFANA
from stores.projections_lineage import APPLY_LINEAGE, open_stay, receipt_units
from stores.projections_notifications import APPLY_NOTIFICATIONS
from stores.projections_profiles import APPLY_PROFILES
from stores.projections_proof import APPLY_PROOF
from stores.projections_register import APPLY_REGISTER
from stores.projections_retention import APPLY_RETENTION
from stores.projections_tasks import APPLY_TASKS, hold_change
from stores.schema import insert_sql, upsert_sql
from stores.sql import Params, Sql
from stores.stay_length import stay_length


def _by_id(table: Table) -> Apply:
    """Return the function for things whose key is their id: the newest entry counts."""
    statement = upsert_sql(table)
    return lambda seq, thing, body: (Change(statement, (thing.id, seq, body)),)


def _plain(row: Callable[[int, Any, bytes], tuple[str, Params]]) -> Apply:
    """Return the function for kinds whose entry is one row, never replaced."""
    return lambda seq, thing, body: (Change(*row(seq, thing, body)),)


_PROFILE = upsert_sql(schema.profiles)
_UNIT = upsert_sql(schema.units)
_BINDING = upsert_sql(schema.bindings)
_PLACEMENT = upsert_sql(schema.placements)
_MANIFEST = insert_sql(schema.manifests)
_AMENDED = "UPDATE manifests SET seq = ?, body = ? WHERE id = ?"
_ISSUE = upsert_sql(schema.issues)
_EVENT = insert_sql(schema.device_events)
_GAP = insert_sql(schema.gaps)
_FINDING = upsert_sql(schema.findings) + " WHERE excluded.version > findings.version"
_STAY = upsert_sql(schema.stays)
_EXPOSURE = upsert_sql(schema.exposures)
_HOLD = upsert_sql(schema.holds)
_RETIREMENT = upsert_sql(schema.retirements)
_RECEIPT = upsert_sql(schema.receipts) + " WHERE excluded.version > receipts.version"
_WAY_OPEN = upsert_sql(schema.ways_open)
_TAG_CONFLICT = upsert_sql(schema.tag_conflicts)
_POSITION = upsert_sql(schema.positions)
_COMMISSIONING = upsert_sql(schema.commissionings)
_WORK = upsert_sql(schema.work_words)
_CROSSING = upsert_sql(schema.crossings)
_GATEWAY_KEY = upsert_sql(schema.gateway_keys)
_SECURITY_EVENT = upsert_sql(schema.security_events)
_COMMAND = insert_sql(schema.commands)
_CLAIM = upsert_sql(schema.claims)
_BACKDATING = insert_sql(schema.backdatings)
_CALIBRATION = insert_sql(schema.calibrations)
_BLOCK = upsert_sql(schema.blocks) + " WHERE excluded.generation > blocks.generation"
_TAG_SEEN = (
    "INSERT INTO tags_seen (epc, bound, seq) SELECT ?, CASE WHEN EXISTS (SELECT 1 FROM bindings WHERE epc = ?)"
    " THEN 1 ELSE 0 END, ? WHERE true ON CONFLICT (epc) DO NOTHING"
)
_TAG_BOUND = "UPDATE tags_seen SET bound = 1 WHERE epc = ? AND bound = 0"


def _profile(seq: int, profile: ProfileRecord, body: bytes) -> tuple[Change, ...]:
    return (Change(_PROFILE, (profile.id, profile.version, seq, body)),)


def _unit(seq: int, unit: Unit, body: bytes) -> tuple[Change, ...]:
    identity = (unit.issuer, unit.scheme, unit.donation_number, unit.product_code, unit.division)
    return (Change(_UNIT, (unit.id, *identity, seq, body)), *live_unit(seq, unit))


def _binding(seq: int, binding: Binding, body: bytes) -> tuple[Change, ...]:
    key = (binding.epc, binding.from_ms, binding.unit)
    of = binding.epc
    return (Change(_BINDING, (*key, seq, body), of=of), Change(_TAG_BOUND, (binding.epc,), of=of))


def _placement(seq: int, placement: Placement, body: bytes) -> tuple[Change, ...]:
    return (Change(_PLACEMENT, (placement.unit, placement.at_ms, placement.place or "", seq, body)),)


def _manifest(seq: int, manifest: Manifest, body: bytes) -> tuple[Change, ...]:
    return (Change(_MANIFEST, (manifest.id, manifest.box, manifest.packed_ms, seq, body)),)


def _amended(seq: int, manifest: Manifest, body: bytes) -> tuple[Change, ...]:
    refusal = f"packing list {manifest.id} is not in the ledger: there is nothing to amend"
    return (Change(_AMENDED, (seq, body, manifest.id), refusal),)


def _issue(seq: int, issue: Issue, body: bytes) -> tuple[Change, ...]:
    return (Change(_ISSUE, (issue.unit, issue.at_ms, issue.to, seq, body)), *live_issue(issue))


def _event(seq: int, event: RecordedEvent, body: bytes) -> tuple[Change, ...]:
    key = (event.gateway, event.epoch, event.seq)
    row = (*key, event.place, event.origin, event.kind, event.taken_ms, event.epc, seq, body)
    if event.epc is None:
        return (Change(_EVENT, row),)
    return (Change(_EVENT, row), Change(_TAG_SEEN, (event.epc, event.epc, seq), of=event.epc))


def _gap(seq: int, gap: RecordedGap, body: bytes) -> tuple[Change, ...]:
    return (Change(_GAP, (gap.gateway, gap.epoch, gap.seq, gap.from_ms, seq, body)),)


def _finding(seq: int, finding: Finding, body: bytes) -> tuple[Change, ...]:
    words = (finding.place, finding.probe, finding.kind.value, finding.status.value)
    row = (finding.id, finding.version, *words, finding.start_ms, finding.end_ms, seq, body)
    refusal = f"finding {finding.id}: version {finding.version} is not above the one in the ledger"
    return (Change(_FINDING, row, refusal),)


def _stay(seq: int, stay: StayRecord, body: bytes) -> tuple[Change, ...]:
    times = (stay.possible_from_ms, stay.possible_to_ms)
    row = (stay.unit, stay.number, stay.place, int(stay.withdrawn), stay_length(stay), *times, seq, body)
    return (Change(_STAY, row), *open_stay(seq, stay), *live_stay(stay))


def _exposure(seq: int, exposure: Exposure, body: bytes) -> tuple[Change, ...]:
    row = (exposure.unit, exposure.finding, exposure.from_ms, seq, body)
    return (Change(_EXPOSURE, row), *live_exposure(exposure))


def _hold(seq: int, hold: Hold, body: bytes) -> tuple[Change, ...]:
    stands = int(bool(standing_holds((hold,))))
    held = Change(_HOLD, (hold.id, hold.unit, hold.finding, stands, hold.placed_ms, seq, body))
    return held, hold_change(seq, hold, body)


def _retirement(seq: int, retirement: Retirement, body: bytes) -> tuple[Change, ...]:
    return (Change(_RETIREMENT, (retirement.epc, retirement.at_ms, seq, body)),)


def _receipt(seq: int, receipt: Receipt, body: bytes) -> tuple[Change, ...]:
    row = (receipt.id, receipt.version, receipt.reader, receipt.to_ms, seq, body)
    refusal = f"receipt {receipt.id}: version {receipt.version} is not above the one in the ledger"
    way = Change(_WAY_OPEN, (receipt.id, receipt.place, int(receipt.way_open), seq, body))
    return (Change(_RECEIPT, row, refusal), *([way] if receipt.way else []), *receipt_units(seq, receipt))


def _tag_conflict(seq: int, one: TagConflict, body: bytes) -> tuple[Change, ...]:
    row = (one.epc, one.kind, one.place, one.at_ms, one.other, int(one.stands), seq, body)
    return (Change(_TAG_CONFLICT, row),)


def _position(seq: int, one: Position, body: bytes) -> tuple[Change, ...]:
    return (Change(_POSITION, (one.probe, one.from_ms, one.place, one.serial, seq, body)),)


def _commissioning(seq: int, one: Commissioning, body: bytes) -> tuple[Change, ...]:
    return (Change(_COMMISSIONING, (one.probe, one.at_ms, one.place, seq, body)),)


def _work(seq: int, word: WorkWord, body: bytes) -> tuple[Change, ...]:
    return (Change(_WORK, (word.place, word.kind.value, word.probe, word.at_ms, int(word.begins), seq, body)),)


def _crossing(seq: int, one: Crossing, body: bytes) -> tuple[Change, ...]:
    return (Change(_CROSSING, (one.place, one.other, int(one.stands), seq, body)),)


def _gateway_key(seq: int, key: GatewayKey, body: bytes) -> tuple[Change, ...]:
    return (Change(_GATEWAY_KEY, (key.gateway, key.key, key.from_ms, seq, body)),)


def _security_event(seq: int, event: SecurityEvent, body: bytes) -> tuple[Change, ...]:
    return (Change(_SECURITY_EVENT, (event.id, event.at_ms, seq, body)),)


def _command(seq: int, command: CommandRecord, body: bytes) -> tuple[Change, ...]:
    return (Change(_COMMAND, (command.id, command.gateway, command.issued_ms, seq, body)),)


def _claim(seq: int, claim: ClaimRecord, body: bytes) -> tuple[Change, ...]:
    return (Change(_CLAIM, (claim.id, claim.token_sha256, claim.expires_ms, seq, body)),)


def _backdating(seq: int, dated: Backdating, body: bytes) -> tuple[Change, ...]:
    return (Change(_BACKDATING, (dated.gateway, dated.epoch, dated.items[0][0], seq, body)),)


def _calibration(seq: int, one: Calibration, body: bytes) -> tuple[Change, ...]:
    return (Change(_CALIBRATION, (one.serial, one.from_ms, one.version, seq, body)),)


def _block(seq: int, block: Block, _body: bytes) -> tuple[Change, ...]:
    row = (block.probe, block.day, block.generation, seq)
    refusal = f"block of probe {block.probe}, day {block.day}: generation {block.generation} is not above the last one"
    return (Change(_BLOCK, row, refusal),)


APPLY: Final[dict[EntryKind, tuple[type[msgspec.Struct], Apply]]] = {
    EntryKind.PLACE: (Place, _by_id(schema.places)),
    EntryKind.PROBE: (Probe, _by_id(schema.probes)),
    EntryKind.READER: (Reader, _by_id(schema.readers)),
    EntryKind.CONTACT: (Contact, _by_id(schema.contacts)),
    EntryKind.GATEWAY: (Gateway, _by_id(schema.gateways)),
    EntryKind.PROFILE: (ProfileRecord, _profile),
    EntryKind.UNIT: (Unit, _unit),
    EntryKind.BINDING: (Binding, _binding),
    EntryKind.PLACEMENT: (Placement, _placement),
    EntryKind.MANIFEST: (Manifest, _manifest),
    EntryKind.MANIFEST_AMENDMENT: (Manifest, _amended),
    EntryKind.ISSUE: (Issue, _issue),
    EntryKind.DEVICE_EVENT: (RecordedEvent, _event),
    EntryKind.GAP: (RecordedGap, _gap),
    EntryKind.FINDING: (Finding, _finding),
    EntryKind.STAY: (StayRecord, _stay),
    EntryKind.EXPOSURE: (Exposure, _exposure),
    EntryKind.HOLD: (Hold, _hold),
    EntryKind.RETIREMENT: (Retirement, _retirement),
    EntryKind.RECEIPT: (Receipt, _receipt),
    EntryKind.TAG_CONFLICT: (TagConflict, _tag_conflict),
    EntryKind.POSITION: (Position, _position),
    EntryKind.COMMISSIONING: (Commissioning, _commissioning),
    EntryKind.WORK_STATE: (WorkWord, _work),
    EntryKind.CROSSING: (Crossing, _crossing),
    EntryKind.GATEWAY_KEY: (GatewayKey, _gateway_key),
    EntryKind.SECURITY_EVENT: (SecurityEvent, _security_event),
    EntryKind.COMMAND: (CommandRecord, _command),
    EntryKind.CLAIM: (ClaimRecord, _claim),
    EntryKind.BACKDATING: (Backdating, _backdating),
    EntryKind.CALIBRATION: (Calibration, _calibration),
    **{kind: (payload, _plain(row)) for kind, (payload, row) in APPLY_PROOF.items()},
    **APPLY_LINEAGE,
    **APPLY_DECISIONS,
    EntryKind.BLOCK: (Block, _block),
    **APPLY_REGISTER,
    **APPLY_NOTIFICATIONS,
    **APPLY_CONDITIONS,
    **APPLY_GRAFANA,
    **APPLY_PROFILES,
    **APPLY_RETENTION,
    **APPLY_ALARMS,
    **APPLY_CLOSED,
    **APPLY_TASKS,
}
_ADDING: Final = {insert_sql(table) for table in schema.PROJECTIONS}
_REPLACING: Final = {
    upsert_sql(table): itemgetter(*(i for i, column in enumerate(table.columns) if column.primary_key))
    for table in schema.PROJECTIONS
}
_UNIQUE: Final = {
    upsert_sql(table)
    for table in schema.PROJECTIONS
    if any(isinstance(one, UniqueConstraint) for one in table.constraints) or any(one.unique for one in table.indexes)
}
_DECODERS: Final = {kind: msgspec.json.Decoder(payload) for kind, (payload, _) in APPLY.items()}


def changes(kind: EntryKind, seq: int, payload: bytes, read: msgspec.Struct | None = None) -> tuple[Change, ...]:
    """Return what an entry does to the projections. The payload's bytes decide, never the object that was handed in.

    `read`: what these bytes were read back as, if somebody has just done it.
    """
    expected, apply = APPLY[kind]
    return apply(seq, read if type(read) is expected else _DECODERS[kind].decode(payload), payload)


EntryRead: TypeAlias = tuple[EntryKind, int, bytes, msgspec.Struct | None]


def project(sql: Sql, entries: Iterable[EntryRead], *, replayed: bool = False) -> None:
    """Apply entries (kind, seq, payload, read) to the projections, in order. Raises StoreError for a contradiction.

    Changes of one statement go together where their order with the others does not matter: a database is asked once.
    `replayed`: the entries come from a ledger that older programs may have written.
    """
    made = (change for entry in entries for change in changes(*entry))
    for batch in batched(made, replayed=replayed):
        if not batch.refusals:
            _put(sql, batch.statement, batch.rows)
            continue
        for number, row in enumerate(batch.rows):
            if not sql.change(batch.statement, row) and number in batch.refusals:
                raise StoreError(batch.refusals[number])


def _put(sql: Sql, statement: str, rows: list[Params]) -> None:
    """Run a statement for each of the rows; of rows that replace each other only the last one needs to be written."""
    key = _REPLACING.get(statement)
    if key is None:
        (sql.add_many if statement in _ADDING else sql.change_many)(statement, rows)
        return
    newest = list({key(row): row for row in rows}.values())
    if len(newest) < len(rows) and statement in _UNIQUE:  # a row that is replaced at once may yet be refused
        sql.change_many(statement, rows)
    else:
        sql.add_many(statement, newest)
