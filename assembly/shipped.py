"""The profiles that come with the program, and whether a settings file names one of them that fits its place."""

from pathlib import Path
from typing import Final

import rules
from assembly.gateway_settings import GatewaySettings
from assembly.problems import Allowed, Problem, SettingsError, refused
from assembly.server_settings import ServerSettings
from assembly.server_tables import PlaceTable
from coldchain.places import ON_THE_ROAD, PlaceKind, ProfileRecord, Text
from rules.profile import Profile, load_profile, profile_record

# Between which upper storage limits (micro-degrees Celsius) a profile is one for such a place. Profiles name no kind;
# these bounds only tell apart what is kept frozen, cool and at room temperature, and never refuse anything.
UPPER_LIMITS: Final = {
    PlaceKind.FREEZER: (-273_150_000, 0),
    PlaceKind.FRIDGE: (0, 15_000_000),
    PlaceKind.AGITATOR: (15_000_000, 100_000_000),
}


def shipped_profiles() -> list[ProfileRecord]:
    """Return the profiles that come with the program."""
    folder = Path(rules.__file__).parent / "profiles"
    return [profile_record(path.read_bytes()) for path in sorted(folder.glob("*.toml"))]


def require_shipped(file: Path, settings: GatewaySettings | ServerSettings) -> None:
    """Raise SettingsError if a place names a profile that does not come with the program or cannot hold there.

    In a box the transport limits of the profile hold, so there have to be some.
    """
    if isinstance(settings, GatewaySettings):
        return
    profiles = [load_profile(record.toml.encode()) for record in shipped_profiles()]
    known = sorted((profile.id, profile.version) for profile in profiles)
    movable = sorted((profile.id, profile.version) for profile in profiles if profile.transport is not None)
    problems = [_unknown(i, place, known) for i, place in enumerate(settings.place) if _key(place) not in known]
    problems += [
        _not_in_a_box(i, place, movable)
        for i, place in enumerate(settings.place)
        if place.kind in ON_THE_ROAD and _key(place) in set(known) - set(movable)
    ]
    if problems:
        raise SettingsError(str(file), tuple(problems))


def misfits(settings: ServerSettings) -> dict[str, Text]:
    """Return for each place whose profile is hardly meant for its kind what a person should look at, by place."""
    profiles = [load_profile(record.toml.encode()) for record in shipped_profiles()]
    known = {(profile.id, profile.version): profile for profile in profiles}
    found = {}
    for place in settings.place:
        profile = known.get(_key(place))
        if profile is not None and not _fits(place.kind, profile):
            found[place.id] = _misfit(place, profile)
    return found


def _fits(kind: PlaceKind, profile: Profile) -> bool:
    if kind not in UPPER_LIMITS:
        return True
    least, most = UPPER_LIMITS[kind]
    return least <= profile.high_micro_celsius <= most


def _misfit(place: PlaceTable, profile: Profile) -> Text:
    high = f"{profile.high_micro_celsius / 1_000_000:g}"
    return Text(
        en=f'place {place.id} is of kind "{place.kind}" and has profile {profile.id} v{profile.version}, whose upper '
        f"limit is {high} °C: correct kind or profile before the place is used; the kind cannot change later",
        zh=f'场所 {place.id} 的类型为 "{place.kind}"，限值方案 {profile.id} 第 {profile.version} 版的上限却是 '
        f"{high} °C：请在启用前更正类型或方案；启用后类型不可更改",
    )


def _key(place: PlaceTable) -> tuple[str, int]:
    return place.profile, place.profile_version


def _unknown(number: int, place: PlaceTable, known: list[tuple[str, int]]) -> Problem:
    listed = _listed(known)
    allowed = Allowed(f"a profile that comes with this program: {listed.en}", f"本程序随附的限值方案：{listed.zh}")
    if place.profile in {profile for profile, _ in known}:
        return refused(("place", number, "profile_version"), place.profile_version, allowed)
    return refused(("place", number, "profile"), place.profile, allowed)


def _not_in_a_box(number: int, place: PlaceTable, movable: list[tuple[str, int]]) -> Problem:
    listed = _listed(movable)
    allowed = Allowed(
        f"for a box, a profile with transport limits: {listed.en}", f"运血箱须使用含运输限值的方案：{listed.zh}"
    )
    if place.profile in {profile for profile, _ in movable}:
        return refused(("place", number, "profile_version"), place.profile_version, allowed)
    return refused(("place", number, "profile"), place.profile, allowed)


def _listed(keys: list[tuple[str, int]]) -> Text:
    return Text(
        en=", ".join(f"{profile} version {version}" for profile, version in keys),
        zh="、".join(f"{profile} 第 {version} 版" for profile, version in keys),
    )
