"""From the settings of channels to their senders, and to the outbox that works them."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

from assembly.channel_secrets import with_secrets
from assembly.channel_settings import ChannelKind, ChannelTable
from assembly.outbox import Channel, Outbox
from assembly.senders.base import Sender
from assembly.senders.dingtalk import DingTalk
from assembly.senders.feishu import Feishu
from assembly.senders.modem import Line, Modem
from assembly.senders.plugin import ByApprise
from assembly.senders.smtp import Smtp
from assembly.senders.webhook import Webhook
from assembly.senders.wecom import WeCom
from coldchain.ports import Clock, Recorder, Store

LINE_S: Final = 0.2  # a read of a modem's line waits so long


def sender_of(table: ChannelTable, clock: Clock, locks: dict[str, Lock]) -> Sender:
    """Return the sender of a channel. `locks`: a modem that sends messages and calls has one lock, by its port.

    Raises ColdchainError for a file of a secret that cannot be used.
    """
    table = with_secrets(table)
    url, secret, keyword = table.url or "", table.secret or "", table.keyword or ""
    match table.kind:
        case ChannelKind.DINGTALK:
            return DingTalk(url, secret, keyword, clock.now_ms)
        case ChannelKind.WECOM:
            return WeCom(url)
        case ChannelKind.FEISHU:
            return Feishu(url, secret, keyword, clock.now_ms)
        case ChannelKind.WEBHOOK | ChannelKind.VOICE:
            return Webhook(url, secret, clock.now_ms)
        case ChannelKind.APPRISE:
            return ByApprise(url)
        case ChannelKind.SMTP:
            return _smtp(table, clock)
        case ChannelKind.SMS | ChannelKind.CALL:
            port = table.port_path or ""
            lock = locks.setdefault(port, Lock())
            call = table.kind is ChannelKind.CALL
            return Modem(_opener(port, table.baud), clock.boottime_ms, call=call, lock=lock)


def _smtp(table: ChannelTable, clock: Clock) -> Smtp:
    return Smtp(
        host=table.host or "",
        port=table.port,
        security=table.security,
        sender=table.sender or "",
        user=table.user or "",
        password=table.password or "",
        now_ms=clock.now_ms,
        ca=None if table.ca is None else str(table.ca),
    )


def _opener(port: str, baud: int) -> Callable[[], Line]:
    def open_line() -> Line:
        import serial  # noqa: PLC0415 - few centres have a modem

        line: Line = serial.Serial(port, baud, timeout=LINE_S, write_timeout=5)
        return line

    return open_line


def start_outbox(tables: Sequence[ChannelTable], store: Store, recorder: Recorder, clock: Clock) -> Outbox:
    """Start a thread for each channel; where none is named it has nothing to do."""
    locks: dict[str, Lock] = {}
    return Outbox([Channel(one.id, sender_of(one, clock, locks), store, recorder, clock) for one in tables])
