"""Proposals, approvals and what places have to keep, read back; a part of SqlRecords."""

from typing import Final, TypeVar

import msgspec

from coldchain.profiles import Approval, PlaceProfile, Proposal
from stores.sql import Params, Sql

_S = TypeVar("_S", bound=msgspec.Struct)
_PROPOSALS: Final = msgspec.json.Decoder(Proposal)
_APPROVALS: Final = msgspec.json.Decoder(Approval)
_KEPT: Final = msgspec.json.Decoder(PlaceProfile)


class SqlProfileRecords:
    """The port ProfileRecords over one transaction."""

    _sql: Sql

    def profile_proposals(self) -> tuple[Proposal, ...]:
        """By (profile, version, at_ms)."""
        return self._of_profiles(_PROPOSALS, "profile_proposals ORDER BY profile, version, at_ms")

    def profile_approvals(self) -> tuple[Approval, ...]:
        """By (profile, version, at_ms)."""
        return self._of_profiles(_APPROVALS, "profile_approvals ORDER BY profile, version, at_ms")

    def place_profiles(self, place: str) -> tuple[PlaceProfile, ...]:
        """Changes of what a place has to keep, by at_ms."""
        return self._of_profiles(_KEPT, "place_profiles WHERE place = ? ORDER BY at_ms", (place,))

    def place_profiles_since(self, from_ms: int) -> tuple[PlaceProfile, ...]:
        """Changes of any place that hold from from_ms on or later, by (at_ms, place)."""
        return self._of_profiles(_KEPT, "place_profiles WHERE from_ms >= ? ORDER BY at_ms, place", (from_ms,))

    def _of_profiles(self, decoder: msgspec.json.Decoder[_S], source: str, params: Params = ()) -> tuple[_S, ...]:
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))
