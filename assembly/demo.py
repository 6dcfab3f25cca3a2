"""The demo: a night in which a blood fridge fails, from the serial byte to the verdict of each bag, on one machine."""

import shutil
import signal
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from assembly.brokers import Broker, choose_broker, free_port, wait_until_ready
from assembly.demo_check import Centre, Report, compare
from assembly.demo_files import PLACE, PROBES, write_gateway, write_server
from assembly.demo_terminal import Progress, say
from assembly.gateway_settings import plan_of
from assembly.prelude import Past, live_through
from assembly.processes import Child, start_coldchain
from assembly.settings import load_gateway
from coldchain.errors import ColdchainError
from gateway.uplink import parse_broker_url

SCENARIO: Final = "night-failure"
HOUR_MS: Final = 3_600_000
HOURS_MIN: Final = 24  # the last bag is put in after 23 and a half hours
HOURS_MAX: Final = 240
DRAIN_S: Final = 120.0  # the longest that loading the history may take before the demo gives up
READY_S: Final = 30.0
BROKER_S: Final = 5.0
BIND_BEFORE_MS: Final = HOUR_MS  # the tags were bound before the fridge's history begins
EXIT_DIFFERS: Final = 1
REGISTERED: Final = "bags registered / 血袋已登记"
KINDS: Final = {
    "Sample": "temperatures / 温度",
    "TagSummary": "tags seen in an inventory / 标签盘点",
    "DeviceEvent": "events: doors, mains, devices, comings and goings / 事件",
    "Gap": "gaps / 缺口",
}
LOADED: Final = "history loaded and judged / 历史已上传并判定"


@dataclass(slots=True)
class Clockwork:
    """How long the steps took, in seconds."""

    began: float = field(default_factory=time.monotonic)
    marks: dict[str, float] = field(default_factory=dict)

    def mark(self, name: str) -> None:
        """Note that a step is done."""
        self.marks[name] = time.monotonic() - self.began


def main(
    *,
    check: bool,
    broker: str,
    mqtt_url: str | None,
    folder: Path | None,
    seed: int,
    hours: int,
    port: int | None,
    keep: bool,
) -> int:
    """Run the demo; return 0 if what was found is what was true, else 1."""
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as house:
        if mqtt_url:
            _try_broker(mqtt_url)
        work = _folder(folder, house, keep=keep)
        clockwork = Clockwork()
        say(f"Files / 文件目录: {work}")
        past = _prelude(work, seed, hours, clockwork)
        running = choose_broker(broker, mqtt_url, work / "broker")
        house.callback(running.stop)
        say(f"Broker / 消息服务器: {running.name} {running.url}")
        children, centre = _start(work, running, past, seed, port or free_port(), house)
        clockwork.mark("centre and simulator ready / 中心与模拟器就绪")
        units = _register(centre, past, clockwork)
        _begin(work, "gateway", children, house, "--config", str(work / "gateway.toml"))
        _load(centre, children, past, clockwork)
        report = compare(centre, past.truth, PROBES, units, past.end_ms)
        clockwork.mark("verdicts compared / 结论已核对")
        _summary(report, centre, children, running, past, clockwork)
        code = EXIT_DIFFERS if report.differences else 0
        if not check:
            _look(centre, units, past)
            _stay(children)
        return code


def _try_broker(url: str) -> None:
    """Find out that a broker is not there before a history is lived for it."""
    parse_broker_url(url)
    wait_until_ready(url, timeout_s=BROKER_S)


def _folder(folder: Path | None, house: ExitStack, *, keep: bool) -> Path:
    if folder is not None:
        folder = folder.resolve()
        if folder.exists() and any(folder.iterdir()):
            msg = f"--dir {folder} is not empty: the demo makes its own history, name a new folder"
            raise ColdchainError(msg)
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    work = Path(tempfile.mkdtemp(prefix="coldchain-demo-"))
    if not keep:
        house.callback(shutil.rmtree, work, ignore_errors=True)
    return work


def _prelude(work: Path, seed: int, hours: int, clockwork: Clockwork) -> Past:
    """Live through the history with the line to the centre cut."""
    write_gateway(work, "mqtt://127.0.0.1:1", work / "lines")
    settings = load_gateway(work / "gateway.toml")
    end_ms = time.time_ns() // 1_000_000
    start_ms = (end_ms - hours * HOUR_MS) // 1_000 * 1_000
    say(f"A blood fridge lives {hours} hours, the line to the centre is cut / 冰箱运行 {hours} 小时，与中心断网 ...")
    progress = Progress()
    past = live_through(
        plan=plan_of(settings),
        scenario=SCENARIO,
        seed=seed,
        start_ms=start_ms,
        end_ms=end_ms,
        spool_path=settings.spool.path,
        spool_bytes_max=settings.spool.bytes_max,
        truth_path=work / "truth.json",
        progress=lambda part: progress.at(part, f"  {part:4.0%}"),
    )
    clockwork.mark("history lived / 历史已生成")
    progress.end(f"  {past.samples} temperatures, {past.facts} facts in the spool / 条已存入网关")
    return past


def _start(
    work: Path, broker: Broker, past: Past, seed: int, port: int, house: ExitStack
) -> tuple[dict[str, Child], Centre]:
    """Start centre and simulator as processes of their own."""
    write_server(work, broker.url, port)
    write_gateway(work, broker.url, work / "lines")
    children: dict[str, Child] = {}
    _begin(work, "server", children, house, "--config", str(work / "server.toml"))
    life = ("--scenario", SCENARIO, "--seed", str(seed), "--start-ms", str(past.start_ms))
    _begin(work, "sim", children, house, *life, "--links", str(work / "lines"))
    centre = Centre(f"http://127.0.0.1:{port}")
    _await_ready(centre, children["server"])
    _await_file(work / "lines" / "reader", children["sim"])
    return children, centre


