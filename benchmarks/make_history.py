"""Make a store of ten years and one million units a year, or a part of it: for figures, not for evidence.

    .venv/bin/python -m benchmarks.make_history FOLDER --scale 0.01         # 100,000 units, 5 places
    .venv/bin/python -m benchmarks.make_history FOLDER --scale 0.1 --bulk   # 1 M units, 50 places

The same seed and scale give the same bytes in every row. What is in it: places with a probe each, read once a minute
for all the years and sealed day by day; donations, each a whole blood unit processed into red cells, plasma and
platelets, every tenth of these pooled six by six; a tag and eight stays a component (one for whole blood), three of ten
in one hot fridge; an end of nearly every unit; of every hundredth red cell unit a finding, an exposure, a hold and
mostly its release.

What is the program's own and what is not:
- Readings: of one probe they go through the reading log and are sealed by the program (messages of six hours). For the
  other probes the blocks are copied: the packed columns of the same day under their own admission numbers, each with
  its own hash, ledger entry and rows, so that every check of the program holds for them; sums are copied in SQL.
- Everything else is appended by the program's ledger; with --bulk by this script, which writes the same rows without
  decoding each payload again (tests hold both to be equal). No fold has found the findings: they are made up.
- No checkpoints, hot rows, presence or placements: the figures that are measured on it need none, and nothing that
  derives stays anew must run on it. Recording a recall does: that is measured in many_units.py.

At full scale (10 M units, 500 places, 1.8 M blocks) it would take about 70 GB and some hours.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.history import DAY0, SEED, T0
from benchmarks.made_readings import ACTOR, SITE, copy_days, load_probe, seal_days
from coldchain.blocks import DAY_MS
from coldchain.canonical import leaf_hash
from coldchain.deciding import DecisionKind
from coldchain.decisions import Decision
from coldchain.entries import Binding, Draft, EntryKind, StayRecord
from coldchain.lineage import Act, EndHow, Transformation, UnitEnd
from coldchain.places import Gateway, Place, Probe, ProbeRole, Text
from coldchain.units import Direction, Exposure, Finding, FindingKind, FindingStatus, Hold, Unit
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.profile import load_profile, profile_record
from stores.change import Change, batched
from stores.projections import APPLY
from stores.schema import insert_sql, ledger
from stores.session import SqlStore
from stores.sql import Params, Sql
from stores.sqlite import open_store

Made = tuple[EntryKind, msgspec.Struct]

UNITS_A_YEAR: Final = 1_000_000
UNITS_A_PLACE: Final = 20_000  # of ten years
HOUR_MS: Final = 3_600_000
BATCH: Final = 20_000  # entries of one transaction
PARTS: Final = ("pl", "pt", "rc")
HOT_SHARE: Final = 0.3
STAYS: Final = 8
ENDED: Final = 0.97
FOUND_EVERY: Final = 100  # donations
POOLED_EVERY, POOL_OF = 10, 6
PROFILE_PATH: Final = Path(__file__).resolve().parents[1] / "rules" / "profiles" / "cn-rbc-2.toml"
PROFILE: Final = load_profile(PROFILE_PATH.read_bytes())
OF_PROFILE: Final[dict[str, Any]] = {"profile": PROFILE.id, "profile_version": PROFILE.version}
SIGNED: Final[dict[str, Any]] = {"name": "n", "post": "p"}


def fridge(number: int) -> str:
    """Return the id of a place."""
    return f"fridge-{number}"


def set_up(store: SqlStore, places: int) -> None:
    """Make the places known, as a server does that starts."""
    things: list[Any] = [profile_record(PROFILE_PATH.read_bytes()), Gateway(id="gw-1", site=SITE)]
    for number in range(places):
        name = Text(zh=f"冰箱 {number}", en=f"Fridge {number}")
        things.append(Place(id=fridge(number), site=SITE, name=name, **OF_PROFILE))
        things.append(Probe(id=load_probe(number), place=fridge(number), gateway="gw-1", role=ProbeRole.LOAD))
    Pipeline(store, Counters()).set_up(things, T0)


class Donations:
    """What the ledger says of donation after donation, in the order of their time."""

    def __init__(self, donations: int, days: int, places: int) -> None:
        self._chance = random.Random(SEED)
        self._count, self._places = donations, places
        self._span_ms = days * DAY_MS
        self._pool: list[str] = []
        self._tag = 0

    def __iter__(self) -> Iterator[tuple[int, Made]]:
        """Give (record time, what is said)."""
        for number in range(self._count):
            at_ms = T0 + self._span_ms * number // self._count
            for made in self._donation(number, at_ms):
                yield at_ms, made

    def _donation(self, number: int, at_ms: int) -> Iterator[Made]:
        whole = _unit(f"wb-{number:08}", f"d-{number:08}", "wb")
        yield from self._bag(whole, at_ms, 1)
        parts = [msgspec.structs.replace(whole, id=f"{p}-{number:08}", product_code=p, component=p) for p in PARTS]
        cut_ms = at_ms + 6 * HOUR_MS
        yield from _act(f"a-{number:08}", Act.PROCESS_DONATION, [whole.id], [one.id for one in parts], cut_ms)
        for one in parts:
            if one.product_code == "pt" and number % POOLED_EVERY == 0:
                yield from self._platelets(one, number, cut_ms)
                continue
            stays = self._stays(one.id, cut_ms, STAYS)
            yield from self._bag(one, cut_ms, stays=stays)
            if one.product_code == "rc" and number % FOUND_EVERY == 0:
                yield from self._found(number, one, stays[STAYS // 2])

    def _bag(self, unit: Unit, at_ms: int, count: int = 0, stays: Sequence[StayRecord] = ()) -> Iterator[Made]:
        """Give a unit with its tag, its stays and, but for what an act uses up, its end."""
        self._tag += 1
        yield EntryKind.UNIT, unit
        yield EntryKind.BINDING, Binding(epc=f"{self._tag:024X}", unit=unit.id, from_ms=at_ms)
        for stay in stays or self._stays(unit.id, at_ms, count):
            yield EntryKind.STAY, stay
        if stays and self._chance.random() < ENDED:
            how = EndHow.TRANSFUSED if self._chance.random() < ENDED else EndHow.DISCARDED
            end_ms = stays[-1].possible_to_ms or at_ms
            yield EntryKind.UNIT_END, UnitEnd(unit=unit.id, how=how, at_ms=end_ms, **SIGNED)

    def _platelets(self, unit: Unit, number: int, at_ms: int) -> Iterator[Made]:
        yield from self._bag(unit, at_ms, 1)
        self._pool.append(unit.id)
        if len(self._pool) == POOL_OF:
            pooled = _unit(f"pool-{number:08}", f"p-{number:08}", "pool")
            pool_ms = at_ms + 12 * HOUR_MS
            yield from self._bag(pooled, pool_ms, stays=self._stays(pooled.id, pool_ms, 2))
            yield from _act(f"p-{number:08}", Act.POOL, self._pool, [pooled.id], pool_ms)
            self._pool = []

    def _stays(self, unit: str, at_ms: int, count: int) -> list[StayRecord]:
        chance, made = self._chance, []
        for number in range(1, count + 1):
            hot = chance.random() < HOT_SHARE
            place = fridge(0 if hot else chance.randrange(self._places))
            end_ms = at_ms + chance.randrange(HOUR_MS, (6 if count > 1 else 1) * 6 * HOUR_MS * STAYS // 2)
            made.append(_stay(unit, number, place, at_ms, end_ms))
            at_ms = end_ms + chance.randrange(60_000, HOUR_MS)
        return made

    def _found(self, number: int, unit: Unit, stay: StayRecord) -> Iterator[Made]:
        """Give a finding of two hours within a stay, what it means for the unit, and mostly its release."""
        start_ms = stay.possible_from_ms
        end_ms = min(start_ms + 2 * HOUR_MS, stay.possible_to_ms or start_ms)
        name, out_ms = f"f-{number:08}", end_ms - start_ms
        yield EntryKind.FINDING, _finding(name, stay.place, start_ms, end_ms)
        exposure = Exposure(
            unit=unit.id, finding=name, place=stay.place, certain=True, from_ms=start_ms, to_ms=end_ms,
            out_ms_min=out_ms, out_ms_max=out_ms, unknown_ms_max=0, peak_micro_celsius=9_000_000,
        )  # fmt: skip
        yield EntryKind.EXPOSURE, exposure
        hold = Hold(id=f"h-{number:08}", unit=unit.id, finding=name, placed_ms=start_ms, certain=True)
        yield EntryKind.HOLD, hold
        if self._chance.random() < ENDED:
            decision = Decision(
                id=f"d-{number:08}", version=1, unit=unit.id, holds=(hold.id,), decision=DecisionKind.RELEASE_HOLD,
                evidence="0" * 64, exposures=(exposure,), at_ms=end_ms + HOUR_MS, reason="made", **SIGNED,
            )  # fmt: skip
            yield EntryKind.DECISION, decision
            yield EntryKind.HOLD, msgspec.structs.replace(hold, lifted_by=decision.id)


def _unit(name: str, number: str, product: str) -> Unit:
    return Unit(
        id=name, issuer="i", scheme="local", donation_number=number, product_code=product, division="00",
        component=product, blood_group="O+", **OF_PROFILE,
    )  # fmt: skip


def _act(name: str, act: Act, inputs: Sequence[str], outputs: Sequence[str], at_ms: int) -> Iterator[Made]:
    made = Transformation(
        id=name, act=act, inputs=tuple(inputs), outputs=tuple(outputs), kept=(), at_ms=at_ms, **SIGNED
    )
    yield EntryKind.TRANSFORMATION, made
    for unit in inputs:
        yield EntryKind.UNIT_END, UnitEnd(unit=unit, how=EndHow.USED, at_ms=at_ms, act=name, **SIGNED)


def _stay(unit: str, number: int, place: str, at_ms: int, end_ms: int) -> StayRecord:
    return StayRecord(
        unit=unit, number=number, place=place, possible_from_ms=at_ms, certain_from_ms=at_ms, certain_to_ms=end_ms,
        possible_to_ms=end_ms, entered_by="reader", left_by="reader", unseen_since_ms=None,
    )  # fmt: skip


def _finding(name: str, place: str, start_ms: int, end_ms: int) -> Finding:
    return Finding(
        id=name, version=1, kind=FindingKind.EXCURSION, rule="A01", place=place, probe=f"{place}-load",
        status=FindingStatus.CLOSED, holds=True, direction=Direction.TOO_WARM, start_ms=start_ms,
        condition_ms=start_ms, end_ms=end_ms, cleared_ms=end_ms, peak_micro_celsius=9_000_000,
        out_ms=end_ms - start_ms, unknown_ms=0, samples_out=120, **OF_PROFILE,
    )  # fmt: skip


# --- writing


def by_ledger(store: SqlStore, part: Sequence[tuple[int, Made]]) -> None:
    """Append a batch by the program's own ledger."""
    with store.writing() as session:
        for record_ms, together in groupby(part, lambda one: one[0]):
            drafts = [Draft(kind=kind, actor=ACTOR, site=SITE, payload=payload) for _, (kind, payload) in together]
            session.ledger.append(drafts, record_ms)


