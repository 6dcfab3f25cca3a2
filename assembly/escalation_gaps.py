"""When alarms would call nobody though a plan is there: holes of a week, people without their level's channels."""

from collections.abc import Iterable, Iterator
from typing import Final

from coldchain.duties import Escalation, Level, Rota
from coldchain.places import Text

DAY_MINUTES: Final = 1_440
WEEK_MINUTES: Final = 7 * DAY_MINUTES
DAYS: Final = (
    *(("Monday", "周一"), ("Tuesday", "周二"), ("Wednesday", "周三"), ("Thursday", "周四"), ("Friday", "周五")),
    *(("Saturday", "周六"), ("Sunday", "周日")),
)


def escalation_gaps(escalation: Escalation, sites: Iterable[str]) -> list[Text]:
    """Return what of a plan would call nobody at some hour or at some site; it is called another way then, or late."""
    rotas = {rota.id: rota for rota in escalation.calendar.rotas}
    return [
        *(_hole(rota, minute) for rota in rotas.values() if (minute := first_hole(rota)) is not None),
        *_without_channel(escalation, rotas),
        *_unplanned(escalation, sites),
    ]


def nobody_called(escalation: Escalation) -> Text | None:
    """Return that alarms call nobody, where there is no plan at all; None where there is one."""
    if escalation.plans:
        return None
    return Text(
        en="no [escalation] plan is set up: alarms stand on the pages and call nobody; docs/alarms.md shows one",
        zh="未配置 [escalation]：报警只显示在页面上，不会通知任何人；示例见 docs/alarms.md",
    )


def first_hole(rota: Rota) -> int | None:
    """Return the first minute of a week, from Monday 00:00, in which a rota has nobody; None if it has no hole."""
    covered = bytearray(WEEK_MINUTES)
    for shift in rota.shifts:
        last = shift.to_minute + (DAY_MINUTES if shift.to_minute <= shift.from_minute else 0)
        for day in shift.days:
            for minute in range(day * DAY_MINUTES + shift.from_minute, day * DAY_MINUTES + last):
                covered[minute % WEEK_MINUTES] = 1
    hole = covered.find(0)
    return None if hole < 0 else hole


def _hole(rota: Rota, minute: int) -> Text:
    day, clock = DAYS[minute // DAY_MINUTES], f"{minute % DAY_MINUTES // 60:02d}:{minute % 60:02d}"
    return Text(
        en=f"rota {rota.id} has nobody on {day[0]} from {clock}: its alarms go to the next level then; add a shift",
        zh=f"值班表 {rota.id} 从{day[1]} {clock} 起无人值班：届时报警转到下一级；请补上班次",
    )


def _without_channel(escalation: Escalation, rotas: dict[str, Rota]) -> Iterator[Text]:
    channels = {one.id: {to.channel for to in one.addresses} for one in escalation.calendar.people}
    for plan in escalation.plans:
        for number, level in enumerate(plan.levels):
            for person in sorted(_named(level, rotas)):
                if not channels.get(person, set()) & (set(level.channels) or channels.get(person, set())):
                    site = plan.site or "*"
                    yield Text(
                        en=f"plan of site {site}, level {number + 1}: {person} has no address on its channels",
                        zh=f"站点 {site} 的第 {number + 1} 级：{person} 没有该级通道上的地址",
                    )


def _named(level: Level, rotas: dict[str, Rota]) -> set[str]:
    found = set(level.people)
    for name in level.rotas:
        rota = rotas.get(name)
        if rota is not None:
            found |= {one.person for one in rota.shifts} | {one.person for one in rota.exceptions}
    return found


def _unplanned(escalation: Escalation, sites: Iterable[str]) -> Iterator[Text]:
    planned = {plan.site for plan in escalation.plans}
    if not planned or "" in planned:
        return
    other = escalation.plans[0].site
    for site in sorted({*sites, ""} - planned):
        name = (f"site {site}", f"站点 {site}") if site else ("alarms of the whole system", "系统级报警")
        yield Text(
            en=f"{name[0]}: no plan calls anybody; the plan of site {other} is used. Add a plan without a site",
            zh=f"{name[1]}：没有升级方案，现采用站点 {other} 的方案；请添加一个不写 site 的方案",
        )
