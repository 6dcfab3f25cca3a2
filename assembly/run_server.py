"""The centre in one process: intake, rules, record and pages around one hot database file."""

import socket
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Final

import structlog
import uvicorn

import rules
from api.app import create_app
from api.context import Readiness
from assembly.lifecycle import EXIT_FAILED, EXIT_STOPPED, configure_logs, on_stop
from assembly.metrics import IntakeCollector, registry_with
from assembly.server_settings import ServerSettings, setup_of
from coldchain.errors import ColdchainError
from coldchain.places import ProfileRecord
from gateway.clock import SystemClock
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from ingest.writer import QUEUE_MAX, Writer
from rules.profile import profile_record
from stores.sqlite import open_store

HOT_FILE: Final = "hot.sqlite"
WATCH_MS: Final = 250
STOP_S: Final = 10

log = structlog.get_logger("server")


def run(settings: ServerSettings) -> int:
    """Run the centre until it is told to stop; return the exit code."""
    configure_logs()
    data_dir = settings.server.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    clock, counters = SystemClock(), Counters()
    with ExitStack() as house:
        store = open_store(data_dir / HOT_FILE)
        house.callback(store.close)
        pipeline = Pipeline(store, counters)
        changed = pipeline.set_up([*shipped_profiles(), *setup_of(settings)], clock.now_ms())
        log.info("set_up", changed=changed, data_dir=str(data_dir))
        with store.reading() as session:
            epochs_known = session.books.epochs
            sites = {gateway.id: gateway.site for gateway in session.records.gateways()}
            log.info("record", ledger_entries=session.ledger.next_seq() - 1, epochs=len(epochs_known()))

        def known_epochs() -> tuple[tuple[str, str], ...]:
            with store.reading() as session:
                return session.books.epochs()

        writer = Writer(pipeline, clock, counters, known_epochs)
        subscriber = Subscriber(settings.mqtt.url, f"coldchain-{settings.server.site}", writer, clock, counters)
        subscriber.learn_sites(sites)

        def readiness() -> Readiness:
            return Readiness(
                store_writable=writer.alive and writer.store_error is None,
                mqtt_connected=subscriber.connected,
                queue_size=writer.backlog,
                queue_max=QUEUE_MAX,
            )

        collector = IntakeCollector(counters, store, clock, lambda: subscriber.connected, lambda: writer.backlog)
        app = create_app(store, writer, clock, readiness, registry_with(collector), zone=settings.server.time_zone)
        line = _listen(settings.server.http_host, settings.server.http_port)
        house.callback(line.close)
        web = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False)
        )
        writer.start(subscriber.send)
        house.callback(writer.stop)
        subscriber.start()
        house.callback(subscriber.stop)
        return _serve(web, line, writer, clock)


def _serve(web: uvicorn.Server, line: socket.socket, writer: Writer, clock: SystemClock) -> int:
    """Show the pages until told to stop; a thread of ours that has died ends the process, for a supervisor to see."""
    asked: list[bool] = []

    def stop() -> None:
        asked.append(True)
        clock.interrupt()

    on_stop(stop)
    pages = Thread(target=web.run, kwargs={"sockets": [line]}, name="pages", daemon=True)
    pages.start()
    log.info("ready", url=f"http://{line.getsockname()[0]}:{line.getsockname()[1]}/")
    while not asked and writer.alive and pages.is_alive():
        clock.wait(WATCH_MS)
    web.should_exit = True
    pages.join(timeout=STOP_S)
    if asked:
        return EXIT_STOPPED
    log.error("thread_died", writer=writer.alive, pages=pages.is_alive())
    return EXIT_FAILED


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises ColdchainError that says which setting to change."""
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as error:
        msg = f"server.http_host and http_port: {host}:{port} cannot be used ({error.strerror}); choose another port"
        raise ColdchainError(msg) from error


def shipped_profiles() -> list[ProfileRecord]:
    """Return the profiles that come with the program."""
    folder = Path(rules.__file__).parent / "profiles"
    return [profile_record(path.read_bytes()) for path in sorted(folder.glob("*.toml"))]
