"""Case 15: a gateway runs seven and a half minutes fast until it is synchronised."""

from support.acceptance import BOX, FRIDGE, House
from support.intake import GATEWAY, HOUR, START, epc, sample

from coldchain.facts import ClockState, DeviceEvent, EventKind
from coldchain.places import ProbeRole

FAST = 450_000
UP = 3_600_000  # what the gateway's clock that never steps shows at START
ARRIVED, LEFT, PACKED, SYNCED = START + 60_000, START + 300_000, START + 600_000, START + 900_000


def event(seq: int, kind: EventKind, true_ms: int) -> DeviceEvent:
    """Return a presence event as the fast clock stamped it, with the clock that never steps."""
    at_ms = true_ms + FAST
    return DeviceEvent(
        seq=seq,
        origin="fridge-1-reader",
        taken_ms=at_ms,
        boottime_ms=true_ms - START + UP,
        kind=kind,
        earliest_ms=at_ms,
        latest_ms=at_ms,
        epc=epc(1),
    )


def run_fast(house: House) -> None:
    """Send what was stamped by the fast clock, as soon as it was, and as often as the centre asks for it."""
    house.register("bag", 1)
    house.post("/api/units/bag/tags", {"epc": epc(1), "from_ms": START})
    house.clock.forward(PACKED - START)
    stamped = [event(1, EventKind.ARRIVED, ARRIVED), event(2, EventKind.LEFT, LEFT)]
    reading = sample(3, LEFT + FAST, 4_000_000, boottime_ms=LEFT - START + UP)
    house.hear(
        [*stamped, reading], sent_ms=PACKED + FAST, sent_boottime_ms=PACKED - START + UP, clock=ClockState.TRUSTED
    )
    house.post(
        "/api/manifests",
        {"id": "list-1", "box": BOX, "units": ["bag"], "packed_ms": PACKED, "destination": "S3"},
    )


def synchronise(house: House) -> None:
    """The gateway's clock is set right: it says so with both its clocks."""
    house.clock.forward(SYNCED - house.clock.now_ms())
    stepped = DeviceEvent(
        seq=4,
        origin=GATEWAY,
        taken_ms=SYNCED,
        boottime_ms=SYNCED - START + UP,
        kind=EventKind.CLOCK_STEPPED,
        details={"uncertainty_ms": 40},
    )
    house.hear([stepped], sent_boottime_ms=SYNCED - START + UP)
    while house.pipeline.readmit(house.clock.now_ms()):
        pass


def test_case_15_while_the_clock_is_wrong_its_words_are_kept_aside_and_said(house: House) -> None:
    run_fast(house)
    assert house.stays("bag") == [(BOX, PACKED, None)], "nothing that a wrong clock stamped moves a bag"
    aside = house.get("/api/quarantine")
    assert {one["reason"] for one in aside["items"]} == {"clock-wrong"}
    assert len(aside["items"]) == 3


def test_case_15_event_times_are_corrected_and_pack_stays_after_the_fridge(house: House) -> None:
    run_fast(house)
    synchronise(house)
    assert house.get("/api/quarantine")["items"] == []
    assert house.stays("bag") == [(FRIDGE, ARRIVED, LEFT), (BOX, PACKED, None)]
    steps = [(one["what"], one["place"]) for one in house.get("/api/units/bag/custody")["steps"]]
    assert steps == [("bound", ""), ("entered", FRIDGE), ("left", FRIDGE), ("entered", BOX)]


def test_case_15_what_the_clock_said_is_kept_and_nothing_lies_after_its_record_time(house: House) -> None:
    run_fast(house)
    synchronise(house)
    now_ms = house.clock.now_ms()
    with house.store.reading() as session:
        dated = sorted(item for one in session.records.backdatings(GATEWAY) for item in one.items)
        (probe,) = [one.id for one in session.records.probes() if one.role is ProbeRole.LOAD]
        taken = session.readings.history(probe, 0, now_ms + HOUR).taken_ms.tolist()
        events = session.records.presence_of_epc(epc(1))
    raw = [(item[1], item[2]) for item in dated]
    assert raw == [(true_ms + FAST, true_ms) for true_ms in (ARRIVED, LEFT, LEFT)]
    assert taken == [LEFT]
    assert all(one.taken_ms <= now_ms + 60_000 for one in events)
