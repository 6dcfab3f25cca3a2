"""Findings follow readings: a probe is folded again as far as needed, and what came out is recorded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from coldchain.blocks import DAY_MS
from coldchain.canonical import INTEGER_MAX
from coldchain.entries import Draft, EntryKind
from coldchain.history import History
from coldchain.places import Probe
from coldchain.ports import FoldHead, Session
from coldchain.units import Finding, FindingStatus
from ingest.covered import Altered, altered_of, beside
from ingest.known import ACTOR, Known, site_of
from ingest.slow import look_excused, look_slowly
from rules.certain import with_certainty
from rules.clock_words import stay_clocks
from rules.excursion import encode_state, pending, readable_state
from rules.fold_state import FoldState
from rules.identity import OPEN_END_MS, Subject, reconcile
from rules.intervals import Interval
from rules.refold import Ask, Refolded, refold
from rules.watch import Watch
from rules.watches import Watches


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What is new of a probe: the span of its new readings, and a stretch in which other time may be excused."""

    read: tuple[int, int] | None = None
    excused: Interval | None = None


def refind(session: Session, known: Known, probe: Probe, changed: Changed, now_ms: int) -> dict[str, set[str] | None]:
    """Fold a probe again as far as needed; return the findings to expose anew, each for some units or for all."""
    changed = kept(session, probe.id, changed)
    new = changed.read
    before = _head(session, probe)
    horizon_ms = known.horizon(probe.gateway)
    watch = known.watch(probe)
    if before is None and new is None:
        if session.books.head(probe.id) is not None:
            return {}  # of another version, and all its readings were removed: what was found stays
        silent = refold(Ask(from_ms=0, settled_ms=-1, last_ms=-1), watch, None, {}, _nothing_to_read)
        found = _record(session, _subject(known, probe), silent, now_ms)
        return beside(session, known, probe, found, Altered(from_ms=0, to_ms=horizon_ms)) | dict.fromkeys(found)
    ask, tail_only = _ask(before, changed, horizon_ms)
    head = before
    results = []
    if not tail_only:
        results.append(_refold(session, known, probe, before, ask, watch))
        head = keep_fold(session, probe, before, results[0], watch)
        tail_only = results[0].stopped is not None
    if tail_only and head is not None:
        results.append(_tail(head, watch))
        head = msgspec.structs.replace(head, horizon_ms=horizon_ms)
        session.books.put_head(probe.id, head)
    # An excuse changes whether time outside is a finding, or two probes disagree, never how long it was.
    asked, nothing_read = _ask(before, replace(changed, excused=None), horizon_ms)
    slowly = _slowly(session, known, probe, (before, head), None if nothing_read else asked, now_ms)
    slowly |= _beside_excused(session, known, probe, (before, head), changed.excused, now_ms)
    altered = altered_of(before, None if nothing_read else asked, horizon_ms)
    still_open = session.records.findings(probe=probe.id, status=FindingStatus.OPEN)
    if not still_open and before is not None and all(_calm(result, before) for result in results):
        return beside(session, known, probe, slowly, altered) | dict.fromkeys(slowly)
    known_ms = 0 if head is None else head.last_taken_ms
    found = slowly | recorded(session, known, probe, results, (watch, known_ms), now_ms)
    read = asked if new else None
    settled = _no_more_awaited(session, probe, before, horizon_ms)
    touched = _touched(session, known, probe, (before, head), read) | settled
    return touched | beside(session, known, probe, found, altered) | dict.fromkeys(found)


def _subject(known: Known, probe: Probe) -> Subject:
    kept = known.profiles(probe.place)
    return Subject(probe=probe, profile=kept[0][1], kept=kept, clock=partial(known.clock_doubt, probe))


def recorded(
    session: Session,
    known: Known,
    probe: Probe,
    results: Iterable[Refolded],
    under: tuple[Watch | Watches, int],
    now_ms: int,
) -> set[str]:
    """Say of what was found what is certain, and record it; return the findings that changed.

    `under`: what holds, and up to when the readings of the probe are known.
    """
    watch, known_ms = under
    counted = known.counted(probe)
    subject = replace(_subject(known, probe), applied=counted.applied)
    found: set[str] = set()
    for result in results:
        episodes = with_certainty(result.episodes, counted, _reader(session, probe.id), watch, known_ms)
        found |= _record(session, subject, replace(result, episodes=episodes), now_ms)
    return found


