"""The web application on the story, in memory: in process for a test client, or on a loopback port for a browser."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter
from support.console_story import NOW, Scene, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.story import NOW_MS, LedgerRecorder, fill

from api.app import create_app
from api.context import Readiness
from api.live import Live
from coldchain.ports import Clock, Recorded, Recorder, Store
from coldchain.units import PersonFact
from ingest.pipeline import Pipeline

READY = Readiness(store_writable=True, mqtt_connected=True, queue_size=0, queue_max=512)
START_S = 10


def story_store(*, awaited_ms: int = 0, running: bool = False) -> MemoryStore:
    """Return a store with the story in it."""
    store = MemoryStore()
    fill(store, awaited_ms=awaited_ms, running=running)
    return store


def console_app(
    store: Store,
    *,
    recorder: Recorder | None = None,
    readiness: Readiness = READY,
    live: Live | None = None,
    clock: Clock | None = None,
    public_url: str = "",
    grafana_secret: str = "",
) -> FastAPI:
    """Return the application at the story's now, or by another clock."""
    clock = clock or HandClock(NOW_MS)
    registry = CollectorRegistry()
    Counter("readings_total", "Readings taken.", ["result"], registry=registry).labels("fresh").inc(7)
    recorder = recorder or LedgerRecorder(store, clock)
    return create_app(
        store,
        recorder,
        clock,
        lambda: readiness,
        registry,
        live=live,
        public_url=public_url,
        grafana_secret=grafana_secret,
    )


@dataclass(slots=True)
class PipelineRecorder:
    """Recorder through the real pipeline; it takes turns with whatever else uses it."""

    pipeline: Pipeline
    clock: Clock
    turn: threading.Lock = field(default_factory=threading.Lock)

    def record(self, fact: PersonFact) -> Recorded:
        with self.turn:
            return self.pipeline.record(fact, self.clock.now_ms())


def scene_app(scene: Scene, store: Store | None = None) -> FastAPI:
    """Return the application on a scene of the storage point; people's facts go through its pipeline."""
    store = store or MemoryStore()
    pipeline = story(store, scene)
    recorder = PipelineRecorder(pipeline, HandClock(NOW))
    return console_app(store, recorder=recorder, live=Live(lambda: pipeline.generation))


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free loopback port; gives its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.context.live.stop()
            server.should_exit = True
            thread.join(START_S)
