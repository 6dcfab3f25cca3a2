"""Which tags are inside a cabinet, out of one reader's event cycles and the door contact. Pure.

    unknown ──closed──► burst ──all decided, or CYCLES_MAX──► shut ──► (idle cycles)
       └──opened──► open ──closed──► burst ◄──blind── shut
                     ▲ └────opened──────┘               │
                     └──────────────opened──────────────┘

After each door closing the reader runs a burst of cycles, and each tag gets a sequential probability ratio test (Wald,
Sequential Analysis, 1947): inside means read in 65 % of the cycles (the low end of what real readers reach, Jeffery,
Garofalakis and Franklin, VLDB 2006), or as often as this tag is read if that is less; outside means read in 10 % of
them, as a stray. Error 1e-4 both ways; after CYCLES_MAX cycles without a verdict the tag is uncertain. The burst is
also so long that a tag which is inside was read at least once with 99.9 % (rules.read_rate).

Absence alone is never a movement. The witness is the door: a tag arrives or leaves between its opening and its closing.
While the door is shut a silent tag is only *unseen*, and a clear test takes a wrong leave back. Time in which nobody
watched the door is no witness either: a tag that is gone afterwards is uncertain.
"""

from typing import TypeAlias

from msgspec.structs import replace

from coldchain.facts import EventKind
from gateway.presence_rate import confidence, cycles_max, cycles_wanted, leaves_counted, rate_of, terms_of, zone_rate
from gateway.presence_state import (
    CYCLES_MIN,
    DECIDED,
    DECIDED_LATER,
    RATE_CYCLES_MAX,
    TAGS_MAX,
    Belief,
    Cycle,
    Door,
    Phase,
    PresenceEvent,
    PresenceState,
    Track,
    Verdict,
)
from rules.read_rate import ZONE_CYCLES_MAX, Counted, leave_permille, silence_cycles

_Settled: TypeAlias = tuple[Track | None, PresenceEvent | None]


def burst_wanted(state: PresenceState) -> bool:
    """Tell whether the next cycle should follow at once: a closing is undecided, or a doubt is being cleared."""
    if state.phase is Phase.BURST:
        return True
    return state.phase is Phase.SHUT and state.quick_left > 0 and any(map(_in_doubt, state.tags.values()))


def on_door(state: PresenceState, door: Door, at_ms: int, earliest_ms: int | None) -> PresenceState:
    """Take a movement of the door: noticed at at_ms, after earliest_ms (None: the past is unknown)."""
    if door is Door.OPENED:
        return _opened(state, earliest_ms)
    match state.phase:
        case Phase.UNKNOWN:  # shut since nobody knows when: there is no closing to name
            return _burst(state, closed_ms=None)
        case Phase.OPEN:
            return _burst(state, closed_ms=at_ms)
        case Phase.BURST | Phase.SHUT:
            return state


def on_blind(state: PresenceState, from_ms: int, to_ms: int) -> PresenceState:
    """Nobody watched the door between two polls that found it shut: it may have opened and closed."""
    match state.phase:
        case Phase.UNKNOWN | Phase.OPEN:
            return state
        case Phase.BURST:
            return _burst(state, closed_ms=None if state.closed_ms is None else to_ms)
        case Phase.SHUT:
            unresolved = replace(_set_aside(state), resolved=False, blind=True, opened_ms=from_ms)
            return _burst(unresolved, closed_ms=to_ms)


def on_reader_lost(state: PresenceState) -> tuple[PresenceState, list[PresenceEvent]]:
    """The reader cannot work off the last closing: what was inside is uncertain until it comes back."""
    if state.phase is not Phase.BURST:
        return state, []
    tags, events = dict(state.tags), []
    for epc, track in sorted(state.tags.items()):
        if track.belief is Belief.INSIDE and track.verdict is not Verdict.INSIDE:
            track, event = _doubt(state, epc, track, _latest_ms(state, track, track.last_seen_ms or 0))
            tags[epc] = track
            events += [event] if event else []
    return _burst(replace(state, tags=tags), closed_ms=state.closed_ms), events


def on_cycle(state: PresenceState, cycle: Cycle) -> tuple[PresenceState, list[PresenceEvent]]:
    """Take one event cycle. Return the new state and what was decided, by EPC."""
    match state.phase:
        case Phase.UNKNOWN | Phase.OPEN:  # reads through an open door say nothing of inside and outside
            return state, []
        case Phase.BURST:
            return _burst_cycle(_admit(state, cycle), cycle)
        case Phase.SHUT:
            return _shut_cycle(_admit(state, cycle), cycle)


