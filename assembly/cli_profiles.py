"""`coldchain profiles`: which versions there are, what differs, proposing, approving, keeping, and the preview."""

import os
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import typer

from assembly.cli_claim import LOCAL, Url, ask
from assembly.exits import EXIT_CODES, CommandLineError
from coldchain.temperature import celsius_text

DAY_MS: Final = 86_400_000
EFFECTS: Final = ("new", "gone", "longer", "shorter", "other", "same")
Json = dict[str, Any]

app = typer.Typer(
    help="Limits, their approval, and what a change would do. / 限值方案。", no_args_is_help=True, rich_markup_mode=None
)
Which = Annotated[str, typer.Argument(help="A profile and version, e.g. cn-rbc:3. / 方案与版本。")]
Name = Annotated[str, typer.Option(help="Who signs. / 签名人。")]
Post = Annotated[str, typer.Option(help="In which post. / 岗位。")]
Reason = Annotated[str, typer.Option(help="Why. / 理由。")]


@app.command("list", short_help="All versions. / 全部版本", epilog=EXIT_CODES)
def list_(url: Url = LOCAL) -> None:
    """List all profile versions, how far each has come, and the places that keep it now.

    列出全部限值方案、状态与正在执行的设备。
    """
    for one in ask(f"{url}/api/profiles", None, "")["items"]:
        mark = "confirmed / 已确认" if one["confirmed"] else "to be confirmed / 待确认"
        places = "  " + ", ".join(one["places"]) if one["places"] else ""
        print(f"{one['id']}:{one['version']}  {_limits(one)}  {one['evidence']}  {mark}  {one['state']}{places}")


@app.command(short_help="All that a version says. / 显示一个版本", epilog=EXIT_CODES)
def show(which: Which, url: Url = LOCAL) -> None:
    """Show what a version says, with source and evidence mark of each section, and who approved it.

    显示一个版本的全部内容、出处与批准情况。
    """
    found = _detail(url, which)
    view = found["view"]
    print(f"{view['id']}:{view['version']}  {view['name']['en']} / {view['name']['zh']}")
    mark = "confirmed / 已确认" if view["confirmed"] else "to be confirmed / 待确认"
    print(f"{mark}  {view['state']}  {view['sha256']}")
    for part in found["sections"]:
        print(f"[{part['name']}]  {part['evidence']}: {part['source']}")
        for said in part["said"]:
            print(f"  {said['key']} = {said['value']}")
    for word in (*found["proposals"], *found["approvals"]):
        what = "approved" if word.get("approved") else "refused" if "approved" in word else "proposed"
        print(f"{what}: {word['name']}, {word['post']}: {word['reason']}")


@app.command(short_help="What differs between two versions. / 比较两个版本", epilog=EXIT_CODES)
def diff(before: Which, after: Which, url: Url = LOCAL) -> None:
    """Show key by key what differs between two versions that are known to the server.

    逐项比较两个版本。
    """
    profile, version = _split(before)
    query = urlencode({"against_profile": profile, "against_version": version})
    for one in _detail(url, after, f"?{query}")["differences"]:
        print(f"{one['key']}: {_value(one['before'])} -> {_value(one['after'])}")


@app.command(short_help="Propose a version or a file. / 提出方案", epilog=EXIT_CODES)
def propose(
    which: Annotated[str, typer.Argument(help="A file, or a version as cn-rbc:3. / 文件或版本。")],
    name: Name,
    post: Post,
    reason: Reason,
    url: Url = LOCAL,
) -> None:
    """Propose a profile for use: a file of your own, which is loaded, or a version that is known. Another approves.

    提出一个限值方案（自己的文件或已载入的版本），由另一人批准。
    """
    if os.sep in which or which.endswith(".toml"):
        toml, profile, version = _read(Path(which))
    else:
        toml, (profile, version) = "", _split(which)
    body = {"profile": profile, "version": version, "toml": toml, "name": name, "post": post, "reason": reason}
    ask(f"{url}/api/profile-proposals", body, name)
    print(f"proposed / 已提出: {profile}:{version}")
    print(
        "Next: coldchain profiles preview, then another person: coldchain profiles approve / 下一步：预览，由另一人批准"
    )


