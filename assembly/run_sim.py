"""`coldchain sim`: a simulated site on pseudo-terminals, following the clock of the machine."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from assembly.exits import EXIT_STOPPED, CommandLineError
from assembly.lifecycle import configure_logs, on_stop
from assembly.sim_control import CONTROL, Control
from firmware_sim.bench import Bench
from firmware_sim.box_radio import broker_of
from firmware_sim.control import DROP_BOX_NETWORK, MINUTE_MS, MINUTES_MAX, CommandError
from firmware_sim.scenario import SCENARIOS, Scenario, ScenarioError, load
from firmware_sim.truth import write_truth
from gateway.clock import SystemClock


class SimulationError(CommandLineError):
    """The simulation cannot start as it was asked to; the message says what to change."""


def run(
    *,
    scenario: str,
    seed: int,
    start_ms: int | None,
    links: Path,
    truth: Path | None,
    mqtt_url: str | None = None,
    site: str = "storage-1",
    box_offline_min: int = 0,
) -> int:
    """Simulate until SIGTERM or SIGINT; return the exit code. Raises SimulationError.

    Links to the lines in the folder `links` stay the same through unplugging and are gone at the end, as is the
    control line beside them. With an MQTT URL the courier's box speaks MQTT, after box_offline_min minutes without
    network. The truth is written at the end, whole or not at all.
    """
    configure_logs()
    stop = threading.Event()
    on_stop(stop.set)
    clock = SystemClock()
    log = structlog.get_logger("sim")
    begun_ms = clock.now_ms() if start_ms is None else start_ms
    with _kept(links), Bench(scenario_of(scenario), seed, begun_ms, site) as bench:
        _link(bench, links)
        with _controlled(bench, links) as work:
            bench.advance(max(bench.now_ms, clock.now_ms()))  # what has been is lived before the box speaks
            _begin_box(bench, mqtt_url, box_offline_min)
            log.info("simulating", scenario=scenario, seed=seed, lines=[str(links / line) for line in bench.lines])
            bench.run(clock, stop, work)
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
        msg = f"--scenario {name!r} is neither a file nor one of: {known} / 既不是文件，也不是以上场景"
        raise SimulationError(msg)
    try:
        return load(path)
    except (ScenarioError, ValueError, KeyError, TypeError, OSError) as error:
        msg = f"--scenario {path}: {error} / 场景文件有误"
        raise SimulationError(msg) from error


def _begin_box(bench: Bench, mqtt_url: str | None, offline_min: int) -> None:
    """Switch the box's radio on; for some minutes it may find no network."""
    try:
        if offline_min:
            if not 1 <= offline_min <= MINUTES_MAX:
                msg = (
                    f"--box-offline-min {offline_min} is not allowed; allowed: 0 to {MINUTES_MAX}"
                    f" / 只能是 0 到 {MINUTES_MAX}"
                )
                raise SimulationError(msg)
            bench.act(DROP_BOX_NETWORK, bench.now_ms + offline_min * MINUTE_MS)
        if mqtt_url is not None:
            bench.switch_radio_on(broker_of(mqtt_url))
    except (CommandError, ValueError) as error:
        msg = f"--mqtt-url: {error} / 消息服务器地址或场景不适用"
        raise SimulationError(msg) from error


@contextmanager
def _kept(links: Path) -> Iterator[None]:
    """Keep the folder for this simulator alone; what a dead one left there is free. Raises SimulationError.

    The folder itself is locked, so that nothing stays behind and nothing more lies in it.
    """
    try:
        links.mkdir(parents=True, exist_ok=True)
        folder = os.open(links, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unusable(links, error) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        msg = (
            f"--links {links}: another simulator has its lines there; stop it, or name another folder"
            " / 该目录正被另一个模拟器使用：请先停止它，或换一个目录"
        )
        raise SimulationError(msg) from error
    finally:
        os.close(folder)


@contextmanager
def _controlled(bench: Bench, links: Path) -> Iterator[Callable[[], None]]:
    control = Control(links / CONTROL, bench)
    try:
        yield control.work
    finally:
        control.close()


def _link(bench: Bench, links: Path) -> None:
    try:
        bench.link(links)
    except OSError as error:
        raise _unusable(links, error) from error


def _unusable(links: Path, error: OSError) -> SimulationError:
    return SimulationError(
        f"--links {links}: {error.strerror}; name a folder that can be written / 请指定一个可写入的目录"
    )


def _write(bench: Bench, truth: Path) -> None:
    fresh = truth.with_name(f".{truth.name}.new")
    truth.parent.mkdir(parents=True, exist_ok=True)
    write_truth(bench, fresh)
    fresh.replace(truth)
