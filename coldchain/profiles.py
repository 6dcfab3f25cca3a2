"""Profiles as people approve them, and which version a place has to keep since when.

A profile file is proposed by one person and approved by another. What a place keeps changes from an instant on that is
never before the record of it: what was judged before stays judged under the version that held then.
"""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from coldchain.places import Place


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A person proposes a profile version for use; `sha256` is of the file that is proposed."""

    profile: str
    version: int
    sha256: str
    at_ms: int
    name: str
    post: str
    reason: str


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Another person approves a proposed version, or refuses it (`approved` False); the last word of a version counts.

    It says that the version may be used here. Whether its numbers are confirmed against the rule in force is said by
    the file's own status.
    """

    profile: str
    version: int
    sha256: str
    approved: bool
    at_ms: int
    name: str
    post: str
    reason: str


class PlaceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """From from_ms on a place has to keep this version. It was said at at_ms by one person and a second one.

    The last word counts from its instant on, also over one that was to hold later.
    """

    place: str
    profile: str
    version: int
    from_ms: int
    at_ms: int
    name: str
    post: str
    second_name: str
    second_post: str
    reason: str


class ProposeProfile(msgspec.Struct, frozen=True, kw_only=True, tag="propose-profile"):
    """A person proposes a profile: a new file (`toml`), or with "" a version that is known here."""

    profile: str
    version: int
    name: str
    post: str
    reason: str
    actor: str
    toml: str = ""


class ApproveProfile(msgspec.Struct, frozen=True, kw_only=True, tag="approve-profile"):
    """A second person approves or refuses a proposed version. `sha256`: of the file that was looked at."""

    profile: str
    version: int
    sha256: str
    approved: bool
    name: str
    post: str
    reason: str
    actor: str


class KeepProfile(msgspec.Struct, frozen=True, kw_only=True, tag="keep-profile"):
    """Two persons change which profile a place has to keep, from from_ms on (None: from now on)."""

    place: str
    profile: str
    version: int
    name: str
    post: str
    second_name: str
    second_post: str
    reason: str
    actor: str
    from_ms: int | None = None


OfProfiles: TypeAlias = ProposeProfile | ApproveProfile | KeepProfile


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a profile, and from when on a place has to keep it."""

    from_ms: int
    profile: str
    version: int


def kept_in(place: Place, changes: Sequence[PlaceProfile]) -> tuple[Kept, ...]:
    """Return what a place has to keep since when, the first from 0 on; `changes` of this place, in any order."""
    kept = [Kept(from_ms=0, profile=place.profile, version=place.profile_version)]
    for change in sorted(changes, key=lambda one: one.at_ms):
        kept = [one for one in kept if one.from_ms < change.from_ms]
        if not kept or (kept[-1].profile, kept[-1].version) != (change.profile, change.version):
            kept.append(Kept(from_ms=change.from_ms, profile=change.profile, version=change.version))
    return tuple(kept)


def kept_at(kept: Sequence[Kept], at_ms: int) -> Kept:
    """Return which of them holds at an instant."""
    return next(one for one in reversed(kept) if one.from_ms <= at_ms or one is kept[0])


def as_kept(place: Place, changes: Sequence[PlaceProfile], at_ms: int) -> Place:
    """Return a place with the profile that it has to keep at an instant; `changes` of this place, in any order."""
    kept = kept_at(kept_in(place, changes), at_ms)
    return msgspec.structs.replace(place, profile=kept.profile, profile_version=kept.version)


def approved(words: Sequence[Approval], sha256: str) -> bool:
    """Tell whether a version is approved: by the last word on it, for the very file. `words` in the order of at_ms."""
    return bool(words) and words[-1].approved and words[-1].sha256 == sha256
