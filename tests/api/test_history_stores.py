"""The same record gives the same report on every store."""

from pathlib import Path

from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import HOUR, NOW
from support.memory_store import MemoryStore

from stores.sqlite import open_store


def test_sqlite_and_memory_hand_out_the_same_bytes(tmp_path: Path) -> None:
    store = open_store(tmp_path / "hot.sqlite")
    query = f"from={NOW - 24 * HOUR}&to={NOW}"
    paths = ("place/fridge-1", "unit/bag-32.csv", "probe/fridge-2-air.csv", "unit/bag-83")
    answers = []
    for one in (store, MemoryStore()):
        with TestClient(scene_app("morning", one), base_url="http://127.0.0.1") as client:
            answers.append([client.get(f"/api/history/{path}?{query}").content for path in paths])
            export = client.get(f"/api/history/place/fridge-1?{query}").json()["export"]
            assert client.get(f"/api/exports/{export}").json()["actor"] == "unnamed"
    assert answers[0] == answers[1]
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    store.close()
