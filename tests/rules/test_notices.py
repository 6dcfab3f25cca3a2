"""What needs a look and is no finding of the cold: said at once, asked for after a threshold."""

from dataclasses import replace

import msgspec
import pytest
from support.rule_words import GATEWAY, PLACE, at, by_the_minute, event_at, shipped
from support.standing_facts import DOOR, RBC, facts_of, place, probe_at, said

from coldchain.facts import EventKind
from coldchain.places import Contact, ContactKind, PlaceKind
from coldchain.standing import NoticeKind, PlaceState
from rules.limits import Profile
from rules.notices import of_gateways
from rules.standing import PlaceFacts, place_standing


def noticed(
    facts: PlaceFacts, contact: Contact, kind: EventKind, minute: float
) -> tuple[PlaceState, list[tuple[NoticeKind, int, int]]]:
    """Return the state and the notices when a contact of a calm place last said so."""
    standing = place_standing(replace(facts, contacts=[(contact, event_at(kind, minute, contact.id))]))
    return standing.state, [(one.kind, one.since_ms, one.due_ms) for one in standing.notices]


def calm(now_min: float, profile: Profile = RBC, kind: PlaceKind = PlaceKind.FRIDGE) -> PlaceFacts:
    celsius = (profile.high_micro_celsius - 1_000_000) / 1_000_000
    probe = probe_at(by_the_minute(*[celsius] * 100), now_min, profile=profile)
    return replace(facts_of(probe, now_min=now_min, profile=profile), place=place(kind))


SITE_MAINS = Contact(id="site-mains", place="", gateway=GATEWAY, kind=ContactKind.MAINS)
SITE_UPS = Contact(id="site-ups", place="", gateway=GATEWAY, kind=ContactKind.UPS)
MOTION = Contact(id="platelet-1-motion", place=PLACE, gateway=GATEWAY, kind=ContactKind.MOTION)
PLT = shipped("cn-plt-1")


@pytest.mark.parametrize(
    ("contact", "kind", "notice", "allowed_min", "profile"),
    [
        (DOOR, EventKind.DOOR_OPENED, NoticeKind.DOOR_OPEN, 2, RBC),  # A25
        (SITE_MAINS, EventKind.MAINS_LOST, NoticeKind.MAINS_LOST, 1, RBC),  # A06
        (SITE_UPS, EventKind.UPS_ON_BATTERY, NoticeKind.UPS_ON_BATTERY, 1, RBC),  # A06
        (MOTION, EventKind.AGITATION_STOPPED, NoticeKind.AGITATION_STOPPED, 15, PLT),  # A11
    ],
)
def test_a_notice_is_said_at_once_and_asks_for_a_look_after_its_threshold(
    contact: Contact, kind: EventKind, notice: NoticeKind, allowed_min: int, profile: Profile
) -> None:
    expected = [(notice, at(50), at(50 + allowed_min))]
    assert noticed(calm(50 + allowed_min - 0.01, profile), contact, kind, 50) == (PlaceState.WITHIN, expected)
    assert noticed(calm(50 + allowed_min, profile), contact, kind, 50) == (PlaceState.ATTENTION, expected)


@pytest.mark.parametrize(
    ("contact", "kind"),
    [
        (DOOR, EventKind.DOOR_CLOSED),
        (SITE_MAINS, EventKind.MAINS_RESTORED),
        (SITE_UPS, EventKind.UPS_ON_MAINS),
        (MOTION, EventKind.AGITATION_RESUMED),
    ],
)
def test_a_contact_in_its_normal_state_asks_for_nothing(contact: Contact, kind: EventKind) -> None:
    assert noticed(calm(90, PLT), contact, kind, 50) == (PlaceState.WITHIN, [])
    silent = replace(calm(90, PLT), contacts=[(contact, None)])
    assert place_standing(silent).notices == ()


def test_mains_of_the_site_concern_every_place_but_a_box_and_doors_elsewhere_none() -> None:
    box = calm(90, RBC.at(PlaceKind.BOX), PlaceKind.BOX)
    assert noticed(box, SITE_MAINS, EventKind.MAINS_LOST, 50) == (PlaceState.WITHIN, [])
    freezer = calm(90, shipped("cn-ffp-1"), PlaceKind.FREEZER)
    assert noticed(freezer, SITE_MAINS, EventKind.MAINS_LOST, 50)[0] is PlaceState.ATTENTION
    elsewhere = Contact(id="fridge-2-door", place="fridge-2", gateway=GATEWAY, kind=ContactKind.DOOR)
    assert noticed(calm(90), elsewhere, EventKind.DOOR_OPENED, 50) == (PlaceState.WITHIN, [])
    of_the_site = Contact(id="site-door", place="", gateway=GATEWAY, kind=ContactKind.DOOR)
    assert noticed(calm(90), of_the_site, EventKind.DOOR_OPENED, 50) == (PlaceState.WITHIN, [])
    own_mains = Contact(id="fridge-1-mains", place=PLACE, gateway=GATEWAY)
    assert noticed(calm(90), own_mains, EventKind.MAINS_LOST, 50)[0] is PlaceState.ATTENTION


