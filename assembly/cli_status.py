"""`coldchain gateway status` and `probe`: what an engineer at the wall needs to know, in words."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from assembly.exits import EXIT_FAILED
from assembly.gateway_settings import GatewaySettings
from coldchain.places import Text
from coldchain.temperature import celsius_text
from gateway.clock import SystemClock
from gateway.health import STALE_MS, Status, decode_status
from gateway.links.serial_port import PortFault, open_port
from gateway.page_text import age
from gateway.probing import Probed, probe_port, proposed
from gateway.seen import DeviceSeen

REASONED: Final = ("rejected", "poll_failures", "ports_lost")
PORT_PATTERNS: Final = ("serial/by-id/*", "ttyUSB*", "ttyACM*", "ttyAMA*", "ttyS[0-9]")
FAULTS: Final = {
    PortFault.ABSENT: Text(en="absent", zh="不存在"),
    PortFault.NO_PERMISSION: Text(en="no permission (group dialout)", zh="无权限（dialout 组）"),
    PortFault.BUSY: Text(en="in use by another program", zh="被其他程序占用"),
    PortFault.UNPLUGGED: Text(en="went away", zh="中途拔出"),
    PortFault.BROKEN: Text(en="cannot be used as a serial port", zh="不能作为串口使用"),
}


def show(settings: GatewaySettings, now_ms: int) -> int:
    """Print how the running gateway is; return the exit code: failed if none runs, or it hangs."""
    path = settings.status.path
    try:
        status = None if path is None else decode_status(path.read_bytes())
    except FileNotFoundError:
        print(f"gateway {settings.gateway.id} does not run ({path} is not there) / 网关未运行")
        return EXIT_FAILED
    except OSError as error:
        print(f"{path} cannot be read: {error.strerror} / 无法读取")
        return EXIT_FAILED
    if status is None:
        print(f"{path} is no status of this version: is another version running? / 状态文件版本不符")
        return EXIT_FAILED
    stale = now_ms - status.made_ms > STALE_MS
    if stale:
        print(
            f"gateway {status.gateway} wrote nothing for {age('en', now_ms - status.made_ms)}: it hangs or was killed"
            " / 网关已停或无响应"
        )
    print("\n".join(lines(status, now_ms)))
    return EXIT_FAILED if stale else 0


def lines(status: Status, now_ms: int) -> Iterable[str]:
    """Return a status in lines of text, both languages."""
    spool = status.spool
    up = age("en", now_ms - status.started_ms)
    yield f"gateway {status.gateway} of {status.site}, process {status.pid}, up {up} / 网关"
    yield f"  link {status.link} to {status.broker} / 与中心的连接"
    oldest = "nothing waits" if spool.oldest_ms is None else f"oldest {age('en', now_ms - spool.oldest_ms)}"
    yield f"  spool {spool.rows} rows, {oldest}, {spool.bytes_used} bytes, {spool.dead_letters} put aside / 待上传"
    yield f"  clock {status.clock}, {_time(status.made_ms)} / 时钟"
    rates = status.rates
    yield f"  last minute: {rates.samples} readings, {rates.tags} tag reads, {rates.events} events / 最近一分钟"
    for name in REASONED:
        reasons = status.counters.get(name)
        if isinstance(reasons, dict) and reasons:
            listed = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
            yield f"  {name.replace('_', ' ')}: {listed}"
    yield from _local(status, now_ms)
    devices = {device.id: device for device in status.devices}
    for port in status.ports:
        yield f"  {port.role} {port.port}{'' if port.present else ': NOT THERE / 端口不存在'}"
        for name in port.devices:
            device = devices.get(name)
            yield f"    {name}: {_said(device, now_ms) if device else 'not heard yet / 尚未收到'}"


def _local(status: Status, now_ms: int) -> Iterable[str]:
    local = status.local
    if not local.limits_version:
        yield "  no limits from the centre yet: this gateway raises no alarm / 尚无限值，不会报警"
    else:
        yield f"  limits version {local.limits_version} of {_time(local.limits_made_ms)} / 限值"
    for alarm in local.alarms:
        value = "" if alarm.micro_celsius is None else f" {celsius_text(alarm.micro_celsius)} °C"
        what = alarm.direction or alarm.kind
        yield f"  alarm {alarm.rule} {alarm.origin} {what}{value}, for {age('en', now_ms - alarm.since_ms)} / 现场报警"
    if local.sounding:
        yield "  the siren sounds / 正在鸣响"
    elif local.muted_until_ms:
        yield f"  muted until {_time(local.muted_until_ms)} / 已静音"
    for output in local.outputs:
        if output.failing:
            yield f"  alarm output {output.name} FAILS, {output.failures} times / 报警输出故障"


def _said(device: DeviceSeen, now_ms: int) -> str:
    value = device.word
    if device.micro_celsius is not None:
        value = f"{celsius_text(device.micro_celsius)} °C"
    elif device.kind == "probe":
        value = "no temperature / 无温度"
    elif device.on is not None and not value:
        value = f"input means {'on' if device.on else 'off'}"
    silent = ", does not answer / 不应答" if device.silent else ""
    return f"{value or device.kind}, {age('en', now_ms - device.taken_ms)} ago{silent}"


def ports_here() -> list[str]:
    """Return the serial ports of this machine; of two names of one port the one that stays after a restart."""
    found: dict[str, str] = {}
    for pattern in PORT_PATTERNS:
        for path in sorted(Path("/dev").glob(pattern)):
            found.setdefault(str(path.resolve()), str(path))
    return list(found.values())


def probe(ports: Sequence[str], slaves: int) -> int:
    """Ask on each port what hangs there, print it, and the tables for gateway.toml; return the exit code."""
    asked = list(ports) or ports_here()
    if not asked:
        print("no serial port on this machine: plug in the adapter, or name one with --port / 未发现串口")
        return EXIT_FAILED
    clock, found = SystemClock(), list[Probed]()
    for port in asked:
        one = probe_port(port, open_port, clock, slaves=range(1, slaves + 1), tell=lambda _: None)
        found.append(one)
        print("\n".join(told(one)), flush=True)
    answering = [answer for one in found for answer in one.found]
    if not answering:
        return EXIT_FAILED
    print("\n# for gateway.toml; fill in the ids / 供 gateway.toml 使用，请填写编号\n")
    print(proposed(answering))
    return 0


def told(one: Probed) -> Iterable[str]:
    """Return what one port gave, in words."""
    if one.fault is not None:
        fault = FAULTS[one.fault]
        yield f"{one.port}: {fault.en} / {fault.zh}"
    for answer in one.found:
        slave = f" slave {answer.slave}" if answer.slave else ""
        yield f"{one.port}: {answer.protocol}{slave} at {answer.baud} baud: {answer.what}"
    if one.fault is None and not one.found:
        noise = f"; {one.noise_bytes} bytes that nobody understands / 有无法识别的数据" if one.noise_bytes else ""
        yield f"{one.port}: free, and nothing answers / 可用，但无应答{noise}"


def _time(at_ms: int) -> str:
    return datetime.datetime.fromtimestamp(at_ms / 1_000, datetime.UTC).astimezone().isoformat(" ", "seconds")
