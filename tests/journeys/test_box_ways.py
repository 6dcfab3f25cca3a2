"""The courier's box comes home late: by MQTT, read out at the counter, or both in either order; one verdict."""

from pathlib import Path
from typing import Any

import pytest
from support.point_processes import Story, require_broker, storage_point

from assembly.brokers import BrokerKind

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


@pytest.mark.parametrize("kind", list(BrokerKind))
def test_read_out_first_and_by_mqtt_afterwards(
    tmp_path: Path, story: Story, undisturbed: dict[str, Any], kind: BrokerKind
) -> None:
    require_broker(kind)
    with storage_point(tmp_path / "a", story, kind, dock=True) as place:
        place.start("box", "--site", "storage-1")  # its radio is off
        place.start("gateway")  # with the dock
        place.await_box()
        place.await_drained()
        place.kill("box")
        place.start("box", "--mqtt-url", place.url)  # it lived the same trip and remembers no ack
        place.await_box_again()
        place.stop()
        assert place.verdict() == undisturbed


@pytest.mark.parametrize("kind", list(BrokerKind))
def test_by_mqtt_first_and_read_out_afterwards(
    tmp_path: Path, story: Story, undisturbed: dict[str, Any], kind: BrokerKind
) -> None:
    require_broker(kind)
    with storage_point(tmp_path / "a", story, kind, dock=True) as place:
        place.start("box", "--mqtt-url", place.url)
        place.await_box()
        place.kill("box")
        place.start("box", "--site", "storage-1")
        place.start("gateway")
        place.await_box_again()
        place.await_drained()
        place.stop()
        assert place.verdict() == undisturbed


def test_before_the_box_is_home_its_time_is_awaited_and_nothing_is_found_of_it(tmp_path: Path, story: Story) -> None:
    require_broker(BrokerKind.MOSQUITTO)
    with storage_point(tmp_path / "a", story, BrokerKind.MOSQUITTO) as place:
        place.start("gateway")
        place.await_drained()
        findings = place.centre.get("/api/findings?limit=100")["items"]
        assert not [one for one in findings if one["finding"]["place"] == "box-1"]
        packed = next(bag for bag in story.past.bags if any(move["kind"] == "packed" for move in bag["moves"]))
        unit = f"bag-{packed['number']:02d}"
        figures = place.centre.get(f"/api/units/{unit}")["figures"]
        assert figures["awaited_ms"] > 0
        assert not place.centre.get("/api/urgent")["items"]
        place.start("box", "--mqtt-url", place.url)
        place.await_box()
        held = {hold["unit"] for hold in place.centre.get("/api/holds?limit=1000")["items"]}
        assert unit in held
        urgent = place.centre.get("/api/urgent")["items"]
        issued = [bag for bag in story.past.bags if any(move["kind"] == "issued" for move in bag["moves"])]
        assert [one["unit"] for one in urgent] == [f"bag-{bag['number']:02d}" for bag in issued]