def test_agitation_matters_only_where_the_profile_asks_for_it() -> None:
    assert noticed(calm(90), MOTION, EventKind.AGITATION_STOPPED, 50) == (PlaceState.WITHIN, [])


@pytest.mark.parametrize(
    ("minutes_ago", "said", "state"),
    [
        (0.4, False, PlaceState.WITHIN),
        (0.5, True, PlaceState.WITHIN),
        (2.9, True, PlaceState.WITHIN),
        (3, True, PlaceState.ATTENTION),
    ],
)
def test_a_silent_gateway_is_said_after_half_a_minute_and_needs_a_look_after_three(
    minutes_ago: float, said: bool, state: PlaceState
) -> None:
    standing = place_standing(replace(calm(50), heard_ms={GATEWAY: at(50 - minutes_ago)}))
    assert standing.state is state
    assert [one.kind for one in standing.notices] == [NoticeKind.GATEWAY_SILENT] * said
    assert [one.due_ms for one in standing.notices] == [at(53 - minutes_ago)] * said


def test_a_gateway_that_was_never_heard_counts_from_its_registration_or_from_now() -> None:
    facts = replace(calm(50), heard_ms={GATEWAY: None})
    (notice,) = place_standing(facts).notices
    assert (notice.since_ms, notice.due_ms) == (at(50), at(50))
    (probe,) = facts.probes
    registered = replace(facts, probes=[replace(probe, probe=msgspec.structs.replace(probe.probe, since_ms=at(48)))])
    (late,) = place_standing(registered).notices
    assert (late.since_ms, late.due_ms) == (at(48), at(51))
    assert place_standing(replace(registered, now_ms=at(48.4))).notices == ()


@pytest.mark.parametrize(("percent", "low"), [(21, False), (20, True), (3, True), ("?", False)])
def test_a_battery_is_low_from_twenty_percent_down(percent: int | str, low: bool) -> None:
    battery = event_at(EventKind.BATTERY, 40, "box-1", percent=percent)
    standing = place_standing(replace(calm(50), battery=battery))
    assert [(one.kind, one.since_ms, one.origin) for one in standing.notices] == (
        [(NoticeKind.BATTERY_LOW, at(40), "box-1")] if low else []
    )
    assert standing.state is (PlaceState.ATTENTION if low else PlaceState.WITHIN)


def test_a_notice_never_hides_what_is_graver_and_the_first_that_is_due_says_since_when() -> None:
    opened, lost = event_at(EventKind.DOOR_OPENED, 40), event_at(EventKind.MAINS_LOST, 45, "site-mains")
    both = [(DOOR, opened), (SITE_MAINS, lost)]
    standing = place_standing(replace(calm(50), contacts=both))
    assert said(standing) == (PlaceState.ATTENTION, None, at(40), None)
    assert [one.kind for one in standing.notices] == [NoticeKind.DOOR_OPEN, NoticeKind.MAINS_LOST]
    warm = facts_of(probe_at(by_the_minute(4.0, *[6.5] * 60), 50), now_min=50)
    assert place_standing(replace(warm, contacts=both)).state is PlaceState.TOO_WARM


def test_devices_that_do_not_answer_are_one_notice_of_their_gateway_and_need_a_look_at_once() -> None:
    probe, door = (event_at(EventKind.DEVICE_SILENT, minute, origin) for minute, origin in ((48, "p"), (47, "d")))
    standing = place_standing(replace(calm(48), silent=[probe, door]))
    (notice,) = standing.notices
    assert (notice.kind, notice.origin) == (NoticeKind.DEVICE_SILENT, GATEWAY)
    assert (notice.since_ms, notice.due_ms) == (at(47), at(47))
    assert standing.state is PlaceState.ATTENTION


def test_a_last_will_is_said_at_once_until_silence_is_long_enough_to_be_said() -> None:
    heard, broke = {GATEWAY: at(9)}, {GATEWAY: at(9) + 5_000}
    early = of_gateways(heard, [], at(9) + 6_000, broke)
    assert [(one.kind, one.since_ms) for one in early] == [(NoticeKind.GATEWAY_DARK, at(9) + 5_000)]
    assert early[0].due_ms == at(12)
    assert [one.kind for one in of_gateways(heard, [], at(10), broke)] == [NoticeKind.GATEWAY_SILENT]
    assert of_gateways({GATEWAY: at(9) + 5_001}, [], at(9) + 6_000, broke) == []
