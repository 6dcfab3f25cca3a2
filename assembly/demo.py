"""The demo: a night and a day at a storage point, from the serial byte to the verdict of each bag, on one machine."""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

from assembly.brokers import PORT, Broker, choose_broker, free_port, require_free, wait_until_ready
from assembly.demo_centre import Centre
from assembly.demo_check import compare
from assembly.demo_do import Desk
from assembly.demo_files import BOX, GATEWAY, write_gateway, write_server
from assembly.demo_line import Line
from assembly.demo_story import register
from assembly.demo_terminal import Progress, say
from assembly.demo_words import HISTORY_LIVED, LOADED, READY, REGISTERED, VERDICTS, look_here, summary
from assembly.exits import CommandLineError
from assembly.gateway_settings import plan_of
from assembly.prelude import Past, live_through
from assembly.processes import Child, start_coldchain
from assembly.settings import load_gateway
from coldchain.errors import ColdchainError
from gateway.uplink import parse_broker_url

SCENARIO: Final = "storage-point"
HOUR_MS: Final = 3_600_000
HOURS_MIN: Final = 26  # the story fills a day and two hours
HOURS_MAX: Final = 240
DRAIN_S: Final = 240.0  # the longest that loading the history may take before the demo gives up
MIRROR_S: Final = 120.0
MIRROR_LAG_MAX: Final = 50  # numbers behind; life goes on while the mirror follows
READY_S: Final = 60.0
BROKER_S: Final = 5.0
EXIT_DIFFERS: Final = 1


class BoxWay(StrEnum):
    """How the courier's box hands in its record when it comes home."""

    MQTT = "mqtt"
    DOCK = "dock"
    BOTH = "both"


