"""Is what a store holds whole: entries by their hashes, rows and blocks of the reading log, projections made anew."""

from typing import Final

from coldchain.entries import entry_hash
from coldchain.errors import StoreError
from stores.columns import unpack_samples, unpack_tags
from stores.copying import Figures, figures
from stores.reading_log import SAMPLES
from stores.session import BATCH, SqlStore
from stores.sql import Sql
from stores.verify_blocks import verify_blocks

_LEDGER: Final = "SELECT seq, record_ms, actor, site, kind, payload, hash FROM ledger ORDER BY seq"
_READINGS: Final = "SELECT admission, stream, device, n, body FROM hot_readings ORDER BY admission"


def check(store: SqlStore) -> Figures:
    """Read everything, rebuild the projections and return the figures.

    Raises StoreError that names the first entry, row or projection that is not what it was. The rebuilt projections are
    kept only if they are the same.
    """
    with store.reading_sql() as sql:
        verify_entries(sql)
        verify_readings(sql)
        before = figures(sql)
    with store.reading() as session:
        fault = verify_blocks(session)
    if fault is not None:
        msg = (
            f"reading log: block of probe {fault.probe}, day {fault.day} (entry {fault.seq}) is damaged: {fault.reason}"
        )
        raise StoreError(msg)
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


def verify_readings(sql: Sql) -> int:
    """Decode every row of the reading log and return how many there are. Raises StoreError with the first broken."""
    count = 0
    for rows in sql.batches(_READINGS, BATCH):
        for admission, stream, device, n, body in rows:
            count += 1
            try:
                found = len(unpack_samples(body)["seq"]) if stream == SAMPLES else len(unpack_tags(body, device))
            except (IndexError, ValueError, OverflowError) as error:
                msg = f"reading log: row {admission} of {device} is damaged ({error})"
                raise StoreError(msg) from error
            if found != n:
                msg = f"reading log: row {admission} of {device} holds {found} readings and not {n}"
                raise StoreError(msg)
    return count
