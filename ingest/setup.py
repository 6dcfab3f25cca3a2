"""Places, devices and profiles as they are configured: recorded in the ledger when they are new or have changed."""

from collections.abc import Iterable
from typing import Final, TypeAlias

from msgspec.structs import replace

from coldchain.canonical import INTEGER_MAX
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.facts import EventKind
from coldchain.places import Contact, Gateway, Place, Probe, ProfileRecord, Reader
from coldchain.ports import Session
from ingest.admission import may_say
from ingest.commissioning import position_of
from ingest.known import profiles_of
from rules.contacts import CONTACT_KINDS

Setup: TypeAlias = Place | Probe | Reader | Contact | Gateway | ProfileRecord

_FIXED: Final[dict[type[Setup], tuple[str, ...]]] = {
    Place: ("site", "profile", "profile_version", "kind"),
    Probe: ("place", "gateway", "role"),
    Reader: ("place", "gateway", "purpose"),
    Contact: ("place", "gateway", "kind"),
    Gateway: ("site",),
    ProfileRecord: (),
}
_SETUP_KINDS: Final = {
    Place: EntryKind.PLACE,
    Probe: EntryKind.PROBE,
    Reader: EntryKind.READER,
    Contact: EntryKind.CONTACT,
    Gateway: EntryKind.GATEWAY,
    ProfileRecord: EntryKind.PROFILE,
}


def setup_drafts(session: Session, things: Iterable[Setup], now_ms: int, *, commissioning: bool = False) -> list[Draft]:
    """Return entries for what is new or has changed; of a probe also its position, if that is another one now.

    `commissioning`: a person at the fridge has to confirm a new position.

    Raises ConflictError for a change that would rewrite the past: what a probe has measured was measured there and
    judged by those limits, so a thing that is moved gets a new id.
    """
    drafts = []
    for thing in things:
        known = standing_setup(session, thing)
        if isinstance(thing, Probe):
            since_ms = known.since_ms if isinstance(known, Probe) else now_ms
            thing = replace(thing, since_ms=since_ms)
        if thing == known:
            continue
        if known is not None:
            _require_harmless(session, known, thing)
        if isinstance(thing, Contact) and isinstance(known, Contact):
            _require_same_words(session, known, thing)
        site = thing.site if isinstance(thing, Place | Gateway) else ""
        drafts.append(Draft(kind=_SETUP_KINDS[type(thing)], actor="configuration", site=site, payload=thing))
        if isinstance(thing, Probe) and (known is None or isinstance(known, Probe)):
            moved = position_of(session, known, thing, now_ms, required=commissioning)
            drafts += [Draft(kind=EntryKind.POSITION, actor="configuration", site="", payload=moved)] if moved else []
    return drafts


def require_profiles(session: Session) -> None:
    """Raise ConflictError if a place's profile is not in the ledger or does not fit it: nothing could be judged."""
    for place in session.records.places():
        if session.records.profile(place.profile, place.profile_version) is None:
            msg = (
                f"place {place.id}: profile {place.profile} version {place.profile_version} is not known here; "
                f"known: {', '.join(f'{p.id} version {p.version}' for p in session.records.profiles())}"
            )
            raise ConflictError(msg)
        try:
            profiles_of(session, place.id)
        except InvalidValueError as error:
            msg = f"place {place.id}: {error}"
            raise ConflictError(msg) from error


def _require_harmless(session: Session, known: Setup, thing: Setup) -> None:
    # What was never said, a contact's kind before there were kinds, may be said now.
    fixed = [name for name in _FIXED[type(thing)] if getattr(known, name) not in (getattr(thing, name), None)]
    if not fixed or not _in_use(session, thing):
        return
    name = f"{type(thing).__name__.lower()} {thing.id}"
    msg = f"{name}: {' and '.join(fixed)} cannot change once it is in use, for its past would change; give it a new id"
    if {"profile", "profile_version"} & set(fixed):
        msg += (
            ". What a place has to keep is changed from an instant on by the page /profiles or `coldchain profiles "
            "keep`; the settings go on naming the first one"
        )
    raise ConflictError(msg)


def _require_same_words(session: Session, known: Contact, thing: Contact) -> None:
    """Raise ConflictError if a contact that gets its kind only now has said what that kind never says."""
    last = session.records.last_event(thing.id, INTEGER_MAX, CONTACT_KINDS) if known.kind is None else None
    if last is None or may_say(thing.kind, EventKind(last.kind)):
        return
    msg = f"contact {thing.id} has said {last.kind}, which a contact of kind {thing.kind} never does: correct its kind"
    raise ConflictError(msg)


def _in_use(session: Session, thing: Setup) -> bool:
    match thing:
        case Probe():
            return session.books.head(thing.id) is not None
        case Place():
            measured = any(p.place == thing.id and session.books.head(p.id) for p in session.records.probes())
            return measured or bool(session.records.manifests(thing.id)) or _lay_in(session, thing.id)
        case Reader() | Contact() | Gateway() | ProfileRecord():
            return True


def _lay_in(session: Session, place: str) -> bool:
    """Tell whether a unit ever lay in a place, or the place itself in another: no probe need be there for that."""
    return session.records.count_stays(place, 0, None) > 0 or bool(session.records.containments_of(place))


def standing_setup(session: Session, thing: Setup) -> Setup | None:
    """Return what is recorded under the thing's id; raises ConflictError if a profile's text changed unnumbered."""
    records = session.records
    match thing:
        case ProfileRecord():
            return _same_profile(records.profile(thing.id, thing.version), thing)
        case Place():
            return records.place(thing.id)
        case Probe():
            return next((known for known in records.probes() if known.id == thing.id), None)
        case Reader():
            return next((known for known in records.readers() if known.id == thing.id), None)
        case Contact():
            return next((known for known in records.contacts() if known.id == thing.id), None)
        case Gateway():
            return next((known for known in records.gateways() if known.id == thing.id), None)


def _same_profile(known: ProfileRecord | None, loaded: ProfileRecord) -> ProfileRecord | None:
    """A version is a promise: its text may not change under the same number."""
    if known is not None and known.sha256 != loaded.sha256:
        msg = (
            f"profile {loaded.id} version {loaded.version} differs from the one in the ledger: "
            "give the changed file a new version number"
        )
        raise ConflictError(msg)
    return known
