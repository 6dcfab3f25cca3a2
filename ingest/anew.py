"""What another version of the rules had folded is folded anew: probe by probe, in spans, between live messages.

A probe whose fold is of another version is not folded in the transaction of a message: that would keep the readings of
all others waiting. What is new of it is written down with the rest that waits, and each turn folds one span of one
probe. A span ends at a checkpoint where nothing lasts, so that what lies before it is final and what lies behind it is
untouched. Until the last span is done the old findings behind it stand.
"""

from typing import Final

from coldchain.canonical import INTEGER_MAX
from coldchain.places import Probe
from coldchain.ports import Session
from coldchain.unjudged import FOLD_ANEW_OF
from ingest.findings import Changed, begun_late, judged_readings, keep_fold, kept, of_another_version, recorded, refind
from ingest.findings import start_of as start_at
from ingest.known import Known
from ingest.slow import look_slowly
from rules.excursion import FoldState
from rules.refold import Ask, refold_part

ANEW: Final = "to-fold-anew:"  # of a probe: from when on it is still to be folded
ANEW_TO: Final = "to-fold-anew-to:"  # and at least up to when
SPAN_MS: Final = 45 * 86_400_000  # in one transaction: below 1 s with a reading a minute


def waits_for_anew(session: Session, probe: Probe, changed: Changed) -> bool:
    """Tell whether a probe waits to be folded anew; what is new of it waits with it then."""
    if not of_another_version(session, probe):
        return False
    spans = [span for span in (changed.read, changed.excused) if span is not None]
    _ask_anew(session, probe.id, min((span[0] for span in spans), default=INTEGER_MAX - 1))
    if changed.read is not None:
        _note_new(session, probe.id, *changed.read)
    return True


def _note_new(session: Session, probe: str, from_ms: int, to_ms: int) -> None:
    """Write down that readings of this span are not judged: until the last span is done nothing of them looks fine."""
    books = session.books
    known_ms = books.cursor(FOLD_ANEW_OF + probe)
    if known_ms == 0 or from_ms + 1 < known_ms:
        books.set_cursor(FOLD_ANEW_OF + probe, from_ms + 1)
    if to_ms > books.cursor(ANEW_TO + probe):
        books.set_cursor(ANEW_TO + probe, to_ms)


def ask_anew_for_all(session: Session) -> None:
    """Write down every probe whose fold is of another version, also those of which nothing new comes."""
    for probe in session.records.probes():
        if of_another_version(session, probe):
            _ask_anew(session, probe.id, INTEGER_MAX - 1)


def waiting_anew(session: Session) -> list[str]:
    """Return the probes that wait to be folded anew, by id."""
    return [name.removeprefix(ANEW) for name in session.books.cursors(ANEW)]


def fold_anew(session: Session, known: Known, probe: Probe, now_ms: int) -> dict[str, set[str] | None]:
    """Fold the next span of a probe anew; return the findings to expose anew, as refind does."""
    from_ms = min(max(0, session.books.cursor(ANEW + probe.id) - 1), known.horizon(probe.gateway))
    head = session.books.head(probe.id)
    if head is None or not of_another_version(session, probe):
        _done(session, probe.id)
        return {}
    last = session.readings.last_before(probe.id, INTEGER_MAX).taken_ms[-1:].tolist()
    last_ms = max([head.last_taken_ms, *last])
    part = _part(session, known, probe, Ask(from_ms=from_ms, settled_ms=last_ms, last_ms=last_ms), now_ms)
    if part is not None:
        return part
    to_ms = max(last_ms, session.books.cursor(ANEW_TO + probe.id))
    _done(session, probe.id)
    return refind(session, known, probe, Changed(read=(min(from_ms, to_ms), to_ms)), now_ms)


def _part(session: Session, known: Known, probe: Probe, ask: Ask, now_ms: int) -> dict[str, set[str] | None] | None:
    """Fold one span and leave what lies behind it; None if the rest is no longer than a span."""
    begun = kept(session, probe.id, Changed(read=(ask.from_ms, ask.last_ms))).read
    if begun is None:
        return None
    start, watch = start_at(session, probe, begun[0]), known.watch(probe)
    asked = Ask(from_ms=begun[0], settled_ms=ask.last_ms, last_ms=ask.last_ms)
    asked = asked if start else begun_late(session, known, probe, asked)
    if asked.from_ms + 2 * SPAN_MS > asked.last_ms:
        return None
    horizon_ms = watch.horizon_ms
    stored = session.records.findings(probe=probe.id, overlapping=(asked.from_ms - 1, INTEGER_MAX))
    lasting = [(one.start_ms, one.end_ms) for one in stored if not one.detail]

    def may_end(at_ms: int, state: FoldState) -> bool:
        since_ms = state.last_ms or 0
        return at_ms <= horizon_ms and not any(
            begin <= at_ms and (end is None or end >= since_ms) for begin, end in lasting
        )

    result = refold_part(asked, watch, start, judged_readings(session, known, probe), SPAN_MS, may_end)
    if result is None or result.checkpoints_to_ms is None:
        return None
    keep_fold(session, probe, None, result, watch)
    end_ms = result.checkpoints_to_ms
    session.books.set_cursor(ANEW + probe.id, end_ms + 1)
    slowly = look_slowly(session, known, probe, (asked.from_ms, end_ms), (ask.last_ms, ask.last_ms), now_ms)
    found = slowly | recorded(session, known, probe, [result], (watch, ask.last_ms), now_ms)
    over = session.records.findings(probe=probe.id, overlapping=(asked.from_ms - 1, end_ms + 1))
    return dict.fromkeys([*(one.id for one in over if one.holds), *found])


def _ask_anew(session: Session, probe: str, from_ms: int) -> None:
    """Fold again from an instant, if the spans that are done reach beyond it; begin if none is done."""
    done = session.books.cursor(ANEW + probe)
    begin = 1 if done == 0 else min(done, from_ms + 1)
    if begin != done:
        session.books.set_cursor(ANEW + probe, begin)


def _done(session: Session, probe: str) -> None:
    session.books.set_cursor(ANEW + probe, 0)
    session.books.set_cursor(ANEW_TO + probe, 0)
    session.books.set_cursor(FOLD_ANEW_OF + probe, 0)
