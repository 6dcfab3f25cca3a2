"""A message of Grafana's webhook, read: the alerts in it, cut to what is kept, and those that cannot be taken.

Fields: Grafana's contact point "webhook", version "1" of its body, the same in 9.4 and 13 for what is read here. What
else stands in a message is passed over. One bad alert does not cost the others beside it.
"""

import datetime
import re
from typing import Any, Final

import msgspec

from coldchain.errors import InvalidValueError
from coldchain.grafana_alerts import (
    AT_ONCE_MAX,
    FINGERPRINT_PATTERN,
    LABEL_NAME_MAX,
    LABEL_VALUE_MAX,
    LABELS_MAX,
    TEXT_MAX,
    GrafanaStatus,
    HeardAlert,
)

YEARS: Final = (2015, 2100)  # of a start; Grafana's "no time" is the year 1
CUT: Final = "…"
SUMMARIES: Final = ("summary", "description", "message")


class _Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    alerts: list[msgspec.Raw]
    truncated_alerts: int = 0


class _Alert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    status: GrafanaStatus
    fingerprint: str
    starts_at: str
    ends_at: str = ""
    labels: dict[str, Any] = {}
    annotations: dict[str, Any] = {}


class RefusedAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of a message that was not taken: which, counted from 0, and why."""

    number: int
    reason: str


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What was in a message. `truncated`: how many alerts Grafana left out by its own setting."""

    alerts: tuple[HeardAlert, ...]
    refused: tuple[RefusedAlert, ...]
    truncated: int


def read_message(body: bytes) -> Read:
    """Return what is in a message. Raises InvalidValueError if it is none, or has too many alerts."""
    try:
        message = msgspec.json.decode(body, type=_Message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"this is no message of Grafana's webhook ({str(error)[:TEXT_MAX]})"
        raise InvalidValueError(msg) from error
    if len(message.alerts) > AT_ONCE_MAX:
        msg = f"{len(message.alerts)} alerts in one message; at most {AT_ONCE_MAX}: set Max Alerts of the contact point"
        raise InvalidValueError(msg)
    alerts, refused = [], []
    for number, raw in enumerate(message.alerts):
        try:
            alerts.append(_heard(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, InvalidValueError) as error:
            refused.append(RefusedAlert(number=number, reason=str(error)[:LABEL_VALUE_MAX]))
    return Read(alerts=tuple(alerts), refused=tuple(refused), truncated=max(0, message.truncated_alerts))


def _heard(raw: msgspec.Raw) -> HeardAlert:
    alert = msgspec.json.decode(raw, type=_Alert)
    if not re.fullmatch(FINGERPRINT_PATTERN, alert.fingerprint):
        raise InvalidValueError("its fingerprint is not 1 to 64 hex digits")
    starts_ms = _millis(alert.starts_at)
    if starts_ms is None:
        raise InvalidValueError("its startsAt is no time")
    labels = {_plain(name, LABEL_NAME_MAX): _plain(value, LABEL_VALUE_MAX) for name, value in alert.labels.items()}
    said = next((text for name in SUMMARIES if (text := alert.annotations.get(name))), "")
    return HeardAlert(
        fingerprint=alert.fingerprint,
        starts_ms=starts_ms,
        status=alert.status,
        title=_plain(alert.labels.get("alertname", ""), TEXT_MAX),
        summary=_plain(said, TEXT_MAX),
        labels=dict(sorted(labels.items())[:LABELS_MAX]),
        ends_ms=_millis(alert.ends_at) if alert.status is GrafanaStatus.RESOLVED else None,
    )


def _plain(value: object, most: int) -> str:
    """Return a text on one line and without control characters, cut where it is too long."""
    text = "".join(one if one.isprintable() else " " for one in str(value)).strip()
    return text if len(text) <= most else text[: most - 1] + CUT


def _millis(text: str) -> int | None:
    """Return UTC milliseconds of an RFC 3339 time, None for Grafana's "no time" and for what is none."""
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is None or not YEARS[0] <= when.year <= YEARS[1]:
        return None
    return (when - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(milliseconds=1)
