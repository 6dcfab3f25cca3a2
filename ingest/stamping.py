"""Time stamps of an outside authority on their way into the ledger: once for each checkpoint and authority."""

from coldchain.entries import Draft, EntryKind
from coldchain.errors import InvalidValueError, UnknownThingError
from coldchain.ports import Session
from coldchain.stamps import STAMP_BYTES_MAX, KeepTimeStamp
from ingest.drafted import Drafted


def keep_stamp(session: Session, fact: KeepTimeStamp, _now_ms: int) -> Drafted:
    """Return the entry of a time stamp, none if there is one already. Raises InvalidValueError or UnknownThingError."""
    stamp = fact.stamp
    if not stamp.response or len(stamp.response) > STAMP_BYTES_MAX * 2:
        raise InvalidValueError("a time stamp needs a response of the size that one has")
    known = session.proofs.checkpoint_over(stamp.size)
    if known is None or known.size != stamp.size:
        msg = f"there is no checkpoint of {stamp.size} entries: a stamp is over one"
        raise UnknownThingError(msg)
    if any((one.size, one.authority) == (stamp.size, stamp.authority) for one in session.records.time_stamps()):
        return Drafted()
    return Drafted(drafts=[Draft(kind=EntryKind.TIME_STAMP, actor=fact.actor, site="", payload=stamp)])
