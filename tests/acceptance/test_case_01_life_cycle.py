"""Case 1: one donation from its parts to the patient, told in order of time, with one open stay at every instant."""

from support.acceptance import BOX, FRIDGE, SIGNED, STATION, House, output
from support.intake import HOUR, START, epc, presence

from coldchain.facts import EventKind

PACKED, RECEIVED, ISSUED, TRANSFUSED = (START + n * HOUR for n in (2, 4, 6, 7))


def live(house: House) -> None:
    house.clock.forward(8 * HOUR)
    house.register("wb", 1, "E0001V00")
    house.put("wb", STATION, START)
    parts = [output("rc", "E0398V00"), output("pl", "E0701V00"), output("pt", "E2834V00")]
    house.act("a-1", "process-donation", ["wb"], parts, START + HOUR, STATION)
    house.post("/api/units/rc/tags", {"epc": epc(1), "from_ms": START + HOUR})
    packed = {"id": "list-1", "box": BOX, "units": ["rc"], "packed_ms": PACKED, "destination": "S2"}
    house.post("/api/manifests", packed)
    house.put("rc", FRIDGE, RECEIVED)
    house.hear(
        [
            presence(1, EventKind.ARRIVED, 1, RECEIVED, RECEIVED + 9),
            presence(2, EventKind.LEFT, 1, ISSUED, ISSUED + 9),
        ]
    )
    house.post("/api/units/rc/issues", {"to": "ward 3", "at_ms": ISSUED + 9})
    house.post("/api/units/rc/end", {"how": "transfused", "at_ms": TRANSFUSED} | SIGNED)


def test_case_1_the_trace_lists_every_step_in_order_of_time_up_to_the_final_disposition(house: House) -> None:
    live(house)
    life = house.get("/api/units/rc/custody")
    told = [(step["what"], step["place"]) for step in life["steps"]]
    assert [step["at_ms"] for step in life["steps"]] == sorted(step["at_ms"] for step in life["steps"])
    assert [one for one in told if one[0] != "bound"] == [
        ("entered", STATION),
        ("made.process-donation", ""),
        ("entered", BOX),
        ("left", STATION),
        ("left", BOX),
        ("entered", FRIDGE),
        ("issued", ""),
        ("left", FRIDGE),
        ("transfused", ""),
    ]
    assert (life["end"]["how"], life["end"]["at_ms"]) == ("transfused", TRANSFUSED)


def test_case_1_lineage_works_both_ways(house: House) -> None:
    live(house)
    back = house.get("/api/units/rc/custody")["made_from"]["units"]
    forward = house.get("/api/units/wb/custody")["made_of"]["units"]
    assert [one["unit"] for one in back] == ["wb"]
    assert sorted(one["unit"] for one in forward) == ["pl", "pt", "rc"]
    assert {one["unit"]: one["where"] for one in forward}["rc"] == "transfused"


def test_case_1_exactly_one_stay_is_open_at_every_instant_until_the_end(house: House) -> None:
    live(house)
    stays = [*house.stays("wb"), *house.stays("rc")]
    edges = sorted({at_ms for _, *span in stays for at_ms in span if at_ms is not None})
    assert (edges[0], edges[-1]) == (START, ISSUED + 9)
    instants = [*edges[:-1], *(at_ms - 1 for at_ms in edges[1:])]
    for at_ms in instants:
        inside = [place for place, from_ms, to_ms in stays if from_ms <= at_ms and (to_ms is None or at_ms < to_ms)]
        assert len(inside) == 1, (at_ms, inside)
    assert all(to_ms is not None for _, _, to_ms in stays), "nothing is open after the end"
