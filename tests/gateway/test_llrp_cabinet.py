"""An LLRP reader in a cabinet: what the cabinet makes of its cycles, and what happens between them."""

from support.llrp_bench import EPC_A, EPC_B, LlrpBench
from support.memory_spool import MemorySpool

from coldchain.facts import EventKind
from firmware_sim.devices.llrp_reader import FieldTag
from gateway.cabinet import Cabinet
from gateway.intake import Intake
from gateway.plan import ReaderPlan
from gateway.silence import Silences, Watch

READER = "fridge-1-reader"
PLAN = ReaderPlan(id=READER, port="tcp://bench", door="fridge-1-door")
MINUTE = 60_000


class Fridge:
    """A cabinet with the link of the bench, called at least every second as the edge does."""

    def __init__(self, bench: LlrpBench) -> None:
        self.bench = bench
        self.spool = MemorySpool()
        intake = Intake(self.spool, bench.clock, bench.counters, "gw-1")
        watch = Watch([READER], Silences(intake), intake, bench.clock)
        self.cabinet = Cabinet(PLAN, bench.link, watch, intake, bench.clock, bench.counters)

    def run(self, ms: int) -> None:
        clock = self.bench.clock
        end_ms = clock.boottime_ms() + ms
        while clock.boottime_ms() < end_ms:
            self.cabinet.tick()
            clock.wait(max(1, min(self.cabinet.due_ms - clock.boottime_ms(), 1_000, end_ms - clock.boottime_ms())))

    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.spool.events()]


def test_the_connection_is_kept_between_cycles_and_the_bags_are_known() -> None:
    bench = LlrpBench()
    bench.reader.enter(FieldTag(epc=EPC_A, antennas=(1, 2)))
    fridge = Fridge(bench)
    fridge.run(12 * MINUTE)
    heard = {(summary.epc, summary.antenna) for summary in fridge.spool.summaries()}
    assert heard == {(EPC_A, 1), (EPC_A, 2), (EPC_B, 1)}
    assert len(bench.network.dialled) == 1
    assert bench.reader.keepalive_acks >= 65
    assert bench.counters.cycles_failed == 0
    assert EventKind.DEVICE_SILENT not in fridge.kinds()


def test_a_reader_that_goes_is_silent_and_comes_back_by_itself() -> None:
    bench = LlrpBench()
    fridge = Fridge(bench)
    fridge.run(MINUTE)
    bench.network.power = False
    fridge.run(10 * MINUTE)
    assert EventKind.DEVICE_SILENT in fridge.kinds()
    assert EventKind.LEFT not in fridge.kinds()
    bench.network.power = True
    fridge.run(2 * MINUTE)
    assert fridge.kinds().count(EventKind.DEVICE_BACK) == 1
