"""Judgements that failed by our own fault: what they were about is written down and tried again until it works."""

from typing import Final

from coldchain.canonical import INTEGER_MAX
from coldchain.places import ProbeRole
from coldchain.ports import Session
from coldchain.unjudged import JUDGE_AGAIN, NO_READING
from ingest.judge import Dirty

_UNIT: Final = "to-judge-unit:"
_CLOCK: Final = "to-judge-clock:"  # of a gateway: from when on there are new words on its clock
_EXCUSED: Final = "to-judge-excuse:"  # of a probe: from when on other time may be excused


def defer(session: Session, dirty: Dirty) -> None:
    """Write down what is still to be judged, in the transaction that stores the facts."""
    for probe, span in dirty.probes.items():
        asked_ms = NO_READING if span is None else span[0] + 1  # a cursor of 0 means that nothing waits
        known_ms = session.books.cursor(JUDGE_AGAIN + probe)
        session.books.set_cursor(JUDGE_AGAIN + probe, min(asked_ms, known_ms) if known_ms else asked_ms)
    for unit in dirty.units:
        session.books.set_cursor(_UNIT + unit, 1)
    for gateway, (from_ms, _) in dirty.clocks.items():
        known_ms = session.books.cursor(_CLOCK + gateway)
        session.books.set_cursor(_CLOCK + gateway, min(from_ms + 1, known_ms) if known_ms else from_ms + 1)
    for probe, from_ms in _excused_from(session, dirty).items():
        known_ms = session.books.cursor(_EXCUSED + probe)
        session.books.set_cursor(_EXCUSED + probe, min(from_ms + 1, known_ms) if known_ms else from_ms + 1)


def _excused_from(session: Session, dirty: Dirty) -> dict[str, int]:
    """Return from when on the excuses of air probes may have changed: no word changes what was before it.

    Where exactly is left for later: to work it out is a part of judging, and judging may be what fails.
    """
    found = {probe: from_ms for probe, (from_ms, _) in dirty.excused.items()}
    here = session.records.equipment().probes_in
    for place, events in dirty.said.items():
        for probe in here.get(place, ()) if events else ():
            if probe.role is ProbeRole.AIR:
                found[probe.id] = min(found.get(probe.id, INTEGER_MAX), *(event.taken_ms for event in events))
    return found


def deferred(session: Session) -> list[Dirty]:
    """Return what waits, each unit and each probe for itself, so that one that fails keeps none of the others."""
    found = [Dirty(units={name.removeprefix(_UNIT)}) for name in session.books.cursors(_UNIT)]
    for name, value in session.books.cursors(JUDGE_AGAIN).items():
        probe = name.removeprefix(JUDGE_AGAIN)
        last = session.readings.last_before(probe, INTEGER_MAX)
        # Without a reading only what counts has changed, and there is a mark to be folded (rules.counted).
        last_ms = int(last.taken_ms[-1]) if len(last) else value - 1
        span = None if value == NO_READING else (value - 1, max(value - 1, last_ms))
        found.append(Dirty(probes={probe: span}))
    for name, value in session.books.cursors(_EXCUSED).items():
        found.append(Dirty(excused={name.removeprefix(_EXCUSED): (value - 1, INTEGER_MAX)}))
    for name, value in session.books.cursors(_CLOCK).items():
        found.append(Dirty(clocks={name.removeprefix(_CLOCK): (value - 1, INTEGER_MAX)}))
    return found


def forget_deferred(session: Session, dirty: Dirty) -> None:
    """Note that it has been judged."""
    for probe in dirty.probes:
        session.books.set_cursor(JUDGE_AGAIN + probe, 0)
    for unit in dirty.units:
        session.books.set_cursor(_UNIT + unit, 0)
    for gateway in dirty.clocks:
        session.books.set_cursor(_CLOCK + gateway, 0)
    for probe in dirty.excused:
        session.books.set_cursor(_EXCUSED + probe, 0)
