"""Memory and CPU of a whole gateway: 16 ports, 64 probes, 400 tag reads a second, local alarm and page running.

    .venv/bin/python benchmarks/gateway_load.py [--quick] [--reads 400] [--seconds 60]

The gateway is the real program in a process of its own, on pseudo-terminals whose other ends are in a second process:
eight lines with one collector of eight probes each (asked every 10 s, contacts every second), eight BB..7E readers that
count without a pause. There is no broker, so everything goes into the spool. CPU is user plus system time of the
gateway's process from /proc over the time measured, after it has settled; memory is VmRSS at the end, and its peak.
"""

import argparse
import json
import multiprocessing
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
import tty
from multiprocessing.connection import Connection
from pathlib import Path

import rules
from coldchain.places import PlaceKind, ProbeRole, Text
from coldchain.wire_limits import Limits, LimitsContact, LimitsPlace, LimitsProbe, LimitsProfile, encode_limits
from firmware_sim.devices.bb7e_reader import ROUND_MS, Bb7eReader, Tag
from firmware_sim.devices.modbus import sealed
from gateway.clock import clock_state
from gateway.limits import STATE
from gateway.spool import Spool

SEED = 7
BUSES, READERS, PROBES_A_BUS = 8, 8, 8
SETTLE_S = 10.0
GOAL_MIB, GOAL_PERCENT = 80, 15
RED_CELLS = (Path(rules.__file__).parent / "profiles" / "cn-rbc-2.toml").read_text()


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def answer(request: bytes) -> bytes:
    """Answer as a collector (slave 1) or a module with contacts (slave 2)."""
    slave, function, count = request[0], request[1], int.from_bytes(request[4:6], "big")
    if (slave, function) == (1, 3):
        return sealed(bytes((1, 3, 2 * count)) + b"\x00\x29" * count)
    if (slave, function) == (2, 2):
        return sealed(bytes((2, 2, (count + 7) // 8)) + b"\x00" * ((count + 7) // 8))
    return b""


def devices(reads_a_second: int, told: Connection) -> None:
    """Be all devices; tell the paths of their ports, then live until killed."""
    masters: dict[int, Bb7eReader | None] = {}
    paths = []
    tags = max(1, round(reads_a_second * ROUND_MS / 1_000 / READERS))
    for number in range(BUSES + READERS):
        master, slave = pty.openpty()
        tty.setraw(slave)
        paths.append(os.ttyname(slave))
        reader = None if number < BUSES else Bb7eReader(SEED + number, now_ms())
        for tag in range(tags if reader else 0):
            assert reader is not None
            reader.enter(Tag(epc=f"3{number:03X}{tag:020X}", read_probability=1.0, rssi_dbm=-50))
        masters[master] = reader
    told.send(paths)
    while True:
        ready, _, _ = select.select(list(masters), [], [], 0.02)
        for master in ready:
            data = os.read(master, 4_096)
            reader = masters[master]
            frames = [answer(data)] if reader is None else reader.receive(data, now_ms())
            os.write(master, b"".join(frames))
        for master, reader in masters.items():
            if reader is not None:
                os.write(master, b"".join(reader.advance(now_ms())))


def settings(folder: Path, paths: list[str], page: int) -> str:
    text = '[gateway]\nid = "gw-1"\nsite = "s"\n[mqtt]\nurl = "mqtt://127.0.0.1:1"\n[spool]\npath = "spool.sqlite"\n'
    text += f"[page]\nport = {page}\n" if page else ""
    for number, path in enumerate(paths[:BUSES]):
        channels = ", ".join(f'"{c}" = "probe-{number}-{c}"' for c in range(PROBES_A_BUS))
        text += f'[[bus]]\nport = "{path}"\n[[bus.temperature]]\nslave = 1\npoll_s = 10\nchannels = {{ {channels} }}\n'
        text += f'[[bus.contacts]]\nslave = 2\ndoor = "door-{number}"\n'
    for number, path in enumerate(paths[BUSES:]):
        text += f'[[reader]]\nid = "reader-{number}"\nport = "{path}"\ndoor = "door-{number}"\n'
        text += "idle_cycle_s = 1\ncycle_ms = 5000\n"
    (folder / "gateway.toml").write_text(text)
    return str(folder / "gateway.toml")


def limits() -> bytes:
    """Return limits for all probes, so that the local alarm has its full work."""
    numbers = range(BUSES)
    places = [
        LimitsPlace(
            id=f"place-{n}",
            name=Text(zh="冰箱", en="fridge"),
            kind=PlaceKind.FRIDGE,
            profile="cn-rbc",
            profile_version=2,
        )
        for n in numbers
    ]
    probes = [
        LimitsProbe(id=f"probe-{n}-{c}", place=f"place-{n}", role=ProbeRole.AIR if c % 2 else ProbeRole.LOAD)
        for n in numbers
        for c in range(PROBES_A_BUS)
    ]
    return encode_limits(
        Limits(
            v=1,
            gateway="gw-1",
            version=1,
            made_ms=1,
            profiles=(LimitsProfile(id="cn-rbc", version=2, toml=RED_CELLS),),
            places=tuple(places),
            probes=tuple(probes),
            contacts=tuple(LimitsContact(id=f"door-{n}", place=f"place-{n}") for n in numbers),
        )
    )


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1_024
    return 0.0


def measure(seconds: float, reads: int, page: int) -> dict[str, float]:
    here, there = multiprocessing.Pipe()
    bench = multiprocessing.Process(target=devices, args=(reads, there), daemon=True)
    bench.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = settings(folder, here.recv(), page)
        with Spool.open(
            folder / "spool.sqlite", bytes_max=2**29, boot="b", clock_state=lambda: clock_state(0)
        ) as spool:
            spool.accept([], {STATE: limits()})
        command = [sys.executable, "-m", "assembly.cli", "gateway", "--config", file]
        child = subprocess.Popen(command, stderr=(folder / "log").open("wb"))
        try:
            time.sleep(SETTLE_S)
            before, began = cpu_s(child.pid), time.monotonic()
            time.sleep(seconds)
            took = time.monotonic() - began
            used = cpu_s(child.pid) - before
            status = json.loads((folder / "spool.sqlite.status.json").read_bytes())
            figures = {
                "cpu_percent": 100 * used / took,
                "rss_mib": memory_mib(child.pid, "VmRSS"),
                "peak_mib": memory_mib(child.pid, "VmHWM"),
                "samples_a_minute": status["rates"]["samples"],
                "tag_reads_a_second": status["rates"]["tags"] / min(60, seconds + SETTLE_S),
                "rejected": float(sum(status["counters"]["rejected"].values())),
                "spool_rows": status["spool"]["rows"],
            }
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(30)
            bench.kill()
            bench.join()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--reads", type=int, default=400)
    parser.add_argument("--page", type=int, default=0)
    given = parser.parse_args()
    seconds = 15.0 if given.quick else given.seconds
    print(f"seed {SEED}; {BUSES + READERS} ports, {BUSES * PROBES_A_BUS} probes, {given.reads} tag reads/s wanted")
    figures = measure(seconds, given.reads, given.page)
    for name, value in figures.items():
        print(f"{name:>20} {value:10.1f}")
    print(f"goal: below {GOAL_MIB} MiB and {GOAL_PERCENT} % of a core, over {seconds:.0f} s")


if __name__ == "__main__":
    main()
