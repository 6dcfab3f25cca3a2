"""What people and other systems send of acts, ends, recalls, owners, containers and mistakes, checked by field."""

from typing import Final

from pydantic import Field

from api.bodies import Body, Code, Id, Millis, Word, require_past
from coldchain.errors import InvalidValueError
from coldchain.isbt128 import is_din
from coldchain.lineage import (
    Act,
    Action,
    Aggregate,
    DeclareError,
    EndHow,
    EndUnit,
    ErrorOf,
    ErrorReason,
    Output,
    RecallDonation,
    Said,
    TransferOwnership,
    TransformUnits,
    UnitKind,
)

ACT_UNITS_MAX: Final = 100
CONTAINED_MAX: Final = 200
SIGNATURE: Final = "The name and post of who does this: the signature."


class OutputBody(Body):
    """A new bag. What is left out is as on the one input."""

    id: Id = Field(description="Our short name for it.")
    product_code: Code
    division: Code
    component: Word
    profile: Id
    profile_version: int = Field(ge=1, le=1_000_000)
    label_expires_ms: Millis | None = Field(None, description="What its label says. The earlier of it and the rule.")
    donation_number: Code | None = Field(None, description="A pool has one of its own.")
    issuer: Word | None = None
    scheme: Id | None = None
    blood_group: Code | None = None
    kind: UnitKind | None = Field(None, strict=False, description="blood, sample or reagent. Left out: as the input.")

    def output(self) -> Output:
        """Return the output. Raises InvalidValueError for an ISBT 128 number that is none."""
        if self.scheme == "isbt128" and self.donation_number is not None and not is_din(self.donation_number):
            msg = f"donation_number {self.donation_number!r} is no ISBT 128 number of 13 characters"
            raise InvalidValueError(msg)
        fields = self.model_dump()
        texts = {name: fields[name] or "" for name in ("donation_number", "issuer", "scheme", "blood_group")}
        return Output(**(fields | texts))


class TransformBody(Body):
    """An act on bags."""

    id: Id = Field(description="The act's number, of your choice: the same sent again changes nothing.")
    act: Act = Field(strict=False)
    inputs: list[Id] = Field(min_length=1, max_length=ACT_UNITS_MAX)
    kept: list[Id] = Field([], max_length=ACT_UNITS_MAX, description="Inputs of which only a part was taken.")
    outputs: list[OutputBody] = Field(min_length=1, max_length=ACT_UNITS_MAX)
    at_ms: Millis
    shelf_ms: int | None = Field(
        None, ge=1, description="How long the outputs last from at_ms on, where it is known better than by the rule."
    )
    place: Id | None = Field(None, description="Where the outputs were put.")
    name: Word = Field(description=SIGNATURE)
    post: Word

    def fact(self, actor: str, now_ms: int) -> TransformUnits:
        """Return what to record. Raises InvalidValueError for a time or number that cannot be."""
        require_past("at_ms", self.at_ms, now_ms)
        return TransformUnits(
            id=self.id,
            act=self.act,
            inputs=tuple(self.inputs),
            outputs=tuple(one.output() for one in self.outputs),
            kept=tuple(self.kept),
            at_ms=self.at_ms,
            shelf_ms=self.shelf_ms,
            place=self.place or "",
            name=self.name,
            post=self.post,
            actor=actor,
        )


class EndBody(Body):
    """How a unit came to its end."""

    how: EndHow = Field(strict=False, description="transfused, discarded, returned-to-station or expired-discarded.")
    at_ms: Millis
    name: Word = Field(description=SIGNATURE)
    post: Word
    note: str = Field("", max_length=200)

    def fact(self, unit: str, actor: str, now_ms: int) -> EndUnit:
        """Return what to record. Raises InvalidValueError for a time that cannot be."""
        require_past("at_ms", self.at_ms, now_ms)
        return EndUnit(unit=unit, actor=actor, **self.model_dump())


class RecallBody(Body):
    """A recall of a donation, or of one unit."""

    id: Id = Field(description="The recall's number, of your choice.")
    donation_number: Code | None = None
    issuer: Word | None = None
    scheme: Id | None = None
    unit: Id | None = None
    reason: Word
    at_ms: Millis | None = Field(None, description="When it was decided. Left out: now.")
    name: Word = Field(description=SIGNATURE)
    post: Word

    def fact(self, actor: str, now_ms: int) -> RecallDonation:
        """Return what to record. Raises InvalidValueError for a time that cannot be."""
        at_ms = now_ms if self.at_ms is None else self.at_ms
        require_past("at_ms", at_ms, now_ms)
        return RecallDonation(
            id=self.id,
            reason=self.reason,
            at_ms=at_ms,
            name=self.name,
            post=self.post,
            actor=actor,
            donation_number=self.donation_number or "",
            issuer=self.issuer or "",
            scheme=self.scheme or "",
            unit=self.unit or "",
        )


class SaidBody(Body):
    """One earlier word: of which unit (of a containment: container), of when, and its place, EPC, recipient or act."""

    unit: Id
    at_ms: Millis
    object: str = Field("", max_length=124, description='Of a placement out of all places and of an end: "".')

    def said(self) -> Said:
        """Return it."""
        return Said(unit=self.unit, at_ms=self.at_ms, object=self.object)


class ErrorBody(Body):
    """That an earlier word was wrong."""

    of: ErrorOf = Field(strict=False)
    wrong: SaidBody
    reason: ErrorReason = Field(strict=False)
    instead: SaidBody | None = Field(None, description="With incorrect_data: what is right.")
    note: Word = Field(description="What was wrong, in words.")
    name: Word = Field(description=SIGNATURE)
    post: Word

    def fact(self, actor: str, now_ms: int) -> DeclareError:
        """Return what to record. Raises InvalidValueError for a time that cannot be."""
        if self.instead is not None:
            require_past("instead.at_ms", self.instead.at_ms, now_ms)
        return DeclareError(
            of=self.of,
            wrong=self.wrong.said(),
            reason=self.reason,
            instead=None if self.instead is None else self.instead.said(),
            note=self.note,
            at_ms=now_ms,
            name=self.name,
            post=self.post,
            actor=actor,
        )


class OwnerBody(Body):
    """To whom a unit belongs."""

    owner: Word
    at_ms: Millis

    def fact(self, unit: str, actor: str, now_ms: int) -> TransferOwnership:
        """Return what to record. Raises InvalidValueError for a time that cannot be."""
        require_past("at_ms", self.at_ms, now_ms)
        return TransferOwnership(unit=unit, owner=self.owner, at_ms=self.at_ms, actor=actor)


class AggregateBody(Body):
    """What is put into a container or place, or taken out of it."""

    action: Action = Field(strict=False, description="ADD or DELETE, in EPCIS words.")
    parent: Id = Field(description="The container, or the place in which a container stands.")
    units: list[Id] = Field([], max_length=CONTAINED_MAX)
    containers: list[Id] = Field([], max_length=CONTAINED_MAX)
    at_ms: Millis

    def fact(self, actor: str, now_ms: int) -> Aggregate:
        """Return what to record. Raises InvalidValueError for a time that cannot be."""
        require_past("at_ms", self.at_ms, now_ms)
        return Aggregate(
            action=self.action,
            parent=self.parent,
            units=tuple(self.units),
            containers=tuple(self.containers),
            at_ms=self.at_ms,
            actor=actor,
        )
