"""The centre in one process: intake, rules, record and pages around one hot database file."""

import ipaddress
import secrets
import socket
from contextlib import ExitStack, closing
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Final
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api.app import HOSTS_LOCAL, create_app
from api.context import Readiness
from api.live import Live
from assembly.channels import start_outbox
from assembly.checkpoint_sinks import start_sinks
from assembly.commanding import Commander
from assembly.escalation_gaps import escalation_gaps, nobody_called
from assembly.grafana_settings import webhook_secret
from assembly.heartbeat import Check, MirrorWorks, RulesWork, WriterWorks, intake_trouble, start_heartbeat
from assembly.intake_watch import IntakeWatch
from assembly.issuing import start_issuing
from assembly.ledger_keys import signer_for
from assembly.lifecycle import EXIT_FAILED, EXIT_STOPPED, configure_logs, on_stop
from assembly.limits_publisher import LimitsPublisher
from assembly.metrics import IntakeCollector, registry_with
from assembly.mirror_machines import machines_of
from assembly.mirror_told import Machines
from assembly.mirroring import MirrorCollector, MirrorThread, start_mirror
from assembly.outbox import Outbox
from assembly.outbox_metrics import OutboxCollector
from assembly.pki_claims import CaIssuer
from assembly.problems import Problem, SettingsError
from assembly.refusals_watch import RefusalsWatch
from assembly.server_settings import OPEN_TO_THE_NETWORK, ServerSettings, keys_of, public_host, setup_of
from assembly.settings_record import record_settings
from assembly.shipped import misfits, shipped_profiles
from assembly.storing import open_record
from assembly.tls import RENEW, ExpiryWatch, context_of
from assembly.trouble import Looks
from assembly.watchdog import Watchdog, sd_notify
from coldchain.checkpoint import origin_of
from coldchain.duties import Escalation
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ColdchainError, ConflictError
from coldchain.places import Text
from coldchain.ports import Store
from coldchain.proof import ServerStart
from coldchain.signed import Sign
from gateway.clock import SystemClock
from gateway.signing import load_signing_key
from ingest.attest import Attestor
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from ingest.writer import QUEUE_MAX, Writer
from stores.schema import REVISION

WATCH_MS: Final = 250
STOP_S: Final = 10

log = structlog.get_logger("server")


def run(settings: ServerSettings, file: Path) -> int:
    """Run the centre until it is told to stop; return the exit code. `file` is where the settings came from.

    Raises SettingsError if they contradict the record, ColdchainError if the store or the port cannot be used.
    """
    configure_logs()
    settings.server.data_dir.mkdir(parents=True, exist_ok=True)
    clock, counters = SystemClock(), Counters()
    with ExitStack() as house:
        store = open_record(settings)
        house.callback(store.close)
        pipeline = Pipeline(store, counters, settings.reading_log.plan())
        _set_up(pipeline, settings, file, clock)
        _attested(pipeline, store, settings, clock)

        def listening_ms() -> int:
            return subscriber.listening_ms()

        writer = Writer(pipeline, clock, counters, lambda: _known_epochs(store), listening_ms)
        client = client_id(settings.server.site)
        subscriber = Subscriber(settings.mqtt.url, client, writer, clock, counters, context_of(settings.mqtt))
        expiry = ExpiryWatch(settings.mqtt.cert)
        with store.reading() as session:
            subscriber.learn_sites({gateway.id: gateway.site for gateway in session.records.gateways()})
            log.info("record", ledger_entries=session.ledger.next_seq() - 1, epochs=len(session.books.epochs()))
        line = house.enter_context(closing(_listen(settings.server.http_host, settings.server.http_port)))
        registry = registry_with(_collector(counters, store, clock, writer, subscriber, expiry))
        live = Live(lambda: writer.generation)
        app = create_app(
            store,
            writer,
            clock,
            lambda: _readiness(writer, subscriber),
            registry,
            zone=settings.server.time_zone,
            hosts=[*_hosts(settings.server.http_host, line), *public_host(settings)],
            public_url=settings.server.public_url or "",
            live=live,
            schemes=[table.scheme() for table in settings.code_scheme],
            issuer=_issuer(settings, clock),
            rounds=settings.rounds.settings(),
            grafana_secret=webhook_secret(settings.grafana),
        )
        commander = Commander(store, clock, _sign(settings), subscriber.send_command, lambda: writer.generation)
        writer.start(subscriber.send)
        house.callback(writer.stop)
        machines = machines_of(counters, subscriber, writer, clock, settings.server.data_dir)
        mirror = _mirror(settings, store, writer, clock, registry, house, machines)
        house.callback(start_sinks(settings.checkpoints, settings.server.site, store, writer, clock).close)
        outbox = _outbox(settings, store, writer, clock, registry, house)
        pipeline.alarms.on_told = outbox.ring
        house.callback(start_issuing(settings.issuing, store, writer, clock))
        subscriber.start()
        house.callback(subscriber.stop)
        _start_limits(settings, store, clock, writer, subscriber, house)
        checks = _checks(settings, store, writer, clock, counters, subscriber, outbox, mirror)
        house.callback(start_heartbeat(settings.heartbeat, checks, clock, registry).close)
        watch = IntakeWatch(counters, subscriber.strangers, clock)
        ours = (watch.look, commander.look, _refusals(app, house).look, lambda: _say_expiry(expiry, clock))
        return _serve(_web(app), line, writer, clock, Looks(ours, clock.boottime_ms), live)


