"""What the spool remembers of the clock of each start of the machine, for the rows that outlive it."""

from pathlib import Path

from msgspec.structs import replace
from support.hand_clock import HandClock
from support.spools import T0_MS, UP_MS, ack, open_spool, sample

from coldchain.facts import Sample
from gateway.boot_clock import BOOTS_MAX, STATE
from gateway.clock_watch import ClockWatch
from gateway.counters import Counters
from gateway.intake import Intake

HOUR = 3_600_000


def _at(taken_ms: int, boottime_ms: int) -> Sample:
    return replace(sample(), taken_ms=taken_ms, boottime_ms=boottime_ms)


def test_rows_of_an_earlier_start_carry_the_clock_that_stamped_its_newest_row(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([_at(T0_MS - HOUR, UP_MS)])
        spool.accept([_at(T0_MS, UP_MS + 1_000)])  # the clock was set an hour forward
        assert spool.next_batch(0, T0_MS, UP_MS).boot_offset_ms is None
    with open_spool(tmp_path, boot="boot-2") as spool:
        spool.accept([_at(T0_MS + HOUR, 5_000)])
        batch = spool.next_batch(0, T0_MS, UP_MS)
        picked = spool.pick_batch([1], T0_MS, UP_MS)
        assert (batch.boot, batch.boot_offset_ms) == ("boot-1", T0_MS - UP_MS - 1_000)
        assert picked.boot_offset_ms == batch.boot_offset_ms
        assert spool.next_batch(2, T0_MS, UP_MS).boot_offset_ms is None


def test_what_an_ack_agreed_with_counts_more_than_the_newest_row(tmp_path: Path) -> None:
    clock = HandClock(T0_MS, boottime_ms=UP_MS)
    with open_spool(tmp_path) as spool:
        watch = ClockWatch(Intake(spool, clock, Counters(), "gw-1"), clock, gateway="gw-1", boot="boot-1")
        watch.tick()
        watch.heard(T0_MS + 20, UP_MS, 40)
        watch.tick()
        clock.step_wall(-365 * 24 * HOUR)
        watch.tick()
        spool.accept([_at(clock.now_ms(), clock.boottime_ms())])
    with open_spool(tmp_path, boot="boot-2") as spool:
        assert spool.next_batch(0, T0_MS, UP_MS).boot_offset_ms == T0_MS - UP_MS


def test_a_centre_that_does_not_agree_confirms_nothing(tmp_path: Path) -> None:
    clock = HandClock(T0_MS, boottime_ms=UP_MS)
    with open_spool(tmp_path) as spool:
        watch = ClockWatch(Intake(spool, clock, Counters(), "gw-1"), clock, gateway="gw-1", boot="boot-1")
        watch.tick()
        watch.heard(T0_MS + HOUR, UP_MS, 40)
        watch.tick()
        clock.step_wall(HOUR)
        watch.tick()
    with open_spool(tmp_path, boot="boot-2") as spool:
        assert spool.next_batch(0, T0_MS, UP_MS).boot_offset_ms == T0_MS + HOUR - UP_MS


def test_a_start_is_forgotten_with_its_last_row(tmp_path: Path) -> None:
    for number in range(1, 5):
        with open_spool(tmp_path, boot=f"boot-{number}") as spool:
            spool.accept([sample()])
            if number == 3:
                spool.settle(ack(spool, ranges=[(1, 2)]))
    with open_spool(tmp_path, boot="boot-5") as spool:
        spool.accept([sample()])
        kept = [spool.state(f"{STATE}boot-{number}") is not None for number in range(1, 6)]
    assert kept == [False, False, True, True, True]


def test_a_start_whose_dead_letters_were_revived_is_remembered_until_they_are_gone(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([_at(T0_MS, UP_MS)])
        spool.dead_letter(1, 1, "x" * 64, "refused-by-centre", now_ms=T0_MS, boottime_ms=UP_MS)
    with open_spool(tmp_path, boot="boot-2") as spool:
        spool.accept([_at(T0_MS + HOUR, 5_000)])
        assert spool.revive(10) == 1
        spool.settle(ack(spool, contiguous=spool.last_seq() - 1))
    with open_spool(tmp_path, boot="boot-3") as spool:
        spool.accept([_at(T0_MS + 2 * HOUR, 5_000)])
        batch = spool.next_batch(0, T0_MS, UP_MS)
        assert (batch.boot, batch.boot_offset_ms) == ("boot-1", T0_MS - UP_MS)
        spool.settle(ack(spool, contiguous=spool.last_seq() - 1))
    with open_spool(tmp_path, boot="boot-4") as spool:
        spool.accept([sample()])
        assert [spool.state(f"{STATE}boot-{number}") is not None for number in range(1, 5)] == [
            False,
            False,
            True,
            True,
        ]


def test_no_more_starts_are_remembered_than_the_limit(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample()])
        for number in range(BOOTS_MAX + 5):
            spool.boot = f"b-{number}"
            spool.accept([sample()])
        with spool._read() as db:
            (kept,) = db.execute("SELECT count(*) FROM state WHERE name LIKE 'boot-clock:%'").fetchone()
    assert kept == BOOTS_MAX
