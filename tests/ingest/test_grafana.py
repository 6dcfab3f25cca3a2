"""What Grafana says is entered once, stays over once it is over, and calls nobody."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.intake import END, pipeline_on
from support.memory_store import MemoryStore

from coldchain.entries import EntryKind
from coldchain.errors import ConflictError
from coldchain.grafana_alerts import (
    NEW_IN_A_DAY_MAX,
    VERSIONS_MAX,
    GrafanaAlert,
    GrafanaStatus,
    HeardAlert,
    HearGrafana,
)
from ingest.counters import Counters
from ingest.pipeline import Pipeline

FIRING, RESOLVED = GrafanaStatus.FIRING, GrafanaStatus.RESOLVED


def said(status: GrafanaStatus = FIRING, name: str = "ab", starts_ms: int = END, summary: str = "s") -> HeardAlert:
    return HeardAlert(
        fingerprint=name,
        starts_ms=starts_ms,
        status=status,
        title="No data",
        summary=summary,
        labels={"site": "storage-1"},
        ends_ms=END if status is RESOLVED else None,
    )


def pipeline() -> tuple[Pipeline, MemoryStore]:
    store = MemoryStore()
    pipeline_on(store)
    return Pipeline(store, Counters()), store


def hear(on: Pipeline, *alerts: HeardAlert, at_ms: int = END) -> None:
    on.record(HearGrafana(alerts=alerts, at_ms=at_ms), at_ms)


def entries(store: MemoryStore) -> list[str]:
    with store.reading() as session:
        return [str(one.kind) for one in session.ledger.entries(1, 10_000)]


def kept(store: MemoryStore) -> tuple[GrafanaAlert, ...]:
    with store.reading() as session:
        return session.records.grafana_alerts(100)


def test_a_repeat_changes_nothing_and_the_end_is_a_new_version() -> None:
    on, store = pipeline()
    before = len(entries(store))
    hear(on, said())
    hear(on, said())
    assert entries(store)[before:] == [EntryKind.GRAFANA_ALERT]
    hear(on, said(RESOLVED), at_ms=END + 5)
    hear(on, said(RESOLVED), at_ms=END + 9)
    (one,) = kept(store)
    assert (one.version, one.status, one.ends_ms, one.received_ms) == (2, RESOLVED, END, END + 5)
    assert len(entries(store)) == before + 2


def test_what_goes_on_is_kept_once_a_day_so_that_its_silence_can_be_told() -> None:
    on, store = pipeline()
    day_ms = 86_400_000
    for at_ms in (END, END + day_ms - 1, END + day_ms, END + day_ms + 1, END + 2 * day_ms):
        hear(on, said(), at_ms=at_ms)
    (one,) = kept(store)
    assert (one.version, one.received_ms, one.status) == (3, END + 2 * day_ms, FIRING)


def test_a_message_that_was_overtaken_does_not_bring_back_what_is_over() -> None:
    on, store = pipeline()
    hear(on, said(RESOLVED))
    hear(on, said(FIRING))
    assert [one.status for one in kept(store)] == [RESOLVED]
    hear(on, said(FIRING, starts_ms=END + 60_000))
    assert [one.status for one in kept(store)] == [FIRING, RESOLVED], "a new episode has a start of its own"


def test_the_same_alert_twice_in_one_message_is_one() -> None:
    on, store = pipeline()
    before = len(entries(store))
    hear(on, said(), said(), said(RESOLVED), said())
    assert len(entries(store)) == before + 2
    assert [one.status for one in kept(store)] == [RESOLVED]


def test_it_raises_no_alarm_and_asks_for_no_message() -> None:
    on, store = pipeline()
    before = len(entries(store))
    hear(on, said(), said(name="cd", summary="far too warm"))
    on.alarms.look(END + 60_000, 10**9)
    on.alarms.tell(END + 60_000)
    assert set(entries(store)[before:]) == {EntryKind.GRAFANA_ALERT}
    with store.reading() as session:
        assert session.records.active_alarms() == ()
        assert session.records.notifications_waiting() == 0


def test_a_summary_that_changes_each_time_does_not_fill_the_ledger() -> None:
    on, store = pipeline()
    before = len(entries(store))
    for number in range(VERSIONS_MAX + 20):
        hear(on, said(summary=f"value {number}"))
    assert len(entries(store)) == before + VERSIONS_MAX
    hear(on, said(RESOLVED))
    assert [one.status for one in kept(store)] == [RESOLVED]


def test_more_than_a_day_may_bring_is_refused_whole() -> None:
    on, store = pipeline()
    hear(on, *(said(name=f"{number:x}") for number in range(NEW_IN_A_DAY_MAX)))
    before = len(entries(store))
    with pytest.raises(ConflictError, match="look at its rules"):
        hear(on, said(name="ffff"))
    assert len(entries(store)) == before
    hear(on, said(name="ffff"), at_ms=END + 86_400_001)
    assert len(entries(store)) == before + 1


@given(st.lists(st.tuples(st.sampled_from([FIRING, RESOLVED]), st.sampled_from("ab"), st.integers(0, 1)), max_size=12))
def test_in_any_order_and_in_any_pieces_the_end_is_the_same(words: Sequence[tuple[GrafanaStatus, str, int]]) -> None:
    """An episode is over if anybody said so, else it goes on; versions count what was new."""
    alerts = [said(status, name, END + start) for status, name, start in words]
    on, store = pipeline()
    hear(on, *alerts)
    whole = {(one.fingerprint, one.starts_ms): one.status for one in kept(store)}
    expected: dict[tuple[str, int], GrafanaStatus] = {}
    for one in alerts:
        over = one.status is RESOLVED or expected.get((one.fingerprint, one.starts_ms)) is RESOLVED
        expected[one.fingerprint, one.starts_ms] = RESOLVED if over else FIRING
    assert whole == expected
    again, other = pipeline()
    for one in reversed(alerts):
        hear(again, one)
    assert {(one.fingerprint, one.starts_ms): one.status for one in kept(other)} == expected
