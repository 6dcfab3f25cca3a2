"""What needs somebody first, in words: alarms, units to call back, running delays, what is awaited, sensors, notices.

An entry names the place, the value and its probe, the limit, since when, what is inside, and what to do first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from api.beside_unit import kind_text
from api.limits import limit_text
from api.running import FindingView
from api.standings import shown_probe, standing_texts
from api.urgent import UrgentUnit
from api.wording import Words
from coldchain.entries import Manifest
from coldchain.places import CONTAINERS, ON_THE_ROAD, PlaceKind
from coldchain.standing import Notice, NoticeKind, PlaceStanding, PlaceState, ProbeStanding
from coldchain.units import Finding
from rules.profile import Profile

MEASURES_NOTHING: Final = CONTAINERS - {PlaceKind.BOX}  # usually: a box has a probe, or should have
NAMED_MAX: Final = 3  # units named in one entry; the urgent list has all
LISTED_MAX: Final = 40  # entries; a site in which more goes wrong has one cause

URGENT: Final = "urgent"
ON_HOLD: Final = "on-hold"
ALWAYS_LISTED: Final = frozenset({URGENT, ON_HOLD})  # they speak of blood, whatever the places are like

OPEN_STATES: Final = (PlaceState.TOO_WARM, PlaceState.TOO_COLD, PlaceState.UNMEASURED)
# Listed from their beginning on with what is left until they are due: nobody does these on purpose.
LISTED_EARLY: Final = frozenset(
    {
        *(NoticeKind.MAINS_LOST, NoticeKind.UPS_ON_BATTERY, NoticeKind.DEVICE_SILENT),
        *(NoticeKind.GATEWAY_SILENT, NoticeKind.GATEWAY_DARK, NoticeKind.QUALIFICATION_ENDING),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known beside the standings: profiles and running figures by place and finding, lists of boxes."""

    profiles: Mapping[str, Profile | None]
    findings: Mapping[str, FindingView]
    manifests: Mapping[str, Manifest]
    gateways: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to do: what it is, what is known of it, what to do first, and where to read more.

    `tone` is a PlaceState's or "urgent"; `places`: of which it speaks; `due_ms`: when it becomes graver if it goes on,
    counted down on the page. `named`: units that the last fact names, with the addresses of their pages.
    `links`: pages on which that is done, by the texts of their names.
    """

    id: str
    tone: str
    title: str
    facts: Sequence[str]
    todo: str
    href: str
    places: Sequence[str] = ()
    due_ms: int | None = None
    due_key: str = ""
    named: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, str]] = ()


def first_entries(
    standings: Sequence[PlaceStanding],
    urgent: Sequence[UrgentUnit],
    beside: Beside,
    words: Words,
    held: Sequence[Entry] = (),
) -> list[Entry]:
    """Return the entries in the order in which they are to be done; `held` is the one of the units on hold, if any."""
    every = all_entries(standings, urgent, beside, words, held)
    listed = [one for at, one in enumerate(every) if at < LISTED_MAX or one.id in ALWAYS_LISTED]
    more = len(every) - len(listed)
    return [*listed, _more(more, words)] if more else listed


def all_entries(
    standings: Sequence[PlaceStanding],
    urgent: Sequence[UrgentUnit],
    beside: Beside,
    words: Words,
    held: Sequence[Entry] = (),
) -> list[Entry]:
    """Return the same, however many there are: the entry of one place is looked for among all."""
    of_state = [
        (one, list(_of_state(one, standings, beside, words))) for one in standings if not _stands_elsewhere(one)
    ]
    alarms = [entry for one, entries in of_state if one.state in OPEN_STATES for entry in entries]
    rest = [
        entry for one, entries in sorted(of_state, key=_gravity) if one.state not in OPEN_STATES for entry in entries
    ]
    notices = _of_notices(standings, words)
    return [*alarms, *_of_urgent(urgent, words), *rest, *notices, *held]


def place_words(standing: PlaceStanding, others: Sequence[PlaceStanding], beside: Beside, words: Words) -> str:
    """Return what a board says of a place: its state, what needs a look and since when, and what to do first.

    Among `others`, all places, is looked for one that blood can be moved to.
    """
    due = [one for one in standing.notices if one.due_ms <= standing.as_of_ms and not _said_already(standing, one)]
    needed = msgspec.structs.replace(standing, notices=tuple(due))
    entries = [*_of_state(standing, others, beside, words), *_of_notices([needed], words)]
    state, _ = standing_texts(standing, words.language)
    said = [state, *(notice_text(notice, standing, words) for notice in due)]
    text = words.say("semicolon").join(said)
    return words.say("first.words", what=text, todo=entries[0].todo) if entries else text


def inside_text(standing: PlaceStanding, words: Words) -> str:
    """Return how many units are inside, and how many of them are on hold."""
    text = words.say("start.inside", certain=standing.inside, possible=standing.possible)
    return text if not standing.held else text + words.say("first.held", n=standing.held)


def _more(n: int, words: Words) -> Entry:
    return Entry(
        id="more",
        tone=PlaceState.ATTENTION,
        title=words.say("first.more", n=n),
        facts=[],
        todo=words.say("first.more.todo"),
        href="#live-places",
    )


def _stands_elsewhere(standing: PlaceStanding) -> bool:
    """Tell whether a place is a container without a probe: its units are where it stands, and nothing is to be done."""
    return standing.kind in MEASURES_NOTHING and not standing.probes and standing.state is PlaceState.SILENT


def _gravity(pair: tuple[PlaceStanding, Sequence[Entry]]) -> int:
    return list(PlaceState).index(pair[0].state)


def _of_state(
    standing: PlaceStanding, standings: Sequence[PlaceStanding], beside: Beside, words: Words
) -> Iterator[Entry]:
    match standing.state:
        case PlaceState.TOO_WARM | PlaceState.TOO_COLD:
            yield _entry(standing, words, [_cold_facts(standing, beside, words)], _rescue(standing, standings, words))
        case PlaceState.UNMEASURED:
            facts = [words.say("first.since", since=_since(standing, words)), words.say("first.unknown")]
            yield _entry(
                standing, words, facts, words.say("first.unmeasured.todo", gateways=_gateways(standing, beside))
            )
        case PlaceState.OUTSIDE:
            facts = [_cold_facts(standing, beside, words)]
            yield _entry(standing, words, facts, words.say("first.outside.todo"), due_key="first.due.alarm")
        case PlaceState.SILENT if standing.kind == PlaceKind.BOX:
            yield _awaited_box(standing, beside, words)
        case PlaceState.SILENT:
            facts = [words.say("first.since", since=_since(standing, words))]
            todo = words.say("first.silent.todo", gateways=_gateways(standing, beside))
            yield _entry(standing, words, facts, todo, due_key="first.due.unmeasured")
        case PlaceState.SENSOR_FAULT:
            _, value = standing_texts(standing, words.language)
            facts = [
                words.say("first.since", since=_since(standing, words)),
                words.say("first.sensor.other", value=value),
            ]
            yield _entry(standing, words, facts, words.say("first.sensor.todo"))
        case PlaceState.NOT_CONFIRMED:
            facts = [words.say("first.since", since=_since(standing, words)), words.say("first.unknown")]
            yield _entry(standing, words, facts, words.say("first.confirm.todo"))
        case PlaceState.ATTENTION if standing.probe is not None:
            facts = [_cold_facts(standing, beside, words)]
            yield _entry(standing, words, facts, words.say(_excused_todo(standing)), due_key="first.due.alarm")
        case PlaceState.ATTENTION | PlaceState.UNDER_CHECK | PlaceState.WITHIN | PlaceState.OUT_OF_USE:
            return


def _excused_todo(standing: PlaceStanding) -> str:
    """Return what to do about air that is outside and excused: that depends on what still excuses it."""
    kinds = {notice.kind for notice in standing.notices}
    if NoticeKind.DOOR_OPEN in kinds:
        return "first.excused.door.todo"
    return "first.excused.defrost.todo" if NoticeKind.DEFROSTING in kinds else "first.excused.shut.todo"


def _entry(standing: PlaceStanding, words: Words, facts: Sequence[str], todo: str, *, due_key: str = "") -> Entry:
    title, _ = standing_texts(standing, words.language)
    return Entry(
        id=f"{standing.place}-{standing.state}",
        tone=standing.state,
        title=words.say("first.title", place=words.pick(standing.name), what=title),
        facts=[*facts, inside_text(standing, words)],
        todo=todo,
        href=_link(standing),
        places=(standing.place,),
        due_ms=standing.due_ms if due_key else None,
        due_key=due_key,
    )


def _link(standing: PlaceStanding) -> str:
    opened = standing.findings_open
    return f"/findings/{opened[0]}" if opened and standing.state in OPEN_STATES else f"/places/{standing.place}"


def _since(standing: PlaceStanding, words: Words) -> str:
    return words.say("unknown") if standing.since_ms is None else words.clock(standing.since_ms, standing.as_of_ms)


def _gateways(standing: PlaceStanding, beside: Beside) -> str:
    return ", ".join(beside.gateways.get(standing.place, ())) or "–"


def _cold_facts(standing: PlaceStanding, beside: Beside, words: Words) -> str:
    """Return value with its probe, the limit that was crossed, since when, and the peak of the open finding."""
    probe = deciding_probe(standing)
    profile = beside.profiles.get(standing.place)
    _, value = standing_texts(standing, words.language)
    cold = is_cold(standing, probe)
    finding = _open_finding(standing, beside)
    peak = ""
    if finding is not None and finding.peak_micro_celsius is not None:
        name = words.say("min" if cold else "max")
        peak = words.say("first.peak", name=name, peak=words.celsius(finding.peak_micro_celsius))
    limit = limit_text(profile, words, cold=cold) if profile else words.say("start.profile.missing")
    return words.say("first.value", value=value, limit=limit, since=_since(standing, words), peak=peak)


def deciding_probe(standing: PlaceStanding) -> ProbeStanding | None:
    """Return the probe that decides how a place stands."""
    named = next((probe for probe in standing.probes if probe.probe == standing.probe), None)
    return named or shown_probe(standing)


def is_cold(standing: PlaceStanding, probe: ProbeStanding | None) -> bool:
    """Tell whether a place that is outside its limits is too cold rather than too warm."""
    if standing.state in {PlaceState.TOO_WARM, PlaceState.TOO_COLD}:
        return standing.state is PlaceState.TOO_COLD
    low = standing.low_micro_celsius
    return probe is not None and probe.micro_celsius is not None and low is not None and probe.micro_celsius <= low


def _open_finding(standing: PlaceStanding, beside: Beside) -> Finding | None:
    views = [beside.findings[name] for name in standing.findings_open if name in beside.findings]
    return next((view.finding for view in views if view.finding.probe == standing.probe), None)


def _rescue(standing: PlaceStanding, standings: Sequence[PlaceStanding], words: Words) -> str:
    if standing.kind in ON_THE_ROAD:
        return words.say("first.box.todo")
    if not standing.inside + standing.possible:
        return words.say("first.empty.todo")
    named = words.say("comma").join(words.pick(one.name) for one in rescues(standing, standings)[:NAMED_MAX])
    return words.say("first.rescue", places=named) if named else words.say("first.rescue.none")


def rescues(standing: PlaceStanding, standings: Sequence[PlaceStanding]) -> list[PlaceStanding]:
    """Return places within limits that keep the same profile, the emptiest first: where blood can be moved to."""
    same = (standing.profile, standing.profile_version)
    found = [
        one
        for one in standings
        if one.place != standing.place
        and one.kind not in CONTAINERS
        and one.state is PlaceState.WITHIN
        and (one.profile, one.profile_version) == same
    ]
    return sorted(found, key=lambda one: (one.inside + one.possible, one.place))


def _awaited_box(standing: PlaceStanding, beside: Beside, words: Words) -> Entry:
    facts = [words.say("first.since", since=_since(standing, words))]
    manifest = beside.manifests.get(standing.place)
    if manifest is not None:
        packed = words.clock(manifest.packed_ms, standing.as_of_ms)
        facts.append(
            words.say(
                "first.box.list", manifest=manifest.id, n=len(manifest.units), packed=packed, to=manifest.destination
            )
        )
    return _entry(standing, words, facts, words.say("first.box.awaited.todo"), due_key="first.due.unmeasured")


def _of_urgent(urgent: Sequence[UrgentUnit], words: Words) -> Iterator[Entry]:
    if not urgent:
        return
    facts = [
        words.say(
            "first.urgent.unit", number=one.donation_number, what=kind_text(one), to=one.to, at=words.when(one.at_ms)
        )
        for one in urgent[:NAMED_MAX]
    ]
    if len(urgent) > NAMED_MAX:
        facts.append(words.say("more", n=NAMED_MAX, all=len(urgent)))
    yield Entry(
        id=URGENT,
        tone="urgent",
        title=words.say("first.urgent", n=len(urgent)),
        facts=facts,
        todo=words.say("first.urgent.todo"),
        href="/urgent",
    )


def _of_notices(standings: Sequence[PlaceStanding], words: Words) -> list[Entry]:
    """Return what needs a look; what one contact of the site says for several places is one entry."""
    said: dict[tuple[NoticeKind, str], list[tuple[PlaceStanding, Notice]]] = {}
    for standing in standings:
        for notice in standing.notices:
            due = standing.as_of_ms >= notice.due_ms or notice.kind in LISTED_EARLY
            if due and not _said_already(standing, notice):
                said.setdefault((notice.kind, notice.origin), []).append((standing, notice))
    if any(kind is NoticeKind.MAINS_LOST for kind, _ in said):  # the cause is named; that the UPS helps follows
        said = {key: told for key, told in said.items() if key[0] is not NoticeKind.UPS_ON_BATTERY}
    return [_of_notice(kind, origin, told, words) for (kind, origin), told in said.items()]


def _said_already(standing: PlaceStanding, notice: Notice) -> bool:
    """Tell whether the entry of a place's state says this already: its silence names the gateway."""
    return notice.kind is NoticeKind.GATEWAY_SILENT and standing.state in {PlaceState.SILENT, PlaceState.UNMEASURED}


def _of_notice(kind: NoticeKind, origin: str, told: Sequence[tuple[PlaceStanding, Notice]], words: Words) -> Entry:
    standing, notice = told[0]
    where = words.say("first.site", n=len(told)) if len(told) > 1 else words.pick(standing.name)
    early = notice.due_ms > standing.as_of_ms
    return Entry(
        id=f"{kind}-{origin}",
        tone=PlaceState.ATTENTION,
        title=words.say("first.title", place=where, what=words.say(f"notice.{kind}")),
        facts=[words.say("first.since", since=words.clock(notice.since_ms, standing.as_of_ms))],
        todo=words.say(f"notice.{kind}.todo"),
        href=f"/places/{standing.place}",
        places=[one.place for one, _ in told],
        due_ms=notice.due_ms if early else None,
        due_key="first.due.look" if early else "",
    )


def notice_text(notice: Notice, standing: PlaceStanding, words: Words) -> str:
    """Return a notice as a tile says it: what, and since when."""
    since = words.clock(notice.since_ms, standing.as_of_ms)
    return words.say("notice.since", what=words.say(f"notice.{notice.kind}"), since=since)
