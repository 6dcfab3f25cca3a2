"""What the boards ask the mirror, in InfluxQL: only what docs/influx.md promises, and only what every server answers.

InfluxDB 1.x, 2.x and 3 all answer SELECT with selectors, sub-queries, regular expressions on tags, GROUP BY time and
SHOW TAG VALUES; nothing else is used. Grafana puts in `$timeFilter`, `$__interval`, `${__from}` and the variables.
"""

from typing import Final

from dashboards.texts import Language

SILENCE_S: Final = 60  # a tile never shows what is older: the mirror writes a state every 10 s while it lives
AHEAD_S: Final = 10  # nor what is stamped later than that: after a clock has run ahead, old words would look new
REGISTRY: Final = "30d"  # how far back the hourly rows of the registry are looked for
RECORDS: Final = "366d"  # how far back findings and holds are looked for

FINDINGS_MAX: Final = 100  # open findings of a site that the wall lists
PLACE_FINDINGS_MAX: Final = 500  # findings of one place that are listed
PLACES_MAX: Final = 100  # tiles that one panel draws

FRESH: Final = f"time > now() - {SILENCE_S}s AND time < now() + {AHEAD_S}s"
OF_SITE: Final = '"site" =~ /^${site:regex}$/'
OF_PLACE: Final = f'{OF_SITE} AND "place" =~ /^${{place:regex}}$/'
OF_OPEN: Final = f'{OF_SITE} AND "open" = 1 AND time > now() - {RECORDS}'
# Open findings, the gravest first: hard limits, other limits, time that nobody measured, sensors.
GRAVEST: Final = (
    """"kind" = 'excursion' AND "rule" = 'A02'""",
    """"kind" = 'excursion' AND "rule" != 'A02'""",
    """"kind" = 'unmeasured'""",
    """"kind" != 'excursion' AND "kind" != 'unmeasured'""",
)
NEWEST: Final = "ORDER BY time DESC LIMIT 1"
PER_SPAN: Final = "GROUP BY time($__interval)"
FROM: Final = "${__from}"  # ends of the chosen time, in ms; a time in InfluxQL needs its unit
UNTIL: Final = "${__to}ms"

SITES: Final = 'SHOW TAG VALUES FROM "place" WITH KEY = "site"'
PLACES: Final = f'SHOW TAG VALUES FROM "place" WITH KEY = "place" WHERE {OF_SITE}'


def level() -> str:
    """Return the query of the present state of one place: one number, or nothing if it is not fresh."""
    return f'SELECT "level" FROM "place_state" WHERE {OF_PLACE} AND {FRESH} {NEWEST}'


def name(language: Language) -> str:
    """Return the query of the name of one place; the registry knows it also when the place is silent."""
    return f'SELECT "name_{language}" AS "name" FROM "place" WHERE {OF_PLACE} AND time > now() - {REGISTRY} {NEWEST}'


def value() -> str:
    """Return the query of the last value of one place: exact text, with °C and which probe it is of."""
    return f'SELECT "value_text" AS "value" FROM "place_state" WHERE {OF_PLACE} AND {FRESH} {NEWEST}'


def counts() -> str:
    """Return the query of the bags of one place, all of one instant."""
    return f'SELECT "inside", "possible", "on_hold" FROM "place_state" WHERE {OF_PLACE} AND {FRESH} {NEWEST}'


def standing() -> str:
    """Return the query of the age of the last reading, and since when the state holds."""
    # With a field that is always there: so a place without a reading has an answer, and it is not that nothing came.
    return f'SELECT "age_s", "since_ms", "level" FROM "place_state" WHERE {OF_PLACE} AND {FRESH} {NEWEST}'


def edition() -> str:
    """Return the query of whose limits hold in one place, and whether they are approved."""
    columns = '"profile", "profile_version", "confirmed"'
    return f'SELECT {columns} FROM "place_state" WHERE {OF_PLACE} AND {FRESH} {NEWEST}'


def levels_now(which: str = OF_SITE) -> str:
    """Return the query of the present state of every place, or of those that `which` says, and how grave it is."""
    return f'SELECT "level", "rank" FROM "place_state" WHERE {which} AND {FRESH} GROUP BY "place" {NEWEST}'


def names(language: Language, which: str = OF_SITE) -> str:
    """Return the query of every registered place of the site, or of those that `which` says, with its name."""
    of_registry = f'WHERE {which} AND time > now() - {REGISTRY} GROUP BY "place" {NEWEST}'
    return f'SELECT "name_{language}" AS "name" FROM "place" {of_registry}'


