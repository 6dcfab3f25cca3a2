"""Examples of docs/boxes.md: what a box hears minute by minute, and what it has to say. For both implementations."""

from typing import Any, Final, NamedTuple

MINUTE: Final = 60_000
START: Final = 1_790_000_000_000
HOME: Final = (289_421_000, 1_188_736_000)  # latitude, longitude in 1e-7 degrees
NORTH_E7: Final = 89.932  # 1e-7 degrees a metre: 1e7 / 111,195
EAST_E7: Final = 102.765  # at this latitude: divided by its cosine, 0.87512

Step = tuple[Any, ...]


class Told(NamedTuple):
    """One event in minutes after START; `earliest` None: nobody knows."""

    kind: str
    minute: float
    earliest: float | None
    latest: float
    origin: str = ""
    details: tuple[tuple[str, int | str], ...] = ()


class Example(NamedTuple):
    """Steps in order of time, and all events that must follow."""

    name: str
    steps: list[Step]
    told: list[Told]


def point(east_m: float, north_m: float) -> tuple[int, int]:
    """Return (latitude, longitude) so far from HOME."""
    return HOME[0] + round(north_m * NORTH_E7), HOME[1] + round(east_m * EAST_E7)


def measures(first: int, last: int, load: float | None, air: float | None = None) -> list[Step]:
    """A measurement each minute from first to last (celsius; the air as the load where nothing else is said)."""
    return [("measure", minute, load, load if air is None else air) for minute in range(first, last + 1)]


def stays(first: int, last: int, east_m: float, north_m: float) -> list[Step]:
    """A position every five minutes."""
    return [("fix", minute, east_m, north_m) for minute in range(first, last + 1, 5)]


def now(kind: str, minute: float, **details: int | str) -> Told:
    """Something that was noticed when it happened."""
    return Told(kind, minute, minute, minute, "", tuple(sorted(details.items())))


def between(kind: str, earliest: float | None, latest: float, **details: int | str) -> Told:
    """Something that follows from a position."""
    return Told(kind, latest, earliest, latest, "", tuple(sorted(details.items())))


def beep(kind: str, minute: float, since: float, probe: str, rule: str, direction: str, micro: int) -> Told:
    """The alarm of a probe that was outside since then."""
    details: dict[str, int | str] = {"kind": "excursion", "rule": rule, "direction": direction, "micro_celsius": micro}
    details["since_ms"] = START + round(since * MINUTE)
    earliest = since if kind == "alarm-raised" else minute
    return Told(kind, minute, earliest, minute, probe, tuple(sorted(details.items())))


BEGAN: Final = now("preconditioning-began", 0, within_min=30)
READY_AT_30: Final = [BEGAN, now("box-not-ready", 0, reason="time"), now("box-ready", 30, qualified_min=330)]
TO_READY: Final[list[Step]] = [("button", 0), *measures(0, 30, 4.0)]
UNTIL: Final = START + (41 + 330) * MINUTE
PACKED: Final[list[Step]] = [*TO_READY, ("lid", 40, True), ("lid", 41, False)]
PACKED_TOLD: Final = [*READY_AT_30, now("box-ready", 41, qualified_min=330, until_ms=UNTIL)]

