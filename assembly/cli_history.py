"""`coldchain history` and `coldchain verify report`: take a history out of the record, and check one that was."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from assembly.exits import EXIT_CODES, EXIT_FAILED, CommandLineError

LOCAL: Final = "http://127.0.0.1:8080"

history_app = typer.Typer(
    help="Temperature histories with a verification code. / 温度历史（附核对码）。",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """What a history is written as."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


class Lang(StrEnum):
    """The language of a PDF."""

    ZH = "zh"
    EN = "en"


Thing = Annotated[str, typer.Argument(metavar="ID", help="Its id. / 编号。")]
From = Annotated[
    str, typer.Option("--from", help="Site time (2026-03-12T02:10), with an offset, or UTC ms. / 开始时间。")
]
To = Annotated[str, typer.Option("--to", help="The same; not included. / 结束时间（不含）。")]
As = Annotated[Format, typer.Option("--format", help="json: the report; csv: all readings; pdf. / 格式。")]
Out = Annotated[
    Path | None, typer.Option(help="Where to write it; left out: its own name, in this folder. / 输出文件。")
]
Language = Annotated[Lang, typer.Option(help="The language of the PDF. / PDF 的语言。")]
Url = Annotated[str, typer.Option(help="Where the server's pages are. / 服务器页面地址。")]
Known = Annotated[int | None, typer.Option("--as-known-ms", help="What the record knew then (UTC ms). / 当时所知。")]
Actor = Annotated[str, typer.Option(help="To whom it is handed out, for the record. / 导出人。")]


@history_app.command(short_help="Of a place. / 储存设备", epilog=EXIT_CODES)
def place(
    thing: Thing,
    begin: From,
    end: To,
    kind: As = Format.PDF,
    out: Out = None,
    lang: Language = Lang.ZH,
    url: Url = LOCAL,
    actor: Actor = "command-line",
    known: Known = None,
) -> None:
    """Write the temperature history of a place; that it is handed out is recorded.

    导出储存设备的温度历史；导出会记入账本。
    """
    _write("place", thing, kind, out, _query(begin, end, lang, known), url, actor)


@history_app.command(short_help="Of a probe. / 探头", epilog=EXIT_CODES)
def probe(
    thing: Thing,
    begin: From,
    end: To,
    kind: As = Format.PDF,
    out: Out = None,
    lang: Language = Lang.ZH,
    url: Url = LOCAL,
    actor: Actor = "command-line",
    known: Known = None,
) -> None:
    """Write the temperature history of a probe; that it is handed out is recorded.

    导出探头的温度历史；导出会记入账本。
    """
    _write("probe", thing, kind, out, _query(begin, end, lang, known), url, actor)


@history_app.command(short_help="Of a unit. / 血液", epilog=EXIT_CODES)
def unit(
    thing: Thing,
    begin: From,
    end: To,
    kind: As = Format.PDF,
    out: Out = None,
    lang: Language = Lang.ZH,
    url: Url = LOCAL,
    actor: Actor = "command-line",
    known: Known = None,
) -> None:
    """Write the temperature history of a unit; that it is handed out is recorded.

    导出一袋血液的温度历史；导出会记入账本。
    """
    _write("unit", thing, kind, out, _query(begin, end, lang, known), url, actor)


def _query(begin: str, end: str, lang: str, known: int | None) -> dict[str, str]:
    asked = {"from": begin, "to": end, "lang": str(lang)}
    return asked if known is None else {**asked, "as_known_ms": str(known)}


def report(
    file: Annotated[
        Path, typer.Argument(help="A report's or evidence pack's .pdf, .json or .csv. / 报告或证据包文件。")
    ],
    url: Url = LOCAL,
) -> None:
    """Check that a report is unchanged and that the ledger knows it under its code.

    核对报告是否被改动，以及账本中是否有其核对码。

    Every hash is worked out anew from the file; the server only says what the ledger has under the code.
    """
    from api.report_check import FILE_BYTES_MAX, checked
    from assembly.history_client import differences, export_view

    found = checked(_read(file, FILE_BYTES_MAX))
    known = export_view(url, found.export)
    print(f"code / 核对码: {found.code}")
    differ = differences(found, known)
    for line in differ:
        print(f"NOT what the ledger says / 与账本不符: {line}")
    if differ:
        raise typer.Exit(EXIT_FAILED)
    print(f"the data is unchanged, SHA-256 {found.sha256} / 数据未被改动")
    print(f"handed out to {known.actor}, ledger entry {known.seq} / 导出人与账本条目")
    if known.checkpoint is None:
        print("covered by no checkpoint yet / 尚无检查点覆盖")
    else:
        print(f"covered by the checkpoint over {known.checkpoint.size} entries, root {known.checkpoint.root} / 检查点")
    if found.pages is False:
        print(
            "the PAGES are not what this program makes of the data: they were changed, or another version made them; "
            "rely on the attached data only / 页面与数据不一致：页面被改动，或由其他版本生成；只能采信附件数据"
        )
        raise typer.Exit(EXIT_FAILED)
    if found.pages:
        print("the pages are exactly what this data makes / 页面与数据逐字节一致")


def _write(
    subject: str, thing: str, kind: Format, out: Path | None, query: dict[str, str], url: str, actor: str
) -> None:
    from assembly.history_client import history_file

    name, body = history_file(url, subject, thing, kind, query, actor)
    path = out or Path(Path(name).name)
    written(path, body)
    print(f"written / 已生成: {path} ({len(body)} bytes)")
    print(f"Next: coldchain verify report {path} --url {url} / 下一步：核对")


def written(path: Path, body: bytes) -> None:
    """Write a file that does not exist yet. Raises CommandLineError."""
    try:
        with path.open("xb") as file:
            file.write(body)
    except FileExistsError as error:
        msg = f"{path} exists already and is not overwritten: name another file with --out"
        raise CommandLineError(msg) from error
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}"
        raise CommandLineError(msg) from error


def _read(file: Path, bytes_max: int) -> bytes:
    try:
        if file.stat().st_size > bytes_max:
            msg = f"{file} is larger than {bytes_max} bytes: it is no report"
            raise CommandLineError(msg)
        return file.read_bytes()
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}"
        raise CommandLineError(msg) from error
