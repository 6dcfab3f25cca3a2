"""Others' LLRP at the other end: sllurp reads our simulated reader, our link reads llrpkit's emulator."""

import json
import subprocess
from collections.abc import Iterator

import pytest
from support.llrp_bench import link_to, run_cycle
from support.peers import LLRPKIT, SLLURP, peer_python

from firmware_sim.devices.llrp_reader import FieldTag, LlrpReader
from firmware_sim.llrp_server import served
from gateway.clock import SystemClock
from gateway.counters import Counters

EPCS = [
    "3034257BF7194E4000001A85",
    "3034257BF7194E4000001A86",
    "E28011700000020A1B2C3D4E",
    "3674257BF7194E59B2C2BF100000000000000000",
    "300833B2DDD9",
]
BEFORE = {EPCS[0]: (1,), EPCS[1]: (2,), EPCS[2]: (1, 2), EPCS[3]: (2,), EPCS[4]: (1,)}
STRANGER = "3034257BF7194E4000009999"  # before antenna 3, which nobody asks for

# Waits until it has heard so many, or 20 s, and says what it heard: tag, antennas. It takes leave without waiting for
# the answer: sllurp listens for it only after it has sent the question, and misses one that comes at once.
INVENTORY = """
import json, os, sys, threading
from sllurp.llrp import LLRPReaderClient, LLRPReaderConfig
port, wanted, heard, enough = int(sys.argv[1]), int(sys.argv[2]), {}, threading.Event()
def report(reader, tags):
    for tag in tags:
        heard.setdefault(tag["EPC"].decode().upper(), set()).add(tag["AntennaID"])
    if sum(map(len, heard.values())) >= wanted:
        enough.set()
config = LLRPReaderConfig({"antennas": [1, 2], "report_every_n_tags": 1, "keepalive_interval": 50,
                           "tag_content_selector": {"EnableAntennaID": True, "EnablePeakRSSI": True}})
reader = LLRPReaderClient("127.0.0.1", port, config)
reader.add_tag_report_callback(report)
reader.connect()
enough.wait(20)
print(json.dumps({epc: sorted(antennas) for epc, antennas in heard.items()}), flush=True)
reader.disconnect(timeout=1)
os._exit(0)
"""

# An emulated reader until its standard input is closed; says its port first.
EMULATOR = """
import asyncio, sys
from llrpkit.emulator import LLRPEmulator, default_population
async def main():
    async with LLRPEmulator(tags=default_population(6, 2), reads_per_sec=400, antenna_count=2) as emulator:
        print(emulator.port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
"""


def test_sllurp_unpatched_inventories_our_simulated_reader() -> None:
    reader = LlrpReader("sllurp")
    for epc, antennas in BEFORE.items():
        reader.enter(FieldTag(epc=epc, antennas=antennas, read_probability=0.6))
    reader.enter(FieldTag(epc=STRANGER, antennas=(3,)))
    wanted = sum(len(antennas) for antennas in BEFORE.values())
    with served(reader) as server:
        command = [peer_python(SLLURP), "-c", INVENTORY, str(server.port), str(wanted)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {epc: list(antennas) for epc, antennas in BEFORE.items()}, answer.stderr
    assert reader.keepalive_acks > 0
    assert reader.asked[:8] == [1, 2, 64, 3, 41, 21, 20, 24]


@pytest.fixture
def emulator() -> Iterator[int]:
    """Start llrpkit's emulator in its own process; its port."""
    command = [peer_python(LLRPKIT), "-c", EMULATOR]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate(timeout=20)


def test_our_link_reads_the_emulator_of_llrpkit_within_its_gaps(emulator: int) -> None:
    """It cannot delete all ROSpecs and knows no antennas in its configuration: both can be done without."""
    clock, counters = SystemClock(), Counters()
    link = link_to(emulator, (1, 2), counters)
    cycles = [run_cycle(link, clock, 700) for _ in range(2)]
    link.close()
    expected = {f"E2000017010B01621000{number:04X}": 1 + number % 2 for number in range(6)}
    for done in cycles:
        assert done.fault == ""
        assert {tag.epc: tag.antenna for tag in done.tags} == expected
        assert done.reads > 100
    assert counters.rejected["unasked"] == counters.rejected.total()


def test_our_link_keeps_to_one_antenna_of_the_emulator(emulator: int) -> None:
    clock = SystemClock()
    link = link_to(emulator, (2,))
    done = run_cycle(link, clock, 500)
    link.close()
    assert (done.fault, {tag.antenna for tag in done.tags}) == ("", {2})
