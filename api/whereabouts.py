"""Where units are now, as the record says it, and which of those on hold have been handed out."""

import msgspec

from coldchain.entries import stay_of
from coldchain.places import PlaceKind
from coldchain.ports import Session
from coldchain.units import Unit
from rules.whereabouts import WhereKind, whereabouts


class UnitWhere(msgspec.Struct, frozen=True, kw_only=True):
    """A unit and where it is: in `places` (certainly in one, or possibly in several), with `to`, or nobody knows."""

    unit: str
    donation_number: str
    component: str
    blood_group: str
    where: WhereKind
    places: list[str]
    to: str | None
    since_ms: int | None
    on_hold: bool
