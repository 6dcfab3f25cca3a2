"""`coldchain ledger settings`: what the record says of the server's settings, line by line."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from coldchain.server_settings import Changed, SettingsChange, in_force

NOT_SET: Final = "not set / 未设置"
NONE: Final = "No settings are recorded: the next start of the server does it. / 尚无记录，服务器下次启动时记录。"


def told(changes: Sequence[SettingsChange], *, whole: bool) -> list[str]:
    """Return the lines: what was in force after the last change (`whole`), or each change with what it changed."""
    if not changes:
        return [NONE]
    if whole:
        head = f"as of {_time(changes[-1])}, version {changes[-1].version} / 截至该次启动"
        return [head, *(f"  {key} = {value}" for key, value in in_force(changes).items())]
    return list(_each(changes))


def _each(changes: Iterable[SettingsChange]) -> Iterator[str]:
    for nth, change in enumerate(changes):
        first = ", recorded for the first time / 首次记录" if nth == 0 else ""
        yield f"{_time(change)}, version {change.version}: changed / 变更 {len(change.changed)}{first}"
        yield from (f"  {_line(one)}" for one in change.changed)


def _line(one: Changed) -> str:
    now = NOT_SET if one.now is None else one.now
    return f"{one.key}: {NOT_SET if one.was is None else one.was} -> {now}"


def _time(change: SettingsChange) -> str:
    return datetime.fromtimestamp(change.at_ms / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
