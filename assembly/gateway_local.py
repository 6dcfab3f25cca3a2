"""What a gateway does without the centre, put together: alarm and siren, status file, page, word to systemd."""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final

import structlog

from assembly.brokers import without_password
from assembly.gateway_settings import GatewaySettings
from assembly.watchdog import Watchdog, sd_notify
from coldchain.errors import ColdchainError
from coldchain.facts import ClockState
from coldchain.ports import Clock
from coldchain.signed import opened
from coldchain.wire import GatewayHealth
from gateway.alarm_spool import AlarmSpool
from gateway.clock import clock_state
from gateway.counters import Counters
from gateway.health import STATUS_VERSION, PortStatus, SpoolStatus, Status, encode_status
from gateway.signing import verified
from gateway.siren import FileSwitch, ProgramSwitch, Siren, Switch
from gateway.spool import Spool

STATUS_S: Final = 5.0
COUNT_SHARE: Final = 100  # a spool of millions of rows is counted so seldom that it costs 1 % of the time
BUTTON_BYTES_MAX: Final = 16

log = structlog.get_logger("gateway")


class Local:
    """The alarm in the way of the facts, and who presses the button. `tick` belongs into every round of the edge."""

    def __init__(self, settings: GatewaySettings, spool: Spool, clock: Clock) -> None:
        alarm = settings.alarm
        sirens = [Siren(switch, clock) for switch in _switches(alarm.program, alarm.file)]
        self.spool = AlarmSpool(spool, clock, settings.gateway.id, sirens, alarm.mute_min * 60_000)
        self._button_file = alarm.button_file
        self._mute_file = alarm.mute_file
        self._button = False  # of a module, as it was read last
        self._clock = clock
        self._watchdog = Watchdog()
        self._button_failing = False
        self._centre_key = settings.mqtt.centre_key

    def on_button(self, pressed: bool) -> None:  # noqa: FBT001 - the edge's callback
        """Take what a module's input says of the button."""
        self._button = pressed

    def on_command(self, leaf: str, payload: bytes) -> None:
        """Take what came below cmd/; called in the uplink's thread."""
        if leaf == "limits" and self._believed(payload):
            self.spool.offer_limits(payload)

    def _believed(self, payload: bytes) -> bool:
        """Tell whether the centre made them. Without its key nobody can tell, and the broker is trusted."""
        if self._centre_key is None:
            return True
        parts = opened(payload)
        if parts is not None and verified(self._centre_key, *parts):
            return True
        self.spool.counters.limits_unsigned += 1
        log.error("limits_not_signed", advice="the centre's signing key and mqtt.centre_key must belong together")
        return False

    def tick(self) -> None:
        """Let the alarm do what time brings, and tell systemd that the loop has turned."""
        self.spool.press(pressed=self._button)
        self.spool.press(pressed=self._file_pressed(), button="file")
        self.spool.press(pressed=self._touched(), button="touched")
        self.spool.tick()
        self._watchdog.turned(self._clock.boottime_ms())

    def close(self) -> None:
        """End the outputs."""
        sd_notify("STOPPING=1")
        self.spool.close()

    def _file_pressed(self) -> bool:
        if self._button_file is None:
            return False
        try:
            with self._button_file.open("rb") as file:
                pressed = file.read(BUTTON_BYTES_MAX).strip() == b"1"
        except OSError as error:
            if not self._button_failing:
                log.warning("button_unreadable", file=str(self._button_file), error=str(error))
            self._button_failing = True
            return False
        self._button_failing = False
        return pressed

    def _touched(self) -> bool:
        """Tell whether somebody made the mute file; it is taken away, so that one touch is one press."""
        if self._mute_file is None:
            return False
        try:
            self._mute_file.unlink()
        except OSError:
            return False
        return True


