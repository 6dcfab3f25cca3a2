"""What stands against issuing a unit now. An empty list is no permission: the issuing system and people decide."""

from collections.abc import Sequence
from enum import StrEnum

from coldchain.decisions import standing_holds
from coldchain.intents import Kept, kept_for, label_of
from coldchain.ports import Session
from coldchain.units import Unit
from rules.waiting import Wait


class Bar(StrEnum):
    """Why a unit may not be issued, the gravest first."""

    ENDED = "ended"  # transfused, destroyed, used up
    ON_HOLD = "on-hold"  # until a person decides
    EXPIRED = "expired"
    RESERVED = "reserved"  # for one patient only, or for whom is not known, and not for who asks
    WAITING = "waiting"  # part of its record is not here yet; that ends by itself


def kept_of(session: Session, unit: Unit) -> Kept:
    """Return for whom a unit is by its label and all that was said."""
    return kept_for(label_of(unit.scheme, unit.product_code), session.records.intents_of_unit(unit.id))


def barred(session: Session, unit: Unit, waits: Sequence[Wait], now_ms: int, patient: str = "") -> list[Bar]:
    """Return all that stands against issuing a unit at now_ms; `waits`: what of its record is awaited.

    `patient`: the reference of the one for whom it is asked, "" not said.
    """
    end = session.records.unit_end(unit.id)
    found = {
        Bar.ENDED: end is not None and end.at_ms <= now_ms,
        Bar.ON_HOLD: bool(standing_holds(session.records.holds_of_unit(unit.id))),
        Bar.EXPIRED: unit.expires_ms is not None and unit.expires_ms <= now_ms,
        Bar.RESERVED: not kept_of(session, unit).is_for(patient),
        Bar.WAITING: bool(waits),
    }
    return [bar for bar, stands in found.items() if stands]
