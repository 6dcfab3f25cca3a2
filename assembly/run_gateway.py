"""`coldchain gateway`: the edge loop in the main thread, the uplink in a thread of its own, the spool between them.

Each dock has a thread of its own too, and touches no spool: what it reads out stays in the box until the centre's ack.
"""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog

from assembly.brokers import without_password
from assembly.gateway_actions import GatewayActions
from assembly.gateway_local import Local, StatusKeeper
from assembly.gateway_metrics import DockCounters, GatewayCollector, serve_metrics
from assembly.gateway_settings import GatewaySettings, docks_of, plan_of
from assembly.lifecycle import EXIT_FAILED, EXIT_STOPPED, configure_logs, on_stop
from assembly.local_settings import PageTable
from assembly.tls import RENEW, ExpiryWatch, context_of
from assembly.uplink_watch import Said, UplinkWatch
from coldchain.errors import ColdchainError
from coldchain.signed import Sign
from gateway.alarm_spool import AlarmSpool
from gateway.box_desk import BoxEar
from gateway.clock import SystemClock, clock_state
from gateway.clock_watch import ClockWatch
from gateway.commands import Commands
from gateway.contacts import DoorLook
from gateway.counters import Counters
from gateway.dock import Dock
from gateway.edge import Edge
from gateway.intake import Intake
from gateway.links.json_devices import Listener
from gateway.links.serial_port import open_port
from gateway.plan import EdgePlan
from gateway.repair_watch import RepairWatch
from gateway.signing import load_signing_key
from gateway.spool import Spool
from gateway.spool_port import SpoolPort
from gateway.uplink import Uplink
from gateway.wiring import WiringWatch, wires_of
from gateway.wishes import Wishes

WAIT_MS_MAX: Final = 1_000  # so long a round may sleep; also how often the other threads are looked after
CARRIER_END_S: Final = 10.0  # for its last words to the broker
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
        spool = _spool(settings, clock)
        house.callback(spool.close)
        edge_counters, uplink_counters = Counters(), Counter[str]()
        docks = [DockCounters() for _ in settings.dock]
        expiry = ExpiryWatch(settings.mqtt.cert)
        collector = GatewayCollector(
            spool, edge_counters, uplink_counters, docks, lambda: expiry.seconds_left(clock.now_ms())
        )
        if settings.metrics.port is not None:
            house.callback(serve_metrics(settings.metrics.port, collector))
        local = Local(settings, spool, clock)
        house.callback(local.close)
        plan = plan_of(settings)
        ear, box_tick, box_look = _ear(settings, local, clock, edge_counters, house)
        edge = Edge(plan, clock, ear, open_port, edge_counters, _listener(plan, edge_counters))
        edge.on_button, edge.on_look = local.on_button, box_look or edge.on_look
        house.callback(edge.close)
        uplink = _uplink(settings, spool, clock, uplink_counters)
        status = StatusKeeper(settings, spool, local.spool, clock, edge_counters, uplink_counters, lambda: uplink.link)
        uplink.tell_health(status.health)
        serve_page(settings.page, status, local.spool, clock, house)
        intake = Intake(local.spool, clock, edge_counters, settings.gateway.id)
        clock_watch = ClockWatch(intake, clock, gateway=settings.gateway.id, boot=spool.boot, told=clock.told)
        uplink.tell_time(clock_watch.heard)
        wiring = WiringWatch(intake, clock, wires_of(plan))
        watches = (clock_watch, RepairWatch(spool, intake, clock, settings.gateway.id), wiring)
        on_stop(lambda: _ask(asked, clock))
        wishes = _take_commands(settings, spool, clock, uplink, uplink_counters, local, lambda: _ask(asked, clock))
        spool.vouch(clock.now_ms())  # the edge does in each round, but the uplink may be quicker than the first
        named = {"uplink": uplink.run, "status": status.run}
        carriers = [*(Carrier(name, work, clock) for name, work in named.items()), *_docks(settings, clock, docks)]
        _start_all(carriers, house)
        _say_watching(settings, spool)
        talk = UplinkWatch()

        def round_() -> int:
            _say_expiry(expiry, clock)
            grant(wishes, edge)
            for said in talk.look(dict(uplink_counters), clock.boottime_ms()):
                _say(said, settings)
            for one in watches:
                one.tick()
            wait_ms = edge.tick()
            box_tick()
            local.tick()
            return wait_ms

        code = watch(round_, clock, carriers, asked)
        log.info("ended", exit_code=code, spooled=spool.depth())
        return code


def _spool(settings: GatewaySettings, clock: SystemClock) -> Spool:
    return Spool.open(
        settings.spool.path,
        bytes_max=settings.spool.bytes_max,
        boot=boot_id(),
        clock_state=lambda: clock_state(clock.now_ms()),
    )


def _say_watching(settings: GatewaySettings, spool: Spool) -> None:
    log.info(
        "watching",
        gateway=settings.gateway.id,
        site=settings.gateway.site,
        broker=without_password(settings.mqtt.url),
        spooled=spool.depth(),
        docks=len(settings.dock),
    )


def _say_expiry(expiry: ExpiryWatch, clock: SystemClock) -> None:
    days = expiry.due(clock.now_ms(), clock.boottime_ms())
    if days is not None:
        log.warning("certificate_ends", days_left=days, advice=RENEW)


