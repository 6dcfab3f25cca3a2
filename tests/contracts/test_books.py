"""Contract of coldchain.ports.Books."""

import msgspec
from support import store_words as words

from coldchain.facts import ClockState
from coldchain.ports import FoldHead, Quarantined, RefusedPayload, Store

ITEM = Quarantined(
    id=0,
    reason="from-the-future",
    gateway="gw-1",
    epoch="e1",
    seq=7,
    origin="fridge-1-load",
    received_ms=1_000,
    clock=ClockState.UNSET,
    boot="b1",
    body=b'{"v":1}\x00',
)


def payload(name: str, **changed: str) -> RefusedPayload:
    made = RefusedPayload(sha256=name, gateway="gw-1", epoch="e1", reason="not-json", detail="行 1", received_ms=1_000)
    return msgspec.structs.replace(made, **changed)


def test_received_ranges_are_kept_by_epoch(store: Store) -> None:
    with store.writing() as session:
        assert session.books.received("gw-1", "e1") == ()
        session.books.set_received("gw-2", "e1", [(1, 3), (5, 2**53 - 1)])
        session.books.set_received("gw-1", "e2", [(1, 1)])
        session.books.set_received("gw-1", "e1", [(9, 9)])
        session.books.set_received("gw-1", "e2", [(1, 2)])
    with store.reading() as session:
        assert session.books.received("gw-2", "e1") == ((1, 3), (5, 2**53 - 1))
        assert session.books.received("gw-1", "e2") == ((1, 2),)
        assert session.books.epochs() == (("gw-1", "e1"), ("gw-1", "e2"), ("gw-2", "e1"))


def test_a_horizon_never_goes_back_but_the_last_sign_of_life_is_the_last(store: Store) -> None:
    with store.writing() as session:
        books = session.books
        assert (books.horizon("gw-1"), books.last_up("gw-1")) == (0, None)
        for horizon_ms, received_ms, expected in [(500, 1_000, 500), (400, 1_100, 500), (600, 900, 600)]:
            books.raise_horizon("gw-1", horizon_ms, received_ms)
            assert (books.horizon("gw-1"), books.last_up("gw-1")) == (expected, received_ms)
        assert books.horizon("gw-2") == 0


def test_checkpoints_are_found_dropped_and_replaced(store: Store) -> None:
    with store.writing() as session:
        books = session.books
        assert books.checkpoint("fridge-1-load", 10**15) is None
        books.put_checkpoints("fridge-1-load", {300: b"c", 100: b"a", 200: b"b", 400: b"d"})
        books.put_checkpoints("fridge-1-air", {150: b"x"})
        books.put_checkpoints("fridge-1-load", {200: b"B"})
        assert books.checkpoint("fridge-1-load", 99) is None
        assert books.checkpoint("fridge-1-load", 100) == (100, b"a")
        assert books.checkpoint("fridge-1-load", 299) == (200, b"B")
        assert list(books.checkpoints_after("fridge-1-load", 100).items()) == [(200, b"B"), (300, b"c"), (400, b"d")]
        books.drop_checkpoints("fridge-1-load", 100, 400)
        assert books.checkpoints_after("fridge-1-load", 0) == {100: b"a", 400: b"d"}
        assert books.checkpoints_after("fridge-1-air", 0) == {150: b"x"}


def test_the_head_of_a_fold_is_replaced(store: Store) -> None:
    first = FoldHead(state=b"\x00\x01", last_taken_ms=5, horizon_ms=6, provisional_from_ms=None)
    second = FoldHead(state=b"", last_taken_ms=7, horizon_ms=8, provisional_from_ms=6)
    with store.writing() as session:
        assert session.books.head("fridge-1-load") is None
        session.books.put_head("fridge-1-load", first)
        assert session.books.head("fridge-1-load") == first
        session.books.put_head("fridge-1-load", second)
        assert session.books.head("fridge-1-load") == second


