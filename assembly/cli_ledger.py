"""`coldchain verify` and `coldchain ledger`: whether the record is what it was, and the key that signs it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assembly.exits import EXIT_CODES, EXIT_FAILED

if TYPE_CHECKING:
    from stores.readonly import ReadOnlyStore
    from stores.session import SqlStore

ledger_app = typer.Typer(help="Work on the ledger. / 账本工具。", no_args_is_help=True, rich_markup_mode=None)
Config = Annotated[Path, typer.Option(help="The settings file of the server. / 服务器设置文件。")]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="A data folder, instead of the one in the settings. / 数据目录。"),
]


def record_to_read(config: Path, data: Path | None) -> "ReadOnlyStore":
    """Open the record to look at it, while the server runs or not: that of a folder, or the one of the settings."""
    from assembly.settings import load_server
    from assembly.storing import HOT_FILE, look
    from stores.readonly import open_read_only

    return look(load_server(config)) if data is None else open_read_only(data / HOT_FILE)


def record_to_write(config: Path, data: Path | None) -> "SqlStore":
    """Open the record and be its only writer: that of a folder, or the one of the settings."""
    from assembly.settings import load_server
    from assembly.storing import HOT_FILE, open_record
    from stores.sqlite import open_store

    return open_record(load_server(config)) if data is None else open_store(data / HOT_FILE)


def verify(
    ctx: typer.Context,
    config: Config = Path("server.toml"),
    data: Data = None,
    projections: Annotated[
        bool, typer.Option("--projections", help="Also make all tables anew in memory and compare. / 同时核对数据表。")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(help="Checkpoints that were handed out: a *.note file or a folder. / 已交出的检查点。"),
    ] = None,
    stamp_roots: Annotated[
        Path | None,
        typer.Option(help="Root certificates (PEM) of the time-stamping authority. / 时间戳机构根证书。"),
    ] = None,
    sums: Annotated[
        int | None,
        typer.Option(min=0, help="Add up about so many days of readings again, not all. / 只重算约若干天的汇总。"),
    ] = None,
) -> None:
    """Check the whole record, while the server runs or not: entries, checkpoints, signatures, keys, readings.

    核对整个记录：条目、编号、检查点、签名、密钥、读数及其封存块；可在服务器运行时执行，只读。

    The first line that tells of a fault names the first broken entry or interval. Exit code 1: something was changed.
    """
    if ctx.invoked_subcommand:
        return
    from assembly.checkpoint_stamps import load_roots
    from assembly.verifying import told
    from assembly.verifying import verify as verify_store

    store = record_to_read(config, data)
    try:
        verdict = verify_store(
            store, projections=projections, outside=against, budget_days=sums, roots=load_roots(stamp_roots)
        )
    finally:
        store.close()
    print("\n".join(told(verdict)))
    raise typer.Exit(EXIT_FAILED if verdict.faults else 0)


@ledger_app.command(short_help="Make all tables anew from the ledger. / 由账本重建", epilog=EXIT_CODES)
def rebuild(
    config: Config = Path("server.toml"),
    data: Data = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare, in memory; change nothing. / 仅核对，不改动。")
    ] = False,
) -> None:
    """Drop the tables that are made from the ledger and make them anew, or only compare (--check).

    由账本重建全部数据表；加 --check 则仅比较，不改动（服务器可继续运行）。
    """
    from stores.as_known import AS_KNOWN_ENTRIES_MAX

    if not check:
        whole = record_to_write(config, data)
        try:
            whole.rebuild_projections()
        finally:
            whole.close()
        print("Made anew. / 已重建。")
        return
    store = record_to_read(config, data)
    try:
        faults = store.projection_faults(AS_KNOWN_ENTRIES_MAX)
    finally:
        store.close()
    for name in faults:
        print(f"{name}: not what the ledger makes of it / 与账本推导结果不一致")
    if not faults:
        print("Every table is what the ledger makes of it. / 全部数据表与账本一致。")
    raise typer.Exit(EXIT_FAILED if faults else 0)


@ledger_app.command(short_help="Which settings of the server changed when. / 服务器设置变更", epilog=EXIT_CODES)
def settings(
    config: Config = Path("server.toml"),
    data: Data = None,
    in_force: Annotated[
        bool, typer.Option("--in-force", help="All settings that were recorded last. / 最近记录的全部设置。")
    ] = False,
) -> None:
    """Say which settings of the server changed at which start, from what to what; or all of them (--in-force).

    列出服务器设置于何时启动时由何值变为何值；加 --in-force 则列出最近记录的全部设置。服务器可继续运行，只读。

    A secret is told by a mark that says only whether it was changed. / 密码等仅以标记表示是否变更。
    """
    from assembly.settings_told import told

    store = record_to_read(config, data)
    try:
        with store.reading() as session:
            changes = session.records.settings_changes()
    finally:
        store.close()
    print("\n".join(told(changes, whole=in_force)))


@ledger_app.command("rotate-key", short_help="A new key signs from now on. / 更换签名密钥", epilog=EXIT_CODES)
def rotate_key(config: Config = Path("server.toml")) -> None:
    """Make a new key that signs the ledger; the old one endorses it, and the change is an entry. Stop the server first.

    生成新的账本签名密钥，由旧密钥认可并记入账本；请先停止服务器。
    """
    from assembly.ledger_keys import key_file, rotate
    from assembly.settings import load_server
    from assembly.storing import open_record
    from coldchain.checkpoint import origin_of
    from gateway.clock import SystemClock
    from ingest.counters import Counters
    from ingest.pipeline import Pipeline

    settings = load_server(config)
    folder = settings.server.data_dir
    store = open_record(settings)
    try:
        signer = rotate(store, Pipeline(store, Counters()), folder, origin_of(settings.server.site), SystemClock())
    finally:
        store.close()
    print(f"new key / 新密钥: {signer.key}")
    print(f"its file / 密钥文件: {key_file(folder, signer.key)}")
    print("Next: start the server; tell auditors the new key. / 下一步：启动服务器，并将新公钥告知审计方。")
