"""How long readings are kept, what holds them longer, and how they may go: one proposes, another confirms.

Ledger entries are never removed. What can go are sealed blocks of readings whose time is over; their entries stay, so
that everybody sees what was there. Sources of the periods: at least ten years for all records of storage, hand-over,
issue and use of blood (临床输血技术规范; 血站管理办法; 21 CFR 606.160(d)); thirty years for what traces a unit of
blood in the EU and UK (Directive 2005/61/EC art. 4, 2002/98/EC art. 14).
"""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from coldchain.blocks import DAY_MS
from coldchain.stamps import ReadingDigest

YEARS_DEFAULT: Final = 10
YEARS_MAX: Final = 100
DAYS_OF_YEAR: Final = 366  # a period is never shorter than its calendar years
DISPOSAL_BLOCKS_MAX: Final = 2_000  # in one proposal: what a person can answer for, and one transaction can remove
DISPOSAL_DIGESTS_MAX: Final = 5_000  # hashes over rows that one proposal may touch: each is looked at and made anew
DEFAULT_SOURCE: Final = "至少 10 年 / at least 10 years: 临床输血技术规范; 血站管理办法; 21 CFR 606.160(d)"


class Kept(StrEnum):
    """What a policy speaks of: readings by their own age, and readings that the record of a unit needs."""

    READINGS = "readings"
    UNIT_RECORDS = "unit-records"


class RetentionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How many years something is kept, under a profile or ("") under any. A later one of the same pair replaces it.

    Readings count from their own day; what a unit's record needs counts from when the unit was last there, was issued,
    came to its end or expired, whichever is latest. `source`: the rule of law or of the house.
    """

    what: Kept
    profile: str
    years: int
    source: str
    at_ms: int
    name: str
    post: str
    second_name: str = ""  # a shorter period than before is signed by two
    second_post: str = ""


class HoldScope(StrEnum):
    """What a legal hold covers."""

    EVERYTHING = "everything"
    PLACE = "place"
    PROBE = "probe"
    UNIT = "unit"


class LegalHold(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing of a subject is removed until a person ends the hold with a reason. `ended_ms` None: it stands.

    It covers readings of [from_ms, to_ms); to_ms None: without end.
    """

    id: str
    scope: HoldScope
    subject: str
    reason: str
    at_ms: int
    name: str
    post: str
    from_ms: int = 0
    to_ms: int | None = None
    ended_ms: int | None = None
    ended_reason: str = ""
    ended_name: str = ""
    ended_post: str = ""

    @property
    def stands(self) -> bool:
        """Whether it still holds."""
        return self.ended_ms is None


class DisposalState(StrEnum):
    """How far a removal has come."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


AFTER: Final[Mapping[DisposalState, tuple[DisposalState, ...]]] = {
    DisposalState.PROPOSED: (DisposalState.PROPOSED,),
    DisposalState.CONFIRMED: (DisposalState.PROPOSED,),
    DisposalState.REMOVED: (DisposalState.CONFIRMED,),
    DisposalState.WITHDRAWN: (DisposalState.PROPOSED, DisposalState.CONFIRMED),
}  # which states each of them may follow; only a proposal begins one


class DisposalSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Days of a probe that are to go, both included, and how many blocks they have (late readings make several)."""

    probe: str
    from_day: int
    to_day: int
    blocks: int


class Disposal(msgspec.Struct, frozen=True, kw_only=True):
    """A removal of readings whose time is over; a higher version replaces. `sha256`: over all its blocks' hashes.

    Proposed and confirmed by different persons in different posts, and only then done. `why_not`: why it was withdrawn.
    `proposed_actor`: by which login ("": nobody noted it).
    """

    id: str
    version: int
    state: DisposalState
    spans: tuple[DisposalSpan, ...]
    blocks: int
    readings: int
    sha256: str
    reason: str
    proposed_ms: int
    proposed_name: str
    proposed_post: str
    confirmed_ms: int | None = None
    confirmed_name: str = ""
    confirmed_post: str = ""
    done_ms: int | None = None
    why_not: str = ""
    proposed_actor: str = ""


class KeptBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block whose bytes are there: the number of its entry, what that says, and which admissions it spans."""

    seq: int
    probe: str
    day: int
    generation: int
    n: int
    hash: str
    first_admission: int
    last_admission: int


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """These blocks of readings were removed under a disposal that two people signed. Their entries stay.

    `digests`: every hash over rows of which some went or lay between, made anew over the rows that were in no block.
    """

    disposal: str
    blocks: tuple[KeptBlock, ...]
    at_ms: int
    proposed_name: str
    proposed_post: str
    confirmed_name: str
    confirmed_post: str
    digests: tuple[ReadingDigest, ...] = ()


class RemovedDay(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of a probe and day that were removed by policy: neither measured nor unknown."""

    probe: str
    day: int
    disposal: str
    at_ms: int
    proposed_name: str
    confirmed_name: str


class SetRetention(msgspec.Struct, frozen=True, kw_only=True, tag="set-retention"):
    """A person says how long something is kept; a second one signs, too, where it is shorter than before."""

    what: Kept
    profile: str
    years: int
    source: str
    at_ms: int
    name: str
    post: str
    actor: str
    second_name: str = ""
    second_post: str = ""


class PlaceLegalHold(msgspec.Struct, frozen=True, kw_only=True, tag="place-legal-hold"):
    """A person places a legal hold at at_ms."""

    id: str
    scope: HoldScope
    subject: str
    reason: str
    at_ms: int
    name: str
    post: str
    actor: str
    from_ms: int = 0
    to_ms: int | None = None


class EndLegalHold(msgspec.Struct, frozen=True, kw_only=True, tag="end-legal-hold"):
    """A person ends a legal hold at at_ms."""

    id: str
    reason: str
    at_ms: int
    name: str
    post: str
    actor: str


class ProposeDisposal(msgspec.Struct, frozen=True, kw_only=True, tag="propose-disposal"):
    """A person proposes to remove what is due, of one probe or ("") of all, the oldest first, up to the limit."""

    id: str
    probe: str
    reason: str
    at_ms: int
    name: str
    post: str
    actor: str


class ConfirmDisposal(msgspec.Struct, frozen=True, kw_only=True, tag="confirm-disposal"):
    """Another person confirms at at_ms a removal with this hash over its blocks."""

    id: str
    sha256: str
    at_ms: int
    name: str
    post: str
    actor: str


class WithdrawDisposal(msgspec.Struct, frozen=True, kw_only=True, tag="withdraw-disposal"):
    """A person withdraws a removal that was not done yet."""

    id: str
    reason: str
    at_ms: int
    name: str
    post: str
    actor: str


OfRetention: TypeAlias = (
    SetRetention | PlaceLegalHold | EndLegalHold | ProposeDisposal | ConfirmDisposal | WithdrawDisposal
)


def years_ms(years: int) -> int:
    """Return the longest that so many years can be, in ms."""
    return years * DAYS_OF_YEAR * DAY_MS


def blocks_sha256(blocks: Iterable[KeptBlock]) -> str:
    """Return the hash over blocks by which two people sign for the same ones."""
    text = "".join(f"{one.seq} {one.hash}\n" for one in sorted(blocks, key=lambda one: one.seq))
    return hashlib.sha256(f"coldchain removal 1\n{text}".encode()).hexdigest()
