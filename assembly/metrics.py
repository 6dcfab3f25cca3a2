"""What the centre shows to Prometheus: the intake's counters and how far things have come."""

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from coldchain.ports import Clock, Store
from ingest.counters import NAMES, Counters

PREFIX: Final = "coldchain_"


class IntakeCollector(Collector):
    """Reads the counters and the store when it is asked; holds nothing of its own."""

    def __init__(
        self,
        counters: Counters,
        store: Store,
        clock: Clock,
        *,
        connected: Callable[[], bool],
        backlog: Callable[[], int],
        unjudged: Callable[[], int],
        anew: Callable[[], int] = lambda: 0,
        expiry: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._expiry = expiry
        self._counters = counters
        self._store = store
        self._clock = clock
        self._connected = connected
        self._backlog = backlog
        self._unjudged = unjudged
        self._anew = anew

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        yield from self._counted()
        yield GaugeMetricFamily(f"{PREFIX}mqtt_connected", "1 if the broker is there", int(self._connected()))
        yield GaugeMetricFamily(f"{PREFIX}queue_items", "Items that wait for the writer", self._backlog())
        yield GaugeMetricFamily(
            f"{PREFIX}unjudged", "Judgements that failed and wait for another try", self._unjudged()
        )
        yield GaugeMetricFamily(f"{PREFIX}anew", "Probes that wait for their turn to be judged anew", self._anew())
        left_s = self._expiry()
        if left_s is not None:
            yield GaugeMetricFamily(f"{PREFIX}certificate_seconds_left", "Until our certificate ends", left_s)
        yield from self._stored()

    def _counted(self) -> Iterable[Metric]:
        by_name: dict[str, list[tuple[tuple[tuple[str, str], ...], int]]] = {}
        for (name, labels), value in self._counters.snapshot().items():
            by_name.setdefault(name, []).append((labels, value))
        for name, text in NAMES.items():
            rows = by_name.get(name, [])
            keys = sorted({key for labels, _ in rows for key, _ in labels})
            family = CounterMetricFamily(f"{PREFIX}{name.removesuffix('_total')}", text, labels=keys)
            for labels, value in rows:
                given = dict(labels)
                family.add_metric([given.get(key, "") for key in keys], value)
            if not rows:
                family.add_metric([], 0)
            yield family

    def _stored(self) -> Iterable[Metric]:
        now_ms = self._clock.now_ms()
        with self._store.reading() as session:
            counts = session.readings.counts()
            yield GaugeMetricFamily(f"{PREFIX}samples_stored", "Samples in the hot reading log", counts.samples)
            yield GaugeMetricFamily(f"{PREFIX}tag_summaries_stored", "Tag summaries stored", counts.tag_summaries)
            yield GaugeMetricFamily(f"{PREFIX}ledger_entries", "Entries in the ledger", session.ledger.next_seq() - 1)
            age = GaugeMetricFamily(f"{PREFIX}gateway_last_up_age_seconds", "Since the last batch", labels=["gateway"])
            lag = GaugeMetricFamily(
                f"{PREFIX}gateway_horizon_age_seconds", "How far back records are still awaited", labels=["gateway"]
            )
            doubted = GaugeMetricFamily(f"{PREFIX}quarantine_items", "Items not yet believed", labels=["gateway"])
            for gateway in session.records.gateways():
                doubted.add_metric([gateway.id], session.books.quarantine_size(gateway.id))
                heard = session.books.last_up(gateway.id)
                if heard is not None:
                    age.add_metric([gateway.id], (now_ms - heard) / 1_000)
                    lag.add_metric([gateway.id], (now_ms - session.books.horizon(gateway.id)) / 1_000)
            yield doubted
            yield age
            yield lag


def registry_with(collector: Collector) -> CollectorRegistry:
    """Return a registry of our own with one collector."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry
