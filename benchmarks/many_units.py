"""Trace and recall among ten million units: how long people wait while all that was ever made is in the record.

    .venv/bin/python -m benchmarks.many_units                    # 10 M units, some minutes and 9 GB of disk
    .venv/bin/python -m benchmarks.many_units --units 100_000

The store is synthetic: SQL itself writes the rows of the projections, consistent among each other and with the bodies
that the program would write, but with no ledger entries behind them; filling ten million through the ledger would take
a quarter of an hour and change no answer. Each donation is a whole blood unit processed into red cells, plasma and
platelets; the platelets of every tenth go, six by six, into pools. Red cells have one stay. One unit of a hundred was
held, one of ten thousand is. Traces and recalls are the program's own: what is recorded goes through the pipeline, with
its ledger entries. Places of units are asked for as the pages ask. Goal: each answer below 50 ms.
Each is about units that nobody asked for before, so that their pages come from wherever the system has them; the
processor's time is given beside, without that and without what else runs on the machine.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from api.custody import custody_of, recalled
from api.deciding import open_holds
from api.urgent import urgent_units
from benchmarks.lookback import BEGIN, DAY, FRIDGE, PROFILE, SEED, WINDOWS, T, say
from coldchain.entries import Placement, StayRecord, payload_bytes
from coldchain.lineage import RecallDonation, Transformation
from coldchain.places import Gateway, Place, Text
from coldchain.units import Hold, Unit
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.profile import profile_record
from stores.sqlite import SqliteStore, open_store

CHUNK: Final = 100_000  # donations of one transaction
POOL_OF: Final = 6
POOLED_EVERY: Final = 10
NOW: Final = BEGIN + 3_652 * DAY
GOAL_MS: Final = 50
BODIES: Final = {
    "units": Unit,
    "transformations": Transformation,
    "stays": StayRecord,
    "holds": Hold,
    "placements": Placement,
}

# The donations ?1 to ?2, the latter not included, as d: their number as text of fixed length, in the order of ids.
_NUMBERS: Final = (
    "WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2),"
    " d AS (SELECT i, printf('%08d', i) AS t, {begin} + (i * 977) % 315360000 * 1000 AS at FROM n),"
    " parts(p) AS (VALUES ('pl'), ('pt'), ('rc')),"
    " pools AS (SELECT DISTINCT i / {each} AS k, printf('%08d', i / {each}) AS t, at FROM d WHERE i % {each} = 0)"
).format(begin=BEGIN, each=POOL_OF * POOLED_EVERY)
_UNIT: Final = (
    '\'{{"blood_group":"O+","component":"\' || {p} || \'","division":"00","donation_number":"\' || {number} ||'
    ' \'","expires_ms":null,"id":"\' || {id} || \'","issuer":"i","kind":"blood","product_code":"\' || {p} ||'
    ' \'","profile":"cn-rbc","profile_version":1,"scheme":"local"}}\''
)
_ACT: Final = (
    '\'{{"act":"{act}","at_ms":\' || at || \',"id":"\' || {id} || \'","inputs":[\' || {inputs} || \'],"kept":[],'
    '"name":"n","outputs":[\' || {outputs} || \'],'
    '"place":null,"post":"p","shelf_ms":null,"thawed_ms":null,"washed_ms":null}}\''
)
_STAY: Final = (
    "'{\"certain_from_ms\":' || at || ',\"certain_to_ms\":' || (at + 1728000000) ||"
    ' \',"entered_by":"person","left_by":"person","number":1,"place":"fridge-1","possible_from_ms":\' || at ||'
    " ',\"possible_to_ms\":' || (at + 1728000000) ||"
    ' \',"unit":"rc-\' || t || \'","unseen_since_ms":null,"via":"","withdrawn":false}\''
)
# The words that the stay was folded from.
_PUT: Final = '\'{"at_ms":\' || at || \',"place":"fridge-1","scanned":false,"unit":"rc-\' || t || \'"}\''
_TAKEN: Final = '\'{"at_ms":\' || (at + 1728000000) || \',"place":null,"scanned":false,"unit":"rc-\' || t || \'"}\''
_HOLD: Final = (
    '\'{"basis":"finding","basis_stands":true,"certain":true,"finding":"f-\' || (i / 100) || \'","id":"h-\' || t ||'
    " '\",\"lifted_by\":\"' || CASE WHEN i % 2500 THEN 'd-' || t ELSE '' END ||"
    ' \'","placed_ms":\' || at || \',"unit":"rc-\' || t || \'","via":""}\''
)


class Spent:
    """Seconds that answers took, and those of them in which this process had the processor."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.busy: list[float] = []

    def on(self, work: Callable[[], T]) -> T:
        """Run work and note what it took."""
        began, used = time.perf_counter(), time.process_time()
        done = work()
        self.wall.append(time.perf_counter() - began)
        self.busy.append(time.process_time() - used)
        return done

    def __str__(self) -> str:
        return f"{say(self.wall)} (cpu: {say(self.busy)})"


