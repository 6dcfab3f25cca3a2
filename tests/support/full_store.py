"""A store with something in every corner, for what copies, backs up or checks all of it."""

from collections.abc import Iterator

from support import store_words as words
from support.sealing import seal_all

from coldchain.entries import Draft, EntryKind, Placement
from coldchain.facts import ClockState
from coldchain.ports import FoldHead, Quarantined, RefusedPayload, Session, Store

DAYS_SEALED = 1  # readings begin with 1970, one thousand seconds for each number: 86 of them are a day
NAMES = ("a", "B", "é", "血", "\U0001f9ca", "~", "_", "Z9")  # languages sort them otherwise than code points do


def drafts(number: int) -> Iterator[Draft]:
    """Give one entry of most kinds, of which none contradicts those of another number."""
    name = f"{NAMES[number % len(NAMES)]}-{number}"
    epc = f"{number:024X}"
    yield words.draft(EntryKind.PLACE, words.place(name))
    yield words.draft(EntryKind.PROBE, words.probe(name))
    yield words.draft(EntryKind.UNIT, words.unit(name, donation_number=f"D-{name}"), actor="王护士")
    yield words.draft(EntryKind.BINDING, words.binding(epc, name, number))
    yield words.draft(EntryKind.PLACEMENT, Placement(unit=name, place=None, at_ms=number))
    yield words.draft(EntryKind.DEVICE_EVENT, words.event(number, kind="arrived", epc=epc))
    yield words.draft(EntryKind.GAP, words.gap(number))
    yield words.draft(EntryKind.FINDING, words.finding(name))
    yield words.draft(EntryKind.STAY, words.stay(name))
    yield words.draft(EntryKind.EXPOSURE, words.exposure(name, name))
    yield words.draft(EntryKind.HOLD, words.hold(name, name))


def add(session: Session, number: int) -> None:
    """Add to the reading log, the ledger and the books what belongs to a number."""
    times = [number * 1_000_000 + 20_000 * i for i in range(50)]
    session.readings.append_samples(words.samples(times, [4_000_000 - i if i % 7 else None for i in range(50)]))
    session.readings.append_tags(words.tags(*(words.tag(ms) for ms in times[:5])))
    session.ledger.append(list(drafts(number)), number)
    books, name = session.books, NAMES[number % len(NAMES)]
    books.set_received(f"gw-{number}", "e1", [(1, number + 1)])
    books.raise_horizon(f"gw-{number}", number, number)
    books.put_checkpoints(name, {number: b"\x00\xff state"})
    books.put_head(name, FoldHead(state=b"\x00", last_taken_ms=1, horizon_ms=2, provisional_from_ms=None))
    where = {"gateway": f"gw-{number}", "epoch": "e1", "received_ms": number}
    item = {"id": 0, "reason": "future", "seq": 1, "origin": name, "clock": ClockState.TRUSTED, "boot": "b1"}
    books.quarantine(Quarantined(**where, **item, body=b"\x00{}"))  # type: ignore[arg-type]
    books.refuse(RefusedPayload(**where, sha256=f"{number:064x}", reason="r", detail=f"{name}\n'"), 100)  # type: ignore[arg-type]
    books.put_digests(f"gw-{number}", "e1", {number: bytes(range(256))}, 5)
    books.set_cursor(f"mirror-{name}", number + 1)


def seal(store: Store) -> int:
    """Seal every day of the reading log that is over by the last reading; return how many blocks that made."""
    with store.writing() as session:
        return seal_all(session, "fridge-1-load", DAYS_SEALED, [300_000])


def fill(store: Store, numbers: range) -> None:
    """Commit what belongs to each of the numbers, and release an item so that a number of the database's is gone."""
    for number in numbers:
        with store.writing() as session:
            add(session, number)
    with store.writing() as session:
        session.books.release([max(item.id for item in session.books.quarantined())])