def needs(language: Language) -> str:
    """Return the query of the places that are in any other state than within limits, with what to do."""
    newest = f'SELECT last("level") AS "level", "text_{language}" AS "text", "since_ms", "rank" FROM "place_state"'
    where = f'WHERE {OF_SITE} AND {FRESH} GROUP BY "place"'
    bad = f'WHERE "level" > 0 AND {FRESH} GROUP BY "place"'
    return f'SELECT "level", "text", "since_ms", "rank" FROM ({newest} {where}) {bad}'


def open_findings(language: Language) -> tuple[str, ...]:
    """Return the queries of the findings that go on, one for each of GRAVEST, with their `rank`; the newest of each.

    In one query newer ones would push a graver one over its end. Their time is their start.
    """
    return tuple(
        f'SELECT "place", "title_{language}" AS "title", "id", "open" * {rank} AS "rank" FROM "finding" '
        f"WHERE {OF_OPEN} AND {which} ORDER BY time DESC LIMIT {FINDINGS_MAX}"
        for rank, which in zip(range(len(GRAVEST), 0, -1), GRAVEST, strict=True)
    )


def open_findings_more() -> str:
    """Return the query of how many findings go on beyond the FINDINGS_MAX that are listed."""
    return f'SELECT count("open") - {FINDINGS_MAX} AS "more" FROM "finding" WHERE {OF_OPEN}'


def places_more(which: str = OF_SITE) -> str:
    """Return the query of how many places are registered, of those that `which` says, beyond the PLACES_MAX drawn."""
    each = f'SELECT last("confirmed") AS "known" FROM "place" WHERE {which} AND time > now() - {REGISTRY}'
    inside = f"time > now() - {REGISTRY}"
    return f'SELECT count("known") - {PLACES_MAX} AS "more" FROM ({each} GROUP BY "place") WHERE {inside}'


def findings_more() -> str:
    """Return the query of how many findings of a place there are beyond the PLACE_FINDINGS_MAX that are listed."""
    which = f'time <= {UNTIL} AND ("open" = 1 OR "end_ms" >= {FROM})'
    where = f"WHERE {OF_PLACE} AND time > now() - {RECORDS} AND {which}"
    return f'SELECT count("open") - {PLACE_FINDINGS_MAX} AS "more" FROM "finding" {where}'


def holds() -> str:
    """Return the query of how many units each finding keeps on hold, without those that keep none."""
    newest = f'SELECT last("units") AS "units" FROM "hold" WHERE {OF_SITE} AND time > now() - {RECORDS}'
    of_findings = f'({newest} GROUP BY "place", "finding")'
    some = f'"units" > 0 AND time > now() - {RECORDS}'
    return f'SELECT "units" FROM {of_findings} WHERE {some} GROUP BY "place", "finding"'


def held_now() -> str:
    """Return the query of how many units are on hold inside all places of the site."""
    newest = f'SELECT last("on_hold") AS "on_hold" FROM "place_state" WHERE {OF_SITE} AND {FRESH} GROUP BY "place"'
    return f'SELECT sum("on_hold") AS "on_hold" FROM ({newest}) WHERE {FRESH}'


def gateway_ages() -> str:
    """Return the query of how long ago each gateway was heard; written each minute for every registered one."""
    return (
        f'SELECT "age_s" FROM "gateway_age" WHERE {OF_SITE} AND time > now() - 150s AND time < now() + {AHEAD_S}s '
        f'GROUP BY "gateway" {NEWEST}'
    )


def celsius(function: str, role: str) -> str:
    """Return the query of the extremes of each probe of a role: `max` or `min`, never a mean.

    InfluxDB keeps a temperature beside a later word that there was none: it counts only where the quality is 0.
    """
    where = f'WHERE {OF_PLACE} AND "role" = \'{role}\' AND "quality" = 0 AND $timeFilter'
    return f'SELECT {function}("celsius") FROM "temperature" {where} {PER_SPAN}, "probe" fill(null)'


def limit(side: str) -> str:
    """Return the query of a limit (`low` or `high`) as it holds now: two points, so that a line spans the whole time.

    Two selectors in one SELECT are dated at the start of the time that is asked for, one selector at its own point.
    States are written while the system runs, not for the history that it takes in: so the limit of now is drawn over
    the whole chart, and a chart of a time without any state has no band.
    """
    where = f'FROM "place_state" WHERE {OF_PLACE} AND $timeFilter'
    first = f'SELECT last("{side}_celsius") AS "limit", last("level") AS "dated" {where}'
    return f'SELECT "limit" FROM ({first}), (SELECT last("{side}_celsius") AS "limit" {where})'


