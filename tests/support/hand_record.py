"""The simulator's record of one probe, made by hand: a sample every 20 s from time 0."""

from firmware_sim.record import BagRecord, ContactRecord, PlaceRecord, Record, TemperatureAnswer, Visit
from firmware_sim.story import Contact, Limits, Probe

STEP_MS = 20_000
LIMITS = Limits(cold_tenths=20, warm_tenths=60, hard_cold_tenths=10, hard_warm_tenths=100)
LOAD = Probe(id="p-load", place="p", channel=0, role="load", delay_ms=60_000)
DOOR = Contact(id="p-door", kind="door", place="p", input=0)
DEFROST = Contact(id="p-defrost", kind="defrost", place="p", input=1)
MAINS = Contact(id="mains", kind="mains", place="", input=2)


def record(
    tenths: list[int],
    visits: dict[str, list[Visit]] | None = None,
    *,
    limits: Limits = LIMITS,
    probe: Probe = LOAD,
    has_reader: bool = True,
) -> Record:
    """A log of one probe, a sample every 20 s from time 0."""
    place = PlaceRecord(
        id="p",
        kind="fridge",
        profile="x",
        profile_version=1,
        limits=limits,
        probes=(probe,),
        has_reader=has_reader,
    )
    log = Record(
        scenario="by-hand",
        seed=0,
        start_ms=0,
        until_ms=len(tenths) * STEP_MS,
        polling_interval_ms=STEP_MS,
        places={"p": place},
        contacts={contact.id: ContactRecord(contact) for contact in (DOOR, DEFROST, MAINS)},
        bags={epc: BagRecord({"epc": epc}, readable=True, visits=stays) for epc, stays in (visits or {}).items()},
        strays=["E28011700000020A1B2C3D4E"],
    )
    for number, value in enumerate(tenths):
        log.answer(TemperatureAnswer(number * STEP_MS, 0, (value & 0xFFFF,), sound=True))
    return log
