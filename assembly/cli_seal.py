"""`coldchain store seal`: closed days in blocks. Imports stay inside the command that needs them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assembly.exits import EXIT_FAILED, CommandLineError

if TYPE_CHECKING:
    from coldchain.blocks import SealPlan
    from coldchain.ports import Store


def seal(
    config: Annotated[Path, typer.Option(help="The settings file. / 设置文件。")] = Path("server.toml"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be sealed. / 仅显示。")] = False,
    sums: Annotated[bool, typer.Option("--sums", help="Make the sums over blocks anew. / 重建汇总。")] = False,
    check: Annotated[bool, typer.Option("--check", help="Read every block and compare its hash. / 校验。")] = False,
) -> None:
    """Seal the closed days that are left, with the server stopped; the server does it by itself while it runs.

    封存剩余的已结束日数据（需先停止服务器；服务器运行时会自行封存）。
    """
    from assembly.settings import load_server
    from assembly.storing import open_record
    from gateway.clock import SystemClock

    if dry_run and sums:
        msg = "--dry-run only shows, and --sums writes: choose one / --dry-run 只显示，--sums 会写入：请选其一"
        raise CommandLineError(msg)
    settings = load_server(config)
    store = open_record(settings)
    try:
        now_ms, whole = SystemClock().now_ms(), True
        if dry_run:
            _show(store, settings.reading_log.plan(), now_ms)
        else:
            whole = _seal(store, settings.reading_log.plan(), now_ms)
        if sums:
            _sums(store)
        if check:
            whole = _whole(store) and whole
        if not whole:
            raise typer.Exit(EXIT_FAILED)
    finally:
        store.close()


def _show(store: "Store", plan: "SealPlan", now_ms: int) -> None:
    from ingest.sealing import ALL, closed_days

    with store.reading() as session:
        waiting = closed_days(session, plan, now_ms, ALL)
    for one in waiting:
        print(f"{one.probe}  {_date(one.day)}  generation / 版次 {one.generation}")
    print(f"days to be sealed / 待封存的日数: {len(waiting)}")


def _seal(store: "Store", plan: "SealPlan", now_ms: int) -> bool:
    from coldchain.errors import StoreError
    from ingest.sealing import ALL, closed_days, seal_day

    with store.reading() as session:
        waiting = closed_days(session, plan, now_ms, ALL)
    readings = sealed = 0
    for one in waiting:
        try:
            with store.writing() as session:
                readings += seal_day(session, one, now_ms)
        except StoreError as error:  # a damaged row keeps its day out of a block, and no other day
            print(f"NOT sealed / 未封存: {one.probe} {_date(one.day)}: {error}")
        else:
            sealed += 1
    print(f"days sealed / 已封存的日数: {sealed}; readings / 读数: {readings}")
    return sealed == len(waiting)


def _sums(store: "Store") -> None:
    from ingest.sealing import holds_in_use

    with store.reading() as session:
        holds = [(probe.id, hold_ms) for probe in session.records.probes() for hold_ms in holds_in_use(session, probe)]
    made: dict[str, int] = {}
    for probe, hold_ms in holds:
        with store.writing() as session:
            made[probe] = session.readings.build_sums(probe, hold_ms)
    print(f"blocks added up / 已汇总的数据块: {sum(made.values())}")


def _whole(store: "Store") -> bool:
    from stores.verify_blocks import verify_blocks

    with store.reading() as session:
        fault = verify_blocks(session)
    if fault is None:
        print("every block has the hash that the ledger names / 所有数据块与账本一致")
        return True
    where = f"probe {fault.probe}, {_date(fault.day)}, generation {fault.generation}, entry {fault.seq}"
    print(f"first damaged block / 首个损坏的数据块: {where}: {fault.reason}")
    return False


def _date(day: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
