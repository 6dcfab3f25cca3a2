"""Reads that contradict the record are alerts, never movements."""

import random

from msgspec.structs import replace

from rules.tag_conflicts import TRAVEL_MIN_MS, Conflict, ConflictKind, Sighting, clones, seen_after, standing


def seen(at_ms: int, site: str = "s-1", place: str = "f-1", epc: str = "30AA") -> Sighting:
    return Sighting(epc=epc, site=site, place=place, at_ms=at_ms)


def test_a_tag_in_two_sites_faster_than_anybody_travels_is_a_copy() -> None:
    one, two = seen(1_000_000), seen(1_000_000 + TRAVEL_MIN_MS - 1, "s-2", "f-9")
    (alert,) = clones([two, one])
    assert (alert.kind, alert.place, alert.before) == (ConflictKind.CLONE, "f-9", one)
    assert clones([one, seen(1_000_000 + TRAVEL_MIN_MS, "s-2", "f-9")]) == []
    assert clones([one, two], lambda here, there: 60_000) == [], "sites that are near"


def test_two_places_of_one_site_and_two_tags_are_no_copy() -> None:
    assert clones([seen(1), seen(2, place="f-2"), seen(3, "s-2", epc="30BB")]) == []


def test_the_order_is_nothing() -> None:
    sightings = [seen(at * 100_000, f"s-{at % 3}") for at in range(20)]
    mixed = random.Random(3).sample(sightings, len(sightings))
    assert clones(mixed) == clones(sightings)
    assert clones(sightings)


def test_a_retired_tag_that_is_read_is_an_alert_until_it_is_used_again() -> None:
    reads = [seen(1), seen(3_600_000), seen(7_200_000)]
    found = seen_after(reads, ConflictKind.RETIRED_SEEN, 1_000, until_ms=7_000_000)
    assert [(one.kind, one.at_ms) for one in found] == [(ConflictKind.RETIRED_SEEN, 3_600_000)]


def retired(at_ms: int, place: str = "f-1", epc: str = "30AA") -> Conflict:
    return Conflict(kind=ConflictKind.RETIRED_SEEN, epc=epc, place=place, at_ms=at_ms)


def test_a_tag_that_is_read_every_day_is_one_alert_until_somebody_has_looked() -> None:
    found = [retired(10), retired(20), retired(30), retired(25, "f-2")]
    assert [(one.place, one.at_ms) for one in standing(found, [])] == [("f-1", 10), ("f-2", 25)]
    looked = [replace(one, stands=False, settled_ms=22, reason="on another bag") for one in standing(found, [])[:1]]
    assert [(one.place, one.at_ms) for one in standing(found, looked)] == [("f-2", 25), ("f-1", 30)]
    assert standing(found[:2], looked) == []


def test_which_reads_came_first_to_the_centre_is_nothing() -> None:
    found = [retired(10), retired(20), retired(25, "f-2")]
    assert standing(found[::-1], []) == standing(found, [])
