"""The mobile modem of the courier's box: what it answers to AT+CSQ on its way, and the dBm that this stands for. Pure.

Source: 3GPP TS 27.007, 8.5. The number goes from 0 (weak) to 31 (strong) in steps of 2 dB above -113 dBm; 99 says that
there is nothing to measure.
"""

from typing import Final

NOTHING: Final = 99
WEAKEST, STRONGEST = 6, 27  # of the way through the town
SWING_MS: Final = 5_400_000  # from one strong cell to the next


def csq(after_ms: int, *, has_network: bool) -> int:
    """Return the answer after_ms after the box was switched on: up and down, as cells come and go."""
    if not has_network:
        return NOTHING
    steps = STRONGEST - WEAKEST
    along = after_ms % SWING_MS * 2 * steps // SWING_MS
    return STRONGEST - (along if along <= steps else 2 * steps - along)


def decibels(answer: int) -> int | None:
    """Return the dBm that an answer stands for; None for 99 and whatever the standard does not have."""
    return answer * 2 - 113 if answer in range(32) else None