# What entry_hash spells anew for each entry; a test holds the hashes to be the same.
HEADS: Final = {kind: f'{{"actor":"{ACTOR}","kind":"{kind.value}","payload":'.encode() for kind in EntryKind}
SITE_RAW: Final = SITE.encode()


def in_bulk(store: SqlStore, part: Sequence[tuple[int, Made]]) -> None:
    """Write the same rows: what each entry changes comes from the program, in its own batches of a statement."""
    with store.writing_sql() as sql:
        seq = int(sql.first("SELECT COALESCE(MAX(seq), 0) AS n FROM ledger").n)
        entries: list[Params] = []
        changes: list[Change] = []
        for number, (record_ms, (kind, payload)) in enumerate(part, seq + 1):
            body = msgspec.json.encode(payload, order="sorted")
            digest = leaf_hash(
                HEADS[kind] + body + b',"record_ms":%d,"seq":%d,"site":"%s"}' % (record_ms, number, SITE_RAW)
            )
            entries.append((number, record_ms, ACTOR, SITE, kind.value, body, digest))
            changes += APPLY[kind][1](number, payload, body)
        sql.change_many(insert_sql(ledger), entries)
        _change(sql, changes)


def _change(sql: Sql, changes: Sequence[Change]) -> None:
    # No stay here was ever open, so there is nothing to take out.
    for batch in batched((one for one in changes if not one.statement.startswith("DELETE")), replayed=False):
        sql.change_many(batch.statement, batch.rows)


