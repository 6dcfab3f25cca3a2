"""Expiries that rest on a figure which nobody has checked against the standard in force: said wherever one is shown."""

import msgspec

from coldchain.lineage import Transformation
from coldchain.ports import Session
from coldchain.units import Unit
from rules.lineage import DEPTH_MAX, unconfirmed_shelf_ms


class OutputExpiry(msgspec.Struct, frozen=True, kw_only=True):
    """When what an act made expires (None: nobody knows), and whether the figure behind that is to be confirmed."""

    unit: str
    expires_ms: int | None
    to_be_confirmed: bool


class ActView(Transformation, frozen=True, kw_only=True):
    """An act as it is recorded, with when each of its outputs expires."""

    expiries: list[OutputExpiry]


def act_view(session: Session, act: Transformation) -> ActView:
    """Return an act with the expiries of its outputs."""
    made = [unit for name in act.outputs if (unit := session.records.unit(name)) is not None]
    expiries = [
        OutputExpiry(unit=unit.id, expires_ms=unit.expires_ms, to_be_confirmed=to_be_confirmed(session, unit))
        for unit in made
    ]
    return ActView(**{name: getattr(act, name) for name in act.__struct_fields__}, expiries=expiries)


def to_be_confirmed(session: Session, unit: Unit) -> bool:
    """Tell whether a unit expires when it does by an act's unchecked figure, also one of what it was made from."""
    if unit.expires_ms is None:
        return False
    waiting = {unit.id: unit}
    for _ in range(DEPTH_MAX):
        if any(_by_unchecked_rule(session, one) for one in waiting.values()):
            return True
        parents = {edge.parent for name in waiting for edge in session.records.made_from(name)}
        found = [one for name in sorted(parents) if (one := session.records.unit(name)) is not None]
        waiting = {one.id: one for one in found if one.expires_ms == unit.expires_ms}
    return False


def _by_unchecked_rule(session: Session, unit: Unit) -> bool:
    for edge in session.records.made_from(unit.id):
        act = session.records.transformation(edge.act)
        if act is None or act.shelf_ms is not None:
            continue
        shelf_ms = unconfirmed_shelf_ms(act.act, unit.profile)
        if shelf_ms is not None and unit.expires_ms == act.at_ms + shelf_ms:
            return True
    return False
