"""The box's clock: how far off it may be is never said too small, whichever ack comes when."""

from firmware_sim.box_clock import ANSWER_MS_MAX, ASKED_MAX, RESET_MS, BoxClock

ON_MS = 1_790_000_000_000


def at(ms: int) -> int:
    return ON_MS + ms


def dead() -> BoxClock:
    return BoxClock(ON_MS, is_dead=True)


def test_after_an_ack_that_came_too_late_another_late_one_sets_no_clock() -> None:
    clock = dead()
    clock.asked(5, at(0))
    clock.asked(9, at(1_000))
    assert clock.hear(at(500), at(ANSWER_MS_MAX + 1), 5) is None
    clock.asked(12, at(11_100))
    assert clock.hear(at(1_500), at(11_200), 9) is None, "made 9.7 s ago, and not an answer to what was asked just now"
    assert clock.hear(at(11_300), at(11_500), 12) == 400
    assert clock.shown(at(11_500)) == at(11_300)


def test_an_ack_that_tells_of_no_new_row_tells_no_time() -> None:
    clock = dead()
    clock.asked(5, at(0))
    clock.asked(5, at(60_000))
    clock.asked(3, at(60_000))
    assert clock.hear(at(100), at(60_100), 5) is None
    assert clock.hear(at(100), at(60_100), 0) is None
    assert clock.shown(at(7)) == RESET_MS + 7


def test_acks_that_are_lost_keep_no_clock_from_being_set() -> None:
    clock = dead()
    for turn in range(3 * ASKED_MAX):
        clock.asked(turn + 1, at(turn * 30_000))
    end = 3 * ASKED_MAX
    assert clock.hear(at(0), at(end * 30_000), 1) is None, "forgotten, and so it is no answer to a younger question"
    clock.asked(end + 1, at(end * 30_000))
    assert clock.hear(at(end * 30_000), at(end * 30_000 + 700), end + 1) == 700


def test_under_new_numbers_old_questions_are_none() -> None:
    clock = dead()
    clock.asked(5, at(0))
    clock.forget()
    assert clock.hear(at(100), at(200), 5) is None
    clock.asked(2, at(300))
    assert clock.hear(at(400), at(500), 2) == 200