@dataclass(slots=True)
class Clockwork:
    """How long the steps took, in seconds."""

    began: float = field(default_factory=time.monotonic)
    marks: dict[str, float] = field(default_factory=dict)

    def mark(self, name: str) -> None:
        """Note that a step is done."""
        self.marks[name] = time.monotonic() - self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the person who starts the demo wants."""

    check: bool
    broker: str
    mqtt_url: str | None
    folder: Path | None
    seed: int
    hours: int
    port: int | None
    keep: bool
    influx: str | None = None
    box: BoxWay = BoxWay.MQTT


class Demo:
    """One run: its folder, its processes, its steps."""

    def __init__(self, wishes: Wishes, house: ExitStack) -> None:
        self._wishes = wishes
        self._house = house
        self._clockwork = Clockwork()
        self._children: dict[str, Child] = {}
        self._work = _folder(wishes.folder, house, keep=wishes.keep)
        self._lines = self._work / "lines"
        say(f"Files / 文件目录: {self._work}")

    def run(self) -> int:
        """Live through the story, compare, and stay until Ctrl-C; return 0 if what was found is what was true."""
        past = self._prelude()
        broker = choose_broker(self._wishes.broker, self._wishes.mqtt_url, self._work / "broker")
        self._house.callback(broker.stop)
        say(f"Broker / 消息服务器: {broker.name} {broker.url}")
        line = _line_to(broker.url)
        self._house.callback(line.close)
        centre = self._start(broker, _through(broker.url, line), past)
        units = register(centre, past.bags, past.start_ms)
        self._clockwork.mark(REGISTERED)
        self._begin("gateway", "--config", str(self._work / "gateway.toml"))
        self._load(centre, past)
        report = compare(centre, past.truth, units, past.end_ms)
        self._clockwork.mark(VERDICTS)
        if self._wishes.influx:
            self._await_mirror(centre)
        summary(report, self._children, broker, past, self._clockwork.marks, centre.url)
        if not self._wishes.check:
            look_here(centre.url, units, past.truth, self._wishes.influx)
            self._stay(line)
        return EXIT_DIFFERS if report.differences else 0

    def _prelude(self) -> Past:
        """Live through the history with the line to the centre cut."""
        wishes = self._wishes
        settings = load_gateway(write_gateway(self._work, "mqtt://127.0.0.1:1", self._lines))
        end_ms = time.time_ns() // 1_000_000
        start_ms = (end_ms - wishes.hours * HOUR_MS) // 1_000 * 1_000
        hours = wishes.hours
        say(f"A storage point lives {hours} hours without its centre / 储血点与中心断网运行 {hours} 小时 ...")
        progress = Progress()
        past = live_through(
            plan=plan_of(settings),
            scenario=SCENARIO,
            seed=wishes.seed,
            start_ms=start_ms,
            end_ms=end_ms,
            spool_path=settings.spool.path,
            spool_bytes_max=settings.spool.bytes_max,
            truth_path=self._work / "truth.json",
            progress=lambda part: progress.at(part, f"  {part:4.0%}"),
        )
        self._clockwork.mark(HISTORY_LIVED)
        progress.end(f"  {past.samples} temperatures, {past.facts} facts in the spool / 条已存入网关")
        return past

    def _start(self, broker: Broker, gateway_url: str, past: Past) -> Centre:
        """Start centre and simulator as processes of their own."""
        wishes = self._wishes
        port = wishes.port or free_port()
        write_server(self._work, broker.url, port, wishes.influx)
        write_gateway(self._work, gateway_url, self._lines, dock=wishes.box is not BoxWay.MQTT)
        self._begin("server", "--config", str(self._work / "server.toml"))
        life = ["--scenario", SCENARIO, "--seed", str(wishes.seed), "--start-ms", str(past.start_ms)]
        if wishes.box is not BoxWay.DOCK:
            life += ["--mqtt-url", broker.url]
        self._begin("sim", *life, "--links", str(self._lines))
        centre = Centre(f"http://127.0.0.1:{port}")
        self._await(centre.ready, "server", f"the centre at {centre.url} did not become ready")
        self._await((self._lines / "bus").exists, "sim", "the simulator did not open its lines")
        self._clockwork.mark(READY)
        return centre

    def _begin(self, name: str, *arguments: str) -> None:
        child = start_coldchain(name, (name, *arguments), self._work / "logs" / f"{name}.log")
        self._house.callback(child.stop)
        self._children[name] = child

    def _await(self, there: Callable[[], bool], name: str, otherwise: str) -> None:
        child = self._children[name]
        deadline = time.monotonic() + READY_S
        while not there():
            child.require_alive()
            if time.monotonic() > deadline:
                msg = f"{otherwise} within {READY_S:.0f} s; see its log {child.log} / 未能按时就绪，请查看日志"
                raise ColdchainError(msg)
            time.sleep(0.05)

    def _load(self, centre: Centre, past: Past) -> None:
        """Wait until everything that gateway and box accepted in the past has reached the centre."""
        expected = {GATEWAY: past.facts, BOX: past.truth["box"]["rows"]}
        whole = sum(expected.values())
        deadline = time.monotonic() + DRAIN_S
        progress = Progress()
        while True:
            for child in self._children.values():
                child.require_alive()
            loaded = loaded_facts(centre)
            count = sum(min(loaded.get(gateway, 0), facts) for gateway, facts in expected.items())
            text = f"  history loaded / 已上传: {count} of {whole} facts"
            progress.at(count / whole, text)
            if count == whole and _level(centre, past):
                break
            if time.monotonic() > deadline:
                msg = (
                    f"the history was not loaded within {DRAIN_S:.0f} s ({loaded} of {expected} facts)"
                    " / 历史未能按时上传"
                )
                raise ColdchainError(msg)
            time.sleep(0.1)
        self._clockwork.mark(LOADED)
        progress.end(text)

    def _await_mirror(self, centre: Centre) -> None:
        deadline = time.monotonic() + MIRROR_S
        while not _mirror_level(centre):
            if time.monotonic() > deadline:
                say("  the InfluxDB mirror is not level yet; see logs/server.log / InfluxDB 镜像尚未追平，见日志")
                return
            time.sleep(0.2)
        self._clockwork.mark("InfluxDB filled / InfluxDB 已填充")

    def _stay(self, line: Line) -> None:
        desk = Desk(self._work, line, self._lines / "control")
        try:
            while True:
                for child in self._children.values():
                    child.require_alive()
                time.sleep(0.5)
        except KeyboardInterrupt:
            say("\nStopping / 正在停止 ...")
        finally:
            desk.close()


def main(wishes: Wishes) -> int:
    """Run the demo; return 0 if what was found is what was true, else 1."""
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as house:
        if wishes.mqtt_url:
            _try_broker(wishes.mqtt_url)
        if wishes.port:
            require_free(wishes.port, "the pages")
        return Demo(wishes, house).run()


def loaded_facts(centre: Centre) -> dict[str, int]:
    """Return how many facts of each gateway the centre has taken since it started."""
    found: dict[str, int] = {}
    for labels, value in centre.metrics("coldchain_readings_total").items():
        gateway = labels.partition('gateway="')[2].partition('"')[0]
        found[gateway] = found.get(gateway, 0) + int(value)
    return found


def _level(centre: Centre, past: Past) -> bool:
    """Tell whether nothing of the history is awaited any more."""
    age_ms = time.time_ns() // 1_000_000 - past.end_ms
    ages = centre.metrics("coldchain_gateway_horizon_age_seconds")
    return len(ages) == len((GATEWAY, BOX)) and all(age * 1_000 < age_ms for age in ages.values())


def _mirror_level(centre: Centre) -> bool:
    """Tell whether the mirror can send and has sent nearly all that there is."""
    behind = [centre.metric(f"coldchain_mirror_{name}") for name in ("readings_behind", "ledger_behind")]
    return max(behind) <= MIRROR_LAG_MAX and not centre.metric("coldchain_mirror_waiting")


def _line_to(url: str) -> Line:
    parts = urlsplit(url)
    return Line(parts.hostname or "127.0.0.1", parts.port or PORT)


def _through(url: str, line: Line) -> str:
    """Return the broker's address by way of the line, with the same user and password."""
    user, at, _ = urlsplit(url).netloc.rpartition("@")
    return line.url.replace("://", f"://{user}{at}")


def _try_broker(url: str) -> None:
    """Find out that a broker is not there before a history is lived for it."""
    parse_broker_url(url)
    wait_until_ready(url, timeout_s=BROKER_S)


def _folder(folder: Path | None, house: ExitStack, *, keep: bool) -> Path:
    if folder is not None:
        folder = folder.resolve()
        if folder.exists() and any(folder.iterdir()):
            msg = (
                f"--dir {folder} is not empty: the demo makes its own history, name a new folder"
                " / 目录非空：请指定新目录"
            )
            raise CommandLineError(msg)
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    work = Path(tempfile.mkdtemp(prefix="coldchain-demo-"))
    if not keep:
        house.callback(shutil.rmtree, work, ignore_errors=True)
    return work


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
