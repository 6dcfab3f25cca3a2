"""The closed loop, read back; a part of SqlRecords."""

from typing import Any, Final, TypeVar

import msgspec

from coldchain.closed_loop import (
    Emergency,
    Handover,
    LiveUnit,
    Member,
    Mix,
    Plan,
    StockLevel,
    StockRow,
    UnitReturn,
    Used,
)
from stores.sql import Params, Sql

_S = TypeVar("_S", bound=msgspec.Struct)
_DECODERS: Final[dict[type[msgspec.Struct], msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Member, UnitReturn, Handover, Emergency, Plan, StockLevel)
}
_COLUMNS: Final = LiveUnit.__struct_fields__
_INSIDE: Final = "ended = 0 AND inside = 1"
_HELD: Final = "EXISTS (SELECT 1 FROM holds WHERE holds.unit = live_units.unit AND holds.stands = 1)"
_RELEASED: Final = f"(expires_ms IS NULL OR expires_ms > ?) AND NOT {_HELD}"


class SqlClosedRecords:
    """The port ClosedRecords over one transaction."""

    _sql: Sql

    def live_unit(self, unit: str) -> LiveUnit | None:
        """One unit that has not come to its end."""
        return next(iter(self._live("unit = ? AND ended = 0", (unit,))), None)

    def live_issued(self, from_ms: int, to_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units last issued with from_ms <= issued_ms < to_ms, without an end, newest first by (issued_ms, unit)."""
        where = "issued_ms IS NOT NULL AND issued_ms >= ? AND issued_ms < ? AND ended = 0"
        return self._live(f"{where} ORDER BY issued_ms DESC, unit DESC LIMIT ?", (from_ms, to_ms, limit))

    def live_out(self, from_ms: int, to_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units that were inside and left with from_ms <= left_ms < to_ms, newest first by (left_ms, unit)."""
        where = "ended = 0 AND inside = 0 AND left_ms >= ? AND left_ms < ?"
        return self._live(f"{where} ORDER BY left_ms DESC, unit DESC LIMIT ?", (from_ms, to_ms, limit))

    def live_unseen(self, before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units not seen where they should be since before before_ms, newest first by (unseen_ms, unit)."""
        where = "ended = 0 AND unseen_ms IS NOT NULL AND unseen_ms < ?"
        return self._live(f"{where} ORDER BY unseen_ms DESC, unit DESC LIMIT ?", (before_ms, limit))

    def live_exposed(self, limit: int) -> tuple[LiveUnit, ...]:
        """Units that a finding met, newest first by (exposed_ms, unit)."""
        where = "ended = 0 AND exposed_ms IS NOT NULL ORDER BY exposed_ms DESC, unit DESC LIMIT ?"
        return self._live(where, (limit,))

    def live_expiring(self, profile: str, version: int, before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units inside places, of a profile, that expire before before_ms, by (expires_ms, unit)."""
        where = (
            f"{_INSIDE} AND profile = ? AND profile_version = ? AND expires_ms < ? ORDER BY expires_ms, unit LIMIT ?"
        )
        return self._live(where, (profile, version, before_ms, limit))

    def live_of_profile(self, place: str, profile: str, version: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units of a profile inside a place, by unit."""
        where = f"{_INSIDE} AND place = ? AND profile = ? AND profile_version = ? ORDER BY unit LIMIT ?"
        return self._live(where, (place, profile, version, limit))

    def mixes(self) -> tuple[Mix, ...]:
        """How many units of which profile are in which place, by (place, profile, profile_version)."""
        names = "place, profile, profile_version"
        said = f"SELECT {names}, COUNT(*) FROM live_units WHERE {_INSIDE} GROUP BY {names} ORDER BY {names}"
        return tuple(
            Mix(place=place, profile=profile, profile_version=version, number=number)
            for place, profile, version, number in self._sql.rows(said)
        )

    def stock(self, now_ms: int) -> tuple[StockRow, ...]:
        """How many units places hold, by (place, component, blood_group)."""
        names = "place, component, blood_group"
        counts = f"COUNT(*), SUM(CASE WHEN {_RELEASED} THEN 1 ELSE 0 END)"
        said = f"SELECT {names}, {counts} FROM live_units WHERE {_INSIDE} GROUP BY {names} ORDER BY {names}"
        return tuple(
            StockRow(place=place, component=component, blood_group=group, inside=inside, released=int(released))
            for place, component, group, inside, released in self._sql.rows(said, (now_ms,))
        )

    def used(self, from_ms: int, to_ms: int) -> tuple[Used, ...]:
        """Units last issued with from_ms <= issued_ms < to_ms, by (place, to, component, blood_group)."""
        names = "place, issued_to, component, blood_group"
        where = "issued_ms IS NOT NULL AND issued_ms >= ? AND issued_ms < ?"
        said = f"SELECT {names}, COUNT(*) FROM live_units WHERE {where} GROUP BY {names} ORDER BY {names}"
        return tuple(
            Used(place=place, to=to, component=component, blood_group=group, number=number)
            for place, to, component, group, number in self._sql.rows(said, (from_ms, to_ms))
        )

    def members(self) -> tuple[Member, ...]:
        """By site."""
        return self._said(Member, "members ORDER BY site")

    def returns_of_unit(self, unit: str) -> tuple[UnitReturn, ...]:
        """By at_ms."""
        return self._said(UnitReturn, "unit_returns WHERE unit = ? ORDER BY at_ms", (unit,))

    def handovers_of(self, manifest: str) -> tuple[Handover, ...]:
        """The signatures on a packing list, by party."""
        return self._said(Handover, "handovers WHERE manifest = ? ORDER BY party", (manifest,))

    def handovers_since(self, from_ms: int, limit: int) -> tuple[Handover, ...]:
        """Signatures with at_ms >= from_ms, newest first by (at_ms, manifest, party)."""
        order = "ORDER BY at_ms DESC, manifest DESC, party DESC LIMIT ?"
        return self._said(Handover, f"handovers WHERE at_ms >= ? {order}", (from_ms, limit))

    def emergency(self, case: str) -> Emergency | None:
        """One emergency case."""
        return next(iter(self._said(Emergency, "emergencies WHERE id = ?", (case,))), None)

    def emergencies_open(self, limit: int) -> tuple[Emergency, ...]:
        """Those that are not closed, by (opened_ms, id)."""
        return self._said(Emergency, "emergencies WHERE closed = 0 ORDER BY opened_ms, id LIMIT ?", (limit,))

    def plans(self, month: str) -> tuple[Plan, ...]:
        """Of a month, by (site, component)."""
        return self._said(Plan, "plans WHERE month = ? ORDER BY site, component", (month,))

    def stock_levels(self) -> tuple[StockLevel, ...]:
        """By (site, component, blood_group)."""
        return self._said(StockLevel, "stock_levels ORDER BY site, component, blood_group")

    def _live(self, where: str, params: Params) -> tuple[LiveUnit, ...]:
        rows = self._sql.rows(f"SELECT {', '.join(_COLUMNS)} FROM live_units WHERE {where}", params)
        found = (dict(zip(_COLUMNS, row, strict=True)) for row in rows)
        return tuple(LiveUnit(**(one | {"inside": bool(one["inside"])})) for one in found)

    def _said(self, kind: type[_S], source: str, params: Params = ()) -> tuple[_S, ...]:
        decoder = _DECODERS[kind]
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))
