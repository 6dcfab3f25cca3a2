"""Profiles that people propose and approve, and what a place has to keep from an instant on."""

from collections.abc import Iterable
from typing import Final

from coldchain.entries import Draft, EntryKind
from coldchain.errors import (
    ConflictError,
    InvalidValueError,
    SignedAloneError,
    SignedBySameError,
    UnknownThingError,
)
from coldchain.persons import same_person
from coldchain.places import Place, ProfileRecord
from coldchain.ports import Session
from coldchain.profiles import (
    Approval,
    ApproveProfile,
    KeepProfile,
    Kept,
    OfProfiles,
    PlaceProfile,
    Proposal,
    ProposeProfile,
    approved,
    kept_at,
    kept_in,
)
from ingest.drafted import Drafted, known_place, require_signed
from rules.profile import load_profile, profile_record

AHEAD_MS_MAX: Final = 366 * 86_400_000  # how far ahead a change may be entered
PROFILES_MAX: Final = 1_000  # versions in the ledger
CHANGES_MAX: Final = 1_000  # of what one place has to keep


def profile_drafts(session: Session, fact: OfProfiles, now_ms: int) -> Drafted:
    """Return the entries of a proposal, an approval, or a change of what a place has to keep.

    Raises ConflictError, UnknownThingError or InvalidValueError, with nothing changed.
    """
    require_signed(fact.name, fact.post)
    if not fact.reason.strip():
        msg = "say why: what limits hold is not changed without a reason"
        raise InvalidValueError(msg)
    match fact:
        case ProposeProfile():
            return _proposed(session, fact, now_ms)
        case ApproveProfile():
            return _approved(session, fact, now_ms)
        case KeepProfile():
            return _kept(session, fact, now_ms)


def refolded(session: Session, drafts: Iterable[Draft]) -> dict[str, tuple[int, int]]:
    """Return the probes that were folded beyond an instant from which another profile holds now, with that span."""
    found = {}
    for change in [draft.payload for draft in drafts if isinstance(draft.payload, PlaceProfile)]:
        for probe in session.records.probes():
            head = session.books.head(probe.id) if probe.place == change.place else None
            if head is not None and head.last_taken_ms >= change.from_ms:
                found[probe.id] = (change.from_ms, head.last_taken_ms)
    return found


def _proposed(session: Session, fact: ProposeProfile, now_ms: int) -> Drafted:
    record, drafts = _record_of(session, fact)
    made = Proposal(
        profile=record.id,
        version=record.version,
        sha256=record.sha256,
        at_ms=_later(now_ms, [one.at_ms for one in _proposals(session, record)]),
        name=fact.name.strip(),
        post=fact.post.strip(),
        reason=fact.reason.strip(),
    )
    last = _proposals(session, record)[-1:]
    if last and _said(last[0]) == _said(made) and not _approvals(session, record, last[0].at_ms):
        return Drafted()
    draft = Draft(kind=EntryKind.PROFILE_PROPOSAL, actor=fact.actor, site="", payload=made)
    return Drafted(drafts=[*drafts, draft])


def _record_of(session: Session, fact: ProposeProfile) -> tuple[ProfileRecord, list[Draft]]:
    """Return the version that is proposed, and the entry that loads it if it is new here."""
    known = session.records.profile(fact.profile, fact.version)
    if not fact.toml:
        if known is None:
            msg = f"profile {fact.profile} version {fact.version} is not known here: propose it with its file"
            raise UnknownThingError(msg)
        return known, []
    record = profile_record(fact.toml.encode())
    if (record.id, record.version) != (fact.profile, fact.version):
        msg = f"the file is of profile {record.id} version {record.version}, and {fact.profile} {fact.version} was said"
        raise InvalidValueError(msg)
    if known is None:
        if len(session.records.profiles()) >= PROFILES_MAX:
            msg = f"{PROFILES_MAX} profile versions are known here: no more are taken"
            raise ConflictError(msg)
        return record, [Draft(kind=EntryKind.PROFILE, actor=fact.actor, site="", payload=record)]
    if known.sha256 != record.sha256:
        msg = (
            f"profile {record.id} version {record.version} differs from the one in the ledger: a version is never "
            "changed, give the changed file a new version number"
        )
        raise ConflictError(msg)
    return known, []


