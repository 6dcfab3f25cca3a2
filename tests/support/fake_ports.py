"""Lines in memory: what a device says is scripted, and time passes on the hand clock alone."""

from collections.abc import Callable, Iterable

from support.hand_clock import HandClock

from gateway.decoders.bb7e import ANSWER, HEAD, NOTICE, SINGLE_INVENTORY, STOP, TAIL, gen2_crc16, start_inventory
from gateway.decoders.bb7e import stop_inventory as stop_command
from gateway.decoders.modbus_rtu import sealed
from gateway.links.serial_port import Port, PortFault, PortLostError

Answer = Callable[[bytes], Iterable[tuple[int, bytes]]]


def silence(_: bytes) -> list[tuple[int, bytes]]:
    return []


class ScriptedPort:
    """`answer` says what comes after a write, as (milliseconds later, bytes); `live` what is there at each read."""

    def __init__(self, clock: HandClock, answer: Answer = silence) -> None:
        self.answer = answer
        self.live: Callable[[], bytes] = bytes
        self.written: list[bytes] = []
        self.plugged = True
        self.closed = 0
        self._clock = clock
        self._coming: list[tuple[int, bytes]] = []

    def hear(self, data: bytes, after_ms: int = 0) -> None:
        """Let bytes arrive so much later."""
        self._coming.append((self._clock.boottime_ms() + after_ms, data))

    def read(self, timeout_ms: int) -> bytes:
        self._require_plugged()
        deadline_ms = self._clock.boottime_ms() + max(0, timeout_ms)
        while True:
            data = self._arrived()
            if data or self._clock.boottime_ms() >= deadline_ms:
                return data
            next_ms = min([at_ms for at_ms, _ in self._coming] + [deadline_ms])
            self._clock.wait(min(next_ms, deadline_ms) - self._clock.boottime_ms())

    def write(self, data: bytes) -> None:
        self._require_plugged()
        self.written.append(data)
        for after_ms, answer in self.answer(data):
            self.hear(answer, after_ms)

    def flush_input(self) -> None:
        self._require_plugged()
        self._arrived()

    def close(self) -> None:
        self.closed += 1

    def _arrived(self) -> bytes:
        now_ms = self._clock.boottime_ms()
        due = [data for at_ms, data in self._coming if at_ms <= now_ms]
        self._coming = [(at_ms, data) for at_ms, data in self._coming if at_ms > now_ms]
        return b"".join(due) + self.live()

    def _require_plugged(self) -> None:
        if not self.plugged:
            raise PortLostError("fake", PortFault.UNPLUGGED, "pulled by the test")


class FakePorts:
    """The ports of a machine by path; hand its `open` in as the opener."""

    def __init__(self) -> None:
        self.ports: dict[str, ScriptedPort] = {}
        self.opens: list[str] = []

    def open(self, path: str, baud: int) -> Port:
        port = self.ports.get(path)
        if port is None or not port.plugged:
            raise PortLostError(path, PortFault.ABSENT, f"no {path} at {baud} baud")
        self.opens.append(path)
        return port


class FakeBus:
    """Two slaves on one line: collector 1 with eight registers, contacts 2 with 16 inputs; `mute` ones are silent."""

    def __init__(self, clock: HandClock) -> None:
        self.port = ScriptedPort(clock, self._answer)
        self.registers = [40, 45] + [0x8000] * 6
        self.inputs = [False, True] + [False] * 14
        self.mute: set[int] = set()
        self.asked: list[tuple[int, int]] = []  # (boottime, slave)
        self._clock = clock

    @property
    def door_open(self) -> bool:
        return self.inputs[0]

    @door_open.setter
    def door_open(self, is_open: bool) -> None:
        self.inputs[0] = is_open

    @property
    def mains(self) -> bool:
        return self.inputs[1]

    @mains.setter
    def mains(self, is_there: bool) -> None:
        self.inputs[1] = is_there

    def _answer(self, request: bytes) -> list[tuple[int, bytes]]:
        slave = request[0]
        self.asked.append((self._clock.boottime_ms(), slave))
        if slave in self.mute:
            return []
        first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        if slave == 1:
            words = b"".join(word.to_bytes(2, "big") for word in self.registers[first : first + count])
            return [(5, sealed(bytes((1, 3, len(words))) + words))]
        bits = sum(bit << place for place, bit in enumerate(self.inputs[first : first + count]))
        data = bits.to_bytes((count + 7) // 8, "little")
        return [(5, sealed(bytes((2, 2, len(data))) + data))]


def bb_frame(kind: int, command: int, parameters: bytes) -> bytes:
    body = bytes((kind, command)) + len(parameters).to_bytes(2, "big") + parameters
    return bytes((HEAD,)) + body + bytes((sum(body) & 0xFF, TAIL))


def tag_notice(epc: str, rssi_dbm: int = -50) -> bytes:
    data = bytes.fromhex(epc)
    said = (len(data) // 2 << 11).to_bytes(2, "big") + data
    parameters = bytes((rssi_dbm & 0xFF,)) + said + gen2_crc16(said).to_bytes(2, "big")
    return bb_frame(NOTICE, SINGLE_INVENTORY, parameters)


NO_TAG_FRAME = bb_frame(ANSWER, 0xFF, b"\x15")
STOPPED_FRAME = bb_frame(ANSWER, STOP, b"\x00")


class FakeReader:
    """A reader that reports every tag of `inside` in each round of 100 ms; `asleep` it answers nothing."""

    ROUND_MS = 100

    def __init__(self, clock: HandClock) -> None:
        self.port = ScriptedPort(clock, self._answer)
        self.port.live = self._rounds
        self.inside: set[str] = set()
        self.asleep = False
        self.lame = False  # answers the stop but runs no inventory
        self.starts: list[int] = []
        self._clock = clock
        self._next_ms: int | None = None

    def _answer(self, command: bytes) -> list[tuple[int, bytes]]:
        if self.asleep:
            return []
        if command[:3] == start_inventory(1)[:3]:
            self.starts.append(self._clock.boottime_ms())
            self._next_ms = None if self.lame else self._clock.boottime_ms() + self.ROUND_MS
            return []
        if command == stop_command():
            self._next_ms = None
            return [(5, STOPPED_FRAME)]
        return []

    def _rounds(self) -> bytes:
        said = b""
        while not self.asleep and self._next_ms is not None and self._next_ms <= self._clock.boottime_ms():
            said += b"".join(tag_notice(epc) for epc in sorted(self.inside)) or NO_TAG_FRAME
            self._next_ms += self.ROUND_MS
        return said
