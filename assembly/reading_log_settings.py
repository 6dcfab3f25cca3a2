"""The table [reading_log] of server.toml: when closed days are sealed in blocks."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed
from assembly.settings_types import Table, a_number
from coldchain.blocks import SEAL_AFTER_DAYS, TURN_MS, SealPlan


class ReadingLogTable(Table):
    """From which age on a day is sealed, and how long one turn of sealing may keep the writer from its messages."""

    seal_after_days: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=1, le=3_650),
        Allowed("whole days from 1 to 3650", "1 到 3650 的整天数"),
    ] = SEAL_AFTER_DAYS
    seal_turn_ms: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=1, le=1_000),
        Allowed("milliseconds from 1 to 1000", "1 到 1000 毫秒"),
    ] = TURN_MS

    def plan(self) -> SealPlan:
        """Return what the pipeline is told."""
        return SealPlan(after_days=self.seal_after_days, turn_ms=self.seal_turn_ms)
