"""The settings of manual rounds: how often somebody reads each display, and how far display and probe may be apart."""

from typing import Annotated

from pydantic import Field

from assembly.problems import Allowed
from assembly.settings_types import Table
from coldchain.rounds import ALLOWED_MICRO_CELSIUS, ROUND_HOURS, RoundSettings
from coldchain.temperature import MICRO

HOURS_MAX = 168
ALLOWED_TENTHS_MAX = 100


class RoundsTable(Table):
    """Manual rounds. WS 399-2012: with automatic monitoring two manual records a day, at least 8 hours apart."""

    hours: Annotated[
        int,
        Field(ge=1, le=HOURS_MAX),
        Allowed(f"1 to {HOURS_MAX} hours between two manual readings", f"两次人工巡检之间 1 到 {HOURS_MAX} 小时"),
    ] = ROUND_HOURS
    differs_tenths_celsius: Annotated[
        int,
        Field(ge=1, le=ALLOWED_TENTHS_MAX),
        Allowed(
            f"1 to {ALLOWED_TENTHS_MAX} tenths of a degree between display and probe",
            f"显示屏与探头允许相差 1 到 {ALLOWED_TENTHS_MAX} 个 0.1 °C",
        ),
    ] = ALLOWED_MICRO_CELSIUS * 10 // MICRO

    def settings(self) -> RoundSettings:
        """Return them as the pages use them."""
        allowed = self.differs_tenths_celsius * MICRO // 10
        return RoundSettings(hours=self.hours, allowed_micro_celsius=allowed)
