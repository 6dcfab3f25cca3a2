"""What people and other systems send, checked field by field before it goes to the recorder."""

import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Header
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from coldchain.canonical import canonical_json
from coldchain.closed_loop import ExpectAnew
from coldchain.errors import InvalidValueError
from coldchain.identifiers import ID_PATTERN, require_epc
from coldchain.intents import Intent
from coldchain.isbt128 import din_check_character, is_din
from coldchain.lineage import UnitKind
from coldchain.persons import UNNAMED
from coldchain.station_codes import CodeScheme, fault
from coldchain.units import BindTag, IssueUnit, PackBox, PlaceUnit, Unit

MILLIS_MAX: Final = 253_370_764_800_000  # 9999-01-01: calendars, and pages with them, end within that year
ACTOR_CHARACTERS_MAX: Final = 64
ACTOR_UNNAMED: Final = UNNAMED
NAME_CHARACTERS_MAX: Final = 20  # of the donation number in a derived id; a part of the identity's hash follows
HASH_CHARACTERS: Final = 8
MANIFEST_UNITS_MAX: Final = 200  # a courier's box holds some tens; with ids of 32 characters this fits into one body
EARLIEST_MS: Final = 1_577_836_800_000  # 2020-01-01: nothing of ours happened before; seconds lie in January 1970
FUTURE_MS_MAX: Final = 300_000  # clocks of people's devices differ; what lies further ahead is a mistake
PRINTABLE: Final = r"^[^\x00-\x1f\x7f]+$"

