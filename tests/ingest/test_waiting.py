"""The writer's queue: live before backlog, each gateway its share whatever it writes, and nothing lost."""

from queue import Full
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.intake import END, SITE

from coldchain.wire import Lane
from ingest.batches import Message
from ingest.waiting import (
    BACKLOG_MS,
    OF_ONE_GATEWAY_MAX,
    PASSED_MAX,
    SHARE_BYTES,
    SHARE_MESSAGES,
    TRANSACTION_MESSAGES_MAX,
    WAITING_MAX,
    AckAsked,
    AllAcksAsked,
    Waiting,
    lane_of,
)

LIVE, BACKFILL, FILE = Lane.LIVE, Lane.BACKFILL, None
AT_ONCE: Final = 0.0


def batch(gateway: str, lane: Lane | None, number: int, size: int = 0) -> Message:
    said = "null" if lane is None else f'"{lane.value}"'
    payload = f'{{"number":{number},"pad":"{"x" * size}","lane":{said}}}'.encode()
    return Message(site=SITE, gateway=gateway, payload=payload, received_ms=END)


def filled(*items: Message) -> Waiting:
    waiting = Waiting()
    for item in items:
        assert waiting.add(item)
    return waiting


def test_what_is_live_goes_before_the_backlog_of_its_own_gateway_and_of_others() -> None:
    old = [batch(name, BACKFILL, n) for n in range(9) for name in ("gw-1", "gw-2")]
    new = [batch("gw-1", LIVE, 100), batch("gw-3", FILE, 101)]
    waiting = filled(*old, *new)
    assert waiting.next(AT_ONCE) == (new, False)
    items, backlog = waiting.next(AT_ONCE)
    assert backlog
    assert sorted(items, key=repr) == sorted(old[:TRANSACTION_MESSAGES_MAX], key=repr)  # of both the same number


def test_a_sign_of_life_stays_behind_the_backlog_before_it() -> None:
    """It asks how far the centre is: the answer counts only if the data before it was looked at."""
    old, empty = batch("gw-1", BACKFILL, 1), batch("gw-1", FILE, 2)
    waiting = filled(old, empty)
    assert waiting.next(AT_ONCE) == ([old], True)
    assert waiting.next(AT_ONCE) == ([empty], False)


def test_a_gateway_that_calls_all_of_its_backlog_live_has_its_share_and_no_more() -> None:
    flood = [batch("gw-1", LIVE, n, SHARE_BYTES) for n in range(40)]
    small = [batch("gw-2", LIVE, n) for n in range(6)]
    waiting = filled(*flood, *small)
    assert waiting.next(AT_ONCE)[0] == [flood[0], *small[:SHARE_MESSAGES]]
    assert waiting.next(AT_ONCE)[0] == [flood[1], *small[SHARE_MESSAGES:]]
    late = batch("gw-3", FILE, 1)
    assert waiting.add(late)
    assert late in waiting.next(AT_ONCE)[0]


def test_a_gateway_that_floods_keeps_nobody_else_out() -> None:
    waiting = filled(*(batch("gw-1", LIVE, n) for n in range(OF_ONE_GATEWAY_MAX)))
    assert not waiting.add(batch("gw-1", LIVE, 999))
    assert waiting.add(batch("gw-2", LIVE, 1))


def test_an_endless_stream_of_live_batches_leaves_a_turn_to_the_backlog() -> None:
    old = batch("gw-2", BACKFILL, 0)
    waiting, before = filled(old), 0
    while True:
        assert waiting.add(batch("gw-1", LIVE, before))
        items, backlog = waiting.next(AT_ONCE)
        if backlog:
            break
        before += 1
    assert (before, items) == (PASSED_MAX, [old])


def test_a_backlog_gets_no_longer_transactions_than_it_may_take() -> None:
    waiting = filled(*(batch("gw-1", BACKFILL, n) for n in range(90)))
    waiting.took(16, 4 * BACKLOG_MS)
    assert len(waiting.next(AT_ONCE)[0]) == 4
    waiting.took(4, 100 * BACKLOG_MS)
    assert len(waiting.next(AT_ONCE)[0]) == 1
    sizes = []
    for _ in range(6):
        waiting.took(1, 1)
        sizes.append(len(waiting.next(AT_ONCE)[0]))
    assert sizes == sorted(sizes)
    assert sizes[0] < TRANSACTION_MESSAGES_MAX
    assert sizes[-1] > 8


def test_people_and_batches_have_their_turn_one_after_the_other() -> None:
    waiting = filled(batch("gw-1", LIVE, 1), batch("gw-1", BACKFILL, 2))
    for fact in ("a", "b"):
        waiting.add_alone(fact, 1.0)
    assert waiting.add(AllAcksAsked())
    kinds = [waiting.next(AT_ONCE)[0][0] for _ in range(5)]
    assert [kind if isinstance(kind, str) else type(kind).__name__ for kind in kinds] == [
        "a",
        "Message",
        "b",
        "Message",
        "AllAcksAsked",
    ]


def test_a_full_queue_says_so() -> None:
    waiting = Waiting()
    for n in range(WAITING_MAX):
        assert waiting.add(AckAsked(f"gw-{n % 8}", "e1"))
    assert not waiting.add(AllAcksAsked())
    with pytest.raises(Full):
        waiting.add_alone("a fact", 0.01)
    assert len(waiting) == WAITING_MAX


def test_what_nobody_can_read_has_no_lane() -> None:
    for payload in (b"", b"[1]", b'{"lane":"fast"}', b'{"lane":1}', b"\xff", b'{"lane":' + b"[" * 5_000):
        assert lane_of(payload) is None
    assert lane_of(b'{"v":1,"lane":"live","samples":{}}') is Lane.LIVE


@given(
    st.lists(
        st.tuples(st.sampled_from(["gw-1", "gw-2", "gw-3"]), st.sampled_from([LIVE, BACKFILL, FILE, "take"])),
        max_size=120,
    )
)
def test_everything_comes_out_once_and_in_the_order_of_its_line(steps: list[tuple[str, Lane | str | None]]) -> None:
    waiting, came, out = Waiting(), [], []
    for number, (gateway, step) in enumerate(steps):
        if step == "take":
            out += waiting.next(AT_ONCE)[0]
            continue
        one = batch(gateway, None if step is None else Lane(step), number)
        assert waiting.add(one)
        came.append(one)
    while len(waiting):
        items, _ = waiting.next(AT_ONCE)
        assert items
        out += items
    assert sorted(out, key=repr) == sorted(came, key=repr)
    for gateway in ("gw-1", "gw-2", "gw-3"):
        for live in (True, False):
            assert [one for one in out if _in_line(one, gateway, live=live)] == [
                one for one in came if _in_line(one, gateway, live=live)
            ]


def _in_line(one: object, gateway: str, *, live: bool) -> bool:
    assert isinstance(one, Message)
    return one.gateway == gateway and (lane_of(one.payload) is Lane.LIVE) == live