def _slowly(
    session: Session,
    known: Known,
    probe: Probe,
    heads: tuple[FoldHead | None, FoldHead | None],
    ask: Ask | None,
    now_ms: int,
) -> set[str]:
    """Judge what no single run shows (rules.rolling, rules.plausible), where readings or the mark have changed."""
    before, head = heads
    if ask is None or head is None:
        return set()
    last = (None if before is None else before.last_taken_ms, head.last_taken_ms)
    return look_slowly(session, known, probe, (ask.from_ms, ask.settled_ms), last, now_ms)


def _beside_excused(
    session: Session,
    known: Known,
    probe: Probe,
    heads: tuple[FoldHead | None, FoldHead | None],
    excused: Interval | None,
    now_ms: int,
) -> set[str]:
    """Judge anew whether probes disagree where a door or a defrost spoke late: live ones speak of hours to come."""
    before, head = heads
    if excused is None or before is None or head is None or excused[0] > before.last_taken_ms:
        return set()
    return look_excused(session, known, probe, excused, (before.last_taken_ms, head.last_taken_ms), now_ms)


def _head(session: Session, probe: Probe) -> FoldHead | None:
    """Return how far the fold has come; None if it is of another version of the rules: then all is folded anew."""
    head = session.books.head(probe.id)
    return head if head is not None and readable_state(head.state) is not None else None


def of_another_version(session: Session, probe: Probe) -> bool:
    """Tell whether a probe was folded by another version of the rules: then all is folded anew (ingest.anew)."""
    head = session.books.head(probe.id)
    return head is not None and readable_state(head.state) is None


def kept(session: Session, probe: str, changed: Changed) -> Changed:
    """Leave time alone whose readings were removed by policy: folded again it would look as if nobody had measured."""
    day = session.records.removed_until(probe)
    if day is None:
        return changed
    begin_ms = (day + 2) * DAY_MS  # a fold begins at a checkpoint before it, which must not lie in removed time
    read = None if changed.read is None else (max(changed.read[0], begin_ms), changed.read[1])
    excused = None if changed.excused is None else (max(changed.excused[0], begin_ms), changed.excused[1])
    return Changed(
        read=read if read and read[0] <= read[1] else None,
        excused=excused if excused and excused[0] < excused[1] else None,
    )


def _calm(result: Refolded, before: FoldHead) -> bool:
    """Tell whether a fold only went on from where the last one stopped, and neither began, ended nor found a thing.

    Together with no open finding that means that no stored finding can be touched: they all lie before.
    """
    went_on = result.begun.last_ms == before.last_taken_ms
    return went_on and not result.episodes and not pending(result.begun)


def _touched(
    session: Session, known: Known, probe: Probe, heads: tuple[FoldHead | None, FoldHead | None], ask: Ask | None
) -> dict[str, set[str] | None]:
    """Return findings that did not change but whose exposures may have.

    With new readings: those that the readings fall into. And of an open finding more is known with every step: it
    reaches units that were not known to be there, and readings may fall into stays that are over.
    """
    touched: dict[str, set[str] | None] = {}
    if ask is not None:
        ended = [f for f in _findings(session, probe, ask.from_ms, ask.settled_ms + 1) if f.end_ms is not None]
        touched |= dict.fromkeys(f.id for f in ended if f.holds)
    for finding in session.records.findings(probe=probe.id, status=FindingStatus.OPEN):
        if finding.holds:
            clocks = stay_clocks(session.records, finding, probe, known.watching(finding.place))
            from_ms = OPEN_END_MS if ask is None else ask.from_ms
            touched[finding.id] = _reached(session, finding, heads, from_ms, clocks.most_ms)
    return touched


