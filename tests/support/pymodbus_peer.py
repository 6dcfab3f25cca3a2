"""pymodbus's server as an independent peer: over TCP on loopback, and as an RTU slave on a pseudo-terminal."""

import asyncio
import logging
import os
import select
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from gateway.links.serial_port import Port

Values = dict[int, list[int]]  # slave to its registers from address 0


def devices(values: Values) -> list[SimDevice]:
    return [
        SimDevice(id=slave, simdata=[SimData(0, values=words, datatype=DataType.REGISTERS)])
        for slave, words in values.items()
    ]


def silent_for_others(values: Values, place: int) -> Callable[[bool, bytes], bytes]:
    """Drop what the server says for slaves that are not there: it refuses, a real line stays silent."""
    return lambda sending, data: b"" if sending and data[place] not in values else data


@contextmanager
def running(make: Callable[[], Any]) -> Iterator[Any]:
    """Run a server in a loop of its own; it is made there."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="pymodbus", daemon=True)
    thread.start()

    async def start() -> Any:
        server = make()
        await server.serve_forever(background=True)
        return server

    async def stop(server: Any) -> None:
        await server.shutdown()
        await asyncio.sleep(0)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def tcp_server(values: Values) -> Iterator[str]:
    """Yield the address of a server on a free port of loopback."""

    def make() -> ModbusTcpServer:
        address = ("127.0.0.1", 0)
        return ModbusTcpServer(devices(values), address=address, trace_packet=silent_for_others(values, 6))

    with running(make) as server:
        port = server.transport.sockets[0].getsockname()[1]
        yield f"tcp://127.0.0.1:{port}"


class MasterPort:
    """The host's end of a line whose other end is a pseudo-terminal that a server has opened."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, timeout_ms: int) -> bytes:
        ready, _, _ = select.select([self._descriptor], [], [], max(0, timeout_ms) / 1_000)
        return os.read(self._descriptor, 4_096) if ready else b""

    def write(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def flush_input(self) -> None:
        while self.read(0):
            pass

    def close(self) -> None:
        """The test closes the descriptor."""


@contextmanager
def rtu_server(values: Values) -> Iterator[Port]:
    """Yield the host's end of a line on which pymodbus serves RTU slaves."""
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)

    def make() -> ModbusSerialServer:
        return ModbusSerialServer(devices(values), port=path, baudrate=9_600, trace_packet=silent_for_others(values, 0))

    try:
        with running(make):
            yield MasterPort(master)
    finally:
        os.close(slave)
        os.close(master)
