"""What the site and the device board ask beyond the first: roll-ups, days, alarms, marks, stock, the registry.

Hours and days are worked out by the rules and only read here: a query never makes a daily figure.
"""

from typing import Final

from dashboards.queries import AHEAD_S, NEWEST, OF_PLACE, OF_SITE, PER_SPAN, REGISTRY, worst_levels
from dashboards.texts import Language

READING_S: Final = 300  # a reading speaks for five minutes at most; a tile shows none that is older
SPEAKS: Final = f"time > now() - {READING_S}s AND time < now() + {AHEAD_S}s"
MINUTELY: Final = f"time > now() - 150s AND time < now() + {AHEAD_S}s"  # of what the mirror writes every minute
STOCKED: Final = f"time > now() - 11m AND time < now() + {AHEAD_S}s"  # every 5 minutes
SIGNALLED: Final = (
    f"time > now() - 95m AND time < now() + {AHEAD_S}s"  # said every half hour: after three it is unknown
)
REGISTERED: Final = f"time > now() - 130m AND time < now() + {AHEAD_S}s"  # every hour: what is taken out is soon gone
OF_PROBE: Final = f'{OF_PLACE} AND "probe" =~ /^${{probe:regex}}$/'
OF_GATEWAY: Final = f'{OF_SITE} AND "gateway" =~ /^${{gateway:regex}}$/'
OF_CHOSEN: Final = f'{OF_PLACE} AND "device" =~ /^${{probe:regex}}$/'  # the probe in the registry
OF_STOCK: Final = f'GROUP BY "component", "blood_group" {NEWEST}'
CYCLES_MIN: Final = 8  # with fewer on a day no share of cooling counts
NEVER_S: Final = 999_999_999  # the mirror's age of what was never heard
NEWEST_DAYS: Final = "ORDER BY time DESC LIMIT 400"
HOURS: Final = "GROUP BY time(1h)"  # one roll-up in each

PROBES: Final = f'SHOW TAG VALUES FROM "device" WITH KEY = "device" WHERE {OF_PLACE} AND "kind" = \'probe\''
# The gateway of a device is a field, so it is asked for by SELECT: the newest word of each probe of the place.
GATEWAYS: Final = (
    'SELECT distinct("gateway") FROM (SELECT last("gateway") AS "gateway" FROM "device" '
    f'WHERE {OF_PLACE} AND "kind" = \'probe\' AND time > now() - {REGISTRY} GROUP BY "device")'
)


def probe_reading() -> str:
    """Return the query of the newest temperature of the chosen probe; nothing if it is too old, or an answer without.

    InfluxDB keeps a temperature beside a later word that there was none: it counts only where the quality is 0.
    """
    newest = f'SELECT last("quality") AS "quality", "celsius" FROM "temperature" WHERE {OF_PROBE} AND {SPEAKS}'
    return f'SELECT "celsius" FROM ({newest}) WHERE "quality" = 0 AND {SPEAKS}'


def probe_answer() -> str:
    """Return the query of what the chosen probe answered last, or nothing where that is too old to speak."""
    return f'SELECT "quality" FROM "temperature" WHERE {OF_PROBE} AND {SPEAKS} {NEWEST}'


def probe_age() -> str:
    """Return the query of the age of the newest reading of the chosen probe."""
    return f'SELECT "age_s" FROM "probe_age" WHERE {OF_PROBE} AND {MINUTELY} {NEWEST}'


def probe_calibration() -> str:
    """Return the query of what the registry knows of the calibration of the chosen probe."""
    columns = '"calibrated_ms", "due_ms", "offset_celsius", "installed"'
    return f'SELECT {columns} FROM "device" WHERE {OF_CHOSEN} AND {REGISTERED} {NEWEST}'


def place_limits() -> str:
    """Return the query of the limits of the chosen place, with their edition."""
    columns = '"profile", "profile_version", "low_celsius", "high_celsius", "confirmed"'
    return f'SELECT {columns} FROM "place" WHERE {OF_PLACE} AND time > now() - {REGISTRY} {NEWEST}'


