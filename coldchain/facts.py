"""What a gateway accepts: samples, tag summaries, device events and gaps. Frozen values with their units.

`seq` is the number in the gateway's spool epoch, from 1; `origin` is the probe, reader or contact that spoke;
`origin_seq` is that device's own number where it has one. `taken_ms` is the gateway's wall clock (UTC, ms since
1970) when the bytes were complete, `boottime_ms` its clock that never steps, `device_ms` the device's own time.
"""

from enum import IntEnum, StrEnum
from typing import Final, TypeAlias

import msgspec


class ClockState(StrEnum):
    """What the gateway knew of its wall clock when it stamped."""

    TRUSTED = "trusted"
    UNSET = "unset"  # before the program's own build date: such times are quarantined, never believed
    ANCHORED = "anchored"  # worked out at the centre from the clock that never steps; no gateway says so


class Quality(IntEnum):
    """Whether a sample carries a temperature, and if not, why."""

    GOOD = 0
    NO_SENSOR = 1  # the collector's own sentinel, e.g. 0x8000
    IMPLAUSIBLE = 2  # a number that this kind of sensor cannot measure, or its power-on value
    FAULT = 3  # the device's own code for a broken or shorted sensor, or its answer that it cannot measure


# What a DS18B20 holds before it has measured (its data sheet). No store of blood or medicine is at exactly 85 degrees,
# so a collector that passes it on as good has passed on no measurement.
POWER_ON_MICRO_CELSIUS: Final = 85_000_000


class EventKind(StrEnum):
    """What devices and the gateway itself report beside temperatures and tags."""

    DOOR_OPENED = "door-opened"
    DOOR_CLOSED = "door-closed"
    MAINS_LOST = "mains-lost"
    MAINS_RESTORED = "mains-restored"
    UPS_ON_BATTERY = "ups-on-battery"
    UPS_ON_MAINS = "ups-on-mains"
    DEFROST_BEGAN = "defrost-began"  # the freezer controller's own signal, never guessed from the clock
    DEFROST_ENDED = "defrost-ended"
    AGITATION_STOPPED = "agitation-stopped"
    AGITATION_RESUMED = "agitation-resumed"
    POSITION = "position"  # a box says where it is; details: latitude_e7, longitude_e7 (1e-7 degrees, WGS 84)
    BATTERY = "battery"  # a box says how full its battery is; details: percent
    SIGNAL = "signal"  # how strongly a device is heard by radio; details: rssi_dbm, or lqi (coldchain.radio)
    DEVICE_SILENT = "device-silent"
    DEVICE_BACK = "device-back"
    INVENTORY = "inventory"  # an event cycle of a reader came to its end; details: rounds, reads, tags
    ARRIVED = "arrived"  # a tag is inside; it came between earliest_ms (None: nobody knows) and latest_ms
    LEFT = "left"  # a tag is gone; it left between earliest_ms and latest_ms, the door's opening and closing
    UNCERTAIN = "uncertain"  # after a door opening the reads decide neither way: possibly inside since earliest_ms
    UNSEEN = "unseen"  # silent since earliest_ms although no door opened: an alert, never a movement
    SEEN_AGAIN = "seen-again"  # read at latest_ms; no door opened since earliest_ms: it had been inside all the time
    GATEWAY_STARTED = "gateway-started"
    SPOOL_FULL = "spool-full"
    SPOOL_ROOM = "spool-room"
    SPOOL_REPAIRED = "spool-repaired"  # a damaged spool file was put aside; details: file, rows_saved, rows_lost
    CLOCK_SET = "clock-set"  # the wall clock of this boot was set for the first time; details: offset_ms
    CLOCK_STEPPED = "clock-stepped"  # the wall clock jumped; details: delta_ms
    CLOCK_DRIFT = "clock-drift"  # measured against the centre's clock; details: offset_ms, drift_ppm, uncertainty_ms
    ALARM_RAISED = "alarm-raised"  # the gateway's own rules, or a box's; details: rule, direction, micro_celsius, …
    ALARM_CLEARED = "alarm-cleared"
    ALARM_MUTED = "alarm-muted"  # somebody pressed the button; details: until_ms
    STORED_EXTREMES = "stored-extremes"  # what a controller kept itself; details: min_micro_celsius, max_micro_celsius
    COMMAND_ANSWERED = "command-answered"  # details: id, kind, outcome, text
    SETTINGS_CHANGED = "settings-changed"  # details: what, version
    WIRING = "wiring"  # how a probe is plugged in, first or anew; details: wiring (a digest), line, channel, meaning
    BOX_READY = "box-ready"
    BOX_NOT_READY = "box-not-ready"  # details: reason
    PRECONDITIONING_BEGAN = "preconditioning-began"
    QUALIFICATION_OVER = "qualification-over"  # the time for which its packing was qualified has run out
    AREA_ENTERED = "area-entered"  # details: area
    AREA_LEFT = "area-left"  # details: area
    ROUTE_LEFT = "route-left"
    ROUTE_REJOINED = "route-rejoined"
    STOOD_STILL = "stood-still"
    MOVED_ON = "moved-on"


