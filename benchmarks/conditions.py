"""What one look of each provider costs on a site of many places, in milliseconds, and the conditions found.

    .venv/bin/python benchmarks/conditions.py [places]

Every place has a load and an air probe with six hours of readings a minute, and a door; ten places share a gateway.
One place in a hundred drifts towards its limit, one in a hundred is silent, and the mains are lost.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from coldchain.entries import Draft, EntryKind, RecordedEvent
from coldchain.facts import ClockState, EventKind
from coldchain.places import Contact, ContactKind, Gateway, Place, PlaceKind, Probe, ProbeRole, Text
from coldchain.ports import FoldHead, SampleRow, Session
from ingest.conditions import PROVIDERS
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from rules.fold_state import FoldState, encode_state
from rules.profile import profile_record
from stores.sqlite import SqliteStore, open_store

SITE = "site-1"
START_MS = 1_795_000_000_000 // 3_600_000 * 3_600_000
MINUTES = 360
NOW_MS = START_MS + MINUTES * 60_000
LOOKS, APART_MS = 9, 3_000


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "centre.db")
        filled(store, number)
        for provider in PROVIDERS:
            spent, found = [], 0
            for look in range(LOOKS):
                with store.reading() as session:
                    began = time.perf_counter()
                    found = len(provider(session, NOW_MS + look * APART_MS))
                    spent.append(1_000 * (time.perf_counter() - began))
            later = sorted(spent[1:])
            print(
                f"{provider.__name__}: {number} places, first look {spent[0]:.0f} ms, later median "
                f"{median(later):.0f} ms, longest {later[-1]:.0f} ms, {found} conditions"
            )
        store.close()


def filled(store: SqliteStore, number: int) -> None:
    """Set up the places and let their readings be there."""
    profiles = Path(__file__).parents[1] / "rules" / "profiles"
    things: list[Setup] = [profile_record((profiles / "cn-rbc-2.toml").read_bytes())]
    things += [Gateway(id=f"gw-{n}", site=SITE) for n in range(-(-number // 10))]
    things.append(Contact(id="site-mains", place="", gateway="gw-0", kind=ContactKind.MAINS))
    for n in range(number):
        place, gateway = f"fridge-{n:04}", f"gw-{n // 10}"
        name = Text(zh=place, en=place)
        things.append(Place(id=place, site=SITE, name=name, profile="cn-rbc", profile_version=2, kind=PlaceKind.FRIDGE))
        things += [Probe(id=f"{place}-{role}", place=place, gateway=gateway, role=role) for role in ProbeRole]
        things.append(Contact(id=f"{place}-door", place=place, gateway=gateway, kind=ContactKind.DOOR))
    Pipeline(store, Counters()).set_up(things, START_MS)
    with store.writing() as session:
        for n in range(number):
            readings(session, n)
        session.ledger.append([mains_lost()], NOW_MS)


def readings(session: Session, n: int) -> None:
    """Let a place have its six hours; every hundredth drifts, another one fell silent an hour ago."""
    minutes = MINUTES - 60 if n % 100 == 1 else MINUTES
    taken = [START_MS + i * 60_000 for i in range(minutes)]
    drift = [max(0, i - MINUTES + 60) * 30_000 if n % 100 == 0 else 0 for i in range(minutes)]
    for role in ProbeRole:
        cycle = [
            4_000_000 + 62_500 * (abs(i % 40 - 20) if role is ProbeRole.AIR else i % 2) - 312_500
            for i in range(minutes)
        ]
        session.readings.append_samples(
            SampleRow(
                probe=f"fridge-{n:04}-{role}",
                gateway=f"gw-{n // 10}",
                epoch="e",
                received_ms=NOW_MS,
                source_rank=0,
                clock=ClockState.TRUSTED,
                boot="b",
                seq=[2 * i + (role is ProbeRole.AIR) + n * 1_000 for i in range(minutes)],
                origin_seq=[None] * minutes,
                taken_ms=taken,
                boottime_ms=taken,
                device_ms=[None] * minutes,
                micro_celsius=[value + more for value, more in zip(cycle, drift, strict=True)],
                quality=[0] * minutes,
            )
        )
        head = FoldHead(
            state=encode_state(FoldState(last_ms=taken[-1])),
            last_taken_ms=taken[-1],
            horizon_ms=taken[-1],
            provisional_from_ms=None,
        )
        session.books.put_head(f"fridge-{n:04}-{role}", head)
    session.books.raise_horizon(f"gw-{n // 10}", NOW_MS, NOW_MS - 5_000)


def mains_lost() -> Draft:
    event = RecordedEvent(
        gateway="gw-0",
        epoch="e",
        seq=1,
        place="",
        origin="site-mains",
        kind=EventKind.MAINS_LOST,
        boot="b",
        origin_seq=None,
        taken_ms=NOW_MS - 1_200_000,
        boottime_ms=1,
        earliest_ms=None,
        latest_ms=NOW_MS - 1_200_000,
        epc=None,
        details={},
    )
    return Draft(kind=EntryKind.DEVICE_EVENT, actor="gw-0", site=SITE, payload=event)


if __name__ == "__main__":
    main()
