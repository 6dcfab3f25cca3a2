"""Stock and journeys in the frozen schema of the mirror (docs/influx.md): numbers of units, never whose they are."""

from typing import Final

import msgspec

from coldchain.arrival import Arrival, ExpectedBy
from coldchain.closed_loop import StockRow
from stores.lines import Measurement, Real, micro_real

NONE: Final = "none"

STOCK: Final = Measurement(
    "stock",
    ("blood_group", "component", "place", "site"),
    {"units": int, "released": int, "waiting": int, "aside": int, "first_expiry_ms": int, "expire_24h": int},
    frozenset({"first_expiry_ms"}),
)
STOCK_SITE: Final = Measurement(
    "stock_site",
    ("blood_group", "component", "site"),
    {
        "released": int,
        "waiting": int,
        "aside": int,
        "used_28d": int,
        "cover_days": Real,
        "stock_level": str,
        "low": int,
        "minimum": int,
    },
    frozenset({"cover_days", "minimum"}),
)
TRIP: Final = Measurement(
    "trip",
    ("box", "site"),
    {
        "id": str,
        "destination": str,
        "status": str,
        "open": int,
        "packed_ms": int,
        "departed_ms": int,
        "arrived_ms": int,
        "min_celsius": Real,
        "max_celsius": Real,
        "out_s": int,
        "unknown_s": int,
        "measured_s": int,
        "qualified_until_ms": int,
        "qualified_left_s": int,
        "units": int,
        "eta_ms": int,
        "eta_by": str,
        "eta_journeys": int,
        "eta_spare_s": int,
    },
    frozenset({"min_celsius", "max_celsius", "qualified_left_s", "eta_spare_s"}),
)
OF_STOCK: Final = (STOCK, STOCK_SITE, TRIP)


class SiteStock(msgspec.Struct, frozen=True, kw_only=True):
    """The stock of a site by component and group, and how low it is by what people have said of it."""

    site: str
    component: str
    blood_group: str
    released: int
    waiting: int
    aside: int
    used: int
    cover_tenths: int | None
    level: str
    low: bool
    limit: int | None


class TripSums(msgspec.Struct, frozen=True, kw_only=True):
    """What a box went through between two instants, in micro-degrees and milliseconds, and its qualified time."""

    min_micro_celsius: int | None
    max_micro_celsius: int | None
    out_ms: int
    unknown_ms: int
    measured_ms: int
    qualified_until_ms: int | None


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """A journey: a packing list, when its giver and its receiver signed (None: not yet), and what happened.

    `arrival`: when it is, or was, expected; None: unknown. `over_ms`: when it was over: the receiver signed, or the box
    was packed anew; None: it goes on.
    """

    id: str
    box: str
    site: str
    destination: str
    packed_ms: int
    departed_ms: int | None
    arrived_ms: int | None
    over_ms: int | None
    units: int
    sums: TripSums
    arrival: Arrival | None

    @property
    def status(self) -> str:
        """Where it stands."""
        if self.arrived_ms is not None:
            return "arrived"
        if self.over_ms is not None:
            return "ended"
        return "packed" if self.departed_ms is None else "on-the-road"


def stock_line(row: StockRow, site: str, as_of_ms: int) -> bytes:
    """Return what a place holds of a component and group."""
    return STOCK.point(
        STOCK.series(_tag_of(row.blood_group), _tag_of(row.component), row.place, site),
        {
            "units": row.inside,
            "released": row.released,
            "waiting": row.waiting,
            "aside": row.inside - row.released - row.waiting,
            "first_expiry_ms": row.first_expiry_ms,
            "expire_24h": row.expiring,
        },
        as_of_ms,
    )


def site_stock_line(one: SiteStock, as_of_ms: int) -> bytes:
    """Return the stock of a site beside what is low there."""
    return STOCK_SITE.point(
        STOCK_SITE.series(_tag_of(one.blood_group), _tag_of(one.component), one.site or NONE),
        {
            "released": one.released,
            "waiting": one.waiting,
            "aside": one.aside,
            "used_28d": one.used,
            "cover_days": None if one.cover_tenths is None else Real(one.cover_tenths, 1),
            "stock_level": one.level,
            "low": int(one.low),
            "minimum": one.limit,
        },
        as_of_ms,
    )


def trip_line(trip: Trip, now_ms: int) -> bytes:
    """Return the point of a journey at the time of its packing; while it is open, as things stand at now_ms."""
    sums, over_ms, eta = trip.sums, trip.over_ms, trip.arrival
    until_ms = sums.qualified_until_ms
    left_ms = None if until_ms is None else until_ms - (now_ms if over_ms is None else over_ms)
    return TRIP.point(
        TRIP.series(trip.box, trip.site),
        {
            "id": trip.id,
            "destination": trip.destination,
            "status": trip.status,
            "open": int(trip.over_ms is None),
            "packed_ms": trip.packed_ms,
            "departed_ms": trip.departed_ms or 0,
            "arrived_ms": trip.arrived_ms or 0,
            "min_celsius": micro_real(sums.min_micro_celsius),
            "max_celsius": micro_real(sums.max_micro_celsius),
            "out_s": sums.out_ms // 1_000,
            "unknown_s": sums.unknown_ms // 1_000,
            "measured_s": sums.measured_ms // 1_000,
            "qualified_until_ms": until_ms or 0,
            "qualified_left_s": None if left_ms is None else left_ms // 1_000,
            "units": trip.units,
            "eta_ms": 0 if eta is None else eta.at_ms,
            "eta_by": ExpectedBy.NONE.value if eta is None else eta.by.value,
            "eta_journeys": 0 if eta is None else eta.journeys,
            "eta_spare_s": None if eta is None or until_ms is None else (until_ms - eta.at_ms) // 1_000,
        },
        trip.packed_ms,
    )


def _tag_of(text: str) -> str:
    """Return what people wrote without what no tag can hold: one odd word in a record must not darken the wall."""
    return text.replace("\n", " ").rstrip("\\") or NONE
