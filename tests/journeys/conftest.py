"""The story of the storage point, lived once for all journeys that send it, and its undisturbed verdict."""

from typing import Any

import pytest
from support.point_processes import Story, live_the_story, require_broker, storage_point

from assembly.brokers import BrokerKind


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return live_the_story(tmp_path_factory.mktemp("story"), seed=1)


@pytest.fixture(scope="session")
def undisturbed(story: Story, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    require_broker(BrokerKind.MOSQUITTO)
    with storage_point(tmp_path_factory.mktemp("undisturbed") / "a", story, BrokerKind.MOSQUITTO) as place:
        place.start("gateway")
        place.start("box", "--mqtt-url", place.url)
        place.await_drained()
        place.await_box()
        place.stop()
        return place.verdict()
