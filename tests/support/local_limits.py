"""Limits of one fridge and its gateway, as the centre would send them; and switches that can be made to fail."""

from pathlib import Path

import rules
from coldchain.places import ContactKind, PlaceKind, ProbeRole, Text
from coldchain.wire_limits import (
    Limits,
    LimitsContact,
    LimitsPlace,
    LimitsProbe,
    LimitsProfile,
    LimitsReader,
    encode_limits,
)

RED_CELLS = (Path(rules.__file__).parent / "profiles" / "cn-rbc-2.toml").read_text()
FRIDGE = LimitsPlace(
    id="fridge-1",
    name=Text(zh="1 号储血冰箱", en="Fridge 1"),
    kind=PlaceKind.FRIDGE,
    profile="cn-rbc",
    profile_version=2,
    inside=2,
    possible=1,
    units=("unit-1", "unit-2"),
    possible_units=("unit-3",),
)


def limits(version: int = 1, **changes: object) -> Limits:
    """Return limits of gateway gw-1 with one fridge, two probes, a door, the site's mains and a reader."""
    whole: dict[str, object] = {
        "v": 1,
        "gateway": "gw-1",
        "version": version,
        "made_ms": 1_800_000_000_000,
        "profiles": (LimitsProfile(id="cn-rbc", version=2, toml=RED_CELLS),),
        "places": (FRIDGE,),
        "probes": (
            LimitsProbe(id="fridge-1-load", place="fridge-1", role=ProbeRole.LOAD),
            LimitsProbe(id="fridge-1-air", place="fridge-1", role=ProbeRole.AIR),
        ),
        "contacts": (
            LimitsContact(id="fridge-1-door", place="fridge-1", kind=ContactKind.DOOR),
            LimitsContact(id="fridge-1-mains", place="", kind=ContactKind.MAINS),
        ),
        "readers": (LimitsReader(id="fridge-1-reader", place="fridge-1"),),
    }
    return Limits(**{**whole, **changes})  # type: ignore[arg-type]


def payload(version: int = 1, **changes: object) -> bytes:
    """Return the same as bytes."""
    return encode_limits(limits(version, **changes))


class FakeSwitch:
    """Keeps the promise of gateway.siren.Switch; `fails` makes it fail, `hangs` never finish."""

    def __init__(self) -> None:
        self.name = "fake"
        self.on = False
        self.told: list[bool] = []
        self.fails = False
        self.hangs = False
        self.abandoned = 0

    def begin(self, *, on: bool) -> None:
        self.told.append(on)
        if self.fails:
            raise OSError("no such relay")
        if not self.hangs:
            self.on = on

    def finished(self) -> bool:
        return not self.hangs

    def abandon(self) -> None:
        self.abandoned += 1
