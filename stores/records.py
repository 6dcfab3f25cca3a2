"""The projections read back: each row's body is the payload of the entry that made it."""

from collections.abc import Collection
from typing import Any, Final, TypeVar

import msgspec

from coldchain.calibration import Calibration
from coldchain.canonical import INTEGER_MAX
from coldchain.commission import Commissioning, Crossing, Position, WorkWord
from coldchain.entries import (
    Backdating,
    Binding,
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
from coldchain.facts import CLOCK_MARKS, CLOCK_WORDS, SILENCE_KINDS
from coldchain.places import Contact, Gateway, Place, Probe, ProfileRecord, Reader
from coldchain.trust import ClaimRecord, CommandRecord, GatewayKey, SecurityEvent
from coldchain.units import Exposure, Finding, FindingStatus, Hold, Unit
from stores.alarm_records import SqlAlarmRecords
from stores.capacity_records import SqlCapacityRecords
from stores.closed_records import SqlClosedRecords
from stores.decision_records import SqlDecisionRecords
from stores.grafana_records import SqlGrafanaRecords
from stores.lineage_records import SqlLineageRecords
from stores.lookback_records import SqlLookbackRecords
from stores.notification_records import SqlNotificationRecords
from stores.profile_records import SqlProfileRecords
from stores.proof_records import SqlProofRecords
from stores.register_records import SqlRegisterRecords
from stores.report_records import SqlReportRecords
from stores.retention_records import SqlRetentionRecords
from stores.sql import Params, Sql
from stores.task_records import SqlTaskRecords

_EVENT_ORDER: Final = "ORDER BY taken_ms, gateway, epoch, number"
_NEWEST_FIRST: Final = "ORDER BY taken_ms DESC, gateway DESC, epoch DESC, number DESC"
_SPOKEN_BY: Final = "device_events WHERE origin = ? AND epc IS NULL"

_S = TypeVar("_S", bound=msgspec.Struct)
_DECODERS: Final[dict[type[msgspec.Struct], msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in (
        *(Gateway, Place, Probe, Reader, Contact, ProfileRecord, Unit, Binding, Placement),
        *(Manifest, Issue, RecordedEvent, RecordedGap, Finding, StayRecord, Exposure, Hold, Retirement, Receipt),
        TagConflict,
        *(Manifest, Issue, RecordedEvent, RecordedGap, Finding, StayRecord, Exposure, Hold),
        *(Position, Commissioning, WorkWord, Crossing),
        *(GatewayKey, SecurityEvent, CommandRecord, ClaimRecord),
        Backdating,
        Calibration,
    )
}


class SqlRecords(
    SqlProofRecords,
    SqlLineageRecords,
    SqlDecisionRecords,
    SqlReportRecords,
    SqlRegisterRecords,
    SqlNotificationRecords,
    SqlProfileRecords,
    SqlLookbackRecords,
    SqlRetentionRecords,
    SqlCapacityRecords,
    SqlGrafanaRecords,
    SqlClosedRecords,
    SqlAlarmRecords,
    SqlTaskRecords,
):
    """Records over one transaction."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def gateways(self) -> tuple[Gateway, ...]:
        """By id."""
        return self._all(Gateway, "gateways ORDER BY id")

    def places(self) -> tuple[Place, ...]:
        """By id."""
        return self._all(Place, "places ORDER BY id")

    def place(self, place: str) -> Place | None:
        """One place."""
        return self._one(Place, "places WHERE id = ?", (place,))

    def probes(self) -> tuple[Probe, ...]:
        """By id."""
        return self._all(Probe, "probes ORDER BY id")

    def readers(self) -> tuple[Reader, ...]:
        """By id."""
        return self._all(Reader, "readers ORDER BY id")

    def contacts(self) -> tuple[Contact, ...]:
        """By id."""
        return self._all(Contact, "contacts ORDER BY id")

    def profile(self, profile: str, version: int) -> ProfileRecord | None:
        """One profile version."""
        return self._one(ProfileRecord, "profiles WHERE id = ? AND version = ?", (profile, version))

    def profiles(self) -> tuple[ProfileRecord, ...]:
        """By (id, version)."""
        return self._all(ProfileRecord, "profiles ORDER BY id, version")

    def unit(self, unit: str) -> Unit | None:
        """One unit."""
        return self._one(Unit, "units WHERE id = ?", (unit,))

    def units(self, after: str = "", limit: int = 100) -> tuple[Unit, ...]:
        """By id, those after `after`."""
        return self._all(Unit, "units WHERE id > ? ORDER BY id LIMIT ?", (after, limit))

    def unit_by_identity(
        self, issuer: str, scheme: str, donation_number: str, product_code: str, division: str
    ) -> Unit | None:
        """The unit with this identity."""
        where = "units WHERE donation_number = ? AND product_code = ? AND division = ? AND issuer = ? AND scheme = ?"
        return self._one(Unit, where, (donation_number, product_code, division, issuer, scheme))

    def units_by_number(self, donation_number: str, limit: int = 100) -> tuple[Unit, ...]:
        """Of this donation number, by id."""
        return self._all(Unit, "units WHERE donation_number = ? ORDER BY id LIMIT ?", (donation_number, limit))

    def bindings_of_epc(self, epc: str) -> tuple[Binding, ...]:
        """By (from_ms, unit)."""
        return self._all(Binding, "bindings WHERE epc = ? ORDER BY from_ms, unit", (epc,))

    def bindings_of_unit(self, unit: str) -> tuple[Binding, ...]:
        """By (from_ms, epc)."""
        return self._all(Binding, "bindings WHERE unit = ? ORDER BY from_ms, epc", (unit,))

    def placements_of_unit(self, unit: str) -> tuple[Placement, ...]:
        """By (at_ms, place), out of all places first."""
        return self._all(Placement, "placements WHERE unit = ? ORDER BY at_ms, place", (unit,))

    def manifest(self, manifest: str) -> Manifest | None:
        """One packing list."""
        return self._one(Manifest, "manifests WHERE id = ?", (manifest,))

    def manifests(self, box: str | None = None) -> tuple[Manifest, ...]:
        """Of one box or of all, by (packed_ms, id)."""
        if box is None:
            return self._all(Manifest, "manifests ORDER BY packed_ms, id")
        return self._all(Manifest, "manifests WHERE box = ? ORDER BY packed_ms, id", (box,))

    def manifests_at(self, box: str, packed_ms: int) -> tuple[Manifest, ...]:
        """Of one box and one instant of packing, by id."""
        return self._all(Manifest, "manifests WHERE box = ? AND packed_ms = ? ORDER BY id", (box, packed_ms))

    def issues_of_unit(self, unit: str) -> tuple[Issue, ...]:
        """By (at_ms, to)."""
        return self._all(Issue, "issues WHERE unit = ? ORDER BY at_ms, recipient", (unit,))

    def presence_of_epc(self, epc: str) -> tuple[RecordedEvent, ...]:
        """Presence events of one tag, by (taken_ms, gateway, epoch, seq)."""
        return self._all(RecordedEvent, f"device_events WHERE epc = ? {_EVENT_ORDER}", (epc,))

    def events_in_place(self, place: str, from_ms: int, to_ms: int) -> tuple[RecordedEvent, ...]:
        """Events without a tag with from_ms <= taken_ms < to_ms, by (taken_ms, gateway, epoch, seq)."""
        where = "device_events WHERE place = ? AND epc IS NULL AND taken_ms >= ? AND taken_ms < ?"
        return self._all(RecordedEvent, f"{where} {_EVENT_ORDER}", (place, from_ms, to_ms))

    def last_event(self, origin: str, before_ms: int, kinds: Collection[str] = ()) -> RecordedEvent | None:
        """The last word of one contact or box before an instant, of the given kinds; of any but of silence where none.

        Never of a tag.
        """
        chosen = sorted(map(str, kinds or SILENCE_KINDS))
        which = f"kind {'IN' if kinds else 'NOT IN'} ({', '.join('?' * len(chosen))})"
        source = f"{_SPOKEN_BY} AND taken_ms < ? AND {which} {_NEWEST_FIRST} LIMIT 1"
        return self._one(RecordedEvent, source, (origin, before_ms, *chosen))

    def events_of(self, origin: str, from_ms: int, to_ms: int) -> tuple[RecordedEvent, ...]:
        """Events of one contact or box, none of a tag, with from_ms <= taken_ms < to_ms, by (taken_ms, ...)."""
        where = f"{_SPOKEN_BY} AND taken_ms >= ? AND taken_ms < ?"
        return self._all(RecordedEvent, f"{where} {_EVENT_ORDER}", (origin, from_ms, to_ms))

    def gaps(self, gateway: str) -> tuple[RecordedGap, ...]:
        """By (from_ms, epoch, seq)."""
        return self._all(RecordedGap, "gaps WHERE gateway = ? ORDER BY from_ms, epoch, number", (gateway,))

    def finding(self, finding: str) -> Finding | None:
        """One finding, withdrawn ones too."""
        return self._one(Finding, "findings WHERE id = ?", (finding,))

    def findings(
        self,
        *,
        place: str | None = None,
        probe: str | None = None,
        status: FindingStatus | None = None,
        overlapping: tuple[int, int] | None = None,
    ) -> tuple[Finding, ...]:
        """By (start_ms, probe, kind, id).

        `overlapping` (from_ms, to_ms): start_ms < to_ms and (open or end_ms > from_ms).
        """
        from_ms, to_ms = overlapping or (None, None)
        wanted = {
            "place = ?": place,
            "probe = ?": probe,
            "status = ?": None if status is None else status.value,
            "start_ms < ?": to_ms,
            "(end_ms IS NULL OR end_ms > ?)": from_ms,
        }
        chosen = {condition: value for condition, value in wanted.items() if value is not None}
        where = f" WHERE {' AND '.join(chosen)}" if chosen else ""
        return self._all(Finding, f"findings{where} ORDER BY start_ms, probe, kind, id", tuple(chosen.values()))

    def stays_of_unit(self, unit: str) -> tuple[StayRecord, ...]:
        """By number, withdrawn ones too."""
        return self._all(StayRecord, "stays WHERE unit = ? ORDER BY number", (unit,))

    def exposures_of_unit(self, unit: str) -> tuple[Exposure, ...]:
        """By (from_ms, finding), withdrawn ones too."""
        return self._all(Exposure, "exposures WHERE unit = ? ORDER BY from_ms, finding", (unit,))

    def exposures_of_finding(self, finding: str) -> tuple[Exposure, ...]:
        """By unit, withdrawn ones too."""
        return self._all(Exposure, "exposures WHERE finding = ? ORDER BY unit", (finding,))

    def holds_of_unit(self, unit: str) -> tuple[Hold, ...]:
        """By (placed_ms, id)."""
        return self._all(Hold, "holds WHERE unit = ? ORDER BY placed_ms, id", (unit,))

    def holds(self) -> tuple[Hold, ...]:
        """All, by (placed_ms, id)."""
        return self._all(Hold, "holds ORDER BY placed_ms, id")

    def unbound_tags(self) -> tuple[str, ...]:
        """EPCs that presence events speak of and that no binding names, sorted."""
        return tuple(row.epc for row in self._sql.rows("SELECT epc FROM tags_seen WHERE bound = 0 ORDER BY epc"))

    def retirements_of_epc(self, epc: str) -> tuple[Retirement, ...]:
        """By at_ms."""
        return self._all(Retirement, "retirements WHERE epc = ? ORDER BY at_ms", (epc,))

    def receipt(self, receipt: str) -> Receipt | None:
        """One receipt, its newest version."""
        return self._one(Receipt, "receipts WHERE id = ?", (receipt,))

    def receipts(self, limit: int, reader: str | None = None) -> tuple[Receipt, ...]:
        """The newest ones, of one reader or of all, by (to_ms, id) from the last back."""
        if reader is None:
            return self._all(Receipt, "receipts ORDER BY to_ms DESC, id DESC LIMIT ?", (limit,))
        where = "receipts WHERE reader = ? ORDER BY to_ms DESC, id DESC LIMIT ?"
        return self._all(Receipt, where, (reader, limit))

    def ways_open(self, place: str) -> tuple[Receipt, ...]:
        """Receipts of crates for a place of which nobody knows which way they went, by id."""
        return self._all(Receipt, "ways_open WHERE place = ? AND stands = 1 ORDER BY receipt", (place,))

    def tag_conflicts_of(self, epc: str) -> tuple[TagConflict, ...]:
        """All of one tag, standing or not, by (kind, place, at_ms)."""
        return self._all(TagConflict, "tag_conflicts WHERE epc = ? ORDER BY kind, place, at_ms", (epc,))

    def tag_conflicts_in(self, place: str) -> tuple[TagConflict, ...]:
        """Those that stand and name a place on either side, by (epc, kind, place, at_ms)."""
        where = "tag_conflicts WHERE (place = ? OR other = ?) AND stands = 1 ORDER BY epc, kind, place, at_ms"
        return self._all(TagConflict, where, (place, place))

    def tag_conflicts(self, limit: int) -> tuple[TagConflict, ...]:
        """Those that stand, the newest first."""
        where = "tag_conflicts WHERE stands = 1 ORDER BY at_ms DESC, epc DESC, kind DESC, place DESC LIMIT ?"
        return self._all(TagConflict, where, (limit,))

    def positions_in(self, place: str) -> tuple[Position, ...]:
        """Those of all probes of a place, by (probe, from_ms)."""
        return self._all(Position, "positions WHERE place = ? ORDER BY probe, from_ms", (place,))

    def positions_of_serial(self, serial: str) -> tuple[Position, ...]:
        """Where an instrument has been, by (from_ms, probe)."""
        return self._all(Position, "positions WHERE serial = ? ORDER BY from_ms, probe", (serial,))

    def calibrations_of_serial(self, serial: str) -> tuple[Calibration, ...]:
        """All versions, by (from_ms, version)."""
        return self._all(Calibration, "calibrations WHERE serial = ? ORDER BY from_ms, version", (serial,))

    def commissionings_in(self, place: str) -> tuple[Commissioning, ...]:
        """Those of all probes of a place, by (probe, at_ms)."""
        return self._all(Commissioning, "commissionings WHERE place = ? ORDER BY probe, at_ms", (place,))

    def work_in(self, place: str) -> tuple[WorkWord, ...]:
        """What was said of work on a place and on its probes, by (kind, probe, at_ms, begins)."""
        return self._all(WorkWord, "work_words WHERE place = ? ORDER BY kind, probe, at_ms, begins", (place,))

    def crossings_of(self, place: str) -> tuple[Crossing, ...]:
        """Those that stand and name a place on either side, by (place, other)."""
        where = "crossings WHERE (place = ? OR other = ?) AND stands = 1 ORDER BY place, other"
        return self._all(Crossing, where, (place, place))

    def gateway_keys(self) -> tuple[GatewayKey, ...]:
        """By (gateway, from_ms, key), retired ones too."""
        return self._all(GatewayKey, "gateway_keys ORDER BY gateway, from_ms, key")

    def security_events(self, limit: int = 100) -> tuple[SecurityEvent, ...]:
        """The newest first."""
        return self._all(SecurityEvent, "security_events ORDER BY at_ms DESC, id DESC LIMIT ?", (limit,))

    def security_event(self, event: str) -> SecurityEvent | None:
        """One security event."""
        return self._one(SecurityEvent, "security_events WHERE id = ?", (event,))

    def commands(
        self, gateway: str | None = None, issued_after_ms: int = -1, limit: int = 100
    ) -> tuple[CommandRecord, ...]:
        """Of one gateway or of all, issued after an instant, the newest first."""
        newest = "ORDER BY issued_ms DESC, id DESC LIMIT ?"
        if gateway is None:
            return self._all(CommandRecord, f"commands WHERE issued_ms > ? {newest}", (issued_after_ms, limit))
        where = "commands WHERE gateway = ? AND issued_ms > ?"
        return self._all(CommandRecord, f"{where} {newest}", (gateway, issued_after_ms, limit))

    def command(self, command: str) -> CommandRecord | None:
        """One command."""
        return self._one(CommandRecord, "commands WHERE id = ?", (command,))

    def claim_of_token(self, token_sha256: str) -> ClaimRecord | None:
        """The claim that a token opens."""
        return self._one(ClaimRecord, "claims WHERE token_sha256 = ?", (token_sha256,))

    def claims(self, limit: int = 100) -> tuple[ClaimRecord, ...]:
        """The last to expire first."""
        return self._all(ClaimRecord, "claims ORDER BY expires_ms DESC, id DESC LIMIT ?", (limit,))

    def clock_words(self, gateway: str) -> tuple[RecordedEvent, ...]:
        """What a gateway said of its clock being set or stepped, by (epoch, seq)."""
        where = f"{_SPOKEN_BY} AND gateway = ? AND kind IN ({', '.join('?' * len(CLOCK_WORDS))}) ORDER BY epoch, number"
        return self._all(RecordedEvent, where, (gateway, gateway, *sorted(map(str, CLOCK_WORDS))))

    def clock_marks(
        self, gateway: str, from_ms: int, to_ms: int, limit: int | None = None, *, newest_first: bool = False
    ) -> tuple[RecordedEvent, ...]:
        """All that a gateway said of its clock, with from_ms <= taken_ms < to_ms, by (taken_ms, ...)."""
        kinds = sorted(map(str, CLOCK_MARKS))
        where = f"{_SPOKEN_BY} AND taken_ms >= ? AND taken_ms < ? AND kind IN ({', '.join('?' * len(kinds))})"
        order = _NEWEST_FIRST if newest_first else _EVENT_ORDER
        source = f"{where} {order} LIMIT ?"
        many = INTEGER_MAX if limit is None else limit
        return self._all(RecordedEvent, source, (gateway, from_ms, to_ms, *kinds, many))

    def backdatings(self, gateway: str) -> tuple[Backdating, ...]:
        """Times of a gateway that were worked out, by (epoch, seq of the first item)."""
        return self._all(Backdating, "backdatings WHERE gateway = ? ORDER BY epoch, number", (gateway,))

    def _all(self, kind: type[_S], source: str, params: Params = ()) -> tuple[_S, ...]:
        decoder = _DECODERS[kind]
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))

    def _one(self, kind: type[_S], source: str, params: Params) -> _S | None:
        row = self._sql.first(f"SELECT body FROM {source}", params)
        found: _S | None = None if row is None else _DECODERS[kind].decode(row[0])
        return found
