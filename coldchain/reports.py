"""The report of a temperature history as data: what a quality manager, an auditor or a court is shown of an interval.

Integers and text only, so that its canonical JSON has one spelling, and its hash is that of what was shown. Times are
UTC ms since 1970, temperatures micro-degrees Celsius. `Report` holds nothing of who asked or when: the same record
gives the same report.
"""

import hashlib
from enum import StrEnum
from typing import Any, Final

import msgspec

from coldchain.block_ports import Rival
from coldchain.canonical import canonical_json
from coldchain.commission import Commissioning, Position, WorkWord
from coldchain.deciding import DecisionKind
from coldchain.entries import RecordedGap, StayRecord
from coldchain.places import Text
from coldchain.register import Certificate
from coldchain.retention import RemovedDay
from coldchain.rivals import CountsBy
from coldchain.units import Exposure, Finding, Hold, Unit

FORM: Final = 1  # of the report's data; another number is another reading of it
CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U to be misread
ID_CHARACTERS: Final = 16  # of an export's id: 80 bits of a hash over what was handed out to whom
HASH_CHARACTERS: Final = 8  # of the data's hash in the code: 40 bits
GROUP: Final = 4
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


class Subject(StrEnum):
    """What a history is asked for."""

    PLACE = "place"
    PROBE = "probe"
    UNIT = "unit"


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time, [from_ms, to_ms)."""

    from_ms: int
    to_ms: int


class Unknown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of which nothing that counts is known. `awaited`: a gateway may still have it; `removed`: by policy.

    What was removed was measured once, and nobody can say any more what. It is left out of the data where it is not so.
    """

    from_ms: int
    to_ms: int
    awaited: bool
    removed: bool = False


