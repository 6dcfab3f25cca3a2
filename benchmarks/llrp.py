"""Tags per second out of LLRP reports: our decoder beside llrpkit's and sllurp's on the same bytes.

    .venv/bin/python benchmarks/llrp.py [--quick]

Each decodes in a process of its own (the others in virtual environments of their own, made by tools/make-peer.sh), all
the same file, and says how many tags it found: a run in which they differ is no result. Rounds are interleaved; trust
the ratios only. Then our link and the simulated reader over the loopback: cycles, tags, and the longest turn.
"""

import argparse
import random
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from firmware_sim.devices.llrp_reader import FieldTag, LlrpReader
from firmware_sim.llrp_server import served
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.links.llrp_link import LlrpLink, LlrpPlan

SEED: Final = 5_084
REPORTS: Final = 2_000
TAGS_IN_REPORT: Final = 10
ROUNDS: Final = 5
LINE_115200_TAGS: Final = 480  # frames of 24 bytes a second on a serial line of 115200 baud
INSIDE: Final = 200
CYCLE_MS: Final = 1_500

COMMON: Final = """
import struct, sys, time
data = open(sys.argv[1], "rb").read()
messages, at = [], 0
while at < len(data):
    size = struct.unpack_from("!I", data, at + 2)[0]
    messages.append(data[at:at + size])
    at += size
"""
OURS: Final = """
from gateway.decoders.llrp import LlrpDecoder
began = time.perf_counter()
decoder = LlrpDecoder()
tags = 0
for at in range(0, len(data), 4096):
    tags += len(decoder.feed(data[at:at + 4096]))
"""
LLRPKIT: Final = """
from llrpkit.protocol import decode_message
began = time.perf_counter()
tags = 0
for message in messages:
    tags += len(decode_message(message).tag_report_datas)
"""
SLLURP: Final = """
from sllurp.llrp import LLRPMessage
began = time.perf_counter()
tags = 0
for message in messages:
    tags += len(LLRPMessage(msgbytes=message).msgdict["RO_ACCESS_REPORT"]["TagReportData"])
"""
SAY: Final = "\nprint(tags, time.perf_counter() - began)\n"


def reports(count: int) -> bytes:
    """Return reports as our ROSpec gets them: 96-bit EPC, ROSpec, antenna, RSSI, first and last seen, count."""
    dice = random.Random(SEED)
    data = bytearray()
    for number in range(count):
        tags = b"".join(
            struct.pack("!HH", 240, 48)
            + b"\x8d"
            + dice.randbytes(12)
            + struct.pack("!BIBHBb", 0x89, 1, 0x81, dice.randint(1, 4), 0x86, -dice.randint(40, 70))
            + struct.pack("!BQBQBH", 0x82, 1_795_000_000_000_000, 0x84, 1_795_000_000_100_000, 0x88, dice.randint(1, 9))
            for _ in range(TAGS_IN_REPORT)
        )
        data += struct.pack("!HII", 0x043D, 10 + len(tags), number) + tags
    return bytes(data)


def peer(requirement: str) -> str:
    """Return the Python of a program of others, made if it is missing."""
    root = Path(__file__).resolve().parents[1]
    made = subprocess.run(
        [str(root / "tools" / "make-peer.sh"), requirement], capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


def run(python: str, decode: str, file: str) -> tuple[int, float]:
    """Decode the file in a process of its own; return tags and tags per second."""
    command = [python, "-c", COMMON + decode + SAY, file]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    tags, seconds = answer.stdout.split()
    return int(tags), int(tags) / float(seconds)


def decoders(count: int, rounds: int) -> None:
    """Print tags per second of each decoder and how many times as fast ours is."""
    ways = {
        "ours": (sys.executable, OURS),
        "sllurp 3.0.5": (peer("sllurp==3.0.5"), SLLURP),
        "llrpkit 0.3.0": (peer("llrpkit==0.3.0"), LLRPKIT),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(reports(count))
        for _ in range(rounds):
            for name, (python, decode) in ways.items():
                tags, rate = run(python, decode, file.name)
                assert tags == count * TAGS_IN_REPORT, f"{name} found {tags} tags"
                rates[name].append(rate)
    best = median(rates["ours"])
    print(f"seed {SEED}, {count * TAGS_IN_REPORT:,} tags a round, {rounds} rounds; median")
    for name, found in rates.items():
        print(f"{name:14} {median(found):10,.0f} tags/s   ours is {best / median(found):6.1f} times as fast")
    print(f"{best / LINE_115200_TAGS:,.0f} times what a serial line of 115200 baud can carry (goal: 50)")


def cycle(link: LlrpLink, clock: SystemClock) -> tuple[int, int, float, float]:
    """Run one cycle; return tags, reads, the longest turn and all turns in seconds."""
    assert link.start(CYCLE_MS), link.message
    longest = total = 0.0
    while True:
        clock.wait(max(1, link.due_ms - clock.boottime_ms()))
        began = time.perf_counter()
        done = link.step()
        took = time.perf_counter() - began
        longest, total = max(longest, took), total + took
        if done is not None:
            assert done.fault == "", done.fault
            return len(done.tags), done.reads, longest, total


def loopback(cycles: int) -> None:
    """Print what our link reads from the simulated reader and how long its turns are."""
    clock, reader = SystemClock(), LlrpReader(SEED)
    for number in range(INSIDE):
        reader.enter(FieldTag(epc=f"3034{number:020X}", antennas=(1 + number % 4,), read_probability=0.65))
    with served(reader) as server:
        link = LlrpLink(LlrpPlan(port=f"tcp://127.0.0.1:{server.port}", antennas=(1, 2, 3, 4)), clock, Counters())
        done = [cycle(link, clock) for _ in range(cycles)]
        link.close()
    print(f"link: {INSIDE} tags at read rate 0.65 on 4 antennas, {cycles} cycles of {CYCLE_MS} ms")
    print(f"  tags seen a cycle: {min(tags for tags, *_ in done)} to {max(tags for tags, *_ in done)}")
    print(f"  reads/s: {sum(reads for _, reads, *_ in done) / (cycles * CYCLE_MS / 1_000):,.0f}")
    print(f"  longest turn: {max(longest for _, _, longest, _ in done) * 1_000:.1f} ms")
    print(f"  of a core while a cycle runs: {sum(total for *_, total in done) / (cycles * CYCLE_MS / 1_000):.1%}")


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    quick = parser.parse_args().quick
    decoders(REPORTS // 10 if quick else REPORTS, 2 if quick else ROUNDS)
    loopback(1 if quick else 5)


if __name__ == "__main__":
    main()
