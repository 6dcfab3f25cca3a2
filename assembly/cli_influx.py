"""`coldchain influx`: the mirror of a time, made anew or compared. Imports stay inside the command that needs them."""

from pathlib import Path
from typing import Annotated

import typer

from assembly.exits import EXIT_CODES, EXIT_FAILED

app = typer.Typer(help="The InfluxDB mirror. / InfluxDB 镜像。", no_args_is_help=True, rich_markup_mode=None)

From = Annotated[
    str, typer.Option("--from", help="Site time (2026-03-12T02:10), with an offset, or UTC ms. / 开始时间。")
]
To = Annotated[str, typer.Option("--to", help="The same; not included. / 结束时间（不含）。")]
Config = Annotated[Path, typer.Option(help="The settings file of the server. / 服务器设置文件。")]


@app.command(short_help="Make the mirror of a time anew. / 重建某时段", epilog=EXIT_CODES)
def rebuild(begin: From, end: To, config: Config = Path("server.toml")) -> None:
    """Write every point of a time again out of the reading log and the ledger, while the server runs or not.

    由读数记录和账本重新写入该时段的所有点；可在服务器运行时执行。

    What should not be there is taken away first, where InfluxDB can do that. How everything stood then
    (place_state, ages) was said at that time only and is left as it is.
    """
    from assembly import run_influx

    settings = run_influx.settings_of(config)
    if not run_influx.rebuild(settings, run_influx.period_of(settings, begin, end), print):
        raise typer.Exit(EXIT_FAILED)


@app.command(short_help="Is the mirror the record? / 镜像与记录是否一致", epilog=EXIT_CODES)
def compare(begin: From, end: To, config: Config = Path("server.toml")) -> None:
    """Compare every point and value of a time with the record, while the server runs or not.

    将该时段镜像中的每个点和数值与记录逐一核对；可在服务器运行时执行。

    Exit code 1: they are not alike; the first differences are named.
    """
    from assembly import run_influx

    settings = run_influx.settings_of(config)
    if not run_influx.compare(settings, run_influx.period_of(settings, begin, end), print):
        raise typer.Exit(EXIT_FAILED)
