"""What is recorded of tasks, calls and the issuing system: a part of the port Records."""

from typing import Protocol

from coldchain.tasks import HoldChange, IssuingReceipt, PlaceUse, Task, TaskRules, TaskTick, UrgentCall


class TaskRecords(Protocol):
    """Answers as of a session."""

    def task(self, task: str) -> Task | None:
        """One task."""

    def open_tasks(self, place: str = "") -> tuple[Task, ...]:
        """Of a place or of all (""), by (opened_ms, id)."""

    def tasks_of_place(self, place: str, limit: int) -> tuple[Task, ...]:
        """The newest ones of a place, by (opened_ms, id) from the last back."""

    def ticks_of_task(self, task: str) -> tuple[TaskTick, ...]:
        """By unit."""

    def ticks_of_unit(self, unit: str) -> tuple[TaskTick, ...]:
        """By (at_ms, task)."""

    def task_rules(self) -> TaskRules:
        """The newest ones; those of the program while nobody set any."""

    def place_uses(self) -> tuple[PlaceUse, ...]:
        """The newest word of each place, by place."""

    def calls_of_unit(self, unit: str) -> tuple[UrgentCall, ...]:
        """By at_ms."""

    def hold_changes(self, after: int, limit: int) -> tuple[HoldChange, ...]:
        """Those with a higher number, in its order."""

    def hold_changes_of_unit(self, unit: str) -> tuple[HoldChange, ...]:
        """By number."""

    def unconfirmed_changes(self, limit: int) -> tuple[HoldChange, ...]:
        """Those that the issuing system has not confirmed, by number."""

    def held_not_known(self) -> tuple[HoldChange, ...]:
        """Those that are not confirmed, of units on hold, by number: as many as there are."""

    def liftings_not_known(self) -> tuple[HoldChange, ...]:
        """Those that are not confirmed, of units no longer on hold of which the issuing system was told, by number.

        It was told if it confirmed a hold of the unit, or if the change came since there is an issuing system: what
        was lifted before that never was its business.
        """

    def issuing_receipt(self, change: int) -> IssuingReceipt | None:
        """What the issuing system said of a change."""
