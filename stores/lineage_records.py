"""The projections of lineage, ends, recalls, declared errors, owners and containers, read back."""

from typing import Any, Final, TypeVar

import msgspec

from coldchain.lineage import (
    Containment,
    Edge,
    ErrorDeclaration,
    Ownership,
    Recall,
    Transformation,
    UnitEnd,
)
from coldchain.units import Unit
from stores.sql import Params, Sql

_S = TypeVar("_S", bound=msgspec.Struct)
_DECODERS: Final[dict[type[msgspec.Struct], msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in (Transformation, UnitEnd, Recall, ErrorDeclaration, Ownership, Containment, Unit)
}
_OF_ISSUER: Final = "scheme = ? AND (issuer = ? OR ? = 'isbt128')"  # ISBT 128 numbers are unique by themselves


class SqlLineageRecords:
    """LineageRecords over one transaction."""

    _sql: Sql

    def transformation(self, act: str) -> Transformation | None:
        """One act that stands."""
        return self._first_of(Transformation, "transformations WHERE id = ?", (act,))

    def made_of(self, unit: str) -> tuple[Edge, ...]:
        """Edges to what was made of a unit, by (at_ms, child, act)."""
        return self._edges("parent = ? ORDER BY at_ms, child, act", unit)

    def made_from(self, unit: str) -> tuple[Edge, ...]:
        """Edges to what a unit was made from, by (at_ms, parent, act)."""
        return self._edges("child = ? ORDER BY at_ms, parent, act", unit)

    def unit_end(self, unit: str) -> UnitEnd | None:
        """How a unit came to its end; None: it has not."""
        return self._first_of(UnitEnd, "unit_ends WHERE unit = ?", (unit,))

    def units_of_donation(self, issuer: str, scheme: str, donation_number: str, limit: int) -> tuple[Unit, ...]:
        """The components of a donation, by id."""
        where = f"units WHERE donation_number = ? AND {_OF_ISSUER} ORDER BY id LIMIT ?"
        return self._every(Unit, where, (donation_number, scheme, issuer, scheme, limit))

    def recall(self, recall: str) -> Recall | None:
        """One recall."""
        return self._first_of(Recall, "recalls WHERE id = ?", (recall,))

    def recalls(self, limit: int) -> tuple[Recall, ...]:
        """The newest first, by (at_ms, id) downwards."""
        return self._every(Recall, "recalls ORDER BY at_ms DESC, id DESC LIMIT ?", (limit,))

    def recalls_of_donation(self, issuer: str, scheme: str, donation_number: str) -> tuple[Recall, ...]:
        """Those of a donation, by id."""
        where = f"recalls WHERE donation_number = ? AND {_OF_ISSUER} ORDER BY id"
        return self._every(Recall, where, (donation_number, scheme, issuer, scheme))

    def errors_of_unit(self, unit: str) -> tuple[ErrorDeclaration, ...]:
        """What was declared an error of a unit, by (at_ms, of, wrong.at_ms, wrong.object)."""
        where = "declared_errors WHERE unit = ? ORDER BY at_ms, kind, wrong_ms, object"
        return self._every(ErrorDeclaration, where, (unit,))

    def owners_of_unit(self, unit: str) -> tuple[Ownership, ...]:
        """By (at_ms, owner)."""
        return self._every(Ownership, "ownerships WHERE unit = ? ORDER BY at_ms, owner", (unit,))

    def containments_of(self, container: str) -> tuple[Containment, ...]:
        """Where a container was put, by at_ms."""
        return self._every(Containment, "containments WHERE container = ? ORDER BY at_ms", (container,))

    def contained_in(self, parent: str) -> tuple[str, ...]:
        """Containers that were ever put into a container or place, sorted."""
        found = self._sql.rows(
            "SELECT DISTINCT container FROM containments WHERE parent = ? ORDER BY container", (parent,)
        )
        return tuple(row.container for row in found)

    def receipts_of_unit(self, unit: str) -> tuple[str, ...]:
        """Receipts that speak of a unit, by id."""
        found = self._sql.rows("SELECT receipt FROM receipt_units WHERE unit = ? ORDER BY receipt", (unit,))
        return tuple(row.receipt for row in found)

    def _edges(self, where: str, unit: str) -> tuple[Edge, ...]:
        rows = self._sql.rows(f"SELECT parent, child, act, at_ms FROM lineage WHERE {where}", (unit,))
        return tuple(Edge(parent=row.parent, child=row.child, act=row.act, at_ms=row.at_ms) for row in rows)

    def _every(self, kind: type[_S], source: str, params: Params) -> tuple[_S, ...]:
        decoder = _DECODERS[kind]
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))

    def _first_of(self, kind: type[_S], source: str, params: Params) -> _S | None:
        row = self._sql.first(f"SELECT body FROM {source}", params)
        found: _S | None = None if row is None else _DECODERS[kind].decode(row[0])
        return found