READINESS: Final = [
    Example("nobody pressed the button", measures(0, 60, 4.0), []),
    Example("within limits for half an hour", TO_READY, READY_AT_30),
    Example("one minute less is not enough", TO_READY[:-1], READY_AT_30[:2]),
    Example(
        "too warm at first",
        [("button", 0), *measures(0, 9, 14.0), *measures(10, 40, 9.9375)],
        [
            BEGAN,
            now("box-not-ready", 0, reason="too-warm"),
            now("box-not-ready", 10, reason="time"),
            now("box-ready", 40, qualified_min=330),
        ],
    ),
    Example(
        "the limits themselves are inside, and anything outside starts the time again",
        [("button", 0), *measures(0, 20, 10.0), *measures(21, 21, 10.0625), *measures(22, 51, 2.0)],
        [
            BEGAN,
            now("box-not-ready", 0, reason="time"),
            now("box-not-ready", 21, reason="too-warm"),
            now("box-not-ready", 22, reason="time"),
        ],
    ),
    Example(
        "each hindrance by its rank",
        [
            ("button", 0),
            ("battery", 0, 20),
            *measures(0, 0, 4.0),
            ("lid", 0.5, True),
            *measures(1, 1, 4.0),
            *measures(2, 2, 1.9375, 12.0),
            *measures(3, 3, 1.9375),
            ("measure", 4, None, 12.0),
            ("lid", 4.5, False),
            ("battery", 4.5, 21),
            *measures(5, 6, 4.0),
        ],
        [
            BEGAN,
            now("box-not-ready", 0, reason="battery-low"),
            now("box-not-ready", 1, reason="lid-open"),
            now("box-not-ready", 2, reason="too-warm"),
            now("box-not-ready", 3, reason="too-cold"),
            now("box-not-ready", 4, reason="no-reading"),
            now("box-not-ready", 5, reason="time"),
        ],
    ),
    Example(
        "packed, and its qualification runs out at the measurement after",
        [*PACKED, *measures(42, 400, 4.0)],
        [*PACKED_TOLD, now("qualification-over", 371, until_ms=UNTIL)],
    ),
    Example(
        "warm air while it is packed is no hindrance, a lid open for ten minutes is",
        [*TO_READY, ("lid", 40, True), *measures(41, 51, 4.0, 13.0), ("lid", 51.5, False), *measures(52, 54, 4.0)],
        [
            *READY_AT_30,
            now("box-not-ready", 50, reason="lid-open"),
            now("box-not-ready", 51, reason="too-warm"),
            now("box-not-ready", 52, reason="time"),
        ],
    ),
    Example(
        "a ready box that becomes warm with its lid shut is ready no more",
        [*TO_READY, *measures(31, 31, 4.0, 10.0625), *measures(32, 62, 4.0)],
        [
            *READY_AT_30,
            now("box-not-ready", 31, reason="too-warm"),
            now("box-not-ready", 32, reason="time"),
            now("box-ready", 62, qualified_min=330),
        ],
    ),
    Example(
        "opened on its way it stays packed, and the button begins again",
        [*PACKED, ("lid", 60, True), ("lid", 61, False), ("button", 90), *measures(91, 91, 4.0)],
        [*PACKED_TOLD, now("preconditioning-began", 90, within_min=30), now("box-not-ready", 91, reason="time")],
    ),
]

WARM: Final = ("A03", "too-warm", 12_000_000)
BEEPING: Final = [
    Example(
        "ten minutes too warm, and back by the dead band",
        [*measures(0, 4, 4.0), *measures(5, 15, 12.0, 4.0), *measures(16, 17, 9.9375, 4.0), *measures(18, 18, 9.75)],
        [
            beep("alarm-raised", 15, 5, "box-1-load", *WARM),
            beep("alarm-cleared", 18, 5, "box-1-load", "A03", "too-warm", 9_750_000),
        ],
    ),
    Example("back inside before the delay is over", [*measures(0, 9, 12.0), *measures(10, 19, 10.0)], []),
    Example(
        "both probes, each by itself",
        [*measures(0, 1, 4.0, 12.0), *measures(2, 12, 12.0)],
        [beep("alarm-raised", 10, 0, "box-1-air", *WARM), beep("alarm-raised", 12, 2, "box-1-load", *WARM)],
    ),
    Example(
        "the hard limit at once, of the load only",
        [*measures(0, 0, 4.0, 1.0), *measures(1, 1, 1.0)],
        [beep("alarm-raised", 1, 1, "box-1-load", "A02", "too-cold", 1_000_000)],
    ),
    Example(
        "too cold first, and then at the hard limit",
        [*measures(0, 2, 1.5, 4.0), *measures(3, 3, 0.5, 4.0)],
        [beep("alarm-raised", 3, 0, "box-1-load", "A02", "too-cold", 500_000)],
    ),
    Example(
        "from one side to the other",
        [*measures(0, 10, 12.0, 4.0), *measures(11, 11, 1.5, 4.0), *measures(12, 21, 1.5, 4.0)],
        [
            beep("alarm-raised", 10, 0, "box-1-load", *WARM),
            beep("alarm-cleared", 11, 0, "box-1-load", "A03", "too-warm", 1_500_000),
            beep("alarm-raised", 21, 11, "box-1-load", "A03", "too-cold", 1_500_000),
        ],
    ),
    Example(
        "a probe without a temperature ends nothing and begins nothing",
        [*measures(0, 4, 12.0, 4.0), *[("measure", m, None, 4.0) for m in range(5, 12)], *measures(12, 12, 12.0, 4.0)],
        [beep("alarm-raised", 12, 0, "box-1-load", *WARM)],
    ),
    Example(
        "silent while it cools down, for four hours",
        [("button", 0), *measures(0, 251, 12.0, 4.0)],
        [BEGAN, now("box-not-ready", 0, reason="too-warm"), beep("alarm-raised", 250, 240, "box-1-load", *WARM)],
    ),
    Example(
        "the button ends it",
        [*measures(0, 10, 12.0, 4.0), ("button", 11)],
        [
            beep("alarm-raised", 10, 0, "box-1-load", *WARM),
            beep("alarm-cleared", 11, 0, "box-1-load", *WARM),
            now("preconditioning-began", 11, within_min=30),
        ],
    ),
]

