"""What a gateway is answered: how far the centre has come with an epoch, and what it could not take."""

from typing import Final

from coldchain.ports import RefusedPayload, Session
from coldchain.ranges import above, contiguous
from coldchain.wire import ASKED_KINDS, RANGES_MAX, REFUSED_MAX, VERSION, Ack, Header, Refused, Up

REFUSED_KEEP_MAX: Final = 1_000
NO_EPOCH: Final = ""  # a payload that was too broken to name its epoch


def ack_of(session: Session, gateway: str, epoch: str, now_ms: int) -> Ack:
    """Return the ack for an epoch: complete, so that repeating or losing one does no harm."""
    ranges = session.books.received(gateway, epoch)
    refused = [*session.books.refused(gateway, epoch), *session.books.refused(gateway, NO_EPOCH)]
    return Ack(
        v=VERSION,
        gateway=gateway,
        epoch=epoch,
        contiguous_seq=contiguous(ranges),
        ranges=list(above(ranges)[:RANGES_MAX]),
        refused=[payload.sha256 for payload in refused[:REFUSED_MAX]],
        centre_ms=now_ms,
        reads=[kind.value for kind in ASKED_KINDS],
    )


def header_of(up: Up) -> Header:
    """Return the part of a batch that is frozen for all versions."""
    return Header(**{name: getattr(up, name) for name in Header.__struct_fields__})


def note_refused(session: Session, gateway: str, refused: Refused, received_ms: int) -> list[str]:
    """Note a refused payload; return the epochs whose acks have to say so (all of the gateway's if it named none)."""
    epoch = refused.header.epoch if refused.header else NO_EPOCH
    session.books.refuse(
        RefusedPayload(
            sha256=refused.sha256,
            gateway=gateway,
            epoch=epoch,
            reason=refused.reason,
            detail=refused.detail,
            received_ms=received_ms,
        ),
        REFUSED_KEEP_MAX,
    )
    return [epoch] if epoch else [e for name, e in session.books.epochs() if name == gateway]
