"""Temperatures are integer micro-degrees Celsius inside; text is exact and never rounded across a limit."""

from typing import Final

from coldchain.errors import InvalidValueError

MICRO: Final = 1_000_000
ABSOLUTE_ZERO_MICRO_CELSIUS: Final = -273_150_000


def micro_celsius(text: str) -> int:
    """Read a decimal number of degrees Celsius exactly, e.g. '6.0' gives 6_000_000.

    Raises InvalidValueError for anything that is not a plain decimal with at most six places.
    """
    sign = -1 if text.startswith("-") else 1
    whole, _, places = text.removeprefix("-").partition(".")
    if not text.isascii() or not whole.isdigit() or len(places) > 6 or (places and not places.isdigit()):
        msg = f"temperature {text!r} is not allowed: write degrees Celsius with at most six decimal places"
        raise InvalidValueError(msg)
    return sign * (int(whole) * MICRO + int(places.ljust(6, "0") or "0"))


def celsius_text(micro: int, places_min: int = 1) -> str:
    """Write micro-degrees as decimal degrees, exactly: 6_062_500 gives '6.0625', 6_000_000 gives '6.0'."""
    sign = "-" if micro < 0 else ""
    whole, rest = divmod(abs(micro), MICRO)
    places = f"{rest:06d}".rstrip("0").ljust(places_min, "0")
    return f"{sign}{whole}.{places}" if places else f"{sign}{whole}"
