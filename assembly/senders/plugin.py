"""Apprise as a plug-in for services that have no sender of ours: what it reports is "accepted", never "delivered".

Several of its services look at the HTTP status only, so a yes of Apprise says that something answered. It is an extra
(`pip install coldchain[apprise]`) and is loaded when the first letter goes out.
"""

from dataclasses import dataclass
from types import ModuleType

from assembly.senders.base import Letter, Outcome, Sent, failed, refused


@dataclass(frozen=True, slots=True)
class ByApprise:
    """One Apprise address."""

    url: str
    per_minute_max: int = 20

    def send(self, letter: Letter) -> Sent:
        """Send once."""
        try:
            import apprise  # noqa: PLC0415 - an extra that few install
        except ModuleNotFoundError:
            return refused("Apprise is not installed: pip install 'coldchain[apprise]' / 未安装 Apprise")
        return _send(apprise, self.url, letter)


def _send(apprise: ModuleType, url: str, letter: Letter) -> Sent:
    way = apprise.Apprise()
    if not way.add(url):
        return refused("Apprise does not know this kind of address / Apprise 不认识该地址")
    kind = apprise.NotifyType.FAILURE if letter.critical else apprise.NotifyType.WARNING
    try:
        taken = bool(way.notify(body=letter.text, title=letter.subject, notify_type=kind))
    except Exception as error:  # noqa: BLE001 - a plug-in of a plug-in may raise anything, and the outbox goes on
        return failed(f"{type(error).__name__}: {error}".replace(url, "the address"))
    return Sent(outcome=Outcome.ACCEPTED) if taken else failed("Apprise says that it was not taken")
