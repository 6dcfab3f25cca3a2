"""A gateway that is a courier's box, put together: receiver, lamp, beeper and the ear in the way of the facts."""

from collections.abc import Callable
from pathlib import Path

from assembly.box_settings import BoxTable
from coldchain.ports import Clock
from gateway.alarm_spool import AlarmSpool
from gateway.box_desk import BoxDesk
from gateway.counters import Counters
from gateway.intake import Intake
from gateway.limits import LimitsKeeper
from gateway.links.line import Line
from gateway.links.serial_port import OpenPort
from gateway.siren import FileSwitch, Siren


def box_desk(
    table: BoxTable, gateway: str, spool: AlarmSpool, clock: Clock, open_port: OpenPort, counters: Counters
) -> BoxDesk:
    """Return the box's desk; what it says goes past its own ear into the spool."""
    plan = table.plan(gateway)
    line = None if plan.gps is None else Line(plan.gps, plan.baud, open_port, clock, counters)
    return BoxDesk(
        plan,
        Intake(spool, clock, counters, gateway),
        clock,
        counters,
        line,
        _output(table.lamp_file, clock),
        _output(table.beeper_file, clock),
        judged_by(spool.keeper),
    )


def judged_by(keeper: LimitsKeeper) -> Callable[[str], bool]:
    """Return who tells whether the gateway's own alarm judges a probe by the centre's limits.

    A probe that these do not name, or that rests, is nobody's else: then the box must say by itself that it beeps.
    """

    def judged(probe: str) -> bool:
        known = None if keeper.loaded is None else keeper.loaded.probes.get(probe)
        return known is not None and not known.rests

    return judged


def _output(path: Path | None, clock: Clock) -> list[Siren]:
    return [] if path is None else [Siren(FileSwitch(path), clock)]
