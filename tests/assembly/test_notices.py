"""What the log says of counters that move: at once, then rarely, and never without bound."""

from assembly.notices import EVERY_MS, KEYS_MAX, OTHERS, Key, Notices

REFUSED = ("refused_total", "not-registered", "gw-1")
DOUBTED = ("quarantined_total", "future", "gw-1")


def test_the_first_is_told_at_once_and_what_follows_once_a_minute_with_how_many_it_were() -> None:
    notices = Notices()
    assert notices.due({REFUSED: 3}, 0) == [(REFUSED, 3)]
    assert notices.due({REFUSED: 500}, EVERY_MS - 1) == []
    assert notices.due({REFUSED: 700}, EVERY_MS) == [(REFUSED, 697)]


def test_what_has_ended_is_told_to_the_last_and_then_no_more() -> None:
    notices = Notices()
    notices.due({REFUSED: 1}, 0)
    assert notices.due({REFUSED: 5}, 10_000) == []
    assert notices.due({REFUSED: 5}, EVERY_MS) == [(REFUSED, 4)]
    assert notices.due({REFUSED: 5}, 9 * EVERY_MS) == []


def test_one_trouble_does_not_keep_another_from_being_told() -> None:
    notices = Notices()
    notices.due({REFUSED: 1}, 0)
    assert notices.due({REFUSED: 2, DOUBTED: 7}, 10_000) == [(DOUBTED, 7)]


def test_a_counter_that_never_moved_is_not_told() -> None:
    assert Notices().due({REFUSED: 0}, 0) == []


def test_names_without_end_are_told_together_and_none_is_forgotten() -> None:
    notices = Notices()
    strangers: dict[Key, int] = {("stranger", str(i)): 2 for i in range(KEYS_MAX + 50)}
    told = dict(notices.due(strangers, 0))
    assert len(told) == KEYS_MAX + 1
    assert told[OTHERS] == 100
    more = dict.fromkeys(strangers, 3) | {("stranger", "new"): 4}
    told = dict(notices.due(more, EVERY_MS))
    assert told[OTHERS] == 50 + 4
    assert sum(told.values()) == KEYS_MAX + 54
    assert dict(notices.due(more, 9 * EVERY_MS)) == {}
