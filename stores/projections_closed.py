"""From entries of the closed loop to their rows; and what the entries of units do to the table of those that live."""

from typing import Final

from coldchain.closed_loop import Emergency, Handover, Member, Plan, StockLevel, UnitReturn
from coldchain.entries import EntryKind, Issue, StayRecord
from coldchain.intents import RESERVED, UnitIntent, label_of
from coldchain.lineage import ErrorDeclaration, ErrorOf, UnitEnd
from coldchain.units import Exposure, Unit
from stores import schema_closed as tables
from stores.change import Applied, Change
from stores.schema import upsert_sql

_MEMBER: Final = upsert_sql(tables.members)
_RETURN: Final = upsert_sql(tables.unit_returns)
_HANDOVER: Final = upsert_sql(tables.handovers)
_EMERGENCY: Final = upsert_sql(tables.emergencies) + " WHERE excluded.version > emergencies.version"
_PLAN: Final = upsert_sql(tables.plans)
_LEVEL: Final = upsert_sql(tables.stock_levels)
_LABEL: Final = (
    "INSERT INTO live_units (unit, component, blood_group, profile, profile_version, expires_ms, place, number, inside,"
    " issued_to, ended, seq) VALUES (?, ?, ?, ?, ?, ?, '', -1, 0, '', 0, ?) ON CONFLICT (unit) DO UPDATE SET"
    " component = excluded.component, blood_group = excluded.blood_group, profile = excluded.profile,"
    " profile_version = excluded.profile_version, expires_ms = excluded.expires_ms, seq = excluded.seq"
)
_ENTERED: Final = (
    "UPDATE live_units SET place = ?, number = ?, inside = 1, entered_ms = ?, left_ms = NULL, unseen_ms = ?"
    " WHERE unit = ?"
)
_LEFT: Final = "UPDATE live_units SET inside = 0, left_ms = ?, unseen_ms = ? WHERE unit = ? AND number = ?"
_CERTAIN: Final = upsert_sql(tables.live_stays)
_NEVER: Final = "DELETE FROM live_stays WHERE unit = ? AND number = ?"
_LAST: Final = "FROM live_stays AS s WHERE s.unit = live_units.unit ORDER BY s.entered_ms DESC, s.number DESC LIMIT 1"
_WITHDRAWN: Final = (
    f"UPDATE live_units SET place = COALESCE((SELECT s.place {_LAST}), ''),"
    f" number = COALESCE((SELECT s.number {_LAST}), -1), inside = 0,"
    f" entered_ms = (SELECT s.entered_ms {_LAST}), left_ms = (SELECT s.left_ms {_LAST}),"
    " unseen_ms = NULL WHERE unit = ? AND number = ?"
)
_ISSUED: Final = (
    "UPDATE live_units SET issued_ms = ?, issued_to = ? WHERE unit = ?"
    " AND (issued_ms IS NULL OR issued_ms < ? OR (issued_ms = ? AND issued_to < ?))"
)
_ENDED: Final = "UPDATE live_units SET ended = ? WHERE unit = ?"
_EXPOSED: Final = "UPDATE live_units SET exposed_ms = ? WHERE unit = ? AND (exposed_ms IS NULL OR exposed_ms < ?)"
_ISSUE_UNDONE: Final = (
    "UPDATE live_units SET issued_ms = (SELECT at_ms FROM issues WHERE issues.unit = live_units.unit"
    " ORDER BY at_ms DESC, recipient DESC LIMIT 1), issued_to = COALESCE((SELECT recipient FROM issues"
    " WHERE issues.unit = live_units.unit ORDER BY at_ms DESC, recipient DESC LIMIT 1), '') WHERE unit = ?"
)
_INTENT: Final = upsert_sql(tables.unit_intents)
_NAMED: Final = "INSERT INTO reserved_units (unit, labelled, reserved) VALUES (?, 0, 0) ON CONFLICT (unit) DO NOTHING"
_LABELLED: Final = (
    "INSERT INTO reserved_units (unit, labelled, reserved) VALUES (?, 1, 1)"
    " ON CONFLICT (unit) DO UPDATE SET labelled = 1"
)
_OWN: Final = (
    "SELECT w.reserved FROM unit_intents AS w WHERE w.unit = reserved_units.unit AND w.via = ''"
    " ORDER BY w.at_ms DESC LIMIT 1"
)
_BEHIND: Final = (
    "SELECT 1 FROM unit_intents AS w WHERE w.unit = reserved_units.unit AND w.via <> '' AND w.reserved = 1"
    " AND NOT EXISTS (SELECT 1 FROM unit_intents AS n WHERE n.unit = w.unit AND n.via = w.via AND n.at_ms > w.at_ms)"
)
_RESERVED: Final = (  # as coldchain.intents.kept_for says it
    f"UPDATE reserved_units SET reserved = COALESCE(({_OWN}),"
    f" CASE WHEN labelled = 1 OR EXISTS ({_BEHIND}) THEN 1 ELSE 0 END) WHERE unit = ?"
)
_ACT_UNDONE: Final = (
    "UPDATE live_units SET ended = 0 WHERE ended = 1 AND unit IN (SELECT unit FROM unit_ends WHERE unit_ends.act = ?)"
)


