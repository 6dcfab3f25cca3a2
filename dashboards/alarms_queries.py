"""What the board of alarms asks the mirror. Alarms of the whole system have the site `none`: every board shows them.

Where a query stands in another one, both name the time: InfluxDB else looks through everything for the outer one.
"""

from typing import Final

from dashboards.queries import FRESH, FROM, OF_SITE, PER_SPAN, RECORDS, UNTIL
from dashboards.texts import Language

SEVERITIES: Final = ("critical", "high", "medium", "low")  # coldchain.alarms.Severity, the gravest first
LEVELS: Final = {"critical": 3, "high": 2, "medium": 1, "low": 0}
OF_ALARMS: Final = '"site" =~ /^(${site:regex}|none)$/'
TO: Final = "${__to}"  # now, in ms: what is asked for may be the past
COUNTS: Final = '"test" = 0 AND "state" !~ /^(moved|withdrawn)$/'  # a moved one stands elsewhere, with the same id
LIST: Final = "alarm_list"  # few series; `alarm` has thousands in a year, and each is opened for every field
ROWS_MAX: Final = 500
GRAVITIES: Final = ("= 3", "= 2", "< 2")  # of `level`: each has ROWS_MAX rows of its own


def now(figure: str, severity: str) -> str:
    """Return the query of how many alarms of a severity stand: `open` or `unacknowledged`; nothing if not fresh."""
    newest = f'SELECT last("{figure}") AS "{figure}" FROM "alarms_now"'
    where = f'WHERE {OF_ALARMS} AND "severity" = \'{severity}\' AND {FRESH} GROUP BY "site"'
    return f'SELECT sum("{figure}") AS "{figure}" FROM ({newest} {where}) WHERE {FRESH}'


def oldest() -> str:
    """Return the query of how long the oldest alarm waits for somebody; 0: there is none."""
    newest = f'SELECT last("oldest_s") AS "oldest_s" FROM "alarms_now" WHERE {OF_ALARMS} AND {FRESH}'
    return f'SELECT max("oldest_s") AS "oldest_s" FROM ({newest} GROUP BY "severity", "site") WHERE {FRESH}'


def waiting(language: Language) -> tuple[str, ...]:
    """Return the queries of the alarms that wait for somebody, the gravest first."""
    age = f'({TO} - "raised_ms") / 1000 AS "age_s"'
    columns = f'"level", {age}, "title_{language}" AS "title", "place", "state", "units", "rule", "test", "id"'
    return _alarms(columns, f'"unacknowledged" = 1 AND time <= {UNTIL}')


def seen(language: Language) -> tuple[str, ...]:
    """Return the queries of the alarms that last and wait for nobody, the gravest first."""
    age = f'({TO} - "since_ms") / 1000 AS "age_s"'
    who = '"acked_by", "acked_ms"'
    columns = f'"level", {age}, "title_{language}" AS "title", "place", "state", "units", {who}, "rule", "test", "id"'
    return _alarms(columns, f'"open" = 1 AND "unacknowledged" = 0 AND time <= {UNTIL}')


def history(language: Language) -> str:
    """Return the query of all alarms that were raised in the chosen time."""
    who = '"acked_ms", "acked_by", "cleared_ms"'
    columns = f'"level", "title_{language}" AS "title", "place", "state", "units", {who}, "rule", "test", "id"'
    where = f"WHERE {OF_ALARMS} AND \"state\" != 'moved' AND $timeFilter"
    return f'SELECT {columns} FROM "{LIST}" {where} ORDER BY time DESC LIMIT {ROWS_MAX}'


def over_time(severity: str) -> str:
    """Return the query of how many alarms of a severity waited for somebody: the most of each span."""
    each = f'SELECT max("unacknowledged") AS "unacknowledged" FROM "alarms_now" WHERE {OF_ALARMS}'
    spans = f"AND \"severity\" = '{severity}' AND $timeFilter {PER_SPAN}"
    return (
        f'SELECT sum("unacknowledged") FROM ({each} {spans}, "site" fill(none)) WHERE $timeFilter {PER_SPAN} fill(null)'
    )


def raised(severity: str) -> str:
    """Return the query of how many alarms of a severity were raised in the chosen time."""
    return f'SELECT count("level") FROM "{LIST}" WHERE {_of(severity)}'


def unseen(severity: str) -> str:
    """Return the query of how many of these nobody has acknowledged yet."""
    return f'SELECT sum("unacknowledged") AS "unacknowledged" FROM "{LIST}" WHERE {_of(severity)}'


def took(function: str, severity: str) -> str:
    """Return the query of how long people took to acknowledge the alarms of a severity: `median` or `max`."""
    where = f'WHERE {_of(severity)} AND "acked_ms" > 0'
    each = f'SELECT ("acked_ms" - "raised_ms") / 1000 AS "took_s" FROM "{LIST}" {where}'
    return f'SELECT {function}("took_s") AS "took_s" FROM ({each}) WHERE $timeFilter'


def findings_open(language: Language) -> str:
    """Return the query of the findings of the site that go on; of such a one no figure counts yet."""
    return _findings(language, "", f'"open" = 1 AND time <= {UNTIL}')


def findings_over(language: Language) -> str:
    """Return the query of the findings of the site that are over and overlap the chosen time."""
    figures = ', "end_ms", "peak_celsius", "out_s", "unknown_s"'
    return _findings(language, figures, f'"open" = 0 AND time <= {UNTIL} AND "end_ms" >= {FROM}')


def _alarms(columns: str, which: str) -> tuple[str, ...]:
    """Return a query for each of GRAVITIES: in one list newer alarms would push a graver one over its end."""
    where = f"WHERE {OF_ALARMS} AND {which} AND time > now() - {RECORDS}"
    newest = f"ORDER BY time DESC LIMIT {ROWS_MAX}"
    return tuple(f'SELECT {columns} FROM "{LIST}" {where} AND "level" {gravity} {newest}' for gravity in GRAVITIES)


def _of(severity: str) -> str:
    return f"{OF_ALARMS} AND \"severity\" = '{severity}' AND {COUNTS} AND $timeFilter"


def _findings(language: Language, figures: str, which: str) -> str:
    columns = f'"place", "title_{language}" AS "title", "kind", "direction", "probe", "status", "id"{figures}'
    where = f"WHERE {OF_SITE} AND time > now() - {RECORDS} AND {which}"
    return f'SELECT {columns} FROM "finding" {where} ORDER BY time DESC LIMIT {ROWS_MAX}'