def test_quarantine_gives_ids_and_never_one_twice(store: Store) -> None:
    with store.writing() as session:
        session.books.quarantine(ITEM)
        session.books.quarantine(msgspec.structs.replace(ITEM, boot="b2", clock=ClockState.TRUSTED))
        first, second = session.books.quarantined()
        assert first == msgspec.structs.replace(ITEM, id=first.id)
        assert (second.boot, second.clock) == ("b2", ClockState.TRUSTED)
        assert second.id > first.id
        session.books.release([second.id, 999])
        assert session.books.quarantine_size() == 1
        session.books.quarantine(ITEM)
        assert session.books.quarantined()[1].id > second.id


def test_what_waits_is_counted_for_one_gateway_and_for_all(store: Store) -> None:
    with store.writing() as session:
        assert (session.books.quarantine_size(), session.books.quarantine_size("gw-1")) == (0, 0)
        for gateway in ("gw-1", "gw-2", "gw-1"):
            session.books.quarantine(msgspec.structs.replace(ITEM, gateway=gateway))
        sizes = [session.books.quarantine_size(gateway) for gateway in (None, "gw-1", "gw-2", "gw-3")]
        assert sizes == [3, 2, 1, 0]
        session.books.release([session.books.quarantined()[0].id])
        sizes = [session.books.quarantine_size(gateway) for gateway in (None, "gw-1", "gw-2", "gw-3")]
        assert sizes == [2, 1, 1, 0]


def test_quarantine_is_read_in_pages_and_counted_by_gateway_and_reason(store: Store) -> None:
    with store.writing() as session:
        assert session.books.quarantine_counts() == ()
        for gateway, reason in (("gw-2", "future"), ("gw-1", "future"), ("gw-1", "clock-unset"), ("gw-1", "future")):
            session.books.quarantine(msgspec.structs.replace(ITEM, gateway=gateway, reason=reason))
    with store.reading() as session:
        every = session.books.quarantined()
        assert session.books.quarantined(limit=3) == every[:3]
        assert session.books.quarantined(every[2].id, 3) == every[3:]
        assert session.books.quarantined(every[-1].id) == ()
        counts = (("gw-1", "clock-unset", 1), ("gw-1", "future", 2), ("gw-2", "future", 1))
        assert session.books.quarantine_counts() == counts


def test_refused_payloads_are_counted_by_gateway_and_epoch(store: Store) -> None:
    with store.writing() as session:
        assert session.books.refused_counts() == ()
        for one in (
            payload("aa"),
            payload("bb"),
            payload("aa", epoch=""),
            payload("aa", gateway="gw-0"),
            payload("aa"),
        ):
            session.books.refuse(one, 10)
        assert session.books.refused_counts() == (("gw-0", "e1", 1), ("gw-1", "", 1), ("gw-1", "e1", 2))


def test_what_is_kept_aside_as_known_then_is_what_had_come_and_is_still_there(store: Store) -> None:
    with store.writing() as session:
        for received_ms in (1, 2, 9):
            session.books.quarantine(msgspec.structs.replace(ITEM, received_ms=received_ms))
            session.books.refuse(msgspec.structs.replace(payload(f"p{received_ms}"), received_ms=received_ms), 9)
        session.books.release([session.books.quarantined()[0].id])
        session.books.refuse(msgspec.structs.replace(payload("p1"), received_ms=8), 9)
    with store.as_known(5) as session:
        books = session.books
        (waits,), (refused,) = books.quarantined(), books.refused("gw-1", "e1")
        assert (waits.received_ms, refused.received_ms) == (2, 2)
        assert books.quarantined(waits.id) == ()
        assert books.quarantine_counts() == ((ITEM.gateway, ITEM.reason, 1),)
        assert (books.quarantine_size(), books.quarantine_size(ITEM.gateway), books.quarantine_size("x")) == (1, 1, 0)
        assert books.refused_counts() == (("gw-1", "e1", 1),)
    with store.as_known(0) as session:
        assert (session.books.quarantine_counts(), session.books.refused_counts()) == ((), ())