def fill(store: SqlStore, donations: Donations, *, bulk: bool) -> None:
    """Write what is said of all donations, a transaction for every BATCH entries."""
    waiting = iter(donations)
    while part := list(islice(waiting, BATCH)):
        if bulk:
            in_bulk(store, part)
        else:
            by_ledger(store, part)


def make(path: Path, units: int, days: int, places: int, *, bulk: bool) -> SqlStore:
    """Make the store; print what took how long."""
    store = open_store(path)
    set_up(store, places)
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        (f"{days:,} days of one probe sealed", lambda: seal_days(store, days, PROFILE.hold_ms)),
        (f"{days * (places - 1):,} blocks of {places - 1} probes copied", lambda: copy_days(store, days, places)),
        (f"{units:,} units", lambda: fill(store, Donations(units // 4, days, places), bulk=bulk)),
    )
    for words, step in steps:
        began = time.perf_counter()
        step()
        print(f"{words}: {time.perf_counter() - began:.0f} s", flush=True)
    with store.reading() as session:
        print(f"{session.ledger.next_seq() - 1:,} entries, {session.readings.counts().samples:,} readings", flush=True)
    print(f"{path.stat().st_size / 1e9:.2f} GB; seed {SEED}, day {DAY0} on, {places} places", flush=True)
    return store


def main() -> None:
    """Make a store in a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--bulk", action="store_true")
    parser.add_argument(
        "--places", type=int, default=0, help=f"else one for every {UNITS_A_PLACE:,} units of ten years"
    )
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    places = asked.places or max(2, round(10 * UNITS_A_YEAR * asked.scale / UNITS_A_PLACE))
    units = int(UNITS_A_YEAR * asked.years * asked.scale)
    make(asked.folder / "hot.sqlite", units, 365 * asked.years, places, bulk=asked.bulk).close()


if __name__ == "__main__":
    main()