def _refusals(app: FastAPI, house: ExitStack) -> RefusalsWatch:
    """Return what records refusals when it is time; it records the last ones before the writer ends."""
    watch = RefusalsWatch(app.state.context)
    house.callback(watch.close)
    return watch


def _outbox(
    settings: ServerSettings,
    store: Store,
    writer: Writer,
    clock: SystemClock,
    registry: CollectorRegistry,
    house: ExitStack,
) -> Outbox:
    outbox = start_outbox(settings.channel, store, writer, clock)
    house.callback(outbox.close)
    registry.register(OutboxCollector(outbox, store))
    return outbox


def _mirror(
    settings: ServerSettings,
    store: Store,
    writer: Writer,
    clock: SystemClock,
    registry: CollectorRegistry,
    house: ExitStack,
    machines: Machines,
) -> MirrorThread | None:
    zone = ZoneInfo(settings.server.time_zone)
    mirror = start_mirror(settings.influx, store, writer, clock, zone, settings.server.data_dir, machines)
    if mirror is not None:
        house.callback(mirror.close)
        registry.register(MirrorCollector(mirror))
    return mirror


def _checks(
    settings: ServerSettings,
    store: Store,
    writer: Writer,
    clock: SystemClock,
    counters: Counters,
    subscriber: Subscriber,
    outbox: Outbox,
    mirror: MirrorThread | None,
) -> dict[str, Check]:
    """Return what has to work for a heartbeat."""
    table = settings.heartbeat
    if not table.wanted:
        return {}
    checks: dict[str, Check] = {
        "writer": WriterWorks(writer, store, clock, table.every_s * 1_000),
        "intake": lambda: intake_trouble(line=subscriber.trouble, room=QUEUE_MAX - writer.backlog),
        "rules": RulesWork(writer, counters.total, clock),
        "outbox": lambda: "" if outbox.alive else "a thread of a channel has ended",
    }
    return checks if mirror is None or not table.mirror else checks | {"mirror": MirrorWorks(mirror)}


def _web(app: FastAPI) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False))


def _start_limits(
    settings: ServerSettings,
    store: Store,
    clock: SystemClock,
    writer: Writer,
    subscriber: Subscriber,
    house: ExitStack,
) -> None:
    limits = LimitsPublisher(
        store,
        clock,
        subscriber.publish_limits,
        generation=lambda: writer.generation,
        connections=lambda: subscriber.connections,
        sign=_sign(settings),
        reported=lambda: subscriber.limits_versions,
    )
    limits.start()
    house.callback(limits.close)


def _issuer(settings: ServerSettings, clock: SystemClock) -> CaIssuer | None:
    if settings.pki.folder is None:
        return None
    sites = {gateway.id: settings.server.site for gateway in settings.gateway}
    return CaIssuer(settings.pki.folder, sites, settings.pki.gateway_url or settings.mqtt.url, clock)


def _sign(settings: ServerSettings) -> Sign | None:
    return None if settings.pki.signing_key is None else load_signing_key(settings.pki.signing_key)[0]


def client_id(site: str) -> str:
    """Return a name at the broker that no other process has: of two with one name the broker drops one in turn."""
    return f"coldchain-{site}-{secrets.token_hex(4)}"


def _set_up(pipeline: Pipeline, settings: ServerSettings, file: Path, clock: SystemClock) -> None:
    try:
        things = [*shipped_profiles(), *setup_of(settings)]
        changed = pipeline.set_up(
            things, clock.now_ms(), keys_of(settings), commissioning=settings.commissioning.required
        )
    except ConflictError as error:
        what = Text(en=f"contradicts the record: {error}", zh=f"与已有记录冲突：{error}")
        raise SettingsError(str(file), (Problem(key="", what=what),)) from error
    escalation = settings.escalation.escalation(settings.server.time_zone)
    zone = ZoneInfo(settings.server.time_zone)
    pipeline.alarms.follow(escalation, clock.now_ms(), zone)
    pipeline.alarms.conditions.keep_months_in(zone)
    _say_whom_alarms_miss(escalation, settings.server.site)
    for place, advice in misfits(settings).items():
        log.warning("profile_does_not_fit", place=place, advice=f"{advice.en} / {advice.zh}")
    log.info("set_up", changed=changed, data_dir=str(settings.server.data_dir))