def probe_celsius(function: str) -> str:
    """Return the query of the extremes of the chosen probe as measured: `max` or `min`, never a mean."""
    where = f'WHERE {OF_PROBE} AND "quality" = 0 AND $timeFilter'
    return f'SELECT {function}("celsius") FROM "temperature" {where} {PER_SPAN}, "probe" fill(null)'


def place_level() -> str:
    """Return the query of the states of the chosen place over time."""
    return worst_levels(OF_PLACE)


def probe_quality() -> str:
    """Return the query of what the chosen probe answered: the worst of a span, nothing where it was not read."""
    return f'SELECT max("quality") FROM "temperature" WHERE {OF_PROBE} AND $timeFilter {PER_SPAN}, "probe" fill(null)'


def hour_celsius(figure: str) -> str:
    """Return the query of a temperature of the hours: `min`, `max`, `mean` (weighted by time) or `mkt`.

    InfluxDB keeps a temperature of an hour that is known to be unmeasured by now: it counts only where less is unknown.
    """
    where = f'WHERE {OF_PROBE} AND "unknown_s" < 3600 AND $timeFilter {HOURS}, "probe" fill(null)'
    return f'SELECT max("{figure}_celsius") FROM "temperature_1h" {where}'


def hour_minutes(figure: str) -> str:
    """Return the query of the minutes of each hour that were `out` of the limits or `unknown`."""
    where = f'WHERE {OF_PROBE} AND $timeFilter {HOURS}, "probe" fill(null)'
    return f'SELECT max("{figure}_s") / 60 FROM "temperature_1h" {where}'


def cooling_share() -> str:
    """Return the query of the share of each day in which the place was cooled; of a day with few cycles none counts."""
    where = f'WHERE {OF_PLACE} AND "cycles" >= {CYCLES_MIN} AND $timeFilter GROUP BY "probe"'
    return f'SELECT "duty" FROM "cooling_1d" {where}'


def cooling_cycles() -> str:
    """Return the query of how many cooling cycles began on each day."""
    return f'SELECT "cycles" FROM "cooling_1d" WHERE {OF_PLACE} AND $timeFilter GROUP BY "probe"'


def stock() -> str:
    """Return the query of what is inside the place now, by component and group, without what has left."""
    columns = '"units", "released", "waiting", "aside", "expire_24h", "first_expiry_ms"'
    newest = columns.replace('"units"', 'last("units") AS "units"')
    where = f'WHERE {OF_PLACE} AND {STOCKED} GROUP BY "component", "blood_group"'
    return (
        f'SELECT {columns} FROM (SELECT {newest} FROM "stock" {where}) WHERE "units" > 0 '
        'GROUP BY "component", "blood_group"'
    )


def site_stock() -> str:
    """Return the query of the stock of the site by component and group."""
    columns = '"released", "waiting", "aside", "used_28d", "stock_level"'
    return f'SELECT {columns} FROM "stock_site" WHERE {OF_SITE} AND {STOCKED} {OF_STOCK}'


def site_low() -> str:
    """Return the query of the number below which the stock is, where it is low; elsewhere none counts."""
    columns = '"low", "minimum"'
    newest = f'SELECT last("low") AS "low", "minimum" FROM "stock_site" WHERE {OF_SITE} AND {STOCKED}'
    groups = 'GROUP BY "component", "blood_group"'
    return f'SELECT {columns} FROM ({newest} {groups}) WHERE "low" = 1 {groups}'


def devices(language: Language, where: str = OF_PLACE) -> str:
    """Return the query of the registered devices of the place, or of what `where` says."""
    columns = (
        f'"name_{language}" AS "name", "gateway", "serial", "calibrated_ms", "due_ms", "due_word", '
        '"offset_celsius", "installed"'
    )
    return f'SELECT {columns} FROM "device" WHERE {where} AND {REGISTERED} GROUP BY "device", "kind" {NEWEST}'


