"""Backups of the record, their check, putting one in place, and moving the record to another database.

A backup is one SQLite file whatever the database is: it is read, checked and put in place on any machine, and does not
need the server that it came from.
"""

import datetime
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from assembly.server_settings import ServerSettings
from assembly.storing import HOT_FILE, open_record, open_url, password_of, require_driver
from assembly.syncing import sync_folder
from assembly.verifying import fault_told, verify
from coldchain.errors import ColdchainError
from stores.checking import check
from stores.copying import Figures, copy_all, figures, require_revision
from stores.readonly import open_read_only
from stores.session import SqlStore
from stores.sql import Sql
from stores.sqlite import copy_file, open_store, reading_only

PART: Final = ".part"  # of the name of a backup that is not finished
PRIVATE: Final = 0o600  # a backup holds what people did, by name


def backup(settings: ServerSettings, folder: Path, now_ms: int) -> list[str]:
    """Write a backup into a folder while the server runs, read every row of it, and say what is in it.

    Raises ColdchainError; a backup that is not whole never has a name that looks like one.
    """
    if folder.resolve() == settings.server.data_dir.resolve():
        msg = f"{folder} is where the record lives: a backup belongs on another disk / 备份不能放在数据目录中"
        raise ColdchainError(msg)
    moment = datetime.datetime.fromtimestamp(now_ms / 1_000, datetime.UTC)
    target = folder / f"coldchain-{settings.server.site}-{moment:%Y%m%dT%H%M%SZ}.sqlite"
    part = target.with_name(target.name + PART)
    if target.exists() or part.exists():
        msg = f"{target} exists already and is not overwritten: try again in a second / 备份文件已存在"
        raise ColdchainError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
        found = _finished(settings, part, target)
    except OSError as error:
        msg = f"{error.filename or folder} cannot be written: {error.strerror} / 无法写入备份"
        raise ColdchainError(msg) from error
    size = target.stat().st_size
    return [f"backup written / 备份完成: {target} ({size} bytes)", *told(found), *left_out(settings)]


def left_out(settings: ServerSettings) -> Iterator[str]:
    """Say what is not in a backup and must be kept apart from it: keys and settings."""
    data = settings.server.data_dir
    keys = sorted(path for path in data.glob("*.key") if path.is_file())
    yield "NOT in it / 备份不含: private keys, certificates and settings files / 私钥、证书、设置文件"
    for path in keys:
        yield f"  {path}: keep a copy apart from the backup, mode 0600 / 请另行保存，权限 0600"
    if not keys:
        yield f"  {data}/ledger-*.key: none there yet / 尚无"
    yield "  without the key a restored record verifies, and a new key signs on / 缺密钥时记录仍可核验，由新密钥续签"


def _finished(settings: ServerSettings, part: Path, target: Path) -> Figures:
    """Give the backup its name once it is whole and on disk; leave nothing behind if it is not."""
    try:
        found = _written(settings, part)
        part.rename(target)
        sync_folder(target.parent)
    finally:
        for name in (part, *_beside(part)):
            name.unlink(missing_ok=True)
    return found


