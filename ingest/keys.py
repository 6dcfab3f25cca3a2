"""Keys of gateways out of the settings file: recorded when they are new, retired when they are no longer named."""

from collections.abc import Iterable

from msgspec.structs import replace

from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session
from coldchain.trust import GatewayKey

CONFIGURATION = "configuration"


def key_drafts(session: Session, listed: Iterable[GatewayKey], now_ms: int) -> list[Draft]:
    """Return entries for keys that are new, valid again, or no longer listed.

    Keys that came by a claim are no business of the settings file. A key that was retired is valid again, from now on,
    once it is listed again; not so one that a person has ended.
    """
    wanted = {(key.gateway, key.key) for key in listed}
    known = {(key.gateway, key.key): key for key in session.records.gateway_keys()}
    changed = []
    for gateway, text in sorted(wanted):
        key = known.get((gateway, text))
        if key is None or (key.until_ms is not None and not key.is_ended):
            changed.append(GatewayKey(gateway=gateway, key=text, from_ms=now_ms, source=CONFIGURATION))
    for name, key in known.items():
        if name not in wanted and key.until_ms is None and key.source == CONFIGURATION:
            changed.append(replace(key, until_ms=now_ms))
    return [Draft(kind=EntryKind.GATEWAY_KEY, actor="configuration", site="", payload=key) for key in changed]
