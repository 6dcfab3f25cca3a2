"""Limits in words: which side there is one on, whether the number itself is inside, and whether they are confirmed."""

from typing import Protocol

from api.wording import Words
from rules.profile import Profile


class Bounds(Protocol):
    """Limits on a temperature, wherever they are kept."""

    @property
    def low_micro_celsius(self) -> int | None:
        """The lower limit, if there is one."""

    @property
    def high_micro_celsius(self) -> int:
        """The upper limit."""

    @property
    def low_inclusive(self) -> bool:
        """Whether the lower limit's own number is inside."""

    @property
    def high_inclusive(self) -> bool:
        """Whether the upper limit's own number is inside."""


def limits_text(profile: Bounds, words: Words) -> str:
    """Return the limits of a profile as one reads them aloud: "2.0 to 6.0 °C", "below -18.0 °C"."""
    low, high = profile.low_micro_celsius, profile.high_micro_celsius
    if low is not None and profile.low_inclusive and profile.high_inclusive:
        return words.say("profile.limits", low=words.celsius(low), high=words.celsius(high))
    upper = "limits.at-most" if profile.high_inclusive else "limits.below"
    sides = [words.say(upper, celsius=words.celsius(high))]
    if low is not None:
        lower = "limits.at-least" if profile.low_inclusive else "limits.above"
        sides.insert(0, words.say(lower, celsius=words.celsius(low)))
    return words.say("and").join(sides)


def limit_text(profile: Profile, words: Words, *, cold: bool) -> str:
    """Return the one limit that was crossed, with °C and with whether the number itself is inside."""
    limit = profile.low_micro_celsius if cold else profile.high_micro_celsius
    if limit is None:
        return words.say("none")
    name = words.say("limit.low" if cold else "limit.high")
    inclusive = profile.low_inclusive if cold else profile.high_inclusive
    text = f"{name} {words.celsius(limit)} °C"
    return text if inclusive else words.say("limits.strict", limit=text)


def profile_name(profile: Profile, words: Words) -> str:
    """Return what a profile is called: its id and version."""
    return words.say("profile.name", id=profile.id, version=profile.version)
