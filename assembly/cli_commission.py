"""`coldchain commission`: which probes wait for somebody at the fridge, and confirming one of them."""

import time
from collections.abc import Iterator
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import typer

from assembly.cli_claim import LOCAL, Url, ask
from assembly.exits import EXIT_CODES, CommandLineError
from coldchain.errors import ConflictError
from coldchain.temperature import celsius_text

LOOK_EVERY_S: Final = 5
MINUTES_MAX: Final = 30  # a session lasts no longer (rules.commissioning)
PAGES_MAX: Final = 1_000
WAITING: Final = "not-confirmed"

app = typer.Typer(
    help="Which probe hangs in which fridge. / 探头现场确认。", no_args_is_help=True, rich_markup_mode=None
)
Json = dict[str, Any]


@app.command("list", short_help="Probes that wait to be confirmed. / 待确认的探头", epilog=EXIT_CODES)
def list_(
    url: Url = LOCAL,
    every: Annotated[bool, typer.Option("--all", help="All probes, confirmed ones too. / 全部探头。")] = False,
) -> None:
    """List the probes whose readings do not count because nobody at the fridge has confirmed them.

    列出尚未在现场确认、读数不作数的探头。
    """
    shown = 0
    for place, one in _hanging(url):
        if every or one["uncounted"] == WAITING:
            shown += 1
            print(_line(place, one))
    if not shown:
        print("no probe waits / 没有待确认的探头")
    else:
        print("Next: coldchain commission confirm PROBE --name … --post … / 下一步：现场确认")


@app.command(short_help="At the fridge: confirm a probe. / 现场确认探头", epilog=EXIT_CODES)
def confirm(
    probe: Annotated[str, typer.Argument(help="The probe's id. / 探头编号。")],
    name: Annotated[str, typer.Option(help="Who confirms it. / 确认人。")],
    post: Annotated[str, typer.Option(help="In which post. / 岗位。")],
    minutes: Annotated[
        int, typer.Option(min=1, max=MINUTES_MAX, help="Wait so long for the probe to rise. / 等待分钟数。")
    ] = 10,
    began_ms: Annotated[
        int | None, typer.Option(help="It is in the hand since (UTC, ms since 1970); now if left out. / 开始时间。")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked again. / 不再询问。")] = False,
    url: Url = LOCAL,
) -> None:
    """Warm a probe by hand until the record shows that this channel, and no other, has risen; then sign for it.

    用手握住探头升温，系统确认正是该通道升温后签名。
    """
    place = next((place for place, one in _hanging(url) if one["probe"]["id"] == probe), None)
    if place is None:
        msg = f"probe {probe} is not known there: coldchain commission list --all shows all"
        raise CommandLineError(msg)
    began = _now_ms(url, place) if began_ms is None else began_ms
    print(f"Keep probe {probe} of {place} in the hand, and no other. / 请握住探头 {probe}（{place}），不要碰其他探头。")
    risen = _await(url, place, probe, began, minutes)
    print(f"It is this channel: {_rise(risen)}. / 确认为该通道：{_rise(risen)}。")
    if not yes:
        typer.confirm(f"Sign as {name}, {post}? / 以 {name}（{post}）签名？", abort=True)
    body = {"probe": probe, "began_ms": began, "at_ms": _now_ms(url, place), "name": name, "post": post}
    ask(f"{url}/api/commissionings", body, name)
    print(f"confirmed: readings of {probe} count from now on / 已确认：{probe} 的读数自此作数")


def _await(url: str, place: str, probe: str, began_ms: int, minutes: int) -> Json:
    """Return the channel once it is the one that moved. Raises ConflictError: another one, several, or none in time."""
    while True:
        found = ask(f"{url}/api/probes/{quote(probe)}/warmed?{urlencode({'began_ms': began_ms})}", None, "")
        if found["moved"] == probe:
            return next(one for one in found["channels"] if one["probe"] == probe)
        if found["moved"] is not None:
            msg = f"it was probe {found['moved']} that rose, not {probe}: the two may be crossed; nothing was recorded"
            raise ConflictError(msg)
        if found["ambiguous"]:
            msg = "more than one probe rose: shut the doors, wait 5 min and try again; nothing was recorded"
            raise ConflictError(msg)
        if _now_ms(url, place) - began_ms >= minutes * 60_000:
            msg = f"no probe rose within {minutes} min: is {probe} in the hand, and does it read? nothing was recorded"
            raise ConflictError(msg)
        time.sleep(LOOK_EVERY_S)


def _hanging(url: str) -> Iterator[tuple[str, Json]]:
    """Yield (place, probe as it hangs there) of all places."""
    after = ""
    for _ in range(PAGES_MAX):
        page = ask(f"{url}/api/places?{urlencode({'after': after, 'limit': 100})}", None, "")
        for view in page["items"]:
            place = view["place"]["id"]
            for one in ask(f"{url}/api/places/{quote(place)}/probes", None, "")["probes"]:
                yield place, one
        after = page["next"]
        if not after:
            return


def _line(place: str, one: Json) -> str:
    position, said = one["position"], one["confirmed"]
    where = "" if position is None else f"  {position['line']} {position['channel']} {position['serial']}".rstrip()
    who = "" if said is None else f"  {said['name']}, {said['post']}"
    state = "waits / 待确认" if one["uncounted"] == WAITING else "confirmed / 已确认" if said else "registered / 已登记"
    return f"{one['probe']['id']}  {place}  {state}{who}{where}"


def _rise(channel: Json) -> str:
    return f"+{celsius_text(channel['rise_micro_celsius'])}"


def _now_ms(url: str, place: str) -> int:
    """Return the centre's time: the clock of this computer decides nothing."""
    return int(ask(f"{url}/api/places/{quote(place)}/probes", None, "")["as_of_ms"])
