"""Which units come from a unit, and which it comes from: what is kept for one of them is kept for the others."""

from collections.abc import Callable, Sequence
from typing import Final

from coldchain.ports import Session

KIN_MAX: Final = 10_000  # units of one walk; a pool of platelets has a handful


def made_of(session: Session, unit: str) -> frozenset[str] | None:
    """Return a unit and all that was made of it, over any number of acts; None: more than KIN_MAX, nobody knows."""
    return _walked(unit, lambda name: [edge.child for edge in session.records.made_of(name)])


def kin_of(session: Session, unit: str) -> frozenset[str] | None:
    """Return a unit, all that was made of it and all that it was made from; None: more than KIN_MAX of either."""
    later = made_of(session, unit)
    earlier = _walked(unit, lambda name: [edge.parent for edge in session.records.made_from(name)])
    return None if later is None or earlier is None else later | earlier


def _walked(unit: str, following: Callable[[str], Sequence[str]]) -> frozenset[str] | None:
    seen, waiting = {unit}, [unit]
    while waiting:
        fresh = [name for name in dict.fromkeys(following(waiting.pop())) if name not in seen]
        seen.update(fresh)
        waiting += fresh
        if len(seen) > KIN_MAX:
            return None
    return frozenset(seen)