def power_now() -> str:
    """Return the query of how the gateways of the place stand: battery, how late, clock."""
    columns = '"online", "lag_s", "spool_rows", "clock_skew_ms", "battery_percent", "limits_version"'
    return f'SELECT {columns} FROM "gateway_state" WHERE {OF_GATEWAY} AND {MINUTELY} GROUP BY "gateway" {NEWEST}'


def battery() -> str:
    """Return the query of the battery of the gateways of the place over time: the lowest of each span."""
    where = f'WHERE {OF_GATEWAY} AND $timeFilter {PER_SPAN}, "gateway" fill(null)'
    return f'SELECT min("battery_percent") FROM "gateway_state" {where}'


def signal_now() -> str:
    """Return the query of how strongly each device of the place was heard last; nothing once that is too long ago."""
    newest = f'GROUP BY "device", "gateway" {NEWEST}'
    return f'SELECT "text" FROM "signal" WHERE {OF_PLACE} AND {SIGNALLED} {newest}'


def signal() -> str:
    """Return the query of the strength in dBm of the devices of the place over time: the weakest of each span."""
    where = f'WHERE {OF_PLACE} AND $timeFilter {PER_SPAN}, "device" fill(null)'
    return f'SELECT min("rssi_dbm") FROM "signal" {where}'


def lag(which: str = OF_GATEWAY) -> str:
    """Return the query of how far back the gateways of the place, or of `which`, had told everything.

    It is the longest of each span, without gateways that never sent a reading.
    """
    where = f'WHERE {which} AND "lag_s" < {NEVER_S} AND $timeFilter {PER_SPAN}, "gateway" fill(null)'
    return f'SELECT max("lag_s") FROM "gateway_state" {where}'


def raw_readings() -> tuple[str, str]:
    """Return the queries of the newest readings of the chosen probe, one by one: temperatures, and answers without."""
    where, newest = f'FROM "temperature" WHERE {OF_PROBE} AND $timeFilter', "ORDER BY time DESC LIMIT 200"
    return (
        f'SELECT "celsius", "quality" {where} AND "quality" = 0 {newest}',
        f'SELECT "quality" {where} AND "quality" > 0 {newest}',
    )


def day_minutes(figure: str) -> str:
    """Return the query of the minutes of each day that were `out` of the limits or `unknown`, dated at midnight."""
    return f'SELECT "{figure}_s" / 60 FROM "place_1d" WHERE {OF_PLACE} AND $timeFilter'


def days() -> str:
    """Return the query of the days of a place with their times and counts, the newest first."""
    columns = '"out_s", "unknown_s", "occasions", "door_openings", "door_s", "complete"'
    return f'SELECT {columns} FROM "place_1d" WHERE {OF_PLACE} AND $timeFilter {NEWEST_DAYS}'


def day_celsius() -> str:
    """Return the query of the extremes of the days; where nothing was measured none counts."""
    where = f'WHERE {OF_PLACE} AND "measured_s" > 0 AND $timeFilter'
    return f'SELECT "min_celsius", "max_celsius" FROM "place_1d" {where} {NEWEST_DAYS}'


def alarm_marks(language: Language) -> str:
    """Return the query of the alarms of the place and of its site, each as a mark when it was raised.

    Left out are tests, those that were taken back or moved, and those that another alarm explains.
    """
    which = '"test" = 0 AND "state" !~ /^(moved|withdrawn|suppressed)$/'
    where = f"WHERE {OF_SITE} AND {_here('site')} AND {which} AND $timeFilter"
    return f'SELECT "title_{language}" AS "text", "rule" AS "tags" FROM "alarm" {where}'


def book_marks(language: Language, kinds: str) -> str:
    """Return the query of what is noted in the record of the place, or of no place at all; a regex of kinds."""
    where = f'WHERE {OF_SITE} AND {_here("none")} AND "kind" =~ /^({kinds})$/ AND "stands" = 1 AND $timeFilter'
    return f'SELECT "title_{language}" AS "text", "kind" AS "tags" FROM "mark" {where}'


def _here(other: str) -> str:
    return f'"place" =~ /^(${{place:regex}}|{other})$/'
