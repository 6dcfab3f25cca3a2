"""Is what a store holds whole: entries by their hashes, rows and blocks of the reading log, projections made anew."""

from typing import Final

from coldchain.entries import entry_hash
from coldchain.errors import StoreError
from stores.copying import Figures, figures
from stores.session import BATCH, SqlStore
from stores.sql import Sql
from stores.verify_blocks import BlockCheck
from stores.verify_log import log_fault, rows_fault

_LEDGER: Final = "SELECT seq, record_ms, actor, site, kind, payload, hash FROM ledger ORDER BY seq"


def check(store: SqlStore) -> Figures:
    """Read everything, rebuild the projections and return the figures.

    Raises StoreError that names the first entry, row or projection that is not what it was. The projections are made
    anew in the store itself: give it a copy, so that what was changed in the original stays to be looked at.
    """
    with store.reading_sql() as sql:
        verify_entries(sql)
        verify_readings(sql)
        before = figures(sql)
    _verify_log(store)
    store.rebuild_projections()
    with store.reading_sql() as sql:
        after = figures(sql)
    changed = [name for name in before.tables if before.tables[name] != after.tables[name]]
    if changed or before != after:
        msg = f"the projections {', '.join(changed)} are not what the ledger says: they were changed outside of it"
        raise StoreError(msg)
    return after


def verify_entries(sql: Sql) -> int:
    """Compute every entry's hash again and return how many there are. Raises StoreError with the first broken one."""
    expected = 0
    for rows in sql.batches(_LEDGER, BATCH):
        for seq, record_ms, actor, site, kind, payload, kept in rows:
            expected += 1
            if seq != expected:
                msg = f"ledger: entry {expected} is missing (the next one is {seq})"
                raise StoreError(msg)
            if entry_hash(seq, record_ms, actor, site, kind, payload) != kept:
                msg = f"ledger: entry {seq} ({kind}) is not what was written: its hash differs"
                raise StoreError(msg)
    return expected


def verify_readings(sql: Sql) -> None:
    """Decode every row of the reading log that is not sealed. Raises StoreError with the first broken one."""
    after = 0
    while True:
        after, said = rows_fault(sql, after, BATCH)
        if said:
            msg = f"reading log: {said}"
            raise StoreError(msg)
        if not after:
            return


def _verify_log(store: SqlStore) -> None:
    """Raise StoreError with the first damaged block, or if readings are gone."""
    blocks, last = BlockCheck(), 0
    with store.reading() as session:
        while rows := session.proofs.raw_entries(last, BATCH):
            blocks.take(session, rows)
            last = rows[-1].seq
    if (one := blocks.fault) is not None:
        msg = f"reading log: block of probe {one.probe}, day {one.day} (entry {one.seq}) is damaged: {one.reason}"
        raise StoreError(msg)
    with store.reading_sql() as sql:
        if said := log_fault(sql, blocks.heads, blocks.gone_before, blocks.removals.seqs):
            msg = f"reading log: {said}"
            raise StoreError(msg)
