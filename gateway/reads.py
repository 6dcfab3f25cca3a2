"""Which later kinds of events the centre reads, as its newest ack said: kept on disk, for the edge asks it too.

    ack ──reads──> note ──state of the spool──> reads_of ──> whoever has such an event to say

An older centre refuses a batch with a kind that it does not know (docs/wire.md 9), so such an event is spooled only
once an ack has named its kind.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from coldchain.errors import SpoolFullError
from coldchain.wire import Ack
from gateway.spool_port import SpoolPort

CENTRE_READS: Final = "centre-reads"  # the name of the state


def note_reads(spool: SpoolPort, gateway: str, ack: Ack) -> None:
    """Keep what an ack of this gateway says. Raises StoreError if the disk fails; a full spool takes it another time.

    It is compared with what stands on disk, not in memory: a damaged spool is put aside with all its states.
    """
    said = msgspec.json.encode(sorted(ack.reads))
    if ack.gateway != gateway or said == (spool.state(CENTRE_READS) or b"[]"):
        return
    try:
        spool.accept((), {CENTRE_READS: said})
    except SpoolFullError:
        return


def reads_of(state: bytes | None) -> Sequence[str]:
    """Return what the centre said that it reads; nothing where no ack has said so, or what is kept cannot be read."""
    try:
        return [] if state is None else msgspec.json.decode(state, type=list[str])
    except msgspec.MsgspecError:
        return []
