"""A gateway is behind: what is in its fridge is not to be issued, everywhere, until the record comes by itself."""

from support.acceptance import FRIDGE, House
from support.intake import START, epc, presence, sample

from coldchain.facts import EventKind

MINUTE = 60_000
HELD_UP = START + 60 * MINUTE


def test_units_wait_on_every_surface_and_in_range_data_end_it(house: House) -> None:
    for number, name in enumerate(("bag-1", "bag-2"), 1):
        house.register(name, number)
        house.post(f"/api/units/{name}/tags", {"epc": epc(number), "from_ms": START})
    house.clock.forward(HELD_UP - house.clock.now_ms())
    # Behind the live lane older rows are still on their way: they are awaited, and no gap.
    early = [sample(n + 1, START + n * MINUTE, 4_000_000) for n in range(20)]
    read = [presence(n + 20, EventKind.ARRIVED, n, START + MINUTE, START + 2 * MINUTE) for n in (1, 2)]
    house.hear([*early, *read], mark_ms=START + 20 * MINUTE)
    told = house.get("/api/issuing/answer", scan="bag-1")
    assert (told["unit"], told["barred"], told["holds"]) == ("bag-1", ["waiting"], [])
    assert [one["place"] for one in told["waiting"]] == [FRIDGE]
    view = house.get("/api/units/bag-1")
    assert (view["standing"], view["barred"]) == ("awaiting", ["waiting"])
    assert "not to be issued yet" in house.client.get("/units/bag-1", params={"lang": "en"}).text
    assert "等待记录，暂不可发放" in house.client.get("/units/bag-1", params={"lang": "zh"}).text
    (row,) = house.get("/api/stock")["items"]
    assert (row["released"], row["waiting"], row["aside"]) == (0, 2, 0)
    asked = {"site": "storage-1", "component": "red cells", "blood_group": "O+"}
    assert house.get("/api/stock/picks", **asked)["items"] == []
    for lang, word in (("en", "Waiting for the record"), ("zh", "等待记录")):
        assert word in house.client.get("/stock", params={"lang": lang}).text
    house.hear([sample(n + 3, START + n * MINUTE, 4_000_000) for n in range(20, 60)])
    (row,) = house.get("/api/stock")["items"]
    assert (row["released"], row["waiting"], row["aside"]) == (2, 0, 0)
    assert [one["unit"] for one in house.get("/api/stock/picks", **asked)["items"]] == ["bag-1", "bag-2"]
    assert house.get("/api/issuing/answer", scan="bag-1")["barred"] == []
    assert house.get("/api/units/bag-1")["standing"] == "within"
    assert house.client.get("/api/issuing/answer", params={"scan": "nobody"}).status_code == 404
