"""The register: calibration certificates of instruments, mapping studies of places, qualifications of boxes.

Certificates are kept as the laboratory wrote them; which offset is applied to readings is another thing. What is
recorded of a sensor follows EN 13486 (periodic verification) and WHO TRS 992 Annex 5, supplements 8, 10 and 13.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec


class CalibrationPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a calibration: deviation of the instrument from the reference there, in micro-degrees Celsius.

    `as_found` before anything was adjusted (None: not tested), `as_left` after it (None: nothing was adjusted).
    """

    at_micro_celsius: int
    as_found_micro_celsius: int | None
    as_left_micro_celsius: int | None = None


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A calibration certificate of the instrument with a serial number, made at calibrated_ms, next due at due_ms.

    `tolerance_micro_celsius`: how far it may be off. `name`, `post`: who entered it.
    """

    serial: str
    number: str
    lab: str
    calibrated_ms: int
    due_ms: int
    points: tuple[CalibrationPoint, ...]
    tolerance_micro_celsius: int
    name: str
    post: str
    note: str = ""

    @property
    def failed_as_found(self) -> bool:
        """Whether it was off by more than it may be when it came in: what it measured before is in doubt."""
        found = [one.as_found_micro_celsius for one in self.points if one.as_found_micro_celsius is not None]
        return any(abs(value) > self.tolerance_micro_celsius for value in found)

    @property
    def good_as_left(self) -> bool:
        """Whether it was within its tolerance when it went back: what it measures from then on can be believed."""
        left = [_left(one) for one in self.points]
        return all(value is not None and abs(value) <= self.tolerance_micro_celsius for value in left)


def _left(point: CalibrationPoint) -> int | None:
    return point.as_found_micro_celsius if point.as_left_micro_celsius is None else point.as_left_micro_celsius


class MappingStudy(msgspec.Struct, frozen=True, kw_only=True):
    """The temperatures inside a place were mapped: where it is warmest and coldest, and what follows from it."""

    place: str
    number: str
    done_ms: int
    due_ms: int
    load: str
    warmest: str
    coldest: str
    conclusion: str
    name: str
    post: str


class BoxQualification(msgspec.Struct, frozen=True, kw_only=True):
    """A box with its packing was qualified for a profile: for how long it keeps the limits of transport."""

    box: str
    number: str
    profile: str
    done_ms: int
    due_ms: int
    lasts_minutes: int
    conclusion: str
    name: str
    post: str


class RecordCertificate(msgspec.Struct, frozen=True, kw_only=True, tag="record-certificate"):
    """A person enters a calibration certificate."""

    certificate: Certificate
    actor: str


class RecordMapping(msgspec.Struct, frozen=True, kw_only=True, tag="record-mapping"):
    """A person enters a mapping study."""

    study: MappingStudy
    actor: str


class RecordQualification(msgspec.Struct, frozen=True, kw_only=True, tag="record-qualification"):
    """A person enters the qualification of a box."""

    qualification: BoxQualification
    actor: str


OfRegister: TypeAlias = RecordCertificate | RecordMapping | RecordQualification


class SubjectKind(StrEnum):
    """What something in the register is about."""

    INSTRUMENT = "instrument"
    PLACE = "place"
    BOX = "box"


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """When the next calibration, mapping or qualification of a subject is due; number "" and None: there is none yet.

    `where`: the places of an instrument's probes now; of a box the profile that it is qualified for.
    """

    kind: SubjectKind
    subject: str
    number: str
    done_ms: int | None
    due_ms: int | None
    where: tuple[str, ...] = ()
    failed: bool = False
