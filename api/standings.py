"""How every place stands now, and the words for it: the one answer for console, mirror and boards."""

from collections.abc import Callable
from typing import Final

from api.inside import InsideKind, units_inside
from api.watching import kept_here, place_profile
from api.wording import Language
from coldchain.errors import StoreError
from coldchain.facts import Quality
from coldchain.places import Contact, Place, ProbeRole, Text
from coldchain.ports import Session
from coldchain.profiles import Kept
from coldchain.standing import PlaceStanding, PlaceState, ProbeStanding
from coldchain.temperature import celsius_text
from rules.place_facts import Inside, Registered, place_facts, registered
from rules.standing import place_standing

_TEXTS: Final = {
    PlaceState.TOO_WARM: Text(zh="偏高", en="too warm"),
    PlaceState.TOO_COLD: Text(zh="偏低", en="too cold"),
    PlaceState.UNMEASURED: Text(zh="未测量", en="not measured"),
    PlaceState.SILENT: Text(zh="没有数据，情况未知", en="no data: unknown"),
    PlaceState.ATTENTION: Text(zh="在限值内，需查看", en="within limits, needs a look"),
    PlaceState.WITHIN: Text(zh="在限值内", en="within limits"),
    PlaceState.NOT_CONFIRMED: Text(zh="未确认，读数不作数", en="not confirmed: readings do not count"),
    PlaceState.UNDER_CHECK: Text(zh="探头检测中", en="probe under check"),
    PlaceState.OUT_OF_USE: Text(zh="停用", en="out of use"),
}
_DELAYED: Final = {
    1: Text(zh="偏高，延时计时中", en="too warm, delay running"),
    -1: Text(zh="偏低，延时计时中", en="too cold, delay running"),
    0: Text(zh="超出限值，延时计时中", en="outside limits, delay running"),
}
_EXCUSED: Final = {  # an air probe is outside, and a door or a defrost excuses it for now
    1: Text(zh="空气偏高（开门或化霜后），暂缓报警", en="air too warm after a door or defrost, alarm put off"),
    -1: Text(zh="空气偏低（开门或化霜后），暂缓报警", en="air too cold after a door or defrost, alarm put off"),
    0: Text(
        zh="空气超出限值（开门或化霜后），暂缓报警", en="air outside limits after a door or defrost, alarm put off"
    ),
}
_UNUSED_LOOK: Final = Text(zh="停用，需查看", en="out of use, needs a look")
_ROLES: Final = {
    ProbeRole.LOAD: Text(zh="载荷探头", en="load probe"),
    ProbeRole.AIR: Text(zh="空气探头", en="air probe"),
}
_NO_VALUE: Final = {
    None: Text(zh="尚无读数", en="no reading yet"),
    Quality.NO_SENSOR: Text(zh="无传感器", en="no sensor"),
    Quality.IMPLAUSIBLE: Text(zh="读数不可信", en="implausible reading"),
    Quality.FAULT: Text(zh="传感器故障", en="sensor fault"),
}


def standings(
    session: Session, now_ms: int, failed: Callable[[str, Exception], None] | None = None
) -> list[PlaceStanding]:
    """Return how every place stands, by place id.

    With `failed` a place of which it cannot be said is told to it and left out. Raises StoreError.
    """
    known, found = registered(session), []
    for place in known.places:
        try:
            found.append(_standing(session, known, place, now_ms))
        except StoreError:
            raise
        except Exception as error:
            if failed is None:
                raise
            failed(place.id, error)
    return found


def standing_of_place(session: Session, place: Place, now_ms: int) -> PlaceStanding:
    """Return how one place stands."""
    return _standing(session, registered(session), place, now_ms)


def standing_texts(standing: PlaceStanding, language: Language) -> tuple[str, str]:
    """Return (text, value_text): the state in words, and the value that counts with °C and its probe, exact."""
    shown = shown_probe(standing)
    return _pick(_state_text(standing, shown), language), _value_text(shown, language)


def shown_probe(standing: PlaceStanding) -> ProbeStanding | None:
    """Return the probe whose value stands for the place: the one that decides, or the first that has a temperature."""
    deciding = next((probe for probe in standing.probes if probe.probe == standing.probe), None)
    if deciding is not None and deciding.micro_celsius is not None:
        return deciding
    measured = [probe for probe in standing.probes if probe.micro_celsius is not None]
    fresh = [probe for probe in measured if probe.state is not PlaceState.SILENT]
    return next(iter(fresh or measured), deciding)


