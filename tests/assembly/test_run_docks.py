"""The docks of a gateway's process: a box is read out, the process is killed in the middle, figures are shown."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.box_on_line import BoxOnLine
from support.brokers import Broker, free_port, start_mosquitto
from support.figures import figures
from support.pty_adapter import Adapter
from support.scripted_box import ScriptedBox
from support.scripted_centre import ScriptedCentre, until
from support.spools import open_spool

from assembly.gateway_metrics import DockCounters, GatewayCollector
from assembly.lifecycle import EXIT_STOPPED
from assembly.processes import Child, log_tail, start_coldchain
from gateway.counters import Counters
from gateway.dock import COUNTERS

SETTINGS = """
[gateway]
id = "gw-1"
site = "storage-2"
[mqtt]
url = "{url}"
[spool]
path = "spool.sqlite"
[[dock]]
port = "{port}"
boxes = ["box-1"]
[metrics]
port = {metrics}
"""


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    with start_mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    adapter = Adapter(tmp_path / "usb-dock")
    yield adapter
    adapter.unplug()


def gateway(folder: Path, broker: Broker, adapter: Adapter, metrics: int) -> Child:
    """Start a gateway with a dock and nothing else."""
    file = folder / "gateway.toml"
    file.write_text(SETTINGS.format(url=broker.url, port=adapter.name, metrics=metrics))
    return start_coldchain("gateway", ["gateway", "--config", str(file)], folder / "gateway.log")


def test_a_gateway_that_is_killed_while_it_reads_out_a_box_loses_nothing(
    tmp_path: Path, mosquitto: Broker, adapter: Adapter
) -> None:
    box, metrics = ScriptedBox(rows=2_000, items=2), free_port()
    with ScriptedCentre(mosquitto.url, "box-1") as centre, BoxOnLine(adapter, box) as line:
        for share in (1_900, 1_500, 1_000):
            child = gateway(tmp_path, mosquitto, adapter, metrics)
            until(lambda share=share: line.rows() < share, "progress")  # type: ignore[misc]
            child.kill()
            assert line.rows() > 0, "the test was too slow to kill in the middle"
        child = gateway(tmp_path, mosquitto, adapter, metrics)
        until(lambda: line.rows() == 0, "an empty box", seconds=60)
        until(lambda: figures(metrics).get("coldchain_gateway_dock_boxes_found_total") == 1, "its figures")
        assert figures(metrics)["coldchain_gateway_dock_port_opens_total"] == 1
        assert child.stop() == EXIT_STOPPED, log_tail(child.log)
        assert sorted(fact.seq for fact in centre.facts()) == list(range(1, 2_001))
    assert "box box-1 of site storage-1 is on the dock" in child.log.read_text()
    assert set(centre.all_books) == {"box-1", "gw-1"}, "the gateway's own uplink works beside it"


def test_the_figures_of_several_docks_are_added_up(tmp_path: Path) -> None:
    docks = [DockCounters(), DockCounters()]
    for number, dock in enumerate(docks, 1):
        dock.dock.update(dict.fromkeys(COUNTERS, number))
        dock.line.port_opens = number
        dock.line.rejected["checksum"] = number
    with open_spool(tmp_path) as spool:
        collector = GatewayCollector(spool, Counters(), Counter(), docks)
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in collector.collect()
            for sample in family.samples
        }
        bare = {family.name for family in GatewayCollector(spool, Counters(), Counter()).collect()}
    assert {samples[f"coldchain_gateway_{name}_total",] for name in COUNTERS} == {3}
    assert samples["coldchain_gateway_dock_port_opens_total",] == 3
    assert samples["coldchain_gateway_dock_rejected_total", "checksum"] == 3
    assert not any("dock" in name for name in bare), "a gateway without docks shows none"
