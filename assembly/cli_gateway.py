"""`coldchain gateway`, `gateway status` and `gateway probe`: the command line of the edge."""

from pathlib import Path
from typing import Annotated

import typer

from assembly.exits import EXIT_CODES

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

Config = Annotated[Path, typer.Option(help="The settings file. / 设置文件。")]
DEFAULT = Path("gateway.toml")


@app.callback()
def gateway(context: typer.Context, config: Config = DEFAULT) -> None:
    """Read the probes, doors and tag readers of a site and send everything to the centre.

    运行网关：读取探头、门磁和读写器，先存盘再上传。

    What was read is on disk before it counts as read, and stays there until the centre confirms it: neither a cut
    line nor a restart loses anything. Runs until it is stopped.
    """
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    from assembly import run_gateway
    from assembly.settings import load_gateway

    raise typer.Exit(run_gateway.run(load_gateway(config)))


@app.command(short_help="How the running gateway is. / 网关状态", epilog=EXIT_CODES)
def status(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="The settings file. / 设置文件。")] = None,
) -> None:
    """Say how the running gateway is: ports, devices, rates, what waits for the centre, clock, link, alarms.

    显示运行中的网关：端口、设备、速率、待上传、时钟、连接、报警。

    Reads the status file that the gateway writes every 5 s. Fails if no gateway runs or it hangs.
    """
    from assembly import cli_status
    from assembly.settings import load_gateway
    from gateway.clock import SystemClock

    settings = load_gateway(config or context.obj)
    raise typer.Exit(cli_status.show(settings, SystemClock().now_ms()))


@app.command(short_help="Find what hangs on which port. / 查找串口设备", epilog=EXIT_CODES)
def probe(
    port: Annotated[
        list[str] | None, typer.Option(help="Ask on this port only; may be repeated. / 只查此串口，可重复。")
    ] = None,
    slaves: Annotated[
        int, typer.Option(min=1, max=247, help="Modbus addresses to try, from 1. / 尝试的 Modbus 地址数。")
    ] = 4,
) -> None:
    """Ask on every serial port what hangs there, at each speed, and propose the tables of gateway.toml.

    在每个串口上以各种速率询问设备，并给出 gateway.toml 的设置。

    Only reads. Stop the gateway first: a port that it uses is said to be in use. One port takes up to a minute and
    a half with four addresses.
    """
    from assembly import cli_status

    raise typer.Exit(cli_status.probe(port or [], slaves))
