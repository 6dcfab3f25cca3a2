"""Look-back, trace and recall on SQLite: how long people wait for an answer over ten years of one hot fridge.

    .venv/bin/python -m benchmarks.lookback            # 100 k and 1 M stays in one fridge, 300 k donations
    .venv/bin/python -m benchmarks.lookback --quick    # 20 k stays, 2 k donations

Ten years of stays of up to 42 days in one fridge, 5 % of them of years (a reagent, a forgotten bag), from one seed,
with the ledger's own rows (make_history.in_bulk). A look-back asks for one random day and must equal a scan. For the
recall each donation gives three components, and every tenth is in a pool of six. The recall is recorded through the
pipeline, holds and all. Target of the plan: full trace below 5 s, recall at most 2 s.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

import msgspec

from api.custody import custody_of, inside, recalled
from api.looking_back import FIRST
from api.looking_back import look_back as look_back_page
from benchmarks.make_history import in_bulk
from coldchain.entries import Draft, EntryKind, StayRecord
from coldchain.lineage import Act, RecallDonation, Transformation
from coldchain.places import Gateway, Place, Text
from coldchain.ports import Store
from coldchain.units import Unit
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.profile import profile_record
from stores.session import SqlStore
from stores.sqlite import open_store

T = TypeVar("T")
SEED: Final = 20_261_127
BEGIN = 1_450_000_000_000
DAY = 86_400_000
YEARS_MS = 3_652 * DAY
LONG_SHARE = 0.05
WINDOWS = 50
CHECKED = 20
BATCH = 5_000
FRIDGE = "fridge-1"
PROFILE = Path(__file__).resolve().parents[1] / "rules" / "profiles" / "cn-rbc.toml"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stays", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--donations", type=int, default=300_000)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    print(f"seed {SEED}")
    for count in [20_000] if asked.quick else asked.stays:
        with tempfile.TemporaryDirectory() as directory:
            look_back(open_store(Path(directory) / "hot.sqlite"), count)
    with tempfile.TemporaryDirectory() as directory:
        recall(open_store(Path(directory) / "hot.sqlite"), 2_000 if asked.quick else asked.donations)


def look_back(store: SqlStore, count: int) -> None:
    """Ask who was in the fridge on random days."""
    chance = random.Random(SEED)
    began = time.perf_counter()
    spans = [_span(chance) for _ in range(count)]
    for start in range(0, count, BATCH):
        part = enumerate(spans[start : start + BATCH], start)
        in_bulk(store, [(BEGIN, (EntryKind.STAY, _stay(i, *one))) for i, one in part])
    print(f"{count:,} stays in one fridge, filled in {time.perf_counter() - began:.0f} s")
    times, found, pages, busy = [], [], [], []
    windows = [(at, at + DAY) for at in (BEGIN + chance.randrange(YEARS_MS) for _ in range(WINDOWS))]
    with store.reading() as session:
        for nth, (begin, end) in enumerate(windows):
            took, stays = timed(lambda: session.records.stays_in_place(FRIDGE, begin, end))  # noqa: B023
            times.append(took)
            found.append(len(stays))
            used = time.process_time()
            took, first = timed(lambda: look_back_page(session, FRIDGE, (begin, end), FIRST, 100))  # noqa: B023
            busy.append(time.process_time() - used)
            pages.append(took)
            assert (first.all, tuple(first.stays)) == (len(stays), stays[:100])
            if nth < CHECKED:
                brute = {f"u-{i}" for i, (a, b) in enumerate(spans) if a < end and (b is None or b > begin)}
                assert {stay.unit for stay in stays} == brute
        page, _ = timed(lambda: inside(session, stays[:100], BEGIN + YEARS_MS))
    print(f"  look-back of a day, its first 100 and how many there are: {say(pages)} (cpu: {say(busy)})")
    print(f"  all of it read at once: {say(times)}, finds {median(found):,.0f}; equal to a scan in {CHECKED} windows")
    print(f"  with where 100 of them are now: {page * 1_000:.1f} ms")
    store.close()


def recall(store: Store, donations: int) -> None:
    """Trace units and recall donations."""
    began = time.perf_counter()
    pipeline = Pipeline(store, Counters())
    name = Text(zh="冰箱", en="Fridge")
    place = Place(id=FRIDGE, site="s", name=name, profile="cn-rbc", profile_version=1)
    pipeline.set_up([profile_record(PROFILE.read_bytes()), Gateway(id="g", site="s"), place], BEGIN)
    fill(store, _donations(donations))
    took = time.perf_counter() - began
    print(f"{donations:,} donations, {donations * 4:,} units and their pools, filled in {took:.0f} s")
    chance = random.Random(SEED)
    now = BEGIN + YEARS_MS
    traces, records, shows, reach = [], [], [], []
    for nth in range(WINDOWS):
        which = chance.randrange(donations) // 10 * 10  # one that is in a pool
        with store.reading() as session:
            unit = session.records.unit(f"wb-{which}")
            assert unit is not None
            traces.append(timed(lambda: custody_of(session, unit, now))[0])  # noqa: B023
        fact = RecallDonation(
            id=f"r-{nth}",
            reason="b",
            at_ms=now,
            name="n",
            post="p",
            actor="b",
            donation_number=f"d-{which}",
            issuer="i",
            scheme="local",
        )
        records.append(timed(lambda: pipeline.record(fact, now))[0])  # noqa: B023
        with store.reading() as session:
            known = session.records.recall(f"r-{nth}")
            assert known is not None
            took, shown = timed(lambda: recalled(session, known, now))  # noqa: B023
        shows.append(took)
        reach.append(len(shown.units))
        assert shown.held == len(shown.units)
    print(f"  trace of a unit: {say(traces)}; recall recorded with its holds: {say(records)}; shown: {say(shows)}")
    print(f"  a recall reaches {min(reach)} to {max(reach)} units")
    store.close()


def fill(store: Store, drafts: Iterable[Draft]) -> None:
    """Append entries by the ledger, with their projections."""
    waiting = iter(drafts)
    while part := list(islice(waiting, BATCH)):
        with store.writing() as session:
            session.ledger.append(part, BEGIN)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds that it took, and its answer."""
    began = time.perf_counter()
    answer = work()
    return time.perf_counter() - began, answer