# Areas: "station" 500 m around HOME, "hospital" 1,000 m around 8 km east. The route goes straight from one to the next.
WAY: Final = [
    Example(
        "from area to area",
        [("fix", 0, 0, 0), ("fix", 5, 590, 0), ("fix", 10, 610, 0), ("fix", 15, 4_000, 0), ("fix", 20, 7_010, 0)],
        [
            between("area-entered", None, 0, area="station"),
            between("area-left", 5, 10, area="station"),
            between("area-entered", 15, 20, area="hospital"),
        ],
    ),
    Example(
        "one position beside the route may be wrong, two are not",
        [
            ("fix", 0, 3_000, 0),
            ("fix", 5, 4_000, 2_010),
            ("fix", 10, 4_000, 1_990),
            *stays(15, 25, 4_600, 2_500),
            ("fix", 30, 4_700, 100),
        ],
        [Told("route-left", 20, 10, 15), between("route-rejoined", 25, 30)],
    ),
    Example(
        "behind the route's end it is beside it",
        [("fix", 0, 5_000, 0), ("fix", 5, 12_000, 0), ("fix", 10, 13_000, 0), ("fix", 15, 8_500, 0)],
        [
            Told("route-left", 10, 0, 5),
            between("area-entered", 10, 15, area="hospital"),
            between("route-rejoined", 10, 15),
        ],
    ),
    Example(
        "twenty minutes in one place",
        [*stays(0, 15, 3_000, 0), ("fix", 20, 3_190, 0), ("fix", 25, 3_000, 0), ("fix", 30, 3_210, 0)],
        [Told("stood-still", 20, 0, 0), between("moved-on", 25, 30)],
    ),
    Example("nineteen are not long", [*stays(0, 15, 3_000, 0), ("fix", 19, 3_000, 0), ("fix", 20, 4_000, 0)], []),
    Example("in an area nobody wonders", stays(0, 120, 100, 0), [between("area-entered", None, 0, area="station")]),
    Example(
        "into an area it moves on",
        [*stays(0, 20, 750, 0), ("fix", 25, 490, 0)],
        [
            Told("stood-still", 20, 0, 0),
            between("area-entered", 20, 25, area="station"),
            between("moved-on", 20, 25),
        ],
    ),
    Example(
        "what nobody saw is not standing, and what stood stands",
        [*stays(0, 10, 3_000, 0), *stays(26, 41, 3_000, 0), *stays(46, 46, 3_000, 0), *stays(90, 95, 3_000, 0)],
        [Told("stood-still", 46, 26, 26)],
    ),
]
EXAMPLES: Final = [*READINESS, *BEEPING, *WAY]