def _blob(text: str) -> str:
    return f"CAST({text} AS BLOB)"


def _pooled() -> str:
    """Return the six platelets of a pool, as a list of JSON."""
    return " || ',' || ".join(
        f"'\"pt-' || printf('%08d', k * {POOL_OF * POOLED_EVERY} + {n * POOLED_EVERY}) || '\"'" for n in range(POOL_OF)
    )


def statements() -> list[str]:
    """Return what fills the tables for one chunk of donations."""
    unit = "INSERT INTO units SELECT {id}, 'i', 'local', {number}, {p}, '00', 0, {body} FROM {source}"
    whole = {"id": "'wb-' || t", "number": "'d-' || t", "p": "'wb'"}
    part = {"id": "p || '-' || t", "number": "'d-' || t", "p": "p"}
    pool = {"id": "'pool-' || t", "number": "'p-' || t", "p": "'pool'"}
    made = _ACT.format(
        act="process-donation",
        id="'a-' || t",
        inputs="'\"wb-' || t || '\"'",
        outputs="'\"rc-' || t || '\",\"pl-' || t || '\",\"pt-' || t || '\"'",
    )
    pooled = _ACT.format(act="pool", id="'p-' || t", inputs=_pooled(), outputs="'\"pool-' || t || '\"'")
    stays = "INSERT INTO stays SELECT 'rc-' || t, 1, 'fridge-1', 0, 'short', at, at + 1728000000, 0, {} FROM d"
    holds = (
        "INSERT INTO holds SELECT 'h-' || t, 'rc-' || t, 'f-' || (i / 100),"
        " CASE WHEN i % 2500 THEN 0 ELSE 1 END, at, 0, {} FROM d WHERE i % 25 = 0"
    )
    each = POOL_OF * POOLED_EVERY
    return [
        unit.format(**whole, body=_blob(_UNIT.format(**whole)), source="d"),
        unit.format(**part, body=_blob(_UNIT.format(**part)), source="parts, d ORDER BY 1"),
        unit.format(**pool, body=_blob(_UNIT.format(**pool)), source="pools"),
        f"INSERT INTO transformations SELECT 'a-' || t, at, 0, {_blob(made)} FROM d",
        f"INSERT INTO transformations SELECT 'p-' || t, at, 0, {_blob(pooled)} FROM pools",
        "INSERT INTO lineage SELECT 'wb-' || t, p || '-' || t, 'a-' || t, at, 0 FROM parts, d",
        (
            f"INSERT INTO lineage SELECT 'pt-' || d.t, 'pool-' || printf('%08d', d.i / {each}), 'p-' ||"
            f" printf('%08d', d.i / {each}), d.at, 0 FROM d WHERE d.i % {POOLED_EVERY} = 0"
        ),
        stays.format(_blob(_STAY)),
        f"INSERT INTO placements SELECT 'rc-' || t, at, 'fridge-1', 0, {_blob(_PUT)} FROM d",
        f"INSERT INTO placements SELECT 'rc-' || t, at + 1728000000, '', 0, {_blob(_TAKEN)} FROM d",
        holds.format(_blob(_HOLD)),
    ]


def fill(store: SqliteStore, donations: int) -> None:
    """Write the rows, CHUNK donations a transaction."""
    for first in range(0, donations, CHUNK):
        with store.writing_sql() as sql:
            for statement in statements():
                sql.change(f"{_NUMBERS} {statement}", (first, min(first + CHUNK, donations)))


