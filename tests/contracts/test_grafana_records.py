"""What Grafana said, as every store keeps it: the newest version counts, what goes on comes first."""

import pytest
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.grafana_alerts import GrafanaAlert, GrafanaStatus
from coldchain.ports import Store


def alert(
    fingerprint: str, starts_ms: int, version: int = 1, *, firing: bool = True, received_ms: int = 10
) -> GrafanaAlert:
    return GrafanaAlert(
        fingerprint=fingerprint,
        starts_ms=starts_ms,
        version=version,
        status=GrafanaStatus.FIRING if firing else GrafanaStatus.RESOLVED,
        title="无数据 No data",
        summary="",
        labels={"site": "storage-1"},
        received_ms=received_ms,
        ends_ms=None if firing else received_ms,
    )


def keep(store: Store, *said: GrafanaAlert) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.GRAFANA_ALERT, one) for one in said], 5)


def test_the_newest_version_of_each_episode_counts_and_what_goes_on_comes_first(store: Store) -> None:
    over = alert("aa", 1, 2, firing=False, received_ms=90)
    again = alert("aa", 50, received_ms=60)
    other, same_time = alert("bb", 1, received_ms=70), alert("cc", 1, received_ms=70)
    keep(store, alert("aa", 1), again, other, same_time, over)
    with store.reading() as session:
        records = session.records
        assert records.grafana_alert("aa", 1) == over
        assert records.grafana_alert("aa", 50) == again
        assert records.grafana_alert("aa", 2) is None
        assert records.grafana_alerts(10) == (other, same_time, again, over)
        assert records.grafana_alerts(2) == (other, same_time)
        assert [records.grafana_alerts_since(at_ms) for at_ms in (0, 60, 61, 91)] == [4, 4, 3, 0]
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before


def test_a_version_that_is_not_above_the_one_that_is_there_is_refused(store: Store) -> None:
    keep(store, alert("aa", 1, 2))
    with pytest.raises(StoreError, match="version 2"):
        keep(store, alert("aa", 1, 2))
    with store.reading() as session:
        assert session.records.grafana_alert("aa", 1) == alert("aa", 1, 2)
