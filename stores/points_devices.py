"""Devices in the frozen schema of the mirror (docs/influx.md): the registry, what to draw as annotations, health.

Every field of `device` and of `gateway_state` that nobody knows is absent.
"""

from enum import StrEnum
from typing import Final

import msgspec

from coldchain.places import Text
from stores.lines import Measurement, Real, Value, micro_real

DEVICE: Final = Measurement(
    "device",
    ("device", "kind", "place", "site"),
    {
        "name_zh": str,
        "name_en": str,
        "gateway": str,
        "serial": str,
        "calibrated_ms": int,
        "due_ms": int,
        "due_word": str,
        "offset_celsius": Real,
        "confirmed": int,
        "installed": str,
    },
    frozenset({"gateway", "serial", "calibrated_ms", "due_ms", "due_word", "offset_celsius"}),
)
MARK: Final = Measurement(
    "mark", ("kind", "place", "site", "subject"), {"stands": int, "title_zh": str, "title_en": str}
)
GATEWAY_STATE: Final = Measurement(
    "gateway_state",
    ("gateway", "site"),
    {
        "lag_s": int,
        "spool_rows": int,
        "oldest_unsent_s": int,
        "clock_skew_ms": int,
        "clock_state": str,
        "limits_version": int,
        "battery_percent": int,
        "online": int,
    },
    frozenset({"spool_rows", "oldest_unsent_s", "clock_skew_ms", "clock_state", "limits_version", "battery_percent"}),
)
INGEST: Final = Measurement(
    "ingest",
    ("gateway", "site"),
    {
        "readings": int,
        "duplicates": int,
        "late": int,
        "quarantined": int,
        "waiting": int,
        "refused": int,
        "holes": int,
    },
)
REJECTED: Final = Measurement("rejected", ("gateway", "reason", "site"), {"times": int})
CENTRE: Final = Measurement(
    "centre",
    ("host",),
    {
        "disk_free_bytes": int,
        "store_bytes": int,
        "readings_behind": int,
        "ledger_behind": int,
        "spool_behind_s": int,
        "write_queue": int,
        "uptime_s": int,
        "release": str,
    },
    frozenset({"disk_free_bytes", "store_bytes", "spool_behind_s"}),
)
OF_DEVICES: Final = (DEVICE, MARK, GATEWAY_STATE, INGEST, REJECTED, CENTRE)


class Installed(StrEnum):
    """Whether a person confirmed where a device hangs."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not-confirmed"  # it has to be, and its readings do not count until then
    NOBODY = "nobody"  # nobody did and nobody has to: it counts by its registration alone
    NOT_APPLICABLE = "not-applicable"  # of such a device nobody is asked to


class DeviceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A registered device with its name. `due_word`: what is due next, "" where nothing ever was."""

    device: str
    kind: str
    place: str
    site: str
    name: Text
    gateway: str = ""
    serial: str = ""
    calibrated_ms: int | None = None
    due_ms: int | None = None
    due_word: str = ""
    offset_micro_celsius: int | None = None
    confirmed: bool = True
    installed: Installed = Installed.NOT_APPLICABLE


class MarkShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be drawn beside a curve. `stands` False: it was said once and is no longer so."""

    kind: str
    place: str
    site: str
    subject: str
    at_ms: int
    title: Text
    stands: bool = True


def device_line(shown: DeviceShown, at_ms: int) -> bytes:
    """Return the registry row of a device, so that one that is silent does not vanish from lists."""
    offset = shown.offset_micro_celsius
    return DEVICE.point(
        DEVICE.series(shown.device, shown.kind, shown.place, shown.site),
        {
            "name_zh": shown.name.zh,
            "name_en": shown.name.en,
            "gateway": shown.gateway or None,
            "serial": shown.serial or None,
            "calibrated_ms": shown.calibrated_ms,
            "due_ms": shown.due_ms,
            "due_word": shown.due_word or None,
            "offset_celsius": micro_real(offset),
            "confirmed": int(shown.confirmed),
            "installed": shown.installed.value,
        },
        at_ms,
    )


def mark_line(shown: MarkShown) -> bytes:
    """Return a mark at its time."""
    fields: dict[str, Value | None] = {
        "stands": int(shown.stands),
        "title_zh": shown.title.zh,
        "title_en": shown.title.en,
    }
    return MARK.point(MARK.series(shown.kind, shown.place, shown.site, shown.subject), fields, shown.at_ms)
