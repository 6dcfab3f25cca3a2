"""Who was where and what is held, paged in SQL; a part of SqlRecords.

Which stays match is found in one index alone (stays_by_entry); bodies are read of the page that is asked for.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from coldchain.entries import StayRecord
from coldchain.lookback_ports import HeldUnitSince
from coldchain.units import Hold
from stores.sql import Params, Sql
from stores.stay_length import LENGTHS, OPEN

FOREVER: Final = 2**62
NAMED_AT_ONCE: Final = 500  # units in one question: databases take some thousands of parameters

_OF: Final = "SELECT unit, number FROM stays WHERE place = ?1 AND withdrawn = 0 AND length ="
# ?1 place, ?2 from_ms, ?3 to_ms. Every class is bounded on both sides of the index by entry.
_INSIDE: Final = " UNION ALL ".join(
    (
        *(
            f"{_OF} '{name}' AND possible_from_ms > ?2 - {limit_ms} AND possible_from_ms < ?3 AND possible_to_ms > ?2"
            for name, limit_ms in LENGTHS
        ),
        # ?2 says nothing of an open stay; it is named so that every part has the same parameters.
        f"{_OF} '{OPEN}' AND possible_from_ms < ?3 AND ?2 < {FOREVER}",
    )
)
_COUNT: Final = f"SELECT COUNT(*) AS n FROM ({_INSIDE}) inside"
_UNITS: Final = f"SELECT DISTINCT unit FROM ({_INSIDE}) inside ORDER BY unit"
# Sorting what matches as one list, of which the first are kept, is faster than merging sorted lists of all classes, and
# the bodies of a page come in its order where it leads the join.
_FOUND: Final = f"WITH inside AS MATERIALIZED ({_INSIDE}) SELECT s.body"
_BODIES: Final = "found CROSS JOIN stays s WHERE s.unit = found.unit AND s.number = found.number"
_PAGE: Final = (
    f"{_FOUND} FROM (SELECT unit, number FROM inside WHERE (unit, number) > (?4, ?5)"
    f" ORDER BY unit, number LIMIT ?6) {_BODIES} ORDER BY found.unit, found.number"
)
_BEGIN: Final = (
    f"{_FOUND}, (SELECT COUNT(*) FROM inside) AS n FROM (SELECT unit, number FROM inside"
    f" ORDER BY unit, number LIMIT ?4) {_BODIES} ORDER BY found.unit, found.number"
)
_EVERY: Final = (
    f"SELECT s.body FROM ({_INSIDE}) found JOIN stays s ON s.unit = found.unit AND s.number = found.number"
    " ORDER BY s.unit, s.number"
)
_HELD_SINCE: Final = (
    "SELECT h.unit, h.since_ms, CASE WHEN e.unit IS NULL THEN 0 ELSE 1 END AS ended FROM"
    " (SELECT unit, MIN(placed_ms) AS since_ms, MIN(id) AS id FROM holds WHERE stands = 1 GROUP BY unit) h"
    " LEFT JOIN unit_ends e ON e.unit = h.unit ORDER BY ended, h.since_ms, h.id LIMIT ?"
)
_HANDED_OUT: Final = (
    "holds h WHERE stands = 1 AND (EXISTS (SELECT 1 FROM issues i WHERE i.unit = h.unit)"
    " OR EXISTS (SELECT 1 FROM unit_ends e WHERE e.unit = h.unit)) ORDER BY placed_ms, id"
)
_STAYS: Final = msgspec.json.Decoder(StayRecord)
_HOLDS: Final = msgspec.json.Decoder(Hold)


class SqlLookbackRecords:
    """LookbackRecords over one transaction."""

    _sql: Sql

    def stays_in_place(self, place: str, from_ms: int, to_ms: int | None) -> tuple[StayRecord, ...]:
        """Stays not withdrawn whose possible interval overlaps [from_ms, to_ms) (None: open), by (unit, number)."""
        rows = self._sql.rows(_EVERY, (place, from_ms, _until(to_ms)))
        return tuple(_STAYS.decode(row.body) for row in rows)

    def stays_page(
        self, place: str, from_ms: int, to_ms: int | None, after: tuple[str, int], limit: int
    ) -> tuple[StayRecord, ...]:
        """The first `limit` of stays_in_place with (unit, number) above `after`."""
        rows = self._sql.rows(_PAGE, (place, from_ms, _until(to_ms), *after, limit))
        return tuple(_STAYS.decode(row.body) for row in rows)

    def stays_begin(
        self, place: str, from_ms: int, to_ms: int | None, limit: int
    ) -> tuple[tuple[StayRecord, ...], int]:
        """The first page of stays_in_place, and how many they are."""
        rows = self._sql.rows(_BEGIN, (place, from_ms, _until(to_ms), limit))
        return tuple(_STAYS.decode(row.body) for row in rows), int(rows[0].n) if rows else 0

    def count_stays(self, place: str, from_ms: int, to_ms: int | None) -> int:
        """How many stays_in_place are."""
        return int(self._sql.first(_COUNT, (place, from_ms, _until(to_ms))).n)

    def units_in_place(self, place: str, from_ms: int, to_ms: int | None) -> tuple[str, ...]:
        """The units of stays_in_place, each once, by id."""
        return tuple(row.unit for row in self._sql.rows(_UNITS, (place, from_ms, _until(to_ms))))

    def standing_stays_of(self, units: Collection[str]) -> tuple[StayRecord, ...]:
        """The stays of these units that are not withdrawn, by (unit, number)."""
        named = sorted(set(units))
        found: list[StayRecord] = []
        for start in range(0, len(named), NAMED_AT_ONCE):
            part = named[start : start + NAMED_AT_ONCE]
            places = ", ".join("?" * len(part))
            source = f"stays WHERE withdrawn = 0 AND unit IN ({places}) ORDER BY unit, number"
            found += [_STAYS.decode(row.body) for row in self._sql.rows(f"SELECT body FROM {source}", tuple(part))]
        return tuple(found)

    def put_at(self, units: Collection[str], place: str, at_ms: int) -> frozenset[str]:
        """Those of these units that were put into a place at this very instant, where that word counts still."""
        named = sorted(set(units))
        found: set[str] = set()
        for start in range(0, len(named), NAMED_AT_ONCE):
            part = named[start : start + NAMED_AT_ONCE]
            where = f"unit IN ({', '.join('?' * len(part))}) AND at_ms = ? AND place = ?"
            rows = self._sql.rows(f"SELECT unit FROM placements WHERE {where}", (*part, at_ms, place))
            found.update(row.unit for row in rows)
        return frozenset(found)

    def hold(self, hold: str) -> Hold | None:
        """One hold."""
        return next(iter(self._holds("holds WHERE id = ?", (hold,))), None)

    def holds_page(self, after: tuple[int, str], limit: int) -> tuple[Hold, ...]:
        """The first `limit` of all holds ever with (placed_ms, id) above `after`."""
        return self._holds("holds WHERE (placed_ms, id) > (?, ?) ORDER BY placed_ms, id LIMIT ?", (*after, limit))

    def holds_of_finding(self, finding: str) -> tuple[Hold, ...]:
        """Those that stand on a finding or recall, lifted ones too, by (placed_ms, id)."""
        return self._holds("holds WHERE finding = ? ORDER BY placed_ms, id", (finding,))

    def holds_that_stand(self) -> tuple[Hold, ...]:
        """The holds of all units that stand, by (placed_ms, id)."""
        return self._holds("holds WHERE stands = 1 ORDER BY placed_ms, id", ())

    def holds_of_handed_out(self) -> tuple[Hold, ...]:
        """Those of holds_that_stand whose units were handed out or have ended."""
        return self._holds(_HANDED_OUT, ())

    def held_of(self, units: Collection[str]) -> frozenset[str]:
        """Those of these units that have a hold that stands."""
        named = sorted(set(units))
        found: set[str] = set()
        for start in range(0, len(named), NAMED_AT_ONCE):
            part = named[start : start + NAMED_AT_ONCE]
            places = ", ".join("?" * len(part))
            rows = self._sql.rows(
                f"SELECT DISTINCT unit FROM holds WHERE stands = 1 AND unit IN ({places})", tuple(part)
            )
            found.update(row.unit for row in rows)
        return frozenset(found)

    def units_on_hold(self, limit: int) -> tuple[HeldUnitSince, ...]:
        """The units with holds that stand: not ended before ended, the longest held first, then by hold id."""
        return tuple(
            HeldUnitSince(unit=row.unit, since_ms=row.since_ms, ended=bool(row.ended))
            for row in self._sql.rows(_HELD_SINCE, (limit,))
        )

    def count_units_on_hold(self) -> int:
        """How many units have a hold that stands."""
        return int(self._sql.first("SELECT COUNT(DISTINCT unit) AS n FROM holds WHERE stands = 1").n)

    def _holds(self, source: str, params: Params) -> tuple[Hold, ...]:
        return tuple(_HOLDS.decode(row.body) for row in self._sql.rows(f"SELECT body FROM {source}", params))


def _until(to_ms: int | None) -> int:
    return FOREVER if to_ms is None else to_ms