class LimitsKept(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a place by which some of the interval is judged, and since when the record has them there.

    `recorded_ms`, `recorded_seq`: the ledger entry that says what the place is and keeps (None: it cannot be told).
    """

    place: str
    place_name: Text
    profile: str
    version: int
    title: Text
    confirmed: bool
    low_micro_celsius: int | None
    high_micro_celsius: int
    low_inclusive: bool
    high_inclusive: bool
    hold_ms: int
    gap_tolerance_ms: int
    recorded_ms: int | None
    recorded_seq: int | None


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A probe's line in few points that keep every extreme; a value of None breaks it: nobody measured there."""

    taken_ms: tuple[int, ...]
    micro_celsius: tuple[int | None, ...]


class SecondValues(msgspec.Struct, frozen=True, kw_only=True):
    """The readings of an instant that has more than one, as sent: the first one counts, by this rule."""

    by: CountsBy
    readings: tuple[Rival, ...]


class ProbeHistory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one probe says of the parts of the interval that are told of.

    measured_ms + unknown_ms is the length of the parts; below_ms and above_ms are parts of measured_ms, awaited_ms of
    unknown_ms. `readings`: taken in them, of any quality; `faulty` without a temperature; `uncounted`: not confirmed,
    under check or out of use. `integral` (micro-degrees x ms over measured time) and `mean` are exact numbers in text.
    `unknown`: the first of its unknown stretches, of `unknown_count`. removed_ms is a part of unknown_ms: of these
    days (`removed`) readings were removed by policy. `seconds`: the first instants of `seconds_count` that have more
    than one reading. `kinetic_micro_celsius`: the mean kinetic temperature, of medicines and reagents only.
    """

    probe: str
    place: str
    role: str
    gateway: str
    serial: str
    parts: tuple[Stretch, ...]
    readings: int
    faulty: int
    uncounted: int
    measured_ms: int
    unknown_ms: int
    awaited_ms: int
    below_ms: int
    above_ms: int
    integral: str
    mean: str | None
    min_micro_celsius: int | None
    max_micro_celsius: int | None
    unknown: tuple[Unknown, ...]
    unknown_count: int
    curve: Curve
    removed_ms: int = 0
    removed: tuple[RemovedDay, ...] = ()
    seconds: tuple[SecondValues, ...] = ()
    seconds_count: int = 0
    kinetic_micro_celsius: int | None = None


class SignedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided of a unit and signed, on which version of the evidence, and whether that has outgrown it.

    `findings`: what stood against the unit when it was signed. `overtaken_ms` None: the decision stands.
    """

    id: str
    version: int
    unit: str
    decision: DecisionKind
    holds: tuple[str, ...]
    findings: tuple[str, ...]
    evidence: str
    at_ms: int
    name: str
    post: str
    reason: str
    second_name: str
    second_post: str
    overtaken_ms: int | None
    overtaken_by: str

    @property
    def stands(self) -> bool:
        """Whether the evidence has not outgrown it."""
        return self.overtaken_ms is None


class EventCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often doors, mains and other contacts of a place said something."""

    place: str
    kind: str
    count: int


class UnitTotals(msgspec.Struct, frozen=True, kw_only=True):
    """A unit's time in the interval, by the deciding probes (api.figures): the same numbers as on its page."""

    counted_from_ms: int | None
    measured_ms: int
    out_ms: int
    unknown_ms: int
    awaited_ms: int
    unwatched_ms: int
    away_since_ms: int | None


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The temperature history of a place, a probe or a unit in [from_ms, to_ms).

    `decisions`: on the unit, or on the units that findings of the interval held, whenever they were signed.
    `as_known_ms`: what the record knew at that record time (None: when it was made).
    """

    form: int
    subject: Subject
    id: str
    name: Text | None
    site: str
    zone: str
    from_ms: int
    to_ms: int
    unit: Unit | None
    totals: UnitTotals | None
    limits: tuple[LimitsKept, ...]
    without_limits: tuple[str, ...]
    probes: tuple[ProbeHistory, ...]
    findings: tuple[Finding, ...]
    exposures: tuple[Exposure, ...]
    holds: tuple[Hold, ...]
    stays: tuple[StayRecord, ...]
    away: tuple[Stretch, ...]
    positions: tuple[Position, ...]
    commissionings: tuple[Commissioning, ...]
    certificates: tuple[Certificate, ...]
    work: tuple[WorkWord, ...]
    gaps: tuple[RecordedGap, ...]
    events: tuple[EventCount, ...]
    decisions: tuple[SignedDecision, ...] = ()
    as_known_ms: int | None = None


class PrintedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The newest signed checkpoint when a report was handed out. `root`: base64, as in its note and from verification.

    Whoever keeps the paper can tell later that the ledger still begins with the same entries.
    """

    size: int
    root: str
    at_ms: int
    key: str


class Issued(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report as it was handed out: to whom, when, and as the record was known at which ledger sequence."""

    code: str
    export: str
    actor: str
    at_ms: int
    as_known_seq: int
    readings_sha256: str
    sha256: str
    report: Report
    checkpoint: PrintedCheckpoint | None = None


def report_sha256(report: Report | dict[str, Any]) -> str:
    """Return the hash of a report's canonical data, in hex; of the data itself, where a file has it."""
    return hashlib.sha256(canonical_json(msgspec.to_builtins(report))).hexdigest()


def data_sha256(report_hash: str, readings_hash: str) -> str:
    """Return the hash that the ledger keeps: over the report's and the readings' hashes, both hex."""
    return hashlib.sha256(f"coldchain report {FORM}\n{report_hash}\n{readings_hash}\n".encode()).hexdigest()


def export_id(what: str, from_ms: int, to_ms: int, sha256: str, actor: str) -> str:
    """Return the id of an export: the same data handed out to the same person again is the same export."""
    body = canonical_json([what, from_ms, to_ms, sha256, actor])
    return _base32(hashlib.sha256(body).digest(), ID_CHARACTERS).lower()


def verification_code(export: str, sha256: str) -> str:
    """Return the code that is printed: the export's id and the first bytes of the data's hash, in groups of four."""
    text = (export.upper() + _base32(bytes.fromhex(sha256), HASH_CHARACTERS))[: ID_CHARACTERS + HASH_CHARACTERS]
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def parsed_code(text: str) -> tuple[str, str] | None:
    """Return (export id, the hash's characters) of a code as somebody typed it; None if it can be no code."""
    plain = "".join(text.upper().split()).replace("-", "").translate(_READ_AS)
    if len(plain) != ID_CHARACTERS + HASH_CHARACTERS or any(one not in CODE_ALPHABET for one in plain):
        return None
    return plain[:ID_CHARACTERS].lower(), plain[ID_CHARACTERS:]


def _base32(data: bytes, characters: int) -> str:
    number, bits = int.from_bytes(data, "big"), 8 * len(data)
    return "".join(CODE_ALPHABET[(number >> (bits - 5 * (at + 1))) & 31] for at in range(characters))
