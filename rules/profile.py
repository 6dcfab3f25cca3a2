"""Profiles: limits as versioned data files with their sources, handed in as bytes.

A key that nobody knows is refused: a limit that is misspelt would otherwise be a limit that does not hold.
"""

import hashlib
import re
import tomllib
from functools import lru_cache
from typing import Any, Final

from coldchain.errors import InvalidValueError
from coldchain.places import PlaceKind, ProfileRecord, Text
from rules.limits import CONFIRMED, NOTHING, Citation, Excuse, Profile, Transport
from rules.profile_sections import LIST_MAX, LISTS, OPTIONAL, optional_fields, require_fitting
from rules.profile_table import Table

__all__ = ["Citation", "Excuse", "Profile", "Transport", "load_profile", "profile_record"]

STATUSES: Final = ("to-be-confirmed", CONFIRMED)
BYTES_MAX: Final = 64 * 1024
FILES_KEPT: Final = 256  # that were read before; a profile never changes
VERSION_MAX: Final = 1_000_000

_NEEDED: Final = ("storage", "hard_limit", "delay", "dead_band", "hold", "gap", "sensor_fault")
_SECTIONS: Final = frozenset({*_NEEDED, "transport", "excuse", "agitation", *OPTIONAL})
_TOP: Final = frozenset({"id", "version", "status", "component", "name"})
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_ID_MAX: Final = 64


