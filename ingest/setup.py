"""Places, devices and profiles as they are configured: recorded in the ledger when they are new or have changed."""

from typing import Final, TypeAlias

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError
from coldchain.places import Contact, Gateway, Place, Probe, ProfileRecord, Reader
from coldchain.ports import Session

Setup: TypeAlias = Place | Probe | Reader | Contact | Gateway | ProfileRecord

_SETUP_KINDS: Final = {
    Place: EntryKind.PLACE,
    Probe: EntryKind.PROBE,
    Reader: EntryKind.READER,
    Contact: EntryKind.CONTACT,
    Gateway: EntryKind.GATEWAY,
    ProfileRecord: EntryKind.PROFILE,
}


def setup_draft(thing: Setup) -> Draft:
    """Return the ledger entry for a configured thing."""
    site = thing.site if isinstance(thing, Place | Gateway) else ""
    return Draft(kind=_SETUP_KINDS[type(thing)], actor="configuration", site=site, payload=thing)


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
