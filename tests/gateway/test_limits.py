"""Limits at the gateway: the newest whole ones hold, over restarts; what cannot be read leaves the old ones."""

import json

import pytest
from support.local_limits import RED_CELLS, limits, payload
from support.local_site import MINUTE, SECOND, LocalSite

from coldchain.facts import EventKind
from coldchain.wire_limits import LimitsProfile, encode_limits
from gateway.limits import STATE, LimitsKeeper

CHANGED = EventKind.SETTINGS_CHANGED


def said(site: LocalSite) -> list[tuple[object, object, object]]:
    return [(e.details["outcome"], e.details.get("version"), e.details.get("reason")) for e in site.events(CHANGED)]


def test_new_limits_are_kept_on_disk_and_hold_after_a_restart() -> None:
    site = LocalSite(payload(7))
    site.run(SECOND)
    assert site.spool.states[STATE] == payload(7)
    assert said(site) == [("in-use", 7, None)]
    site.restart()
    site.temperature(0.5, air=4.0)
    assert site.seconds_until(sounding=True) <= 22
    assert said(site) == [("in-use", 7, None)]


def test_lower_and_equal_versions_are_ignored_and_counted() -> None:
    keeper = LimitsKeeper("gw-1")
    assert keeper.offer(payload(7)).outcome == "in-use"
    assert keeper.offer(payload(6)).outcome == ""
    assert keeper.offer(payload(7)).outcome == ""
    assert keeper.loaded is not None
    assert keeper.loaded.limits.version == 7
    assert keeper.counted == {"taken": 1, "older": 1, "refused": 0}


def test_bags_that_come_and_go_are_taken_without_a_word() -> None:
    site = LocalSite(payload(7))
    site.run(SECOND)
    emptied = json.loads(payload(8))
    emptied["places"][0] |= {"inside": 0, "units": []}
    site.local.offer_limits(json.dumps(emptied).encode())
    site.run(SECOND)
    assert site.local.keeper.loaded is not None
    assert site.local.keeper.loaded.limits.places[0].inside == 0
    assert said(site) == [("in-use", 7, None)]


@pytest.mark.parametrize("broken", [b"{", payload(9)[:-1], payload(9, gateway="gw-2")])
def test_what_cannot_be_read_is_said_once_and_the_old_ones_go_on(broken: bytes) -> None:
    site = LocalSite(payload(7))
    site.run(MINUTE)
    for _ in range(3):
        site.local.offer_limits(broken)
        site.run(2 * SECOND)
    assert [one[0] for one in said(site)] == ["in-use", "refused"]
    site.temperature(0.5, air=4.0)
    site.run(MINUTE)
    assert site.switch.on
    assert site.spool.states[STATE] == payload(7)


def test_a_profile_that_cannot_be_read_makes_all_of_it_unreadable() -> None:
    wrong = LimitsProfile(id="cn-rbc", version=2, toml=RED_CELLS.replace("high_celsius", "hihg_celsius", 1))
    change = LimitsKeeper("gw-1").offer(encode_limits(limits(3, profiles=(wrong,))))
    assert (change.outcome, change.reason) == ("refused", "profile-unreadable")
    assert "high_celsius" in change.detail or "hihg_celsius" in change.detail


def test_limits_that_were_damaged_on_disk_stop_nothing_and_are_replaced_by_the_brokers() -> None:
    site = LocalSite(None)
    site.spool.states[STATE] = b"\x00damaged"
    site.restart()
    site.run(SECOND)
    assert said(site)[0][0] == "refused"
    site.local.offer_limits(payload(2))
    site.run(SECOND)
    assert site.spool.states[STATE] == payload(2)


def test_a_warmer_limit_in_new_limits_holds_from_the_next_reading() -> None:
    site = LocalSite(payload(1))
    site.run(MINUTE)
    warmer = RED_CELLS.replace('high_celsius = "6.0"', 'high_celsius = "9.0"', 1).replace("version = 2", "version = 3")
    new = limits(2, profiles=(LimitsProfile(id="cn-rbc", version=3, toml=warmer),))
    document = json.loads(encode_limits(new))
    document["places"][0]["profile_version"] = 3
    site.local.offer_limits(json.dumps(document).encode())
    site.temperature(8.0)
    site.run(30 * MINUTE)
    assert site.alarms() == []


def test_more_limits_than_the_edge_can_read_are_counted_and_dropped() -> None:
    site = LocalSite(None)
    for version in range(1, 20):
        site.local.offer_limits(payload(version))
    assert site.local.counters.limits_dropped == 11
    site.run(SECOND)
    assert site.local.keeper.loaded is not None
    assert site.local.keeper.loaded.limits.version == 19
