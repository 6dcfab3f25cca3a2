"""A host of the simulator's lines in plain os.read and os.write: nothing of the gateway's is in it."""

import os
import select
from types import TracebackType
from typing import Self

from firmware_sim.bench import Bench

ANSWER_WAIT_MS = 1_000

READ_LOAD_AND_AIR = bytes.fromhex("010300000002C40B")
READ_EIGHT = bytes.fromhex("01030000000844 0C".replace(" ", ""))
READ_CONTACTS = bytes.fromhex("020200000002F9F8")
INVENTORY_15_ROUNDS = bytes.fromhex("BB00270003 22000F 5B 7E".replace(" ", ""))
STOP = bytes.fromhex("BB00280000287E")


class Host:
    """One open line."""

    def __init__(self, bench: Bench, path: str) -> None:
        self._bench = bench
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def write(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def ask(self, request: bytes, answers: int = 1) -> bytes:
        """Write, let the bench answer, and return what came back (b"" where no answer was expected)."""
        self.write(request)
        assert self._bench.serve(0.5) == answers
        return self.read(ANSWER_WAIT_MS) if answers else self.read(0)

    def read(self, wait_ms: int) -> bytes:
        """Return everything that is there, waiting for the first byte only."""
        data = b""
        while self._readable(0 if data else wait_ms):
            data += os.read(self._descriptor, 65_536)
            self._bench.serve(0.0)
        return data

    def _readable(self, wait_ms: int) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(wait_ms))


def registers(answer: bytes) -> tuple[int, ...]:
    """Return the words of a function 03 answer without looking at its CRC."""
    count = answer[2]
    return tuple(int.from_bytes(answer[place : place + 2], "big") for place in range(3, 3 + count, 2))


def reads(stream: bytes) -> list[tuple[str, int]]:
    """Return (EPC, RSSI in dBm) of every inventory notice in a stream of sound BB..7E frames."""
    found: list[tuple[str, int]] = []
    while stream:
        assert stream[0] == 0xBB
        length = int.from_bytes(stream[3:5], "big")
        body, stream = stream[: length + 7], stream[length + 7 :]
        assert body[-1] == 0x7E
        assert sum(body[1:-2]) & 0xFF == body[-2]
        if body[1:3] == b"\x02\x22":
            found.append((body[8:-4].hex().upper(), body[5] - 256))
    return found
