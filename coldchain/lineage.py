"""Where units come from and what becomes of them: acts on bags, their ends, recalls, owners, containers, mistakes.

Words of the field as in EPCIS 2.0 (TransformationEvent, AggregationEvent, errorDeclaration). Person facts (what
somebody says) and the payloads of ledger entries (what is recorded of it) stand side by side.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec


class UnitKind(StrEnum):
    """What a registered thing is. Samples and reagents are kept cold beside the blood."""

    BLOOD = "blood"
    SAMPLE = "sample"
    REAGENT = "reagent"


class Act(StrEnum):
    """What people do to bags so that other bags come of them."""

    SPLIT = "split"
    POOL = "pool"
    IRRADIATE = "irradiate"
    WASH = "wash"
    THAW = "thaw"
    DIVIDE_ALIQUOT = "divide-aliquot"
    FILTER = "filter"
    PROCESS_DONATION = "process-donation"


class EndHow(StrEnum):
    """How a unit came to its end.

    The last two are said by the system: used up by an act, or made by an act that did not happen.
    """

    TRANSFUSED = "transfused"
    DISCARDED = "discarded"
    RETURNED = "returned-to-station"
    EXPIRED = "expired-discarded"
    USED = "transformed"
    NEVER_EXISTED = "never-existed"


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """A new bag of an act. What is "" is as on the one input; `label_expires_ms` is what its label says."""

    id: str
    product_code: str
    division: str
    component: str
    profile: str
    profile_version: int
    label_expires_ms: int | None = None
    donation_number: str = ""
    issuer: str = ""
    scheme: str = ""
    blood_group: str = ""
    kind: UnitKind | None = None


class TransformUnits(msgspec.Struct, frozen=True, kw_only=True, tag="transform-units"):
    """A person has made `outputs` out of `inputs` at at_ms; of those in `kept` only a part was taken.

    `shelf_ms`: how long the outputs last from at_ms on, if the person knows it better than the rule of the act does.
    `place`: where the outputs were put ("": nobody said).
    """

    act: Act
    id: str
    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]
    at_ms: int
    name: str
    post: str
    actor: str
    kept: tuple[str, ...] = ()
    shelf_ms: int | None = None
    place: str = ""

    def outputs_by_id(self) -> tuple[str, ...]:
        """Return the ids of what was made, in its order."""
        return tuple(output.id for output in self.outputs)


class Transformation(msgspec.Struct, frozen=True, kw_only=True):
    """An act as it is recorded. `thawed_ms`, `washed_ms`: the clocks that it started for its outputs.

    `place`: where they were put, "" if nobody said; None in acts of programs that did not record it.
    """

    id: str
    act: Act
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    kept: tuple[str, ...]
    at_ms: int
    name: str
    post: str
    shelf_ms: int | None = None
    thawed_ms: int | None = None
    washed_ms: int | None = None
    place: str | None = None


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """`child` was made of `parent` by an act at at_ms."""

    parent: str
    child: str
    act: str
    at_ms: int


class EndUnit(msgspec.Struct, frozen=True, kw_only=True, tag="end-unit"):
    """A person says how a unit came to its end at at_ms."""

    unit: str
    how: EndHow
    at_ms: int
    name: str
    post: str
    actor: str
    note: str = ""


class UnitEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a unit; `act`: the transformation that used it up, or that never made it."""

    unit: str
    how: EndHow
    at_ms: int
    name: str
    post: str
    note: str = ""
    act: str = ""


class RecallDonation(msgspec.Struct, frozen=True, kw_only=True, tag="recall-donation"):
    """A person calls back a donation (number, issuer, scheme) or (number "") one unit, with all that was made of it."""

    id: str
    reason: str
    at_ms: int
    name: str
    post: str
    actor: str
    donation_number: str = ""
    issuer: str = ""
    scheme: str = ""
    unit: str = ""


class Recall(msgspec.Struct, frozen=True, kw_only=True):
    """A recall as it is recorded. It stands; what is released of it, people decide unit by unit."""

    id: str
    reason: str
    at_ms: int
    name: str
    post: str
    donation_number: str = ""
    issuer: str = ""
    scheme: str = ""
    unit: str = ""


class ErrorOf(StrEnum):
    """Which word of a person can be declared an error."""

    PLACEMENT = "placement"
    BINDING = "binding"
    ISSUE = "issue"
    TRANSFORMATION = "transformation"
    UNIT_END = "unit-end"
    CONTAINMENT = "containment"  # `unit` of the word is the container


class ErrorReason(StrEnum):
    """Why, in the words of the CBV (error reasons)."""

    DID_NOT_OCCUR = "did_not_occur"
    INCORRECT_DATA = "incorrect_data"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One word of a person by what makes it unique. `object`: the place, EPC, recipient or act; "" of a unit's end.

    Of a containment `unit` is the container, and `object` what it was put into ("": taken out).
    """

    unit: str
    at_ms: int
    object: str = ""


class DeclareError(msgspec.Struct, frozen=True, kw_only=True, tag="declare-error"):
    """A person says that an earlier word of a person was wrong; `instead` is what should have been said.

    `instead` belongs to incorrect_data and only to it.
    """

    of: ErrorOf
    wrong: Said
    reason: ErrorReason
    note: str
    at_ms: int
    name: str
    post: str
    actor: str
    instead: Said | None = None


class ErrorDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier entry counts no more. It stays in the ledger, and this names it; a corrective word may follow it."""

    of: ErrorOf
    wrong: Said
    reason: ErrorReason
    note: str
    at_ms: int
    name: str
    post: str
    instead: Said | None = None


class TransferOwnership(msgspec.Struct, frozen=True, kw_only=True, tag="transfer-ownership"):
    """A person says that a unit belongs to `owner` from at_ms on, wherever it lies."""

    unit: str
    owner: str
    at_ms: int
    actor: str


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a unit belongs from an instant on."""

    unit: str
    owner: str
    at_ms: int


class Action(StrEnum):
    """What an aggregation says, in EPCIS words."""

    ADD = "ADD"
    DELETE = "DELETE"


class Aggregate(msgspec.Struct, frozen=True, kw_only=True, tag="aggregate"):
    """A person puts units or containers into a container or place at at_ms (ADD), or takes them out (DELETE)."""

    action: Action
    parent: str
    at_ms: int
    actor: str
    units: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()


class Containment(msgspec.Struct, frozen=True, kw_only=True):
    """A container was put into `parent` at an instant (parent None: taken out of it, to nowhere that is known)."""

    container: str
    parent: str | None
    at_ms: int


OfLineage: TypeAlias = TransformUnits | EndUnit | RecallDonation | DeclareError | TransferOwnership | Aggregate
