"""A child process that takes readings, looks at alarms and answers them, and says each step once it is committed.

Run as a script: alarm_loop.py FILE SEED. Step k is the same in every run, and taking it twice changes nothing more.
"""

import random
import sys
from pathlib import Path

from support.alarm_scene import MINUTE, condition
from support.intake import PLACE, START, pipeline_on, sample, send

from coldchain.alarms import ActOnAlarm, AlarmActionKind, Condition
from coldchain.ports import Session, Store
from ingest.conditions import Watch
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

CURSOR = "alarm-steps"
READINGS = 3  # of a step, a minute apart


def seen_at(seed: int, k: int) -> list[Condition]:
    """Return what the provider says in step k: doors that come and go."""
    chance = random.Random(seed * 1_009 + k // 4)
    return [condition(subject=f"door-{n}", since_ms=START) for n in range(4) if chance.random() < 0.5]


def step(pipeline: Pipeline, store: Store, seed: int, k: int) -> None:
    """Do what step k is: readings that are warm now and then, a look, and sometimes an answer."""
    chance = random.Random(seed * 1_000_003 + k)
    warm = random.Random(seed * 7 + k // 5).random() < 0.5
    first = k * READINGS + 1
    now_ms = START + (k + 1) * READINGS * MINUTE
    facts = [
        sample(first + n, START + (first + n - 1) * MINUTE, 7_000_000 if warm else 4_000_000) for n in range(READINGS)
    ]
    send(pipeline, facts, sent_ms=now_ms)
    pipeline.alarms.look(now_ms)
    with store.reading() as session:
        active = session.records.active_alarms()
    if active and chance.random() < 0.3:
        kind = AlarmActionKind.ACKNOWLEDGE
        fact = ActOnAlarm(
            alarm=active[0].id, action=kind, at_ms=now_ms, comment="see to it", name="x", post="x", actor="x"
        )
        pipeline.record(fact, now_ms)
    pipeline.move_cursors({CURSOR: k})


def pipeline_of(store: Store, seed: int) -> Pipeline:
    """Return a pipeline that is new and knows nothing but its store."""
    with store.reading() as session:
        known = session.records.place(PLACE) is not None
    if not known:
        pipeline_on(store, START)
    pipeline = Pipeline(store, Counters())

    def provider(session: Session, _now_ms: int) -> list[Condition]:
        return seen_at(seed, session.books.cursor(CURSOR) + 1)

    pipeline.alarms.conditions = Watch([provider])
    return pipeline


def main() -> None:
    """Take step after step until killed."""
    store, seed = open_store(Path(sys.argv[1])), int(sys.argv[2])
    pipeline = pipeline_of(store, seed)
    with store.reading() as session:
        k = session.books.cursor(CURSOR)
    while True:
        k += 1
        step(pipeline, store, seed, k)
        print(k, flush=True)


if __name__ == "__main__":
    main()