def _begin(work: Path, name: str, children: dict[str, Child], house: ExitStack, *arguments: str) -> None:
    child = start_coldchain(name, (name, *arguments), work / "logs" / f"{name}.log")
    house.callback(child.stop)
    children[name] = child


def _await_ready(centre: Centre, server: Child) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        server.require_alive()
        if centre.ready():
            return
        time.sleep(0.1)
    msg = f"the centre at {centre.url} did not become ready within {READY_S:.0f} s; see its log {server.log}"
    raise ColdchainError(msg)


def _await_file(path: Path, child: Child) -> None:
    deadline = time.monotonic() + READY_S
    while not path.exists():
        child.require_alive()
        if time.monotonic() > deadline:
            msg = f"the simulator did not open its lines within {READY_S:.0f} s; see its log {child.log}"
            raise ColdchainError(msg)
        time.sleep(0.05)


def _register(centre: Centre, past: Past, clockwork: Clockwork) -> dict[str, str]:
    """Make the bags known as the blood station's system would; return EPC to unit."""
    units: dict[str, str] = {}
    for number, bag in enumerate(past.bags, 1):
        unit = f"bag-{number:02d}"
        fields = ("issuer", "scheme", "donation_number", "product_code", "division", "component", "blood_group")
        body = {name: bag[name] for name in fields} | {"id": unit, "expires_ms": bag["expires_ms"]}
        centre.post("/api/units", body | {"profile": "cn-rbc", "profile_version": 1})
        centre.post(f"/api/units/{unit}/tags", {"epc": bag["epc"], "from_ms": past.start_ms - BIND_BEFORE_MS})
        centre.post(f"/api/units/{unit}/placements", {"place": PLACE, "at_ms": bag["put_in_ms"]})
        units[bag["epc"]] = unit
    clockwork.mark(REGISTERED)
    return units


def _load(centre: Centre, children: dict[str, Child], past: Past, clockwork: Clockwork) -> None:
    """Wait until everything that the gateway accepted in the past has reached the centre."""
    deadline = time.monotonic() + DRAIN_S
    progress = Progress()
    while True:
        for child in children.values():
            child.require_alive()
        loaded = int(centre.metric("coldchain_readings_total"))
        text = f"  history loaded / 已上传: {min(loaded, past.facts)} of {past.facts} facts"
        progress.at(min(1.0, loaded / past.facts), text)
        if loaded >= past.facts and centre.metric("coldchain_gateway_horizon_age_seconds") * 1_000 < _age_ms(past):
            break
        if time.monotonic() > deadline:
            msg = f"the history was not loaded within {DRAIN_S:.0f} s ({loaded} of {past.facts} facts)"
            raise ColdchainError(msg)
        time.sleep(0.05)
    clockwork.mark(LOADED)
    progress.end(text)


def _age_ms(past: Past) -> int:
    return time.time_ns() // 1_000_000 - past.end_ms


def _summary(
    report: Report,
    centre: Centre,
    children: dict[str, Child],
    broker: Broker,
    past: Past,
    clockwork: Clockwork,
) -> None:
    say("\nWhat the system found, and what the simulator knows / 系统结论与模拟真值:")
    for line in report.lines:
        say(line)
    say("\nFacts of the history by kind / 历史记录分类:")
    for kind, count in sorted(past.kinds.items()):
        say(f"  {count:8}  {KINDS.get(kind, kind)}")
    say("\nSeconds since the start / 用时（秒）:")
    for name, seconds in clockwork.marks.items():
        say(f"  {seconds:6.1f}  {name}")
    seconds = clockwork.marks[LOADED] - clockwork.marks[REGISTERED]
    say(f"  {past.facts / max(0.001, seconds):,.0f} facts/s through the whole path while the history loaded / 条每秒")
    say("\nPeak memory / 内存峰值 (MiB):")
    processes = dict(children) | ({"broker": broker.process} if broker.process else {})
    for name, child in processes.items():
        peak = child.measure()
        say(f"  {name:8} {peak / 2**20:6.0f}" if peak else f"  {name:8} ?")
    verdict = "EQUAL / 一致" if not report.differences else f"DIFFERENT / 不一致: {', '.join(report.differences)}"
    say(f"\nResult / 结果: {verdict}   ({centre.url})")


def _look(centre: Centre, units: dict[str, str], past: Past) -> None:
    exposed = [
        units[bag["epc"]] for channel in past.truth["channels"] for run in channel["runs"] for bag in run["bags"]
    ]
    unit = exposed[0] if exposed else next(iter(units.values()))
    say("\nLook here / 请看:")
    say(f"  {centre.url}/                    every place, units on hold / 总览")
    say(f"  {centre.url}/units/{unit}        why this bag is on hold / 血袋页面")
    say(f"  {centre.url}/units/{unit}?lang=en   the same in English")
    say(f"  {centre.url}/openapi.json        the interface / 接口")
    say("Life goes on in real time. Ctrl-C ends it. / 实时运行中，Ctrl-C 结束。")


def _stay(children: dict[str, Child]) -> None:
    try:
        while True:
            for child in children.values():
                child.require_alive()
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nStopping / 正在停止 ...")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
