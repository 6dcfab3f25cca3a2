"""Presence against the truth of a seeded cabinet: bags come and go, tags are missed, strays are heard."""

import random
from dataclasses import dataclass, field

import pytest

from coldchain.facts import EventKind
from gateway.presence import burst_wanted, on_cycle, on_door
from gateway.presence_state import Cycle, Door, PresenceEvent, PresenceState, decode_state, encode_state

P_STRAY = 0.10
BAGS, STRAYS, OPENINGS = 40, 10, 40
IDLE_MS, CYCLE_MS = 300_000, 1_500


@dataclass
class Truth:
    """What really moved: (kind, epc, when)."""

    inside: set[str]
    moves: list[tuple[EventKind, str, int]] = field(default_factory=list)


@dataclass
class Score:
    """How well events tell the truth."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    uncertain: int = 0
    unseen: int = 0
    cycles: int = 0

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)


def live(seed: int, p_inside: float, *, restart: bool = False) -> tuple[Truth, list[PresenceEvent], Score]:
    """Let a cabinet live through its openings and return the truth and what presence said."""
    dice = random.Random(f"{seed}:{p_inside}")
    pool = [f"3035A537C837754000{number:06X}" for number in range(BAGS + STRAYS)]
    bags, strays = pool[:BAGS], pool[BAGS:]
    truth = Truth(inside=set(bags[: BAGS // 2]))
    truth.moves = [(EventKind.ARRIVED, epc, 0) for epc in sorted(truth.inside)]
    now_ms, state, events, score = 1_000_000, PresenceState(), list[PresenceEvent](), Score()
    state = on_door(state, Door.CLOSED, now_ms, None)
    for _ in range(OPENINGS):
        for idle in range(8):
            while True:
                heard = {e: 1 for e in bags if dice.random() < (p_inside if e in truth.inside else 0)}
                heard |= {e: 1 for e in strays if dice.random() < P_STRAY}
                cycle = Cycle(start_ms=now_ms, end_ms=now_ms + CYCLE_MS, counts=heard)
                state, found = on_cycle(decode_state(encode_state(state)) if restart else state, cycle)
                events += found
                score.cycles += 1
                now_ms += CYCLE_MS
                if not burst_wanted(state):
                    break
            now_ms += IDLE_MS if idle else 0
        state = on_door(state, Door.OPENED, now_ms + 1_000, now_ms)
        for epc in dice.sample(bags, dice.randrange(4)):
            kind = EventKind.LEFT if epc in truth.inside else EventKind.ARRIVED
            truth.inside ^= {epc}
            truth.moves.append((kind, epc, now_ms + 5_000))
        now_ms += 20_000
        state = on_door(state, Door.CLOSED, now_ms, now_ms - 1_000)
    _compare(truth, events, score)
    return truth, events, score


def _compare(truth: Truth, events: list[PresenceEvent], score: Score) -> None:
    """Match each movement that was said with one that happened within its interval."""
    open_moves = list(truth.moves)
    for event in events:
        if event.kind in {EventKind.ARRIVED, EventKind.LEFT}:
            low = event.earliest_ms or 0
            match = [m for m in open_moves if m[:2] == (event.kind, event.epc) and low <= m[2] <= event.latest_ms]
            if match:
                open_moves.remove(match[0])
                score.right += 1
            else:
                score.wrong += 1
        score.uncertain += event.kind is EventKind.UNCERTAIN
        score.unseen += event.kind is EventKind.UNSEEN
    last_closing_ms = max(event.latest_ms for event in events)
    score.missed = sum(at_ms < last_closing_ms for _, _, at_ms in open_moves)


@pytest.mark.parametrize("p_inside", [0.65, 0.80, 0.95])
def test_movements_are_found_and_hardly_one_is_invented(p_inside: float) -> None:
    """2,000 strays a line are tested at an error of 1e-4: one of them may arrive and leave again by mistake."""
    total = Score()
    for seed in range(5):
        _, _, score = live(seed, p_inside)
        for name in vars(total):
            setattr(total, name, getattr(total, name) + getattr(score, name))
    print(
        f"p={p_inside}: {total.right} right, {total.wrong} wrong, {total.missed} missed, {total.uncertain} uncertain, "
        f"{total.unseen} unseen; precision {total.precision:.4f}, recall {total.recall:.4f}; "
        f"{total.cycles / 5 / OPENINGS:.0f} cycles an opening"
    )
    assert total.precision >= 0.99
    assert total.recall >= 0.99


@pytest.mark.parametrize("seed", range(3))
def test_no_stray_ever_becomes_a_movement_and_no_movement_lacks_its_door(seed: int) -> None:
    truth, events, _ = live(seed, 0.65)
    bags = {epc for _, epc, _ in truth.moves}
    for event in events:
        if event.kind in {EventKind.ARRIVED, EventKind.LEFT}:
            assert event.epc in bags
            first = event.kind is EventKind.ARRIVED and event.earliest_ms is None
            assert first or event.latest_ms - (event.earliest_ms or 0) == 20_000, "the interval is one door opening"


def test_restarting_before_every_cycle_changes_nothing() -> None:
    assert live(1, 0.65, restart=True)[1] == live(1, 0.65)[1]
