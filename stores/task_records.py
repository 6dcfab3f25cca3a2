"""Tasks, calls and what the issuing system was told, read back; a part of SqlRecords."""

from typing import Final

import msgspec

from coldchain.tasks import HoldChange, IssuingReceipt, PlaceUse, Task, TaskRules, TaskTick, UrgentCall
from coldchain.units import Hold
from stores.sql import Params, Sql

_TASKS: Final = msgspec.json.Decoder(Task)
_TICKS: Final = msgspec.json.Decoder(TaskTick)
_RULES: Final = msgspec.json.Decoder(TaskRules)
_USES: Final = msgspec.json.Decoder(PlaceUse)
_CALLS: Final = msgspec.json.Decoder(UrgentCall)
_HOLDS: Final = msgspec.json.Decoder(Hold)
_RECEIPTS: Final = msgspec.json.Decoder(IssuingReceipt)
_HELD: Final = "EXISTS (SELECT 1 FROM holds WHERE holds.unit = hold_changes.unit AND holds.stands = 1)"
_TOLD: Final = (
    "(number > (SELECT MIN(change) FROM issuing_receipts) AND EXISTS "
    "(SELECT 1 FROM hold_changes AS known WHERE known.unit = hold_changes.unit AND known.confirmed = 1))"
)


class SqlTaskRecords:
    """The port TaskRecords over one transaction."""

    _sql: Sql

    def task(self, task: str) -> Task | None:
        """One task."""
        return next(iter(self._tasks("id = ?", (task,))), None)

    def open_tasks(self, place: str = "") -> tuple[Task, ...]:
        """Of a place or of all (""), by (opened_ms, id)."""
        found = self._tasks("open = 1 ORDER BY opened_ms, id", ())
        return found if place == "" else tuple(one for one in found if one.place == place)

    def tasks_of_place(self, place: str, limit: int) -> tuple[Task, ...]:
        """The newest ones of a place, by (opened_ms, id) from the last back."""
        return self._tasks("place = ? ORDER BY opened_ms DESC, id DESC LIMIT ?", (place, limit))

    def ticks_of_task(self, task: str) -> tuple[TaskTick, ...]:
        """By unit."""
        rows = self._sql.rows("SELECT body FROM task_ticks WHERE task = ? ORDER BY unit", (task,))
        return tuple(_TICKS.decode(row[0]) for row in rows)

    def ticks_of_unit(self, unit: str) -> tuple[TaskTick, ...]:
        """By (at_ms, task)."""
        rows = self._sql.rows("SELECT body FROM task_ticks WHERE unit = ? ORDER BY at_ms, task", (unit,))
        return tuple(_TICKS.decode(row[0]) for row in rows)

    def task_rules(self) -> TaskRules:
        """The newest ones; those of the program while nobody set any."""
        rows = self._sql.rows("SELECT body FROM task_rules ORDER BY version DESC LIMIT 1", ())
        return next((_RULES.decode(row[0]) for row in rows), TaskRules())

    def place_uses(self) -> tuple[PlaceUse, ...]:
        """The newest word of each place, by place."""
        return tuple(_USES.decode(row[0]) for row in self._sql.rows("SELECT body FROM place_uses ORDER BY place", ()))

    def calls_of_unit(self, unit: str) -> tuple[UrgentCall, ...]:
        """By at_ms."""
        rows = self._sql.rows("SELECT body FROM urgent_calls WHERE unit = ? ORDER BY at_ms", (unit,))
        return tuple(_CALLS.decode(row[0]) for row in rows)

    def hold_changes(self, after: int, limit: int) -> tuple[HoldChange, ...]:
        """Those with a higher number, in its order."""
        return self._changes("number > ? ORDER BY number LIMIT ?", (after, limit))

    def hold_changes_of_unit(self, unit: str) -> tuple[HoldChange, ...]:
        """By number."""
        return self._changes("unit = ? ORDER BY number", (unit,))

    def unconfirmed_changes(self, limit: int) -> tuple[HoldChange, ...]:
        """Those that the issuing system has not confirmed, by number."""
        return self._changes("confirmed = 0 ORDER BY number LIMIT ?", (limit,))

    def held_not_known(self) -> tuple[HoldChange, ...]:
        """Those that are not confirmed, of units on hold, by number: as many as there are."""
        return self._changes(f"confirmed = 0 AND {_HELD} ORDER BY number", ())

    def liftings_not_known(self) -> tuple[HoldChange, ...]:
        """Those that are not confirmed, of units no longer on hold of which the issuing system was told, by number."""
        since = self._issuing_since()
        if since is None:
            return ()
        where = f"confirmed = 0 AND NOT {_HELD} AND (number > ? OR {_TOLD}) ORDER BY number"
        return self._changes(where, (since,))

    def _issuing_since(self) -> int | None:
        """Return the entry by which there is an issuing system, None if there is none."""
        since = None
        for seq, body in self._sql.rows("SELECT seq, body FROM task_rules ORDER BY version DESC", ()):
            if not _RULES.decode(body).issuing:
                return since
            since = int(seq)
        return since

    def issuing_receipt(self, change: int) -> IssuingReceipt | None:
        """What the issuing system said of a change."""
        rows = self._sql.rows("SELECT body FROM issuing_receipts WHERE change = ?", (change,))
        return next((_RECEIPTS.decode(row[0]) for row in rows), None)

    def _tasks(self, where: str, params: Params) -> tuple[Task, ...]:
        rows = self._sql.rows(f"SELECT body FROM tasks WHERE {where}", params)
        return tuple(_TASKS.decode(row[0]) for row in rows)

    def _changes(self, where: str, params: Params) -> tuple[HoldChange, ...]:
        rows = self._sql.rows(f"SELECT number, confirmed, body FROM hold_changes WHERE {where}", params)
        return tuple(change_of(int(row[0]), bool(row[1]), _HOLDS.decode(row[2])) for row in rows)


def change_of(number: int, confirmed: bool, hold: Hold) -> HoldChange:  # noqa: FBT001 - a column of the row
    """Return the message that an entry of a hold is."""
    return HoldChange(
        number=number,
        unit=hold.unit,
        hold=hold.id,
        finding=hold.finding,
        basis=hold.basis,
        stands=hold.lifted_by == "",
        certain=hold.certain,
        placed_ms=hold.placed_ms,
        confirmed=confirmed,
        reason=hold.reason.value,
        listed=hold.listed,
        since_ms=hold.since_ms,
    )
