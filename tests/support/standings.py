"""Short ways to say how a place stands."""

from typing import Any

import msgspec

from coldchain.facts import Quality
from coldchain.places import ProbeRole, Text
from coldchain.standing import PlaceStanding, PlaceState, ProbeStanding
from stores.points import PlaceShown


def probe_standing(probe: str = "fridge-1-load", role: ProbeRole = ProbeRole.LOAD, **changed: Any) -> ProbeStanding:
    """A load probe that measured 4.0625 °C a second ago, of 1_000_000 ms."""
    made = ProbeStanding(
        probe=probe,
        role=role,
        state=PlaceState.WITHIN,
        since_ms=500_000,
        due_ms=None,
        taken_ms=999_000,
        micro_celsius=4_062_500,
        quality=Quality.GOOD,
    )
    return msgspec.structs.replace(made, **changed)


def standing(place: str = "fridge-1", **changed: Any) -> PlaceStanding:
    """A fridge of red cells within its limits at 1_000_000 ms."""
    made = PlaceStanding(
        place=place,
        site="storage-1",
        kind="fridge",
        name=Text(zh="储血冰箱 1", en="Blood fridge 1"),
        as_of_ms=1_000_000,
        state=PlaceState.WITHIN,
        probe=f"{place}-load",
        since_ms=500_000,
        due_ms=1_300_000,
        probes=(probe_standing(f"{place}-load"),),
        notices=(),
        findings_open=(),
        inside=30,
        possible=1,
        held=2,
        profile="cn-rbc",
        profile_version=2,
        confirmed=False,
        low_micro_celsius=2_000_000,
        high_micro_celsius=6_000_000,
    )
    return msgspec.structs.replace(made, **changed)


def shown(place: str = "fridge-1", **changed: Any) -> PlaceShown:
    """The same with its words."""
    made = PlaceShown(
        standing=standing(place),
        text_zh="在限值内",
        text_en="within limits",
        value_text="4.0625 °C 负载 load",
        value_probe=f"{place}-load",
    )
    return msgspec.structs.replace(made, **changed)
