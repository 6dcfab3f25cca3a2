"""`coldchain grafana`: the boards as files, or into a running Grafana."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assembly.exits import EXIT_CODES, EXIT_FAILED

app = typer.Typer(help="Boards for Grafana. / Grafana 看板。", no_args_is_help=True, rich_markup_mode=None)


class HowToSignIn(StrEnum):
    """As dashboards.provisioning.SignIn, which is not loaded for a look at the help."""

    NONE = "none"
    USER = "user"
    TOKEN = "token"  # noqa: S105 - the name of a way, not a secret


class BoardSet(StrEnum):
    """Which boards: those in one language, or all."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the ends of the uids of these boards."""
        return ("zh", "en") if self is BoardSet.BOTH else (self.value,)


@app.command(short_help="Write boards and provisioning files. / 导出看板", epilog=EXIT_CODES)
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write them. / 目标目录。")],
    console_url: Annotated[
        str, typer.Option(help="Where browsers find the pages of the server. / 管理页面的地址。")
    ] = "http://127.0.0.1:8080",
    influx_url: Annotated[
        str, typer.Option(help="Where Grafana finds InfluxDB. / Grafana 访问 InfluxDB 的地址。")
    ] = "http://127.0.0.1:8086",
    database: Annotated[str, typer.Option(help="Database, or bucket, of the mirror. / 数据库名。")] = "coldchain",
    sign_in: Annotated[
        HowToSignIn,
        typer.Option(help="How Grafana signs in to InfluxDB: 1.x none or user, 2.x and 3 token. / 登录方式。"),
    ] = HowToSignIn.NONE,
    boards_path: Annotated[
        str | None,
        typer.Option(help="FOLDER/dashboards as Grafana sees it, if elsewhere. / Grafana 所见的看板目录。"),
    ] = None,
) -> None:
    """Write the boards (dashboards/) and the files that bring them into a Grafana (provisioning/) below FOLDER.

    导出看板和配置文件，供 Grafana 11.6 至 13 使用（9.4 也能打开）。

    What an earlier export wrote is overwritten, nothing else is. No secret is written.
    """
    from assembly import run_grafana
    from coldchain.errors import InvalidValueError

    try:
        paths = run_grafana.export(
            folder,
            console_url=console_url,
            influx_url=influx_url,
            database=database,
            boards_path=boards_path,
            sign_in=sign_in,
        )
    except InvalidValueError as error:
        raise typer.BadParameter(str(error)) from error
    print(run_grafana.report(paths, folder))


@app.command(short_help="Bring the boards into a Grafana. / 发布看板", epilog=EXIT_CODES)
def publish(
    url: Annotated[str, typer.Option(help="The Grafana, e.g. http://127.0.0.1:3000. / Grafana 地址。")],
    token_file: Annotated[
        Path, typer.Option(help="A file that only you can read, with a service account's token. / 令牌文件。")
    ],
    lang: Annotated[BoardSet, typer.Option(help="Which set of boards. / 看板语言。")] = BoardSet.BOTH,
    console_url: Annotated[
        str, typer.Option(help="Where browsers find the pages of the server. / 管理页面的地址。")
    ] = "http://127.0.0.1:8080",
    ca: Annotated[Path | None, typer.Option(help="Whom to trust for https (PEM). / CA 证书文件。")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also over what was changed in Grafana. / 强制覆盖。")] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Also have provisioning files read anew. / 同时重新读取配置文件。")
    ] = False,
) -> None:
    """Make or update the boards by Grafana's HTTP API, and say what was changed.

    通过 Grafana 的 HTTP API 新建或更新看板，并说明改动。

    Boards with other uids stay as they are. One of ours that was changed in Grafana is not overwritten without --force.
    """
    from assembly import run_grafana
    from coldchain.errors import InvalidValueError

    try:
        steps = run_grafana.published(
            url, token_file, lang.languages, console_url=console_url, ca=ca, force=force, reload=reload
        )
    except InvalidValueError as error:
        raise typer.BadParameter(str(error)) from error
    missing = False
    for step in steps:
        missing = missing or step.wanted
        print(f"{step.text.en} / {step.text.zh}", flush=True)
    raise typer.Exit(EXIT_FAILED if missing else 0)