def _written(settings: ServerSettings, part: Path) -> Figures:
    if settings.store.url is None:
        copy_file(_hot_file(settings), part)
        with reading_only(part) as sql:
            return figures(sql)
    require_driver()
    from stores import postgres  # noqa: PLC0415 - the driver is loaded where it is used

    copy = open_store(part)
    try:
        with postgres.reading_only(settings.store.url, password_of(settings.store.password_file)) as sql:
            found = copy_all(sql, copy)
    finally:
        copy.close()
    swept = part.with_name(part.name + ".copy")
    swept.unlink(missing_ok=True)
    os.close(os.open(swept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    copy_file(part, swept)  # what is written in bulk leaves no WAL beside it
    swept.replace(part)
    return found


def check_file(file: Path) -> list[str]:
    """Open a copy of a backup, verify all that is in it, and say what that is. The file itself is only read."""
    with _checked_copy(file) as (_, found):
        return [f"{file}: every entry, reading and projection is whole / 备份完整", *told(found)]


def put_in_place(settings: ServerSettings, file: Path) -> list[str]:
    """Check a backup and make it the record of the settings, which must be empty. Raises ColdchainError."""
    hot = settings.server.data_dir / HOT_FILE
    if settings.store.url is None and hot.exists():
        msg = (
            f"{hot} is there: a restore overwrites no record. Stop the server, move it and its -wal and -shm away"
            " / 已有记录，恢复不会覆盖：请停止服务器并移走该文件及其 -wal、-shm"
        )
        raise ColdchainError(msg)
    with _checked_copy(file) as (source, found):
        settings.server.data_dir.mkdir(parents=True, exist_ok=True)
        _fill(source, settings, hot, found)
    return [f"restored / 已恢复: {file}", *told(found)]


def _fill(source: SqlStore, settings: ServerSettings, hot: Path, expected: Figures) -> None:
    """Write the record; it gets its name only when it is whole, so that a kill leaves no record rather than half."""
    if settings.store.url is not None:
        _copied(source, open_record(settings), expected)
        return
    part = hot.with_name(hot.name + ".part")
    swept = part.with_name(part.name + ".copy")
    names = [name for file in (part, swept) for name in (file, *_beside(file))]
    try:
        for name in names:  # of a restore that was killed
            name.unlink(missing_ok=True)
        _copied(source, open_store(part), expected)
        copy_file(part, swept)  # what is written in bulk leaves no WAL beside it
        swept.replace(hot)
        sync_folder(hot.parent)
    finally:
        for name in names:
            name.unlink(missing_ok=True)


def _copied(source: SqlStore, target: SqlStore, expected: Figures) -> None:
    try:
        with source.reading_sql() as sql:
            found = copy_all(sql, target)
    finally:
        target.close()
    if found != expected:
        raise ColdchainError("the restored record differs from the backup: do not use it / 恢复结果与备份不一致")


def move(settings: ServerSettings, url: str, password_file: Path | None) -> list[str]:
    """Copy the record of the SQLite file into an empty PostgreSQL database, with proof that nothing changed.

    Refused while the server runs. All is copied in one transaction: after an interruption, start it again.
    """
    if settings.store.url is not None:
        msg = (
            f"the record is in {settings.store.url} already: backup and restore take it elsewhere"
            " / 记录已在 PostgreSQL 中：可用 backup 和 restore 迁移"
        )
        raise ColdchainError(msg)
    source = open_store(_hot_file(settings))
    try:
        target = open_url(url, password_file)
        try:
            with source.reading_sql() as sql:
                copy_all(sql, target)
                before = figures(sql)
            after = _figures_of(target)
        finally:
            target.close()
    finally:
        source.close()
    if before != after:  # read again from what was committed
        raise ColdchainError("the database does not hold what the file holds: keep the file / 两边不一致，请保留原文件")
    return [
        "moved; both sides were read whole and are the same / 已迁移，两边逐行比对一致",
        *told(after),
        "now write [store] url into server.toml; keep the old file / 请在 server.toml 中填写 [store] url，并保留原文件",
    ]


def _figures_of(store: SqlStore) -> Figures:
    with store.reading_sql() as sql:
        return figures(sql)


def told(found: Figures) -> Iterable[str]:
    """Say what a store holds, in both languages."""
    yield f"  ledger {found.entries} entries, sha256 {found.ledger_sha256} / 账本条目"
    log = f"{found.readings} in {found.hot_rows} rows and {found.blocks} blocks"
    yield f"  readings {log}, sha256 {found.readings_sha256} / 读数"
    yield f"  projections sha256 {found.projections_sha256} / 投影"
    rows = sum(count for count, _ in found.tables.values())
    yield f"  {rows} rows in {len(found.tables)} tables / 总行数、表数"


def _hot_file(settings: ServerSettings) -> Path:
    hot = settings.server.data_dir / HOT_FILE
    if not hot.exists():
        msg = f"{hot} is not there: no server has kept a record with these settings / 尚无记录"
        raise ColdchainError(msg)
    return hot


@contextmanager
def _checked_copy(file: Path) -> Iterator[tuple[SqlStore, Figures]]:
    """Open a copy, verify everything in it, give its figures. Raises ColdchainError with the first fault."""
    with _opened_copy(file) as (store, copy):
        found = check(store)
        seen = open_read_only(copy)
        try:
            verdict = verify(seen)
        finally:
            seen.close()
        if verdict.faults:
            said = fault_told(verdict.faults[0])
            msg = f"{file}: {said}; take another backup / 请使用其他备份"
            raise ColdchainError(msg)
        yield store, found


@contextmanager
def _opened_copy(file: Path) -> Iterator[tuple[SqlStore, Path]]:
    """Open a copy in a folder that goes away: opening may migrate it, and checking rebuilds its projections."""
    if not file.is_file():
        msg = f"{file} is not there, or no file / 备份文件不存在"
        raise ColdchainError(msg)
    try:
        with tempfile.TemporaryDirectory(prefix=".coldchain-check-", dir=file.resolve().parent) as folder:
            copy = Path(folder) / "copy.sqlite"
            shutil.copyfile(file, copy)
            store = open_store(copy)
            try:
                with store.reading_sql() as sql:
                    _require_sound(sql, file)
                    require_revision(sql)
                yield store, copy
            finally:
                store.close()
    except OSError as error:
        msg = f"{file} cannot be copied for its check: {error.strerror} / 无法复制以供检查"
        raise ColdchainError(msg) from error


def _require_sound(sql: Sql, file: Path) -> None:
    """Ask SQLite about the pages themselves; what it finds is not for us to repair."""
    said = [row[0] for row in sql.rows("PRAGMA integrity_check(3)")]
    if said != ["ok"]:
        msg = f"{file} is damaged: {'; '.join(said)}; take another backup / 备份文件已损坏，请使用其他备份"
        raise ColdchainError(msg)


def _beside(file: Path) -> list[Path]:
    return [file.with_name(file.name + ending) for ending in ("-wal", "-shm", "-journal", ".lock", ".copy")]