def _approved(session: Session, fact: ApproveProfile, now_ms: int) -> Drafted:
    known = _known(session, fact.profile, fact.version)
    proposals = _proposals(session, known)
    if not proposals:
        msg = f"nobody has proposed profile {known.id} version {known.version}: one person proposes, another approves"
        raise ConflictError(msg)
    if fact.sha256 != known.sha256:
        msg = (
            f"profile {known.id} version {known.version} is another file than was looked at; look at it and decide anew"
        )
        raise ConflictError(msg)
    if same_person(fact.name, fact.post, proposals[-1].name, proposals[-1].post):
        msg = f"{proposals[-1].name} has proposed it: another person approves or refuses it"
        raise SignedBySameError(msg)
    words = _approvals(session, known, 0)
    made = Approval(
        profile=known.id,
        version=known.version,
        sha256=known.sha256,
        approved=fact.approved,
        at_ms=_later(now_ms, [one.at_ms for one in words]),
        name=fact.name.strip(),
        post=fact.post.strip(),
        reason=fact.reason.strip(),
    )
    if words and _said(words[-1]) == _said(made) and words[-1].at_ms >= proposals[-1].at_ms:
        return Drafted()
    return Drafted(drafts=[Draft(kind=EntryKind.PROFILE_APPROVAL, actor=fact.actor, site="", payload=made)])


def _kept(session: Session, fact: KeepProfile, now_ms: int) -> Drafted:
    place = known_place(session, fact.place)
    _require_second(fact)
    known = _known(session, fact.profile, fact.version)
    if not approved(_approvals(session, known, 0), known.sha256):
        msg = f"profile {known.id} version {known.version} is not approved: nothing was changed"
        raise ConflictError(msg)
    load_profile(known.toml.encode()).at(place.kind)
    changes = session.records.place_profiles(place.id)
    if len(changes) >= CHANGES_MAX:
        msg = f"place {place.id} has {CHANGES_MAX} changes of its profile already: give it a new id"
        raise ConflictError(msg)
    from_ms = now_ms if fact.from_ms is None else fact.from_ms
    kept = kept_in(place, changes)
    if _holds_already(kept, fact, from_ms):
        return Drafted()
    if not now_ms <= from_ms <= now_ms + AHEAD_MS_MAX:
        msg = (
            f"{from_ms} lies before now, or more than a year ahead: what was judged is not judged anew by other limits"
        )
        raise InvalidValueError(msg)
    made = PlaceProfile(
        place=place.id,
        profile=known.id,
        version=known.version,
        from_ms=from_ms,
        at_ms=_later(now_ms, [one.at_ms for one in changes]),
        name=fact.name.strip(),
        post=fact.post.strip(),
        second_name=fact.second_name.strip(),
        second_post=fact.second_post.strip(),
        reason=fact.reason.strip(),
    )
    stays = session.records.stays_in_place(place.id, from_ms, None) if from_ms <= now_ms else ()
    return Drafted(drafts=[_kept_draft(fact, place, made)], units={one.unit for one in stays})


def _kept_draft(fact: KeepProfile, place: Place, made: PlaceProfile) -> Draft:
    return Draft(kind=EntryKind.PLACE_PROFILE, actor=fact.actor, site=place.site, payload=made)


def _holds_already(kept: tuple[Kept, ...], fact: KeepProfile, from_ms: int) -> bool:
    """Tell whether just this holds from then on, and nothing else is to hold later: then it was sent once more."""
    last = kept_at(kept, from_ms)
    same = (last.profile, last.version) == (fact.profile, fact.version) and last is kept[-1]
    return same and (fact.from_ms is None or fact.from_ms == last.from_ms)


def _require_second(fact: KeepProfile) -> None:
    require_signed(fact.second_name, fact.second_post)
    if same_person(fact.name, fact.post, fact.second_name, fact.second_post):
        msg = "the second signature is that of another person"
        raise SignedAloneError(msg)


def _known(session: Session, profile: str, version: int) -> ProfileRecord:
    known = session.records.profile(profile, version)
    if known is None:
        msg = f"profile {profile} version {version} is not known here"
        raise UnknownThingError(msg)
    return known


def _proposals(session: Session, of: ProfileRecord) -> list[Proposal]:
    return [one for one in session.records.profile_proposals() if (one.profile, one.version) == (of.id, of.version)]


def _approvals(session: Session, of: ProfileRecord, since_ms: int) -> list[Approval]:
    every = session.records.profile_approvals()
    return [one for one in every if (one.profile, one.version) == (of.id, of.version) and one.at_ms >= since_ms]


def _later(now_ms: int, told: list[int]) -> int:
    """Return now, or just after the last word: words keep their order."""
    return max([now_ms, *(at_ms + 1 for at_ms in told)])


def _said(word: Proposal | Approval) -> tuple[object, ...]:
    return tuple(getattr(word, name) for name in word.__struct_fields__ if name != "at_ms")
