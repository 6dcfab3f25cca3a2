"""Batches that nobody signed, or somebody else, and numbers that come again with other content."""

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.intake import EPOCH, GATEWAY, SITE, START, message, setup
from support.memory_store import MemoryStore

from coldchain.entries import EntryKind
from coldchain.errors import InvalidValueError, UnknownThingError
from coldchain.facts import DeviceEvent, EventKind, Fact, Sample
from coldchain.places import Gateway, Signatures
from coldchain.signed import sealed
from coldchain.trust import EndKey, GatewayKey, SecurityEvent, SecurityKind
from coldchain.wire import Ack, payload_sha256
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.repeats import BLOCK, BLOCKS_MAX, digests
from ingest.security import ENTRIES_MAX, WITHIN_MS

NOW = START + 3_600_000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def sample(seq: int, **changed: object) -> Sample:
    taken_ms = START + seq * 1_000
    made = Sample(seq=seq, origin="fridge-1-load", taken_ms=taken_ms, boottime_ms=seq * 1_000, micro_celsius=4_000_000)
    return msgspec.structs.replace(made, **changed)


def batch(facts: list[Fact], key: Ed25519PrivateKey | None = None) -> Message:
    made = message(facts, sent_ms=NOW)
    return made if key is None else msgspec_replace(made, sealed(made.payload, key.sign))


def msgspec_replace(made: Message, payload: bytes) -> Message:
    return Message(site=made.site, gateway=made.gateway, payload=payload, received_ms=made.received_ms)


def policy(pipeline: Pipeline, signatures: Signatures, *keys: Ed25519PrivateKey, now_ms: int = START) -> None:
    listed = [GatewayKey(gateway=GATEWAY, key=public(key), from_ms=0) for key in keys]
    pipeline.set_up([Gateway(id=GATEWAY, site=SITE, signatures=signatures)], now_ms, listed)


def events(store: MemoryStore) -> tuple[SecurityEvent, ...]:
    with store.reading() as session:
        return session.records.security_events()


def take(pipeline: Pipeline, *messages: Message, now_ms: int = NOW) -> list[Ack]:
    return pipeline.process(messages, now_ms)


def stored(store: MemoryStore) -> int:
    with store.reading() as session:
        return session.readings.counts().samples


def test_a_signed_batch_is_taken_where_signatures_are_required(store: MemoryStore, pipeline: Pipeline) -> None:
    policy(pipeline, Signatures.REQUIRED, KEY)
    [ack] = take(pipeline, batch([sample(1)], KEY))
    assert ack.contiguous_seq == 1
    assert stored(store) == 1
    assert events(store) == ()


@pytest.mark.parametrize(("key", "kind"), [(None, SecurityKind.SIGNATURE_MISSING), (OTHER, SecurityKind.BAD_SIGNATURE)])
def test_rows_that_are_not_signed_stay_at_their_gateway_and_are_told(
    store: MemoryStore, pipeline: Pipeline, counters: Counters, key: Ed25519PrivateKey | None, kind: SecurityKind
) -> None:
    policy(pipeline, Signatures.REQUIRED, KEY)
    bad = batch([sample(1)], key)
    assert take(pipeline, bad) == [], "an ack would have rows put aside, or deleted"
    assert stored(store) == 0
    [event] = events(store)
    assert (event.kind, event.gateway, event.epoch, event.times) == (kind, GATEWAY, EPOCH, 1)
    assert event.evidence == (payload_sha256(bad.payload),)
    assert counters.get("security_total", gateway=GATEWAY, kind=kind) == 1
    assert counters.get("refused_total", reason="bad-signature") == 1


def test_a_question_that_is_not_signed_is_answered_with_a_refusal(store: MemoryStore, pipeline: Pipeline) -> None:
    policy(pipeline, Signatures.REQUIRED, KEY)
    bad = batch([])
    [ack] = take(pipeline, bad)
    assert ack.refused == [payload_sha256(bad.payload)]
    assert ack.contiguous_seq == 0