def live_unit(seq: int, unit: Unit) -> tuple[Change, ...]:
    """Return the row of a unit that was made known."""
    label = (unit.id, unit.component, unit.blood_group, unit.profile, unit.profile_version, unit.expires_ms, seq)
    made = Change(_LABEL, label, of=unit.id)
    if label_of(unit.scheme, unit.product_code).intent not in RESERVED:
        return (made,)
    return made, Change(_LABELLED, (unit.id,), of=unit.id), Change(_RESERVED, (unit.id,), of=unit.id)


def live_stay(stay: StayRecord) -> tuple[Change, ...]:
    """Return where a unit is, if a stay says so without doubt, or until when it was in the last such place.

    A stay that is withdrawn gives way to the last one before it that was certain.
    """
    key = (stay.unit, stay.number)
    if stay.withdrawn:
        return (Change(_NEVER, key, of=stay.unit), Change(_WITHDRAWN, key, of=stay.unit))
    ends = [end for end in (stay.certain_to_ms, stay.possible_to_ms) if end is not None]
    left_ms = min(ends, default=None if stay.undoubted else stay.certain_from_ms)
    kept = Change(_NEVER, key, of=stay.unit)
    if stay.certain_from_ms is not None:
        kept = Change(_CERTAIN, (*key, stay.place, stay.certain_from_ms, left_ms), of=stay.unit)
    if stay.undoubted:
        row = (stay.place, stay.number, stay.certain_from_ms, stay.unseen_since_ms, stay.unit)
        return (kept, Change(_ENTERED, row, of=stay.unit))
    unseen_ms = stay.unseen_since_ms if stay.possible_to_ms is None else None
    return (kept, Change(_LEFT, (left_ms, unseen_ms, stay.unit, stay.number), of=stay.unit))


def live_issue(issue: Issue) -> tuple[Change, ...]:
    """Return that a unit was issued, the newest issue of it."""
    row = (issue.at_ms, issue.to, issue.unit, issue.at_ms, issue.at_ms, issue.to)
    return (Change(_ISSUED, row, of=issue.unit),)


def live_end(end: UnitEnd) -> tuple[Change, ...]:
    """Return that a unit has come to its end."""
    return (Change(_ENDED, (1, end.unit), of=end.unit),)


def live_exposure(exposure: Exposure) -> tuple[Change, ...]:
    """Return that a finding met a unit: its story is to be asked."""
    row = (exposure.from_ms, exposure.unit, exposure.from_ms)
    return (Change(_EXPOSED, row, of=exposure.unit),)


def live_before_error(one: ErrorDeclaration) -> tuple[Change, ...]:
    """Return what an error takes back that can only be seen before its rows are gone: ends that an act brought."""
    return (Change(_ACT_UNDONE, (one.wrong.object,)),) if one.of is ErrorOf.TRANSFORMATION else ()


def live_error(one: ErrorDeclaration) -> tuple[Change, ...]:
    """Return what an error takes back of the table, after what it named is gone."""
    unit = one.wrong.unit
    match one.of:
        case ErrorOf.ISSUE:
            return (Change(_ISSUE_UNDONE, (unit,)),)
        case ErrorOf.UNIT_END:
            return (Change(_ENDED, (0, unit)),)
        case ErrorOf.PLACEMENT | ErrorOf.BINDING | ErrorOf.TRANSFORMATION | ErrorOf.CONTAINMENT:
            return ()


def _member(seq: int, one: Member, body: bytes) -> tuple[Change, ...]:
    return (Change(_MEMBER, (one.site, seq, body)),)


def _returned(seq: int, one: UnitReturn, body: bytes) -> tuple[Change, ...]:
    return (Change(_RETURN, (one.unit, one.at_ms, seq, body)),)


def _handover(seq: int, one: Handover, body: bytes) -> tuple[Change, ...]:
    return (Change(_HANDOVER, (one.manifest, one.party.value, one.at_ms, seq, body)),)


def _emergency(seq: int, one: Emergency, body: bytes) -> tuple[Change, ...]:
    closed = int(one.closed_ms is not None)
    refusal = f"emergency {one.id}: version {one.version} is not above the one in the ledger"
    return (Change(_EMERGENCY, (one.id, one.version, closed, one.opened_ms, seq, body), refusal),)


def _plan(seq: int, one: Plan, body: bytes) -> tuple[Change, ...]:
    return (Change(_PLAN, (one.site, one.component, one.month, seq, body)),)


def _level(seq: int, one: StockLevel, body: bytes) -> tuple[Change, ...]:
    return (Change(_LEVEL, (one.site, one.component, one.blood_group, seq, body)),)


def _intended(seq: int, one: UnitIntent, body: bytes) -> tuple[Change, ...]:
    word = (one.unit, one.at_ms, one.via, int(one.reserved), seq, body)
    follows = (Change(_NAMED, (one.unit,), of=one.unit), Change(_RESERVED, (one.unit,), of=one.unit))
    return (Change(_INTENT, word, of=one.unit), *follows)


APPLY_CLOSED: Final[Applied] = {
    EntryKind.MEMBER: (Member, _member),
    EntryKind.UNIT_RETURN: (UnitReturn, _returned),
    EntryKind.HANDOVER: (Handover, _handover),
    EntryKind.EMERGENCY: (Emergency, _emergency),
    EntryKind.PLAN: (Plan, _plan),
    EntryKind.STOCK_LEVEL: (StockLevel, _level),
    EntryKind.UNIT_INTENT: (UnitIntent, _intended),
}
