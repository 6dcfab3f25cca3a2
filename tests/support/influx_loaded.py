"""Each real server that the boards' queries run on, with the day of support.board_data in it, once for all tests.

def test_every_target(loaded_influx: InfluxServer) -> None:       # runs on 1.8.10 and on 2.7.12
    view = View(loaded_influx.url, DATABASE, now_ms, headers=loaded_influx.headers)
"""

import time
from collections.abc import Iterator

import pytest
from support.board_data import fill
from support.influx import InfluxServer
from support.influx_servers import WITH_BOARDS, start_version


@pytest.fixture(scope="session", params=WITH_BOARDS)
def loaded_influx(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """The servers in turn; what was said of the present grows old while tests run (see support.board_data)."""
    with start_version(request.param, tmp_path_factory.mktemp("loaded")) as server:
        fill(server, int(time.time() * 1_000))
        yield server
