"""Profiles: limits as versioned data files with their sources, handed in as bytes.

A key that nobody knows is refused: a limit that is misspelt would otherwise be a limit that does not hold.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from coldchain.errors import InvalidValueError
from coldchain.places import PlaceKind, ProfileRecord, Text
from coldchain.temperature import micro_celsius
from rules.limits import CONFIRMED, NOTHING, Citation, Excuse, Profile, Transport

__all__ = ["Citation", "Excuse", "Profile", "Transport", "load_profile", "profile_record"]

STATUSES: Final = ("to-be-confirmed", CONFIRMED)
HOUR_S: Final = 3_600

_BOUNDS: Final = frozenset({"low_celsius", "high_celsius", "low_inclusive", "high_inclusive"})
_HARD: Final = frozenset({"at_or_below_celsius", "below_celsius", "at_or_above_celsius", "above_celsius", "air_s"})
_SECTIONS: Final[Mapping[str, frozenset[str]]] = {
    "storage": _BOUNDS,
    "transport": _BOUNDS | {"delay_s", "max_hours"},
    "hard_limit": _HARD,
    "delay": frozenset({"load_s", "air_s"}),
    "excuse": frozenset({"door_recovery_s", "defrost_recovery_s", "at_most_s"}),
    "agitation": frozenset({"required", "stopped_s"}),
    "dead_band": frozenset({"celsius"}),
    "hold": frozenset({"hold_s"}),
    "gap": frozenset({"tolerance_s"}),
    "sensor_fault": frozenset({"after_s"}),
}
_TOP: Final = frozenset({"id", "version", "status", "component", "name"})
_CITED: Final = frozenset({"source", "evidence"})


def load_profile(toml: bytes) -> Profile:
    """Read a profile file. Raises InvalidValueError that names the key which is missing, unknown or wrong."""
    try:
        data = tomllib.loads(toml.decode())
        return _profile(data)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"the profile is not readable TOML: {error}"
        raise InvalidValueError(msg) from error
    except KeyError as error:
        msg = f"the profile lacks the key {error}"
        raise InvalidValueError(msg) from error
    except (TypeError, AttributeError) as error:
        msg = f"the profile has a value of the wrong type: {error}"
        raise InvalidValueError(msg) from error


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
    _require_known_keys(data)
    hard, delay = data["hard_limit"], data["delay"]
    low, high, low_inclusive, high_inclusive = _bounds("storage", data["storage"])
    hard_low, hard_low_counts = _hard(hard, "at_or_below_celsius", "below_celsius")
    hard_high, hard_high_counts = _hard(hard, "at_or_above_celsius", "above_celsius")
    profile = Profile(
        id=data["id"],
        version=data["version"],
        status=_status(data["status"]),
        name=Text(zh=data["name"]["zh"], en=data["name"]["en"]),
        low_micro_celsius=low,
        high_micro_celsius=high,
        low_inclusive=low_inclusive,
        high_inclusive=high_inclusive,
        hard_low_micro_celsius=hard_low,
        hard_high_micro_celsius=hard_high,
        hard_low_counts=hard_low_counts,
        hard_high_counts=hard_high_counts,
        hard_air_ms=_seconds(hard, "air_s") if "air_s" in hard else 0,
        load_delay_ms=_seconds(delay, "load_s"),
        air_delay_ms=_seconds(delay, "air_s"),
        dead_band_micro_celsius=micro_celsius(data["dead_band"]["celsius"]),
        hold_ms=_seconds(data["hold"], "hold_s"),
        gap_tolerance_ms=_seconds(data["gap"], "tolerance_s"),
        sensor_fault_ms=_seconds(data["sensor_fault"], "after_s"),
        citations=tuple(_citation(name, section) for name, section in data.items() if name in _SECTIONS),
        transport=_transport(data["transport"]) if "transport" in data else None,
        excuse=_excuse(data["excuse"]) if "excuse" in data else NOTHING,
        agitation_stopped_ms=_agitation(data["agitation"]) if "agitation" in data else None,
    )
    _require(profile)
    if profile.transport is not None:
        _require(profile.at(PlaceKind.BOX))
    return profile


def _require_known_keys(data: dict[str, Any]) -> None:
    for name, section in data.items():
        unknown = set(section) - _SECTIONS[name] - _CITED if name in _SECTIONS else {name} - _TOP
        if unknown:
            msg = (
                f"the profile has the unknown key {sorted(unknown)[0]!r}{f' in [{name}]' if name in _SECTIONS else ''}"
            )
            raise InvalidValueError(msg)


def _status(status: str) -> str:
    if status not in STATUSES:
        msg = f"the profile's status is {status!r}; allowed: {', '.join(STATUSES)}"
        raise InvalidValueError(msg)
    return status


def _citation(name: str, section: dict[str, Any]) -> Citation:
    return Citation(section=name, source=section["source"], evidence=section["evidence"])


def _bounds(name: str, section: dict[str, Any]) -> tuple[int | None, int, bool, bool]:
    """Return low, high and whether each is inside itself. The lower limit may be left out, with its word."""
    if ("low_celsius" in section) != ("low_inclusive" in section):
        msg = f"the profile's [{name}] needs low_celsius and low_inclusive together, or neither: no lower limit"
        raise InvalidValueError(msg)
    bounded = "low_celsius" in section
    return (
        micro_celsius(section["low_celsius"]) if bounded else None,
        micro_celsius(section["high_celsius"]),
        _flag(section, "low_inclusive") if bounded else True,
        _flag(section, "high_inclusive"),
    )


def _hard(section: dict[str, Any], itself: str, beyond: str) -> tuple[int | None, bool]:
    """Return a hard limit and whether its own number counts: two keys, of which at most one is given."""
    if itself in section and beyond in section:
        msg = f"the profile's [hard_limit] has {itself} and {beyond}: one of them is allowed"
        raise InvalidValueError(msg)
    if itself in section:
        return micro_celsius(section[itself]), True
    return (micro_celsius(section[beyond]), False) if beyond in section else (None, False)


def _transport(section: dict[str, Any]) -> Transport:
    low, high, low_inclusive, high_inclusive = _bounds("transport", section)
    return Transport(
        low_micro_celsius=low,
        high_micro_celsius=high,
        low_inclusive=low_inclusive,
        high_inclusive=high_inclusive,
        delay_ms=_seconds(section, "delay_s"),
        max_ms=_whole(section, "max_hours", "hours") * HOUR_S * 1_000 if "max_hours" in section else None,
    )


def _excuse(section: dict[str, Any]) -> Excuse:
    return Excuse(
        door_recovery_ms=_seconds(section, "door_recovery_s"),
        defrost_recovery_ms=_seconds(section, "defrost_recovery_s"),
        most_ms=_seconds(section, "at_most_s"),
    )


def _agitation(section: dict[str, Any]) -> int | None:
    return _seconds(section, "stopped_s") if _flag(section, "required") else None


def _flag(section: dict[str, Any], key: str) -> bool:
    value = section[key]
    if not isinstance(value, bool):
        msg = f"the profile's {key} is {value!r}: true or false are allowed"
        raise InvalidValueError(msg)
    return value


def _seconds(section: dict[str, Any], key: str) -> int:
    return _whole(section, key, "seconds") * 1_000


def _whole(section: dict[str, Any], key: str, unit: str) -> int:
    value = section[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        msg = f"the profile's {key} is {value!r}: whole {unit}, 0 or more, are allowed"
        raise InvalidValueError(msg)
    return value


def _require(profile: Profile) -> None:
    low, high = profile.low_micro_celsius, profile.high_micro_celsius
    hard_low, hard_high = profile.hard_low_micro_celsius, profile.hard_high_micro_celsius
    rising = [value for value in (hard_low, low, high, hard_high) if value is not None]
    if rising != sorted(set(rising)) or (low is None and hard_low is not None):
        msg = f"profile {profile.id}: hard limits must lie outside the limits, low below high"
        raise InvalidValueError(msg)
    if low is not None and 2 * profile.dead_band_micro_celsius >= high - low:
        msg = f"profile {profile.id}: the dead band leaves no room inside the limits"
        raise InvalidValueError(msg)
    if profile.hold_ms <= 0 or profile.gap_tolerance_ms <= profile.hold_ms:
        msg = f"profile {profile.id}: hold.hold_s must be above 0 and below gap.tolerance_s"
        raise InvalidValueError(msg)
