"""The command line. Imports of the parts stay inside the command that needs them: a gateway loads no web framework."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from assembly import (
    cli_claim,
    cli_commission,
    cli_demo,
    cli_export,
    cli_gateway,
    cli_grafana,
    cli_history,
    cli_influx,
    cli_ledger,
    cli_notify,
    cli_pki,
    cli_profiles,
    cli_report,
    cli_retention,
    cli_seal,
    cli_store,
)
from assembly.exits import EXIT_CODES, EXIT_FAILED, EXIT_REFUSED, CommandLineError
from coldchain.errors import ColdchainError

ABOUT = """\
Blood cold chain: from the serial byte in the fridge to the verdict of each bag.

血液冷链：从储血冰箱的串口数据到每一袋血的结论。

New here? Run `coldchain demo`. Setting up? Run `coldchain init`.

初次使用请运行 demo，安装部署请运行 init。
"""

app = typer.Typer(
    help=ABOUT + EXIT_CODES,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
config_app = typer.Typer(help="Work with settings files. / 设置文件工具。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(config_app, name="config")
app.add_typer(
    cli_gateway.app,
    name="gateway",
    short_help="Read the devices of a site, send to the centre. / 运行网关",
    epilog=EXIT_CODES,
)
app.add_typer(cli_demo.app, name="demo", short_help="A storage point and its night. / 演示", epilog=EXIT_CODES)
app.add_typer(cli_pki.app, name="pki", short_help="Keys and certificates of a site. / 密钥与证书", epilog=EXIT_CODES)
app.add_typer(cli_claim.claim_app, name="claim", short_help="Let a device become a gateway. / 设备接入")
app.add_typer(cli_claim.command_app, name="command", short_help="Commands to gateways. / 网关命令")
app.add_typer(
    cli_history.history_app, name="history", short_help="Temperature histories. / 温度历史", epilog=EXIT_CODES
)
app.command(short_help="The evidence pack of a unit. / 证据包", epilog=EXIT_CODES)(cli_report.report)
verify_app = typer.Typer(rich_markup_mode=None)
verify_app.callback(invoke_without_command=True)(cli_ledger.verify)
verify_app.command("report", short_help="A report. / 报告", epilog=EXIT_CODES)(cli_history.report)
app.add_typer(
    verify_app, name="verify", short_help="Is the record, or a report, what it was? / 核对", epilog=EXIT_CODES
)
app.add_typer(cli_commission.app, name="commission", short_help="Which probe hangs where. / 探头现场确认")
app.add_typer(cli_profiles.app, name="profiles", short_help="Limits and their approval. / 限值方案")
cli_store.app.add_typer(cli_retention.app, name="retain", short_help="How long readings are kept. / 保存期限")
app.add_typer(cli_store.app, name="store", short_help="Where the record is kept. / 记录的存储")
cli_store.app.command("seal", short_help="Seal closed days in blocks. / 封存已结束的日数据", epilog=EXIT_CODES)(
    cli_seal.seal
)
app.command(short_help="Back up the record while it runs. / 备份", epilog=EXIT_CODES)(cli_store.backup)
app.command(short_help="Check or put back a backup. / 检查或恢复备份", epilog=EXIT_CODES)(cli_store.restore)
app.add_typer(cli_ledger.ledger_app, name="ledger", short_help="Work on the ledger. / 账本工具", epilog=EXIT_CODES)
app.add_typer(cli_export.app, name="export", short_help="Hand out parts of the record. / 导出记录")
app.add_typer(cli_notify.app, name="notify", short_help="Messages to people. / 通知", epilog=EXIT_CODES)
app.add_typer(cli_influx.app, name="influx", short_help="The InfluxDB mirror. / InfluxDB 镜像", epilog=EXIT_CODES)
app.add_typer(cli_grafana.app, name="grafana", short_help="Boards for Grafana. / Grafana 看板")


def main() -> None:
    """Run the command line; every error of ours is a message and an exit code, never a traceback."""
    from assembly.settings import SettingsError

    try:
        app()
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_REFUSED)
    except CommandLineError as error:
        print(f"coldchain: {error}", file=sys.stderr)
        sys.exit(EXIT_REFUSED)
    except ColdchainError as error:
        print(f"coldchain: {error}", file=sys.stderr)
        sys.exit(EXIT_FAILED)


@app.command(short_help="Run the centre: record, rules, pages. / 运行服务器", epilog=EXIT_CODES)
def server(
    config: Annotated[Path, typer.Option(help="The settings file. / 设置文件。")] = Path("server.toml"),
) -> None:
    """Run the centre: take in what gateways send, judge it, keep the record, show the pages.

    运行服务器：接收、判定、存档、显示网页。

    Runs until it is stopped. Only one server may work on one data folder.
    """
    from assembly import run_server
    from assembly.settings import load_server

    raise typer.Exit(run_server.run(load_server(config), config))


@app.command(short_help="Simulate a storage point in real time. / 模拟储血点", epilog=EXIT_CODES)
def sim(
    links: Annotated[Path, typer.Option(help="Folder for the serial ports and the control line. / 串口链接目录。")],
    scenario: Annotated[
        str, typer.Option(help="A scenario by name, or the path of a scenario file. / 场景名或场景文件。")
    ] = "night-failure",
    seed: Annotated[int, typer.Option(help="The same seed gives the same day. / 随机种子。")] = 1,
    start_ms: Annotated[
        int | None, typer.Option(help="When the scenario began (UTC, ms since 1970); now if left out. / 场景开始时间。")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what really happened to this file. / 真值文件。")] = None,
    mqtt_url: Annotated[
        str | None,
        typer.Option(help="The broker that the courier's box speaks to; none: it is silent. / 运血箱用的消息服务器。"),
    ] = None,
    site: Annotated[str, typer.Option(help="The home of the courier's box. / 运血箱所属站点。")] = "storage-1",
    box_offline_min: Annotated[
        int, typer.Option(help="The box finds no network for so many minutes at first. / 运血箱最初无网络的分钟数。")
    ] = 0,
) -> None:
    """Simulate a storage point (or one fridge) with its devices on serial ports, in real time.

    在虚拟串口上实时模拟一个储血点（或一台储血冰箱）及其设备。

    The devices of the scenario answer on pseudo-terminals, found under the stable names LINKS/bus and LINKS/reader (of
    one fridge), or LINKS/reader-1, LINKS/reader-2 and LINKS/dock. LINKS/control takes commands such as {"do":
    "power-cut", "minutes": 5}. A start in the past is lived through at once. Runs until it is stopped.
    """
    from assembly import run_sim

    raise typer.Exit(
        run_sim.run(
            scenario=scenario,
            seed=seed,
            start_ms=start_ms,
            links=links,
            truth=truth,
            mqtt_url=mqtt_url,
            site=site,
            box_offline_min=box_offline_min,
        )
    )


@app.command(short_help="Write settings files to start from. / 生成设置文件", epilog=EXIT_CODES)
def init(
    folder: Annotated[Path, typer.Argument(help="Where to write them. / 目标目录。")] = Path(),
) -> None:
    """Write gateway.toml and server.toml to start from, with comments.

    生成带注释的设置文件。

    Files that exist are never overwritten.
    """
    from assembly.starting import write_starters

    for path in write_starters(folder):
        print(f"written / 已生成: {path}")
    print("Next: edit them, then `coldchain config check FILE`. / 下一步：修改后用 config check 检查。")


@app.command(short_help="Say what a scan or a tag means. / 解读标签或条码", epilog=EXIT_CODES)
def identify(
    text: Annotated[str, typer.Argument(help="What was scanned, or a tag's EPC in hex. / 扫描内容或标签 EPC。")],
) -> None:
    """Read an EPC or UID, a GS1 element string or Digital Link, an ISBT 128 scan; say what is in it.

    解读 EPC 或 UID、GS1 条码或 Digital Link、ISBT 128 条码的内容。

    Asks no server. Which bag a tag is bound to, the server's page tells.
    """
    from assembly.identifying import described

    lines, known = described(text)
    print("\n".join(lines))
    raise typer.Exit(0 if known else EXIT_FAILED)


@config_app.command(short_help="Check a settings file. / 检查设置文件", epilog=EXIT_CODES)
def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="gateway.toml or server.toml, or both. / 一个或多个文件。")
    ],
) -> None:
    """Tell which kind of settings a file holds, whether they can be used, and what they set up.

    检查设置文件：属于哪一种、能否使用、配置了什么；同时给出两种文件时，还比对两边的设备是否一致。

    Given the server's file and those of gateways, it also compares them: what one names, the other must know.
    """
    from assembly.comparing import compared
    from assembly.settings import load_any
    from assembly.shipped import require_shipped
    from assembly.starting import described

    read = {}
    for file in files:
        read[file] = load_any(file)
        require_shipped(file, read[file])
        print("\n".join(described(file, read[file])))
    for line in compared(read):
        print(line)


if __name__ == "__main__":
    main()
