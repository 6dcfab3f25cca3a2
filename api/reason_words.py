"""Why a unit is exposed or on hold, in a word: certainly inside, or possibly and how."""

from api.wording import Words
from coldchain.units import Exposure, Hold, Reason


def reason_text(one: Exposure | Hold, words: Words) -> str:
    """Return how it is known that a unit was there; what was recorded before reasons were says only how sure it is."""
    if one.certain or one.reason in {Reason.CERTAIN, Reason.NOT_SAID}:
        return words.say("certain" if one.certain else "possible")
    since = words.say("unknown") if one.since_ms is None else words.when(one.since_ms)
    return words.say(f"why.{one.reason}", listed=one.listed or words.say("unknown"), since=since)
