"""The closed loop: clocks of units, members of the federation, returns, hand-overs, emergencies, plans and stock.

Facts that people say and the payloads of ledger entries stand side by side. No donor or patient data.
"""

from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

EXPIRING_MS: Final = 24 * 3_600_000  # what expires so soon has to be used or moved now


class ClockName(StrEnum):
    """What of a unit is counted."""

    OUTING = "outing"  # out of controlled storage, the present or last occasion (A08)
    OUTINGS = "outings"  # all occasions together
    FOUR_HOURS = "four-hours"  # from leaving controlled storage to the end of the transfusion (A09)
    ISSUED = "issued"  # from the issue to the end of the transfusion
    THAWED = "thawed"
    EXPIRY = "expiry"  # A14
    AGITATION_GAP = "agitation-gap"  # platelets: the longest gap (A11)
    AGITATION_GAPS = "agitation-gaps"  # all gaps together
    ROAD = "road"  # in a box, crate or vehicle without a break (A20)
    EXCURSIONS = "excursions"  # how many findings met it, ever (A26)
    BUDGET = "budget"  # time beyond what its profile lets one unit bear (A27)


class ClockState(StrEnum):
    """How far a clock has come, the gravest first."""

    OVER = "over"
    POSSIBLY_OVER = "possibly-over"  # over, if it was outside for all of the time in which nobody knows where it was
    UNKNOWN = "unknown"  # what it counts from or by is not known
    WARNED = "warned"
    WITHIN = "within"
    COUNTED = "counted"  # there is no limit: a figure only


class UnitClock(msgspec.Struct, frozen=True, kw_only=True):
    """One clock of a unit, as of the instant it was asked for. Milliseconds; of EXCURSIONS `occasions` is the figure.

    `least_ms` is certain, `most_ms` what it is if unknown time counts as well. `running`: it goes on now. `due_ms`:
    when the limit is reached if it goes on (None: it is not running, or has no limit). `source` and `evidence` are the
    profile's, of its limit.
    """

    clock: ClockName
    state: ClockState
    running: bool
    since_ms: int | None = None
    least_ms: int = 0
    most_ms: int = 0
    warn_ms: int | None = None
    limit_ms: int | None = None
    due_ms: int | None = None
    occasions: int = 0
    occasions_max: int | None = None
    source: str = ""
    evidence: str = ""
    name: str = ""  # which of several budgets


class MemberKind(StrEnum):
    """What a site of the federation is."""

    STATION = "station"
    STORAGE_POINT = "storage-point"
    HOSPITAL = "hospital"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What a site is. The newest word counts."""

    site: str
    kind: MemberKind
    at_ms: int
    name: str
    post: str


class SetMember(msgspec.Struct, frozen=True, kw_only=True, tag="set-member"):
    """A person says what a site of the federation is."""

    site: str
    kind: MemberKind
    at_ms: int
    name: str
    post: str
    actor: str


class ReturnUnit(msgspec.Struct, frozen=True, kw_only=True, tag="return-unit"):
    """A unit that was issued is back in `place` at at_ms. Whether it may go back to stock, the rule says.

    `sealed`: its closure was never opened; `sound`: the person looked at it and saw no defect.
    """

    unit: str
    place: str
    at_ms: int
    sealed: bool
    sound: bool
    name: str
    post: str
    actor: str


class ReturnReason(StrEnum):
    """Why a unit may not go back to stock; ACCEPTED: it may."""

    ACCEPTED = "accepted"
    NEVER = "never"  # its profile lets none come back
    TOO_LONG = "too-long"
    TIME_UNKNOWN = "time-unknown"  # nobody knows for how long it was out
    TOO_OFTEN = "too-often"
    PROOF = "proof"  # its profile asks for the proof that it was kept within its limits all the time
    NO_RULE = "no-rule"
    OPENED = "opened"
    DEFECT = "defect"
    NOT_ISSUED = "not-issued"  # no issue is recorded before it yet; judged again when one is


class UnitReturn(msgspec.Struct, frozen=True, kw_only=True):
    """A return as it is recorded: `accepted` by the profile's rule, or kept back by hold `hold`.

    `out_ms`: for how long it was out, at most; None: unknown. `limit_ms`: the profile's, None: it has none.
    """

    unit: str
    place: str
    at_ms: int
    accepted: bool
    reason: ReturnReason
    out_ms: int | None
    limit_ms: int | None
    occasions: int
    profile: str
    profile_version: int
    sealed: bool
    sound: bool
    name: str
    post: str
    hold: str = ""


class Party(StrEnum):
    """Who signs a hand-over."""

    GIVER = "giver"
    RECEIVER = "receiver"


class SignHandover(msgspec.Struct, frozen=True, kw_only=True, tag="sign-handover"):
    """One of two persons signs what is handed over with a packing list: the bags, the seal, the documents.

    `units`: the bags that were counted, `seal`: the number on the seal ("" none), `documents`: what travels with them.
    `micro_celsius`: how warm it was in the box, None: nobody looked.
    """

    manifest: str
    party: Party
    units: tuple[str, ...]
    seal: str
    documents: tuple[str, ...]
    at_ms: int
    name: str
    post: str
    actor: str
    micro_celsius: int | None = None


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """One signature of a hand-over. `content`: SHA-256 of what was signed; two on one content complete it."""

    manifest: str
    party: Party
    content: str
    units: tuple[str, ...]
    seal: str
    documents: tuple[str, ...]
    at_ms: int
    name: str
    post: str
    micro_celsius: int | None = None


class ExpectAnew(msgspec.Struct, frozen=True, kw_only=True, tag="expect-anew"):
    """A person says at at_ms when a box on its way is expected instead, and why (coldchain.entries.Expected)."""

    manifest: str
    expected_ms: int
    reason: str
    at_ms: int
    name: str
    post: str
    actor: str


class OpenEmergency(msgspec.Struct, frozen=True, kw_only=True, tag="open-emergency"):
    """A person opens a case of emergency issue: blood leaves before its records are complete."""

    case: str
    site: str
    to: str
    units: tuple[str, ...]
    reason: str
    at_ms: int
    name: str
    post: str
    actor: str


class CloseEmergency(msgspec.Struct, frozen=True, kw_only=True, tag="close-emergency"):
    """A person says that the records of an emergency case are complete, and what was reconciled."""

    case: str
    note: str
    at_ms: int
    name: str
    post: str
    actor: str


class Agreeing(StrEnum):
    """Who has to agree to a transfer between members in an emergency."""

    LEAD = "lead"  # the lead unit of the federation
    STATION = "station"


class AgreeEmergency(msgspec.Struct, frozen=True, kw_only=True, tag="agree-emergency"):
    """A person of the lead unit or the station agrees that the units of a case go from member to member."""

    case: str
    party: Agreeing
    at_ms: int
    name: str
    post: str
    actor: str


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two signatures that let the units of an emergency case go from member to member."""

    party: Agreeing
    at_ms: int
    name: str
    post: str


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """An emergency case; a higher version replaces. `closed_ms` None: its records are still to be completed.

    `agreed`: who let its units go from member to member, by party.
    """

    id: str
    version: int
    site: str
    to: str
    units: tuple[str, ...]
    reason: str
    opened_ms: int
    name: str
    post: str
    closed_ms: int | None = None
    closed_by: str = ""
    note: str = ""
    agreed: tuple[Agreement, ...] = ()


