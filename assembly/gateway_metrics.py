"""What a gateway shows to Prometheus, on loopback only: edge, uplink, docks, and how full the spool is."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from coldchain.errors import ColdchainError
from gateway.counters import Counters
from gateway.spool import Spool

PREFIX: Final = "coldchain_gateway_"
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class DockCounters:
    """What one dock counts: each has its own, because each has a thread of its own."""

    dock: Counter[str] = field(default_factory=Counter)
    line: Counters = field(default_factory=Counters)


class GatewayCollector(Collector):
    """Reads counters and spool when it is asked; holds nothing of its own. Several docks are shown as one."""

    def __init__(
        self,
        spool: Spool,
        edge: Counters,
        uplink: Counter[str],
        docks: Sequence[DockCounters] = (),
        expiry: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._spool = spool
        self._edge = edge
        self._uplink = uplink
        self._docks = docks
        self._expiry = expiry

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        for name, value in self._edge.snapshot().items():
            yield _counted(name, value)
        for name, count in sorted(self._uplink.items()):
            yield _counted(name.replace(".", "_").replace("-", "_"), count)
        if self._docks:
            yield from _docks(self._docks)
        left_s = self._expiry()
        if left_s is not None:
            yield GaugeMetricFamily(f"{PREFIX}certificate_seconds_left", "Until our certificate ends", left_s)
        yield GaugeMetricFamily(f"{PREFIX}spool_rows", "Rows that the centre has not confirmed", self._spool.depth())
        yield GaugeMetricFamily(f"{PREFIX}spool_bytes", "Bytes of the spool in use", self._spool.bytes_used())
        yield GaugeMetricFamily(f"{PREFIX}dead_letters", "Refused rows kept aside", self._spool.dead_letters())


def serve_metrics(port: int, collector: Collector) -> Callable[[], None]:
    """Answer Prometheus on a loopback port; return how to stop. Raises ColdchainError if the port cannot be used."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    try:
        server, thread = start_http_server(port, addr=HOST, registry=registry)
    except OSError as error:
        msg = (
            f"metrics.port = {port} cannot be used ({error.strerror}): choose another or leave it out"
            " / 端口无法使用，请换一个或省略"
        )
        raise ColdchainError(msg) from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def _docks(docks: Sequence[DockCounters]) -> Iterable[Metric]:
    """Return the sums over all docks."""
    for name, count in sorted(_sum(one.dock for one in docks).items()):
        yield _counted(name, count)
    yield _counted("dock_port_opens", sum(one.line.port_opens for one in docks))
    yield _counted("dock_ports_lost", dict(_sum(one.line.ports_lost for one in docks)))
    yield _counted("dock_rejected", dict(_sum(one.line.rejected for one in docks)))


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(dict(counter))  # a copy, because its thread goes on counting
    return total


def _counted(name: str, value: int | dict[str, int]) -> Metric:
    text = f"{name.replace('_', ' ')} since the gateway started"
    if isinstance(value, int):
        return CounterMetricFamily(f"{PREFIX}{name}", text, value)
    family = CounterMetricFamily(f"{PREFIX}{name}", text, labels=["reason"])
    for reason, count in sorted(value.items()):
        family.add_metric([reason], count)
    return family
