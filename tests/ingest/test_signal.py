"""How strongly devices are heard, at the centre: asked for in its acks, admitted of known devices, in the record."""

import pytest
from support.intake import GATEWAY, START, send, waiting
from support.memory_store import MemoryStore
from support.storage_point import said

from coldchain.facts import EventKind
from ingest.pipeline import Pipeline

PROBE = "fridge-1-load"


def test_every_ack_asks_for_it(pipeline: Pipeline) -> None:
    (ack,) = send(pipeline, [])
    assert ack.reads == ["signal"]


@pytest.mark.parametrize("origin", [PROBE, GATEWAY])
def test_a_probe_and_a_gateway_may_say_it(origin: str, pipeline: Pipeline, store: MemoryStore) -> None:
    send(pipeline, [said(1, origin, EventKind.SIGNAL, START, rssi_dbm=-71)])
    with store.reading() as session:
        event = session.records.last_event(origin, START + 1, {EventKind.SIGNAL})
        assert event is not None
        assert (event.details, event.taken_ms) == ({"rssi_dbm": -71}, START)
        findings = session.records.findings()
    assert list(findings) == [], "nothing is judged by it"


def test_of_an_unknown_device_it_waits_in_quarantine(pipeline: Pipeline, store: MemoryStore) -> None:
    (ack,) = send(pipeline, [said(1, "nobody", EventKind.SIGNAL, START, rssi_dbm=-71)])
    assert (ack.contiguous_seq, len(waiting(store))) == (1, 1)
