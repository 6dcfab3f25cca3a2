"""Claims of several places on one tag: the words of strays go, and a reader alone is never doubted."""

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from support import store_words as words

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from rules.contested import SPAN_MS, HeardIn, Settled, at_ms, hearings_of, settled
from rules.cross_read import Hearing, decide
from rules.read_rate import RATE_PERMILLE

PLACES = ("f-1", "f-2", "f-3")


def event(seq: int, place: str, kind: EventKind, latest_ms: int, since_ms: int = 20) -> RecordedEvent:
    return words.event(
        seq,
        place=place,
        kind=kind,
        epc=words.EPC,
        taken_ms=latest_ms,
        earliest_ms=latest_ms - since_ms,
        latest_ms=latest_ms,
    )


def hears(**seen: int) -> list[Hearing]:
    return [
        Hearing(zone=zone.replace("_", "-"), antenna=1, seen=n, cycles=20, rssi_dbm=-60, rate_permille=650)
        for zone, n in seen.items()
        if n
    ]


def of_places(hearings: Sequence[Hearing]) -> HeardIn:
    return lambda places, _from, _to: [one for one in hearings if one.zone in places]


def test_where_nobody_else_hears_it_no_word_is_doubted() -> None:
    said = [event(1, "f-1", EventKind.ARRIVED, 1_000), event(2, "f-2", EventKind.ARRIVED, 9_000)]
    assert settled(said, of_places(hears(f_2=18))) == Settled(events=said, until_ms=9_000 + SPAN_MS)
    assert settled(said, of_places(hears(f_1=18, f_2=14))).events == said[:1]
    assert settled(said, of_places(hears(f_1=18, f_2=14)), lambda _, __: False) == Settled(events=said)


def test_reads_count_only_up_to_the_next_movement_of_either() -> None:
    asked: list[tuple[int, int]] = []

    def heard(places: Sequence[str], from_ms: int, to_ms: int) -> list[Hearing]:
        asked.append((from_ms, to_ms))
        return [one for one in hears(f_1=18, f_2=14) if one.zone in places]

    said = [event(1, "f-1", EventKind.ARRIVED, 1_000), event(2, "f-2", EventKind.ARRIVED, 9_000)]
    other = event(3, "f-3", EventKind.LEFT, 10_000)
    settled([*said, other, event(4, "f-1", EventKind.LEFT, 60_000)], heard)
    assert asked[0] == (9_000, 59_980)
    asked.clear()
    went = settled([*said, event(4, "f-1", EventKind.LEFT, 9_010)], heard)
    assert asked == [], "its door was open when the other's closed: it has moved"
    assert [one.kind for one in went.events] == [EventKind.ARRIVED, EventKind.ARRIVED, EventKind.LEFT]


_kinds = st.sampled_from(
    [EventKind.ARRIVED, EventKind.LEFT, EventKind.SEEN_AGAIN, EventKind.UNCERTAIN, EventKind.UNSEEN]
)
_said = st.lists(st.tuples(st.sampled_from(PLACES), _kinds, st.integers(0, 40)), max_size=12)


def _events(told: list[tuple[str, EventKind, int]]) -> list[RecordedEvent]:
    return [event(seq, place, kind, at * 100_000) for seq, (place, kind, at) in enumerate(told, 1)]


@given(_said, st.tuples(*(st.integers(0, 20) for _ in PLACES)), st.randoms())
def test_order_is_nothing_and_only_what_was_said_comes_out(
    told: list[tuple[str, EventKind, int]], seen: tuple[int, int, int], dice: random.Random
) -> None:
    heard = of_places(hears(f_1=seen[0], f_2=seen[1], f_3=seen[2]))
    said = _events(told)
    found = settled(said, heard)
    mixed = list(said)
    dice.shuffle(mixed)
    assert settled(mixed, heard) == found
    keys = {(one.seq, one.place) for one in said}
    assert {(one.seq, one.place) for one in found.events} <= keys
    quiet = [one for one in said if one.kind not in {EventKind.ARRIVED, EventKind.SEEN_AGAIN}]
    assert all(one in found.events for one in quiet), "what moves nothing is never dropped"


@given(_said)
def test_a_tag_that_no_reader_hears_is_where_its_readers_last_said(told: list[tuple[str, EventKind, int]]) -> None:
    said = _events(told)
    in_order = sorted(said, key=lambda one: (at_ms(one), one.gateway, one.epoch, one.seq))
    assert settled(said, lambda *_: []).events == in_order


def heard_by(reader: str, others: Sequence[int], mine: Sequence[int], cycles: int = 12) -> list[Hearing]:
    """Return how a reader heard the tag in the cycles `mine`; each of its other tags in every n-th of `others`."""
    ended = [words.event(n, kind=EventKind.INVENTORY, epc=None, taken_ms=n * 1_000) for n in range(1, cycles + 1)]
    read = [words.tag(n * 1_000) for n in mine]
    for number, every in enumerate(others):
        epc = f"3000{number:08X}"
        read += [words.tag(n * 1_000, epc=epc) for n in range(1, cycles + 1) if n % every == 0]
    return hearings_of(reader, words.EPC, read, ended)


def test_a_reader_is_measured_by_its_other_tags_of_the_same_cycles() -> None:
    assert {one.rate_permille for one in heard_by("f-1", [], [1, 2, 3])} == {RATE_PERMILLE}
    (good,) = heard_by("f-1", [1] * 40, [1, 2, 3])
    (weak,) = heard_by("f-1", [4] * 40, [1, 2, 3])
    assert weak.rate_permille < 400 < RATE_PERMILLE < 850 < good.rate_permille
    assert heard_by("f-1", [1] * 40, [5])[0].rate_permille == good.rate_permille, "the tag itself does not count"


def test_strays_from_elsewhere_do_not_make_a_reader_look_blind() -> None:
    assert heard_by("f-1", [12] * 40, [1])[0].rate_permille == RATE_PERMILLE


def test_a_miss_by_a_weak_reader_says_less_than_one_by_a_usual_one() -> None:
    """The bag lies in f-1, whose reader reads a quarter; f-2, which reads all of its own, hears it as often."""
    near = [*heard_by("f-1", [4] * 40, [1, 5, 9]), *heard_by("f-2", [1] * 40, [2, 6, 10, 11])]
    assert decide(near, "f-1").zone == "f-1"
    assert decide(near).zone == "f-1"
