"""`coldchain influx`: making the mirror of a time anew, proving that it is the record. Both only read the record."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final
from zoneinfo import ZoneInfo

from api.site_time import instant_ms
from assembly.exits import CommandLineError
from assembly.lifecycle import configure_logs
from assembly.mirror_told import HereTold
from assembly.mirroring import DEAD_LETTERS, target_in, title_of
from assembly.server_settings import ServerSettings
from assembly.storing import look
from gateway.clock import SystemClock
from stores.delivery import Count, DeadLetters, Delivery, Pace
from stores.influx import InfluxSink
from stores.influx_query import InfluxQuery, MirrorError
from stores.influx_target import Target
from stores.mirror_compare import Comparer, Comparison, Difference
from stores.mirror_rebuild import Rebuilder, Rebuilt
from stores.mirror_truth import Truth
from stores.points import TEMPERATURE

PERIOD_DAYS_MAX: Final = 3_660
DAY_MS: Final = 86_400_000
FAULTS_SHOWN: Final = 20
PAUSE_S: Final = 11.0  # twice: the running mirror looks for what is new each second, for hours that are over each 20


@dataclass(frozen=True, slots=True)
class Period:
    """from_ms <= t < to_ms, and the zone in which people read it."""

    from_ms: int
    to_ms: int
    zone: ZoneInfo

    def shown(self, at_ms: int) -> str:
        """Return a time as the site's clocks show it."""
        return datetime.fromtimestamp(at_ms / 1_000, self.zone).isoformat(timespec="milliseconds")


def period_of(settings: ServerSettings, begin: str, end: str) -> Period:
    """Return the period that was asked for; CommandLineError and InvalidValueError say what is allowed."""
    zone = ZoneInfo(settings.server.time_zone)
    period = Period(instant_ms(begin, zone, "--from"), instant_ms(end, zone, "--to"), zone)
    if not 0 < period.to_ms - period.from_ms <= PERIOD_DAYS_MAX * DAY_MS:
        msg = f"--from lies before --to, at most {PERIOD_DAYS_MAX} days / --from 须早于 --to，最多 {PERIOD_DAYS_MAX} 天"
        raise CommandLineError(msg)
    return period


def rebuild(settings: ServerSettings, period: Period, say: Callable[[str], None]) -> bool:
    """Write the mirror of a period anew; return whether all of it was taken. Raises ColdchainError."""
    configure_logs()
    with _ends(settings) as (target, truth), closing(InfluxSink(target)) as sink:
        count = Count()
        letters = DeadLetters(settings.server.data_dir / DEAD_LETTERS, count)
        delivery = Delivery(sink, letters, count, Pace(), SystemClock().boottime_ms)
        with closing(InfluxQuery(target)) as query:
            sink.create()
            clears = _may_clear(query, say)
            rebuilder = Rebuilder(truth, sink, delivery, query if clears else None)
            done = rebuilder.rebuild(period.from_ms, period.to_ms, Event(), _days(period, say))
    _say_removed(truth, period, say)
    for line in told_rebuilt(done, count.now.dead_letters, count.now.beyond_retention, clears=clears):
        say(line)
    return _told_whole(truth, say) and done.whole and not count.now.dead_letters


def compare(settings: ServerSettings, period: Period, say: Callable[[str], None]) -> bool:
    """Compare the mirror of a period with the record; return whether they are alike. Raises ColdchainError."""
    configure_logs()
    with _ends(settings) as (target, truth), closing(InfluxQuery(target)) as query:
        result = Comparer(truth, query, _pause).compare(period.from_ms, period.to_ms)
    _say_removed(truth, period, say)
    for line in told_compared(result, period):
        say(line)
    return _told_whole(truth, say) and result.alike


def _say_removed(truth: Truth, period: Period, say: Callable[[str], None]) -> None:
    """Say up to when the mirror may hold what the record does not any more."""
    if truth.kept_from_ms > period.from_ms:
        day = period.shown(truth.kept_from_ms)[:10]
        say(
            f"readings before {day} were removed by policy: what the mirror has of them stays as it is, unproved"
            f" / {day} 之前的读数已按保存期限销毁：镜像中的相应内容保留原样，不作核对"
        )


def _told_whole(truth: Truth, say: Callable[[str], None]) -> bool:
    """Tell whether every entry could be told; where not, say which: nobody can compare those."""
    for reason in sorted(truth.faults)[:FAULTS_SHOWN]:
        say(f"NOT in any mirror, a fault of ours, report it / 本程序的错误，未写入镜像: {reason}")
    return not truth.faults