Id = Annotated[str, StringConstraints(pattern=f"^{ID_PATTERN}$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PRINTABLE)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=PRINTABLE)]
Patient = Annotated[
    str, Field(max_length=64, description="The patient's reference of the issuing system, for it alone to resolve.")
]
Millis = Annotated[int, Field(ge=0, le=MILLIS_MAX)]


class Body(BaseModel):
    """What every body has in common: no field that is not known, and no value of another kind."""

    model_config = ConfigDict(extra="forbid", strict=True)


class UnitBody(Body):
    """A blood unit to make known. No donor or patient data."""

    id: Id | None = Field(None, description="Our short name for it. Left out, it is derived from the identity.")
    issuer: Word = Field(description="Who gave the donation number.")
    scheme: Id = Field(
        description="isbt128 is checked; local is unique only with its issuer; or a code scheme of the settings."
    )
    donation_number: Code = Field(description="For isbt128 the 13 characters without flags and check character.")
    check_character: str | None = Field(
        None, max_length=1, description="isbt128: the boxed character beside the number. Given, it must match."
    )
    product_code: Code
    division: Code = Field(description="Which part of a divided donation, e.g. 00.")
    component: Word = Field(description="What it is, e.g. red cells, leucoreduced.")
    blood_group: Code = Field(description="As printed, e.g. O RhD positive.")
    profile: Id = Field(description="The profile whose limits it must keep.")
    profile_version: int = Field(ge=1, le=1_000_000)
    expires_ms: Millis | None = Field(None, description="UTC milliseconds since 1970 at which it expires.")
    kind: UnitKind = Field(UnitKind.BLOOD, strict=False, description="blood, sample or reagent.")
    intent: Intent = Field(
        Intent.NOT_STATED, strict=False, description="Where the label does not say: allogeneic, autologous or directed."
    )
    patient: Patient = ""

    def unit(self, schemes: Sequence[CodeScheme]) -> Unit:
        """Return the unit. Raises InvalidValueError for a number that breaks its scheme or an expiry that cannot be."""
        if self.expires_ms is not None:
            _require_since("expires_ms", self.expires_ms)
        if self.scheme == "isbt128":
            _require_din(self.donation_number, self.check_character)
        elif self.scheme != "local":
            _require_station_code(self.scheme, self.donation_number, schemes)
        fields = self.model_dump(exclude={"id", "check_character", "intent", "patient"})
        return Unit(id=self.id or self._derived_id(), **fields)

    def _derived_id(self) -> str:
        identity = [self.issuer, self.scheme, self.donation_number, self.product_code, self.division]
        digest = hashlib.sha256(canonical_json(identity)).hexdigest()[:HASH_CHARACTERS]
        name = re.sub(r"[^a-z0-9]+", "-", self.donation_number.lower())[:NAME_CHARACTERS_MAX].strip("-")
        return f"{name or 'unit'}-{digest}"


def _require_station_code(name: str, number: str, schemes: Sequence[CodeScheme]) -> None:
    scheme = next((scheme for scheme in schemes if scheme.id == name), None)
    if scheme is None:
        msg = f"scheme {name!r} is not known here: use {', '.join(['isbt128', 'local', *(one.id for one in schemes)])}"
        raise InvalidValueError(msg)
    if wrong := fault(scheme, number):
        msg = f"donation_number {number!r}: {wrong.en}"
        raise InvalidValueError(msg)


class TagBody(Body):
    """A tag to tie to a unit."""

    epc: str = Field(max_length=124, description="The tag's EPC in hex, a multiple of 4 digits.")
    from_ms: Millis = Field(description="From when on the tag stands for the unit, UTC milliseconds since 1970.")

    def fact(self, unit: str, actor: str, now_ms: int) -> BindTag:
        """Return what to record. Raises InvalidValueError for an EPC that is none and for a time that cannot be."""
        require_past("from_ms", self.from_ms, now_ms)
        return BindTag(epc=require_epc(self.epc), unit=unit, from_ms=self.from_ms, actor=actor)


class PlacementBody(Body):
    """Where a person put a unit."""

    place: Id | None = Field(description="The place, or null: taken out of all our places.")
    at_ms: Millis = Field(description="When, UTC milliseconds since 1970.")
    scanned: bool = Field(default=False, description="By its barcode, in the place: a bag without a tag moves so.")

    def fact(self, unit: str, actor: str, now_ms: int) -> PlaceUnit:
        """Return what to record. Raises InvalidValueError for a time that cannot be."""
        require_past("at_ms", self.at_ms, now_ms)
        return PlaceUnit(unit=unit, place=self.place, at_ms=self.at_ms, actor=actor, scanned=self.scanned)


class ManifestBody(Body):
    """The packing list of a courier's box."""

    id: Id = Field(description="The list's number, of your choice: the same list sent again changes nothing.")
    box: Id = Field(description="A place of kind box.")
    units: list[Id] = Field(min_length=1, max_length=MANIFEST_UNITS_MAX, description="What was packed, by unit id.")
    packed_ms: Millis = Field(description="When they were put into the box, UTC milliseconds since 1970.")
    destination: Word = Field(description="Where the box is to go, in words.")
    courier: str = Field("", max_length=64, description="Who takes it there: the id under which he is called.")
    patient: Patient = ""
    expected_ms: Millis | None = Field(
        None, description="When it is expected there, UTC milliseconds since 1970; within 7 days of packing."
    )

    def fact(self, actor: str, now_ms: int) -> PackBox:
        """Return what to record. Raises InvalidValueError for a unit named twice and for a time that cannot be."""
        require_past("packed_ms", self.packed_ms, now_ms)
        twice = sorted({unit for unit in self.units if self.units.count(unit) > 1})
        if twice:
            msg = f"units names {', '.join(twice)} more than once: a bag is in a box once"
            raise InvalidValueError(msg)
        return PackBox(
            manifest=self.id,
            box=self.box,
            units=tuple(self.units),
            at_ms=self.packed_ms,
            destination=self.destination,
            actor=actor,
            courier=self.courier.strip(),
            patient=self.patient,
            expected_ms=self.expected_ms,
        )


class ExpectedBody(Body):
    """When a box on its way is expected instead."""

    expected_ms: Millis = Field(
        description="When it is expected now, UTC milliseconds since 1970; after at_ms, within 7 days of packing."
    )
    reason: Sentence = Field(description="Why: traffic, another stop first, another way.")
    at_ms: Millis = Field(description="When that was said, UTC milliseconds since 1970.")
    name: Word
    post: Word

    def fact(self, manifest: str, actor: str, now_ms: int) -> ExpectAnew:
        """Return what to record. Raises InvalidValueError for a time that cannot be."""
        require_past("at_ms", self.at_ms, now_ms)
        return ExpectAnew(manifest=manifest, actor=actor, **self.model_dump())


class IssueBody(Body):
    """That a unit was handed out. No patient data: the ward or hospital, and a reference where the unit is for one."""

    to: Word = Field(description="To which ward or hospital. No name of a patient.")
    at_ms: Millis = Field(description="When, UTC milliseconds since 1970.")
    patient: Patient = ""

    def fact(self, unit: str, actor: str, now_ms: int) -> IssueUnit:
        """Return what to record. Raises InvalidValueError for a time that cannot be."""
        require_past("at_ms", self.at_ms, now_ms)
        return IssueUnit(unit=unit, to=self.to, at_ms=self.at_ms, actor=actor, patient=self.patient)


ActorHeader = Annotated[
    str,
    Header(
        alias="X-Actor",
        description=(
            "Who does this, at most 64 characters, UTF-8. NOT authenticated: there is no access control yet, which is "
            "why the server listens on this machine only. It is written into the record as it is."
        ),
    ),
]


def actor_name(header: str) -> str:
    """Return the actor of a write. Raises InvalidValueError for one that cannot stand in the record."""
    name = _utf8(header).strip() or ACTOR_UNNAMED
    if len(name) > ACTOR_CHARACTERS_MAX or not name.isprintable():
        msg = f"X-Actor {name!r:.100} is not allowed: at most {ACTOR_CHARACTERS_MAX} printable characters"
        raise InvalidValueError(msg)
    return name


def _utf8(header: str) -> str:
    # HTTP hands header bytes over as Latin-1; names in Chinese are sent as UTF-8.
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _require_since(name: str, at_ms: int) -> None:
    if at_ms < EARLIEST_MS:
        msg = f"{name} {at_ms} lies before 2020: give it in UTC milliseconds since 1970, not in seconds"
        raise InvalidValueError(msg)


def require_past(name: str, at_ms: int, now_ms: int) -> None:
    """Raise InvalidValueError for a time before 2020 or in the future."""
    _require_since(name, at_ms)
    if at_ms > now_ms + FUTURE_MS_MAX:
        msg = f"{name} {at_ms} lies in the future (it is {now_ms} now): look at the clock of the device that sent it"
        raise InvalidValueError(msg)


def _require_din(number: str, check_character: str | None) -> None:
    if not is_din(number):
        msg = (
            f"donation_number {number!r} is not allowed: an ISBT 128 number has 13 characters, a letter or 1-9 first "
            "(never 0 or O), then 4 letters or digits, then 8 digits, without spaces, flags and check character"
        )
        raise InvalidValueError(msg)
    expected = din_check_character(number)
    if check_character is not None and check_character != expected:
        msg = f"check_character {check_character!r} does not belong to {number}: read the number again, it was mistyped"
        raise InvalidValueError(msg)
