"""A fridge whose names try everything, with one day of readings."""

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace
from support.console_story import NOW, SITE, registry
from support.memory_store import MemoryStore

from coldchain.entries import Draft, EntryKind
from coldchain.facts import ClockState
from coldchain.places import Place, Probe, ProbeRole, ProfileRecord, Text
from coldchain.ports import SampleRow, Store

MINUTE: Final = 60_000
READINGS: Final = 300
NAMES: Final = {
    "html": '<script>alert("x")</script><img src="http://127.0.0.1:9/x"><style>*{display:none}</style>',
    "formula": '=HYPERLINK("http://127.0.0.1:9","x")',
    "long": "储血冰箱" * 700,
    "rtl": "ثلاجة الدم \u202e001 \u2067 321",
    "css": "');} @page { size: 1mm } /*",
    "template": "{{ 7 * 7 }}{% include 'base.html' %}",
}


@dataclass(frozen=True)
class Hostile:
    """A store with the one place, and the name that it has."""

    store: Store
    name: str


def hostile(name: str) -> Hostile:
    """Return a store in which a place, its probe's serial and a work reason have a hostile name."""
    store = MemoryStore()
    things = registry()
    profile = next(one for one in things if isinstance(one, ProfileRecord) and (one.id, one.version) == ("cn-rbc", 2))
    place = next(one for one in things if isinstance(one, Place) and one.id == "fridge-1")
    place = replace(place, name=Text(zh=name, en=name))
    probe = Probe(id="-p", place="fridge-1", gateway="gw", role=ProbeRole.LOAD, serial=name)
    with store.writing() as session:
        drafts = [
            Draft(kind=EntryKind.PROFILE, actor="config", site="", payload=profile),
            Draft(kind=EntryKind.PLACE, actor="config", site=SITE, payload=place),
            Draft(kind=EntryKind.PROBE, actor="config", site=SITE, payload=probe),
        ]
        session.ledger.append(drafts, NOW - READINGS * MINUTE)
        session.readings.append_samples(_samples())
        session.books.raise_horizon("gw", NOW, NOW)
    return Hostile(store=store, name=name)


def _samples() -> SampleRow:
    count = READINGS
    taken = [NOW - (count - number) * MINUTE for number in range(count)]
    return SampleRow(
        probe="-p",
        gateway="gw",
        epoch="e",
        received_ms=NOW,
        source_rank=0,
        clock=ClockState.TRUSTED,
        boot="b",
        seq=list(range(1, count + 1)),
        origin_seq=[None] * count,
        taken_ms=taken,
        boottime_ms=taken,
        device_ms=[None] * count,
        micro_celsius=[4_000_000 + number * 12_345 for number in range(count)],
        quality=[0] * count,
    )
