"""Decisions, receptions, manual readings and counts read back; a part of SqlRecords."""

from typing import Final, TypeVar

import msgspec

from coldchain.decisions import Decision
from stores.sql import Params, Sql

_S = TypeVar("_S", bound=msgspec.Struct)
_DECISIONS: Final = msgspec.json.Decoder(Decision)


class SqlDecisionRecords:
    """The port DecisionRecords over one transaction."""

    _sql: Sql

    def decisions_of_unit(self, unit: str) -> tuple[Decision, ...]:
        """By (at_ms, id), overtaken ones too."""
        return self._read(_DECISIONS, "decisions WHERE unit = ? ORDER BY at_ms, id", (unit,))

    def decisions(self, limit: int) -> tuple[Decision, ...]:
        """The newest ones, by (at_ms, id) from the last back."""
        return self._read(_DECISIONS, "decisions ORDER BY at_ms DESC, id DESC LIMIT ?", (limit,))

    def _read(self, decoder: msgspec.json.Decoder[_S], source: str, params: Params) -> tuple[_S, ...]:
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))