def no_value_text(probe: ProbeStanding, language: Language) -> str:
    """Return why a probe has no temperature."""
    quality = None if probe.quality is Quality.GOOD else probe.quality
    return _pick(_NO_VALUE[quality], language)


def contacts_beside(session: Session, place: Place) -> list[Contact]:
    """Return the contacts of a place and, where it is no box, those of its whole site."""
    return registered(session).contacts_beside(place)


def box_gateways(session: Session, place: Place) -> list[str]:
    """Return the gateways that are this box: all that they read lies in it."""
    return registered(session).box_gateways(place)


def box_origins(session: Session, place: Place) -> list[str]:
    """Return who speaks of a box beside its contacts: itself and, of their alarms, its probes. Nobody for a fridge."""
    known = registered(session)
    own = known.box_gateways(place)
    return [*own, *sorted(probe.id for probe in known.probes.get(place.id, ()) if probe.gateway in own)]


def _standing(session: Session, known: Registered, place: Place, now_ms: int) -> PlaceStanding:
    profile = place_profile(session, place, now_ms)
    units = units_inside(session, place.id, now_ms)
    certain = sum(one.how is InsideKind.CERTAIN for one in units)
    held = len(session.records.held_of([one.unit for one in units]))
    inside = Inside(certain=certain, possible=len(units) - certain, held=held)
    if profile is None:
        return _unjudged(place, kept_here(session, place, now_ms), inside, now_ms)
    return place_standing(place_facts(session, known, place, profile, inside, now_ms))


def _unjudged(place: Place, kept: Kept, inside: Inside, now_ms: int) -> PlaceStanding:
    """Return the standing of a place whose limits are not loaded: nothing can be said of it."""
    return PlaceStanding(
        place=place.id,
        site=place.site,
        kind=place.kind,
        name=place.name,
        as_of_ms=now_ms,
        state=PlaceState.SILENT,
        probe=None,
        since_ms=None,
        due_ms=None,
        probes=(),
        notices=(),
        findings_open=(),
        inside=inside.certain,
        possible=inside.possible,
        held=inside.held,
        profile=kept.profile,
        profile_version=kept.version,
        confirmed=False,
        low_micro_celsius=None,
        high_micro_celsius=None,
    )


def _state_text(standing: PlaceStanding, shown: ProbeStanding | None) -> Text:
    if standing.state is PlaceState.SENSOR_FAULT:
        faulty = next((probe for probe in standing.probes if probe.probe == standing.probe), None)
        role = _ROLES[faulty.role if faulty else ProbeRole.LOAD]
        return Text(zh=f"{role.zh}故障", en=f"{role.en} failed")
    if standing.state is PlaceState.OUTSIDE:
        return _DELAYED[_side(standing, shown)]
    if standing.state is PlaceState.ATTENTION and standing.probe is not None:
        return _EXCUSED[_side(standing, shown)]
    if standing.state is PlaceState.ATTENTION and any(one.state is PlaceState.OUT_OF_USE for one in standing.probes):
        return _UNUSED_LOOK  # nothing is judged there, so nobody may call it within limits
    return _TEXTS[standing.state]


def _side(standing: PlaceStanding, shown: ProbeStanding | None) -> int:
    """Return 1 where the value lies above the middle of the limits, -1 below, 0 where nobody can tell."""
    low, high = standing.low_micro_celsius, standing.high_micro_celsius
    if shown is None or shown.micro_celsius is None or (low is None and high is None):
        return 0
    if low is None or high is None:
        return 1 if low is None else -1
    return 1 if 2 * shown.micro_celsius >= low + high else -1


def _value_text(shown: ProbeStanding | None, language: Language) -> str:
    if shown is None:
        return _pick(Text(zh="没有探头", en="no probe"), language)
    role = _pick(_ROLES[shown.role], language)
    said = no_value_text(shown, language)
    if shown.micro_celsius is not None:
        said = f"{celsius_text(shown.micro_celsius)} °C"
        if shown.state in {PlaceState.SILENT, PlaceState.UNMEASURED}:
            said = _pick(Text(zh=f"最后读数 {said}", en=f"last {said}"), language)
    return f"{said}（{role}）" if language is Language.ZH else f"{said} ({role})"


def _pick(text: Text, language: Language) -> str:
    return text.zh if language is Language.ZH else text.en
