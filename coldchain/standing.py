"""How a place stands at an instant: what every screen, board and mirror shows, worked out once (rules.standing)."""

from enum import StrEnum
from typing import Final

import msgspec

from coldchain.facts import Quality
from coldchain.places import ProbeRole, Text

DARK: Final = "dark:"  # and a gateway: the cursor (ports.Books) that holds when its last will came


class PlaceState(StrEnum):
    """The one word for a place, the gravest first. Colour and order on every screen come from this and nothing else."""

    TOO_WARM = "too-warm"  # a finding is open
    TOO_COLD = "too-cold"
    UNMEASURED = "unmeasured"  # a finding is open: nobody measured for longer than the profile tolerates
    OUTSIDE = "outside"  # outside the limits now; the profile's delay runs, `due_ms` is when it is over
    SILENT = "silent"  # no reading for longer than one speaks for: unknown, awaited or never measured
    SENSOR_FAULT = "sensor-fault"  # a probe answers without a temperature: the sensor, not the cold
    NOT_CONFIRMED = "not-confirmed"  # nobody at the fridge has confirmed which probe this is: its readings say nothing
    UNDER_CHECK = "under-check"  # a probe is being checked: its readings are calibration data
    ATTENTION = "attention"  # within limits, and something needs a look: a door, the mains, the agitator, the gateway
    WITHIN = "within"
    OUT_OF_USE = "out-of-use"  # counted empty and not judged


class NoticeKind(StrEnum):
    """Something that needs a look and is no finding of the cold (ids of the alert catalogue)."""

    DOOR_OPEN = "door-open"  # A25
    MAINS_LOST = "mains-lost"  # A06
    UPS_ON_BATTERY = "ups-on-battery"  # A06
    AGITATION_STOPPED = "agitation-stopped"  # A11
    DEFROSTING = "defrosting"  # said, not alarmed
    GATEWAY_SILENT = "gateway-silent"  # A44
    GATEWAY_DARK = "gateway-dark"  # its connection broke a moment ago, as its last will says; silence counts down
    DEVICE_SILENT = "device-silent"  # A05: a probe, contact or reader does not answer its gateway
    BATTERY_LOW = "battery-low"  # A45
    ALARM_NOT_CLEARED = "alarm-not-cleared"  # back inside the limit, but not by the dead band yet
    WORK_OVERRUN = "work-overrun"  # a check or the time out of use goes on beyond its planned end
    UNIT_IN_UNUSED = "unit-in-unused"  # a unit is, or may be, in a place that is out of use
    PROBES_CROSSED = "probes-crossed"  # one fridge's door opens and another one's air jumps, again and again
    TAG_CONFLICT = "tag-conflict"  # a tag was read that was taken out of use, or that is elsewhere: a copy
    DISPLAY_DIFFERS = "display-differs"  # what a person read off its display is too far from its probe
    COUNT_DIFFERS = "count-differs"  # what was counted last, what is recorded and what the reader heard differ
    ROUND_OVERDUE = "round-overdue"  # nobody has read its display for longer than the site has set
    CRATE_WAY = "crate-way"  # a crate went through a portal, and nobody knows which way
    BOX_NOT_READY = "box-not-ready"  # A23: of a box with units inside
    QUALIFICATION_ENDING = "qualification-ending"  # A20: 80 % of the time for which its packing was qualified is gone
    QUALIFICATION_OVER = "qualification-over"  # A20
    STOOD_STILL = "stood-still"  # A21
    ROUTE_LEFT = "route-left"  # A21


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One such thing since `since_ms`. `due_ms`: when it begins to need a look; before that it is only said."""

    kind: NoticeKind
    since_ms: int
    due_ms: int
    origin: str


class ProbeStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What one probe says: its last reading, its state by itself, and since when."""

    probe: str
    role: ProbeRole
    state: PlaceState
    since_ms: int | None
    due_ms: int | None  # when a running delay is over, or when silence is a finding
    taken_ms: int | None
    micro_celsius: int | None
    quality: Quality | None


class BoxReadiness(StrEnum):
    """How far a courier's box has come to its trip, by its own word."""

    PRECONDITIONING = "preconditioning"
    NOT_READY = "not-ready"
    READY = "ready"
    PACKED = "packed"  # its qualification time runs
    OVER = "over"


class BoxStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What a courier's box said of itself last (docs/boxes.md). None: it never said so, or it is over.

    `since_ms` is of `readiness`, `reason` why it is not ready ("" else). `qualified_until_ms`: until when its packing
    keeps the cold as qualified. `beeps_since_ms`: the first of its probes for which it beeps now.
    """

    readiness: BoxReadiness | None = None
    since_ms: int | None = None
    reason: str = ""
    qualified_min: int | None = None
    qualified_until_ms: int | None = None
    area: str | None = None
    area_since_ms: int | None = None
    stands_since_ms: int | None = None
    astray_since_ms: int | None = None
    beeps_since_ms: int | None = None


class PlaceStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a place stands at `as_of_ms`. `probe` decides `state`; the others and the notices stand beside it.

    Limits are those that hold in this kind of place (None: there is none on that side), with whether they are inside
    themselves. `inside` units are certainly there, `possible` ones possibly; `held` of both are on hold.
    `confirmed`: a quality manager has approved the profile; if not, every screen says so. `box`: of a courier's box.
    """

    place: str
    site: str
    kind: str
    name: Text
    as_of_ms: int
    state: PlaceState
    probe: str | None
    since_ms: int | None
    due_ms: int | None
    probes: tuple[ProbeStanding, ...]
    notices: tuple[Notice, ...]
    findings_open: tuple[str, ...]
    inside: int
    possible: int
    held: int
    profile: str
    profile_version: int
    confirmed: bool
    low_micro_celsius: int | None
    high_micro_celsius: int | None
    box: BoxStanding | None = None
