"""What a hold asks of people: bags to set aside, places to count, calls to make, and the issuing system to be told."""

from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

MINUTE_MS: Final = 60_000
ISOLATE_MINUTES: Final = 30  # to set bags aside; a project default, to be confirmed
COUNT_MINUTES: Final = 120  # to count a place after an excursion; a project default, to be confirmed
CONFIRM_SECONDS: Final = 120  # for the issuing system to confirm a hold; a project default, to be confirmed


class TaskKind(StrEnum):
    """What is to be done at a place."""

    ISOLATE = "isolate"  # set these bags aside, each ticked off by a scan
    COUNT = "count"  # count what is inside, after an excursion


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do at a place since `opened_ms`. A higher version replaces. One of a kind is open at a place.

    `units`: the bags to set aside. `finding`: the excursion after which to count. `closed_by`: "scans", "count",
    "nothing-left" (no bag of it is on hold there any more), "withdrawn", or "" while it is open.
    """

    id: str
    version: int
    kind: TaskKind
    place: str
    site: str
    opened_ms: int
    units: tuple[str, ...] = ()
    finding: str = ""
    closed_ms: int | None = None
    closed_by: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.closed_ms is None


class TaskTick(msgspec.Struct, frozen=True, kw_only=True):
    """A person scanned a bag of a task at at_ms and set it aside, where it is or (`to`) in another place."""

    task: str
    unit: str
    at_ms: int
    name: str
    post: str
    to: str = ""


class TickBag(msgspec.Struct, frozen=True, kw_only=True, tag="tick-bag"):
    """A person scanned a bag of a task and set it aside."""

    task: str
    unit: str
    at_ms: int
    name: str
    post: str
    actor: str
    to: str = ""


class TaskRules(msgspec.Struct, frozen=True, kw_only=True):
    """How long people and the issuing system have. `issuing`: there is an issuing system that has to confirm holds."""

    version: int = 0
    isolate_minutes: int = ISOLATE_MINUTES
    count_minutes: int = COUNT_MINUTES
    confirm_seconds: int = CONFIRM_SECONDS
    issuing: bool = False
    name: str = ""
    post: str = ""

    def due_ms(self, task: Task) -> int:
        """Return by when a task has to be done."""
        minutes = self.isolate_minutes if task.kind is TaskKind.ISOLATE else self.count_minutes
        return task.opened_ms + minutes * MINUTE_MS


class SetTaskRules(msgspec.Struct, frozen=True, kw_only=True, tag="set-task-rules"):
    """A person sets how long people and the issuing system have. None: as before."""

    name: str
    post: str
    actor: str
    at_ms: int
    isolate_minutes: int | None = None
    count_minutes: int | None = None
    confirm_seconds: int | None = None
    issuing: bool | None = None


class PlaceUseKind(StrEnum):
    """What a place is for, beside keeping units that may be issued."""

    AVAILABLE = "available"
    RESCUE = "rescue"  # takes the units of another that fails; what is on hold may stand there
    ISOLATION = "isolation"  # keeps units on hold apart


class PlaceUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a person declared a place to be for; the newest word counts. A rescue fridge is one for its own profile.

    `latitude_e7`, `longitude_e7`: where it stands (1e-7 degrees, WGS 84), None where nobody said.
    """

    place: str
    use: PlaceUseKind
    at_ms: int
    name: str
    post: str
    latitude_e7: int | None = None
    longitude_e7: int | None = None


class SetPlaceUse(msgspec.Struct, frozen=True, kw_only=True, tag="set-place-use"):
    """A person declares what a place is for, and where it stands."""

    place: str
    use: PlaceUseKind
    at_ms: int
    name: str
    post: str
    actor: str
    latitude_e7: int | None = None
    longitude_e7: int | None = None


class UrgentCall(msgspec.Struct, frozen=True, kw_only=True):
    """Who was called because of a unit that is out there, when, and what they answered. `against`: what was known then.

    It closes the line of the urgent list for that; what is found later makes a new line.
    """

    unit: str
    at_ms: int
    against: tuple[str, ...]
    called: str
    answer: str
    name: str
    post: str


class CallUrgent(msgspec.Struct, frozen=True, kw_only=True, tag="call-urgent"):
    """A person called because of a unit. `against`: what the line said that the person saw."""

    unit: str
    against: tuple[str, ...]
    called: str
    answer: str
    at_ms: int
    name: str
    post: str
    actor: str


class HoldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A hold that was placed, changed or lifted: a message to the issuing system, numbered by its ledger entry.

    `reason`, `listed`, `since_ms`: as the hold says them.
    """

    number: int
    unit: str
    hold: str
    finding: str
    basis: str
    stands: bool
    certain: bool
    placed_ms: int
    confirmed: bool
    reason: str = ""
    listed: str = ""
    since_ms: int | None = None


class IssuingReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The issuing system says that it acted on a change of a hold, under its own receipt."""

    change: int
    receipt: str
    at_ms: int
    system: str


class ConfirmHold(msgspec.Struct, frozen=True, kw_only=True, tag="confirm-hold"):
    """The issuing system confirms changes of holds."""

    changes: tuple[int, ...]
    receipt: str
    at_ms: int
    system: str
    actor: str


OfTasks: TypeAlias = TickBag | SetTaskRules | SetPlaceUse | CallUrgent | ConfirmHold
