"""What the intake keeps aside: readings that are not believed yet, payloads that it refused, tags of no unit."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Response

from api.answers import LIMIT_DEFAULT, MILLIS_MAX, After, Limit, answer, documented, page_of
from api.as_known import AsKnownMs, KnownAt, NotRecorded, seen
from api.context import Given
from coldchain.identifiers import ID_PATTERN
from coldchain.ports import Quarantined, RefusedPayload

NAME_CHARACTERS_MAX: Final = 160  # gateway, epoch and SHA-256 of a refused payload

router = APIRouter(tags=["operation"])

AfterNumber = Annotated[int, Query(ge=0, le=MILLIS_MAX, description="Go on after this: the `next` of the page before.")]
AfterName = Annotated[
    str, Query(max_length=NAME_CHARACTERS_MAX, description="Go on after this: the `next` of the page before.")
]
GatewayFilter = Annotated[str | None, Query(pattern=f"^{ID_PATTERN}$", description="Only of this gateway.")]


class KeptItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item that is committed but not believed yet. `kind` and `taken_ms` None: its body cannot be read here."""

    id: int
    reason: str
    gateway: str
    epoch: str
    seq: int
    origin: str
    received_ms: int
    kind: str | None
    taken_ms: int | None


class KeptCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many items of a gateway are kept for one reason."""

    gateway: str
    reason: str
    items: int


class Quarantine(KnownAt, frozen=True, kw_only=True):
    """A page of what is kept aside, in the order in which it came, and how much there is in all.

    Reasons: `unknown-device` (register it), `clock-wrong`, `clock-unset`, `future` and `impossible-time` (set the
    gateway's clock). `next` None: there are no more. As known at an earlier time it is the
    least that there was: what has been admitted since is in no entry and not listed, and the reasons are of today.
    """

    counts: list[KeptCount]
    items: list[KeptItem]
    next: int | None


class RefusedCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many payloads of a gateway are noted as refused."""

    gateway: str
    payloads: int


class RefusedPayloads(KnownAt, frozen=True, kw_only=True):
    """A page of refused payloads, the newest first. Their gateways keep the rows. `next` None: there are no more.

    As known at an earlier time they are the least that there were: what was taken, sent again or dropped since is in no
    entry and not listed.
    """

    counts: list[RefusedCount]
    items: list[RefusedPayload]
    next: str | None


class UnboundTags(KnownAt, frozen=True, kw_only=True):
    """A page of EPCs that readers reported and that stand for no unit. `next` None: there are no more."""

    total: int
    items: list[str]
    next: str | None


class _FactTime(msgspec.Struct, frozen=True, kw_only=True):
    taken_ms: int


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    fact: _FactTime


_BODY: Final = msgspec.json.Decoder(_Body)


@router.get("/api/quarantine", responses=documented(Quarantine, "A page of what is kept aside."))
def list_quarantine(
    given: Given, after: AfterNumber = 0, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List what was received and is not believed yet, and why."""
    with seen(given, as_known_ms) as at:
        found = at.session.books.quarantined(after, limit + 1)
        counts = at.session.books.quarantine_counts()
    return answer(
        Quarantine(
            counts=[KeptCount(gateway=gateway, reason=reason, items=items) for gateway, reason, items in counts],
            items=[_kept(item) for item in found[:limit]],
            next=found[limit - 1].id if len(found) > limit else None,
            **at.told(NotRecorded.ASIDE),
        )
    )


@router.get("/api/refused", responses=documented(RefusedPayloads, "A page of refused payloads."))
def list_refused(
    given: Given,
    gateway: GatewayFilter = None,
    after: AfterName = "",
    limit: Limit = LIMIT_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """List the payloads that could not be taken, the newest first; only the last thousand are noted."""
    with seen(given, as_known_ms) as at:
        counts = [one for one in at.session.books.refused_counts() if gateway in (None, one[0])]
        found = [payload for name, epoch, _ in counts for payload in at.session.books.refused(name, epoch)]
    found.sort(key=lambda payload: (-payload.received_ms, _name(payload)))
    part, following = page_of(found, _name, after, limit)
    sums: dict[str, int] = {}
    for name, _, payloads in counts:
        sums[name] = sums.get(name, 0) + payloads
    totals = [RefusedCount(gateway=name, payloads=payloads) for name, payloads in sums.items()]
    return answer(RefusedPayloads(counts=totals, items=part, next=following, **at.told(NotRecorded.ASIDE)))


@router.get("/api/tags/unbound", responses=documented(UnboundTags, "A page of tags that nobody knows."))
def list_unbound_tags(
    given: Given, after: After = "", limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List tags that readers reported and that are bound to no unit, by EPC."""
    with seen(given, as_known_ms) as at:
        tags = at.session.records.unbound_tags()
    # A tag may have been bound since the page before: what follows it in the order is still the next page.
    part = [tag for tag in tags if tag > after][: limit + 1]
    following = part[limit - 1] if len(part) > limit else None
    return answer(UnboundTags(total=len(tags), items=part[:limit], next=following, **at.told()))


def _kept(item: Quarantined) -> KeptItem:
    try:
        body = _BODY.decode(item.body)
    except msgspec.DecodeError:
        body = None
    return KeptItem(
        id=item.id,
        reason=item.reason,
        gateway=item.gateway,
        epoch=item.epoch,
        seq=item.seq,
        origin=item.origin,
        received_ms=item.received_ms,
        kind=body.kind if body else None,
        taken_ms=body.fact.taken_ms if body else None,
    )


def _name(payload: RefusedPayload) -> str:
    return f"{payload.gateway}.{payload.epoch}.{payload.sha256}"
