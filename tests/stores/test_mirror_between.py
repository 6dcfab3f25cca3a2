"""A point that lies between two milliseconds is none of ours: the comparison finds it, rebuilding takes it away."""

from support.influx import InfluxServer
from support.influx_servers import target
from support.memory_store import MemoryStore
from support.mirror_pair import compared, fill, rebuilt
from support.mirror_world import START_MS, Story, title_of

from stores.influx_line import InfluxLine
from stores.influx_target import writing_path
from stores.mirror_truth import HOUR_MS, Truth


def test_a_point_between_two_milliseconds_is_found_and_taken_away(every_influx: InfluxServer) -> None:
    story, where = Story(MemoryStore(), 7), target(every_influx)
    story.tell(30)
    fill(story.store, where)
    from_ms, to_ms = START_MS - HOUR_MS, START_MS + 9 * HOUR_MS
    line = next(iter(Truth(story.store, title_of).readings(from_ms, to_ms)))
    told, at_ms = line.rsplit(b" ", 1)
    between = b"%s %d" % (told, int(at_ms) * 1_000_000 + 500)
    server = InfluxLine(where)
    path, query = writing_path(where, server.dialect)
    finer = [(name, "ns" if name == "precision" else value) for name, value in query]
    server.call("POST", path, query=finer, body=between, headers={"Content-Type": "text/plain"})
    server.close()

    found = compared(story.store, where, from_ms, to_ms)
    assert (found.alike, found.missing, found.extra + found.differs) == (False, 0, 1)
    assert rebuilt(story.store, where, from_ms, to_ms).cleared == 1
    assert compared(story.store, where, from_ms, to_ms).alike