def _say_whom_alarms_miss(escalation: Escalation, site: str) -> None:
    nobody = nobody_called(escalation)
    if nobody is not None:
        log.warning("alarms_call_nobody", advice=f"note: {nobody.en} / 注意：{nobody.zh}")
    for gap in escalation_gaps(escalation, [site]):
        log.warning("alarms_may_call_nobody", advice=f"{gap.en} / {gap.zh}")


def _attested(pipeline: Pipeline, store: Store, settings: ServerSettings, clock: SystemClock) -> None:
    """Record this start and the settings that are new, and let the ledger be signed from now on."""
    start = ServerStart(at_ms=clock.now_ms(), version=version("coldchain"), revision=REVISION)
    pipeline.note([Draft(kind=EntryKind.SERVER_START, actor="server", site="", payload=start)], start.at_ms)
    record_settings(pipeline, store, settings, clock)
    origin = origin_of(settings.server.site)
    signer = signer_for(store, pipeline, settings.server.data_dir, origin, clock)
    pipeline.attestor = Attestor(store, origin, signer)


def _known_epochs(store: Store) -> tuple[tuple[str, str], ...]:
    with store.reading() as session:
        return session.books.epochs()


def _readiness(writer: Writer, subscriber: Subscriber) -> Readiness:
    return Readiness(
        store_writable=writer.alive and writer.store_error is None,
        mqtt_connected=not subscriber.trouble,
        queue_size=writer.backlog,
        queue_max=QUEUE_MAX,
        unjudged=writer.unjudged,
        anew=writer.anew,
    )


def _collector(
    counters: Counters, store: Store, clock: SystemClock, writer: Writer, subscriber: Subscriber, expiry: ExpiryWatch
) -> IntakeCollector:
    return IntakeCollector(
        counters,
        store,
        clock,
        connected=lambda: subscriber.connected,
        backlog=lambda: writer.backlog,
        unjudged=lambda: writer.unjudged,
        anew=lambda: writer.anew,
        expiry=lambda: expiry.seconds_left(clock.now_ms()),
    )


def _say_expiry(expiry: ExpiryWatch, clock: SystemClock) -> bool:
    days = expiry.due(clock.now_ms(), clock.boottime_ms())
    if days is not None:
        log.warning("certificate_ends", days_left=days, advice=RENEW)
    return True


def _serve(
    web: uvicorn.Server,
    line: socket.socket,
    writer: Writer,
    clock: SystemClock,
    looks: Looks,
    live: Live,
) -> int:
    """Show the pages until told to stop; a thread of ours that has died ends the process, for a supervisor to see."""
    asked: list[bool] = []

    def stop() -> None:
        asked.append(True)
        clock.interrupt()

    on_stop(stop)
    pages = Thread(target=web.run, kwargs={"sockets": [line]}, name="pages", daemon=True)
    pages.start()
    log.info("ready", url=f"http://{line.getsockname()[0]}:{line.getsockname()[1]}/")
    watchdog = Watchdog()
    while not asked and writer.alive and pages.is_alive():
        looks.turn()
        watchdog.turned(clock.boottime_ms())
        clock.wait(WATCH_MS)
    sd_notify("STOPPING=1")
    live.stop()  # a stream that goes on would keep the server from ending
    web.should_exit = True
    pages.join(timeout=STOP_S)
    if asked:
        return EXIT_STOPPED
    log.error("thread_died", writer=writer.alive, pages=pages.is_alive())
    return EXIT_FAILED


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises ColdchainError that says which setting to change."""
    try:
        line = socket.create_server((host, port), backlog=128)
    except OSError as error:
        msg = (
            f"server.http_host and http_port: {host}:{port} cannot be used ({error.strerror}); "
            "choose another port, and an address of this machine / 地址或端口无法使用：请换一个端口，并使用本机地址"
        )
        raise ColdchainError(msg) from error
    address = ipaddress.ip_address(line.getsockname()[0])
    if address.is_unspecified:
        line.close()
        msg = (
            f"server.http_host: {host} stands for every address of this machine; name the one to be used"
            " / 代表本机所有地址，请写明其中一个"
        )
        raise ColdchainError(msg)
    if not address.is_loopback:
        log.warning(
            "open_to_the_network",
            address=str(address),
            advice=f"{OPEN_TO_THE_NETWORK.en} / {OPEN_TO_THE_NETWORK.zh}",
        )
    return line


def _hosts(host: str, line: socket.socket) -> list[str]:
    """Return the names under which the pages are opened: here, through a tunnel, and by the configured name."""
    return [*HOSTS_LOCAL, host, line.getsockname()[0]]