def test_a_refused_payload_is_noted_once_and_counts_as_new_when_it_comes_again(store: Store) -> None:
    with store.writing() as session:
        for name in ("aa", "bb", "aa"):
            session.books.refuse(payload(name), 10)
        session.books.refuse(payload("cc", epoch="e2"), 10)
        assert session.books.refused("gw-1", "e1") == (payload("aa"), payload("bb"))
        assert session.books.refused("gw-1", "e2") == (payload("cc", epoch="e2"),)
        assert session.books.refused("gw-2", "e1") == ()


def test_of_refused_payloads_no_more_than_the_limit_are_kept_and_the_oldest_fall_out(store: Store) -> None:
    with store.writing() as session:
        for i in range(7):
            session.books.refuse(payload(f"{i:02}", epoch=f"e{i % 2}"), 3)
        assert [one.sha256 for one in session.books.refused("gw-1", "e0")] == ["06", "04"]
        assert [one.sha256 for one in session.books.refused("gw-1", "e1")] == ["05"]


def test_a_payload_that_was_committed_after_all_is_forgotten_in_all_epochs_of_its_gateway(store: Store) -> None:
    with store.writing() as session:
        kept = [payload("bb", epoch=""), payload("aa", gateway="gw-2"), payload("aa", gateway="gw-2", epoch="")]
        for one in (payload("aa"), payload("aa", epoch="e2"), payload("aa", epoch=""), *kept):
            session.books.refuse(one, 10)
        session.books.forget_refused("gw-1", "aa")
        session.books.forget_refused("gw-1", "never refused")
    with store.reading() as session:
        assert session.books.refused("gw-1", "e1") == ()
        assert session.books.refused("gw-1", "e2") == ()
        assert session.books.refused("gw-1", "") == (kept[0],)
        assert session.books.refused("gw-2", "e1") == (kept[1],)
        assert session.books.refused("gw-2", "") == (kept[2],)


def test_cursors_are_durable_numbers(store: Store) -> None:
    with store.writing() as session:
        assert session.books.cursor("mirror") == 0
        session.books.set_cursor("mirror", 2**53)
        session.books.set_cursor("notify", 3)
        session.books.set_cursor("mirror", 4)
    with store.reading() as session:
        assert (session.books.cursor("mirror"), session.books.cursor("notify")) == (4, 3)


def test_books_are_not_evidence_and_survive_a_rebuild(store: Store) -> None:
    with store.writing() as session:
        session.books.set_cursor("mirror", 4)
        session.readings.append_samples(words.samples([1_000], [1]))
    store.rebuild_projections()
    with store.reading() as session:
        assert session.books.cursor("mirror") == 4
        assert session.readings.counts().samples == 1


def test_cursors_are_found_by_how_their_names_begin_unless_they_are_zero(store: Store) -> None:
    with store.writing() as session:
        for name, value in {"to-judge:b": 2, "to-judge:a": 1, "to-judge:c": 0, "to-judgf": 9, "to": 8}.items():
            session.books.set_cursor(name, value)
        assert list(session.books.cursors("to-judge:").items()) == [("to-judge:a", 1), ("to-judge:b", 2)]


def test_digests_are_kept_by_block_and_those_begun_last_stay(store: Store) -> None:
    with store.writing() as session:
        session.books.put_digests("gw-1", "e1", {1: b"a" * 8, 2: b"b" * 8}, 3)
        session.books.put_digests("gw-2", "e1", {1: b"z" * 8}, 3)
        session.books.put_digests("gw-1", "e1", {1: b"c" * 8}, 3)
    with store.reading() as session:
        assert session.books.digests("gw-1", "e1", [2, 1, 9]) == {1: b"c" * 8, 2: b"b" * 8}
        assert session.books.digests("gw-1", "e2", [1]) == {}
        assert session.books.digests("gw-1", "e1", []) == {}
    with store.writing() as session:
        session.books.put_digests("gw-1", "e2", {7: b"d" * 8, 8: b"e" * 8}, 3)
    with store.reading() as session:
        assert session.books.digests("gw-1", "e1", [1, 2]) == {2: b"b" * 8}
        assert set(session.books.digests("gw-1", "e2", [7, 8])) == {7, 8}
        assert session.books.digests("gw-2", "e1", [1]) == {1: b"z" * 8}
