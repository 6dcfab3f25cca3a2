"""Judgements that failed by our own fault: what they were about is written down and tried again until it works."""

from typing import Final

from coldchain.canonical import INTEGER_MAX
from coldchain.ports import Session
from ingest.judge import Dirty

_PROBE: Final = "to-judge-probe:"
_UNITS: Final = "to-judge-units"
_PAGE: Final = 1_000


def defer(session: Session, dirty: Dirty) -> None:
    """Write down what is still to be judged, in the transaction that stores the facts."""
    for probe, span in dirty.probes.items():
        name = _PROBE + probe
        asked_ms = (INTEGER_MAX - 1 if span is None else span[0]) + 1
        known_ms = session.books.cursor(name)
        session.books.set_cursor(name, min(asked_ms, known_ms) if known_ms else asked_ms)
    if dirty.units:
        session.books.set_cursor(_UNITS, 1)


def deferred(session: Session) -> list[Dirty]:
    """Return what waits: units together, each probe for itself, so that one that fails keeps none of the others."""
    found = []
    if session.books.cursor(_UNITS):
        found.append(Dirty(units=_all_units(session)))
    for probe in session.records.probes():
        from_ms = session.books.cursor(_PROBE + probe.id)
        if from_ms:
            last = session.readings.last_before(probe.id, INTEGER_MAX)
            reached = len(last) and int(last.taken_ms[-1]) >= from_ms - 1
            found.append(Dirty(probes={probe.id: (from_ms - 1, int(last.taken_ms[-1])) if reached else None}))
    return found


def forget_deferred(session: Session, dirty: Dirty) -> None:
    """Note that it has been judged."""
    for probe in dirty.probes:
        session.books.set_cursor(_PROBE + probe, 0)
    if dirty.units:
        session.books.set_cursor(_UNITS, 0)


def _all_units(session: Session) -> set[str]:
    found: set[str] = set()
    after = ""
    while page := session.records.units(after, _PAGE):
        found |= {unit.id for unit in page}
        after = page[-1].id
    return found
