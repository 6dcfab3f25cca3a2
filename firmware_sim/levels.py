"""The oracle's sense of outside: whole numbers of micro-degrees, and where the true temperature makes a number change.

A register shows the step that is nearest, half a step upwards. So the first number outside appears half a step before
it, and that true temperature is what physics and samples are compared at.
"""

from typing import Final

from firmware_sim.story import Limits

TENTH_MICRO_CELSIUS: Final = 100_000
TOO_WARM: Final = "too-warm"
TOO_COLD: Final = "too-cold"


def side_of(micro_celsius: int, limits: Limits) -> str:
    """Return "too-warm", "too-cold" or "" of a measured temperature."""
    if limits.warm_tenths is not None:
        warm = limits.warm_tenths * TENTH_MICRO_CELSIUS
        if micro_celsius > warm or (limits.strict and micro_celsius == warm):
            return TOO_WARM
    if limits.cold_tenths is not None:
        cold = limits.cold_tenths * TENTH_MICRO_CELSIUS
        if micro_celsius < cold or (limits.strict and micro_celsius == cold):
            return TOO_COLD
    return ""


def is_hard(micro_celsius: int, limits: Limits) -> bool:
    """Return whether a measured temperature is beyond a hard limit."""
    if limits.hard_warm_tenths is not None:
        warm = limits.hard_warm_tenths * TENTH_MICRO_CELSIUS
        if micro_celsius > warm or (limits.hard_itself and micro_celsius == warm):
            return True
    if limits.hard_cold_tenths is not None:
        cold = limits.hard_cold_tenths * TENTH_MICRO_CELSIUS
        if micro_celsius < cold or (limits.hard_itself and micro_celsius == cold):
            return True
    return False


def step_outside(limits: Limits, direction: str, step: int) -> int | None:
    """Return the true temperature (micro-degrees) beyond which a probe with this step shows a number outside."""
    if direction == TOO_WARM:
        if limits.warm_tenths is None:
            return None
        number = limits.warm_tenths * TENTH_MICRO_CELSIUS // step  # the highest number that is not above the limit
        outside = number if limits.strict and number * step == limits.warm_tenths * TENTH_MICRO_CELSIUS else number + 1
        return outside * step - step // 2
    if limits.cold_tenths is None:
        return None
    number = -(-limits.cold_tenths * TENTH_MICRO_CELSIUS // step)  # the lowest that is not below the limit
    outside = number if limits.strict and number * step == limits.cold_tenths * TENTH_MICRO_CELSIUS else number - 1
    return outside * step + step // 2


def levels_of(limits: Limits, step: int) -> tuple[int, ...]:
    """Return both limits, and for each where a probe with this step first says so (micro-degrees)."""
    limit = [tenths * TENTH_MICRO_CELSIUS for tenths in (limits.cold_tenths, limits.warm_tenths) if tenths is not None]
    shown = [step_outside(limits, direction, step) for direction in (TOO_WARM, TOO_COLD)]
    return tuple(sorted([*limit, *(level for level in shown if level is not None)]))
