"""What a unit's clock says in words: where only so many occasions are allowed, how many of them are left."""

from api.wording import Words
from coldchain.closed_loop import ClockState, UnitClock


def clock_state_text(clock: UnitClock, words: Words) -> str:
    """Return how far a clock has come. A figure with a number that is allowed is not only counted."""
    most = clock.occasions_max
    if clock.state is not ClockState.COUNTED or most is None:
        return words.say(f"clock.{clock.state}")
    if clock.occasions == 0:
        return words.say("clock.allowed.none", most=most)
    key = "clock.allowed.used" if clock.occasions >= most else "clock.allowed.left"
    return words.say(key, n=clock.occasions, most=most)
