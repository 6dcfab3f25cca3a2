"""`coldchain store retain`: what is past its time and what holds it; and to sign it, with the server stopped."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assembly.exits import EXIT_CODES

if TYPE_CHECKING:
    from coldchain.ports import Session

app = typer.Typer(help="How long readings are kept. / 读数的保存期限。", no_args_is_help=True, rich_markup_mode=None)
Config = Annotated[Path, typer.Option(help="The settings file of the server. / 服务器设置文件。")]
Name = Annotated[str, typer.Option(help="Who signs. / 签名人。")]
Post = Annotated[str, typer.Option(help="In which post. / 岗位。")]
Reason = Annotated[str, typer.Option(help="Why. / 理由。")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A name for it, used once. / 编号，只用一次。")]
HERE = Path("server.toml")


@app.command(short_help="What is past its time and what holds it. / 已过期限的读数", epilog=EXIT_CODES)
def show(config: Config = HERE) -> None:
    """Show periods, readings that are past their time, legal holds and removals; the server may run.

    显示保存期限、已过期限的读数、法律保全和销毁记录；服务器可继续运行。
    """
    from assembly.cli_ledger import record_to_read
    from gateway.clock import SystemClock

    store = record_to_read(config, None)
    try:
        with store.reading() as session:
            _show(session, SystemClock().now_ms())
    finally:
        store.close()


@app.command(short_help="Set how long something is kept. / 设定期限", epilog=EXIT_CODES)
def policy(
    what: Annotated[str, typer.Argument(help="readings, unit-records")],
    years: Annotated[int, typer.Argument(help="10 .. 100")],
    source: Annotated[str, typer.Option(help="The rule that it follows. / 依据。")],
    name: Name,
    post: Post,
    profile: Annotated[str, typer.Option(help="Under this profile only. / 仅此方案。")] = "",
    second_name: Annotated[str, typer.Option(help="Who signs, too, for a shorter one. / 缩短时的第二签名人。")] = "",
    second_post: Annotated[str, typer.Option(help="In which post. / 岗位。")] = "",
    config: Config = HERE,
) -> None:
    """Set how long something is kept. Stop the server first, or use its page.

    设定期限（先停服务器，或用页面）。
    """
    from coldchain.retention import Kept, SetRetention

    made = _choice(Kept, what)
    second = {"second_name": second_name, "second_post": second_post}
    _record(
        config, SetRetention, what=made, years=years, source=source, profile=profile, name=name, post=post, **second
    )


@app.command(short_help="Place a legal hold. / 法律保全", epilog=EXIT_CODES)
def hold(
    hold_id: Id,
    scope: Annotated[str, typer.Argument(help="everything, place, probe, unit")],
    reason: Reason,
    name: Name,
    post: Post,
    subject: Annotated[str, typer.Option(help="The id of the place, probe or unit. / 对象编号。")] = "",
    config: Config = HERE,
) -> None:
    """Keep what it covers from removal. Stop the server first, or use its page.

    法律保全（先停服务器，或用页面）。
    """
    from coldchain.retention import HoldScope, PlaceLegalHold

    made = _choice(HoldScope, scope)
    _record(config, PlaceLegalHold, id=hold_id, scope=made, subject=subject, reason=reason, name=name, post=post)


@app.command(short_help="End a legal hold. / 解除保全", epilog=EXIT_CODES)
def release(hold_id: Id, reason: Reason, name: Name, post: Post, config: Config = HERE) -> None:
    """End a legal hold. Stop the server first, or use its page.

    解除保全（先停服务器，或用页面）。
    """
    from coldchain.retention import EndLegalHold

    _record(config, EndLegalHold, id=hold_id, reason=reason, name=name, post=post)


@app.command(short_help="Propose a removal. / 提议销毁", epilog=EXIT_CODES)
def propose(
    disposal: Id,
    reason: Reason,
    name: Name,
    post: Post,
    probe: Annotated[str, typer.Option(help="Of this probe only. / 仅此探头。")] = "",
    config: Config = HERE,
) -> None:
    """Propose to remove what is due; nothing goes yet. Stop the server first, or use its page.

    提议销毁。
    """
    from coldchain.retention import ProposeDisposal

    _record(config, ProposeDisposal, id=disposal, probe=probe, reason=reason, name=name, post=post)


@app.command(short_help="Confirm a removal and do it. / 确认并执行销毁", epilog=EXIT_CODES)
def confirm(
    disposal: Id,
    sha256: Annotated[str, typer.Option(help="The hash that `show` prints. / show 所示核对码。")],
    name: Name,
    post: Post,
    config: Config = HERE,
) -> None:
    """Confirm as another person in another post, and do it. It cannot be undone.

    由另一人确认并执行，不可撤销。
    """
    from coldchain.retention import ConfirmDisposal

    _record(config, ConfirmDisposal, id=disposal, sha256=sha256, name=name, post=post)


@app.command(short_help="Withdraw a removal. / 撤回", epilog=EXIT_CODES)
def withdraw(disposal: Id, reason: Reason, name: Name, post: Post, config: Config = HERE) -> None:
    """Withdraw a removal that was not done. Stop the server first, or use its page.

    撤回（先停服务器，或用页面）。
    """
    from coldchain.retention import WithdrawDisposal

    _record(config, WithdrawDisposal, id=disposal, reason=reason, name=name, post=post)


def _record(config: Path, fact: type[Any], **fields: Any) -> None:  # noqa: ANN401 - of seven kinds of facts
    from assembly.cli_ledger import record_to_write
    from gateway.clock import SystemClock
    from ingest.counters import Counters
    from ingest.pipeline import Pipeline

    store = record_to_write(config, None)
    try:
        now_ms = SystemClock().now_ms()
        pipeline = Pipeline(store, Counters())
        recorded = pipeline.record(fact(at_ms=now_ms, actor=fields["name"], **fields), now_ms)
        print(f"recorded / 已登记: entry / 条目 {recorded.seq}")
        gone = pipeline.dispose(now_ms)
        if gone:
            print(f"blocks removed / 已销毁的数据块: {gone}")
        with store.reading() as session:
            _show(session, now_ms)
    finally:
        store.close()


def _show(session: "Session", now_ms: int) -> None:
    from api.retention import retention_view, utc_date

    view = retention_view(session, now_ms)
    for one in view.policies:
        years = "never removed / 永不销毁" if one.years is None else f"{one.years} years / 年"
        print(f"{one.what} {one.profile}: {years}  {one.source}")
    for floor in view.floors:
        version = f"{floor.profile} v{floor.version}"
        print(f"at least / 不短于  {version}: {floor.years} years / 年  {floor.source}")
    for span in view.past:
        held = f"held by / 保留: {span.held_by} {span.which}" if span.held_by else "due / 可提议销毁"
        print(
            f"past / 已过期限  {span.probe} {utc_date(span.from_day)} .. {utc_date(span.to_day)} ({span.days}): {held}"
        )
    for hold_ in view.holds:
        stands = "stands / 生效中" if hold_.stands else f"ended / 已解除: {hold_.ended_name}"
        print(f"legal hold / 法律保全 {hold_.id}  {hold_.scope.value} {hold_.subject}: {hold_.reason}; {stands}")
    for disposal in view.disposals:
        said = f"{disposal.state.value} {disposal.why_not}".strip()
        print(f"removal / 销毁 {disposal.id}: {said}; {disposal.blocks} blocks / 数据块, sha256 {disposal.sha256}")
    if not view.past:
        print("nothing is past its time / 没有已过保存期限的读数")


def _choice(kind: Any, text: str) -> Any:  # noqa: ANN401 - an enum and its member
    from assembly.exits import CommandLineError

    try:
        return kind(text)
    except ValueError as error:
        msg = f"{text!r:.40}: one of / 应为 {', '.join(one.value for one in kind)}"
        raise CommandLineError(msg) from error
