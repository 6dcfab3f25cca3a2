"""What Grafana says of its own watchdog rules. It is kept as it was said; it calls nobody and judges nothing.

The alarm of record is ours. Grafana watches what we cannot watch, ourselves; what it says is an entry, so that people
see it beside our alarms, and it is never sent on: an alert that came from Grafana must not come back to it.
"""

from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

FINGERPRINT_PATTERN: Final = r"^[0-9a-f]{1,64}$"
LABELS_MAX: Final = 40
LABEL_NAME_MAX: Final = 64
LABEL_VALUE_MAX: Final = 300
TEXT_MAX: Final = 1_000  # characters of a title or a summary
AT_ONCE_MAX: Final = 500  # alerts of one message
NEW_IN_A_DAY_MAX: Final = 2_000  # alerts that say something new; who has the secret must not fill the ledger
VERSIONS_MAX: Final = 50  # of one alert while it fires: its summary may carry a value that changes each time


class GrafanaStatus(StrEnum):
    """What Grafana says of an alert."""

    FIRING = "firing"
    RESOLVED = "resolved"


class GrafanaAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One episode of a rule of Grafana, told apart by `fingerprint` (of its labels) and start.

    A higher version replaces. `starts_ms`, `ends_ms`: by Grafana's clock; `received_ms`: when this version came, by
    ours. `title` is the rule's name, `summary` what its annotations say. `labels` are those of the rule and its series,
    `place`, `gateway` and `site` among them where the rule has them.
    """

    fingerprint: str
    starts_ms: int
    version: int
    status: GrafanaStatus
    title: str
    summary: str
    labels: dict[str, str]
    received_ms: int
    ends_ms: int | None = None

    @property
    def firing(self) -> bool:
        """Whether it goes on, as far as Grafana has said."""
        return self.status is GrafanaStatus.FIRING


class HeardAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as it came, read and cut to what is kept."""

    fingerprint: str
    starts_ms: int
    status: GrafanaStatus
    title: str
    summary: str
    labels: dict[str, str]
    ends_ms: int | None = None


class HearGrafana(msgspec.Struct, frozen=True, kw_only=True, tag="hear-grafana"):
    """Grafana said something at at_ms (ours) of these alerts."""

    alerts: tuple[HeardAlert, ...]
    at_ms: int
    actor: str = "grafana"


OfGrafana: TypeAlias = HearGrafana
