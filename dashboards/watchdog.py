"""Alert rules that Grafana keeps on its own: they call somebody when the system itself can not, or says nothing.

The alarms of record are ours; these are few, late and coarse, and go to a contact point that needs nothing of ours.
Silence alarms: a rule that finds no data, and one that cannot ask, are alarms themselves. What Grafana puts in is
written with `$$` in these files, which is its `$`; the queries have none.

Every figure is a proposal of this project (PROP) and later than what the rules of record wait for: 5 min without a
reading are a finding there, 15 min without a gateway an alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from coldchain.places import ON_THE_ROAD, Text
from dashboards.frame import SOURCE
from dashboards.queries import AHEAD_S
from dashboards.watchdog_texts import WATCHDOG_TEXTS
from dashboards.yaml_text import Yaml

GROUP: Final = "coldchain-watchdog"
CONTACT: Final = "coldchain-watchdog"
MAIL: Final = "COLDCHAIN_WATCHDOG_MAIL"  # names of variables in Grafana's own environment
HOOK: Final = "COLDCHAIN_WATCHDOG_URL"
ASKED_S: Final = 3_600  # what Grafana is told that a query looks back; the queries say it themselves
MINUTELY_S: Final = 180  # the mirror writes ages and itself every minute: three of them may be missed
SNAPSHOT_S: Final = 60  # and the states every 10 s
SITE_SILENT_S: Final = 900
PROBE_SILENT_S: Final = 1_800
BEHIND_MAX: Final = 5_000  # numbers that the mirror has not sent; it sends more than 100,000 a second
FAR_S: Final = 900  # every load reading of so long was outside
WARMER_BY: Final = 4  # °C above the upper limit: red cells at 10 °C
COLDER_BY: Final = 2  # °C below the lower limit: red cells at 0 °C
UNSEEN_S: Final = 1_800  # a critical alarm that nobody has acknowledged

_MINUTELY: Final = f"time > now() - {MINUTELY_S}s AND time < now() + {AHEAD_S}s"
_SNAPSHOT: Final = f"time > now() - {SNAPSHOT_S}s AND time < now() + {AHEAD_S}s"
_REGISTRY: Final = "time > now() - 3h"
_FIXED: Final = " AND ".join(f"\"kind\" != '{kind.value}'" for kind in sorted(ON_THE_ROAD))
_IN_USE: Final = f'SELECT last("level") FROM "place_state" WHERE {_SNAPSHOT} AND {_FIXED} GROUP BY "place"'
_LOAD: Final = f'"role" = \'load\' AND "quality" = 0 AND time > now() - {FAR_S}s AND time < now() + {AHEAD_S}s'


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: queries by letter, what is worked out of their last values, and the bound above which it alarms.

    `above` None: it alarms by silence alone. `formula`: Grafana's math over the letters, "" for one query alone.
    `silent`: what no data means.
    """

    name: str
    queries: Mapping[str, str]
    above: int | None
    lasts: str
    formula: str = ""
    silent: str = "Alerting"

    def text(self, part: str) -> Text:
        """Return its title, summary or advice."""
        return WATCHDOG_TEXTS[f"{self.name}.{part}"]


RULES: Final = (
    Rule(
        "centre",
        {"A": f'SELECT last("uptime_s") FROM "centre" WHERE {_MINUTELY}'},
        above=None,
        lasts="2m",
    ),
    Rule(
        "states",
        {"A": f'SELECT count("level") FROM "place_state" WHERE {_SNAPSHOT}'},
        above=None,
        lasts="2m",
    ),
    Rule(
        "mirror",
        {"A": f'SELECT last("readings_behind") + last("ledger_behind") FROM "centre" WHERE {_MINUTELY}'},
        above=BEHIND_MAX,
        lasts="10m",
    ),
    Rule(
        "site",
        {"A": f'SELECT last("age_s") FROM "site_age" WHERE {_MINUTELY} GROUP BY "site"'},
        above=SITE_SILENT_S,
        lasts="2m",
    ),
    Rule(
        "probe",
        {
            "A": f'SELECT max("age_s") FROM (SELECT last("age_s") AS "age_s" FROM "probe_age" WHERE {_MINUTELY} '
            f'GROUP BY "place", "probe") WHERE {_MINUTELY} GROUP BY "place"',
            "B": _IN_USE,  # boxes may be silent for hours on their way, and a place out of use for weeks
        },
        above=PROBE_SILENT_S,
        formula="$A * ($B >= 0)",
        lasts="2m",
    ),
    Rule(
        "warm",
        {
            "A": f'SELECT min("celsius") FROM "temperature" WHERE {_LOAD} GROUP BY "place"',
            "B": _IN_USE,
            "D": f'SELECT last("high_celsius") FROM "place" WHERE {_REGISTRY} GROUP BY "place"',
        },
        above=WARMER_BY,
        formula="($A - $D) * ($B >= 0)",
        lasts="1m",
    ),
    Rule(
        "cold",
        {
            "A": f'SELECT max("celsius") FROM "temperature" WHERE {_LOAD} GROUP BY "place"',
            "B": _IN_USE,
            "D": f'SELECT last("low_celsius") FROM "place" WHERE {_REGISTRY} GROUP BY "place"',
        },
        above=COLDER_BY,
        formula="($D - $A) * ($B >= 0)",
        lasts="1m",
        silent="OK",  # where all places are freezers no place has a lower limit; the rule `warm` tells the silence
    ),
    Rule(
        "unseen",
        {
            "A": f'SELECT last("oldest_s") FROM "alarms_now" WHERE {_SNAPSHOT} AND "severity" = \'critical\' '
            'GROUP BY "site"'
        },
        above=UNSEEN_S,
        lasts="1m",
    ),
)