def check(store: SqliteStore) -> None:
    """Compare some bodies of every table with what the program itself writes."""
    with store.reading_sql() as sql:
        for table, kind in BODIES.items():
            rows = sql.rows(f"SELECT body FROM {table} LIMIT 100")
            bodies = [row.body for row in (*rows, *sql.rows(f"SELECT body FROM {table} ORDER BY rowid DESC LIMIT 100"))]
            assert bodies
            for body in bodies:
                assert payload_bytes(msgspec.json.decode(body, type=kind)) == body, (table, body)


def measure(store: SqliteStore, pipeline: Pipeline, donations: int) -> None:
    """Trace and recall at random, and read the lists of what is held; print what each takes."""
    chance = random.Random(SEED)
    back, forward, records, shows = Spent(), Spent(), Spent(), Spent()
    reach = []
    for nth in range(WINDOWS):
        which = chance.randrange(donations // 60) * 60 + chance.randrange(6) * 10  # one that is in a pool
        for name, spent in ((f"pool-{which // 60:08d}", back), (f"wb-{which:08d}", forward)):
            with store.reading() as session:
                unit = session.records.unit(name)
                assert unit is not None
                known = spent.on(lambda: custody_of(session, unit, NOW))  # noqa: B023
                assert len(known.made_from.units) == (12 if name.startswith("pool") else 0)
                assert len(known.made_of.units) == (4 if name.startswith("wb") else 0)
        who = {"name": "n", "post": "p", "actor": "b", "issuer": "i", "scheme": "local"}
        fact = RecallDonation(id=f"r-{nth}", reason="b", at_ms=NOW, donation_number=f"d-{which:08d}", **who)
        records.on(lambda: pipeline.record(fact, NOW))  # noqa: B023
        with store.reading() as session:
            recall = session.records.recall(f"r-{nth}")
            assert recall is not None
            shown = shows.on(lambda: recalled(session, recall, NOW))  # noqa: B023
        reach.append(len(shown.units))
        assert shown.held == len(shown.units) == 5
    print(f"  back from a pool to its {POOL_OF} donations: {back}")
    print(f"  forward from a donation:             {forward}")
    print(f"  recall recorded, {min(reach)} units held:     {records}")
    print(f"  what a recall reaches, shown:        {shows}")
    with store.reading() as session:
        waiting, urgent = Spent(), Spent()
        held = out = 0
        for _ in range(5):
            held = waiting.on(lambda: open_holds(session))[1]
            out = len(urgent.on(lambda: urgent_units(session, NOW)))
        print(f"  {held:,} units held, the list:          {waiting}")
        print(f"  {out:,} of them out there, the list:      {urgent}")
    slowest = max(median(one.wall) for one in (back, forward, records, shows)) * 1_000
    print(f"  all below {GOAL_MS} ms: {slowest < GOAL_MS}")


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=None, help="where the store is made, and removed again")
    parser.add_argument("--keep", type=Path, default=None, help="a store to be made and kept, or used again")
    asked = parser.parse_args()
    donations = asked.units * 60 // 241 // 60 * 60
    with tempfile.TemporaryDirectory(dir=asked.folder) as directory:
        path = asked.keep or Path(directory) / "hot.sqlite"
        known = path.exists()
        store = open_store(path)
        began = time.perf_counter()
        pipeline = Pipeline(store, Counters())
        place = Place(id=FRIDGE, site="s", name=Text(zh="冰箱", en="Fridge"), profile="cn-rbc", profile_version=1)
        pipeline.set_up([profile_record(PROFILE.read_bytes()), Gateway(id="g", site="s"), place], NOW)
        if not known:
            fill(store, donations)
        size, took = path.stat().st_size / 1e9, time.perf_counter() - began
        units = donations * 241 // 60
        print(f"seed {SEED}; {units:,} synthetic units of {donations:,} donations, {size:.1f} GB, in {took:.0f} s")
        check(store)
        measure(store, pipeline, donations)
        store.close()


if __name__ == "__main__":
    main()
