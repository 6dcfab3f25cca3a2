"""A hold takes all of a group: the site and the station hear of it, until there is something to issue again."""

from support.acceptance import SIGNED, House
from support.intake import START, epc, presence, sample

from coldchain.alarms import Condition, SubjectKind
from coldchain.facts import EventKind
from ingest.conditions_units import slow_conditions

MINUTE = 60_000


def none_left(house: House) -> list[Condition]:
    with house.store.reading() as session:
        found = slow_conditions(session, house.clock.now_ms())
    return [one for one in found if (one.rule, one.values["what"]) == ("A40", "none-left")]


def test_a_hold_that_takes_a_groups_stock_to_zero_says_so_and_tells_the_station(house: House) -> None:
    for number, name in enumerate(("bag-1", "bag-2"), 1):
        house.register(name, number)
        house.post(f"/api/units/{name}/tags", {"epc": epc(number), "from_ms": START})
    member = {"site": "station", "kind": "station", "at_ms": START} | SIGNED
    house.post(f"/api/members/{member.pop('site')}", member)
    house.clock.forward(80 * MINUTE)
    read = [presence(n, EventKind.ARRIVED, n, START + MINUTE, START + 2 * MINUTE) for n in (1, 2)]
    calm = [sample(n + 3, START + n * MINUTE, 4_000_000) for n in range(20)]
    house.hear([*read, *calm], mark_ms=START + 20 * MINUTE)
    assert none_left(house) == []
    warm = [sample(n + 3, START + n * MINUTE, 6_900_000 if n < 40 else 4_000_000) for n in range(20, 80)]
    house.hear(warm)
    told = none_left(house)
    assert sorted((one.site, one.subject, one.finding) for one in told) == [
        ("station", "storage-1 red cells O+", "none-left-station"),
        ("storage-1", "storage-1 red cells O+", "none-left"),
    ]
    assert {(one.subject_kind, one.values["number"], one.values["waiting"]) for one in told} == {
        (SubjectKind.SITE, 2, 0)
    }
    (row,) = house.get("/api/stock")["items"]
    assert (row["released"], row["held"]) == (0, 2)
    assert "none left: 2 on hold" in house.client.get("/stock", params={"lang": "en"}).text
    assert "2 袋暂停发放后已无可用" in house.client.get("/stock", params={"lang": "zh"}).text
    house.register("bag-3", 3)
    house.post("/api/units/bag-3/tags", {"epc": epc(3), "from_ms": START})
    now = house.clock.now_ms()
    house.hear([presence(300, EventKind.ARRIVED, 3, now - 2 * MINUTE, now - MINUTE)])
    assert none_left(house) == []
