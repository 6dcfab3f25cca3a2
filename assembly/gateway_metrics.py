"""What a gateway shows to Prometheus, on loopback only: the counters of edge and uplink, and how full the spool is."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from coldchain.errors import ColdchainError
from gateway.counters import Counters
from gateway.spool import Spool

PREFIX: Final = "coldchain_gateway_"
HOST: Final = "127.0.0.1"


class GatewayCollector(Collector):
    """Reads counters and spool when it is asked; holds nothing of its own."""

    def __init__(self, spool: Spool, edge: Counters, uplink: Counter[str]) -> None:
        self._spool = spool
        self._edge = edge
        self._uplink = uplink

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        for name, value in self._edge.snapshot().items():
            yield _counted(name, value)
        for name, count in sorted(self._uplink.items()):
            yield _counted(name.replace(".", "_").replace("-", "_"), count)
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
        msg = f"metrics.port = {port} cannot be used ({error.strerror}): choose another or leave it out"
        raise ColdchainError(msg) from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def _counted(name: str, value: int | dict[str, int]) -> Metric:
    text = f"{name.replace('_', ' ')} since the gateway started"
    if isinstance(value, int):
        return CounterMetricFamily(f"{PREFIX}{name}", text, value)
    family = CounterMetricFamily(f"{PREFIX}{name}", text, labels=["reason"])
    for reason, count in sorted(value.items()):
        family.add_metric([reason], count)
    return family