def say(seconds: list[float]) -> str:
    """Return median and worst in ms."""
    return f"median {median(seconds) * 1_000:.1f} ms, worst {max(seconds) * 1_000:.1f} ms"


def _span(chance: random.Random) -> tuple[int, int | None]:
    begin = BEGIN + chance.randrange(YEARS_MS)
    if chance.random() < LONG_SHARE:
        return begin, begin + chance.randrange(365 * DAY, 4 * 365 * DAY)
    return begin, begin + chance.randrange(DAY // 24, 42 * DAY)


def _stay(nth: int, begin: int, end: int | None) -> StayRecord:
    return StayRecord(
        unit=f"u-{nth}",
        number=1,
        place=FRIDGE,
        possible_from_ms=begin,
        certain_from_ms=begin,
        certain_to_ms=end,
        possible_to_ms=end,
        entered_by="reader",
        left_by="reader",
        unseen_since_ms=None,
    )


def _donations(count: int) -> Iterator[Draft]:
    pooled: list[str] = []
    for nth in range(count):
        whole = _unit(f"wb-{nth}", f"d-{nth}", "wb")
        parts = [msgspec.structs.replace(whole, id=f"{p}-{nth}", product_code=p) for p in ("rc", "pl", "pt")]
        for unit in (whole, *parts):
            yield Draft(kind=EntryKind.UNIT, actor="b", site="", payload=unit)
        yield _act(f"a-{nth}", Act.PROCESS_DONATION, [whole.id], [unit.id for unit in parts])
        if nth % 10 == 0:
            pooled.append(f"pt-{nth}")
        if len(pooled) == 6 or (pooled and nth == count - 1):
            made = _unit(f"pool-{nth}", f"p-{nth}", "pool")
            yield Draft(kind=EntryKind.UNIT, actor="b", site="", payload=made)
            yield _act(f"p-{nth}", Act.POOL, pooled, [made.id])
            pooled = []


def _act(name: str, act: Act, inputs: list[str], outputs: list[str]) -> Draft:
    made = Transformation(
        id=name, act=act, inputs=tuple(inputs), outputs=tuple(outputs), kept=(), at_ms=BEGIN, name="n", post="p"
    )
    return Draft(kind=EntryKind.TRANSFORMATION, actor="b", site="", payload=made)


def _unit(name: str, number: str, product: str) -> Unit:
    return Unit(
        id=name,
        issuer="i",
        scheme="local",
        donation_number=number,
        product_code=product,
        division="00",
        component=product,
        blood_group="O+",
        profile="cn-rbc",
        profile_version=1,
    )


if __name__ == "__main__":
    main()