PRESENCE_KINDS = frozenset(
    {EventKind.ARRIVED, EventKind.LEFT, EventKind.UNCERTAIN, EventKind.UNSEEN, EventKind.SEEN_AGAIN}
)

BOX_KINDS = frozenset(
    {
        *(EventKind.POSITION, EventKind.BATTERY, EventKind.BOX_READY, EventKind.BOX_NOT_READY),
        *(EventKind.PRECONDITIONING_BEGAN, EventKind.QUALIFICATION_OVER),
        *(EventKind.AREA_ENTERED, EventKind.AREA_LEFT, EventKind.ROUTE_LEFT, EventKind.ROUTE_REJOINED),
        *(EventKind.STOOD_STILL, EventKind.MOVED_ON),
    }
)  # said by a box of itself, and a box is a gateway

CLOCK_WORDS = frozenset({EventKind.CLOCK_SET, EventKind.CLOCK_STEPPED})  # each pairs both clocks of a gateway

CLOCK_MARKS = CLOCK_WORDS | {EventKind.CLOCK_DRIFT}  # all that a gateway says of how right its clock is

ALARM_KINDS = frozenset({EventKind.ALARM_RAISED, EventKind.ALARM_CLEARED})  # of a probe, a contact or the gateway

SILENCE_KINDS = frozenset({EventKind.DEVICE_SILENT, EventKind.DEVICE_BACK})  # said of a device, not by it


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of one probe. `micro_celsius` is None exactly when quality is not GOOD."""

    seq: int
    origin: str
    taken_ms: int
    boottime_ms: int
    micro_celsius: int | None
    quality: Quality = Quality.GOOD
    origin_seq: int | None = None
    device_ms: int | None = None


class TagSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What one antenna heard of one tag in one event cycle; taken_ms is the cycle's end.

    `centroid_ms`: the centre in time of its reads, weighted by their strength; None of a gateway that does not say it.
    """

    seq: int
    origin: str
    taken_ms: int
    boottime_ms: int
    epc: str
    antenna: int
    count: int
    best_rssi_dbm: int
    first_ms: int
    last_ms: int
    origin_seq: int | None = None
    centroid_ms: int | None = None


class DeviceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened in [earliest_ms, latest_ms] and was noticed at taken_ms."""

    seq: int
    origin: str
    taken_ms: int
    boottime_ms: int
    kind: EventKind
    earliest_ms: int | None = None
    latest_ms: int | None = None
    epc: str | None = None
    details: dict[str, int | str] = {}
    origin_seq: int | None = None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Time of an origin of which the gateway knows that nothing will come: refused, evicted or never accepted."""

    seq: int
    origin: str
    taken_ms: int
    boottime_ms: int
    from_ms: int
    to_ms: int
    reason: str
    lost: int
    origin_seq: int | None = None


Fact: TypeAlias = Sample | TagSummary | DeviceEvent | Gap
