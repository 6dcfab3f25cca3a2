"""Forms of custody become facts: acts, ends, owners, containers, declared mistakes, ends of keys."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from api.answers import MILLIS_MAX
from api.bodies import ACTOR_UNNAMED, UnitBody
from api.context import Context
from api.forms import number_of, text_of
from coldchain.errors import InvalidValueError
from coldchain.intents import SAID_BY_PEOPLE, Intent, SetIntent
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
    Said,
    TransferOwnership,
    TransformUnits,
)
from coldchain.ports import Session
from coldchain.trust import EndKey
from coldchain.units import Unit

HOUR_MS: Final = 3_600_000
LISTED_MAX: Final = 100  # lines of one field


def instant_of(given: Context, form: Mapping[str, str], name: str = "at") -> int:
    """Return a local date and time of a form in UTC ms, now if it is left out. Raises InvalidValueError."""
    text = text_of(form, name)
    if not text:
        return given.clock.now_ms()
    try:
        at = datetime.fromisoformat(text)
        at_ms = int((at if at.tzinfo else at.replace(tzinfo=given.zone)).timestamp() * 1_000)
    except (ValueError, OverflowError) as error:
        msg = f"{name} {text} is no time: write it as 2026-11-27T08:30"
        raise InvalidValueError(msg) from error
    if not 0 <= at_ms <= MILLIS_MAX:
        msg = f"{name} {text} is no time: write it as 2026-11-27T08:30"
        raise InvalidValueError(msg)
    return at_ms


def lines_of(form: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return what a field of several lines, or words, names. Raises InvalidValueError for too many."""
    found = tuple(re.split(r"[\s,;，；、]+", form.get(name, "").strip())) if form.get(name, "").strip() else ()
    if len(found) > LISTED_MAX:
        msg = f"{len(found)} at once are not allowed: name up to {LISTED_MAX}"
        raise InvalidValueError(msg)
    return tuple(one for one in found if one)


def signed(form: Mapping[str, str]) -> dict[str, str]:
    """Return name, post and actor of a form."""
    name = text_of(form, "name")
    return {"name": name, "post": text_of(form, "post"), "actor": name or ACTOR_UNNAMED}


def named_unit(session: Session, text: str) -> str:
    """Return the id of a unit that is named by it, or by a donation number that only one unit has."""
    if session.records.unit(text) is not None:
        return text
    found = session.records.units_by_number(text)
    return found[0].id if len(found) == 1 else text


def act_of(given: Context, session: Session, unit: Unit, form: Mapping[str, str]) -> TransformUnits:
    """Return an act on a unit, and on others for a pool. Raises InvalidValueError."""
    how = text_of(form, "act")
    if how not in set(Act):
        raise InvalidValueError("choose what was done")
    others = tuple(named_unit(session, one) for one in lines_of(form, "others"))
    hours = number_of(form, "shelf_hours")
    return TransformUnits(
        id=text_of(form, "id") or f"act-{given.clock.now_ms()}-{unit.id}"[:64],
        act=Act(how),
        inputs=tuple(dict.fromkeys((unit.id, *others))),
        outputs=tuple(_outputs(given, unit, form)),
        kept=(unit.id,) if form.get("kept") else (),
        at_ms=instant_of(given, form),
        shelf_ms=None if hours is None else hours * HOUR_MS,
        place=text_of(form, "place"),
        **signed(form),
    )


def _outputs(given: Context, unit: Unit, form: Mapping[str, str]) -> Sequence[Output]:
    """Return the bags that were made: one for each division that is named."""
    product, divisions = text_of(form, "product_code"), lines_of(form, "divisions") or (unit.division,)
    component = text_of(form, "component") or unit.component
    profile, _, version = (text_of(form, "profile") or f"{unit.profile}:{unit.profile_version}").partition(":")
    number = text_of(form, "donation_number") or unit.donation_number
    if not product or not version.isdecimal():
        raise InvalidValueError("say which bags were made: a product code, a division for each of them, and the limits")
    label_ms = instant_of(given, form, "label") if text_of(form, "label") else None
    found = []
    for division in divisions:
        fields: dict[str, Any] = {
            "donation_number": number,
            "product_code": product,
            "division": division,
            "component": component,
            "profile": profile,
            "profile_version": int(version),
        }
        known = {"issuer": unit.issuer, "scheme": unit.scheme, "blood_group": unit.blood_group}
        name = _checked(fields | known).unit(given.schemes).id
        found.append(Output(id=name, label_expires_ms=label_ms, **fields))
    return found


