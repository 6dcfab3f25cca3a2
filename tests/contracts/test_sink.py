"""Contract of stores.influx.Sink: the fake in memory, our sink before stand-ins, and before three real InfluxDBs.

The stand-ins answer like 1.8 on both its writing paths, and like 3 Core. The real ones are 1.6.7, 1.8.10 and 2.7.12.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import pytest
from support.influx import InfluxServer
from support.influx_core_stand_in import InfluxCoreStandIn
from support.influx_servers import VERSIONS, Influx2, short_lived, start_version, target
from support.influx_stand_in import HANG_UP, InfluxStandIn
from support.memory_sink import MemorySink

from coldchain.mirroring import Dialect
from stores.delivery import Count, DeadLetters, Delivery, Outcome, Pace
from stores.influx import InfluxSink, Sink, Verdict
from stores.influx_target import Target, target_of
from stores.lines import Measurement, Real, Value, body_of

M = Measurement("m", ("t",), {"i": int, "s": str, "r": Real}, frozenset({"i", "s", "r"}))
A = M.series("a")

Rows = dict[int, dict[str, object]]


@dataclass
class World:
    """A sink with no database yet; `rows` reads back what is in its series a, `down` and `up` are the server's.

    `makes_itself`: the first write makes the database. `limited`: a request may be too large.
    """

    sink: Sink
    rows: Callable[[], Rows]
    down: Callable[[], object]
    up: Callable[[], object]
    other: Sink
    makes_itself: bool = False
    limited: bool = True


@pytest.fixture(params=["memory", "stand-in-v1", "stand-in-v2", "core-3", *VERSIONS])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    match request.param:
        case "memory":
            yield in_memory()
        case "stand-in-v1":
            with InfluxStandIn() as server:
                yield on_stand_in(server, target_of(server.url, api=Dialect.V1))
        case "stand-in-v2":
            with InfluxStandIn() as server:
                server.buckets = True
                yield on_stand_in(server, target_of(server.url, api=Dialect.V2))
        case "core-3":
            with InfluxCoreStandIn() as core:
                yield replace(on_stand_in(core, target_of(core.url, token=core.secret)), makes_itself=True)
        case version:
            with start_version(version, tmp_path) as real:
                yield on_influxd(real)


def in_memory() -> World:
    sink = MemorySink(exists=False)

    def turn(*, down: bool) -> None:
        sink.down = down

    def read() -> Rows:
        return {at_ms: plain(fields) for (name, _, at_ms), fields in sink.points.items() if name == "m"}

    return World(sink, read, lambda: turn(down=True), lambda: turn(down=False), MemorySink(identity=8))


def on_stand_in(server: InfluxStandIn, where: Target) -> World:
    def read() -> Rows:
        return {at_ms: plain(fields) for (name, _, at_ms), fields in server.points.items() if name == "m"}

    other = InfluxSink(target_of(server.url, policy="x"))
    return World(InfluxSink(where), read, lambda: server.script(HANG_UP), lambda: None, other)


def on_influxd(server: InfluxServer) -> World:
    def read() -> Rows:
        rows = server.rows("coldchain", 'SELECT * FROM "m"')
        return {row["time"]: {name: value for name, value in row.items() if name not in {"time", "t"}} for row in rows}

    sink, other = InfluxSink(target(server)), InfluxSink(target(server, policy="x"))
    return World(sink, read, server.kill, server.start, other, limited=not isinstance(server, Influx2))


def plain(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, int | str) else float(str(value)) for name, value in fields.items()}


def test_a_database_that_is_not_there_is_said_to_be_missing_and_can_be_made(world: World) -> None:
    line = M.point(A, {"i": 1}, 1_000)
    first = world.sink.write(line).verdict
    assert first is (Verdict.DONE if world.makes_itself else Verdict.MISSING)
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


def test_a_line_without_sense_is_refused_with_its_reason_and_the_others_can_be_stored(world: World) -> None:
    world.sink.create()
    answer = world.sink.write(body_of([M.point(A, {"i": 1}, 1), b"m,t=a nonsense", M.point(A, {"i": 3}, 3)]))
    assert (answer.verdict, bool(answer.reason)) == (Verdict.REFUSED, True)
    assert world.rows() in ({1: {"i": 1}, 3: {"i": 3}}, {})  # 2.x stores nothing of such a body


def test_bad_lines_among_good_ones_end_alone_as_dead_letters_with_the_servers_words(
    world: World, tmp_path: Path
) -> None:
    world.sink.create()
    count, letters = Count(), tmp_path / "letters.jsonl"
    delivery = Delivery(world.sink, DeadLetters(letters, count), count, Pace(), lambda: 0)
    lines = [M.point(A, {"i": at_ms}, at_ms) for at_ms in range(1, 40)]
    lines[7], lines[20], lines[38] = b"m,t=a nonsense", b"m,t=a i=2.0 21", b"m,t=a i=1i,s=unquoted 39"
    assert delivery.deliver(lines, Event()) is Outcome.DELIVERED
    assert world.rows() == {at_ms: {"i": at_ms} for at_ms in range(1, 40) if at_ms not in {8, 21, 39}}
    dead = [json.loads(line) for line in letters.read_text().splitlines()]
    assert {letter["line"].encode() for letter in dead} == {lines[7], lines[20], lines[38]}
    assert all(letter["reason"] for letter in dead)
    assert count.now.points == 36


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
    if isinstance(world.sink, InfluxSink) and world.makes_itself:
        noise *= 5  # 3 Core takes 10 MB as they arrive
    large = world.sink.write(M.point(A, {"s": noise}, 1)).verdict
    assert large is (Verdict.TOO_LARGE if world.limited else Verdict.REFUSED)  # 2.x: no limit but that of a string
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


def test_points_that_are_older_than_the_servers_retention_are_counted_and_no_fault(every_influx: InfluxServer) -> None:
    short_lived(every_influx, "coldchain")
    sink = InfluxSink(target(every_influx))
    now_ms = time.time_ns() // 1_000_000
    lines = [M.point(A, {"i": 1}, 1), M.point(A, {"i": 2}, 2), M.point(A, {"i": 3}, now_ms)]
    answer = sink.write(body_of(lines))
    assert (answer.verdict, answer.dropped) == (Verdict.DONE, 2)
    assert [row["i"] for row in every_influx.rows("coldchain", 'SELECT * FROM "m"')] == [3]
    memory = MemorySink()
    memory.oldest_ms = 3
    assert memory.write(body_of(lines)).dropped == 2


def test_a_database_that_is_made_keeps_points_as_long_as_it_is_told(every_influx: InfluxServer) -> None:
    now_ms = time.time_ns() // 1_000_000
    lines = body_of([M.point(A, {"i": 1}, now_ms - 3 * 86_400_000), M.point(A, {"i": 2}, now_ms)])
    for policy in ("", "two-days"):
        sink = InfluxSink(target(every_influx, database=f"d{policy}", policy=policy, keep_days=2))
        assert [sink.create().verdict, sink.create().verdict] == [Verdict.DONE] * 2
        assert sink.write(lines).dropped == 1
        named = f'"{policy}".' if policy else ""
        assert [row["i"] for row in every_influx.rows(f"d{policy}", f'SELECT * FROM {named}"m"')] == [2]


@pytest.mark.parametrize("version", ["1.6.7", "1.8.10"])
def test_a_real_server_lets_the_mirror_in_by_user_and_password_and_nobody_else(version: str, tmp_path: Path) -> None:
    with start_version(version, tmp_path, login=("mirror", "long secret")) as server:
        right = InfluxSink(target_of(server.url.replace("//", "//mirror:long%20secret@")))
        wrong = InfluxSink(target_of(server.url, token="mirror:guessed"))
        nobody = InfluxSink(target_of(server.url))
        assert right.create().verdict is Verdict.DONE
        line = M.point(A, {"i": 1}, 1)
        assert [sink.write(line).verdict for sink in (right, wrong, nobody)] == LET_IN
        assert [sink.create().verdict for sink in (wrong, nobody)] == [Verdict.HELD, Verdict.HELD]
        assert "token" in wrong.write(line).advice
        assert "guessed" not in str(wrong.write(line))


def test_a_real_2_7_lets_the_mirror_in_by_its_token_and_nobody_else(tmp_path: Path) -> None:
    with start_version("2.7.12", tmp_path) as server:
        assert isinstance(server, Influx2)
        right, wrong, nobody = (InfluxSink(target(server, token=token)) for token in (server.token, "guessed", ""))
        assert right.create().verdict is Verdict.DONE
        line = M.point(A, {"i": 1}, 1)
        assert [sink.write(line).verdict for sink in (right, wrong, nobody)] == LET_IN
        assert [sink.create().verdict for sink in (wrong, nobody)] == [Verdict.HELD, Verdict.HELD]
        assert "guessed" not in str(wrong.write(line))
        server.create("other")
        writer = InfluxSink(target(server, token=server.write_token("coldchain")))
        assert (writer.create().verdict, writer.write(line).verdict) == (Verdict.HELD, Verdict.DONE)
        strange = InfluxSink(target(server, org="somebody-else"))
        assert "organisation" in strange.create().reason
        assert (strange.write(line).verdict, "somebody-else" in strange.write(line).advice) == (Verdict.HELD, True)


def test_3_core_lets_the_mirror_in_by_its_token_and_nobody_else() -> None:
    with InfluxCoreStandIn("apiv3_right") as core:
        tokens = ("apiv3_right", "apiv3_guessed", "")
        right, wrong, nobody = (InfluxSink(target_of(core.url, token=token)) for token in tokens)
        line = M.point(A, {"i": 1}, 1)
        assert [sink.write(line).verdict for sink in (right, wrong, nobody)] == LET_IN
        assert "guessed" not in str(wrong.write(line))


def test_of_a_partial_write_3_core_says_why_the_line_was_bad() -> None:
    with InfluxCoreStandIn() as core:
        sink = InfluxSink(target_of(core.url, token=core.secret))
        answer = sink.write(body_of([M.point(A, {"i": 1}, 1), b"m,t=a,u=b i=2i 2"]))
        assert (answer.verdict, "partial write" in answer.reason) == (Verdict.REFUSED, True)
        assert "has the tags" in answer.reason
        assert [at_ms for _, _, at_ms in core.points] == [1]


LET_IN = [Verdict.DONE, Verdict.HELD, Verdict.HELD]


def test_random_texts_and_numbers_are_stored_by_a_real_server_as_they_were(every_influx: InfluxServer) -> None:
    every_influx.create("coldchain")
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
    assert InfluxSink(target(every_influx)).write(body_of(lines)).verdict is Verdict.DONE
    rows = sorted(every_influx.rows("coldchain", 'SELECT * FROM "m"'), key=lambda row: int(row["time"]))
    assert [(row["t"], row["s"], row["i"]) for row in rows] == list(zip(tags, texts, micro, strict=True))
    assert [row["r"] for row in rows] == [value / 1e6 for value in micro]
