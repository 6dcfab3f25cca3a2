"""`coldchain gateway`: the edge loop in the main thread, the uplink in a thread of its own, the spool between them."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog

from assembly.brokers import without_password
from assembly.gateway_metrics import GatewayCollector, serve_metrics
from assembly.gateway_settings import GatewaySettings, plan_of
from assembly.lifecycle import EXIT_FAILED, EXIT_STOPPED, configure_logs, on_stop
from assembly.uplink_watch import Said, UplinkWatch
from gateway.clock import SystemClock, clock_state
from gateway.counters import Counters
from gateway.edge import Edge
from gateway.links.serial_port import open_port
from gateway.spool import Spool
from gateway.uplink import Uplink

WAIT_MS_MAX: Final = 1_000  # so long a round may sleep; also how often the uplink thread is looked after
UPLINK_END_S: Final = 10.0  # for its last words to the broker
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

log = structlog.get_logger("gateway")


def run(settings: GatewaySettings) -> int:
    """Watch and send until told to stop; return the exit code.

    Raises StoreError or ColdchainError if it cannot start. If a part of ours breaks, it says so and returns
    EXIT_FAILED: what was accepted is on disk, and a supervisor starts the gateway again.
    """
    configure_logs()
    clock, asked = SystemClock(), threading.Event()
    with ExitStack() as house:
        spool = Spool.open(
            settings.spool.path,
            bytes_max=settings.spool.bytes_max,
            boot=boot_id(),
            clock_state=lambda: clock_state(clock.now_ms()),
        )
        house.callback(spool.close)
        edge_counters, uplink_counters = Counters(), Counter[str]()
        if settings.metrics.port is not None:
            collector = GatewayCollector(spool, edge_counters, uplink_counters)
            house.callback(serve_metrics(settings.metrics.port, collector))
        edge = Edge(plan_of(settings), clock, spool, open_port, edge_counters)
        house.callback(edge.close)
        uplink = Uplink(
            spool,
            clock,
            site=settings.gateway.site,
            gateway=settings.gateway.id,
            url=settings.mqtt.url,
            items_max=settings.mqtt.items_max,
            heartbeat_ms=settings.mqtt.heartbeat_s * 1_000,
            counters=uplink_counters,
        )
        on_stop(lambda: _ask(asked, clock))
        spool.vouch(
            clock.now_ms()
        )  # the edge vouches in each of its rounds, but the uplink may be quicker than the first
        carrier = Carrier(uplink.run, clock)
        house.callback(carrier.end)
        carrier.start()
        log.info(
            "watching",
            gateway=settings.gateway.id,
            site=settings.gateway.site,
            broker=without_password(settings.mqtt.url),
            spooled=spool.depth(),
        )
        talk = UplinkWatch()

        def round_() -> int:
            for said in talk.look(dict(uplink_counters), clock.boottime_ms()):
                _say(said, settings)
            return edge.tick()

        code = watch(round_, clock, carrier, asked)
        log.info("ended", exit_code=code, spooled=spool.depth())
        return code


def _say(said: Said, settings: GatewaySettings) -> None:
    if not said.warning:
        log.info(said.event, broker=without_password(settings.mqtt.url))
        return
    gateway = settings.gateway
    log.warning(
        said.event,
        unanswered_s=said.unanswered_s,
        advice=f"the centre has not acked: does it run, and is gateway {gateway.id} of site {gateway.site} registered "
        "there? Nothing is lost meanwhile, the spool keeps it",
    )


class Carrier(threading.Thread):
    """The uplink's thread. If it breaks, it says so and wakes the main thread."""

    def __init__(self, carry: Callable[[threading.Event], None], clock: SystemClock) -> None:
        super().__init__(name="uplink", daemon=True)
        self._carry = carry
        self._clock = clock
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Carry the spool until end()."""
        try:
            self._carry(self._stop_asked)
        except Exception:
            log.exception("uplink_broke")
        finally:
            self._clock.interrupt()

    def end(self) -> None:
        """Ask it to end, and wait a while."""
        self._stop_asked.set()
        if self.is_alive():
            self.join(UPLINK_END_S)


def watch(tick: Callable[[], int], clock: SystemClock, carrier: Carrier, asked: threading.Event) -> int:
    """Let the edge work round by round until asked to stop; return the exit code."""
    try:
        while not asked.is_set():
            if not carrier.is_alive():
                log.error("uplink_thread_died", advice="start the gateway again; nothing accepted is lost")
                return EXIT_FAILED
            clock.wait(min(tick(), WAIT_MS_MAX))
    except Exception:
        log.exception("edge_broke", advice="start the gateway again; nothing accepted is lost")
        return EXIT_FAILED
    return EXIT_STOPPED


def _ask(asked: threading.Event, clock: SystemClock) -> None:
    asked.set()
    clock.interrupt()


def boot_id() -> str:
    """Return the name of this run of the machine: times of its boot clock compare only within it."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip().replace("-", "")
    except OSError:
        return uuid.uuid4().hex
