"""What a unit's clock says in words, for its page and the evidence pack: its state, its figures, its limit."""

from typing import Final

from api.wording import Words
from coldchain.closed_loop import ClockName, ClockState, UnitClock

COUNTED: Final = frozenset({ClockName.EXCURSIONS, ClockName.OUTINGS})  # of which occasions are told


def clock_so_far(one: UnitClock, words: Words) -> str:
    """Return what a clock has counted so far: occasions, time, or both; of the expiry nothing."""
    if one.clock is ClockName.EXPIRY:
        return words.say("none")
    occasions = words.say("clocks.occasions", n=one.occasions) if one.clock in COUNTED else ""
    lasted = "" if one.clock is ClockName.EXCURSIONS else words.lasted_between(one.least_ms, one.most_ms)
    return " · ".join(part for part in (occasions, lasted) if part)


def clock_limit(one: UnitClock, words: Words) -> str:
    """Return the limit of a clock; what is counted without one has none."""
    if one.clock in COUNTED:
        return words.say("none") if one.occasions_max is None else words.say("clocks.occasions", n=one.occasions_max)
    if one.limit_ms is None or one.clock is ClockName.EXPIRY:
        return words.say("none")
    return words.lasted(one.limit_ms)


def clock_state_text(clock: UnitClock, words: Words) -> str:
    """Return how far a clock has come. A figure with a number that is allowed is not only counted."""
    most = clock.occasions_max
    if clock.state is not ClockState.COUNTED or most is None:
        return words.say(f"clock.{clock.state}")
    if clock.occasions == 0:
        return words.say("clock.allowed.none", most=most)
    key = "clock.allowed.used" if clock.occasions >= most else "clock.allowed.left"
    return words.say(key, n=clock.occasions, most=most)