def contact(kinds: str) -> str:
    """Return the query of how contacts of some kinds stood, of the place and of its site; a regex of kinds.

    Of a span in which one was in its unusual state, that. The mirror says their states every minute, as long as their
    gateway is heard: a span without a word is unknown, and is left empty.
    """
    place = '"place" =~ /^(${place:regex}|site)$/'
    where = f'WHERE {OF_SITE} AND {place} AND "kind" =~ /^({kinds})$/ AND $timeFilter'
    return f'SELECT max("active") FROM "contact" {where} {PER_SPAN}, "contact" fill(null)'


def readings() -> str:
    """Return the query of what each probe answered: the worst quality of a span, nothing where it was not read."""
    return f'SELECT max("quality") FROM "temperature" WHERE {OF_PLACE} AND $timeFilter {PER_SPAN}, "probe" fill(null)'


def findings_open(language: Language) -> str:
    """Return the query of the findings of a place that go on; of such a one no figure counts yet."""
    return _findings(language, "", f'"open" = 1 AND time <= {UNTIL}')


def findings_over(language: Language) -> str:
    """Return the query of the findings of a place that are over and overlap the chosen time, whenever they began."""
    figures = ', "end_ms", "peak_celsius", "out_s", "unknown_s"'
    return _findings(language, figures, f'"open" = 0 AND time <= {UNTIL} AND "end_ms" >= {FROM}')


def marks(language: Language) -> str:
    """Return the query of the marks over the charts: every finding of the place that was not taken back.

    The columns have the names by which Grafana knows them without being told.
    """
    return (
        f'SELECT "title_{language}" AS "text", "end_ms" AS "timeEnd", "probe" AS "tags" FROM "finding" '
        f"WHERE {OF_PLACE} AND time > now() - {RECORDS} AND time <= {UNTIL} "
        f'AND ("open" = 1 OR "end_ms" >= {FROM}) AND "status" != \'withdrawn\''
    )


def bags(figure: str) -> str:
    """Return the query of a number of bags over time."""
    return f'SELECT max("{figure}") FROM "place_state" WHERE {OF_PLACE} AND $timeFilter {PER_SPAN} fill(null)'


def last_readings() -> tuple[str, str]:
    """Return the queries of the last answer of each probe of a place: those with a temperature, and those with none."""
    each = f'SELECT last("quality") AS "quality", "celsius" FROM "temperature" WHERE {OF_PLACE} AND $timeFilter'
    of_probes = f'FROM ({each} GROUP BY "probe", "role") WHERE $timeFilter'
    return (
        f'SELECT "celsius", "quality" {of_probes} AND "quality" = 0 GROUP BY "probe", "role"',
        f'SELECT "quality" {of_probes} AND "quality" > 0 GROUP BY "probe", "role"',
    )


def levels() -> str:
    """Return the query of the states of all places over time."""
    return worst_levels(OF_SITE)


def worst_levels(which: str) -> str:
    """Return the query of the gravest state of each span, by `rank`: the highest `level` need not be the gravest.

    A selector brings along the level of its own point; the outer query gives it back to its span, and null to a span
    without a state.
    """
    each = f'SELECT max("rank") AS "rank", "level" FROM "place_state" WHERE {which} AND $timeFilter {PER_SPAN}, "place"'
    return f'SELECT max("level") FROM ({each} fill(none)) WHERE $timeFilter {PER_SPAN}, "place" fill(null)'


def limits(language: Language, which: str = OF_SITE) -> str:
    """Return the query of the limits of every place, or of those that `which` says, from the registry."""
    columns = f'"name_{language}" AS "name", "profile", "profile_version", "low_celsius", "high_celsius", "confirmed"'
    of_registry = f'WHERE {which} AND time > now() - {REGISTRY} GROUP BY "place" {NEWEST}'
    return f'SELECT {columns} FROM "place" {of_registry}'


def _findings(language: Language, figures: str, which: str) -> str:
    columns = f'"title_{language}" AS "title", "kind", "direction", "probe", "status", "version", "id", "open"{figures}'
    where = f"WHERE {OF_PLACE} AND time > now() - {RECORDS} AND {which}"
    return f'SELECT {columns} FROM "finding" {where} ORDER BY time DESC LIMIT {PLACE_FINDINGS_MAX}'
