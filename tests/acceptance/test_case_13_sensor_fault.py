"""Case 13: a probe says 85 degrees once, and later the same number for six hours; its neighbour goes on measuring."""

import msgspec
import pytest
from support.a_minute import COLD_ROOM, MINUTE, equip, findings, held
from support.acceptance import House
from support.intake import HOUR, START, sample

from coldchain.facts import Quality

LOAD, AIR = f"{COLD_ROOM}-load", f"{COLD_ROOM}-air"
NOON = START + 12 * HOUR
UNTIL = NOON + 9 * HOUR


def lived(house: House, warm_from_ms: int | None = None, *, called_good: bool = True) -> None:
    """The load probe says 85 at 12:30 and is stuck from 13:00 on; the air is well.

    `called_good`: its collector passes the 85 on as a temperature; gateways of ours call it implausible.
    """
    equip(house, COLD_ROOM, "gw-9")
    house.register("bag", 1)
    house.clock.forward(24 * HOUR)
    house.put("bag", COLD_ROOM, START + HOUR)
    facts = []
    for nth, at_ms in enumerate(range(NOON, UNTIL, MINUTE)):
        well = 4_000_000 + nth % 3 * 100_000
        stuck = 4_200_000 if NOON + HOUR <= at_ms < NOON + 8 * HOUR else well
        load = stuck
        air = 7_000_000 if warm_from_ms is not None and warm_from_ms <= at_ms < warm_from_ms + 30 * MINUTE else well
        one = sample(2 * nth + 1, at_ms, load, LOAD)
        if at_ms == NOON + 30 * MINUTE:
            one = msgspec.structs.replace(one, micro_celsius=85_000_000)
            if not called_good:
                one = msgspec.structs.replace(one, micro_celsius=None, quality=Quality.IMPLAUSIBLE)
        facts += [one, sample(2 * nth + 2, at_ms, air, AIR)]
    for at in range(0, len(facts), 400):
        house.hear(facts[at : at + 400], gateway="gw-9")


def test_case_13_a_stuck_probe_is_said_of_the_sensor(house: House) -> None:
    lived(house)
    said = {(one["probe"], one["rule"], one["detail"]) for one in findings(house, COLD_ROOM, "sensor-fault")}
    assert said == {(LOAD, "A30", "stuck")}


@pytest.mark.parametrize("called_good", [True, False])
def test_case_13_no_unit_is_held_by_it(house: House, *, called_good: bool) -> None:
    lived(house, called_good=called_good)
    assert findings(house, COLD_ROOM) == []
    assert not held(house, "bag")


def test_case_13_the_healthy_probe_goes_on_and_its_values_count(house: House) -> None:
    lived(house, warm_from_ms=NOON + 4 * HOUR)
    (found,) = findings(house, COLD_ROOM)
    assert (found["probe"], found["start_ms"]) == (AIR, NOON + 4 * HOUR)
    assert held(house, "bag")
