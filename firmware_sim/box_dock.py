"""The box's serial line at the dock: batches and acks in frames of their own. Pure: bytes in, frames out.

Source: docs/dock.md.

A frame is `01 'C' 'C' | type | length, 4 bytes, big-endian | payload | CRC-32, 4 bytes, big-endian`; the CRC (IEEE
802.3) goes over everything from the type to the end of the payload. The host asks, the box answers:

    `?` who are you            -> `I` {"v":1,"gateway","site","epoch","boot"}
    `N` the next batch not yet read out (payload {"site": ...} or nothing) -> `U` an up batch, or `E` nothing more
    `A` the centre's ack, as it came on the ack topic      (no answer)
    `R` begin again with the oldest row without an ack     (no answer)

A read-out moves a read pointer only. Noise and frames with a wrong CRC are skipped and counted; the host asks again.
"""

import json
import zlib
from typing import Final, NamedTuple

from firmware_sim.box import Box, Heard
from firmware_sim.box_memory import ITEMS_MAX

START: Final = b"\x01CC"
HEAD_BYTES: Final = 8
CRC_BYTES: Final = 4
PAYLOAD_BYTES_MAX: Final = 256 * 1024
SILENCE_MS: Final = 2_000  # a frame that stopped in its middle for so long is forgotten

WHO: Final = b"?"
NEXT: Final = b"N"
ACK: Final = b"A"
AGAIN: Final = b"R"
IDENTITY: Final = b"I"
UP: Final = b"U"
END: Final = b"E"


class Frame(NamedTuple):
    """One sound frame."""

    kind: bytes
    payload: bytes


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """Return a whole frame."""
    body = kind + len(payload).to_bytes(4, "big") + payload
    return START + body + zlib.crc32(body).to_bytes(CRC_BYTES, "big")


class Scanner:
    """Finds frames in a stream of bytes, however they are chunked and whatever lies between them."""

    def __init__(self) -> None:
        """Begin on a silent line."""
        self.skipped_bytes = 0
        self.broken_frames = 0
        self._held = bytearray()
        self._last_ms = 0

    def feed(self, data: bytes, at_ms: int) -> list[Frame]:
        """Take bytes that arrived at at_ms and return the frames that are now complete."""
        if at_ms - self._last_ms >= SILENCE_MS and self._held:
            self.skipped_bytes += len(self._held)
            self._held.clear()
        self._last_ms = at_ms
        self._held += data
        frames: list[Frame] = []
        while (found := self._next()) is not None:
            frames.append(found)
        return frames

    def _next(self) -> Frame | None:
        held = self._held
        while True:
            self._skip_to_start()
            if len(held) < HEAD_BYTES:
                return None
            length = int.from_bytes(held[4:8], "big")
            whole = HEAD_BYTES + length + CRC_BYTES
            if length <= PAYLOAD_BYTES_MAX:
                if len(held) < whole:
                    return None
                body = bytes(held[3 : whole - CRC_BYTES])
                if zlib.crc32(body).to_bytes(CRC_BYTES, "big") == held[whole - CRC_BYTES : whole]:
                    del held[:whole]
                    return Frame(body[:1], body[5:])
            self.broken_frames += 1
            self._skip(1)  # a sound frame may begin inside the broken one

    def _skip_to_start(self) -> None:
        """Drop what cannot begin a frame; a beginning of START at the very end stays."""
        at = self._held.find(START)
        if at < 0:
            keep = next((n for n in (2, 1) if self._held.endswith(START[:n])), 0)
            at = len(self._held) - keep
        self._skip(at)

    def _skip(self, count: int) -> None:
        self.skipped_bytes += count
        del self._held[:count]


class Dock:
    """The box's end of the line."""

    def __init__(self, box: Box, site: str) -> None:
        """Answer for a box whose home is `site`."""
        self.scanner = Scanner()
        self._box = box
        self._site = site
        self._epoch = box.epoch
        self._read_seq = 0
        self._owes_sign = False
        self._items = ITEMS_MAX

    def receive(self, data: bytes, at_ms: int) -> tuple[list[bytes], list[Heard]]:
        """Take the host's bytes; return the answers, and what the acks among them meant."""
        answers: list[bytes] = []
        heard: list[Heard] = []
        for found in self.scanner.feed(data, at_ms):
            if found.kind == WHO:
                answers.append(frame(IDENTITY, self._identity()))
            elif found.kind == NEXT:
                answers.append(self._next())
            elif found.kind == AGAIN:
                self._read_seq = 0
            elif found.kind == ACK:
                heard.append(self._acked(found.payload))
        return answers, heard

    def _identity(self) -> bytes:
        who = self._box.who
        said = {"v": 1, "gateway": who.gateway, "site": self._site, "epoch": who.epoch, "boot": who.boot}
        return json.dumps(said, separators=(",", ":")).encode()

    def _next(self) -> bytes:
        """Return the next batch. When all that was read is acked, one empty batch says that nothing is left."""
        if self._epoch != self._box.epoch:
            self._epoch, self._read_seq = self._box.epoch, 0
        memory = self._box.memory
        after_seq = max(self._read_seq, memory.first_seq - 1)
        if memory.holds_after(after_seq):
            batch = self._box.batch(after_seq, self._items)
        elif self._owes_sign and not len(memory):
            batch = self._box.batch(after_seq, 0)
        else:
            return frame(END)
        self._read_seq, self._owes_sign = batch.last_seq, batch.items > 0
        return frame(UP, batch.payload)

    def _acked(self, payload: bytes) -> Heard:
        heard = self._box.take_ack(payload)
        for batch in heard.refused:
            if not batch.items:
                continue
            # As over MQTT: half as many rows, and again, until the one is found; then it is put aside.
            self._read_seq = min(self._read_seq, batch.first_seq - 1)
            self._items = max(1, batch.items // 2)
            if batch.items == 1:
                self._box.put_aside(batch)
        if heard.freed:
            self._items = min(ITEMS_MAX, self._items * 2)
        return heard