def _opened(state: PresenceState, earliest_ms: int | None) -> PresenceState:
    state = _set_aside(state)
    if not state.resolved:  # the first opening that is not worked off stays the earliest
        return replace(state, phase=Phase.OPEN, blind=False)
    opened_ms = state.closed_ms if earliest_ms is None else earliest_ms
    return replace(state, phase=Phase.OPEN, resolved=False, blind=False, opened_ms=opened_ms)


def _burst(state: PresenceState, closed_ms: int | None) -> PresenceState:
    """Begin to work off a closing: every test starts anew, strays are forgotten."""
    tags = {
        epc: replace(track, score=0, verdict=Verdict.OPEN, seen=0, missed=0, first_seen_ms=None)
        for epc, track in state.tags.items()
        if track.belief is not Belief.OUTSIDE
    }
    return replace(state, phase=Phase.BURST, closed_ms=closed_ms, cycles=0, tags=tags)


def _set_aside(state: PresenceState) -> PresenceState:
    """Set aside the misses since each last read: if the tag is still inside after the closing, they were misses."""
    if state.phase is not Phase.SHUT:
        return state
    tags = {epc: replace(track, pending=0 if track.unseen else track.missed) for epc, track in state.tags.items()}
    return replace(state, tags=tags)


def _admit(state: PresenceState, cycle: Cycle) -> PresenceState:
    """Track tags that are new; beyond TAGS_MAX the weakest stray makes room, or else the new tag is only counted."""
    fresh = sorted(cycle.counts.keys() - state.tags.keys())
    if not fresh:
        return state
    tags, untracked = dict(state.tags), state.untracked
    # In a burst a tag that is heard for the first time was silent in all cycles before.
    silent, usual = state.cycles if state.phase is Phase.BURST else 0, terms_of(zone_rate(state), Track())
    for epc in fresh:
        if len(tags) >= TAGS_MAX and not _drop_stray(tags):
            untracked += 1
            continue
        tags[epc] = _scored(Track(score=usual.miss * silent, missed=silent), 0)
    return replace(state, tags=tags, untracked=untracked)


def _drop_stray(tags: dict[str, Track]) -> bool:
    strays = [(track.score, epc) for epc, track in tags.items() if track.belief is Belief.OUTSIDE and not track.left]
    if strays:
        del tags[min(strays)[1]]
    return bool(strays)


def _burst_cycle(state: PresenceState, cycle: Cycle) -> tuple[PresenceState, list[PresenceEvent]]:
    cycles, zone = state.cycles + 1, zone_rate(state)
    tags = {epc: _tested(zone, track, epc in cycle.counts, cycle) for epc, track in state.tags.items()}
    decided = cycles >= CYCLES_MIN and all(track.verdict is not Verdict.OPEN for track in tags.values())
    state = replace(state, cycles=cycles, tags=tags)
    if (decided and cycles >= cycles_wanted(state)) or cycles >= cycles_max(state):
        return _settled(state, cycle)
    return state, []


def _tested(zone: int, track: Track, seen: bool, cycle: Cycle) -> Track:  # noqa: FBT001 - read in this cycle or not
    if seen:
        first_seen_ms = cycle.start_ms if track.first_seen_ms is None else track.first_seen_ms
        track = replace(track, seen=track.seen + 1, first_seen_ms=first_seen_ms, last_seen_ms=cycle.end_ms)
    else:
        track = replace(track, missed=track.missed + 1)
    if track.verdict is not Verdict.OPEN:
        return track
    terms = terms_of(zone, track)
    return _scored(track, terms.hit if seen else terms.miss)


def _scored(track: Track, term: int) -> Track:
    score = track.score + term
    if score >= DECIDED:
        return replace(track, score=score, verdict=Verdict.INSIDE)
    return replace(track, score=score, verdict=Verdict.OUTSIDE if score <= -DECIDED else Verdict.OPEN)


