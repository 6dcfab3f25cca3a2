"""Alarm outputs: told once and again, bounded, and tried again when they fail. Real files and programs too."""

import sys
from pathlib import Path

import pytest
from support.hand_clock import HandClock
from support.local_limits import FakeSwitch
from support.waiting import until

from gateway.clock import SystemClock
from gateway.siren import REPEAT_MS, RETRY_MS, RUN_MS_MAX, FileSwitch, ProgramSwitch, Siren


def test_it_is_told_at_a_change_and_again_every_half_minute() -> None:
    clock, switch = HandClock(), FakeSwitch()
    siren = Siren(switch, clock)
    for _ in range(REPEAT_MS // 1_000):
        siren.tick(on=True)
        clock.forward(1_000)
    assert switch.told == [True]
    siren.tick(on=True)
    siren.tick(on=False)
    assert switch.told == [True, True, False]


def test_one_that_fails_is_counted_and_tried_again_until_it_works() -> None:
    clock, switch = HandClock(), FakeSwitch()
    siren = Siren(switch, clock)
    switch.fails = True
    for _ in range(10):
        siren.tick(on=True)
        clock.forward(RETRY_MS // 2)
    assert siren.failures == 5
    assert siren.failing
    switch.fails = False
    clock.forward(RETRY_MS)
    siren.tick(on=True)
    assert (switch.on, siren.failing) == (True, False)


def test_one_that_hangs_is_ended_and_tried_again() -> None:
    clock, switch = HandClock(), FakeSwitch()
    siren = Siren(switch, clock)
    switch.hangs = True
    siren.tick(on=True)
    clock.forward(RUN_MS_MAX + 1)
    siren.tick(on=True)
    assert (siren.failures, switch.abandoned) == (1, 1)
    switch.hangs = False
    clock.forward(RETRY_MS)
    siren.tick(on=True)
    assert switch.on


def test_a_file_takes_one_and_nought_and_is_never_made(tmp_path: Path) -> None:
    led = tmp_path / "brightness"
    siren = Siren(FileSwitch(led), HandClock())
    siren.tick(on=True)
    assert siren.failures == 1
    assert not led.exists()
    led.write_bytes(b"0\n")
    clock = HandClock()
    siren = Siren(FileSwitch(led), clock)
    siren.tick(on=True)
    assert led.read_bytes() == b"1\n"
    siren.tick(on=False)
    assert led.read_bytes() == b"0\n"
    siren.tick(on=True)
    siren.close()
    assert led.read_bytes() == b"0\n"


def test_a_program_is_called_with_on_and_off_and_no_shell(tmp_path: Path) -> None:
    out = tmp_path / "heard"
    code = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + ' ' + sys.argv[3] + chr(10))"
    siren = Siren(ProgramSwitch([sys.executable, "-S", "-c", code, str(out), "$HOME;"]), SystemClock())

    def told(wanted: bool) -> bool:
        siren.tick(on=wanted)
        return siren.shown is wanted

    until(lambda: told(True))
    until(lambda: told(False))
    assert out.read_text() == "$HOME; on\n$HOME; off\n"


@pytest.mark.parametrize("argv", [["/nowhere/siren"], [sys.executable, "-S", "-c", "raise SystemExit(3)"]])
def test_a_program_that_is_not_there_or_fails_is_counted(argv: list[str]) -> None:
    siren = Siren(ProgramSwitch(argv), SystemClock())

    def failed() -> bool:
        siren.tick(on=True)
        return siren.failures > 0

    until(failed)
    assert siren.shown is None
