"""Promise 1: kill any process at any moment of the backfill; nothing is lost, nothing counts twice."""

import random
from pathlib import Path
from typing import Any

import pytest
from support.point_processes import StoragePoint, Story, require_broker, storage_point

from assembly.brokers import BrokerKind
from assembly.demo_files import BOX, GATEWAY

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

BATCH = 20  # small batches, so that the backfill lasts long enough to be killed in
KILLS = 3


def test_the_undisturbed_run_has_everything_that_was_accepted_and_finds_what_is_true(
    story: Story, undisturbed: dict[str, Any]
) -> None:
    truth = story.past.truth
    of_box = sum(channel["answers_sent"] for channel in truth["channels"] if channel["channel"] is None)
    assert undisturbed["samples"] == {GATEWAY: story.past.samples, BOX: of_box}
    assert undisturbed["summaries"] == story.summaries
    assert undisturbed["events"] == {GATEWAY: story.events, BOX: story.box_rows - of_box}
    found = [(f.probe, f.kind, f.start_ms, f.end_ms) for f in undisturbed["findings"]]
    expected = truth["expected_findings"]
    assert found == [(f["probe"], f["kind"], f["first_out_ms"], f["first_back_ms"]) for f in expected]
    bags = sum(len(f["bags_certain"]) + len(f["bags_possible"]) for f in expected)
    assert len(undisturbed["exposures"]) == bags
    assert undisturbed["false_gaps"] == 0


def disturb(place: StoragePoint, chance: random.Random, total: int, victims: list[str]) -> list[str]:
    """Kill and restart while history is on its way, each time at a random part of it; return who was hit."""
    hit = []
    place.start("box", "--mqtt-url", place.url)
    place.start("gateway")
    for part in sorted(chance.uniform(0.02, 0.9) for _ in range(KILLS)):
        place.await_sent(round(part * total))
        victim = chance.choice(victims)
        if place.spooled():
            hit.append(victim)
        place.kill(victim)
        place.start(victim)
    place.await_ready()
    place.await_drained()
    place.await_box()
    place.stop()
    return hit


def check(folder: Path, story: Story, undisturbed: dict[str, Any], kind: BrokerKind, seed: int) -> None:
    require_broker(kind)
    chance = random.Random(seed)
    with storage_point(folder / "a", story, kind, BATCH) as place:
        victims = ["gateway", "server", "box"] + (["broker"] if seed % 4 == 3 else [])
        hit = disturb(place, chance, story.past.facts, victims)
        assert hit, "the backfill was over before anybody was killed"
        assert place.verdict() == undisturbed


@pytest.mark.parametrize("kind", list(BrokerKind))
@pytest.mark.parametrize("seed", [0, 3])
def test_kills_change_neither_findings_nor_exposures_nor_counts(
    tmp_path: Path, story: Story, undisturbed: dict[str, Any], kind: BrokerKind, seed: int
) -> None:
    check(tmp_path, story, undisturbed, kind, seed)


@pytest.mark.long
@pytest.mark.parametrize("kind", list(BrokerKind))
@pytest.mark.parametrize("seed", range(1, 21))
def test_twenty_seeds_of_kills(
    tmp_path: Path, story: Story, undisturbed: dict[str, Any], kind: BrokerKind, seed: int
) -> None:
    check(tmp_path, story, undisturbed, kind, seed)
