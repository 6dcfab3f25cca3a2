"""Case 4: one of 40 bags is taken out; the reads after the door closed say which, and the door says when."""

from support.acceptance import FRIDGE, House
from support.intake import epc
from support.read_fridge import MINUTE, read_fridge

from coldchain.facts import EventKind

BAGS = 40
TAKEN = 7
POLL_MS = 1_000  # of the door
OPEN_MS = 20_000


def test_case_04_one_leaves_between_opening_and_closing_and_the_others_are_untouched(house: House) -> None:
    with read_fridge(house, BAGS) as fridge:
        fridge.put_in(*range(1, BAGS + 1))
        fridge.run(20 * MINUTE)
        before = {name: house.stays(name) for name in fridge.names}
        said = len(fridge.said())
        opened_ms, closed_ms = fridge.take_out(TAKEN, open_ms=OPEN_MS)
        fridge.run(10 * MINUTE)
        assert fridge.said()[said:] == [(EventKind.LEFT, epc(TAKEN))]
    taken = f"bag-{TAKEN}"
    ((_, from_ms, _),) = before.pop(taken)
    ((place, since_ms, until_ms),) = house.stays(taken)
    assert (place, since_ms) == (FRIDGE, from_ms)
    assert closed_ms <= (until_ms or 0) <= closed_ms + POLL_MS
    (stay,) = house.get(f"/api/units/{taken}/stays")["items"]
    assert opened_ms - POLL_MS <= stay["certain_to_ms"] <= opened_ms, "certainly inside up to the opening"
    assert {name: house.stays(name) for name in before} == before
