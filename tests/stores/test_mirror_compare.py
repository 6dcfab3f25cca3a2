"""The comparison finds every damage of a mirror and no other; made anew, it is the record. On three real servers."""

import random

import pytest
from support.influx import InfluxServer
from support.influx_core_stand_in import InfluxCoreStandIn
from support.influx_servers import start_version, target
from support.memory_store import MemoryStore
from support.mirror_pair import compared, fill, rebuilt
from support.mirror_world import START_MS, Story, assert_mirrors, title_of

from stores.influx import InfluxSink, Verdict
from stores.influx_query import InfluxQuery, MirrorError
from stores.influx_target import Target, target_of
from stores.mirror_compare import Difference
from stores.mirror_truth import DAY_MS, HOUR_MS, Truth
from stores.points import FINDING, TEMPERATURE

FROM_MS, TO_MS = START_MS - HOUR_MS // 3, START_MS + 9 * HOUR_MS


def story_of(seed: int) -> Story:
    story = Story(MemoryStore(), seed)
    story.tell(120)
    return story


def damage(where: Target, *lines: bytes) -> None:
    assert InfluxSink(where).write(b"\n".join(lines)).verdict is Verdict.DONE


def temperature(probe: str, place: str, role: str, celsius: str, at_ms: int) -> bytes:
    series = TEMPERATURE.series(place, probe, role, "storage-1")
    return b"%scelsius=%s,quality=0i %d" % (series, celsius.encode(), at_ms)


def named(differences: list[Difference]) -> set[tuple[str, str, int]]:
    return {(one.kind, dict(one.series.tags)["probe"], one.at_ms) for one in differences}


@pytest.mark.parametrize("policy", ["", "long"])
def test_a_mirror_is_the_record_until_somebody_damages_it_and_again_when_it_is_made_anew(
    every_influx: InfluxServer, policy: str
) -> None:
    story, where = story_of(21), target(every_influx, policy=policy)
    fill(story.store, where)
    first = compared(story.store, where, FROM_MS, TO_MS)
    assert (first.alike, first.points_found, first.hours) == (True, first.points_true, 11)
    assert first.true_digest == first.found_digest
    assert first.points_true > 1_000

    lines = list(Truth(story.store, title_of).readings(FROM_MS, TO_MS))
    good = next(line for line in lines if b"celsius=" in line)
    faulty = next(line for line in lines if b"celsius=" not in line)
    at_ms = int(good.rsplit(b" ", 1)[1])
    damage(
        where,
        good.replace(b"celsius=", b"celsius=1"),
        faulty.replace(b"quality", b"celsius=4.0,quality"),
        temperature("fridge-1-load", "fridge-1", "load", "4.0", at_ms + 1),
        temperature("ghost", "fridge-9", "load", "4.0", at_ms),
    )
    with_holes = InfluxQuery(where)
    series = next(iter(with_holes.points(FINDING, FROM_MS, TO_MS)))
    with_holes.delete(series, FROM_MS, TO_MS)

    second = compared(story.store, where, FROM_MS, TO_MS)
    assert (second.alike, second.differs, second.extra) == (False, 2, 2)
    assert second.missing >= 1
    assert {("extra", "ghost", at_ms), ("extra", "fridge-1-load", at_ms + 1)} <= named(second.shown)
    assert second.true_digest == first.true_digest != second.found_digest

    done = rebuilt(story.store, where, FROM_MS, TO_MS)
    assert (done.whole, done.hours) == (True, 11)
    assert done.cleared >= 3
    third = compared(story.store, where, FROM_MS, TO_MS)
    assert (third.alike, third.true_digest) == (True, third.found_digest)


def test_an_empty_server_is_filled_with_the_period_and_nothing_else(every_influx: InfluxServer) -> None:
    story, where = story_of(3), target(every_influx)
    low_ms, high_ms = START_MS, START_MS + 20 * 60_000
    assert rebuilt(story.store, where, low_ms, high_ms).cleared == 0
    inside = compared(story.store, where, low_ms, high_ms)
    assert (inside.alike, inside.points_found > 100) == (True, True)
    outside = compared(story.store, where, high_ms, TO_MS)
    assert (outside.points_found, outside.extra, outside.missing) == (0, 0, outside.points_true)


def test_3_core_is_filled_but_takes_nothing_back() -> None:
    story = story_of(5)
    with InfluxCoreStandIn() as core:
        where = target_of(core.url, token=core.secret)
        fill(story.store, where)
        with story.store.reading() as session:
            assert_mirrors(core.points, session)
        core.wipe()
        assert not InfluxQuery(where).deletes
        assert rebuilt(story.store, where, START_MS - DAY_MS, START_MS + 2 * DAY_MS, clears=False).whole
        with story.store.reading() as session:
            assert_mirrors(core.points, session)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_damaged_is_found_and_mended(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    dice = random.Random(seed)
    story = story_of(seed + 40)
    with start_version("1.8.10", tmp_path_factory.mktemp("influx")) as server:
        where = target(server)
        fill(story.store, where)
        query, taken = InfluxQuery(where), 0
        for measurement in (TEMPERATURE, FINDING):
            for series, points in query.points(measurement, FROM_MS, TO_MS).items():
                at_ms = dice.choice(sorted(points))
                if dice.random() < 0.5:
                    query.delete(series, at_ms, at_ms + 1)
                    taken += 1
        found = compared(story.store, where, FROM_MS, TO_MS)
        assert (found.missing, found.extra, found.differs) == (taken, 0, 0)
        rebuilt(story.store, where, FROM_MS, TO_MS)
        assert compared(story.store, where, FROM_MS, TO_MS).alike


def test_a_server_that_is_not_there_or_lets_nobody_in_is_said_in_its_own_words() -> None:
    with InfluxCoreStandIn() as core, pytest.raises(MirrorError, match=r"HTTP 401.*token"):
        InfluxQuery(target_of(core.url, token="x:wrong")).points(TEMPERATURE, 0, 1)
    with pytest.raises(MirrorError, match=r"no answer from http://127.0.0.1:1: Connection refused"):
        InfluxQuery(target_of("http://127.0.0.1:1")).points(TEMPERATURE, 0, 1)
