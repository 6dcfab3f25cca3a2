"""`coldchain report`: the evidence pack of a unit, for whoever has to decide on it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from assembly.cli_history import LOCAL, Lang, written


class PackFormat(StrEnum):
    """What a pack is written as."""

    PDF = "pdf"
    JSON = "json"


def report(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The unit's id. / 血袋编号。")],
    kind: Annotated[PackFormat, typer.Option("--format", help="pdf, or json. / 格式。")] = PackFormat.PDF,
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; left out: its own name, in this folder. / 输出文件。")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="The language of the PDF. / PDF 的语言。")] = Lang.ZH,
    url: Annotated[str, typer.Option(help="Where the server's pages are. / 服务器页面地址。")] = LOCAL,
    actor: Annotated[str, typer.Option(help="To whom it is handed out, for the record. / 导出人。")] = "command-line",
) -> None:
    """Write the evidence pack of a unit: findings, curve, stays, limits, calibration, holds, decisions, custody.

    What the rules suggest stands in it with its sources and decides nothing. That it is handed out is recorded.

    导出一袋血液的证据包：异常、曲线、位置、限值、校准、暂停、决定与流转；规则提示只是建议。导出会记入账本。
    """
    from assembly.history_client import fetched

    address = f"{url.rstrip('/')}/api/units/{quote(unit, safe='')}/evidence-pack.{kind.value}?lang={lang.value}"
    name, body = fetched(address, actor)
    path = out or Path(Path(name or f"evidence-{unit}.{kind.value}").name)
    written(path, body)
    print(f"written / 已生成: {path} ({len(body)} bytes)")
    print(f"Next: coldchain verify report {path} --url {url} / 下一步：核对")
