"""The gateway as a process: it stops when asked, and a broken part ends it so that a supervisor can see."""

import json
import threading
from pathlib import Path

import pytest
from support.figures import figures
from support.waiting import until

from assembly.brokers import free_port
from assembly.lifecycle import EXIT_FAILED, EXIT_STOPPED
from assembly.processes import Child, log_tail, start_coldchain
from assembly.run_gateway import Carrier, boot_id, end_all, watch
from coldchain.identifiers import is_id
from gateway.clock import SystemClock, clock_state
from gateway.spool import Spool

SETTINGS = """
[gateway]
id = "gw-1"
site = "storage-1"
[mqtt]
url = "mqtt://127.0.0.1:{broker}"
[spool]
path = "spool.sqlite"
[[bus]]
port = "{folder}/lines/bus"
[[bus.temperature]]
slave = 1
channels = {{ "0" = "fridge-1-load", "1" = "fridge-1-air" }}
poll_s = 1
[metrics]
port = {metrics}
"""


def gateway(folder: Path, metrics: int) -> Child:
    """Start a gateway whose broker is out of reach."""
    file = folder / "gateway.toml"
    file.write_text(SETTINGS.format(broker=free_port(), folder=folder, metrics=metrics))
    return start_coldchain("gateway", ["gateway", "--config", str(file)], folder / "gateway.log")


def test_a_gateway_reads_a_simulated_fridge_while_the_line_is_cut_and_keeps_it_all_when_told_to_stop(
    tmp_path: Path,
) -> None:
    port = free_port()
    sim = start_coldchain("sim", ["sim", "--links", str(tmp_path / "lines")], tmp_path / "sim.log")
    child = gateway(tmp_path, port)
    try:
        until(lambda: figures(port).get("coldchain_gateway_samples_accepted_total", 0) >= 2)
        assert figures(port)["coldchain_gateway_uplink_connect_failures_total"] >= 1
        assert child.stop() == EXIT_STOPPED, log_tail(child.log)
    finally:
        child.kill()
        assert sim.stop() == EXIT_STOPPED, log_tail(sim.log)
    last = json.loads(log_tail(child.log, 1))
    assert (last["event"], last["exit_code"]) == ("ended", EXIT_STOPPED)
    spool = Spool.open(tmp_path / "spool.sqlite", bytes_max=2**20, boot="later", clock_state=lambda: clock_state(0))
    assert spool.depth() == last["spooled"] >= 3
    spool.close()


def test_two_gateways_on_one_spool_cannot_be_and_the_second_says_so(tmp_path: Path) -> None:
    port = free_port()
    first = gateway(tmp_path, port)
    try:
        until(lambda: bool(figures(port)))
        second = start_coldchain("second", ["gateway", "--config", str(tmp_path / "gateway.toml")], tmp_path / "2.log")
        assert second.process.wait(20) == EXIT_FAILED
        second.pump.join()
        assert "coldchain: " in log_tail(second.log)
        assert "Traceback" not in log_tail(second.log)
        assert "spool.sqlite" in log_tail(second.log)
    finally:
        assert first.stop() == EXIT_STOPPED


def test_a_gateway_whose_uplink_breaks_ends_with_a_failure() -> None:
    def broken(_stop: threading.Event) -> None:
        message = "a mistake of ours"
        raise RuntimeError(message)

    clock = SystemClock()
    carrier = Carrier("uplink", broken, clock)
    carrier.start()
    assert watch(lambda: 60_000, clock, [carrier], threading.Event()) == EXIT_FAILED


def patient(stop: threading.Event) -> None:
    """Carry nothing until told to stop."""
    stop.wait()


def test_a_gateway_of_which_one_dock_breaks_ends_with_a_failure_and_with_all_its_threads() -> None:
    def broken(_stop: threading.Event) -> None:
        message = "a mistake of ours"
        raise RuntimeError(message)

    clock = SystemClock()
    carriers = [Carrier("uplink", patient, clock), Carrier("dock-1", patient, clock), Carrier("dock-2", broken, clock)]
    for carrier in carriers:
        carrier.start()
    assert watch(lambda: 60_000, clock, carriers, threading.Event()) == EXIT_FAILED
    end_all(carriers)
    assert not any(carrier.is_alive() for carrier in carriers)


def test_a_gateway_whose_edge_breaks_ends_with_a_failure() -> None:
    def broken() -> int:
        message = "a mistake of ours"
        raise RuntimeError(message)

    clock = SystemClock()
    carrier = Carrier("uplink", patient, clock)
    carrier.start()
    assert watch(broken, clock, [carrier], threading.Event()) == EXIT_FAILED
    carrier.end()
    assert not carrier.is_alive()


@pytest.mark.parametrize("due_ms", [0, 5, 60_000])
def test_a_gateway_that_is_asked_to_stop_does_so_whatever_is_due_next(due_ms: int) -> None:
    clock, asked = SystemClock(), threading.Event()
    carrier = Carrier("uplink", patient, clock)
    carrier.start()
    ticks: list[int] = []

    def tick() -> int:
        ticks.append(1)
        if len(ticks) == 3:
            asked.set()
            clock.interrupt()
        return due_ms if len(ticks) > 2 else 0

    assert watch(tick, clock, [carrier], asked) == EXIT_STOPPED
    assert len(ticks) == 3
    carrier.end()


def test_the_boot_is_named_by_an_id_that_the_wire_takes() -> None:
    assert is_id(boot_id())
    assert boot_id() == boot_id()
