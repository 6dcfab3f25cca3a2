"""The closed loop, read back; a part of SqlRecords."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

from coldchain.closed_loop import (
    EXPIRING_MS,
    Emergency,
    Handover,
    LiveUnit,
    Member,
    Mix,
    Party,
    Plan,
    StockLevel,
    StockRow,
    UnitReturn,
    Used,
)
from coldchain.entries import Manifest, Receipt
from stores.sql import Params, Sql

_S = TypeVar("_S", bound=msgspec.Struct)
_DECODERS: Final[dict[type[msgspec.Struct], msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in (Member, UnitReturn, Handover, Emergency, Plan, StockLevel, Receipt, Manifest)
}
PAGE: Final = 500
_COLUMNS: Final = LiveUnit.__struct_fields__
_INSIDE: Final = "ended = 0 AND inside = 1"
_HELD: Final = "EXISTS (SELECT 1 FROM holds WHERE holds.unit = live_units.unit AND holds.stands = 1)"
_RELEASED: Final = f"(expires_ms IS NULL OR expires_ms > ?) AND NOT {_HELD}"
_KEPT: Final = f"(expires_ms IS NULL OR expires_ms > ?) AND {_HELD}"


class SqlClosedRecords:
    """The port ClosedRecords over one transaction."""

    _sql: Sql

    def live_unit(self, unit: str) -> LiveUnit | None:
        """One unit that has not come to its end."""
        return next(iter(self._live("unit = ? AND ended = 0", (unit,))), None)

    def live_issued(self, span: tuple[int, int], after: tuple[int, str], limit: int) -> tuple[LiveUnit, ...]:
        """Units last issued with span[0] <= issued_ms < span[1], without an end, by (issued_ms, unit) after `after`."""
        where = "issued_ms IS NOT NULL AND issued_ms >= ? AND issued_ms < ? AND ended = 0"
        return self._page(where, span, "issued_ms", after, limit)

    def live_out(self, after: tuple[int, str], before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units that left before before_ms, seen to go and not issued since they were in, by (left_ms, unit)."""
        held = "issued_ms IS NULL OR entered_ms > issued_ms"
        where = f"ended = 0 AND inside = 0 AND left_ms < ? AND unseen_ms IS NULL AND ({held})"
        return self._page(where, (before_ms,), "left_ms", after, limit)

    def live_unseen(self, after: tuple[int, str], before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units not seen where they should be since before before_ms, by (unseen_ms, unit) after `after`."""
        where = "ended = 0 AND unseen_ms IS NOT NULL AND unseen_ms < ?"
        return self._page(where, (before_ms,), "unseen_ms", after, limit)

    def live_exposed(self, after: tuple[int, str], limit: int) -> tuple[LiveUnit, ...]:
        """Units that a finding met, by (exposed_ms, unit) after `after`."""
        return self._page("ended = 0 AND exposed_ms IS NOT NULL", (), "exposed_ms", after, limit)

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
        soon = "SUM(CASE WHEN expires_ms > ? AND expires_ms <= ? THEN 1 ELSE 0 END)"
        sums = ", ".join(f"SUM(CASE WHEN {what} THEN 1 ELSE 0 END)" for what in (_RELEASED, _KEPT))
        counts = f"COUNT(*), {sums}, MIN(expires_ms), {soon}"
        said = f"SELECT {names}, {counts} FROM live_units WHERE {_INSIDE} GROUP BY {names} ORDER BY {names}"
        return tuple(
            StockRow(
                place=place,
                component=component,
                blood_group=group,
                inside=inside,
                released=int(released),
                held=int(held),
                first_expiry_ms=None if first is None else int(first),
                expiring=int(expiring),
            )
            for place, component, group, inside, released, held, first, expiring in self._sql.rows(
                said, (now_ms, now_ms, now_ms, now_ms + EXPIRING_MS)
            )
        )

    def first_out(
        self, places: Sequence[str], component: str, blood_group: str, now_ms: int, limit: int
    ) -> tuple[LiveUnit, ...]:
        """Released units of a component and group inside these places, by (expires_ms, unknown last; unit)."""
        if not places:
            return ()
        here = f"place IN ({', '.join('?' for _ in places)})"
        order = "CASE WHEN expires_ms IS NULL THEN 1 ELSE 0 END, expires_ms, unit"
        where = f"{_INSIDE} AND {here} AND component = ? AND blood_group = ? AND {_RELEASED} ORDER BY {order} LIMIT ?"
        return self._live(where, (*places, component, blood_group, now_ms, limit))

    def used(self, from_ms: int, to_ms: int, boxes: Sequence[str]) -> tuple[Used, ...]:
        """Units last issued with from_ms <= issued_ms < to_ms and not back since, by (place, to, component, group)."""
        names = "place, issued_to, component, blood_group"
        stock = f"place NOT IN ({', '.join('?' for _ in boxes)})" if boxes else "1 = 1"
        back = f"ended = 0 AND inside = 1 AND entered_ms > issued_ms AND {stock}"
        where = f"issued_ms IS NOT NULL AND issued_ms >= ? AND issued_ms < ? AND NOT ({back})"
        said = f"SELECT {names}, COUNT(*) FROM live_units WHERE {where} GROUP BY {names} ORDER BY {names}"
        return tuple(
            Used(place=place, to=to, component=component, blood_group=group, number=number)
            for place, to, component, group, number in self._sql.rows(said, (from_ms, to_ms, *boxes))
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

    def handovers_after(self, after: tuple[int, str], limit: int) -> tuple[Handover, ...]:
        """Signatures by (at_ms, manifest, party), of (at_ms, manifest) after `after`."""
        where = "handovers WHERE (at_ms, manifest) > (?, ?) ORDER BY at_ms, manifest, party LIMIT ?"
        return self._said(Handover, where, (*after, limit))

    def handovers_alone(self, after: tuple[int, str], limit: int) -> tuple[Handover, ...]:
        """Signatures on packing lists that have no other one, by (at_ms, manifest) after `after`."""
        other = "SELECT 1 FROM handovers AS o WHERE o.manifest = handovers.manifest AND o.party <> handovers.party"
        where = f"handovers WHERE (at_ms, manifest) > (?, ?) AND NOT EXISTS ({other}) ORDER BY at_ms, manifest LIMIT ?"
        return self._said(Handover, where, (*after, limit))

    def journeys_before(self, before_ms: int, limit: int) -> tuple[tuple[Manifest, int], ...]:
        """Packing lists for which a receiver signed by before_ms, and when, by (signed, id), the newest first."""
        rows = self._sql.rows(
            "SELECT m.body, h.at_ms FROM handovers AS h JOIN manifests AS m ON m.id = h.manifest"
            " WHERE h.party = ? AND h.at_ms <= ? ORDER BY h.at_ms DESC, h.manifest DESC LIMIT ?",
            (Party.RECEIVER.value, before_ms, limit),
        )
        decoder = _DECODERS[Manifest]
        return tuple((decoder.decode(body), int(at_ms)) for body, at_ms in rows)

    def packed_from(self, from_ms: int, limit: int) -> tuple[Manifest, ...]:
        """Packing lists with packed_ms >= from_ms, by (packed_ms, id)."""
        return self._said(Manifest, "manifests WHERE packed_ms >= ? ORDER BY packed_ms, id LIMIT ?", (from_ms, limit))

    def receipts_after(self, after: tuple[int, str], limit: int) -> tuple[Receipt, ...]:
        """Receipts by (to_ms, id) after `after`."""
        return self._said(Receipt, "receipts WHERE (to_ms, id) > (?, ?) ORDER BY to_ms, id LIMIT ?", (*after, limit))

    def emergency(self, case: str) -> Emergency | None:
        """One emergency case."""
        return next(iter(self._said(Emergency, "emergencies WHERE id = ?", (case,))), None)

    def emergencies_of(self, site: str) -> tuple[Emergency, ...]:
        """All of a site that are not closed, by (opened_ms, id). Read page by page, so that none is left out."""
        where = "emergencies WHERE closed = 0 AND (opened_ms, id) > (?, ?) ORDER BY opened_ms, id LIMIT ?"
        found: list[Emergency] = []
        after: tuple[int, str] = (-1, "")
        while page := self._said(Emergency, where, (*after, PAGE)):
            found += [case for case in page if case.site == site]
            after = page[-1].opened_ms, page[-1].id
        return tuple(found)

    def emergencies_open(self, limit: int) -> tuple[Emergency, ...]:
        """Those that are not closed, by (opened_ms, id)."""
        return self._said(Emergency, "emergencies WHERE closed = 0 ORDER BY opened_ms, id LIMIT ?", (limit,))

    def plans(self, month: str) -> tuple[Plan, ...]:
        """Of a month, by (site, component)."""
        return self._said(Plan, "plans WHERE month = ? ORDER BY site, component", (month,))

    def stock_levels(self) -> tuple[StockLevel, ...]:
        """By (site, component, blood_group)."""
        return self._said(StockLevel, "stock_levels ORDER BY site, component, blood_group")

    def _page(self, where: str, params: Params, by: str, after: tuple[int, str], limit: int) -> tuple[LiveUnit, ...]:
        keyed = f"{where} AND ({by}, unit) > (?, ?) ORDER BY {by}, unit LIMIT ?"
        return self._live(keyed, (*params, *after, limit))

    def _live(self, where: str, params: Params) -> tuple[LiveUnit, ...]:
        rows = self._sql.rows(f"SELECT {', '.join(_COLUMNS)} FROM live_units WHERE {where}", params)
        found = (dict(zip(_COLUMNS, row, strict=True)) for row in rows)
        return tuple(LiveUnit(**(one | {"inside": bool(one["inside"])})) for one in found)

    def _said(self, kind: type[_S], source: str, params: Params = ()) -> tuple[_S, ...]:
        decoder = _DECODERS[kind]
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))