def _ear(
    settings: GatewaySettings, local: Local, clock: SystemClock, counters: Counters, house: ExitStack
) -> tuple[SpoolPort, Callable[[], None], Callable[[DoorLook, int], None] | None]:
    """Return the spool that the edge is given, what is to be done in each round, and who wants to see each door.

    Of a box it is its desk that listens and looks.
    """
    if settings.box is None:
        return local.spool, lambda: None, None
    from assembly.gateway_box import box_desk  # noqa: PLC0415 - most gateways are no box

    desk = box_desk(settings.box, settings.gateway.id, local.spool, clock, open_port, counters)
    house.callback(desk.close)
    return BoxEar(local.spool, desk), desk.tick, desk.look


def _listener(plan: EdgePlan, counters: Counters) -> Listener | None:
    if plan.listening is None:
        return None
    listener = Listener(plan.listening, counters.json_devices)
    listener.start()
    return listener


def serve_page(page: PageTable, status: StatusKeeper, local: AlarmSpool, clock: SystemClock, house: ExitStack) -> None:
    """Show the page on the local network, where a port is configured. Raises ColdchainError if it cannot be used."""
    if page.port is None:
        return
    from gateway.page import PageServer  # noqa: PLC0415 - http.server costs memory that most gateways need not spend
    from gateway.page_html import page as html  # noqa: PLC0415

    server = PageServer(
        page.host,
        page.port,
        lambda language: html(status.latest, local.keeper.loaded, language, clock.now_ms(), None),
    )
    house.callback(server.close)
    log.info("page", url=f"http://{page.host}:{server.port}/")


def _uplink(settings: GatewaySettings, spool: Spool, clock: SystemClock, counters: Counter[str]) -> Uplink:
    return Uplink(
        spool,
        clock,
        site=settings.gateway.site,
        gateway=settings.gateway.id,
        url=settings.mqtt.url,
        items_max=settings.mqtt.items_max,
        tls=context_of(settings.mqtt),
        sign=_sign(settings),
        heartbeat_ms=settings.mqtt.heartbeat_s * 1_000,
        backfill_items_s=settings.mqtt.backfill_items_s,
        counters=counters,
    )


def _take_commands(
    settings: GatewaySettings,
    spool: Spool,
    clock: SystemClock,
    uplink: Uplink,
    counters: Counter[str],
    local: Local,
    end: Callable[[], None],
) -> Wishes:
    """Let commands of the centre reach the edge, and its limits the alarm; return where its wishes are found."""
    wishes = Wishes()
    actions = GatewayActions(spool, wishes, clock, clock.boottime_ms(), end)
    commands = Commands(settings.gateway.id, settings.mqtt.centre_key, spool, clock, actions, counters)
    try:
        commands.begin()
    except (
        ColdchainError
    ) as error:  # a full spool must not keep the gateway from watching; it is said at the next start
        log.warning("commands_unanswered", error=str(error))
    uplink.tell_centre_time(commands.anchor)
    uplink.on_command = lambda leaf, payload: (
        commands.take(payload) if leaf == "do" else local.on_command(leaf, payload)
    )
    return wishes


def grant(wishes: Wishes, edge: Edge) -> None:
    """Do what commands want of the edge, in its own thread."""
    at_once, pace = wishes.take()
    if pace is not None:
        edge.set_pace(pace[0])
    if at_once:
        edge.poll_now()


def _sign(settings: GatewaySettings) -> Sign | None:
    if settings.mqtt.signing_key is None:
        return None
    sign, public = load_signing_key(settings.mqtt.signing_key)
    log.info("signing", public_key=public)
    return sign


def _docks(settings: GatewaySettings, clock: SystemClock, counters: Sequence[DockCounters]) -> "list[Carrier]":
    docks = [
        Dock(
            plan,
            clock,
            open_port,
            site=settings.gateway.site,
            url=settings.mqtt.url,
            tls=context_of(settings.mqtt),
            counters=counted.dock,
            line_counters=counted.line,
        )
        for plan, counted in zip(docks_of(settings), counters, strict=True)
    ]
    return [Carrier(f"dock-{number}", dock.run, clock) for number, dock in enumerate(docks, 1)]


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
    """The thread of the uplink or of a dock. If it breaks, it says so and wakes the main thread."""

    def __init__(self, name: str, carry: Callable[[threading.Event], None], clock: SystemClock) -> None:
        super().__init__(name=name, daemon=True)
        self._carry = carry
        self._clock = clock
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Carry until end()."""
        try:
            self._carry(self._stop_asked)
        except Exception:
            log.exception("thread_broke", thread=self.name)
        finally:
            self._clock.interrupt()

    def ask_to_end(self) -> None:
        """Tell it to end, without waiting."""
        self._stop_asked.set()

    def end(self) -> None:
        """Tell it to end, and wait a while."""
        self.ask_to_end()
        if self.is_alive():
            self.join(CARRIER_END_S)


def _start_all(carriers: Sequence[Carrier], house: ExitStack) -> None:
    house.callback(end_all, carriers)
    for carrier in carriers:
        carrier.start()


def end_all(carriers: Sequence[Carrier]) -> None:
    """End all threads, at the same time."""
    for carrier in carriers:
        carrier.ask_to_end()
    for carrier in carriers:
        carrier.end()


def watch(tick: Callable[[], int], clock: SystemClock, carriers: Sequence[Carrier], asked: threading.Event) -> int:
    """Let the edge work round by round until asked to stop; return the exit code."""
    try:
        while not asked.is_set():
            dead = [carrier.name for carrier in carriers if not carrier.is_alive()]
            if dead:
                log.error("thread_died", threads=dead, advice="start the gateway again; nothing accepted is lost")
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
