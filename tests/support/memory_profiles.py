"""Approved profiles and what places have to keep, of the store in memory."""

from typing import Any

from support.memory_state import Part

from coldchain.entries import EntryKind
from coldchain.profiles import Approval, PlaceProfile, Proposal


class MemoryProfiles(Part):
    """The port ProfileRecords by sorting everything."""

    def profile_proposals(self) -> tuple[Proposal, ...]:
        found: list[Any] = list(self.state.things[EntryKind.PROFILE_PROPOSAL].values())
        return tuple(sorted(found, key=lambda one: (one.profile, one.version, one.at_ms)))

    def profile_approvals(self) -> tuple[Approval, ...]:
        found: list[Any] = list(self.state.things[EntryKind.PROFILE_APPROVAL].values())
        return tuple(sorted(found, key=lambda one: (one.profile, one.version, one.at_ms)))

    def place_profiles(self, place: str) -> tuple[PlaceProfile, ...]:
        return tuple(one for one in self._changes() if one.place == place)

    def place_profiles_since(self, from_ms: int) -> tuple[PlaceProfile, ...]:
        return tuple(one for one in self._changes() if one.from_ms >= from_ms)

    def _changes(self) -> list[PlaceProfile]:
        found: list[Any] = list(self.state.things[EntryKind.PLACE_PROFILE].values())
        return sorted(found, key=lambda one: (one.at_ms, one.place))
