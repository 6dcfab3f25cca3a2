"""The send window, step by step."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from coldchain.ranges import Range
from coldchain.wire import VERSION, Ack, Lane
from gateway.window import IGNORED, PAUSE_MS, PAUSE_MS_MAX, WINDOW, Ask, Flight, Phase, Send, Share, Window


def _window(given_seq: int = 0) -> Window:
    return Window(gateway="gw-1", epoch="epoch-1", given_seq=given_seq, items_max=100)


def _ack(
    contiguous: int = 0, ranges: list[Range] | None = None, refused: list[str] | None = None, epoch: str = "epoch-1"
) -> Ack:
    return Ack(
        v=VERSION,
        gateway="gw-1",
        epoch=epoch,
        contiguous_seq=contiguous,
        ranges=ranges or [],
        refused=refused or [],
        centre_ms=0,
    )


def _sending(now_ms: int = 0) -> Window:
    window = _window()
    window.connected(now_ms)
    window.next_move(now_ms)
    window.asked(now_ms)
    window.acked(_ack(), now_ms)
    return window


def _send(window: Window, now_ms: int, items: int = 10) -> Flight:
    move = window.next_move(now_ms)
    assert isinstance(move, Send)
    first = move.after_seq + 1
    last = move.after_seq + items
    window.sent(Flight(ranges=((first, last),), items=items, sha256=f"{first}-{last}@{now_ms}", sent_ms=now_ms))
    return window.flights[-1]


def test_nothing_is_sent_before_the_centre_has_answered_on_this_connection() -> None:
    window = _window()
    assert window.next_move(0) is None
    window.connected(0)
    assert window.next_move(0) == Ask(0, hello=True)
    window.asked(0)
    assert window.next_move(PAUSE_MS - 1) is None
    assert window.next_move(PAUSE_MS) == Ask(0, hello=True)  # no answer: asked again
    window.acked(_ack(), PAUSE_MS + 5)
    assert window.next_move(PAUSE_MS + 5) == Send(0, 100)


def test_unanswered_questions_get_rarer_up_to_two_minutes() -> None:
    window = _window()
    window.connected(0)
    now_ms, pauses = 0, []
    for _ in range(8):
        window.asked(now_ms)
        asked_ms = now_ms
        while window.next_move(now_ms) is None:
            now_ms += 1_000
        pauses.append(now_ms - asked_ms)
    assert pauses == [5_000, 10_000, 20_000, 40_000, 80_000, PAUSE_MS_MAX, PAUSE_MS_MAX, PAUSE_MS_MAX]


def test_sending_goes_on_from_where_the_centre_is() -> None:
    window = _window(given_seq=50)
    window.connected(0)
    window.asked(0)
    window.acked(_ack(contiguous=40, ranges=[(45, 50)]), 1)
    assert window.next_move(1) == Send(40, 100)


def test_the_window_closes_after_eight_batches_and_opens_with_each_ack() -> None:
    window = _sending()
    for _ in range(WINDOW):
        _send(window, 1)
    assert window.next_move(2) is None
    window.acked(_ack(contiguous=20), 2)
    assert len(window.flights) == WINDOW - 2
    assert window.next_move(2) == Send(80, 100)


def test_without_progress_the_centre_is_asked_along_the_way_of_the_data_and_only_then_all_is_repeated() -> None:
    window = _sending()
    _send(window, 0)
    _send(window, 0)
    assert window.next_move(PAUSE_MS - 1) == Send(20, 100)
    assert window.next_move(PAUSE_MS) == Ask(20, hello=False)
    window.asked(PAUSE_MS)
    assert len(window.flights) == 2
    window.acked(_ack(), PAUSE_MS + 1)
    assert window.next_move(PAUSE_MS + 1) == Send(0, 100)


def test_a_slow_centre_that_gets_on_is_not_sent_everything_again() -> None:
    window = _sending()
    _send(window, 0)
    _send(window, 0)
    assert isinstance(window.next_move(PAUSE_MS), Ask)
    window.asked(PAUSE_MS)
    window.acked(_ack(contiguous=10), PAUSE_MS + 1)
    assert [flight.first_seq for flight in window.flights] == [11]
    assert window.next_move(PAUSE_MS + 1) == Send(20, 100)


def test_a_centre_that_answers_but_does_not_get_on_is_troubled_ever_more_rarely() -> None:
    window, now_ms, pauses = _sending(), 0, []
    for _ in range(6):
        sent_ms = _send(window, now_ms).sent_ms
        while not isinstance(window.next_move(now_ms), Ask):
            now_ms += 500
        pauses.append(now_ms - sent_ms)
        window.asked(now_ms)
        window.acked(_ack(), now_ms)
    assert pauses == [5_000, 10_000, 20_000, 40_000, 80_000, 120_000]
    _send(window, now_ms)
    window.acked(_ack(contiguous=10), now_ms + 1)  # progress
    _send(window, now_ms + 1)
    assert isinstance(window.next_move(now_ms + 1 + PAUSE_MS), Ask)


def test_a_batch_that_was_overtaken_is_sent_again_although_others_get_on() -> None:
    window = _sending()
    _send(window, 0)  # lost on the way: the centre never speaks of 1 to 10
    for second in range(1, 5):
        last_seq = _send(window, second * 1_000).last_seq
        window.acked(_ack(ranges=[(11, last_seq)]), second * 1_000)
    assert window.next_move(PAUSE_MS - 1) == Send(50, 100)
    assert window.next_move(PAUSE_MS) == Send(0, 100)


def test_a_backlog_that_waits_at_the_centre_is_not_lost_because_what_is_live_got_on() -> None:
    window = _sending()
    window.begin_lanes(1_000)
    for seq, lane in ((1, Lane.BACKFILL), (1_001, Lane.LIVE), (2, Lane.BACKFILL), (1_002, Lane.LIVE)):
        window.sent(Flight(ranges=((seq, seq),), items=1, sha256=str(seq), sent_ms=0, lane=lane))
    window.acked(_ack(ranges=[(1_001, 1_002)]), PAUSE_MS)
    assert isinstance(window.next_move(PAUSE_MS), Share)
    assert len(window.flights) == 2
    window.acked(_ack(ranges=[(2, 2), (1_001, 1_002)]), PAUSE_MS)  # of one lane they keep their order: 1 is lost
    assert window.next_move(PAUSE_MS) == Send(0, 100)


def test_acks_of_another_gateway_or_epoch_mean_nothing() -> None:
    window = _sending()
    _send(window, 0)
    assert window.acked(_ack(contiguous=10, epoch="epoch-2"), 1) == IGNORED
    other = Ack(v=1, gateway="gw-2", epoch="epoch-1", contiguous_seq=10, ranges=[], refused=[], centre_ms=0)
    assert window.acked(other, 1) == IGNORED
    assert len(window.flights) == 1


def test_an_ack_of_numbers_that_were_never_sent_or_given_is_foreign() -> None:
    window = _window(given_seq=100)
    window.connected(0)
    assert not window.acked(_ack(contiguous=100), 0).foreign
    assert window.acked(_ack(contiguous=101), 0).foreign
    assert window.acked(_ack(contiguous=5, ranges=[(7, 150)]), 0).foreign


def test_acks_twice_or_out_of_order_do_no_harm() -> None:
    window = _sending()
    for _ in range(3):
        _send(window, 0)
    window.acked(_ack(contiguous=20), 1)
    for late in (_ack(contiguous=20), _ack(contiguous=10), _ack()):
        assert window.acked(late, 2).settle
        assert [flight.first_seq for flight in window.flights] == [21]
        assert window.next_move(2) == Send(30, 100)


def test_a_refused_batch_is_cut_in_halves_until_the_one_item_is_found() -> None:
    window, poison, contiguous, rounds = _sending(), 37, 0, 0
    outcome = IGNORED
    while not outcome.refused:
        move = window.next_move(0)
        assert isinstance(move, Send)
        first, last = move.after_seq + 1, move.after_seq + min(move.items_max, 100 - move.after_seq)
        rounds += 1
        window.sent(Flight(ranges=((first, last),), items=last - first + 1, sha256=f"{rounds}", sent_ms=0))
        taken = not first <= poison <= last
        contiguous = last if taken else contiguous
        outcome = window.acked(_ack(contiguous, refused=[] if taken else [f"{rounds}"]), 0)
    assert [(refused.first_seq, refused.last_seq) for refused in outcome.refused] == [(poison, poison)]
    assert rounds <= 20


def test_a_centre_that_fails_on_every_row_gets_them_ever_more_slowly() -> None:
    window, now_ms, given_up = _sending(), 0, []
    window.items_max = 1
    window.next_move(0)
    while now_ms < 3_600_000:
        now_ms += 500
        while isinstance(window.next_move(now_ms), Send):
            _send(window, now_ms, items=1)
        refused = [flight.sha256 for flight in window.flights]
        outcome = window.acked(_ack(refused=refused), now_ms)  # as often as anything is said
        given_up += [now_ms] * len(outcome.refused)
    assert len([ms for ms in given_up if ms <= 1_000]) == 16  # two windows full before it was noticed
    assert 30 <= len(given_up) <= 60, "of an hour"
    assert min(later - earlier for earlier, later in itertools.pairwise(given_up[-10:])) >= PAUSE_MS_MAX


def test_progress_ends_the_distrust() -> None:
    window = _sending()
    for _ in range(2):
        while isinstance(window.next_move(0), Send):
            _send(window, 0, items=1)
        window.acked(_ack(refused=[flight.sha256 for flight in window.flights]), 0)
    assert window.next_move(PAUSE_MS - 1) is None
    _send(window, PAUSE_MS, items=1)
    assert window.next_move(PAUSE_MS) is None  # one at a time
    window.acked(_ack(contiguous=1), PAUSE_MS + 1)
    assert isinstance(window.next_move(PAUSE_MS + 1), Send)


def test_a_centre_that_refuses_even_an_empty_batch_gets_no_rows_and_none_is_given_up() -> None:
    window = _sending()
    window.probed("empty")
    flight = _send(window, 0, items=1)
    outcome = window.acked(_ack(refused=[flight.sha256, "empty"]), 1)
    assert (outcome.barred, outcome.refused) == (True, ())
    assert window.phase is Phase.ASKING
    assert window.next_move(2) is None
    later = window.next_move(PAUSE_MS + 1)
    assert isinstance(later, Ask)
    window.probed("empty-2")
    window.asked(PAUSE_MS + 1)
    window.acked(_ack(refused=[flight.sha256, "empty"]), PAUSE_MS + 2)  # somebody registered the gateway meanwhile
    assert window.next_move(PAUSE_MS + 2) == Send(0, 100)


def test_a_batch_with_holes_is_covered_by_the_numbers_that_it_carries() -> None:
    window = _sending()
    window.sent(Flight(ranges=((3, 4), (8, 9)), items=4, sha256="x", sent_ms=0))
    window.acked(_ack(ranges=[(3, 4)]), 1)
    assert len(window.flights) == 1
    window.acked(_ack(ranges=[(3, 4), (8, 9)]), 1)
    assert window.flights == []


@given(st.lists(st.tuples(st.sampled_from(["send", "ack", "stale", "wait", "cut"]), st.integers(0, 9)), max_size=80))
def test_the_window_is_never_exceeded(steps: list[tuple[str, int]]) -> None:
    window, now_ms, newest = _sending(), 0, 0
    for kind, number in steps:
        now_ms += number * 700 if kind == "wait" else 1
        if kind == "cut":
            window.disconnected()
            window.connected(now_ms)
        if kind in {"ack", "stale"}:
            newest = max(newest, window.after_seq - number) if kind == "ack" else newest
            window.acked(_ack(contiguous=max(0, newest)), now_ms)
        move = window.next_move(now_ms)
        if kind == "send" and isinstance(move, Send):
            _send(window, now_ms)
        if isinstance(move, Ask):
            window.asked(now_ms)
        assert len(window.flights) <= WINDOW
