"""Lanes of states over time, on real InfluxDB servers: a small span shows the gravest state that it held."""

import json
import time
from itertools import permutations

import pytest
from support.board_data import SITE
from support.board_targets import view_of
from support.influx import InfluxServer

from coldchain.standing import PlaceState
from dashboards.boards import board_json, boards
from dashboards.texts import Language, say
from stores.points import LEVELS, RANKS

pytestmark = pytest.mark.journey

BOARDS = {board.uid: json.loads(board_json(board)) for board in boards("http://127.0.0.1:8080")}
LANES = {"cc-site-en": "site.states", "cc-device-en": "device.states"}
HOUR_MS = 3_600_000


def lines(start_ms: int) -> bytes:
    """Two states of each pair within ten seconds, an hour after the pair before."""
    said = []
    for number, pair in enumerate(permutations(PlaceState, 2)):
        for at, state in enumerate(pair):
            fields = f"level={LEVELS[state]}i,rank={RANKS[state]}i"
            when_ms = start_ms + number * HOUR_MS // 6 + 1_000 + at * 10_000
            said.append(f"place_state,kind=fridge,place=fridge-1,site={SITE} {fields} {when_ms}")
    return "\n".join(said).encode()


@pytest.mark.parametrize("uid", LANES)
def test_a_span_shows_the_gravest_state_that_it_held_and_a_gap_stays_a_gap(uid: str, day: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    start_ms = (now_ms // HOUR_MS - 22) * HOUR_MS
    database = f"gravest-{uid}"
    day.create(database)
    day.write(database, lines(start_ms))
    view = view_of(day, now_ms, database, chosen={"site": [SITE], "place": ["fridge-1"], "probe": ["none"]})
    panel = next(one for one in BOARDS[uid]["panels"] if one["title"] == say(Language.EN, LANES[uid]))
    found = view.frames(panel)[0].columns[1].values
    pairs = list(permutations(PlaceState, 2))
    assert [one for one in found if one is not None] == [LEVELS[max(pair, key=RANKS.__getitem__)] for pair in pairs]
    assert found.count(None) > len(pairs)