def _checked(fields: dict[str, Any]) -> UnitBody:
    """Return what is to be registered, checked as the interface does. Raises InvalidValueError."""
    try:
        return UnitBody.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"{first['loc'][0]} is not allowed: at most 32 printable characters"
        raise InvalidValueError(msg) from error


def end_of(given: Context, unit: Unit, form: Mapping[str, str]) -> EndUnit:
    """Return how a unit came to its end. Raises InvalidValueError."""
    how = text_of(form, "how")
    if how not in set(EndHow):
        raise InvalidValueError("choose what was done")
    at_ms = instant_of(given, form)
    return EndUnit(unit=unit.id, how=EndHow(how), at_ms=at_ms, note=text_of(form, "note"), **signed(form))


def owner_of(given: Context, unit: Unit, form: Mapping[str, str]) -> TransferOwnership:
    """Return to whom a unit belongs. Raises InvalidValueError."""
    owner, actor = text_of(form, "owner"), text_of(form, "name")
    if not owner:
        raise InvalidValueError("say to whom the unit belongs from now on")
    if not actor:
        raise InvalidValueError("sign with your name")
    return TransferOwnership(unit=unit.id, owner=owner, at_ms=instant_of(given, form), actor=actor)


def intent_of(given: Context, unit: Unit, form: Mapping[str, str]) -> SetIntent:
    """Return for whom a unit is. Raises InvalidValueError."""
    intent = text_of(form, "intent")
    if intent not in SAID_BY_PEOPLE:
        raise InvalidValueError("choose what was done")
    return SetIntent(
        unit=unit.id,
        intent=Intent(intent),
        patient=text_of(form, "patient"),
        reason=text_of(form, "reason"),
        at_ms=instant_of(given, form),
        **signed(form),
    )


def mistake_of(given: Context, form: Mapping[str, str]) -> DeclareError:
    """Return that a word was wrong: `word` is "of|unit|at_ms|object". Raises InvalidValueError."""
    of, _, rest = form.get("word", "").partition("|")
    unit, _, rest = rest.partition("|")
    at_ms, _, thing = rest.partition("|")
    if of not in set(ErrorOf) or not at_ms.isdecimal():
        raise InvalidValueError("choose what was done")
    wrong, instead = Said(unit=unit, at_ms=int(at_ms), object=thing), _instead(given, unit, thing, form)
    return DeclareError(
        of=ErrorOf(of),
        wrong=wrong,
        reason=ErrorReason.DID_NOT_OCCUR if instead is None else ErrorReason.INCORRECT_DATA,
        instead=instead,
        note=text_of(form, "note"),
        at_ms=given.clock.now_ms(),
        **signed(form),
    )


def _instead(given: Context, unit: str, thing: str, form: Mapping[str, str]) -> Said | None:
    if not form.get("instead"):
        return None
    return Said(
        unit=text_of(form, "instead_unit") or unit,
        at_ms=instant_of(given, form, "instead_at"),
        object=text_of(form, "instead_object") or thing,
    )


def moved_of(given: Context, session: Session, form: Mapping[str, str]) -> Aggregate:
    """Return what was put into a container, or taken out of it. Raises InvalidValueError."""
    action = text_of(form, "action")
    if action not in set(Action):
        raise InvalidValueError("choose what was done")
    actor = text_of(form, "name")
    if not actor or not text_of(form, "post"):
        raise InvalidValueError("sign with your name and your post")
    containers = text_of(form, "container")
    return Aggregate(
        action=Action(action),
        parent=text_of(form, "parent"),
        units=tuple(named_unit(session, one) for one in lines_of(form, "units")),
        containers=(containers,) if containers else (),
        at_ms=instant_of(given, form),
        actor=actor,
    )


def key_end_of(given: Context, form: Mapping[str, str]) -> EndKey:
    """Return the end of a gateway's key. Raises InvalidValueError."""
    gateway, _, key = form.get("which", "").partition("|")
    said = {name: text_of(form, name) for name in ("reason", "name", "post")}
    return EndKey(gateway=gateway, key=key, at_ms=given.clock.now_ms(), actor=said["name"] or ACTOR_UNNAMED, **said)