def _pause() -> None:
    Event().wait(PAUSE_S)


@contextmanager
def _ends(settings: ServerSettings) -> Iterator[tuple[Target, Truth]]:
    target = target_in(settings.influx)
    if target is None:
        msg = "influx.url is not set: these settings know no mirror / 未设置 influx.url，没有镜像"
        raise CommandLineError(msg)
    zone = ZoneInfo(settings.server.time_zone)
    with closing(look(settings)) as store:
        titles = partial(title_of, store, zone=zone)
        yield target, Truth(store, titles, HereTold(zone), SystemClock().now_ms)


def _may_clear(query: InfluxQuery, say: Callable[[str], None]) -> bool:
    """Tell whether what should not be there can be found and taken away; where not, say so."""
    try:
        if query.deletes:
            query.points(TEMPERATURE, 0, 1)
            return True
        say("this server takes no points back: what should not be there stays / 该服务器不支持删除，多余的点将保留")
    except MirrorError as error:
        say(f"not asked what is there ({error}) / 未能查询现有数据")
    return False


def _days(period: Period, say: Callable[[str], None]) -> Callable[[int, int], None]:
    """Return what says a line for each day as it is done."""
    days: dict[str, int] = {}

    def progress(low_ms: int, number: int) -> None:
        day = period.shown(low_ms)[:10]
        if days and day not in days:
            say(f"{', '.join(days)}: {sum(days.values())} points / 个点")
            days.clear()
        days[day] = days.get(day, 0) + number

    return progress


def told_rebuilt(done: Rebuilt, letters: int, dropped: int, *, clears: bool) -> Iterator[str]:
    """Yield what was done, in both languages."""
    yield f"written / 已写入: {done.lines} points of {done.hours} hours / 个点、小时"
    if clears:
        yield f"cleared first, an hour of a series each / 先清除（序列·小时）: {done.cleared}"
    if dropped:
        yield f"{dropped} points are older than the server keeps: lengthen its retention / 早于服务器保留期限的点"
    if letters:
        yield f"{letters} points are REFUSED by the server, see {DEAD_LETTERS} / 服务器拒收的点"
    if not done.whole:
        yield "NOT done to the end / 未完成"
    yield "Next: coldchain influx compare / 下一步：核对"


def told_compared(result: Comparison, period: Period) -> Iterator[str]:
    """Yield what was compared and what is not alike, in both languages."""
    yield f"hours / 小时: {result.hours}   series and hours / 序列·小时: {result.series_hours}"
    yield f"points of the record / 记录的点: {result.points_true}   of the mirror / 镜像的点: {result.points_found}"
    yield f"values / 数值: {result.values}"
    if result.moving:
        yield f"being written just now, not compared / 正在写入，未核对: {result.moving}"
    yield f"SHA-256 of the record / 记录: {result.true_digest}"
    yield f"SHA-256 of the mirror / 镜像: {result.found_digest}"
    if result.alike:
        yield "ALIKE: the mirror is the record for this time / 一致：该时段镜像与记录逐点相同"
        return
    yield (
        f"NOT ALIKE / 不一致: missing / 缺少 {result.missing}, extra / 多出 {result.extra}, "
        f"differs / 数值不同 {result.differs}; series and hours / 序列·小时 {result.series_hours_unlike}"
    )
    for one in result.shown:
        yield "  " + _shown(one, period)
    more = result.missing + result.extra + result.differs - len(result.shown)
    if more:
        yield f"  and {more} more / 另有 {more} 处"
    yield "Next: coldchain influx rebuild --from ... --to ... / 下一步：重建该时段"


def _shown(one: Difference, period: Period) -> str:
    words = {"missing": "missing / 缺少", "extra": "extra / 多出", "differs": "differs / 不同"}
    tags = ",".join(f"{name}={value}" for name, value in one.series.tags)
    true, found = one.true or {}, one.found or {}
    unlike = sorted(name for name in true.keys() | found.keys() if true.get(name) != found.get(name))
    values = "; ".join(f"{name}: {true.get(name, '-')} | {found.get(name, '-')}" for name in unlike)
    return f"{words[one.kind]}  {one.series.measurement},{tags}  {period.shown(one.at_ms)}  {values}"


def settings_of(config: Path) -> ServerSettings:
    """Return the settings of a file. Raises SettingsError."""
    from assembly.settings import load_server  # noqa: PLC0415 - it reads every table

    return load_server(config)
