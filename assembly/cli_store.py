"""`coldchain store`, `backup` and `restore`: where the record is kept, and copies of it."""

from pathlib import Path
from typing import Annotated, Final

import typer

from assembly.exits import EXIT_CODES, CommandLineError

CONFIG_HELP: Final = "The server's settings file. / 服务器设置文件。"

app = typer.Typer(help="Where the record is kept. / 记录的存储。", no_args_is_help=True, rich_markup_mode=None)

Config = Annotated[Path, typer.Option(help=CONFIG_HELP)]
PasswordFile = Annotated[
    Path | None, typer.Option(help="A file with the password alone, for the address. / 该地址的密码文件。")
]


@app.command(short_help="Copy the record into PostgreSQL. / 迁移到 PostgreSQL", epilog=EXIT_CODES)
def move(
    to: Annotated[str, typer.Option(help="postgresql://user@host:5432/database, empty. / 空的目标数据库。")],
    config: Config = Path("server.toml"),
    password_file: PasswordFile = None,
) -> None:
    """Copy the record of the SQLite file into an empty PostgreSQL database, and prove that nothing changed.

    把 SQLite 文件中的记录复制到空的 PostgreSQL 数据库，并逐行证明没有任何变化。

    Stop the server first. The file stays as it is. After an interruption the database is empty: start it again.
    """
    from assembly import record_copies
    from assembly.settings import load_server

    print("\n".join(record_copies.move(load_server(config), _address(to), password_file)))


@app.command(short_help="Make the tables with the owner's rights. / 以属主身份建表", epilog=EXIT_CODES)
def prepare(
    url: Annotated[str, typer.Option(help="The database's address for its owner. / 属主的数据库地址。")],
    role: Annotated[str, typer.Option(help="The role that the server uses. / 服务器所用的角色。")],
    password_file: PasswordFile = None,
) -> None:
    """Make or migrate the tables as their owner; the server's role may then add evidence and not change it.

    以属主身份建表或升级；服务器角色只能追加证据，不能修改。

    Needed once, and after an update of the program. The server must be stopped.
    """
    from assembly.storing import password_of, require_driver

    require_driver()
    from stores.postgres_setup import prepare as prepared

    evidence = prepared(_address(url), password_of(password_file), role)
    print(f"prepared for role {role}; append-only / 已就绪，只可追加: {', '.join(evidence)}")


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it: another disk. / 另一块磁盘。")],
    config: Config = Path("server.toml"),
) -> None:
    """Write a backup into DIR while the server runs: one SQLite file, in which every row was read once.

    在服务器运行时备份：一个 SQLite 文件，写后逐行读出。

    Its figures are printed; `coldchain restore --check` verifies them, entry by entry.
    """
    from assembly import record_copies
    from assembly.settings import load_server
    from gateway.clock import SystemClock

    print("\n".join(record_copies.backup(load_server(config), folder, SystemClock().now_ms())))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup. / 备份文件。")],
    check: Annotated[bool, typer.Option("--check", help="Only verify it; change nothing. / 仅检查。")] = False,
    config: Config = Path("server.toml"),
) -> None:
    """Verify a backup, and without --check make it the record, where there is none yet.

    检查备份；不加 --check 时，将其恢复为（尚不存在的）记录。

    Every entry's hash is computed again, every reading decoded, every projection made anew and compared.
    """
    from assembly import record_copies
    from assembly.settings import load_server

    if check:
        print("\n".join(record_copies.check_file(file)))
        return
    print("\n".join(record_copies.put_in_place(load_server(config), file)))


def _address(url: str) -> str:
    from assembly.settings_types import a_postgres_url

    try:
        return a_postgres_url(url)
    except ValueError as error:
        msg = (
            "the address must be postgresql://user@host:5432/database without a password (--password-file names its"
            " file) / 地址应为 postgresql://用户@主机:5432/数据库，不含密码（用 --password-file）"
        )
        raise CommandLineError(msg) from error
