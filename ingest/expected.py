"""When a box on its way is expected instead, as people say it: one more word on its packing list, and none is lost."""

from typing import Final

import msgspec

from coldchain.arrival import LASTS_MS_MAX
from coldchain.closed_loop import ExpectAnew, Party
from coldchain.entries import Draft, EntryKind, Expected, Manifest
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.ports import Session
from ingest.drafted import Drafted, require_signed

DAY_MS: Final = 86_400_000
MOVED_MAX: Final = 50  # expected times of one journey: it lasts hours


def expected_anew(session: Session, fact: ExpectAnew, _now_ms: int) -> Drafted:
    """Return the entry of a new expected time: the list with one word more, in the order in which they were said."""
    require_signed(fact.name, fact.post)
    manifest = session.records.manifest(fact.manifest)
    if manifest is None:
        msg = f"packing list {fact.manifest} is not known here"
        raise UnknownThingError(msg)
    said = Expected(
        expected_ms=fact.expected_ms, reason=fact.reason.strip(), at_ms=fact.at_ms, name=fact.name, post=fact.post
    )
    if said in manifest.moved:
        return Drafted()
    _require_expectable(manifest, said)
    _require_on_its_way(session, manifest, said)
    moved = tuple(sorted((*manifest.moved, said), key=lambda one: one.at_ms))
    payload = msgspec.structs.replace(manifest, moved=moved)
    place = session.records.place(manifest.box)
    site = "" if place is None else place.site
    return Drafted(drafts=[Draft(kind=EntryKind.MANIFEST_AMENDMENT, actor=fact.actor, site=site, payload=payload)])


def _require_expectable(manifest: Manifest, said: Expected) -> None:
    if not said.reason:
        raise InvalidValueError("say why the box is expected at another time")
    if said.at_ms <= manifest.packed_ms:
        msg = f"packing list {manifest.id} was packed at {manifest.packed_ms}: a new expected time is said after that"
        raise InvalidValueError(msg)
    if not said.at_ms < said.expected_ms <= manifest.packed_ms + LASTS_MS_MAX:
        days = LASTS_MS_MAX // DAY_MS
        msg = f"packing list {manifest.id} is expected before that was said, or more than {days} days after packing"
        raise InvalidValueError(msg)


def _require_on_its_way(session: Session, manifest: Manifest, said: Expected) -> None:
    """Raise ConflictError for a box that had arrived by then, and for another word of the same instant."""
    for one in session.records.handovers_of(manifest.id):
        if one.party is Party.RECEIVER and one.at_ms <= said.at_ms:
            msg = f"packing list {manifest.id} was signed for at {one.at_ms} by {one.name}: the box has arrived"
            raise ConflictError(msg)
    if any(one.at_ms == said.at_ms for one in manifest.moved):
        msg = f"packing list {manifest.id}: another expected time was said at that very instant; nothing was changed"
        raise ConflictError(msg)
    if len(manifest.moved) >= MOVED_MAX:
        msg = f"packing list {manifest.id} was given {MOVED_MAX} expected times already; nothing was changed"
        raise ConflictError(msg)