def test_where_signatures_are_only_accepted_none_is_needed_but_a_wrong_one_is_not_taken(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    take(pipeline, batch([sample(1)]), batch([sample(2)], OTHER))  # no key is known: nobody can check
    assert stored(store) == 2
    policy(pipeline, Signatures.ACCEPTED, KEY)
    take(pipeline, batch([sample(3)]), batch([sample(4)], KEY), batch([sample(5)], OTHER))
    assert stored(store) == 4
    assert [event.kind for event in events(store)] == [SecurityKind.BAD_SIGNATURE]


def test_after_a_change_of_keys_both_hold_until_the_old_one_is_no_longer_listed(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    policy(pipeline, Signatures.REQUIRED, KEY)
    policy(pipeline, Signatures.REQUIRED, KEY, OTHER, now_ms=START + 1)
    take(pipeline, batch([sample(1)], KEY), batch([sample(2)], OTHER))
    assert stored(store) == 2
    policy(pipeline, Signatures.REQUIRED, OTHER, now_ms=START + 2)
    take(pipeline, batch([sample(3)], KEY), batch([sample(4)], OTHER))
    assert stored(store) == 3
    with store.reading() as session:
        assert [(key.key, key.until_ms) for key in session.records.gateway_keys()] == [
            (public(KEY), START + 2),
            (public(OTHER), None),
        ]
    policy(pipeline, Signatures.REQUIRED, KEY, OTHER, now_ms=START + 3)
    take(pipeline, batch([sample(3)], KEY))
    assert stored(store) == 4, "a key that is listed again is valid again"


def test_what_is_signed_with_a_key_that_a_person_has_ended_is_refused_and_told(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    policy(pipeline, Signatures.ACCEPTED, KEY, OTHER)
    take(pipeline, batch([sample(1)], KEY))
    end = EndKey(gateway=GATEWAY, key=public(KEY), at_ms=NOW, reason="lost", name="Wang", post="QM", actor="Wang")
    pipeline.record(end, NOW)
    pipeline.record(end, NOW)  # said twice it is the same
    take(pipeline, batch([sample(2)], KEY), batch([sample(3)], OTHER))
    assert stored(store) == 2
    assert [(event.kind, "lost" in event.detail) for event in events(store)] == [(SecurityKind.KEY_ENDED, True)]
    policy(pipeline, Signatures.ACCEPTED, KEY, OTHER, now_ms=NOW + 1)  # a start of the server does not revive it
    take(pipeline, batch([sample(2)], KEY))
    assert stored(store) == 2
    with store.reading() as session:
        ended = [key for key in session.records.gateway_keys() if key.is_ended]
    assert [(key.key, key.until_ms, key.post) for key in ended] == [(public(KEY), NOW, "QM")]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"key": "ab" * 32}, UnknownThingError),
        ({"gateway": "gw-9"}, UnknownThingError),
        ({"reason": " "}, InvalidValueError),
        ({"at_ms": START - 1}, InvalidValueError),
        ({"at_ms": NOW + 3_600_000}, InvalidValueError),
    ],
)
def test_an_end_of_a_key_that_cannot_be_is_not_recorded(
    store: MemoryStore, pipeline: Pipeline, changed: dict[str, Any], error: type[Exception]
) -> None:
    policy(pipeline, Signatures.REQUIRED, KEY)
    end = EndKey(gateway=GATEWAY, key=public(KEY), at_ms=NOW, reason="lost", name="Wang", post="QM", actor="Wang")
    with pytest.raises(error):
        pipeline.record(msgspec.structs.replace(end, **changed), NOW)
    with store.reading() as session:
        assert [key.is_ended for key in session.records.gateway_keys()] == [False]


def test_what_comes_again_with_the_same_content_is_silent(store: MemoryStore, pipeline: Pipeline) -> None:
    facts: list[Fact] = [sample(1), sample(2), *_door(3)]
    take(pipeline, batch(facts))
    take(pipeline, batch(facts), batch(facts[1:]), batch(facts[:1]))
    assert events(store) == ()
    assert stored(store) == 2


def _door(seq: int) -> list[Fact]:
    taken_ms = START + seq * 1_000
    return [
        DeviceEvent(
            seq=seq,
            origin="fridge-1-door",
            taken_ms=taken_ms,
            boottime_ms=seq * 1_000,
            kind=EventKind.DOOR_OPENED,
            latest_ms=taken_ms,
            details={"b": 1, "a": 2},
        )
    ]