def _settled(state: PresenceState, cycle: Cycle) -> tuple[PresenceState, list[PresenceEvent]]:
    """End a burst: the difference between before the opening and after the closing."""
    tags: dict[str, Track] = {}
    events: list[PresenceEvent] = []
    strays, counted = state.strays, Counted(state.zone_reads, state.zone_cycles)
    for epc, before in sorted(state.tags.items()):
        track, event = _settle(state, epc, before, cycle)
        if event is not None:
            events.append(event)
        if before.belief is Belief.INSIDE and before.verdict is Verdict.INSIDE:
            counted = counted.plus(0, before.pending, ZONE_CYCLES_MAX)
        if track is None:
            strays += 1
        else:
            tags[epc] = replace(track, score=0, verdict=Verdict.OPEN, seen=0, missed=0)
    after = replace(
        state, phase=Phase.SHUT, resolved=True, blind=False, quick_left=cycles_max(state), strays=strays, tags=tags
    )
    after = replace(after, zone_reads=counted.reads, zone_cycles=counted.cycles)
    gone = sum(event.kind is EventKind.LEFT for event in events)
    return leaves_counted(after, gone, back=False), events


def _settle(state: PresenceState, epc: str, track: Track, cycle: Cycle) -> _Settled:
    """Decide one tag: its new track (None: a stray) and its event, if it is any."""
    latest_ms = _latest_ms(state, track, cycle.end_ms)
    match track.verdict:
        case Verdict.INSIDE:
            return _found(state, epc, track, cycle, latest_ms)
        case Verdict.OUTSIDE:
            return _missing(state, epc, track, latest_ms)
        case Verdict.OPEN:
            return _doubt(state, epc, track, latest_ms)


def _found(state: PresenceState, epc: str, track: Track, cycle: Cycle, latest_ms: int) -> _Settled:
    inside = _inside(track, latest_ms)
    match track.belief:
        case Belief.INSIDE:
            again = _event(EventKind.SEEN_AGAIN, epc, track, latest_ms, cycle.end_ms) if track.unseen else None
            return inside, again
        case Belief.UNCERTAIN:
            return inside, _event(EventKind.ARRIVED, epc, track, track.since_ms, latest_ms)
        case Belief.OUTSIDE:
            return inside, _event(EventKind.ARRIVED, epc, track, state.opened_ms, latest_ms)


def _missing(state: PresenceState, epc: str, track: Track, latest_ms: int) -> _Settled:
    if track.belief is Belief.OUTSIDE:
        return None, None
    if state.blind:  # nobody saw the door open: there is no witness for a leave
        return _doubt(state, epc, track, latest_ms)
    earliest_ms = state.opened_ms
    if track.belief is Belief.UNCERTAIN:
        earliest_ms = track.until_ms if track.since_ms is None else track.since_ms
    gone = Track(left=True, since_ms=earliest_ms, until_ms=latest_ms)
    sure = leave_permille(track.score, Counted(state.leaves_back, state.leaves))
    return gone, replace(_event(EventKind.LEFT, epc, track, earliest_ms, latest_ms), confidence_permille=sure)


def _doubt(state: PresenceState, epc: str, track: Track, latest_ms: int) -> tuple[Track, PresenceEvent | None]:
    """Make a tag uncertain. One that is already stays so without a word, until the newest closing."""
    if track.belief is Belief.UNCERTAIN:
        return replace(track, until_ms=latest_ms), None
    event = _event(EventKind.UNCERTAIN, epc, track, state.opened_ms, latest_ms)
    doubted = replace(
        track,
        belief=Belief.UNCERTAIN,
        was_inside=track.belief is Belief.INSIDE,
        unseen=False,
        since_ms=event.earliest_ms,
        until_ms=latest_ms,
    )
    return doubted, event


def _shut_cycle(state: PresenceState, cycle: Cycle) -> tuple[PresenceState, list[PresenceEvent]]:
    tags: dict[str, Track] = {}
    events: list[PresenceEvent] = []
    quick_left = max(0, state.quick_left - any(map(_in_doubt, state.tags.values())))
    zone, counted = zone_rate(state), Counted(state.zone_reads, state.zone_cycles)
    back = 0
    for epc, before in sorted(state.tags.items()):
        seen = epc in cycle.counts
        if before.belief is Belief.INSIDE and not before.unseen:
            track, event = _watched(zone, epc, before, seen, cycle)
            counted = counted.plus(1, before.missed + 1, ZONE_CYCLES_MAX) if seen else counted
        else:
            track, event = _retested(state, epc, before, seen, cycle)
        if track is not None:
            tags[epc] = track
        if event is not None:
            events.append(event)
            quick_left = cycles_max(state)
            back += before.left
    after = replace(state, quick_left=quick_left, tags=tags, zone_reads=counted.reads, zone_cycles=counted.cycles)
    return leaves_counted(after, back, back=True), events


