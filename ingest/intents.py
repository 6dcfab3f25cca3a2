"""What is said of for whom units are: recorded, handed on to what is made of them, and asked before they leave.

A unit for one patient leaves in a box of its own kind, on a list that names this very patient by its reference; the
station takes any back. Whoever makes one stock for everybody says why, and never one of which the label says "only".
"""

from collections.abc import Iterable, Sequence
from typing import Final

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.intents import (
    AS_REGISTERED_MS,
    SAID_BY_PEOPLE,
    Intent,
    Label,
    SetIntent,
    UnitIntent,
    kept_for,
    label_of,
    require_reference,
)
from coldchain.lineage import UnitKind
from coldchain.ports import Session
from coldchain.units import PackBox, ReceiveUnit, RegisterUnit, Unit
from ingest.drafted import Drafted, require_signed, require_unit
from rules.issuable import kept_of
from rules.lineage import REACHED_MAX, reached

REASON_MAX: Final = 500  # characters


def intended(session: Session, fact: SetIntent, _now_ms: int) -> Drafted:
    """Return the entries of a word on for whom a unit is: its own, and those of what was made of it.

    Raises ConflictError, InvalidValueError or UnknownThingError, with nothing changed.
    """
    require_signed(fact.name, fact.post)
    require_unit(session, fact.unit)
    unit = session.records.unit(fact.unit)
    if unit is None:
        return Drafted()
    said = UnitIntent(
        unit=fact.unit,
        intent=fact.intent,
        patient=fact.patient,
        at_ms=fact.at_ms,
        reason=fact.reason.strip(),
        name=fact.name,
        post=fact.post,
    )
    return Drafted(drafts=_drafts(session, unit, said, fact.actor))


def as_registered(session: Session, fact: RegisterUnit) -> list[Draft]:
    """Return the word that came with a registration: it counts before whatever is said later."""
    return _came_with(session, fact, at_ms=AS_REGISTERED_MS, reason="", name=fact.actor, post="")


def as_received(session: Session, fact: ReceiveUnit) -> list[Draft]:
    """Return the word that came with the receipt of a bag, signed by who received it."""
    return _came_with(session, fact, at_ms=fact.at_ms, reason=fact.note, name=fact.name, post=fact.post)


def _came_with(
    session: Session, fact: RegisterUnit | ReceiveUnit, *, at_ms: int, reason: str, name: str, post: str
) -> list[Draft]:
    if fact.intent is Intent.NOT_STATED:
        require_unstated(fact.patient)
        return []
    said = UnitIntent(
        unit=fact.unit.id,
        intent=fact.intent,
        patient=fact.patient,
        at_ms=at_ms,
        reason=reason,
        name=name,
        post=post,
    )
    return _drafts(session, fact.unit, said, fact.actor)


def require_unstated(patient: str) -> None:
    """Raise InvalidValueError for a patient without a word on whether the unit is autologous or directed."""
    if patient:
        msg = "a patient is named and not what the unit is: say autologous or directed"
        raise InvalidValueError(msg)


def made_words(session: Session, inputs: Sequence[Unit], outputs: Sequence[Unit], actor: str) -> list[Draft]:
    """Return the words that what is made has from what it is made of."""
    labels = {one.id: label_of(one.scheme, one.product_code) for one in inputs}
    first = [
        word
        for one in inputs
        for made in outputs
        if (word := _passed(labels[one.id], one.id, session.records.intents_of_unit(one.id), made.id)) is not None
    ]
    return _cascade(session, first, actor)


def _drafts(session: Session, unit: Unit, said: UnitIntent, actor: str) -> list[Draft]:
    words = session.records.intents_of_unit(unit.id)
    known = next((one for one in words if not one.via and one.at_ms == said.at_ms), None)
    if known == said:
        return []
    if known is not None:
        msg = f"for whom unit {unit.id} is was already said for that very time with other words; nothing was changed"
        raise ConflictError(msg)
    if said.intent not in SAID_BY_PEOPLE or len(said.reason) > REASON_MAX:
        msg = f"say {', '.join(sorted(SAID_BY_PEOPLE))}, and why in at most {REASON_MAX} characters"
        raise InvalidValueError(msg)
    require_reference(said.patient)
    if said.intent is Intent.ALLOGENEIC:
        _require_crossing(session, unit, words, said)
    return _cascade(session, [said], actor)


