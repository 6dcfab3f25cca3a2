"""`coldchain demo` and `coldchain demo do`: the command line of the demo."""

from pathlib import Path
from typing import Annotated

import typer

from assembly.exits import EXIT_CODES

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

Folder = Annotated[Path | None, typer.Option("--dir", help="Its files' folder; else a new one. / 工作目录。")]


@app.callback()
def demo(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Compare with the truth, then stop. / 核对后退出。")] = False,
    broker: Annotated[
        str, typer.Option(help="mosquitto, nats, or auto: the first that is installed. / 消息服务器。")
    ] = "auto",
    mqtt_url: Annotated[
        str | None, typer.Option(help="Use this running broker instead. / 使用已有的消息服务器。")
    ] = None,
    folder: Folder = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same night. / 随机种子。")] = 1,
    hours: Annotated[int, typer.Option(help="How long the place has lived, 26 to 240. / 历史小时数，26 到 240。")] = 26,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the pages; else a free one. / 网页端口。")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep its files at the end. / 保留文件。")] = False,
    influx: Annotated[
        str | None, typer.Option(help="Fill this InfluxDB, e.g. http://127.0.0.1:8086. / 填充此 InfluxDB。")
    ] = None,
    box: Annotated[
        str, typer.Option(help="How the courier's box hands in: mqtt, dock or both. / 运血箱上传方式。")
    ] = "mqtt",
) -> None:
    """Live through a night and a day at a storage point, and see the verdict of each bag.

    演示：储血点的一天一夜，查看每一袋血的结论。

    Simulator, gateway, broker and server run on this machine, on loopback only. At the end what the system found is
    compared with what the simulator knows; exit code 1 if they differ. While it runs, `coldchain demo do ACTION` in a
    second terminal acts on it.
    """
    if context.invoked_subcommand is not None:
        return
    from assembly import demo as storage_point
    from assembly.brokers import BrokerKind

    _require(broker, ["auto", *BrokerKind], "--broker")
    _require(box, list(storage_point.BoxWay), "--box")
    if not storage_point.HOURS_MIN <= hours <= storage_point.HOURS_MAX:
        least, most = storage_point.HOURS_MIN, storage_point.HOURS_MAX
        message = (
            f"{hours} is not allowed; allowed: {least} to {most}, as the story fills a day and two hours"
            f" / 只能是 {least} 到 {most}"
        )
        raise typer.BadParameter(message, param_hint="--hours")
    wishes = storage_point.Wishes(
        check=check,
        broker=broker,
        mqtt_url=mqtt_url,
        folder=folder,
        seed=seed,
        hours=hours,
        port=port,
        keep=keep,
        influx=influx,
        box=storage_point.BoxWay(box),
    )
    raise typer.Exit(storage_point.main(wishes))


@app.command(name="do", short_help="Act on the running demo. / 对运行中的演示操作", epilog=EXIT_CODES)
def do(
    action: Annotated[
        str,
        typer.Argument(help="power-cut, open-door, compressor, cut-network, unplug or drop-box-network / 操作"),
    ],
    minutes: Annotated[
        int | None, typer.Option(min=1, max=240, help="How long; else as long as it needs. / 持续分钟数。")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="The demo's folder; else the one that runs. / 演示目录。")
    ] = None,
) -> None:
    """Do something to the running demo and say what to watch for; it ends by itself.

    对运行中的演示进行操作，并提示应看到什么；到时自动恢复。
    """
    from assembly.demo_do import act

    act(action, minutes, folder)


def _require(value: str, allowed: list[str], option: str) -> None:
    if value not in allowed:
        message = f"{value!r} is not allowed; allowed: {', '.join(allowed)} / 不允许，请从以上选择"
        raise typer.BadParameter(message, param_hint=option)
