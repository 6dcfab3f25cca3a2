"""Contract of stores.influx.Sink: the fake in memory, our sink before a stand-in, and before a real InfluxDB 1.8.10."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.influx import InfluxServer, start_influx
from support.influx_stand_in import HANG_UP, InfluxStandIn
from support.memory_sink import MemorySink

from stores.influx import InfluxSink, Sink, Verdict, target_of
from stores.lines import Measurement, Real, Value, body_of

M = Measurement("m", ("t",), {"i": int, "s": str, "r": Real}, frozenset({"i", "s", "r"}))
A = M.series("a")

Rows = dict[int, dict[str, object]]


@dataclass
class World:
    """A sink with no database yet; `rows` reads back what is in its series a, `down` and `up` are the server's."""

    sink: Sink
    rows: Callable[[], Rows]
    down: Callable[[], object]
    up: Callable[[], object]
    other: Sink


@pytest.fixture(params=["memory", "stand-in", "influxd"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    match request.param:
        case "memory":
            yield in_memory()
        case "stand-in":
            with InfluxStandIn() as server:
                yield on_stand_in(server)
        case _:
            with start_influx(tmp_path) as real:
                yield on_influxd(real)


def in_memory() -> World:
    sink = MemorySink(exists=False)

    def turn(*, down: bool) -> None:
        sink.down = down

    def read() -> Rows:
        return {at_ms: plain(fields) for (name, _, at_ms), fields in sink.points.items() if name == "m"}

    return World(sink, read, lambda: turn(down=True), lambda: turn(down=False), MemorySink(identity=8))


def on_stand_in(server: InfluxStandIn) -> World:
    def read() -> Rows:
        return {at_ms: plain(fields) for (name, _, at_ms), fields in server.points.items() if name == "m"}

    sink = InfluxSink(target_of(server.url))
    return World(
        sink, read, lambda: server.script(HANG_UP), lambda: None, InfluxSink(target_of(server.url, policy="x"))
    )


def on_influxd(server: InfluxServer) -> World:
    def read() -> Rows:
        rows = server.rows("coldchain", 'SELECT * FROM "m"')
        return {row["time"]: {name: value for name, value in row.items() if name not in {"time", "t"}} for row in rows}

    sink = InfluxSink(target_of(server.url))
    return World(sink, read, server.kill, server.start, InfluxSink(target_of(server.url, policy="x")))


def plain(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, int | str) else float(str(value)) for name, value in fields.items()}


def test_a_database_that_is_not_there_is_said_to_be_missing_and_can_be_made(world: World) -> None:
    line = M.point(A, {"i": 1}, 1_000)
    assert world.sink.write(line).verdict is Verdict.MISSING
    assert world.sink.create().verdict is Verdict.DONE
    assert world.sink.write(line).verdict is Verdict.DONE
    assert world.rows() == {1_000: {"i": 1}}


def test_making_it_again_loses_nothing(world: World) -> None:
    world.sink.create()
    world.sink.write(M.point(A, {"i": 1}, 1_000))
    assert world.sink.create().verdict is Verdict.DONE
    assert world.rows() == {1_000: {"i": 1}}


def test_the_same_series_and_time_is_the_same_point_field_by_field(world: World) -> None:
    world.sink.create()
    versions: list[dict[str, Value]] = [{"i": 1, "s": "偏高"}, {"i": 2}, {"r": Real(8_200_000, 6)}]
    for fields in versions:
        assert world.sink.write(M.point(A, fields, 1_000)).verdict is Verdict.DONE
    assert world.rows() == {1_000: {"i": 2, "s": "偏高", "r": 8.2}}


def test_a_line_without_sense_is_refused_and_the_others_are_stored(world: World) -> None:
    world.sink.create()
    answer = world.sink.write(body_of([M.point(A, {"i": 1}, 1), b"m,t=a nonsense", M.point(A, {"i": 3}, 3)]))
    assert (answer.verdict, bool(answer.reason)) == (Verdict.REFUSED, True)
    assert world.rows() == {1: {"i": 1}, 3: {"i": 3}}


def test_a_field_of_another_type_is_refused_and_the_others_are_stored(world: World) -> None:
    world.sink.create()
    world.sink.write(M.point(A, {"i": 1}, 1))
    answer = world.sink.write(body_of([b"m,t=a i=2.0 2", M.point(A, {"i": 3}, 3)]))
    assert answer.verdict is Verdict.REFUSED
    assert "type conflict" in answer.reason
    assert world.rows() == {1: {"i": 1}, 3: {"i": 3}}


def test_too_much_at_a_time_is_said_to_be_too_large(world: World) -> None:
    world.sink.create()
    noise = random.Random(1).randbytes(2_200_000).hex()  # twice its bytes, and gzip can halve that at best
    assert world.sink.write(M.point(A, {"s": noise}, 1)).verdict is Verdict.TOO_LARGE
    assert world.sink.write(M.point(A, {"s": "x"}, 1)).verdict is Verdict.DONE


def test_while_the_server_is_down_the_answer_is_to_try_again(world: World) -> None:
    world.sink.create()
    world.sink.write(M.point(A, {"i": 1}, 1))
    world.down()
    assert world.sink.write(M.point(A, {"i": 2}, 2)).verdict is Verdict.RETRY
    world.up()
    assert world.sink.write(M.point(A, {"i": 2}, 2)).verdict is Verdict.DONE
    assert world.rows() == {1: {"i": 1}, 2: {"i": 2}}


def test_an_identity_is_the_same_every_time_and_not_that_of_another_bucket(world: World) -> None:
    assert world.sink.identity == world.sink.identity > 0
    assert world.other.identity != world.sink.identity


def test_points_that_are_older_than_the_servers_retention_are_counted_and_no_fault(influx: InfluxServer) -> None:
    influx.create("coldchain")
    influx.query("coldchain", 'CREATE RETENTION POLICY "short" ON "coldchain" DURATION 1h REPLICATION 1')
    sink = InfluxSink(target_of(influx.url, policy="short"))
    now_ms = time.time_ns() // 1_000_000
    lines = [M.point(A, {"i": 1}, 1), M.point(A, {"i": 2}, 2), M.point(A, {"i": 3}, now_ms)]
    answer = sink.write(body_of(lines))
    assert (answer.verdict, answer.dropped) == (Verdict.DONE, 2)
    assert [row["i"] for row in influx.rows("coldchain", 'SELECT * FROM "short"."m"')] == [3]
    memory = MemorySink()
    memory.oldest_ms = 3
    assert memory.write(body_of(lines)).dropped == 2


def test_a_real_server_lets_the_mirror_in_by_user_and_password_and_nobody_else(tmp_path: Path) -> None:
    with start_influx(tmp_path, login=("mirror", "long secret")) as server:
        right = InfluxSink(target_of(server.url.replace("//", "//mirror:long%20secret@")))
        wrong = InfluxSink(target_of(server.url, token="mirror:guessed"))
        nobody = InfluxSink(target_of(server.url))
        assert right.create().verdict is Verdict.DONE
        line = M.point(A, {"i": 1}, 1)
        assert [sink.write(line).verdict for sink in (right, wrong, nobody)] == [
            Verdict.DONE,
            Verdict.HELD,
            Verdict.HELD,
        ]
        assert [sink.create().verdict for sink in (wrong, nobody)] == [Verdict.HELD, Verdict.HELD]
        assert "token" in wrong.write(line).advice
        assert "guessed" not in str(wrong.write(line))


def test_random_texts_and_numbers_are_stored_by_a_real_server_as_they_were(influx: InfluxServer) -> None:
    influx.create("coldchain")
    dice = random.Random(20)
    alphabet = "ab 一偏高°,=\\\"\n\r\t'#{}"
    texts = ["".join(dice.choices(alphabet, k=dice.randint(0, 12))) for _ in range(400)]
    tags = [
        tag if tag.strip("\n") and not tag.endswith("\\") else f"x{i}"
        for i, tag in enumerate(t.replace("\n", "") for t in texts)
    ]
    micro = [dice.randint(-80_000_000, 45_000_000) for _ in texts]
    lines = [
        M.point(M.series(tag), {"s": text, "r": Real(value, 6), "i": value}, 1_000 + i)
        for i, (tag, text, value) in enumerate(zip(tags, texts, micro, strict=True))
    ]
    assert InfluxSink(target_of(influx.url)).write(body_of(lines)).verdict is Verdict.DONE
    rows = sorted(influx.rows("coldchain", 'SELECT * FROM "m"'), key=lambda row: int(row["time"]))
    assert [(row["t"], row["s"], row["i"]) for row in rows] == list(zip(tags, texts, micro, strict=True))
    assert [row["r"] for row in rows] == [value / 1e6 for value in micro]
