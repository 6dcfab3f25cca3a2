"""Case 2: 40 bags into a fridge whose reader hears each in two of three cycles; the burst after the door finds them."""

from support.acceptance import FRIDGE, House
from support.read_fridge import ReadFridge, read_fridge

from coldchain.facts import EventKind

BAGS = 40
POLL_MS = 1_000  # of the door
TOLD_MS = 5_000


def through_the_burst(fridge: ReadFridge) -> int:
    """Let cycles run until presence has decided; return when it had."""
    while not fridge.said():
        fridge.cabinet.run(500)
    return fridge.house.clock.now_ms()


def test_case_02_one_burst_says_forty_arrivals_and_forty_stays_are_open(house: House) -> None:
    with read_fridge(house, BAGS) as fridge:
        assert fridge.said() == [], "an empty fridge has nothing to say"
        opened_ms, closed_ms = fridge.put_in(*range(1, BAGS + 1))
        ended_ms = through_the_burst(fridge)
        fridge.tell()
        assert house.clock.now_ms() - ended_ms <= TOLD_MS
        said = fridge.said()
    assert [kind for kind, _ in said] == [EventKind.ARRIVED] * BAGS
    assert len({epc for _, epc in said}) == BAGS
    for name in fridge.names:
        ((place, from_ms, to_ms),) = house.stays(name)
        assert (place, to_ms) == (FRIDGE, None)
        assert opened_ms - POLL_MS <= from_ms <= closed_ms
    inside = house.get(f"/api/places/{FRIDGE}/inside", limit=100)
    assert len(inside["items"]) == BAGS
