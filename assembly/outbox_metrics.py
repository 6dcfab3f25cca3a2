"""How the ways out to people do, for Prometheus: a channel that takes nothing must not be found out in an emergency."""

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from assembly.outbox import Outbox
from coldchain.errors import StoreError
from coldchain.ports import Store

PREFIX: Final = "coldchain_outbox_"


class OutboxCollector(Collector):
    """What went out, what failed in a row, what waits."""

    def __init__(self, outbox: Outbox, store: Store) -> None:
        self._outbox = outbox
        self._store = store

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        sent = CounterMetricFamily(f"{PREFIX}sent", "Letters that a service took", labels=["channel"])
        failing = GaugeMetricFamily(f"{PREFIX}failed_in_a_row", "Attempts in a row that failed", labels=["channel"])
        for channel in self._outbox.channels:
            sent.add_metric([channel.name], channel.health.sent)
            failing.add_metric([channel.name], channel.health.failed_in_a_row)
        yield sent
        yield failing
        try:
            with self._store.reading() as session:
                waiting = session.records.notifications_waiting()
        except StoreError:
            return
        yield GaugeMetricFamily(f"{PREFIX}waiting", "Messages that are still to go out", waiting)
