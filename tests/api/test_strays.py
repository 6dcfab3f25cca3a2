"""Which antennas read bags that lie elsewhere."""

from fastapi.testclient import TestClient
from support.console import console_app
from support.hand_clock import HandClock
from support.intake import END, HOUR, START, epc
from support.memory_store import MemoryStore
from support.two_fridges import MINUTE, Field, delivered, stays, two_fridges

from coldchain.facts import EventKind

PUT_MS = START + HOUR


def centre(field: Field) -> tuple[MemoryStore, TestClient]:
    store = MemoryStore()
    delivered(two_fridges(store), field.batches())
    return store, TestClient(console_app(store, clock=HandClock(END)), base_url="http://127.0.0.1")


def test_acceptance_case_5_the_other_fridges_antenna_counts_three_strays_and_nothing_moves() -> None:
    field = Field()
    field.says(1, EventKind.ARRIVED, PUT_MS - 20_000, PUT_MS)
    field.cycles(1, PUT_MS, 18, 20, -52)
    field.cycles(2, PUT_MS, 3, 20, -71)
    store, client = centre(field)
    window = f"from_ms={PUT_MS}&to_ms={PUT_MS + 5 * MINUTE}"
    assert client.get(f"/api/strays?{window}").json()["items"] == [
        {"reader": "fridge-1-reader", "place": "fridge-1", "antenna": 1, "reads": 18, "strays": 0, "units": []},
        {"reader": "fridge-2-reader", "place": "fridge-2", "antenna": 1, "reads": 3, "strays": 3, "units": ["u-1"]},
    ]
    assert stays(store) == [("fridge-1", PUT_MS - 20_000, None)]
    found = client.get(f"/api/tags/{epc(1)}/heard?{window}").json()
    assert (found["reader"], found["strays"]) == (
        "fridge-1-reader",
        [{"reader": "fridge-2-reader", "antenna": 1, "reads": 3}],
    )
    assert client.get(f"/api/strays?from_ms=0&to_ms={PUT_MS}").status_code == 422


def test_reads_from_before_it_was_there_and_where_it_may_be_are_no_strays() -> None:
    field = Field()
    field.cycles(2, PUT_MS - 5 * MINUTE, 2, 4, -71)
    field.says(1, EventKind.ARRIVED, PUT_MS - 20_000, PUT_MS)
    field.says(1, EventKind.UNCERTAIN, PUT_MS + MINUTE, PUT_MS + 2 * MINUTE)
    field.cycles(2, PUT_MS + 10 * MINUTE, 5, 5, -52)
    _, client = centre(field)
    items = client.get(f"/api/strays?from_ms={PUT_MS - 10 * MINUTE}&to_ms={PUT_MS + 20 * MINUTE}").json()["items"]
    assert [(one["reads"], one["strays"]) for one in items] == [(7, 0)]


def test_a_reader_whose_strength_is_no_dbm_says_so() -> None:
    field = Field()
    field.cycles(1, PUT_MS, 10, 20, -52)
    field.cycles(2, PUT_MS, 18, 20, 100, rssi="raw")
    _, client = centre(field)
    found = client.get(f"/api/tags/{epc(1)}/heard?from_ms={PUT_MS}&to_ms={PUT_MS + MINUTE}").json()
    assert [one["rssi"] for one in found["heard"]] == ["dbm", "raw"]
    assert found["reader"] == "fridge-2-reader"
