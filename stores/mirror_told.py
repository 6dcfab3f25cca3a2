"""What the mirror shows and the record does not say in so many words: rules, wording and machines are not ours.

The composition root hands one of these over. Whoever has none shows what the record says by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec

from coldchain.alarms import Alarm
from coldchain.closed_loop import StockRow
from coldchain.entries import Entry
from coldchain.places import Place, Probe
from coldchain.ports import Session
from coldchain.wire import GatewayHealth
from stores.points_alarms import AlarmSaid
from stores.points_devices import DeviceShown, MarkShown
from stores.points_rollups import CoolingDay, DaySums, HourSums
from stores.points_stock import SiteStock, TripSums

READINGS_CURSOR: Final = "mirror:readings"
LEDGER_CURSOR: Final = "mirror:ledger"

Labels: TypeAlias = tuple[tuple[str, str], ...]


class CentreNow(msgspec.Struct, frozen=True, kw_only=True):
    """How the centre itself is. None: nobody can tell here."""

    disk_free_bytes: int | None
    store_bytes: int | None
    write_queue: int
    uptime_s: int
    release: str


class Day(NamedTuple):
    """A day of a place and, of each air probe that has something to cool by, of its cooling."""

    sums: DaySums
    cooling: Sequence[CoolingDay]


class Told(Protocol):
    """Answers for one session at a time; none of them writes."""

    def alarm(self, session: Session, alarm: Alarm) -> AlarmSaid:
        """Say what people are told of an alarm."""

    def waits(self, alarm: Alarm) -> bool:
        """Tell whether an alarm waits for somebody, as the console counts."""

    def marks(self, session: Session, entry: Entry) -> Sequence[MarkShown]:
        """Return what an entry of the ledger gives to be drawn, as the record has it now."""

    def hours(self, session: Session, probe: Probe, from_ms: int, to_ms: int) -> Sequence[HourSums]:
        """Return the sums of whole UTC hours of a probe, by time; both ends are full hours."""

    def midnight(self, at_ms: int, days: int = 0) -> int:
        """Return the local midnight with which the day of an instant begins, or of so many days later."""

    def day(self, session: Session, place: Place, from_ms: int, to_ms: int) -> Day:
        """Return the sums of one day of a place, from midnight to midnight."""

    def trip(self, session: Session, box: Place, from_ms: int, to_ms: int) -> TripSums:
        """Return what a box went through in [from_ms, to_ms)."""

    def devices(self, session: Session, now_ms: int) -> Sequence[DeviceShown]:
        """Return every registered device, by (kind, id)."""

    def stock(self, session: Session, now_ms: int) -> Sequence[StockRow]:
        """Return the stock of every place as the console has it, by (place, component, group)."""

    def site_stock(self, session: Session, now_ms: int) -> Sequence[SiteStock]:
        """Return the stock of every site, by (site, component, group)."""

    def online(self, heard_ms: int | None, now_ms: int) -> bool:
        """Tell whether a gateway that was last heard then is there, as the rules have it."""

    def health(self) -> Mapping[str, GatewayHealth]:
        """Return what gateways said of themselves since this program started, by id."""

    def counted(self) -> Mapping[tuple[str, Labels], int]:
        """Return the counters of the intake since this program started, by name and labels."""

    def centre(self) -> CentreNow:
        """Say how the centre is."""
