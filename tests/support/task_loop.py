"""A child process in which bags come into a warm fridge one after the other, are held and are set aside.

Run as a script: task_loop.py FILE SEED. Step k is the same in every run, and taking it twice changes nothing more.
"""

import sys
from pathlib import Path

from support.intake import PLACE, START, pipeline_on, sample, send, unit

from coldchain.ports import Store
from coldchain.tasks import TaskKind, TickBag
from coldchain.units import PlaceUnit, RegisterUnit
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

CURSOR = "task-steps"
MINUTE = 60_000
WARM = 5  # readings a step, beyond the limit in every other block of four steps


def step(pipeline: Pipeline, store: Store, k: int) -> None:
    """Put one more bag in, read the probe, and set the first bag of the task aside."""
    first = k * WARM + 1
    now_ms = START + (k + 1) * WARM * MINUTE
    pipeline.record(RegisterUnit(unit=unit(f"u-{k}", f"01607260{k:05}"), actor="tech"), now_ms)
    pipeline.record(PlaceUnit(unit=f"u-{k}", place=PLACE, at_ms=START + first * MINUTE, actor="tech"), now_ms)
    value = 7_000_000 if k // 4 % 2 else 4_000_000
    send(pipeline, [sample(first + n, START + (first + n) * MINUTE, value) for n in range(WARM)], sent_ms=now_ms)
    with store.reading() as session:
        tasks = [one for one in session.records.open_tasks(PLACE) if one.kind is TaskKind.ISOLATE]
        done = {one.unit for task in tasks for one in session.records.ticks_of_task(task.id)}
    left = [(task.id, bag) for task in tasks for bag in task.units if bag not in done]
    if left and k % 3 == 0:
        task, bag = left[0]
        tick = TickBag(task=task, unit=bag, at_ms=now_ms, name="x", post="x", actor="x")
        pipeline.record(tick, now_ms)
    pipeline.move_cursors({CURSOR: k})


def pipeline_of(store: Store) -> Pipeline:
    """Return a pipeline that knows nothing but its store."""
    with store.reading() as session:
        known = session.records.place(PLACE) is not None
    if not known:
        pipeline_on(store, START)
    return Pipeline(store, Counters())


def main() -> None:
    """Take step after step until killed."""
    store = open_store(Path(sys.argv[1]))
    pipeline = pipeline_of(store)
    with store.reading() as session:
        k = session.books.cursor(CURSOR)
    while True:
        k += 1
        step(pipeline, store, k)
        print(k, flush=True)


if __name__ == "__main__":
    main()
