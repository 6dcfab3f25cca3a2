"""What the pipeline remembers beside the record, in SQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.facts import ClockState
from coldchain.ports import FoldHead, Quarantined, RefusedPayload
from coldchain.ranges import Range
from stores import schema
from stores.schema import insert_sql, upsert_sql
from stores.sql import Params, Sql

_RANGES: Final = msgspec.json.Decoder(tuple[Range, ...])
_PUT_RECEIVED = upsert_sql(schema.received)
_PUT_CHECKPOINT = upsert_sql(schema.checkpoints)
_PUT_HEAD = upsert_sql(schema.heads)
_PUT_CURSOR = upsert_sql(schema.cursors)
_RAISE_HORIZON = (
    f"{insert_sql(schema.horizons)} ON CONFLICT (gateway) DO UPDATE SET last_up_ms = excluded.last_up_ms, horizon_ms ="
    " CASE WHEN excluded.horizon_ms > horizons.horizon_ms THEN excluded.horizon_ms ELSE horizons.horizon_ms END"
)
_QUARANTINE_NAMES: Final = "reason, gateway, epoch, seq, origin, received_ms, clock, boot, body"
_QUARANTINE = f"INSERT INTO quarantine ({_QUARANTINE_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REFUSED_NAMES: Final = "sha256, gateway, epoch, reason, detail, received_ms"
_REFUSE = f"INSERT INTO refused ({_REFUSED_NAMES}) VALUES (?, ?, ?, ?, ?, ?)"
_RENEW_REFUSED = "DELETE FROM refused WHERE gateway = ? AND epoch = ? AND sha256 = ?"
_BOUND_REFUSED = "DELETE FROM refused WHERE noted <= (SELECT noted FROM refused ORDER BY noted DESC LIMIT 1 OFFSET ?)"


_PUT_DIGESTS: Final = (
    "INSERT INTO digests (gateway, epoch, block, marks) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (gateway, epoch, block) DO UPDATE SET marks = excluded.marks"
)
_BOUND_DIGESTS: Final = (
    "DELETE FROM digests WHERE gateway = ?1 AND noted <="
    " (SELECT noted FROM digests WHERE gateway = ?1 ORDER BY noted DESC LIMIT 1 OFFSET ?2)"
)


class SqlBooks:
    """Books over one transaction."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def received(self, gateway: str, epoch: str) -> tuple[Range, ...]:
        """Return the committed sequence numbers of an epoch."""
        row = self._sql.first("SELECT ranges FROM received WHERE gateway = ? AND epoch = ?", (gateway, epoch))
        return () if row is None else _RANGES.decode(row.ranges)

    def set_received(self, gateway: str, epoch: str, ranges: Sequence[Range]) -> None:
        """Replace them."""
        self._sql.change(_PUT_RECEIVED, (gateway, epoch, msgspec.json.encode(tuple(ranges)).decode()))

    def epochs(self) -> tuple[tuple[str, str], ...]:
        """Return every known (gateway, epoch), sorted."""
        rows = self._sql.rows("SELECT gateway, epoch FROM received ORDER BY gateway, epoch")
        return tuple((row.gateway, row.epoch) for row in rows)

    def horizon(self, gateway: str) -> int:
        """Return the time before which nothing of this gateway is still on its way (0: never heard)."""
        row = self._sql.first("SELECT horizon_ms FROM horizons WHERE gateway = ?", (gateway,))
        return 0 if row is None else int(row.horizon_ms)

    def raise_horizon(self, gateway: str, horizon_ms: int, received_ms: int) -> None:
        """Move the mark forward, never back, and note when the gateway was last heard."""
        self._sql.change(_RAISE_HORIZON, (gateway, max(0, horizon_ms), received_ms))

    def last_up(self, gateway: str) -> int | None:
        """Return when the last batch of a gateway was received."""
        row = self._sql.first("SELECT last_up_ms FROM horizons WHERE gateway = ?", (gateway,))
        return None if row is None else int(row.last_up_ms)

    def checkpoint(self, probe: str, at_ms: int) -> tuple[int, bytes] | None:
        """Return the newest (at_ms, state) with at_ms <= the given time."""
        statement = "SELECT at_ms, state FROM checkpoints WHERE probe = ? AND at_ms <= ? ORDER BY at_ms DESC LIMIT 1"
        row = self._sql.first(statement, (probe, at_ms))
        return None if row is None else (row.at_ms, row.state)

    def checkpoints_after(self, probe: str, at_ms: int) -> dict[int, bytes]:
        """Return all {at_ms: state} with at_ms > the given time, in order of time."""
        statement = "SELECT at_ms, state FROM checkpoints WHERE probe = ? AND at_ms > ? ORDER BY at_ms"
        return {row.at_ms: row.state for row in self._sql.rows(statement, (probe, at_ms))}

    def put_checkpoints(self, probe: str, states: dict[int, bytes]) -> None:
        """Add or replace checkpoints."""
        self._sql.change_many(_PUT_CHECKPOINT, [(probe, at_ms, state) for at_ms, state in states.items()])

    def drop_checkpoints(self, probe: str, from_ms: int, to_ms: int) -> None:
        """Drop those with from_ms < at_ms < to_ms."""
        statement = "DELETE FROM checkpoints WHERE probe = ? AND at_ms > ? AND at_ms < ?"
        self._sql.change(statement, (probe, from_ms, to_ms))

    def head(self, probe: str) -> FoldHead | None:
        """Return how far the fold of a probe has come."""
        names = "state, last_taken_ms, horizon_ms, provisional_from_ms"
        row = self._sql.first(f"SELECT {names} FROM heads WHERE probe = ?", (probe,))
        if row is None:
            return None
        state, last_taken_ms, horizon_ms, provisional_from_ms = row
        return FoldHead(
            state=state, last_taken_ms=last_taken_ms, horizon_ms=horizon_ms, provisional_from_ms=provisional_from_ms
        )

    def put_head(self, probe: str, head: FoldHead) -> None:
        """Replace it."""
        times = (head.last_taken_ms, head.horizon_ms, head.provisional_from_ms)
        self._sql.change(_PUT_HEAD, (probe, head.state, *times))

    def quarantine(self, item: Quarantined) -> None:
        """Keep an item; its id is given by the store and never used again."""
        source = (item.gateway, item.epoch, item.seq, item.origin)
        what = (item.received_ms, item.clock.value, item.boot, item.body)
        self._sql.change(_QUARANTINE, (item.reason, *source, *what))

    def quarantined(self, after: int = 0, limit: int | None = None) -> tuple[Quarantined, ...]:
        """Return what waits with id > after, by id, at most `limit` of it (None: all)."""
        return self._waiting("id > ?", (after,), limit)

    def _waiting(self, where: str, params: Params, limit: int | None) -> tuple[Quarantined, ...]:
        statement = f"SELECT id, {_QUARANTINE_NAMES} FROM quarantine WHERE {where} ORDER BY id LIMIT ?"
        rows = self._sql.rows(statement, (*params, INTEGER_MAX if limit is None else limit))
        items = (row._asdict() for row in rows)
        return tuple(Quarantined(**{**item, "clock": ClockState(item["clock"])}) for item in items)

    def quarantine_counts(self) -> tuple[tuple[str, str, int], ...]:
        """Return (gateway, reason, how many wait), sorted."""
        return self._counts("")

    def _counts(self, where: str, params: Params = ()) -> tuple[tuple[str, str, int], ...]:
        groups = "GROUP BY gateway, reason ORDER BY gateway, reason"
        rows = self._sql.rows(f"SELECT gateway, reason, COUNT(*) AS n FROM quarantine {where} {groups}", params)
        return tuple((row.gateway, row.reason, int(row.n)) for row in rows)

    def quarantine_size(self, gateway: str | None = None) -> int:
        """Return how many wait, of one gateway or of all."""
        if gateway is None:
            return int(self._sql.first("SELECT COUNT(*) FROM quarantine")[0])
        return int(self._sql.first("SELECT COUNT(*) FROM quarantine WHERE gateway = ?", (gateway,))[0])

    def release(self, ids: Iterable[int]) -> None:
        """Take items out of quarantine."""
        self._sql.change_many("DELETE FROM quarantine WHERE id = ?", [(number,) for number in ids])

    def refuse(self, payload: RefusedPayload, keep_max: int) -> None:
        """Note a refused payload, once per sha256; the oldest beyond keep_max fall out.

        A payload that comes again counts as new, so that its gateway finds it in the next ack.
        """
        key = (payload.gateway, payload.epoch, payload.sha256)
        self._sql.change(_RENEW_REFUSED, key)
        what = (payload.sha256, payload.gateway, payload.epoch, payload.reason, payload.detail, payload.received_ms)
        self._sql.change(_REFUSE, what)
        self._sql.change(_BOUND_REFUSED, (keep_max,))

    def forget_refused(self, gateway: str, sha256: str) -> None:
        """Take a payload off the list, in all epochs of its gateway, the unknown epoch '' too."""
        self._sql.change("DELETE FROM refused WHERE gateway = ? AND sha256 = ?", (gateway, sha256))

    def refused(self, gateway: str, epoch: str) -> tuple[RefusedPayload, ...]:
        """Return the refused payloads of an epoch, newest first."""
        statement = f"SELECT {_REFUSED_NAMES} FROM refused WHERE gateway = ? AND epoch = ? ORDER BY noted DESC"
        rows = self._sql.rows(statement, (gateway, epoch))
        return tuple(RefusedPayload(**row._asdict()) for row in rows)

    def refused_counts(self) -> tuple[tuple[str, str, int], ...]:
        """Return (gateway, epoch, how many payloads are noted as refused), sorted; epoch '' where none was read."""
        groups = "GROUP BY gateway, epoch ORDER BY gateway, epoch"
        rows = self._sql.rows(f"SELECT gateway, epoch, COUNT(*) AS n FROM refused {groups}")
        return tuple((row.gateway, row.epoch, int(row.n)) for row in rows)

    def cursor(self, name: str) -> int:
        """Return a durable cursor (0 at first)."""
        row = self._sql.first("SELECT value FROM cursors WHERE name = ?", (name,))
        return 0 if row is None else int(row.value)

    def set_cursor(self, name: str, value: int) -> None:
        """Move it. One that is back at 0 leaves no row: there is one of each unit that once waited for something."""
        if value == 0:
            self._sql.change("DELETE FROM cursors WHERE name = ?", (name,))
        else:
            self._sql.change(_PUT_CURSOR, (name, value))

    def cursors(self, prefix: str) -> dict[str, int]:
        """Return those that are not 0 and whose name begins so, by name."""
        statement = "SELECT name, value FROM cursors WHERE name >= ? AND name < ? AND value <> 0 ORDER BY name"
        return {row.name: row.value for row in self._sql.rows(statement, (prefix, prefix + "\U0010ffff"))}

    def digests(self, gateway: str, epoch: str, blocks: Collection[int]) -> dict[int, bytes]:
        """Return what is kept of these blocks of numbers."""
        chosen = sorted(set(blocks))
        if not chosen:  # PostgreSQL knows no empty list
            return {}
        which = ", ".join("?" * len(chosen))
        statement = f"SELECT block, marks FROM digests WHERE gateway = ? AND epoch = ? AND block IN ({which})"
        return {row.block: row.marks for row in self._sql.rows(statement, (gateway, epoch, *chosen))}

    def put_digests(self, gateway: str, epoch: str, blocks: Mapping[int, bytes], keep_max: int) -> None:
        """Add or replace blocks; of one gateway the newest keep_max are kept."""
        self._sql.change_many(_PUT_DIGESTS, [(gateway, epoch, block, marks) for block, marks in blocks.items()])
        self._sql.change(_BOUND_DIGESTS, (gateway, keep_max))
