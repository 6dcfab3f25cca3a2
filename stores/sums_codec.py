"""How a stretch's histogram is kept: signed first_ms, last_ms - first_ms, readings, last value?, then two columns.

All numbers are zigzag LEB128; before the last value a byte says whether there is one. A byte in front says whether the
rest is deflated, which small ones are not.
"""

import zlib
from functools import lru_cache
from typing import Final

from coldchain.errors import StoreError
from coldchain.sums import Stretch
from stores.block_codec import LEVEL, Reader, pack_column, pack_signed

DECODED_KEPT: Final = 4_096  # about 1 KB each


def pack_stretch(stretch: Stretch) -> bytes:
    """Return the bytes of a stretch."""
    last = stretch.last_value
    raw = pack_signed(stretch.first_ms) + pack_signed(stretch.last_ms - stretch.first_ms)
    raw += pack_signed(stretch.readings) + (b"\0" if last is None else b"\1" + pack_signed(last))
    raw += pack_column(stretch.values) + pack_column(stretch.held_ms)
    return min(b"\0" + raw, b"\1" + zlib.compress(raw, LEVEL, -15), key=len)


@lru_cache(DECODED_KEPT)
def unpack_stretch(body: bytes) -> Stretch:
    """Return the stretch; the same bytes are decoded once. Raises StoreError for damaged ones."""
    try:
        at = Reader(zlib.decompress(body[1:], -15) if body[0] else body[1:])
        first_ms = at.signed()
        last_ms, readings = first_ms + at.signed(), at.signed()
        last_value = at.signed() if at.raw(1)[0] else None
        values, held_ms = at.column(), at.column()
    except (IndexError, ValueError, OverflowError, zlib.error) as error:
        msg = f"sums of the reading log are damaged ({error}): coldchain store seal --sums makes them anew"
        raise StoreError(msg) from error
    return Stretch(
        first_ms=first_ms, last_ms=last_ms, last_value=last_value, readings=readings, values=values, held_ms=held_ms
    )
