"""From entries on profiles to their rows."""

from typing import Final

from coldchain.entries import EntryKind
from coldchain.profiles import Approval, PlaceProfile, Proposal
from stores import schema_profiles as tables
from stores.change import Applied, Change
from stores.schema import upsert_sql

_PROPOSAL: Final = upsert_sql(tables.profile_proposals)
_APPROVAL: Final = upsert_sql(tables.profile_approvals)
_KEPT: Final = upsert_sql(tables.place_profiles)


def _proposal(seq: int, one: Proposal, body: bytes) -> tuple[Change, ...]:
    return (Change(_PROPOSAL, (one.profile, one.version, one.at_ms, seq, body)),)


def _approval(seq: int, one: Approval, body: bytes) -> tuple[Change, ...]:
    return (Change(_APPROVAL, (one.profile, one.version, one.at_ms, seq, body)),)


def _kept(seq: int, one: PlaceProfile, body: bytes) -> tuple[Change, ...]:
    return (Change(_KEPT, (one.place, one.at_ms, one.from_ms, seq, body)),)


APPLY_PROFILES: Final[Applied] = {
    EntryKind.PROFILE_PROPOSAL: (Proposal, _proposal),
    EntryKind.PROFILE_APPROVAL: (Approval, _approval),
    EntryKind.PLACE_PROFILE: (PlaceProfile, _kept),
}