class StatusKeeper:
    """Works out how the gateway is, in a thread of its own, and writes it where `coldchain gateway status` looks."""

    def __init__(
        self,
        settings: GatewaySettings,
        spool: Spool,
        local: AlarmSpool,
        clock: Clock,
        edge: Counters,
        uplink: Counter[str],
        link: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._spool = spool
        self._local = local
        self._clock = clock
        self._edge = edge
        self._uplink = uplink
        self._link = link
        self._started_ms = clock.now_ms()
        self._rows: tuple[int, int, int] | None = None  # rows, when they were counted, when to count again
        self._failing = False
        self.latest = self.look()

    def run(self, stop: Event) -> None:
        """Look and write until told to stop; the file is taken away at the end."""
        path = self._settings.status.path
        while True:
            try:
                self.latest = self.look()
            except ColdchainError:
                log.exception("status_not_known")
            if path is not None:
                self._write(path, encode_status(self.latest))
            if stop.wait(STATUS_S):
                break
        if path is not None:
            path.unlink(missing_ok=True)

    def health(self) -> GatewayHealth:
        """Return the part that goes up in `state`."""
        latest = self.latest
        return GatewayHealth(
            made_ms=latest.made_ms,
            started_ms=latest.started_ms,
            clock=ClockState(latest.clock),
            spool_rows=latest.spool.rows,
            oldest_unsent_ms=latest.spool.oldest_ms,
            limits_version=latest.local.limits_version,
            alarms=len(latest.local.alarms),
            sounding=latest.local.sounding,
        )

    def look(self) -> Status:
        """Return how everything is now. Raises StoreError if the spool cannot be read."""
        now_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        devices, rates = self._local.seen.look(boottime_ms)
        gateway = self._settings.gateway
        return Status(
            v=STATUS_VERSION,
            gateway=gateway.id,
            site=gateway.site,
            pid=os.getpid(),
            made_ms=now_ms,
            started_ms=self._started_ms,
            clock=clock_state(now_ms),
            link=self._link(),
            broker=without_password(self._settings.mqtt.url),
            ports=tuple(ports_of(self._settings)),
            devices=tuple(devices),
            rates=rates,
            counters={**self._edge.snapshot(), **dict(self._uplink)},
            spool=self._spool_status(now_ms, boottime_ms),
            local=self._local.status(),
        )

    def _spool_status(self, now_ms: int, boottime_ms: int) -> SpoolStatus:
        if self._rows is None or boottime_ms >= self._rows[2]:
            rows = self._spool.depth()
            took_ms = self._clock.boottime_ms() - boottime_ms
            self._rows = rows, now_ms, boottime_ms + took_ms * COUNT_SHARE
        rows, rows_ms, _ = self._rows
        waiting = self._spool.next_batch(0, now_ms, boottime_ms, items_max=0)
        return SpoolStatus(
            rows=rows,
            rows_ms=rows_ms,
            bytes_used=self._spool.bytes_used(),
            dead_letters=self._spool.dead_letters(),
            oldest_ms=waiting.oldest_unsent_ms if waiting.others_left else None,
        )

    def _write(self, path: Path, status: bytes) -> None:
        """Replace the file as a whole; one that cannot be written is said once and stops nothing."""
        fresh = path.with_name(path.name + ".new")
        try:
            fresh.write_bytes(status)
            fresh.replace(path)
        except OSError as error:
            if not self._failing:
                log.warning("status_not_written", file=str(path), error=str(error))
            self._failing = True
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            return
        self._failing = False


def ports_of(settings: GatewaySettings) -> list[PortStatus]:
    """Return the configured lines and whether their ports are there."""
    lines: list[tuple[str, str, tuple[str, ...]]] = []
    for bus in settings.bus:
        devices = [probe for table in bus.temperature for probe in table.channels.values()]
        devices += [wired.contact for table in bus.contacts for wired in table.inputs()]
        lines.append((bus.port, "bus", tuple(devices)))
    lines += [(reader.port, "reader", (reader.id,)) for reader in settings.reader]
    lines += [(dock.port, "dock", dock.boxes) for dock in settings.dock]
    return [
        PortStatus(port=port, role=role, devices=devices, present="://" in port or _is_there(port))
        for port, role, devices in lines
    ]


def _is_there(port: str) -> bool:
    """Tell whether a port's file is there; in a folder that is closed to us nobody can tell, and we cannot use it."""
    try:
        return Path(port).exists()
    except OSError:
        return False


def _switches(program: tuple[str, ...], file: Path | None) -> list[Switch]:
    switches: list[Switch] = [ProgramSwitch(program)] if program else []
    return [*switches, FileSwitch(file)] if file is not None else switches
