"""Alert rules of a provisioning file, run as Grafana runs them: queries, last values, formula, bound.

    outcome(rule, view)      # {"fridge-1": "Alerting", "fridge-2": "Normal"}, or {"": what silence means}

What Grafana does is written here from its documentation, for tests only: a query without rows is no data, and then the
whole rule is; a formula joins values by their labels and drops what has no partner.
"""

import operator
import re
from collections.abc import Mapping
from typing import Any, Final

from support.board_targets import QueryError, View

EXPRESSIONS: Final = "__expr__"
_NUMBER: Final = re.compile(r"[-+*() .0-9<>=]+")

Values = dict[str, float]  # by label; "" for a series without one


def outcome(rule: Mapping[str, Any], view: View) -> dict[str, str]:
    """Return the state of each instance of a rule by its label, as if the rule's time had passed."""
    try:
        known = _worked_out(rule["data"], view)
    except QueryError:
        return {"": rule["execErrState"]}
    last = known[rule["condition"]]
    if not last:
        return {"": rule["noDataState"]}
    return {label: "Alerting" if value else "Normal" for label, value in last.items()}


def _worked_out(data: list[Mapping[str, Any]], view: View) -> dict[str, Values]:
    known: dict[str, Values] = {}
    for step in data:
        model = step["model"]
        if step["datasourceUid"] != EXPRESSIONS:
            known[step["refId"]] = _asked(interpolated(model["query"]), view)
            continue
        expression = interpolated(model["expression"])
        match model["type"]:
            case "reduce":
                known[step["refId"]] = known[expression]
            case "math":
                known[step["refId"]] = _math(expression, known)
            case "threshold":
                known[step["refId"]] = _bound(model["conditions"][0]["evaluator"], known[expression])
            case other:
                msg = f"no rule of ours has an expression {other}"
                raise AssertionError(msg)
    return known


def interpolated(text: str) -> str:
    """Return a text of a file as Grafana takes it in: `$$` is a dollar sign, and no variable is meant here."""
    assert not re.search(r"(?<!\$)\$(?!\$)", text), f"{text}: a single dollar sign names a variable of the environment"
    return text.replace("$$", "$")


def _asked(query: str, view: View) -> Values:
    found: Values = {}
    for series in view.ask(query):
        tags = series.get("tags", {})
        assert len(tags) <= 1, "a rule tells its instances apart by one label"
        at = next(at for at, name in enumerate(series["columns"]) if name != "time")
        found["".join(tags.values())] = series["values"][-1][at]
    return {label: value for label, value in found.items() if value is not None}


def _math(expression: str, known: Mapping[str, Values]) -> Values:
    names = re.findall(r"\$(\w+)", expression)
    labels = set.intersection(*(set(known[name]) for name in names))
    found = {}
    for label in labels:
        written = expression
        for name in sorted(names, key=len, reverse=True):
            written = written.replace(f"${name}", f"({known[name][label]!r})")
        assert _NUMBER.fullmatch(written), written
        found[label] = float(eval(written, {"__builtins__": {}}))
    return found


def _bound(evaluator: Mapping[str, Any], values: Values) -> Values:
    (limit,) = evaluator["params"]
    beyond = {"gt": operator.gt, "lt": operator.lt}[evaluator["type"]]
    return {label: float(beyond(value, limit)) for label, value in values.items()}