@pytest.mark.parametrize(
    "changed",
    [{"micro_celsius": 4_000_001}, {"taken_ms": START + 1_001}, {"origin": "fridge-1-air"}, {"boottime_ms": 7}],
)
def test_a_committed_number_with_other_content_is_told_and_the_first_stays(
    store: MemoryStore, pipeline: Pipeline, counters: Counters, changed: dict[str, object]
) -> None:
    take(pipeline, batch([sample(1)]))
    forged = sample(1, **changed)
    [ack] = take(pipeline, batch([forged]))
    assert ack.contiguous_seq == 1
    assert stored(store) == 1
    [event] = events(store)
    assert (event.kind, event.times) == (SecurityKind.NUMBER_REUSED, 1)
    assert msgspec.json.decode(event.evidence[0], type=Sample) == forged, "what came is kept"
    assert counters.get("security_total", gateway=GATEWAY, kind="number-reused") == 1
    with store.reading() as session:
        assert session.readings.history("fridge-1-load", 0, NOW).micro_celsius.tolist() == [4_000_000]
        [entry] = [one for one in session.ledger.entries(0, 100) if one.kind is EntryKind.SECURITY_EVENT]
    assert (entry.site, entry.actor) == (SITE, "centre")


def test_an_event_under_the_number_of_a_sample_is_told(store: MemoryStore, pipeline: Pipeline) -> None:
    take(pipeline, batch([sample(1)]))
    take(pipeline, batch(_door(1)))
    assert [event.kind for event in events(store)] == [SecurityKind.NUMBER_REUSED]


def test_other_content_is_told_across_a_start_of_the_centre(store: MemoryStore, pipeline: Pipeline) -> None:
    take(pipeline, batch([sample(1)]))
    take(Pipeline(store, Counters()), batch([sample(1, micro_celsius=1)]))
    assert len(events(store)) == 1


def test_a_number_that_was_closed_without_an_item_accuses_nobody(store: MemoryStore, pipeline: Pipeline) -> None:
    take(pipeline, batch([sample(1), sample(3)]))
    take(pipeline, batch([sample(2)]))
    assert events(store) == ()


def test_only_the_newest_numbers_are_compared_and_the_rest_stays_without_effect(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    take(pipeline, batch([sample(1)]))
    with store.writing() as session:
        for block in range(1, BLOCKS_MAX + 1):
            session.books.put_digests(GATEWAY, "1" + EPOCH, {block: bytes(8 * BLOCK)}, BLOCKS_MAX)
    take(pipeline, batch([sample(1, micro_celsius=1)]))
    assert events(store) == ()
    assert stored(store) == 1


def test_a_flood_of_forged_batches_fills_no_ledger(store: MemoryStore, pipeline: Pipeline, counters: Counters) -> None:
    policy(pipeline, Signatures.REQUIRED, KEY)
    for number in range(ENTRIES_MAX + 30):
        take(pipeline, batch([sample(number + 1)]))
    assert len(events(store)) == ENTRIES_MAX
    assert counters.total("security_total") == ENTRIES_MAX + 30
    late = NOW + WITHIN_MS + 1
    later = Message(site=SITE, gateway=GATEWAY, payload=message([sample(999)], sent_ms=late).payload, received_ms=late)
    take(pipeline, later, now_ms=late)
    assert sum(event.times for event in events(store)) == ENTRIES_MAX + 31, "what was only counted is told at last"


def test_the_policy_is_in_the_record(store: MemoryStore, pipeline: Pipeline) -> None:
    policy(pipeline, Signatures.REQUIRED, KEY)
    pipeline.set_up(setup(), NOW)
    with store.reading() as session:
        [*_, last] = [e for e in session.ledger.entries(0, 100) if e.kind is EntryKind.GATEWAY]
    assert msgspec.json.decode(last.payload, type=Gateway).signatures is Signatures.ACCEPTED


def test_the_digest_stands_for_all_of_a_fact() -> None:
    assert digests([sample(1)])[0].hex() == "9ee718bb9760d585", (
        "a digest that means something else needs another SCHEME"
    )
    assert len(set(digests([sample(number) for number in range(1_000)]))) == 1_000
    swapped = [msgspec.structs.replace(fact, details={"a": 2, "b": 1}) for fact in _door(3)]
    assert digests(swapped) == digests(_door(3)), "the order of names in details says nothing"
