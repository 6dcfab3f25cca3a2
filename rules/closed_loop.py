"""Rules of the closed loop: who may give blood to whom, and what belongs together in one place. Pure.

A member hospital gives to no other hospital, only a storage point or the station does (Zhejiang's rules for blood
security unions, article 9). What is not known of a site is not judged: it is neither allowed nor forbidden here.
"""

from collections.abc import Mapping
from enum import StrEnum

from coldchain.closed_loop import MemberKind
from rules.limits import Profile


class Fit(StrEnum):
    """How a place suits a unit by both profiles, the worst first."""

    WRONG = "wrong"  # no temperature suits both
    PARTLY = "partly"  # the place may stay within its limits and leave the unit's
    FITS = "fits"


def transfer_barred(kinds: Mapping[str, MemberKind], giver: str, taker: str) -> bool:
    """Tell whether a site may not give units to another one; False as well where one of them is not known."""
    hospitals = kinds.get(giver) is MemberKind.HOSPITAL and kinds.get(taker) is MemberKind.HOSPITAL
    return hospitals and giver != taker


def fit(unit: Profile, place: Profile) -> Fit:
    """Return how a place suits a unit; both profiles as they hold in that kind of place."""
    low, high = unit.low_micro_celsius, unit.high_micro_celsius
    place_low = place.low_micro_celsius
    apart_above = place_low is not None and place_low > high
    apart_below = low is not None and place.high_micro_celsius < low
    if apart_above or apart_below:
        return Fit.WRONG
    warmer = place.high_micro_celsius > high
    colder = low is not None and (place_low is None or place_low < low)
    return Fit.PARTLY if warmer or colder else Fit.FITS
