"""The fold of one probe: (state, reading) -> (state, episodes), pure, one reading at a time or in blocks.

    reading outside          ┌────────── run ──────────┐ first reading back inside
    ────────────────────────►│ start_ms … condition_ms │──► returning ──► cleared (dead band)
    no reading for hold_ms   ┌───── blind ──────┐
    ────────────────────────►│ unknown time     │──► next reading with a temperature

A reading speaks for the time until the next one, at most `hold_ms`; then time is unknown. Unknown time before the
gateway's horizon was never measured; after it, it is awaited and decides nothing yet. Time in a run that nobody
measured counts towards the delay: nobody can show that the blood was back in range. Time that a door or a defrost
excuses (rules.excuses) does not, in an air probe.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from coldchain.places import ProbeRole
from coldchain.units import Direction
from rules.classes import OUTSIDE, Class, classify, classify_all
from rules.episodes import blind_episodes, clears, run_episode
from rules.fold_state import (
    Blind,
    Episode,
    FoldState,
    Run,
    decode_state,
    encode_state,
    pending,
    readable_state,
    unexcused_ms,
)
from rules.intervals import OPEN_END_MS
from rules.limits import Profile
from rules.watch import HARD_RULES, RULE_HARD_LIMIT, Watch

if TYPE_CHECKING:
    from coldchain.history import History, Int64

__all__ = [
    "HARD_RULES",
    "RULE_HARD_LIMIT",
    "Blind",
    "Episode",
    "FoldState",
    "Folded",
    "Run",
    "Watch",
    "beginning",
    "decode_state",
    "encode_state",
    "fold",
    "fold_one_by_one",
    "fold_reading",
    "foreseen",
    "passed",
    "pending",
    "readable_state",
    "standing",
    "unexcused_ms",
]

_CLASSES: Final = tuple(Class)  # by number
_SPEAKS_FOR_NOTHING: Final = frozenset({Class.FAULT, Class.AWAKE})
CHECKPOINT_EVERY_MS: Final = 3_600_000
FEW_READINGS: Final = 64  # up to so many plain lists are faster than columns


@dataclass(slots=True, kw_only=True)
class Folded:
    """What a fold over a stretch of readings gave.

    `checkpoints` maps a full hour to the encoded state before the first reading at or after it.
    `provisional_from_ms` is where the first awaited time begins: when the horizon moves, fold again from there.
    """

    state: FoldState
    episodes: list[Episode] = field(default_factory=list)
    checkpoints: dict[int, bytes] = field(default_factory=dict)
    provisional_from_ms: int | None = None


def fold(state: FoldState, history: "History", watch: Watch) -> Folded:
    """Fold a stretch of readings in blocks: calm stretches are skipped, all else goes reading by reading."""
    import numpy as np  # noqa: PLC0415 - a gateway folds reading by reading and never loads it

    folded = Folded(state=state)
    if len(history) <= FEW_READINGS:
        _take_few(folded, history, watch)
        return folded
    classes = classify_all(watch.profile, history)
    taken, values = history.taken_ms, history.micro_celsius
    late = np.zeros(len(history), np.bool_)
    late[1:] = np.diff(taken) > watch.profile.hold_ms
    eventful: list[int] = np.flatnonzero((classes != Class.WITHIN) | late).tolist()
    hours: list[int] = (np.flatnonzero(np.diff(taken // CHECKPOINT_EVERY_MS)) + 1).tolist()
    index, count = 0, len(history)
    while index < count:
        if _calm(folded.state, taken.item(index), watch):
            at = bisect_left(eventful, index)
            stop = eventful[at] if at < len(eventful) else count
            if stop > index:
                _skip(folded, taken, index, stop, hours)
                index = stop
                continue
        _take_as(folded, taken.item(index), values.item(index), _CLASSES[classes.item(index)], watch)
        index += 1
    return folded


def fold_one_by_one(state: FoldState, history: "History", watch: Watch) -> Folded:
    """Fold without the shortcut: the reference that fold() must equal."""
    folded = Folded(state=state)
    for index in range(len(history)):
        _take_row(folded, history, index, watch)
    return folded


def fold_reading(state: FoldState, taken_ms: int, micro_celsius: int, quality: int, watch: Watch) -> Folded:
    """Fold one reading, later than all before: what a gateway does, without columns. `quality`: facts.Quality."""
    folded = Folded(state=state)
    _take(folded, taken_ms, micro_celsius, quality, watch)
    return folded


def beginning(watch: Watch, first_ms: int | None) -> FoldState:
    """Return the state before the first reading: a probe that never spoke is blind from the day it was registered."""
    if watch.since_ms is None or (first_ms is not None and first_ms <= watch.since_ms):
        return FoldState()
    return FoldState(last_ms=watch.since_ms - watch.profile.hold_ms)


def standing(state: FoldState, watch: Watch) -> list[Episode]:
    """Return what has not come to its end at the state: open episodes, and the one whose alarm is not cleared.

    The time from the last reading to the horizon counts, as far as the reading speaks for it or nobody measured.
    """
    episodes = [state.returning] if state.returning else []
    if state.last_ms is None:
        return episodes
    now = passed(state, watch, watch.horizon_ms)
    if now.run and now.run.condition_ms is not None:
        episodes.append(run_episode(now.run, None, watch))
    if now.blind:
        episodes += blind_episodes(now.blind, None)
    return episodes


def passed(state: FoldState, watch: Watch, to_ms: int) -> FoldState:
    """Return the state as it is at to_ms if no further reading comes before."""
    return state if state.last_ms is None else _pass(Folded(state=state), max(state.last_ms, to_ms), watch)


def foreseen(state: FoldState, watch: Watch) -> FoldState:
    """Return the state if it goes on like this and nothing is awaited: its conditions say when delays will be over."""
    return passed(state, replace(watch, horizon_ms=OPEN_END_MS), OPEN_END_MS)


def _take_few(folded: Folded, history: "History", watch: Watch) -> None:
    """Fold a small batch without columns. Readings of a calm stretch only move the last instant, an hour at a time."""
    lowest, highest = watch.profile.inside()
    hold_ms = watch.profile.hold_ms
    last_ms, quiet, behind = folded.state.last_ms, _quiet(folded.state), False
    for taken_ms, value, quality in zip(*_lists(history), strict=True):
        if (
            quiet
            and quality == 0
            and lowest <= value <= highest
            and last_ms is not None
            and taken_ms - last_ms <= hold_ms
            and taken_ms // CHECKPOINT_EVERY_MS == last_ms // CHECKPOINT_EVERY_MS
        ):
            last_ms, behind = taken_ms, True
            continue
        if behind:
            folded.state, behind = FoldState(last_ms=last_ms), False
        _take(folded, taken_ms, value, quality, watch)
        last_ms, quiet = taken_ms, _quiet(folded.state)
    if behind:
        folded.state = FoldState(last_ms=last_ms)


def _lists(history: "History") -> tuple[list[int], list[int], list[int]]:
    return history.taken_ms.tolist(), history.micro_celsius.tolist(), history.quality.tolist()


def _quiet(state: FoldState) -> bool:
    """Tell whether nothing lasts and the last reading was within the limits."""
    return state.run is None and state.returning is None and state.blind is None and state.last_class is Class.WITHIN


def _calm(state: FoldState, taken_ms: int, watch: Watch) -> bool:
    quiet = state.run is None and state.returning is None and state.blind is None
    return quiet and (
        state.last_ms is None
        or (state.last_class is Class.WITHIN and taken_ms - state.last_ms <= watch.profile.hold_ms)
    )


def _skip(folded: Folded, taken: "Int64", start: int, stop: int, hours: list[int]) -> None:
    """Pass over readings start..stop, all within limits and close enough; only checkpoints are made.

    `hours`: which readings are the first of their hour, but for the very first.
    """
    _checkpoint(folded, taken.item(start))
    for at in hours[bisect_right(hours, start) : bisect_left(hours, stop)]:
        folded.state = FoldState(last_ms=taken.item(at - 1))
        _checkpoint(folded, taken.item(at))
    folded.state = FoldState(last_ms=taken.item(stop - 1))


def _checkpoint(folded: Folded, taken_ms: int) -> None:
    """Keep the state before a reading, if that is the first of its hour."""
    last_ms, hour = folded.state.last_ms, taken_ms // CHECKPOINT_EVERY_MS
    if last_ms is not None and hour > last_ms // CHECKPOINT_EVERY_MS:
        folded.checkpoints[hour * CHECKPOINT_EVERY_MS] = encode_state(folded.state)


def _take_row(folded: Folded, history: "History", index: int, watch: Watch) -> None:
    taken_ms, value = int(history.taken_ms[index]), int(history.micro_celsius[index])
    _take(folded, taken_ms, value, int(history.quality[index]), watch)


def _take(folded: Folded, taken_ms: int, value: int, quality: int, watch: Watch) -> None:
    """Fold one reading."""
    _take_as(folded, taken_ms, value, classify(watch.profile, value, quality), watch)


def _take_as(folded: Folded, taken_ms: int, value: int, cls: Class, watch: Watch) -> None:
    """Fold one reading of a class."""
    _checkpoint(folded, taken_ms)
    state = _pass(folded, taken_ms, watch)
    if cls is Class.FAULT:
        blind = state.blind or Blind(from_ms=taken_ms)
        if blind.fault_from_ms is None:
            blind = _replace(blind, fault_from_ms=taken_ms)
        folded.state = _replace(state, last_ms=taken_ms, last_class=cls, blind=blind)
    elif cls is Class.REST:
        _rest(folded, state, taken_ms, watch)
    elif cls is Class.AWAKE:
        folded.state = FoldState(last_ms=taken_ms, last_class=cls, blind=Blind(from_ms=taken_ms))
    else:
        _see(folded, state, taken_ms, value, cls, watch)


def _rest(folded: Folded, state: FoldState, at_ms: int, watch: Watch) -> None:
    """Let whatever lasts end here: from now on nothing is judged (rules.counted)."""
    if state.blind:
        folded.episodes += blind_episodes(state.blind, at_ms)
    if state.returning:
        folded.episodes.append(_replace(state.returning, cleared_ms=at_ms))
    if state.run and state.run.condition_ms is not None:
        folded.episodes.append(_replace(run_episode(state.run, at_ms, watch), cleared_ms=at_ms))
    folded.state = FoldState(last_ms=at_ms, last_class=Class.REST)


def _pass(folded: Folded, to_ms: int, watch: Watch) -> FoldState:
    """Let the time from the last reading to to_ms pass: held, then never measured up to the horizon, then awaited."""
    state, profile = folded.state, watch.profile
    if state.last_ms is None or state.last_class is Class.REST:
        return state
    held_to = min(to_ms, state.last_ms + profile.hold_ms)
    never_to = max(held_to, min(to_ms, watch.horizon_ms))
    if never_to < to_ms and (folded.provisional_from_ms is None or never_to < folded.provisional_from_ms):
        folded.provisional_from_ms = never_to
    blind = state.blind
    if blind is None and to_ms > held_to:
        blind = Blind(from_ms=held_to)
    if blind is not None:
        blind = _blind_on(blind, state, held_to, never_to, profile)
    run = state.run
    if run is not None:
        run = _run_on(run, state, held_to, never_to, watch)
    return state if run is None and blind is None else _replace(state, run=run, blind=blind)


def _run_on(run: Run, state: FoldState, held_to: int, never_to: int, watch: Watch) -> Run:
    """Let a run last: held time counts as out after a reading outside, else as unknown."""
    last_ms = state.last_ms or 0
    held, never = held_to - last_ms, never_to - held_to
    known = state.last_class in OUTSIDE
    if run.condition_ms is None:
        run = _towards_the_delay(run, last_ms, never_to, watch)
    return _replace(
        run,
        out_ms=run.out_ms + (held if known else 0),
        unknown_ms=run.unknown_ms + never + (0 if known else held),
    )


def _towards_the_delay(run: Run, from_ms: int, to_ms: int, watch: Watch) -> Run:
    """Let time count towards the delay, except where it is excused, as long as the run has excuses left."""
    missing = watch.delay_ms(hard=run.hard) - unexcused_ms(run)
    left = watch.profile.excuse.most_ms - run.excused_ms
    used, at_ms = 0, from_ms
    ask = watch.role is ProbeRole.AIR and left > 0 and to_ms > from_ms
    for begin, end in (*(watch.excused(from_ms, to_ms) if ask else ()), (to_ms, to_ms)):
        if missing <= begin - at_ms:
            return _replace(run, excused_ms=run.excused_ms + used, condition_ms=at_ms + missing)
        missing -= begin - at_ms
        excused = min(end - begin, left - used)
        used, at_ms = used + excused, begin + excused
    return _replace(run, excused_ms=run.excused_ms + used) if used else run


def _blind_on(blind: Blind, state: FoldState, held_to: int, never_to: int, profile: Profile) -> Blind:
    """Let unknown time last; some of it a faulty reading speaks for."""
    last_ms = state.last_ms or 0
    fault = held_to - last_ms if state.last_class is Class.FAULT else 0
    begun = last_ms if state.last_class in _SPEAKS_FOR_NOTHING else held_to
    length = never_to - begun
    condition, fault_condition = blind.condition_ms, blind.fault_condition_ms
    # The tolerance counts from the last reading, which spoke for hold_ms of it.
    missing = profile.gap_tolerance_ms - profile.hold_ms - blind.unmeasured_ms
    if condition is None and missing <= length:
        condition = begun + missing
    fault_missing = profile.sensor_fault_ms - blind.fault_ms
    if fault_condition is None and fault and fault_missing <= fault:
        fault_condition = last_ms + fault_missing
    return _replace(
        blind,
        unmeasured_ms=blind.unmeasured_ms + length,
        condition_ms=condition,
        fault_ms=blind.fault_ms + fault,
        fault_condition_ms=fault_condition,
    )


def _see(folded: Folded, state: FoldState, taken_ms: int, value: int, cls: Class, watch: Watch) -> None:
    """Take a reading with a temperature: unknown time ends, a run goes on, ends or begins, an alarm clears."""
    if state.blind:
        folded.episodes += blind_episodes(state.blind, taken_ms)
    run, returning = state.run, state.returning
    direction = OUTSIDE.get(cls)
    if run and run.direction is not direction:
        if run.condition_ms is not None:
            if returning:
                folded.episodes.append(returning)
            returning = run_episode(run, taken_ms, watch)
        run = None
    if direction:
        run = _run_with(run, direction, taken_ms, value, watch)
    if returning and clears(returning, value, watch.profile):
        folded.episodes.append(_replace(returning, cleared_ms=taken_ms))
        returning = None
    if returning and run and run.condition_ms is not None:
        folded.episodes.append(returning)  # its alarm goes on as that of the new run
        returning = None
    folded.state = FoldState(last_ms=taken_ms, last_class=cls, run=run, returning=returning)


def _run_with(run: Run | None, direction: Direction, taken_ms: int, value: int, watch: Watch) -> Run:
    """Return the run with one more reading outside, which is a finding at once if its delay is over already."""
    if run is None:
        run = Run(direction=direction, start_ms=taken_ms, peak_micro_celsius=value, samples_out=0)
    warm = direction is Direction.TOO_WARM
    peak = max(run.peak_micro_celsius, value) if warm else min(run.peak_micro_celsius, value)
    lost_value = watch.profile.lost_rule(value) is not None and watch.speaks_of_the_product(run.start_ms)
    ruinous = run.ruinous + 1 if lost_value else 0
    beyond = run.beyond + 1 if lost_value or watch.profile.beyond_hard(value) else 0
    needed = watch.readings_needed()
    hard = run.hard or beyond >= needed
    due = run.condition_ms is None and watch.delay_ms(hard=hard) <= unexcused_ms(run)
    return _replace(
        run,
        peak_micro_celsius=peak,
        samples_out=run.samples_out + 1,
        hard=hard,
        lost=run.lost or ruinous >= needed,
        beyond=min(beyond, needed),
        ruinous=min(ruinous, needed),
        condition_ms=taken_ms if due else run.condition_ms,
    )


_replace = msgspec.structs.replace