def _no_more_awaited(
    session: Session, probe: Probe, before: FoldHead | None, horizon_ms: int
) -> dict[str, set[str] | None]:
    """Return findings that are over and lie in time that was awaited until now: whom they touch is known only now."""
    if before is None or before.provisional_from_ms is None or horizon_ms <= before.horizon_ms:
        return {}
    passed = _findings(session, probe, before.horizon_ms, horizon_ms)
    return {finding.id: None for finding in passed if finding.end_ms is not None and finding.holds}


def _reached(
    session: Session, finding: Finding, heads: tuple[FoldHead | None, FoldHead | None], from_ms: int, apart_ms: int
) -> set[str]:
    known = [0 if head is None else max(head.last_taken_ms, head.horizon_ms) for head in heads]
    stays = session.records.stays_in_place(finding.place, max(0, finding.start_ms - apart_ms), None)
    return {
        stay.unit
        for stay in stays
        if min(known) <= stay.possible_from_ms < max(known) + apart_ms
        or (stay.possible_to_ms is not None and stay.possible_to_ms + apart_ms > from_ms)
    }


def _ask(head: FoldHead | None, changed: Changed, horizon_ms: int) -> tuple[Ask, bool]:
    """Return from where to fold, and whether nothing up to the last reading has changed at all."""
    new = changed.read
    if head is None:
        first, last = new or (0, 0)
        return Ask(from_ms=first, settled_ms=last, last_ms=last), False
    starts = [new[0]] if new else []
    settled = [new[1]] if new else []
    if horizon_ms > head.horizon_ms and head.provisional_from_ms is not None:
        starts.append(head.provisional_from_ms)
        settled.append(horizon_ms)
    elif horizon_ms < head.horizon_ms:  # a lost gateway is back: what was given up is awaited again
        starts.append(horizon_ms)
        settled.append(head.horizon_ms)
    last = max(head.last_taken_ms, new[1] if new else 0)
    if changed.excused is not None and changed.excused[0] <= last:
        starts.append(changed.excused[0])
        settled.append(changed.excused[1])
    if not starts or (min(starts) > head.last_taken_ms and not new):
        return Ask(from_ms=head.last_taken_ms + 1, settled_ms=head.last_taken_ms, last_ms=head.last_taken_ms), True
    return Ask(from_ms=min(starts), settled_ms=max(settled), last_ms=last), False


def _refold(
    session: Session,
    known: Known,
    probe: Probe,
    head: FoldHead | None,
    ask: Ask,
    watch: Watch | Watches,
) -> Refolded:
    read = judged_readings(session, known, probe)
    if head is not None and ask.from_ms > head.last_taken_ms:
        start: tuple[int, bytes] | None = (head.last_taken_ms + 1, head.state)
        stored: dict[int, bytes] = {}
    else:
        start = start_of(session, probe, ask.from_ms)
        stored = session.books.checkpoints_after(probe.id, start[0] if start else -1)
    return refold(ask if start else begun_late(session, known, probe, ask), watch, start, stored, read)


def begun_late(session: Session, known: Known, probe: Probe, ask: Ask) -> Ask:
    """Begin at the first thing that there is to fold: day by day from 1970 on is half a minute of nothing."""
    taken_ms = session.readings.first_taken_ms(probe.id)
    marks = [begin for begin, _ in known.counted(probe).rests]
    first_ms = min([*marks, ask.last_ms if taken_ms is None else taken_ms])
    return replace(ask, from_ms=max(ask.from_ms, min(first_ms, ask.last_ms)))


def start_of(session: Session, probe: Probe, from_ms: int) -> tuple[int, bytes] | None:
    """Return the checkpoint to fold from, so that all from an instant on is folded; None: from the beginning."""
    start = session.books.checkpoint(probe.id, from_ms)
    return start if start is not None and readable_state(start[1]) is not None else _after_removed(session, probe)


def judged_readings(session: Session, known: Known, probe: Probe) -> Callable[[int, int], History]:
    """Return the function that gives the readings that count, as the fold is fed with them."""
    return known.counted(probe).judged(_reader(session, probe.id))


