"""The profiles that come with the program, and whether a settings file names one of them."""

from pathlib import Path

import rules
from assembly.gateway_settings import GatewaySettings
from assembly.problems import Allowed, Problem, SettingsError, refused
from assembly.server_settings import PlaceTable, ServerSettings
from coldchain.places import ProfileRecord
from rules.profile import profile_record


def shipped_profiles() -> list[ProfileRecord]:
    """Return the profiles that come with the program."""
    folder = Path(rules.__file__).parent / "profiles"
    return [profile_record(path.read_bytes()) for path in sorted(folder.glob("*.toml"))]


def require_shipped(file: Path, settings: GatewaySettings | ServerSettings) -> None:
    """Raise SettingsError if a place names a profile or a version that does not come with the program."""
    if isinstance(settings, GatewaySettings):
        return
    known = sorted((profile.id, profile.version) for profile in shipped_profiles())
    problems = [_unknown(i, place, known) for i, place in enumerate(settings.place) if _key(place) not in known]
    if problems:
        raise SettingsError(str(file), tuple(problems))


def _key(place: PlaceTable) -> tuple[str, int]:
    return place.profile, place.profile_version


def _unknown(number: int, place: PlaceTable, known: list[tuple[str, int]]) -> Problem:
    en = ", ".join(f"{profile} version {version}" for profile, version in known)
    zh = "、".join(f"{profile} 第 {version} 版" for profile, version in known)
    allowed = Allowed(f"a profile that comes with this program: {en}", f"本程序随附的限值方案：{zh}")
    if place.profile in {profile for profile, _ in known}:
        return refused(("place", number, "profile_version"), place.profile_version, allowed)
    return refused(("place", number, "profile"), place.profile, allowed)
