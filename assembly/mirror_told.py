"""What the mirror has to be told: the rules' sums, the console's words, and how gateways and this machine are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from api.alarm_views import alarm_title
from api.wording import Language, Words
from assembly.mirror_devices import every_device
from assembly.mirror_marks import marks_of
from assembly.mirror_sums import RecordSums
from coldchain.alarms import CHATTER, FLOOD, Alarm
from coldchain.closed_loop import StockRow
from coldchain.entries import Entry
from coldchain.places import ON_THE_ROAD, Text
from coldchain.ports import Session
from coldchain.wire import GatewayHealth
from rules.alarm_life import state_of
from rules.alarm_plain import where_and_what
from rules.notices import GATEWAY_SILENT_MS
from rules.stock import SEVERITY, USE_DAYS, stocks
from rules.waiting import stock_now
from stores.mirror_told import CentreNow, Labels
from stores.points_alarms import AlarmSaid
from stores.points_devices import DeviceShown, MarkShown
from stores.points_stock import SiteStock

DAY_MS: Final = 86_400_000
WAITING: Final = frozenset({"active", "cleared"})  # as the console counts those that wait for a person
NO_CENTRE: Final = CentreNow(disk_free_bytes=None, store_bytes=None, write_queue=0, uptime_s=0, release="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """What only running parts know: what gateways said, what the intake counted, how the centre is."""

    health: Callable[[], Mapping[str, GatewayHealth]] = dict
    counted: Callable[[], Mapping[tuple[str, Labels], int]] = dict
    centre: Callable[[], CentreNow] = lambda: NO_CENTRE


class HereTold(RecordSums):
    """stores.mirror_told.Told of this house."""

    def __init__(self, zone: ZoneInfo, machines: Machines | None = None) -> None:
        super().__init__(zone)
        self._words = {language: Words(language=language, zone=zone) for language in Language}
        self._machines = machines or Machines()

    def alarm(self, session: Session, alarm: Alarm) -> AlarmSaid:
        """Say what people are told of an alarm: where, what it is called in a line, and its state."""
        return AlarmSaid(state=state_of(alarm), waits=self.waits(alarm), title=self._title(session, alarm))

    def waits(self, alarm: Alarm) -> bool:
        """Tell whether an alarm waits for somebody, as the console counts."""
        return state_of(alarm) in WAITING

    def marks(self, session: Session, entry: Entry) -> list[MarkShown]:
        """Return what an entry of the ledger gives to be drawn."""
        return marks_of(session, entry)

    def devices(self, session: Session, now_ms: int) -> list[DeviceShown]:
        """Return every registered device, by (kind, id)."""
        return every_device(session, now_ms, lambda place: self.counted_in(session, place))

    def stock(self, session: Session, now_ms: int) -> Sequence[StockRow]:
        """Return the stock of every place; of what waits for its record nothing is called released."""
        return stock_now(session, now_ms)

    def site_stock(self, session: Session, now_ms: int) -> list[SiteStock]:
        """Return the stock of every site beside its levels."""
        records = session.records
        places = records.places()
        boxes = [place.id for place in places if place.kind in ON_THE_ROAD]
        used = records.used(now_ms - USE_DAYS * DAY_MS, now_ms + 1, boxes)
        sites = {place.id: place.site for place in places}
        return [
            SiteStock(
                site=one.site,
                component=one.component,
                blood_group=one.blood_group,
                released=one.released,
                waiting=one.waiting,
                aside=one.aside,
                used=one.used,
                cover_tenths=one.cover_tenths,
                level=one.level.value,
                low=one.level in SEVERITY,
                limit=one.limit,
            )
            for one in stocks(self.stock(session, now_ms), used, records.stock_levels(), sites)
        ]

    def online(self, heard_ms: int | None, now_ms: int) -> bool:
        """Tell whether a gateway was heard as lately as rule A44 asks for."""
        return heard_ms is not None and now_ms - heard_ms < GATEWAY_SILENT_MS

    def health(self) -> Mapping[str, GatewayHealth]:
        """Return what gateways said of themselves since this program started."""
        return self._machines.health()

    def counted(self) -> Mapping[tuple[str, Labels], int]:
        """Return the counters of the intake."""
        return self._machines.counted()

    def centre(self) -> CentreNow:
        """Say how the centre is."""
        return self._machines.centre()

    def _title(self, session: Session, alarm: Alarm) -> Text:
        place = session.records.place(alarm.place) if alarm.place else None
        if alarm.rule == FLOOD or alarm.finding == CHATTER:
            return where_and_what(alarm, place.name if place else None)
        where = place.name if place else Text(zh=alarm.subject, en=alarm.subject)
        zh, en = (alarm_title(alarm, self._words[language]) for language in (Language.ZH, Language.EN))
        return Text(zh=f"{where.zh} {zh}", en=f"{where.en}, {en}")
