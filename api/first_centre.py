"""The entry of the overview that says that the centre itself does not do its work: then other figures may be old."""

from typing import Final

from api.context import Readiness
from api.first import Entry
from api.wording import Words
from coldchain.standing import PlaceState

READY_PATH: Final = "/readyz"


def centre_entry(status: Readiness, words: Words) -> list[Entry]:
    """Return the entry, or nothing where the centre is ready; and one while probes are judged anew."""
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
    found = [_entry("centre", PlaceState.UNMEASURED, facts, words.say("centre.todo"), words)] if facts else []
    if status.anew:
        waiting = [words.say("anew.waiting", n=status.anew)]
        found.append(_entry("anew", PlaceState.ATTENTION, waiting, words.say("anew.todo"), words))
    return found


def _entry(name: str, tone: PlaceState, facts: list[str], todo: str, words: Words) -> Entry:
    return Entry(id=name, tone=tone, title=words.say(name), facts=facts, todo=todo, href=READY_PATH)
