"""Mean kinetic temperature of a tally, in integers (USP <1160>: dH = 83.144 kJ/mol, dH/R = 10,000 K).

For drugs and reagents, as information beside the highest temperature and its duration. Never for blood cells,
platelets, frozen goods or freezing: what they suffer is not one Arrhenius process (reference/domain.md 3.3).

Each value's term is exp(10000 / T0 - 10000 / T) x 10^15, T0 = 278.15 K, rounded half-even from 40 decimal digits. That
is decimal arithmetic and the same on every machine. A term is off by at most 0.5, so a sum by less than one part in
10^12 for anything above -100 degrees, and the temperature by less than a micro-degree.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final

from coldchain.sums import Tally

SCALE: Final = 10**15
TERMS_KEPT: Final = 65_536
_CONTEXT: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)
_ENERGY: Final = Decimal(10_000)
_ZERO_MICRO_KELVIN: Final = 273_150_000
_REFERENCE: Final = _CONTEXT.divide(_ENERGY, Decimal("278.15"))


@lru_cache(TERMS_KEPT)
def kinetic_term(micro_celsius: int) -> int:
    """Return the scaled term of one temperature."""
    kelvin = Decimal(micro_celsius + _ZERO_MICRO_KELVIN).scaleb(-6, _CONTEXT)
    exponent = _CONTEXT.subtract(_REFERENCE, _CONTEXT.divide(_ENERGY, kelvin))
    scaled = _CONTEXT.multiply(_CONTEXT.exp(exponent), Decimal(SCALE))
    return int(scaled.to_integral_value(ROUND_HALF_EVEN, _CONTEXT))


def kinetic_sum(tally: Tally) -> int:
    """Return the sum of term x ms over an interval; sums of parts add up to that of the whole."""
    pairs = zip(tally.values.tolist(), tally.held_ms.tolist(), strict=True)
    return sum(kinetic_term(value) * held for value, held in pairs)


def mean_kinetic_micro_celsius(tally: Tally) -> int | None:
    """Return the mean kinetic temperature of the measured time, rounded to a micro-degree; None if nothing was."""
    measured_ms = int(tally.held_ms.sum())
    if not measured_ms:
        return None
    mean = _CONTEXT.divide(Decimal(kinetic_sum(tally)), Decimal(measured_ms * SCALE))
    kelvin = _CONTEXT.divide(_ENERGY, _CONTEXT.subtract(_REFERENCE, _CONTEXT.ln(mean)))
    micro = kelvin.scaleb(6, _CONTEXT).to_integral_value(ROUND_HALF_EVEN, _CONTEXT)
    return int(micro) - _ZERO_MICRO_KELVIN