def _reader(session: Session, probe: str) -> Callable[[int, int], History]:
    def read(from_ms: int, to_ms: int) -> History:
        return session.readings.history(probe, from_ms, to_ms)

    return read


def _after_removed(session: Session, probe: Probe) -> tuple[int, bytes] | None:
    """Return where to begin without a checkpoint: at the beginning, or behind time whose readings were removed."""
    day = session.records.removed_until(probe.id)
    if day is None:
        return None
    begin_ms = (day + 2) * DAY_MS
    return begin_ms, encode_state(FoldState(last_ms=begin_ms - 1))


def keep_fold(
    session: Session, probe: Probe, head: FoldHead | None, result: Refolded, watch: Watch | Watches
) -> FoldHead | None:
    """Store checkpoints and how far the fold has come."""
    to_ms = INTEGER_MAX if result.checkpoints_to_ms is None else result.checkpoints_to_ms
    if head is None or result.checkpoints_from_ms <= head.last_taken_ms:  # else there is none to replace
        session.books.drop_checkpoints(probe.id, result.checkpoints_from_ms, to_ms)
    if result.checkpoints:
        session.books.put_checkpoints(probe.id, result.checkpoints)
    if result.state is not None and result.state.last_ms is not None:
        head = FoldHead(
            state=encode_state(result.state),
            last_taken_ms=result.state.last_ms,
            horizon_ms=watch.horizon_ms,
            provisional_from_ms=_earliest(result.provisional_from_ms, _standing_provisional(head, result)),
        )
    elif head is not None:
        head = FoldHead(
            state=head.state,
            last_taken_ms=head.last_taken_ms,
            horizon_ms=watch.horizon_ms,
            provisional_from_ms=_earliest(result.provisional_from_ms, _standing_provisional(head, result)),
        )
    if head is not None:
        session.books.put_head(probe.id, head)
    return head


def _standing_provisional(head: FoldHead | None, result: Refolded) -> int | None:
    """Return where awaited time begins outside the stretch that was folded: before its start or behind its stop."""
    if head is None or head.provisional_from_ms is None:
        return None
    if result.begun.last_ms is not None and head.provisional_from_ms <= result.begun.last_ms:
        return head.provisional_from_ms
    if result.checkpoints_to_ms is not None:
        return max(head.provisional_from_ms, result.checkpoints_to_ms)
    return None


def _earliest(*times: int | None) -> int | None:
    return min((time for time in times if time is not None), default=None)


def _tail(head: FoldHead, watch: Watch | Watches) -> Refolded:
    """Look at the time behind the last reading again: the horizon may have moved."""
    ask = Ask(from_ms=head.last_taken_ms + 1, settled_ms=head.last_taken_ms, last_ms=head.last_taken_ms)
    return refold(ask, watch, (head.last_taken_ms + 1, head.state), {}, _nothing_to_read)


def _nothing_to_read(from_ms: int, to_ms: int) -> History:
    msg = f"no reading lies behind the last one, yet {from_ms}..{to_ms} was asked for"
    raise AssertionError(msg)


def _record(session: Session, subject: Subject, result: Refolded, now_ms: int) -> set[str]:
    """Give episodes their identity and append what has changed."""
    since = min([result.begun.last_ms or 0, *(start for _, start in pending(result.begun))])
    stored = [f for f in _findings(session, subject.probe, since, OPEN_END_MS) if result.covers(f)]
    stored.sort(key=lambda finding: int(finding.id.removeprefix("f-")))
    numbers = iter(range(session.ledger.next_seq(), OPEN_END_MS))
    changed = reconcile(subject, result.episodes, stored, lambda: f"f-{next(numbers)}")
    site = site_of(session, subject.probe.place)
    session.ledger.append(
        [Draft(kind=EntryKind.FINDING, actor=ACTOR, site=site, payload=finding) for finding in changed], now_ms
    )
    return {finding.id for finding in changed}


def _findings(session: Session, probe: Probe, from_ms: int, to_ms: int) -> list[Finding]:
    found = session.records.findings(probe=probe.id, overlapping=(from_ms - 1, to_ms))
    return [finding for finding in found if finding.status is not FindingStatus.WITHDRAWN]