def _watched(zone: int, epc: str, track: Track, seen: bool, cycle: Cycle) -> _Settled:  # noqa: FBT001
    """Go on with a tag that is inside: count its rate, and its silence until it is unseen."""
    if seen:
        return replace(_rated(track), missed=0, last_seen_ms=cycle.end_ms), None
    track = replace(track, missed=track.missed + 1)
    if track.missed < silence_cycles(rate_of(zone, track)):
        return track, None
    event = _event(EventKind.UNSEEN, epc, track, track.last_seen_ms, cycle.end_ms)
    return replace(track, unseen=True, score=0, missed=0), event


def _rated(track: Track) -> Track:
    """Count a read and the misses before it. Misses after which no read comes may be a leave and do not count."""
    reads, cycles = track.rate_reads + 1, track.rate_cycles + track.missed + 1
    if cycles > RATE_CYCLES_MAX:
        reads, cycles = reads // 2, cycles // 2
    return replace(track, rate_reads=reads, rate_cycles=cycles)


def _retested(state: PresenceState, epc: str, track: Track, seen: bool, cycle: Cycle) -> _Settled:  # noqa: FBT001
    """Go on with a tag that should not be read, or not so clearly: enough reads in a row say that it is inside."""
    terms = terms_of(zone_rate(state), track)
    score = max(0, track.score + (terms.hit if seen else terms.miss))
    counted = score > 0  # the evidence of a test that came back to nothing does not count for the next
    seen_before, missed = (track.seen + seen, track.missed + (not seen)) if counted else (0, 0)
    track = replace(track, score=score, seen=seen_before, missed=missed)
    if seen and track.first_seen_ms is None:
        track = replace(track, first_seen_ms=cycle.start_ms)
    if track.score >= (DECIDED if track.unseen else DECIDED_LATER):
        event = _took_back(state, epc, track, cycle)
        return _inside(replace(track, last_seen_ms=cycle.end_ms), event.latest_ms), event
    stray = track.belief is Belief.OUTSIDE and not track.left
    return (None if stray and track.score == 0 else track), None


def _took_back(state: PresenceState, epc: str, track: Track, cycle: Cycle) -> PresenceEvent:
    if track.unseen:
        return _event(EventKind.SEEN_AGAIN, epc, track, track.last_seen_ms, cycle.end_ms)
    if track.left or track.was_inside:
        return _event(EventKind.SEEN_AGAIN, epc, track, track.until_ms, cycle.end_ms)
    if track.belief is Belief.UNCERTAIN:
        return _event(EventKind.ARRIVED, epc, track, track.since_ms, track.until_ms or cycle.end_ms)
    # No door opened since the last closing, so a tag that the burst missed came in with that one.
    return _event(EventKind.ARRIVED, epc, track, state.opened_ms, _latest_ms(state, track, cycle.end_ms))


def _inside(track: Track, since_ms: int) -> Track:
    known_ms = track.inside_ms if track.belief is Belief.INSIDE else None
    return Track(
        belief=Belief.INSIDE,
        last_seen_ms=track.last_seen_ms,
        inside_ms=since_ms if known_ms is None else known_ms,
        rate_reads=track.rate_reads,
        rate_cycles=track.rate_cycles + (track.pending if track.rate_cycles else 0),
    )


def _in_doubt(track: Track) -> bool:
    return track.score > 0 and (track.unseen or track.left or track.belief is Belief.UNCERTAIN)


def _latest_ms(state: PresenceState, track: Track, end_ms: int) -> int:
    """Return the door's closing; where nobody saw it close, the first cycle that read the tag."""
    if state.closed_ms is not None:
        return state.closed_ms
    return end_ms if track.first_seen_ms is None else track.first_seen_ms


def _event(kind: EventKind, epc: str, track: Track, earliest_ms: int | None, latest_ms: int) -> PresenceEvent:
    if earliest_ms is not None:  # the wall clock may have been set back in between
        earliest_ms = min(earliest_ms, latest_ms)
    return PresenceEvent(
        kind=kind,
        epc=epc,
        earliest_ms=earliest_ms,
        latest_ms=latest_ms,
        seen=track.seen,
        cycles=track.seen + track.missed,
        confidence_permille=confidence(kind, track.score),
    )
