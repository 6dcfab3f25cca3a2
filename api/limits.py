"""Limits in words: which side there is one on, whether the number itself is inside, and whether they are confirmed."""

from api.wording import Words
from coldchain.standing import PlaceStanding
from rules.profile import Profile

TO_BE_CONFIRMED = "to-be-confirmed"


def limits_text(profile: Profile, words: Words) -> str:
    """Return the limits of a profile as one reads them aloud: "2.0 to 6.0 °C", "below -18.0 °C"."""
    low, high = profile.low_micro_celsius, profile.high_micro_celsius
    if low is not None and high is not None and profile.low_inclusive and profile.high_inclusive:
        return words.say("profile.limits", low=words.celsius(low), high=words.celsius(high))
    sides = []
    if low is not None:
        key = "limits.at-least" if profile.low_inclusive else "limits.above"
        sides.append(words.say(key, celsius=words.celsius(low)))
    if high is not None:
        key = "limits.at-most" if profile.high_inclusive else "limits.below"
        sides.append(words.say(key, celsius=words.celsius(high)))
    return words.say("and").join(sides) or words.say("none")


def limit_text(profile: Profile, words: Words, *, cold: bool) -> str:
    """Return the one limit that was crossed, with °C and with whether the number itself is inside."""
    limit = profile.low_micro_celsius if cold else profile.high_micro_celsius
    if limit is None:
        return words.say("none")
    name = words.say("limit.low" if cold else "limit.high")
    inclusive = profile.low_inclusive if cold else profile.high_inclusive
    text = f"{name} {words.celsius(limit)} °C"
    return text if inclusive else words.say("limits.strict", limit=text)


def profile_name(profile: Profile | PlaceStanding, words: Words) -> str:
    """Return what a profile is called: its id and version."""
    if isinstance(profile, PlaceStanding):
        return words.say("profile.name", id=profile.profile, version=profile.profile_version)
    return words.say("profile.name", id=profile.id, version=profile.version)


def is_confirmed(profile: Profile) -> bool:
    """Tell whether a quality manager has approved a profile."""
    return profile.status != TO_BE_CONFIRMED
