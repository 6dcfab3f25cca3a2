"""What needs a look at a place and is no finding of the cold: doors, power, agitation, gateway, battery. Pure.

Thresholds are those of the alert catalogue (project defaults, PROP), agitation's is the profile's. A notice is said
from its beginning on and asks for a look from `due_ms` on.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import CONTAINERS, Contact, Place, Probe
from coldchain.standing import Notice, NoticeKind
from rules.fold_state import FoldState
from rules.intervals import OPEN_END_MS
from rules.limits import Profile

DOOR_OPEN_MS: Final = 120_000  # A25: 2 min
MAINS_LOST_MS: Final = 60_000  # A06: 1 min
GATEWAY_SILENT_MS: Final = 180_000  # A44: 3 min
SILENCE_SAID_MS: Final = 30_000  # a gateway is heard every 15 s at the latest; what is missing is said before it is due
BATTERY_LOW_PERCENT: Final = 20  # A45: 20 %
NEVER_DUE_MS: Final = OPEN_END_MS  # a defrost is said and asks for nothing

_KINDS: Final[Mapping[str, NoticeKind]] = {
    EventKind.DOOR_OPENED: NoticeKind.DOOR_OPEN,
    EventKind.MAINS_LOST: NoticeKind.MAINS_LOST,
    EventKind.UPS_ON_BATTERY: NoticeKind.UPS_ON_BATTERY,
    EventKind.AGITATION_STOPPED: NoticeKind.AGITATION_STOPPED,
    EventKind.DEFROST_BEGAN: NoticeKind.DEFROSTING,
}
# The alert catalogue's ids of what may sound at a gateway; the others are only said.
RULES: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.DOOR_OPEN: "A25",
    NoticeKind.MAINS_LOST: "A06",
    NoticeKind.UPS_ON_BATTERY: "A06",
    NoticeKind.AGITATION_STOPPED: "A11",
    NoticeKind.DEVICE_SILENT: "A05",
}
NOTHING_DARK: Final[Mapping[str, int]] = MappingProxyType({})
_OF_THE_SITE: Final = frozenset({NoticeKind.MAINS_LOST, NoticeKind.UPS_ON_BATTERY})


def of_contacts(
    place: Place, profile: Profile, contacts: Iterable[tuple[Contact, RecordedEvent | None]]
) -> list[Notice]:
    """Return what the last words of a place's contacts, and of its site's, ask for. A box has no mains."""
    notices = []
    for contact, event in contacts:
        kind = _KINDS.get(event.kind) if event else None
        if event is None or kind is None:
            continue
        of_site = contact.place == "" and place.kind not in CONTAINERS and kind in _OF_THE_SITE
        allowed_ms = _allowed_ms(kind, profile)
        if (contact.place == place.id or of_site) and allowed_ms is not None:
            due_ms = min(event.taken_ms + allowed_ms, NEVER_DUE_MS)
            notices.append(Notice(kind=kind, since_ms=event.taken_ms, due_ms=due_ms, origin=contact.id))
    return notices


def _allowed_ms(kind: NoticeKind, profile: Profile) -> int | None:
    """Return for how long a contact may say so before somebody has to look; None: it does not matter here."""
    match kind:
        case NoticeKind.DOOR_OPEN:
            return DOOR_OPEN_MS
        case NoticeKind.MAINS_LOST | NoticeKind.UPS_ON_BATTERY:
            return MAINS_LOST_MS
        case NoticeKind.AGITATION_STOPPED:
            return profile.agitation_stopped_ms
        case _:
            return NEVER_DUE_MS


def of_gateways(
    heard_ms: Mapping[str, int | None],
    probes: Sequence[Probe],
    now_ms: int,
    dark_ms: Mapping[str, int] = NOTHING_DARK,
) -> list[Notice]:
    """Return which gateways are silent, counted down. One that was never heard counts from its registration.

    `dark_ms`: when a gateway's last will came. Until its silence is long enough to be said, that its connection broke
    is said instead; how alive it is, only its age tells.
    """
    notices = []
    for gateway in sorted(heard_ms):
        last_ms = heard_ms[gateway]
        since_ms = _registered_ms(gateway, probes, now_ms) if last_ms is None else last_ms
        due_ms = now_ms if last_ms is None and since_ms == now_ms else since_ms + GATEWAY_SILENT_MS
        if due_ms - GATEWAY_SILENT_MS + SILENCE_SAID_MS <= now_ms:
            notices.append(Notice(kind=NoticeKind.GATEWAY_SILENT, since_ms=since_ms, due_ms=due_ms, origin=gateway))
        elif last_ms is not None and last_ms < dark_ms.get(gateway, 0):
            broke_ms = dark_ms[gateway]
            notices.append(Notice(kind=NoticeKind.GATEWAY_DARK, since_ms=broke_ms, due_ms=due_ms, origin=gateway))
    return notices


def of_devices(silent: Iterable[RecordedEvent]) -> list[Notice]:
    """Return one notice for each gateway some of whose devices do not answer; `silent`: what was said of each of them.

    Its `since_ms` is when the first of them fell silent. It is due at once: a gateway says so only after three polls
    in a row have failed (gateway.silence), and nothing is known of the cold until somebody has looked.
    """
    since: dict[str, int] = {}
    for event in silent:
        since[event.gateway] = min(event.taken_ms, since.get(event.gateway, event.taken_ms))
    return [
        Notice(kind=NoticeKind.DEVICE_SILENT, since_ms=at_ms, due_ms=at_ms, origin=gateway)
        for gateway, at_ms in sorted(since.items())
    ]


def _registered_ms(gateway: str, probes: Sequence[Probe], now_ms: int) -> int:
    """Return since when somebody expects a gateway to speak; now, if nobody knows."""
    known = [probe.since_ms for probe in probes if probe.gateway == gateway and probe.since_ms is not None]
    return min(known, default=now_ms)


def of_battery(event: RecordedEvent | None) -> list[Notice]:
    """Return the notice of a box's last word on its battery, if that is low."""
    percent = None if event is None else event.details.get("percent")
    if event is None or not isinstance(percent, int) or percent > BATTERY_LOW_PERCENT:
        return []
    low = Notice(kind=NoticeKind.BATTERY_LOW, since_ms=event.taken_ms, due_ms=event.taken_ms, origin=event.origin)
    return [low]


def of_alarm(probe: str, state: FoldState) -> list[Notice]:
    """Return the notice of an excursion that is over and whose alarm the dead band has not let go yet."""
    over = state.returning
    if over is None or over.end_ms is None:
        return []
    return [Notice(kind=NoticeKind.ALARM_NOT_CLEARED, since_ms=over.end_ms, due_ms=over.end_ms, origin=probe)]
