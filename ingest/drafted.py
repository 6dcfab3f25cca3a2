"""What a person's fact becomes: entries for the ledger, what is to be judged again; and what all ask first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from coldchain.entries import Binding, Draft, EntryKind, Placement
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.lineage import ErrorDeclaration, ErrorOf, Said, UnitEnd
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.units import BindTag

AHEAD_MS_MAX: Final = 300_000  # how far the clocks of a person's computer and of the centre may be apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What a person's fact adds to the ledger (nothing: it is already recorded), and what is to be judged again.

    Units, and places in which other readings may count now.
    """

    drafts: list[Draft] = field(default_factory=list)
    units: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)


def placement(
    session: Session, unit: str, place: str | None, at_ms: int, actor: str, site: str, *, scanned: bool = False
) -> list[Draft]:
    """Return the entry that moves a unit, none if just that, or that it was also scanned there, is recorded already.

    Raises ConflictError for one into a place that was declared an error, whoever says it again and with whatever.
    """
    payload = Placement(unit=unit, place=place, at_ms=at_ms, scanned=scanned)
    known = [one for one in session.records.placements_of_unit(unit) if (one.place, one.at_ms) == (place, at_ms)]
    if any(one.scanned or not scanned for one in known):
        return []
    if place is not None:  # out of all places is said with an issue, and is that one's word
        require_not_an_error(session, ErrorOf.PLACEMENT, Said(unit=unit, at_ms=at_ms, object=place))
    return [Draft(kind=EntryKind.PLACEMENT, actor=actor, site=site, payload=payload)]


def declared_error(session: Session, of: ErrorOf, said: Said) -> ErrorDeclaration | None:
    """Return by which declaration this very word is an error, None: it is none."""
    for one in session.records.errors_of_unit(said.unit):
        wrong = Said(unit=said.unit, at_ms=one.wrong.at_ms) if of is ErrorOf.UNIT_END else one.wrong
        if (one.of, wrong) == (of, said):
            return one
    return None


def require_not_an_error(session: Session, of: ErrorOf, said: Said) -> None:
    """Raise ConflictError for a word that was declared an error: sent once more, it must not count again."""
    one = declared_error(session, of, said)
    if one is not None:
        msg = (
            f"this very {of.value} of unit {said.unit} was declared an error at {one.at_ms} by {one.name}; nothing "
            "was changed. If it happened all the same, say it with the time at which it did"
        )
        raise ConflictError(msg)


def known_place(session: Session, name: str) -> Place:
    """Return a place. Raises UnknownThingError."""
    place = session.records.place(name)
    if place is None:
        msg = f"place {name} is not known here"
        raise UnknownThingError(msg)
    return place


def require_unit(session: Session, unit: str) -> None:
    """Raise UnknownThingError for a unit that is not registered."""
    if session.records.unit(unit) is None:
        msg = f"unit {unit} is not registered"
        raise UnknownThingError(msg)


def require_free(session: Session, fact: BindTag, bindings: Sequence[Binding]) -> None:
    """A tag stands for one unit; for another one only once it, or the unit, came to its end in between.

    `bindings`: those of the tag that count. Raises ConflictError.
    """
    ends = [one.at_ms for one in session.records.retirements_of_epc(fact.epc)]
    if fact.from_ms in ends:
        msg = (
            f"tag {fact.epc} was taken out of use at {fact.from_ms}, and a binding of that millisecond with it: its "
            "reads would move nothing. Bind it from a later moment on; nothing was changed"
        )
        raise ConflictError(msg)
    for binding in bindings:
        end = session.records.unit_end(binding.unit)
        over = ends if end is None else [*ends, end.at_ms]
        between = any(binding.from_ms <= at_ms <= fact.from_ms for at_ms in over)
        if binding.unit != fact.unit and not between:
            msg = (
                f"tag {fact.epc} is already bound to unit {binding.unit}; nothing was changed. "
                "Take the tag out of use first if it was moved to another bag"
            )
            raise ConflictError(msg)


def require_signed(name: str, post: str) -> None:
    """Raise InvalidValueError for a signature that lacks the name or the post."""
    if not name.strip() or not post.strip():
        msg = "sign with your name and your post"
        raise InvalidValueError(msg)


def ended_text(end: UnitEnd) -> str:
    """Say why nothing more can happen to a unit."""
    return (
        f"unit {end.unit} came to its end at {end.at_ms} ({end.how.value}); nothing was changed. "
        "If that is wrong, declare it an error first"
    )


def require_living(session: Session, unit: str, at_ms: int) -> None:
    """Raise ConflictError for a unit that had come to its end by then: nothing is put anywhere that is no more."""
    end = session.records.unit_end(unit)
    if end is not None and end.at_ms <= at_ms:
        raise ConflictError(ended_text(end))
