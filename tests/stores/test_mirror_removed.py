"""Readings that were removed by policy: what the mirror still shows of them is left alone, and not called wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
from support.influx import InfluxServer
from support.influx_servers import start_version, target
from support.mirror_pair import compared, fill, rebuilt
from support.mirror_world import title_of
from support.retention import CONFIRM, NOW, OLD, Centre, centre_on

from coldchain.blocks import DAY_MS
from stores.mirror_truth import Truth
from stores.sqlite import SqliteStore

FROM_MS, TO_MS = OLD * DAY_MS, (OLD + 2) * DAY_MS
SHOWN: Final = "SELECT count(celsius) AS n FROM temperature"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InfluxServer]:
    with start_version("2.7.12", tmp_path) as running:
        yield running


def remove_what_is_old(centre: Centre) -> None:
    disposal = centre.propose()
    centre.record(msgspec.structs.replace(CONFIRM, sha256=disposal.sha256))
    assert centre.pipeline.dispose(NOW) == 3


def test_the_mirror_of_removed_readings_stays_and_is_not_compared(store: SqliteStore, server: InfluxServer) -> None:
    centre, where = centre_on(store), target(server)
    assert Truth(store, title_of).kept_from_ms == 0
    fill(store, where)
    (before,) = server.rows("coldchain", SHOWN)
    remove_what_is_old(centre)
    assert (OLD + 2) * DAY_MS < Truth(store, title_of).kept_from_ms <= (OLD + 3) * DAY_MS
    assert compared(store, where, FROM_MS, TO_MS).alike
    assert rebuilt(store, where, FROM_MS, TO_MS).cleared == 0
    assert server.rows("coldchain", SHOWN) == [before]