class SetPlan(msgspec.Struct, frozen=True, kw_only=True, tag="set-plan"):
    """A person says how many units of a component a member may use in a month (`month`: 2026-11)."""

    site: str
    component: str
    month: str
    units: int
    at_ms: int
    name: str
    post: str
    actor: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a member for a component and a month. The newest word counts."""

    site: str
    component: str
    month: str
    units: int
    at_ms: int
    name: str
    post: str


class SetStockLevel(msgspec.Struct, frozen=True, kw_only=True, tag="set-stock-level"):
    """A person says below how many units the stock of a site is blue, yellow, orange or red (0: never)."""

    site: str
    component: str
    blood_group: str
    blue: int
    yellow: int
    orange: int
    red: int
    at_ms: int
    name: str
    post: str
    actor: str


class StockLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The levels of a site for a component and group ("": any group that has none of its own). The newest counts."""

    site: str
    component: str
    blood_group: str
    blue: int
    yellow: int
    orange: int
    red: int
    at_ms: int
    name: str
    post: str


class LiveUnit(msgspec.Struct, frozen=True, kw_only=True):
    """What is known at once of a unit that has not come to its end (a row of the store).

    `inside`: it is undoubtedly in `place`; else that is where it was last ("": nowhere yet), until `left_ms`.
    `unseen_ms`: since when it is not seen where it should be. `exposed_ms`: when the newest finding met it.
    """

    unit: str
    component: str
    blood_group: str
    profile: str
    profile_version: int
    expires_ms: int | None
    place: str
    inside: bool
    entered_ms: int | None
    left_ms: int | None
    unseen_ms: int | None
    issued_ms: int | None
    issued_to: str
    exposed_ms: int | None


class StockRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many units of a component and group a place holds: `released` of them neither held nor expired.

    `waiting`: likewise, but part of their record is not here yet (rules.waiting). `held`: on hold, and not expired.
    `reserved`: for one patient only (coldchain.intents), neither held nor expired. `first_expiry_ms`:
    the first of all that expire (None: none does); `expiring`: expire within EXPIRING_MS from now.
    """

    place: str
    component: str
    blood_group: str
    inside: int
    released: int
    waiting: int = 0
    held: int = 0
    reserved: int = 0
    first_expiry_ms: int | None = None
    expiring: int = 0


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """How many units of a component and group were issued from a place to somebody in a window."""

    place: str
    to: str
    component: str
    blood_group: str
    number: int


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """How many units of a profile are undoubtedly in a place."""

    place: str
    profile: str
    profile_version: int
    number: int


OfTheWay: TypeAlias = SignHandover | ExpectAnew
OfClosedLoop: TypeAlias = (
    SetMember | ReturnUnit | OfTheWay | OpenEmergency | AgreeEmergency | CloseEmergency | SetPlan | SetStockLevel
)
