"""The entry of the overview that says that the centre itself does not do its work: then other figures may be old."""

from typing import Final

from api.context import Readiness
from api.first import Entry
from api.wording import Words
from coldchain.standing import PlaceState

READY_PATH: Final = "/readyz"


def centre_entry(status: Readiness, words: Words) -> list[Entry]:
    """Return the entry, or nothing where the centre is ready."""
    facts = [
        words.say(key, n=status.unjudged)
        for key, so in (
            ("centre.unjudged", status.unjudged > 0),
            ("centre.store", not status.store_writable),
            ("centre.mqtt", not status.mqtt_connected),
            ("centre.queue", status.queue_size >= status.queue_max),
        )
        if so
    ]
    if not facts:
        return []
    return [
        Entry(
            id="centre",
            tone=PlaceState.UNMEASURED,
            title=words.say("centre"),
            facts=facts,
            todo=words.say("centre.todo"),
            href=READY_PATH,
        )
    ]
