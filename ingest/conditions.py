"""What the rules see now, of places, devices and units: gathered from providers, each of which knows its part.

A provider is a function (session, now_ms) -> conditions. It may be asked every few seconds on a site of a thousand
fridges and a hundred thousand units, so it reads what is open or due, never everything.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from coldchain.alarms import Condition
from coldchain.ports import Session
from ingest.conditions_profiles import profile_conditions

Provider: TypeAlias = Callable[[Session, int], list[Condition]]

PROVIDERS: Final[tuple[Provider, ...]] = (profile_conditions,)


def conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what every provider sees, in the order of its key."""
    found = [condition for provider in PROVIDERS for condition in provider(session, now_ms)]
    return sorted(found, key=lambda condition: condition.key)