@app.command(short_help="Approve or refuse a version. / 批准或否决", epilog=EXIT_CODES)
def approve(
    which: Which,
    name: Name,
    post: Post,
    reason: Reason,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it. / 否决。")] = False,
    url: Url = LOCAL,
) -> None:
    """Approve or refuse a version that another person proposed.

    批准或否决另一人提出的版本。
    """
    view = _detail(url, which)["view"]
    body = {"profile": view["id"], "version": view["version"], "sha256": view["sha256"], "approved": not refuse}
    ask(f"{url}/api/profile-approvals", {**body, "name": name, "post": post, "reason": reason}, name)
    print(f"{'refused / 已否决' if refuse else 'approved / 已批准'}: {view['id']}:{view['version']}")


@app.command(short_help="Let a place keep a version. / 用于设备", epilog=EXIT_CODES)
def keep(
    place: Annotated[str, typer.Argument(help="The place's id. / 设备编号。")],
    which: Which,
    name: Name,
    post: Post,
    second_name: Annotated[str, typer.Option(help="The second person. / 第二人。")],
    second_post: Annotated[str, typer.Option(help="In which post. / 第二人岗位。")],
    reason: Reason,
    from_ms: Annotated[
        int | None, typer.Option(help="From when on (UTC, ms since 1970); now if left out. / 生效时间。")
    ] = None,
    url: Url = LOCAL,
) -> None:
    """Let a place keep an approved version from an instant on; what was judged before stays as it was judged.

    自某时刻起让设备执行已批准的版本，此前的判定不变。
    """
    profile, version = _split(which)
    signed = {"name": name, "post": post, "second_name": second_name, "second_post": second_post, "reason": reason}
    body = {"profile": profile, "version": version, "from_ms": from_ms, **signed}
    ask(f"{url}/api/places/{quote(place)}/profile", body, name)
    print(f"{place} keeps / 执行 {profile}:{version}")


@app.command(short_help="What a change would do. / 预览影响", epilog=EXIT_CODES)
def preview(
    which: Which,
    days: Annotated[int, typer.Option(min=1, max=366, help="So many days back from now. / 回看天数。")] = 30,
    place: Annotated[list[str] | None, typer.Option(help="A place; more than one may be given. / 设备。")] = None,
    url: Url = LOCAL,
) -> None:
    """Judge the past under a version and say which findings and verdicts of units would be others. Records nothing.

    用历史读数按该版本重新判定，列出会改变的发现与血袋结论；不登记任何内容。
    """
    profile, version = _split(which)
    now_ms = int(ask(f"{url}/api/profiles", None, "")["as_of_ms"])
    body = {"from_ms": now_ms - days * DAY_MS, "to_ms": now_ms, "places": place or []}
    found = ask(f"{url}/api/profiles/{quote(profile)}/{version}/preview", body, "")
    for one in (*found["places"], found["total"]):
        effects = " ".join(f"{effect} {one['effects'][effect]}" for effect in EFFECTS)
        units = (
            f"held {one['units_newly_held']} freed {one['units_no_longer_held']} other {one['units_otherwise_changed']}"
        )
        name = one["place"] or "in all / 合计"
        print(f"{name}: findings {one['findings_before']} -> {one['findings_after']} ({effects}); units {units}")
    for one in found["findings"]:
        print(f"  {one['place']} {one['probe']} {one['effect']}: {_episode(one['before'])} -> {_episode(one['after'])}")
    for one in found["units"]:
        print(f"  {one['unit']} in {one['place']}: holds {one['holds_before']} -> {one['holds_after']}")


def _read(file: Path) -> tuple[str, str, int]:
    from rules.profile import load_profile

    try:
        toml = file.read_bytes()
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}"
        raise CommandLineError(msg) from error
    profile = load_profile(toml)
    return toml.decode(), profile.id, profile.version


def _detail(url: str, which: str, query: str = "") -> Json:
    profile, version = _split(which)
    found: Json = ask(f"{url}/api/profiles/{quote(profile)}/{version}{query}", None, "")
    return found


def _split(which: str) -> tuple[str, int]:
    profile, _, version = which.partition(":")
    if not profile or not version.isdecimal():
        msg = f"{which!r} names no version: write it as cn-rbc:3"
        raise CommandLineError(msg)
    return profile, int(version)


def _limits(view: Json) -> str:
    low, high = view["low_micro_celsius"], celsius_text(view["high_micro_celsius"])
    upper = f"{'<=' if view['high_inclusive'] else '<'} {high}"
    return f"{upper} °C" if low is None else f"{celsius_text(low)}..{high} °C"


def _value(value: object) -> str:
    return "(nothing / 无)" if value is None else str(value)


def _episode(episode: Json | None) -> str:
    if episode is None:
        return "-"
    return f"{episode['rule']} {episode['start_ms']}..{'' if episode['end_ms'] is None else episode['end_ms']}"
