"""Which store the settings name, and how it is opened: the default SQLite file, or a PostgreSQL database."""

from pathlib import Path
from typing import Final

from assembly.server_settings import ServerSettings
from coldchain.errors import ColdchainError
from stores.readonly import ReadOnlyStore, open_read_only
from stores.session import SqlStore

HOT_FILE: Final = "hot.sqlite"
PASSWORD_BYTES_MAX: Final = 1_000


def open_record(settings: ServerSettings) -> SqlStore:
    """Open the store that the settings name, and be its only writer. Raises ColdchainError."""
    if settings.store.url is not None:
        return open_url(settings.store.url, settings.store.password_file)
    from stores.sqlite import open_store  # noqa: PLC0415 - each database's driver is loaded where it is used

    return open_store(settings.server.data_dir / HOT_FILE)


def look(settings: ServerSettings) -> ReadOnlyStore:
    """Open the store that the settings name to look at it, whoever writes it. Raises ColdchainError."""
    if settings.store.url is None:
        return open_read_only(settings.server.data_dir / HOT_FILE)
    require_driver()
    from stores.postgres_readonly import open_postgres_read_only  # noqa: PLC0415

    return open_postgres_read_only(settings.store.url, password_of(settings.store.password_file))


def open_url(url: str, password_file: Path | None) -> SqlStore:
    """Open a PostgreSQL database. Raises ColdchainError if it, its driver or its password cannot be had."""
    require_driver()
    from stores.postgres import open_postgres  # noqa: PLC0415

    return open_postgres(url, password_of(password_file))


def require_driver() -> None:
    """Raise ColdchainError with what to install if PostgreSQL's driver is missing."""
    try:
        import stores.postgres  # noqa: F401, PLC0415
    except ImportError as error:
        msg = (
            "the driver of PostgreSQL is not installed: pip install 'coldchain[postgres]'"
            " / 未安装 PostgreSQL 驱动：请安装 coldchain[postgres]"
        )
        raise ColdchainError(msg) from error


def password_of(file: Path | None) -> str | None:
    """Return the password that a file holds, without the end of its line; None if no file is named."""
    if file is None:
        return None
    try:
        with file.open("rb") as source:
            password = source.read(PASSWORD_BYTES_MAX).decode().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"store.password_file {file} cannot be read ({error}) / 无法读取密码文件"
        raise ColdchainError(msg) from error
    if not password:
        msg = f"store.password_file {file} is empty: write the password into it / 密码文件为空"
        raise ColdchainError(msg)
    return password
