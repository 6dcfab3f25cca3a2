"""What the intake keeps aside, by what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.ports import Session

GATEWAYS_NAMED_MAX: Final = 5
SECURITY_SHOWN_MS: Final = 7 * 86_400_000
OF_NONE: Final = "–"  # what is of no gateway
ASIDE_TEXTS: Final = ("aside.unknown-device", "aside.clock", "aside.other")
REASON_TEXTS: Final = {  # the intake's reasons, by what to do about them
    "unknown-device": "aside.unknown-device",
    **dict.fromkeys(("clock-wrong", "clock-unset", "future", "impossible-time"), "aside.clock"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAside:
    """Something that the intake keeps aside: the text that says what to do, how much it is, and who sent it."""

    text: str
    n: int
    gateways: str
    path: str


def kept_aside(session: Session, now_ms: int) -> list[KeptAside]:
    """Return security events of the last week, and what the intake keeps aside, by what to do about it."""
    books = session.books
    kept: dict[str, list[tuple[str, int]]] = {}
    # Counting the whole is cheap and mostly says that there is nothing to count by reason.
    for gateway, reason, n in books.quarantine_counts() if books.quarantine_size() else ():
        kept.setdefault(REASON_TEXTS.get(reason, "aside.other"), []).append((gateway, n))
    refused = [(gateway, n) for gateway, _, n in books.refused_counts()]
    aside = [_aside(text, kept[text], "/api/quarantine") for text in ASIDE_TEXTS if text in kept]
    if refused:
        aside.append(_aside("aside.refused", refused, "/api/refused"))
    recent = [event for event in session.records.security_events() if event.at_ms > now_ms - SECURITY_SHOWN_MS]
    if recent:
        aside.append(
            _aside("aside.security", [(event.gateway, event.times) for event in recent], "/api/security-events")
        )
    tags = session.records.unbound_tags()
    return [*aside, _aside("aside.tags", [("", len(tags))], "/api/tags/unbound")] if tags else aside


def _aside(text: str, counts: Sequence[tuple[str, int]], path: str) -> KeptAside:
    gateways = sorted({gateway for gateway, _ in counts if gateway}) or [OF_NONE]
    shown = ", ".join(gateways[:GATEWAYS_NAMED_MAX]) + (", …" if len(gateways) > GATEWAYS_NAMED_MAX else "")
    return KeptAside(text=text, n=sum(n for _, n in counts), gateways=shown, path=path)
