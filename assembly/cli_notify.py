"""`coldchain notify test`: one letter by one channel, to see today whether it would arrive tonight."""

from pathlib import Path
from threading import Lock
from typing import Annotated

import typer

from assembly.exits import EXIT_CODES, CommandLineError
from assembly.senders.base import Letter, Sent

app = typer.Typer(help="Messages to people. / 通知。", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def notify() -> None:
    """Messages to people / 通知."""


@app.command("test", epilog=EXIT_CODES)
def send_test(
    config: Annotated[Path, typer.Option("--config", "-c", help="server.toml")],
    channel: Annotated[str, typer.Option(help="The id of a [[channel]] / 通道编号")],
    to: Annotated[str, typer.Option(help="The address in the channel's own words / 收件人")] = "",
) -> None:
    """Send one letter marked TEST and say what the service answered. Nothing is recorded / 发送一条测试消息."""
    sent = _send(config, channel, to)
    typer.echo(f"{channel}: {sent.outcome.value} {sent.receipt} {sent.detail}".strip())
    raise typer.Exit(0 if sent.taken else 1)


def _send(config: Path, channel: str, to: str) -> Sent:
    from assembly.channels import sender_of
    from assembly.settings import load_server
    from gateway.clock import SystemClock

    settings = load_server(config)
    table = next((one for one in settings.channel if one.id == channel), None)
    if table is None:
        known = ", ".join(one.id for one in settings.channel) or "-"
        msg = f"{config} has no [[channel]] {channel}; there are: {known} / 无此通道"
        raise CommandLineError(msg)
    clock, locks = SystemClock(), dict[str, Lock]()
    letter = Letter(
        key=f"test-{clock.now_ms()}",
        to=to,
        subject="测试 TEST · Coldchain",
        text="这是一条测试消息，无需处理。\nThis is a test message; nothing needs to be done.",
    )
    return sender_of(table, clock, locks).send(letter)