def _require_crossing(session: Session, unit: Unit, words: Sequence[UnitIntent], said: UnitIntent) -> None:
    """Refuse to make a reserved unit everybody's without a reason, or at all where a label says "only"."""
    if said.patient:
        msg = "a unit for everybody is for no patient: leave the patient out"
        raise InvalidValueError(msg)
    behind = reached([unit.id], session.records.made_from, back=True).units
    units = [unit, *(one for name in behind[1:] if (one := session.records.unit(name)) is not None)]
    for one in units:
        if label_of(one.scheme, one.product_code).only:
            msg = (
                f"the label of unit {one.id} ({one.product_code}) says that it is for its own patient only: it is "
                "never given to another one; nothing was changed"
            )
            raise ConflictError(msg)
    if kept_for(label_of(unit.scheme, unit.product_code), words).reserved and not said.reason:
        msg = f"unit {unit.id} is kept for one patient: say why it may be given to others; nothing was changed"
        raise InvalidValueError(msg)


def _passed(label: Label, parent: str, words: Iterable[UnitIntent], child: str) -> UnitIntent | None:
    """Return what a unit's words and label say of what was made of it; None: they say nothing."""
    said = list(words)
    kept = kept_for(label, said)
    if not said and not kept.reserved:
        return None
    own = [one for one in said if not one.via]
    newest = max(own or said, key=lambda one: (one.at_ms, one.via), default=None)
    return UnitIntent(
        unit=child,
        intent=kept.intent,
        patient=kept.patient,
        at_ms=AS_REGISTERED_MS if newest is None else newest.at_ms,
        reason="" if newest is None else newest.reason,
        name="" if newest is None else newest.name,
        post="" if newest is None else newest.post,
        via=parent,
    )


def _cascade(session: Session, first: Sequence[UnitIntent], actor: str) -> list[Draft]:
    """Return the entries of new words, and of what they change down the lineage, each unit once its parent is done."""
    fresh: dict[str, dict[tuple[int, str], UnitIntent]] = {}

    def words(unit: str) -> list[UnitIntent]:
        known = {(one.at_ms, one.via): one for one in session.records.intents_of_unit(unit)}
        return list((known | fresh.get(unit, {})).values())

    waiting = [one for one in first if one not in words(one.unit)]
    drafts: list[Draft] = []
    while waiting and len(drafts) < REACHED_MAX:
        word = waiting.pop(0)
        fresh.setdefault(word.unit, {})[(word.at_ms, word.via)] = word
        drafts.append(Draft(kind=EntryKind.UNIT_INTENT, actor=actor, site="", payload=word))
        unit = session.records.unit(word.unit)
        label = label_of("", "") if unit is None else label_of(unit.scheme, unit.product_code)
        for edge in session.records.made_of(word.unit):
            passed = _passed(label, word.unit, words(word.unit), edge.child)
            if passed is not None and passed not in words(edge.child):
                waiting.append(passed)
    return drafts


def require_apart(session: Session, units: Sequence[Unit], box: str) -> None:
    """Raise ConflictError if units for one patient would travel with others, in the list or in the box already."""
    mine = sorted(one.id for one in units if kept_of(session, one).reserved)
    others = sorted(one.id for one in units if one.id not in mine and one.kind is UnitKind.BLOOD)
    inside_mine, inside_others = box_load(session, box, {one.id for one in units})
    if (mine or inside_mine) and (others or inside_others):
        for_one, for_all = [*mine, *inside_mine][0], [*others, *inside_others][0]
        msg = (
            f"unit {for_one} is kept for one patient and unit {for_all} is not: they do not travel in one box; take "
            "another box; nothing was changed"
        )
        raise ConflictError(msg)


def box_load(session: Session, box: str, without: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return what lies in a box undoubtedly, beside some units: those for one patient, and others."""
    mine: list[str] = []
    others: list[str] = []
    known = set(without)
    for mix in session.records.mixes():
        if mix.place != box:
            continue
        for one in session.records.live_of_profile(box, mix.profile, mix.profile_version, REACHED_MAX):
            if one.unit not in known:
                unit = session.records.unit(one.unit)
                if session.records.reserved(one.unit):
                    mine.append(one.unit)
                elif unit is not None and unit.kind is UnitKind.BLOOD:
                    others.append(one.unit)
    return mine, others


def require_its_patient(session: Session, unit: Unit, fact: PackBox) -> None:
    """Raise ConflictError for a unit that is for one patient on a list that is not for this very one."""
    kept = kept_of(session, unit)
    if kept.is_for(fact.patient):
        return
    if kept.intent is Intent.UNREAD:
        msg = (
            f"the label of unit {unit.id} ({unit.product_code}) names a type of donation that is not known here: say "
            "for whom it is before it leaves; nothing was changed"
        )
    elif not kept.patient:
        msg = (
            f"unit {unit.id} is kept for one patient, and nobody has said for which one: say so before it leaves; "
            "nothing was changed"
        )
    else:
        msg = (
            f"unit {unit.id} is kept for one patient, and this list is not for that one: name the patient of the list; "
            "nothing was changed"
        )
    raise ConflictError(msg)
