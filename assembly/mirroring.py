"""The InfluxDB mirror as part of the centre: its words, its thread, its figures. Without an address there is none."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.finding_words import finding_title
from api.first import Beside, place_words
from api.overview import every_probe, place_beside
from api.standings import shown_probe, standing_texts, standings
from api.wording import Language, Words
from assembly.mirror_told import HereTold, Machines
from assembly.server_settings import InfluxTable
from coldchain.errors import StoreError
from coldchain.places import Text
from coldchain.ports import Clock, Cursors, Store
from coldchain.standing import PlaceStanding
from coldchain.units import Finding
from stores.influx import InfluxSink
from stores.influx_target import Target, target_of
from stores.mirror import Mirror, MirrorStatus
from stores.points import PlaceShown, Snapshot
from stores.readable import Readable

log = structlog.get_logger("mirror")

DEAD_LETTERS: Final = "influx-dead-letters.jsonl"
STOP_S: Final = 15.0
PREFIX: Final = "coldchain_mirror_"
GAUGES: Final = {
    "readings_behind": "Admission numbers that the mirror has not sent yet",
    "ledger_behind": "Ledger entries that the mirror has not sent yet",
    "behind_s": "Seconds for which the mirror has not been level with the record",
}
COUNTERS: Final = {
    "points": "Points that the server took",
    "requests": "Requests that were sent",
    "retries": "Requests that had to be repeated",
    "dead_letters": "Lines that the server refuses",
    "beyond_retention": "Points that are older than the server keeps",
    "snapshots": "States of the present that were sent",
    "snapshots_missed": "States of the present that could not be sent",
    "rebuilds": "Times that the mirror began anew",
    "faults": "Faults of this program",
}


class MirrorThread:
    """The mirror in a thread of its own. It ends with `close`; nothing that it does stops the centre."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._stop = Event()
        self._thread = Thread(target=mirror.run, args=(self._stop,), name="mirror", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._thread.is_alive()

    def status(self) -> MirrorStatus:
        """Return how far the mirror has come."""
        return self._mirror.status()

    def close(self) -> None:
        """Let it finish what it sends, and end."""
        self._stop.set()
        self._thread.join(STOP_S)


class MirrorCollector(Collector):
    """The mirror's figures for Prometheus."""

    def __init__(self, mirror: MirrorThread) -> None:
        self._mirror = mirror

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        status = self._mirror.status()
        yield from _families(status)
        waiting = f"{PREFIX}waiting"
        yield GaugeMetricFamily(
            waiting, "1 while the server takes nothing; the log says why", int(bool(status.waiting))
        )


def _families(status: MirrorStatus) -> Iterator[Metric]:
    for name, text in GAUGES.items():
        yield GaugeMetricFamily(PREFIX + name, text, getattr(status, name))
    for name, text in COUNTERS.items():
        yield CounterMetricFamily(PREFIX + name, text, getattr(status, name))


def start_mirror(
    settings: InfluxTable,
    store: Store,
    cursors: Cursors,
    clock: Clock,
    zone: ZoneInfo,
    data_dir: Path,
    machines: Machines | None = None,
) -> MirrorThread | None:
    """Start the mirror of a centre, or nothing where no address is set. Raises ColdchainError, InvalidValueError."""
    target = target_in(settings)
    if target is None:
        return None
    mirror = Mirror(
        store,
        cursors,
        InfluxSink(target),
        clock,
        titles=lambda finding: title_of(store, finding, zone),
        snapshots=lambda now_ms: snapshot(store, now_ms, zone),
        told=HereTold(zone, machines),
        dead_letters=data_dir / DEAD_LETTERS,
    )
    return MirrorThread(mirror)


def target_in(settings: InfluxTable) -> Target | None:
    """Return which InfluxDB is meant, and how to be let in; None if there is none."""
    if settings.url is None:
        return None
    token = settings.token or ""
    if settings.username is not None:
        token = f"{settings.username}:{settings.password}"
    return target_of(
        settings.url,
        database=settings.database,
        policy=settings.retention_policy or "",
        org=settings.org or "-",
        token=token,
        api=settings.api,
        keep_days=settings.keep_days,
    )


def snapshot(store: Store, now_ms: int, zone: ZoneInfo) -> Snapshot:
    """Return how every place stands, with its words; times in them are those of the zone.

    A place of which it cannot be said is left out and named, and the others stand. Raises StoreError.
    """
    faults: list[tuple[str, str]] = []

    def failed(place: str, error: Exception) -> None:
        log.error("state_not_known", place=place, exc_info=error)
        faults.append(_fault(place, error))

    with store.reading() as session:
        every = standings(session, now_ms, failed)
        hung = every_probe(session)
        places = []
        for standing in every:
            try:
                places.append(_shown(standing, every, place_beside(session, standing, now_ms, hung), zone))
            except StoreError:
                raise
            except Exception as error:
                log.exception("state_not_said", place=standing.place)
                faults.append(_fault(standing.place, error))
    return Snapshot(as_of_ms=now_ms, places=tuple(places), faults=tuple(faults))


def _fault(place: str, error: Exception) -> tuple[str, str]:
    return f"state of {place}", f"{type(error).__name__}: {error}"


def _shown(standing: PlaceStanding, every: Sequence[PlaceStanding], beside: Beside, zone: ZoneInfo) -> PlaceShown:
    text_zh, text_en = (place_words(standing, every, beside, Words(language=one, zone=zone)) for one in Language)
    value_zh, value_en = (standing_texts(standing, one)[1] for one in Language)
    probe = shown_probe(standing)
    return PlaceShown(
        standing=standing,
        text_zh=text_zh,
        text_en=text_en,
        value_text=value_zh if value_zh == value_en else f"{value_zh} / {value_en}",
        value_probe=None if probe is None else probe.probe,
    )


def title_of(store: Readable, finding: Finding, zone: ZoneInfo) -> Text:
    """Return what a finding is called on a board: the place, what it is, and which probe found it."""
    with store.reading() as session:
        place = session.records.place(finding.place)
    name = place.name if place else Text(zh=finding.place, en=finding.place)
    zh, en = (finding_title(finding, Words(language=language, zone=zone)) for language in Language)
    return Text(zh=f"{name.zh} {zh}（{finding.probe}）", en=f"{name.en} {en} ({finding.probe})")
