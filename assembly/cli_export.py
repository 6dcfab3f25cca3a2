"""`coldchain export`: what leaves the record for somebody outside; each export is an entry of the ledger."""

import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from assembly.cli_ledger import Config, Data, record_to_read, record_to_write
from assembly.exits import EXIT_CODES, CommandLineError

app = typer.Typer(help="Hand out parts of the record. / 导出记录。", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def export() -> None:
    """Hand out parts of the record.

    导出记录。
    """


@app.command(short_help="A bundle that proves itself offline. / 审计包", epilog=EXIT_CODES)
def audit(
    file: Annotated[Path, typer.Argument(help="The bundle to write, e.g. audit.zip. / 输出文件。")],
    begin: Annotated[str, typer.Option("--from", help="Recorded from then on: 2026-11-01 or with time. / 起始时间。")],
    end: Annotated[str, typer.Option("--to", help="Recorded before then. / 截止时间。")],
    unit: Annotated[str, typer.Option(help="Only what names this unit. / 仅限该血袋。")] = "",
    place: Annotated[str, typer.Option(help="Only what names this place. / 仅限该场所。")] = "",
    config: Config = Path("server.toml"),
    data: Data = None,
    url: Annotated[str, typer.Option(help="The running server, to record the export. / 服务器地址。")] = "",
    actor: Annotated[str, typer.Option(help="Who takes it, for the record. / 操作人。")] = "command-line",
) -> None:
    """Write entries, their proofs, signed checkpoints, keys, readings and the program that checks them into one file.

    导出条目、证明、签名检查点、公钥、读数及核对程序；审计方可离线核对（python3 verify.py）。

    Times without an offset are UTC. That it was handed out becomes an entry first.
    """
    from assembly.auditing import Request, bundle, export_of, write_new
    from gateway.clock import SystemClock

    request = Request(from_ms=_millis(begin), to_ms=_millis(end), unit=unit, place=place)
    if request.from_ms >= request.to_ms or (unit and place):
        raise CommandLineError("--from lies before --to, and of --unit and --place one at most is named")
    store = record_to_read(config, data)
    try:
        made = bundle(store, request)
    finally:
        store.close()
    fact = export_of(made, request, actor, SystemClock().now_ms())
    _record(fact, config, data, url)
    write_new(file, made.content)
    print(f"{made.entries} entries, {made.readings} rows of readings, proved up to entry {made.size}")
    print(f"共 {made.entries} 条，读数 {made.readings} 行，可证至第 {made.size} 条")
    if made.left_out:
        print(f"{made.left_out} newer entries wait for the next checkpoint / 另有 {made.left_out} 条尚待签名")
    print(f"SHA-256: {fact.sha256}")
    print(f"Check it / 核对: python3 verify.py {file} (verify.py is inside / 核对程序在包内)")


def _record(fact: Any, config: Path, data: Path | None, url: str) -> None:  # noqa: ANN401 - RecordExport, loaded only when used
    """Record an export through the running server, or here where none runs."""
    import msgspec

    from assembly.cli_claim import ask
    from gateway.clock import SystemClock
    from ingest.counters import Counters
    from ingest.pipeline import Pipeline

    if url:
        body = msgspec.to_builtins(fact)
        ask(f"{url.rstrip('/')}/api/exports", {k: body[k] for k in body if k not in ("type", "actor")}, fact.actor)
        return
    store = record_to_write(config, data)  # its message names the process where a server runs: then --url is needed
    try:
        Pipeline(store, Counters()).record(fact, SystemClock().now_ms())
    finally:
        store.close()


def _millis(text: str) -> int:
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text} is no time: write 2026-11-01, or 2026-11-01T08:30:00+08:00"
        raise CommandLineError(msg) from error
    return int((when if when.tzinfo else when.replace(tzinfo=datetime.UTC)).timestamp() * 1_000)
