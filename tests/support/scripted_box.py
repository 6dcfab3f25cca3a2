"""A courier's box of a test, made from docs/dock.md and docs/wire.md with a framing of its own: no code of the dock."""

import json
import zlib

from support.spools import T0_MS, sample

from coldchain.facts import ClockState, Sample
from coldchain.ranges import add_range, contains
from coldchain.wire import decode_ack, encode, payload_sha256, up_of

HEAD = b"\x01CC"


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    body = kind + len(payload).to_bytes(4, "big") + payload
    return HEAD + body + zlib.crc32(body).to_bytes(4, "big")


class ScriptedBox:
    """Holds one sample a minute under the numbers of its epoch until an ack of the centre names it."""

    def __init__(self, name: str = "box-1", site: str = "storage-1", rows: int = 0, items: int = 5) -> None:
        self.name, self.site, self.epoch = name, site, f"epoch-{name}"
        self.rows: dict[int, Sample] = {}
        self.given = 0  # the highest number that was ever given
        self.heard: list[bytes] = []  # the types of sound frames that came
        self.acks: list[bytes] = []
        self.lies_of: str | None = None  # the gateway that its batches name instead
        self.mute = False
        self.now_ms = T0_MS
        self._items = items
        self._read_seq = 0
        self._marked = False
        self._sent: dict[str, tuple[int, int]] = {}
        self._halves = items
        self._buffer = b""
        self._heard_ms = 0
        self.measure(rows)

    def measure(self, rows: int = 1) -> None:
        """Let this many minutes pass."""
        for _ in range(rows):
            self.now_ms += 60_000
            self.given += 1
            fact = sample(self.now_ms, f"{self.name}-load", 4_000_000 + self.given)
            self.rows[self.given] = Sample(
                seq=self.given,
                origin=fact.origin,
                taken_ms=fact.taken_ms,
                boottime_ms=1,
                micro_celsius=fact.micro_celsius,
            )

    def receive(self, data: bytes, at_ms: int) -> bytes:
        """Take the host's bytes and return what goes back; half a frame is forgotten after 2 s of silence."""
        if at_ms - self._heard_ms >= 2_000:
            self._buffer = b""
        self._heard_ms = at_ms
        self._buffer += data
        said = b""
        while (found := self._cut()) is not None:
            kind, payload = found
            self.heard.append(kind)
            said += self._answer(kind, payload)
        return b"" if self.mute else said

    def batch(self, after_seq: int, items: int) -> tuple[bytes, int]:
        """Return the batch behind after_seq and the number of its last row (after_seq: it is empty)."""
        chosen = [self.rows[seq] for seq in sorted(self.rows) if seq > after_seq][:items]
        others = [row.taken_ms for seq, row in self.rows.items() if self.rows[seq] not in chosen]
        last_seq = chosen[-1].seq if chosen else after_seq
        up = up_of(
            chosen,
            gateway=self.lies_of or self.name,
            epoch=self.epoch,
            first_seq=after_seq + 1,
            last_seq=last_seq,
            boot="boot-1",
            sent_ms=self.now_ms,
            clock=ClockState.TRUSTED,
            oldest_unsent_taken_ms=min(others, default=None),
        )
        payload = encode(up)
        if chosen:
            self._sent[payload_sha256(payload)] = (chosen[0].seq, last_seq)
        self._marked = bool(others)
        return payload, last_seq

    def take_ack(self, payload: bytes) -> None:
        """Act on the centre's word, whichever way it came."""
        ack = decode_ack(payload)
        if ack is None or ack.gateway != self.name or ack.epoch != self.epoch:
            return
        committed = add_range(ack.ranges, 1, ack.contiguous_seq)
        self.rows = {seq: row for seq, row in self.rows.items() if not contains(committed, seq)}
        for name in ack.refused:
            if name in self._sent:
                first, last = self._sent.pop(name)
                self._read_seq = min(self._read_seq, first - 1)
                self._halves = max(1, (last - first + 1) // 2)
                if first == last:
                    self.rows.pop(first, None)  # a dead letter

    def _cut(self) -> tuple[bytes, bytes] | None:
        """Return the next sound frame; what is broken is passed over a byte at a time."""
        while (at := self._buffer.find(HEAD)) >= 0:
            self._buffer = self._buffer[at:]
            if len(self._buffer) < 8:
                return None
            size = 12 + int.from_bytes(self._buffer[4:8], "big")
            if size <= 262_156 and len(self._buffer) < size:
                return None
            body, check = self._buffer[3 : size - 4], self._buffer[size - 4 : size]
            if size <= 262_156 and zlib.crc32(body).to_bytes(4, "big") == check:
                self._buffer = self._buffer[size:]
                return body[:1], body[5:]
            self._buffer = self._buffer[1:]
        self._buffer = self._buffer[-2:]
        return None

    def _answer(self, kind: bytes, payload: bytes) -> bytes:
        if kind == b"?":
            who = {"v": 1, "gateway": self.name, "site": self.site, "epoch": self.epoch, "boot": "boot-1"}
            return frame(b"I", json.dumps(who).encode())
        if kind == b"N":
            return self._next()
        if kind == b"R":
            self._read_seq = 0
        if kind == b"A":
            self.acks.append(payload)
            self.take_ack(payload)
        return b""

    def _next(self) -> bytes:
        after_seq = max(self._read_seq, min(self.rows, default=self.given + 1) - 1)
        if any(seq > after_seq for seq in self.rows):
            payload, self._read_seq = self.batch(after_seq, self._halves)
            self._halves = self._items
            return frame(b"U", payload)
        if self._marked and not self.rows:
            return frame(b"U", self.batch(self.given, 0)[0])
        return frame(b"E")
