"""What the bench really sent and what really happened: the only thing that the oracle reads."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from firmware_sim.physics import Crossing
from firmware_sim.story import DOOR, LID, MAINS, NORMALLY_ON, Contact, Limits, Probe

ANSWERS_MAX: Final = 2_000_000  # more than a year at one answer in 20 seconds
CHANGES_MAX: Final = 100_000
READINGS_MAX: Final = 1_000_000  # of a box; nearly a year of two probes every minute


class TemperatureAnswer(NamedTuple):
    """One answer with registers that left at at_ms; `sound` is false where a fault spoilt it on its way."""

    at_ms: int
    first: int
    registers: tuple[int, ...]
    sound: bool


class Change(NamedTuple):
    """A contact changed at at_ms; `on` is its input: door open, mains present, on battery, defrosting, moving."""

    at_ms: int
    on: bool


class Conclusion(NamedTuple):
    """A box concluded something of itself, or of a probe, and wrote it into its memory."""

    at_ms: int
    kind: str
    origin: str
    earliest_ms: int | None
    latest_ms: int
    details: dict[str, int | str]


class Reading(NamedTuple):
    """A box wrote a temperature into its memory."""

    at_ms: int
    probe: str
    micro_celsius: int


@dataclass
class Visit:
    """A bag was in a place from in_ms to out_ms (None: it still is)."""

    in_ms: int
    out_ms: int | None = None
    place: str = ""


@dataclass
class BagRecord:
    """One bag: its label (labels.labels), whether its tag can be read at all, and its visits."""

    label: dict[str, Any]
    readable: bool
    visits: list[Visit] = field(default_factory=list)


@dataclass
class PlaceRecord:
    """One place: what it must keep to, its probes, the true crossings in it, and whether a reader looks into it.

    step_micro_celsius: what one step of its probes' numbers is worth.
    """

    id: str
    kind: str
    profile: str
    profile_version: int
    limits: Limits
    probes: tuple[Probe, ...]
    has_reader: bool
    step_micro_celsius: int = 100_000
    crossings: list[Crossing] = field(default_factory=list)
    crossings_lost: int = 0


@dataclass
class ContactRecord:
    """One contact: what really happened to it, and the changes that a host saw in the answers that were sent to it.

    A host believes that a contact is in its normal state until an answer says something else.
    """

    contact: Contact
    changes: list[Change] = field(default_factory=list)
    noticed: list[Change] = field(default_factory=list)

    @property
    def normal(self) -> bool:
        """The input's value where nothing is the matter."""
        return self.contact.kind in NORMALLY_ON


@dataclass
class Record:
    """All of it. What does not fit any more is counted in `lost`, and the truth says so."""

    scenario: str
    seed: int
    start_ms: int
    until_ms: int
    polling_interval_ms: int
    places: dict[str, PlaceRecord]
    contacts: dict[str, ContactRecord]
    bags: dict[str, BagRecord]
    strays: list[str]
    moves: list[dict[str, Any]] = field(default_factory=list)
    answers: list[TemperatureAnswer] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    conclusions: list[Conclusion] = field(default_factory=list)
    box: dict[str, Any] | None = None
    faults: dict[str, int] = field(default_factory=dict)
    lost: int = 0

    @property
    def doors(self) -> list[Change]:
        """What happened to all doors and lids, in order of time."""
        return self._of_kinds(DOOR, LID)

    @property
    def mains(self) -> list[Change]:
        """What happened to the mains."""
        return self._of_kinds(MAINS)

    def answer(self, answer: TemperatureAnswer, most: int = ANSWERS_MAX) -> None:
        """Keep an answer that was sent."""
        if len(self.answers) < most:
            self.answers.append(answer)
        else:
            self.lost += 1

    def reading(self, reading: Reading, most: int = READINGS_MAX) -> None:
        """Keep what a box measured."""
        if len(self.readings) < most:
            self.readings.append(reading)
        else:
            self.lost += 1

    def conclusion(self, conclusion: Conclusion, most: int = CHANGES_MAX) -> None:
        """Keep what a box concluded."""
        if len(self.conclusions) < most:
            self.conclusions.append(conclusion)
        else:
            self.lost += 1

    def change(self, contact: str, change: Change, most: int = CHANGES_MAX) -> None:
        """Keep a change of a contact, if it is one."""
        self._keep(self.contacts[contact].changes, self.contacts[contact].normal, change, most)

    def notice(self, contact: str, change: Change, most: int = CHANGES_MAX) -> None:
        """Keep what a sound answer said of a contact, if it differs from the answer before."""
        self._keep(self.contacts[contact].noticed, self.contacts[contact].normal, change, most)

    def _of_kinds(self, *kinds: str) -> list[Change]:
        return sorted(c for contact in self.contacts.values() if contact.contact.kind in kinds for c in contact.changes)

    def _keep(self, changes: list[Change], normal: bool, change: Change, most: int) -> None:  # noqa: FBT001
        if change.on == (changes[-1].on if changes else normal):
            return
        if len(changes) < most:
            changes.append(change)
        else:
            self.lost += 1
