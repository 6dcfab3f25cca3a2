"""Case 3: a tag read in four of five cycles falls silent behind a shut door: doubted, then said, never moved."""

from support.a_minute import active
from support.acceptance import FRIDGE, House
from support.intake import epc
from support.read_fridge import MINUTE, ReadFridge, read_fridge

from coldchain.facts import EventKind

RATE = 0.80
LEARNT_MS = 90 * MINUTE


def silent(fridge: ReadFridge) -> int:
    """Let the reader hear the second bag no more; return after how many cycles that was said."""
    fridge.reader.hidden = {epc(2)}
    before = fridge.reader.cycles
    while not fridge.said(EventKind.UNSEEN):
        fridge.cabinet.run(500)
        assert fridge.reader.cycles - before < 40
    return fridge.reader.cycles - before


def missed(house: House) -> list[str]:
    """Return the units of which somebody is told that they are not found."""
    for _ in range(3):  # a condition has to be gone for a while before its alarm clears
        house.pipeline.alarms.look(house.clock.now_ms())
        house.clock.forward(MINUTE)
    return [str(one.values["unit"]) for one in active(house, "A38")]


def test_case_03_five_silent_cycles_are_nothing_and_then_it_is_unseen_and_stays(house: House) -> None:
    with read_fridge(house, 3, RATE) as fridge:
        fridge.put_in(1, 2, 3)
        fridge.run(LEARNT_MS)
        before = house.stays("bag-2")
        assert [place for place, _, _ in before] == [FRIDGE]
        assert silent(fridge) in (6, 7), "6 at a rate of 0.80; what the reader has learnt may lie a little below"
        fridge.run(11 * MINUTE)
        assert house.stays("bag-2") == before, "not a movement"
        assert missed(house) == ["bag-2"]
        fridge.reader.hidden = set()
        fridge.run(15 * MINUTE)
        assert fridge.said()[3:] == [(EventKind.UNSEEN, epc(2)), (EventKind.SEEN_AGAIN, epc(2))]
        assert missed(house) == [], "the next read clears it"
        assert house.stays("bag-2") == before