@lru_cache(maxsize=FILES_KEPT)
def load_profile(toml: bytes) -> Profile:
    """Read a profile file. Raises InvalidValueError that names the key which is missing, unknown or wrong."""
    if len(toml) > BYTES_MAX:
        msg = f"the profile has {len(toml)} bytes: at most {BYTES_MAX} are allowed"
        raise InvalidValueError(msg)
    try:
        data = tomllib.loads(toml.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = f"the profile is not readable TOML: {error}"
        raise InvalidValueError(msg) from error
    return _profile(data)


def profile_record(toml: bytes) -> ProfileRecord:
    """Return what the ledger keeps of a profile: the file itself and its hash."""
    profile = load_profile(toml)
    return ProfileRecord(
        id=profile.id,
        version=profile.version,
        status=profile.status,
        sha256=hashlib.sha256(toml).hexdigest(),
        toml=toml.decode(),
    )


def _profile(data: dict[str, Any]) -> Profile:
    top = Table("the file", {name: value for name, value in data.items() if name not in _SECTIONS})
    top.done(allowed=_TOP)
    lists = {name: _tables(name, data[name]) for name in data if name in _SECTIONS}
    tables = {name: found[0] for name, found in lists.items() if found}
    for name in _NEEDED:
        if name not in tables:
            msg = f"the profile lacks the key {name!r}: the section [{name}]"
            raise InvalidValueError(msg)
    head = _head(top)
    profile = Profile(**head, **_core(tables), **_chosen(tables), **_cited(lists), **_more(lists, tables["storage"]))
    for table in (one for found in lists.values() for one in found):
        table.done()
    _require(profile)
    if profile.transport is not None:
        _require(profile.at(PlaceKind.BOX))
    return profile


def _tables(name: str, value: object) -> list[Table]:
    if name not in LISTS:
        return [Table(f"[{name}]", value)]
    if not isinstance(value, list) or not 0 < len(value) <= LIST_MAX:
        msg = f"the profile's [[{name}]] is of the wrong type: 1 to {LIST_MAX} tables of this name are allowed"
        raise InvalidValueError(msg)
    return [Table(f"[[{name}]] number {number}", one) for number, one in enumerate(value, start=1)]


def _head(top: Table) -> dict[str, Any]:
    name = Table("[name]", top.value("name"))
    found: dict[str, Any] = {
        "id": top.text("id"),
        "version": top.whole("version", least=1),
        "status": top.one_of("status", STATUSES),
        "component": top.text("component") if "component" in top else "",
        "name": Text(zh=name.text("zh"), en=name.text("en")),
    }
    name.done()
    if not _ID.fullmatch(found["id"]) or len(found["id"]) > _ID_MAX:
        raise top.refuse("id", f"small letters and digits with single hyphens are allowed, at most {_ID_MAX}")
    if found["version"] > VERSION_MAX:
        raise top.refuse("version", f"1 to {VERSION_MAX} are allowed")
    return found


def _core(tables: dict[str, Table]) -> dict[str, Any]:
    """Return what every profile says."""
    hard, delay = tables["hard_limit"], tables["delay"]
    hard_low, hard_low_counts = _hard(hard, "at_or_below_celsius", "below_celsius")
    hard_high, hard_high_counts = _hard(hard, "at_or_above_celsius", "above_celsius")
    return {
        **_bounds(tables["storage"]),
        "hard_low_micro_celsius": hard_low,
        "hard_high_micro_celsius": hard_high,
        "hard_low_counts": hard_low_counts,
        "hard_high_counts": hard_high_counts,
        "hard_air_ms": hard.time_if("air_s") or 0,
        "load_delay_ms": delay.time("load_s"),
        "air_delay_ms": delay.time("air_s"),
        "dead_band_micro_celsius": tables["dead_band"].span("celsius"),
        "hold_ms": tables["hold"].time("hold_s"),
        "gap_tolerance_ms": tables["gap"].time("tolerance_s"),
        "sensor_fault_ms": tables["sensor_fault"].time("after_s"),
    }


def _chosen(tables: dict[str, Table]) -> dict[str, Any]:
    """Return what a profile may say of transport, excuses and agitation."""
    fields: dict[str, Any] = {
        "transport": _transport(tables["transport"]) if "transport" in tables else None,
        "excuse": _excuse(tables["excuse"]) if "excuse" in tables else NOTHING,
    }
    return fields | (_agitation(tables["agitation"]) if "agitation" in tables else {})


def _cited(lists: dict[str, list[Table]]) -> dict[str, Any]:
    cited = [(name, *table.cited()) for name, found in lists.items() for table in found]
    return {"citations": tuple(Citation(section=name, source=source, evidence=mark) for name, source, mark in cited)}


def _more(lists: dict[str, list[Table]], storage: Table) -> dict[str, Any]:
    fields = optional_fields({name: found for name, found in lists.items() if name in OPTIONAL})
    require_fitting(fields, storage.celsius_if("low_celsius"), storage.celsius("high_celsius"))
    return fields


def _bounds(section: Table) -> dict[str, Any]:
    """Return low, high and whether each is inside itself. The lower limit may be left out, with its word."""
    bounded = "low_celsius" in section
    if bounded != ("low_inclusive" in section):
        raise section.refuse("low_celsius", "it goes together with low_inclusive, or neither is there: no lower limit")
    return {
        "low_micro_celsius": section.celsius("low_celsius") if bounded else None,
        "high_micro_celsius": section.celsius("high_celsius"),
        "low_inclusive": section.flag("low_inclusive") if bounded else True,
        "high_inclusive": section.flag("high_inclusive"),
    }


def _hard(section: Table, itself: str, beyond: str) -> tuple[int | None, bool]:
    """Return a hard limit and whether its own number counts: two keys, of which at most one is given."""
    if itself in section and beyond in section:
        raise section.refuse(beyond, f"it stands beside {itself}; one of them is allowed")
    if itself in section:
        return section.celsius(itself), True
    return section.celsius_if(beyond), False


def _transport(section: Table) -> Transport:
    return Transport(**_bounds(section), delay_ms=section.time("delay_s"), max_ms=section.time_if("max_hours"))


def _excuse(section: Table) -> Excuse:
    return Excuse(
        door_recovery_ms=section.time("door_recovery_s"),
        defrost_recovery_ms=section.time("defrost_recovery_s"),
        most_ms=section.time("at_most_s"),
    )


def _agitation(section: Table) -> dict[str, Any]:
    required = section.flag("required")
    forbidden = section.flag("forbidden") if "forbidden" in section else False
    if required and forbidden:
        raise section.refuse("forbidden", "agitation cannot be required and forbidden at once")
    stopped_ms = section.time("stopped_s") if required or "stopped_s" in section else None
    return {
        "agitation_stopped_ms": stopped_ms if required else None,
        "agitation_forbidden": forbidden,
        "agitation_single_ms": section.time_if("single_min"),
        "agitation_total_ms": section.time_if("total_min"),
    }


def _require(profile: Profile) -> None:
    low, high = profile.low_micro_celsius, profile.high_micro_celsius
    hard_low, hard_high = profile.hard_low_micro_celsius, profile.hard_high_micro_celsius
    rising = [value for value in (hard_low, low, high, hard_high) if value is not None]
    if rising != sorted(set(rising)) or (low is None and hard_low is not None):
        msg = f"profile {profile.id}: hard limits must lie outside the limits, low below high, in [storage] etc."
        raise InvalidValueError(msg)
    if low is not None and 2 * profile.dead_band_micro_celsius >= high - low:
        msg = f"profile {profile.id}: the dead band leaves no room inside the limits"
        raise InvalidValueError(msg)
    if profile.hold_ms <= 0 or profile.gap_tolerance_ms <= profile.hold_ms:
        msg = f"profile {profile.id}: hold.hold_s must be above 0 and below gap.tolerance_s"
        raise InvalidValueError(msg)
