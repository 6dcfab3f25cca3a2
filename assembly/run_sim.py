"""`coldchain sim`: the simulated fridge on two pseudo-terminals, following the clock of the machine."""

import threading
from pathlib import Path

import structlog

from assembly.lifecycle import EXIT_STOPPED, configure_logs, on_stop
from coldchain.errors import ColdchainError
from firmware_sim.bench import BUS, READER, Bench
from firmware_sim.scenario import SCENARIOS, Scenario, ScenarioError, load
from firmware_sim.truth import write_truth
from gateway.clock import SystemClock


class SimulationError(ColdchainError):
    """The simulation cannot start as it was asked to; the message says what to change."""


def run(*, scenario: str, seed: int, start_ms: int | None, links: Path, truth: Path | None) -> int:
    """Simulate until SIGTERM or SIGINT; return the exit code. Raises SimulationError.

    Links `bus` and `reader` in the folder `links` stay the same through unplugging and are gone at the end. The
    truth is written at the end, whole or not at all.
    """
    configure_logs()
    stop = threading.Event()
    on_stop(stop.set)
    clock = SystemClock()
    log = structlog.get_logger("sim")
    with Bench(scenario_of(scenario), seed, clock.now_ms() if start_ms is None else start_ms) as bench:
        _link(bench, links)
        log.info("simulating", scenario=scenario, seed=seed, bus=str(links / BUS), reader=str(links / READER))
        bench.run(clock, stop)
        if truth is not None:
            _write(bench, truth)
    log.info("stopped", dropped_bytes=bench.dropped_bytes)
    return EXIT_STOPPED


def scenario_of(name: str) -> Scenario:
    """Return a scenario by its name or by the path of its file. Raises SimulationError."""
    path = SCENARIOS / f"{name}.toml"
    if not path.is_file():
        path = Path(name)
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in SCENARIOS.glob("*.toml")))
        msg = f"--scenario {name!r} is neither a file nor one of: {known}"
        raise SimulationError(msg)
    try:
        return load(path)
    except (ScenarioError, ValueError, KeyError, TypeError, OSError) as error:
        msg = f"--scenario {path}: {error}"
        raise SimulationError(msg) from error


def _link(bench: Bench, links: Path) -> None:
    try:
        bench.link(links)
    except OSError as error:
        msg = f"--links {links}: {error.strerror}; name a folder that can be written"
        raise SimulationError(msg) from error


def _write(bench: Bench, truth: Path) -> None:
    fresh = truth.with_name(f".{truth.name}.new")
    truth.parent.mkdir(parents=True, exist_ok=True)
    write_truth(bench, fresh)
    fresh.replace(truth)
