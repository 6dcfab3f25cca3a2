"""What is recorded of proposed and approved profiles, and of what places have to keep: a part of the port Records."""

from typing import Protocol

from coldchain.profiles import Approval, PlaceProfile, Proposal


class ProfileRecords(Protocol):
    """Answers as of a session."""

    def profile_proposals(self) -> tuple[Proposal, ...]:
        """By (profile, version, at_ms)."""

    def profile_approvals(self) -> tuple[Approval, ...]:
        """By (profile, version, at_ms)."""

    def place_profiles(self, place: str) -> tuple[PlaceProfile, ...]:
        """Changes of what a place has to keep, by at_ms."""

    def place_profiles_since(self, from_ms: int) -> tuple[PlaceProfile, ...]:
        """Changes of any place that hold from from_ms on or later, by (at_ms, place)."""
