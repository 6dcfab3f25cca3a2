"""Look at the console by hand: `cd tests && ../.venv/bin/python -m support.console_demo --port 8090 --scene alarm`.

The story goes on in real time: its gateway sends what its probes measure every few seconds. Ctrl-C ends it.
"""

import argparse
import threading

import uvicorn
from support.console import PipelineRecorder, console_app
from support.console_story import MINUTE, STEP, celsius_tenths, story
from support.memory_store import MemoryStore
from support.storage_point import PLACES, POINT, batch

from api.live import Live
from coldchain.facts import Fact, Sample
from coldchain.places import ProbeRole
from gateway.clock import SystemClock
from ingest.pipeline import Pipeline

EVERY_S = 4.0
FIRST_SEQ = 1_000_000


def go_on(pipeline: Pipeline, clock: SystemClock, turn: threading.Lock, stop: threading.Event, scene: str) -> None:
    """Send one reading of each probe every few seconds."""
    seq = FIRST_SEQ
    while not stop.wait(EVERY_S):
        now_ms = clock.now_ms()
        facts: list[Fact] = []
        for place in [name for name in PLACES if name.startswith(("fridge", "platelet")) or scene != "alarm"]:
            for role in ProbeRole:
                if place == "box-1" or (place, role, scene) == ("fridge-2", ProbeRole.AIR, "morning"):
                    continue
                seq += 1
                probe = f"{place}-{role}"
                tenths = celsius_tenths(probe, scene, -(now_ms % STEP) if scene == "calm" else MINUTE)  # type: ignore[arg-type]
                facts.append(
                    Sample(seq=seq, origin=probe, taken_ms=now_ms, boottime_ms=seq, micro_celsius=tenths * 100_000)
                )
        with turn:
            pipeline.process([batch(POINT, facts, sent_ms=now_ms)], now_ms)


def main() -> None:
    """Fill a store in memory and serve its console."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--scene", choices=("calm", "morning", "alarm"), default="morning")
    chosen = parser.parse_args()
    clock, store, turn, stop = SystemClock(), MemoryStore(), threading.Lock(), threading.Event()
    pipeline = story(store, chosen.scene, clock.now_ms())
    live = Live(lambda: pipeline.generation)
    app = console_app(store, recorder=PipelineRecorder(pipeline, clock, turn), live=live, clock=clock)
    sender = threading.Thread(target=go_on, args=(pipeline, clock, turn, stop, chosen.scene), daemon=True)
    sender.start()
    print(f"http://127.0.0.1:{chosen.port}/")
    server = uvicorn.Server(uvicorn.Config(app, port=chosen.port, log_level="warning", lifespan="off"))
    try:
        server.run()
    finally:
        live.stop()
        stop.set()


if __name__ == "__main__":
    main()
