"""`coldchain grafana`: writes the boards and the files that bring them into a Grafana, or publishes them itself."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from assembly.channel_secrets import secret_in
from assembly.exits import CommandLineError
from assembly.server_settings import beyond_loopback
from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.places import Text
from dashboards.boards import boards
from dashboards.provisioning import SignIn, export_files, is_ours
from gateway.clock import SystemClock

if TYPE_CHECKING:
    from dashboards.publishing import Order, Step

DATABASE_MAX: Final = 64


class ExportError(ColdchainError):
    """Somebody else's file is in the way, or the folder cannot be written."""


def export(
    folder: Path,
    *,
    console_url: str,
    influx_url: str,
    database: str,
    boards_path: str | None = None,
    sign_in: str = SignIn.NONE,
) -> list[Path]:
    """Write all files of the export below folder and return their paths, those that changed nothing included.

    Files of an earlier export are overwritten, each in one step; any other file is not: then ExportError is raised
    and nothing was written. `boards_path`: the folder of the boards as Grafana sees it; where Grafana runs on this
    machine that is where they are written. Raises InvalidValueError for an address or name that cannot be meant.
    """
    files = export_files(
        console_url=_address(console_url, "--console-url"),
        influx_url=_address(influx_url, "--influx-url"),
        database=_database(database),
        boards_path=boards_path or str(folder.resolve() / "dashboards"),
        sign_in=SignIn(sign_in),
    )
    paths = [folder / name for name in files]
    try:
        _require_ours(paths)
        for path, content in zip(paths, files.values(), strict=True):
            _write(path, content)
    except OSError as error:
        msg = f"{error.filename} cannot be written: {error.strerror} / 无法写入"
        raise ExportError(msg) from error
    return paths


def report(paths: list[Path], folder: Path) -> str:
    """Return what was written and what comes next, in both languages."""
    written = "\n".join(f"written / 已生成: {path}" for path in paths)
    provisioning = folder / "provisioning"
    return f"""{written}
Next: copy what is in {provisioning} into Grafana's provisioning folder (often /etc/grafana/provisioning), restart it.
下一步：将 {provisioning} 中的内容复制到 Grafana 的 provisioning 目录（通常为 /etc/grafana/provisioning），再重启。
Then the wall is at / 墙面看板地址: http://GRAFANA/d/cc-wall-zh?kiosk  http://GRAFANA/d/cc-wall-en?kiosk"""


def published(
    url: str,
    token_file: Path,
    languages: Sequence[str],
    *,
    console_url: str,
    ca: Path | None = None,
    force: bool = False,
    reload: bool = False,
) -> "Iterator[Step]":
    """Return the steps of a publication; each is done when it is taken. `languages`: ends of the uids of the boards.

    Raises InvalidValueError for an address that cannot be meant, ColdchainError for a token that cannot be read.
    """
    grafana_url = _address(url, "--url")
    every = boards(_address(console_url, "--console-url"))
    token = secret_in("--token-file", token_file)
    if find_spec("httpx") is None:
        raise CommandLineError('publishing needs httpx: pip install "coldchain[grafana]" / 需要安装 httpx')
    from dashboards.publishing import Order

    order = Order(
        boards=[board for board in every if board.uid.rpartition("-")[2] in languages],
        version=version("coldchain"),
        now_ms=SystemClock().now_ms(),
        force=force,
        reload=reload,
    )
    return _steps(grafana_url, token, ca, order)


def _steps(url: str, token: str, ca: Path | None, order: "Order") -> "Iterator[Step]":
    from dashboards.grafana_api import Grafana
    from dashboards.publishing import Step, publish

    parts = urlsplit(url)
    if parts.scheme == "http" and beyond_loopback(parts.hostname or ""):
        said = Text(
            en="note: http:// carries the token over the network in the clear; use https:// where you can",
            zh="注意：http:// 以明文传输令牌，请尽量使用 https://",
        )
        yield Step(text=said)
    with Grafana(url, token, ca) as grafana:
        yield from publish(grafana, order)


def _address(text: str, option: str) -> str:
    """Return an address without its last slash, or refuse it. A password in it would lie open in the files."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
        known = parts.username is not None or parts.password is not None
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        usable = known = False
    if not usable or known:
        msg = (
            f"{option} {'with a user or password' if known else repr(text)} is not allowed: write http://host:port or "
            "https://host/path, without user, password and query / 地址无效"
        )
        raise InvalidValueError(msg)
    return text.rstrip("/")


def _database(name: str) -> str:
    if not 0 < len(name) <= DATABASE_MAX or not name.isprintable():
        msg = f"--database {name!r} is not allowed: write 1 to {DATABASE_MAX} printable characters / 数据库名无效"
        raise InvalidValueError(msg)
    return name


def _require_ours(paths: list[Path]) -> None:
    foreign = [str(path) for path in paths if path.exists() and not is_ours(path.as_posix(), path.read_bytes())]
    if foreign:
        msg = (
            f"{', '.join(foreign)} was not written by an export and is not overwritten: name another folder / "
            "文件不是由本命令生成，不会覆盖"
        )
        raise ExportError(msg)


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step: Grafana looks into the folder at any time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    new.replace(path)
