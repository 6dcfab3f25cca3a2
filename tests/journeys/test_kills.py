"""Promise 1: kill any process at any moment of the backfill; nothing is lost, nothing counts twice."""

import random
from pathlib import Path
from typing import Any

import pytest
from support.night import Night, Storage, live_the_night, require_broker, storage

from assembly.brokers import BrokerKind
from coldchain.units import FindingKind

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

BATCH = 20  # small batches, so that the backfill lasts long enough to be killed in
KILLS = 3


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return live_the_night(tmp_path_factory.mktemp("night"), seed=1)


@pytest.fixture(scope="session")
def undisturbed(night: Night, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    require_broker(BrokerKind.MOSQUITTO)
    with storage(tmp_path_factory.mktemp("undisturbed") / "a", night, BrokerKind.MOSQUITTO) as place:
        place.start("gateway")
        place.await_drained()
        place.stop()
        return place.verdict()


def test_the_undisturbed_run_has_everything_that_the_gateway_accepted(
    night: Night, undisturbed: dict[str, Any]
) -> None:
    assert undisturbed["samples"] == night.past.samples
    assert undisturbed["summaries"] == night.summaries
    assert undisturbed["events"] == night.events
    kinds = [finding.kind for finding in undisturbed["findings"]]
    assert kinds.count(FindingKind.EXCURSION) == 2
    # The night lies days back and nobody has measured since: once the history is loaded, that is a finding too.
    assert kinds.count(FindingKind.UNMEASURED) == 2
    assert len([e for e in undisturbed["exposures"] if "excursion" in e.finding]) == 2 * 39
    assert undisturbed["false_gaps"] == 0


def disturb(place: Storage, chance: random.Random, total: int, victims: list[str]) -> list[str]:
    """Kill and restart while history is on its way, each time at a random part of it; return who was hit."""
    hit = []
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
    place.stop()
    return hit


def check(folder: Path, night: Night, undisturbed: dict[str, Any], kind: BrokerKind, seed: int) -> None:
    require_broker(kind)
    chance = random.Random(seed)
    with storage(folder / "a", night, kind, BATCH) as place:
        victims = ["gateway", "server", "broker"] if seed % 4 == 3 else ["gateway", "server"]
        hit = disturb(place, chance, night.past.facts, victims)
        assert hit, "the backfill was over before anybody was killed"
        assert place.verdict() == undisturbed


@pytest.mark.parametrize("kind", list(BrokerKind))
@pytest.mark.parametrize("seed", [0, 3])
def test_kills_change_neither_findings_nor_exposures_nor_counts(
    tmp_path: Path, night: Night, undisturbed: dict[str, Any], kind: BrokerKind, seed: int
) -> None:
    check(tmp_path, night, undisturbed, kind, seed)


@pytest.mark.long
@pytest.mark.parametrize("kind", list(BrokerKind))
@pytest.mark.parametrize("seed", range(1, 21))
def test_twenty_seeds_of_kills(
    tmp_path: Path, night: Night, undisturbed: dict[str, Any], kind: BrokerKind, seed: int
) -> None:
    check(tmp_path, night, undisturbed, kind, seed)
