"""For whom a unit is meant: for anybody, or for one patient only (autologous and directed donations). Pure.

Directive 2004/33/EC, annex IV, 3.1: autologous blood is identified as such and stored, transported and distributed
apart from allogeneic blood. The label says it: the sixth character of an ISBT 128 product code is the type of donation
(ST-001, data structure 003). Only codes that are sure are in the table (K: professional knowledge, to be checked
against the licensed text). Another one is *unread*: the label names a type and nobody here knows which, so it is
allogeneic to nobody. A code without that character, and every local scheme, says nothing; people may.

Of the patient there is only a reference that the issuing system made up: no name, no number that a person has.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from coldchain.errors import InvalidValueError

AS_REGISTERED_MS: Final = 0  # when a word counts that came with the unit: before whatever is said later
PATIENT_CHARACTERS_MAX: Final = 64
_REFERENCE: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_RESIDENT: Final = re.compile(r"[1-9][0-9]{16}[0-9Xx]")  # GB 11643: 17 digits and a check character, mod 11-2
_TELEPHONE: Final = re.compile(r"1[3-9][0-9]{9}")
_RESIDENT_CHECKS: Final = "10X98765432"
_CODE: Final = re.compile(r"[A-Z][0-9A-Z]{4}([0-9A-Za-z])(?:[A-Z][a-z]|00|[A-Z]0|0[a-z])?")


class Intent(StrEnum):
    """For whom a unit is."""

    ALLOGENEIC = "allogeneic"
    AUTOLOGOUS = "autologous"
    DIRECTED = "directed"
    UNREAD = "unread"  # its label names a type of donation that is not known here
    NOT_STATED = "not-stated"  # neither its label nor anybody says


RESERVED: Final = frozenset({Intent.AUTOLOGOUS, Intent.DIRECTED, Intent.UNREAD})
SAID_BY_PEOPLE: Final = frozenset({Intent.ALLOGENEIC, Intent.AUTOLOGOUS, Intent.DIRECTED})


class Basis(StrEnum):
    """Who says so."""

    LABEL = "label"
    STATED = "stated"
    MADE_FROM = "made-from"  # it was made of a unit of which it is said
    NOBODY = "nobody"


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a label says. `only`: for that patient only, whatever anybody says later; else it may cross over."""

    intent: Intent
    only: bool = False


TYPES_OF_DONATION: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "0": Label(intent=Intent.NOT_STATED),
        "V": Label(intent=Intent.ALLOGENEIC),  # volunteer
        "P": Label(intent=Intent.ALLOGENEIC),  # paid
        "A": Label(intent=Intent.AUTOLOGOUS),  # eligible for crossover
        "1": Label(intent=Intent.AUTOLOGOUS, only=True),
        "X": Label(intent=Intent.AUTOLOGOUS, only=True),  # biohazardous
        "D": Label(intent=Intent.DIRECTED),  # volunteer, eligible for crossover
        "d": Label(intent=Intent.DIRECTED),  # paid, eligible for crossover
        "2": Label(intent=Intent.DIRECTED, only=True),
        "L": Label(intent=Intent.DIRECTED, only=True),  # limited exposure
        "3": Label(intent=Intent.DIRECTED, only=True),  # biohazardous
    }
)
_SILENT: Final = Label(intent=Intent.NOT_STATED)
_UNREAD: Final = Label(intent=Intent.UNREAD)


class SetIntent(msgspec.Struct, frozen=True, kw_only=True, tag="set-intent"):
    """A person, or the issuing system, says for whom a unit is. `patient`: its reference, "" not said."""

    unit: str
    intent: Intent
    patient: str
    reason: str
    at_ms: int
    name: str
    post: str
    actor: str


class UnitIntent(msgspec.Struct, frozen=True, kw_only=True):
    """A word on for whom a unit is; (unit, at_ms, via) is its key and the newest word counts.

    `via`: the unit that it was made of and of which it was said; "": it was said of this one.
    """

    unit: str
    intent: Intent
    patient: str
    at_ms: int
    reason: str
    name: str
    post: str
    via: str = ""

    @property
    def reserved(self) -> bool:
        """Whether it is for one patient only."""
        return self.intent in RESERVED


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a unit is by all that is known. `patient` "": nobody said for which one, or two different were named."""

    intent: Intent
    patient: str
    basis: Basis

    @property
    def reserved(self) -> bool:
        """Whether it is for one patient only, or for whom is not known: never stock for everybody."""
        return self.intent in RESERVED

    def is_for(self, patient: str) -> bool:
        """Tell whether a unit may go to this patient ("": to whom is not said)."""
        return not self.reserved or (self.patient != "" and self.patient == patient)


def label_of(scheme: str, product_code: str) -> Label:
    """Return what a unit's code says of the type of donation; nothing where it is no ISBT 128 code of six or more."""
    found = _CODE.fullmatch(product_code) if scheme == "isbt128" else None
    return _SILENT if found is None else TYPES_OF_DONATION.get(found.group(1), _UNREAD)


def kept_for(label: Label, words: Iterable[UnitIntent]) -> Kept:
    """Return for whom a unit is, in whatever order the words came.

    The newest word on itself goes before its label. What was said of the units that it was made of adds to its label
    and never takes from it: one reserved parent is enough.
    """
    said = sorted(words, key=lambda one: one.at_ms)
    own = [one for one in said if not one.via]
    if own:
        return Kept(intent=own[-1].intent, patient=own[-1].patient, basis=Basis.STATED)
    newest = {one.via: one for one in said}
    behind = [newest[via] for via in sorted(newest) if newest[via].reserved]
    if behind:
        return _made_of(behind)
    if label.intent is not Intent.NOT_STATED:
        return Kept(intent=label.intent, patient="", basis=Basis.LABEL)
    if newest:
        return Kept(intent=Intent.ALLOGENEIC, patient="", basis=Basis.MADE_FROM)
    return Kept(intent=Intent.NOT_STATED, patient="", basis=Basis.NOBODY)


def _made_of(behind: Sequence[UnitIntent]) -> Kept:
    named = {one.patient for one in behind}
    patient = next(iter(named)) if len(named) == 1 else ""
    return Kept(intent=behind[0].intent, patient=patient, basis=Basis.MADE_FROM)


def require_reference(patient: str) -> str:
    """Return a patient's reference. Raises InvalidValueError for what could be a person's own number or name."""
    if patient and not _REFERENCE.fullmatch(patient):
        msg = "a patient's reference has at most 64 letters, digits, '.', '_', ':' and '-': no name, and no spaces"
        raise InvalidValueError(msg)
    if _is_resident_number(patient) or _TELEPHONE.fullmatch(patient):
        msg = "that looks like a person's own number: give a reference that only the issuing system can resolve"
        raise InvalidValueError(msg)
    return patient


def _is_resident_number(text: str) -> bool:
    if not _RESIDENT.fullmatch(text):
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(text[:17]))
    return _RESIDENT_CHECKS[total % 11] == text[17].upper()