def rules_document(folder: str) -> Mapping[str, Yaml]:
    """Return the rules as Grafana's provisioning has them, in the folder of the boards."""
    group: Mapping[str, Yaml] = {
        "orgId": 1,
        "name": GROUP,
        "folder": folder,
        "interval": "1m",
        "rules": [_rule(rule) for rule in RULES],
    }
    return {"apiVersion": 1, "groups": [group]}


def contacts_document() -> Mapping[str, Yaml]:
    """Return the contact point: by mail and to an address of the house, both out of Grafana's environment.

    Nobody is told that an alarm is over: Grafana also ends one whose series has gone, so a place that was too warm
    would be called well because its probe has died.
    """
    receivers: list[Mapping[str, Yaml]] = [
        {
            "uid": "cc-watchdog-mail",
            "type": "email",
            "disableResolveMessage": True,
            "settings": {"addresses": f"${MAIL}", "singleEmail": True},
        },
        {
            "uid": "cc-watchdog-hook",
            "type": "webhook",
            "disableResolveMessage": True,
            "settings": {"url": f"${HOOK}", "httpMethod": "POST"},
        },
    ]
    return {"apiVersion": 1, "contactPoints": [{"orgId": 1, "name": CONTACT, "receivers": receivers}]}


def _rule(rule: Rule) -> Mapping[str, Yaml]:
    title, summary, advice = (rule.text(part) for part in ("title", "summary", "advice"))
    return {
        "uid": f"cc-watch-{rule.name}",
        "title": f"{title.zh} · {title.en}",
        "condition": "Z",
        "for": rule.lasts,
        "noDataState": rule.silent,
        "execErrState": "Alerting",
        "isPaused": False,
        "labels": {"severity": "critical", "watchdog": "coldchain"},
        "annotations": {
            "summary": f"{summary.zh} / {summary.en}",
            "description_zh": advice.zh,
            "description_en": advice.en,
        },
        "notification_settings": {
            "receiver": CONTACT,
            "group_by": ["grafana_folder", "alertname"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
        },
        "data": _asked(rule) + _reckoned(rule),
    }


def _asked(rule: Rule) -> list[Mapping[str, Yaml]]:
    return [
        {
            "refId": letter,
            "datasourceUid": SOURCE,
            "relativeTimeRange": {"from": ASKED_S, "to": 0},
            "model": {"refId": letter, "rawQuery": True, "resultFormat": "time_series", "query": query},
        }
        for letter, query in rule.queries.items()
    ]


def _reckoned(rule: Rule) -> list[Mapping[str, Yaml]]:
    """Return the expressions: the last value of each query, the formula of these, and the bound."""
    last = [
        _expression(f"{letter}L", {"type": "reduce", "expression": letter, "reducer": "last"})
        for letter in rule.queries
    ]
    formula = rule.formula
    for letter in rule.queries:
        formula = formula.replace(f"${letter}", f"$${letter}L")
    reckoned = [_expression("M", {"type": "math", "expression": formula})] if formula else []
    # No age and no count is below 0.
    evaluator: Yaml = {"type": "lt", "params": [0]} if rule.above is None else {"type": "gt", "params": [rule.above]}
    bound: list[Mapping[str, Yaml]] = [{"evaluator": evaluator}]
    of = "M" if formula else "AL"
    return [*last, *reckoned, _expression("Z", {"type": "threshold", "expression": of, "conditions": bound})]


def _expression(ref_id: str, model: Mapping[str, Yaml]) -> Mapping[str, Yaml]:
    return {"refId": ref_id, "datasourceUid": "__expr__", "model": {"refId": ref_id, **model}}
