"""Profiles: limits as versioned data files with their sources, handed in as bytes."""

import hashlib
import tomllib
from dataclasses import dataclass
from typing import Any

from coldchain.errors import InvalidValueError
from coldchain.places import ProbeRole, ProfileRecord, Text
from coldchain.temperature import micro_celsius


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a section's numbers came from, and how well that is known (V, V2, K, PROP)."""

    section: str
    source: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a place must keep to. Temperatures in micro-degrees Celsius, times in milliseconds.

    `status` is "to-be-confirmed" until a quality manager has approved it: everything shown under it says so.
    """

    id: str
    version: int
    status: str
    name: Text
    low_micro_celsius: int
    high_micro_celsius: int
    low_inclusive: bool
    high_inclusive: bool
    hard_low_micro_celsius: int
    hard_high_micro_celsius: int
    load_delay_ms: int
    air_delay_ms: int
    dead_band_micro_celsius: int
    hold_ms: int
    gap_tolerance_ms: int
    sensor_fault_ms: int
    citations: tuple[Citation, ...]

    def delay_ms(self, role: ProbeRole) -> int:
        """Return how long a probe of this role must be outside before it is a finding."""
        match role:
            case ProbeRole.LOAD:
                return self.load_delay_ms
            case ProbeRole.AIR:
                return self.air_delay_ms

    def too_warm(self, value: int) -> bool:
        """Tell whether a temperature is beyond the upper limit, as inclusive or strict as the profile says."""
        return value > self.high_micro_celsius or (value == self.high_micro_celsius and not self.high_inclusive)

    def too_cold(self, value: int) -> bool:
        """Tell whether a temperature is beyond the lower limit."""
        return value < self.low_micro_celsius or (value == self.low_micro_celsius and not self.low_inclusive)

    def beyond_hard(self, value: int) -> bool:
        """Tell whether a temperature reaches a hard limit, for which there is no delay."""
        return value <= self.hard_low_micro_celsius or value >= self.hard_high_micro_celsius


def load_profile(toml: bytes) -> Profile:
    """Read a profile file. Raises InvalidValueError that names the key which is missing or wrong."""
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
    storage, hard, delay, gap = data["storage"], data["hard_limit"], data["delay"], data["gap"]
    profile = Profile(
        id=data["id"],
        version=data["version"],
        status=data["status"],
        name=Text(zh=data["name"]["zh"], en=data["name"]["en"]),
        low_micro_celsius=micro_celsius(storage["low_celsius"]),
        high_micro_celsius=micro_celsius(storage["high_celsius"]),
        low_inclusive=storage["low_inclusive"],
        high_inclusive=storage["high_inclusive"],
        hard_low_micro_celsius=micro_celsius(hard["at_or_below_celsius"]),
        hard_high_micro_celsius=micro_celsius(hard["at_or_above_celsius"]),
        load_delay_ms=_seconds(delay, "load_s"),
        air_delay_ms=_seconds(delay, "air_s"),
        dead_band_micro_celsius=micro_celsius(data["dead_band"]["celsius"]),
        hold_ms=_seconds(data["hold"], "hold_s"),
        gap_tolerance_ms=_seconds(gap, "tolerance_s"),
        sensor_fault_ms=_seconds(data["sensor_fault"], "after_s"),
        citations=tuple(
            Citation(section=name, source=section["source"], evidence=section["evidence"])
            for name, section in data.items()
            if isinstance(section, dict) and name != "name"
        ),
    )
    _require(profile)
    return profile


def _seconds(section: dict[str, Any], key: str) -> int:
    value = section[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        msg = f"the profile's {key} is {value!r}: whole seconds, 0 or more, are allowed"
        raise InvalidValueError(msg)
    return value * 1_000


def _require(profile: Profile) -> None:
    inside = (
        profile.hard_low_micro_celsius
        < profile.low_micro_celsius
        < profile.high_micro_celsius
        < profile.hard_high_micro_celsius
    )
    if not inside:
        msg = f"profile {profile.id}: hard limits must lie outside the storage limits, low below high"
        raise InvalidValueError(msg)
    if 2 * profile.dead_band_micro_celsius >= profile.high_micro_celsius - profile.low_micro_celsius:
        msg = f"profile {profile.id}: the dead band leaves no room inside the limits"
        raise InvalidValueError(msg)
    if profile.hold_ms <= 0 or profile.gap_tolerance_ms <= profile.hold_ms:
        msg = f"profile {profile.id}: hold.hold_s must be above 0 and below gap.tolerance_s"
        raise InvalidValueError(msg)
