"""A place that is renamed: the mirror says findings and alarms under its name now, and they are what a new one has."""

import random

import pytest
from support.influx_stand_in import Points
from support.mirror_more import record, some_facts
from support.renamed_house import NEW, OLD, House
from support.waiting import until

from stores import mirror_feed
from stores.mirror_renamed import AGAIN

TITLED = ("finding", "alarm", "alarm_list")


def titled(points: Points) -> Points:
    return {key: fields for key, fields in points.items() if key[0] in TITLED}


def old_names(points: Points) -> int:
    return sum(OLD in str(fields["title_en"]) + str(fields["title_zh"]) for fields in titled(points).values())


@pytest.fixture
def house() -> House:
    made = House()
    made.follow()
    return made


def test_what_was_said_of_a_place_is_said_again_under_its_new_name(house: House) -> None:
    before = old_names(house.sink.points)
    assert before > 20
    house.name(NEW)
    house.follow()
    assert old_names(house.sink.points) == 0
    said = titled(house.sink.points)
    assert sum(NEW in str(fields["title_zh"]) for fields in said.values()) == before
    assert said == titled(house.anew()), "a mirror that is built anew is the same mirror"


def test_the_ledger_goes_on_meanwhile_and_a_mirror_that_ends_goes_on_with_the_names(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_feed, "ENTRIES_MAX", 5)
    house.name(NEW)
    with house.mirrored(house.sink):
        until(lambda: house.cursor(AGAIN) > 1)
    stopped = house.cursor(AGAIN)
    assert stopped > 1
    assert old_names(house.sink.points) > 0
    record(house.store, some_facts(random.Random(8), 20))
    house.follow()
    assert old_names(house.sink.points) == 0
    assert titled(house.sink.points) == titled(house.anew())


def test_a_mirror_that_begins_again_under_the_same_names_says_nothing_again(house: House) -> None:
    house.sink.bodies.clear()
    house.follow()
    assert house.cursor(AGAIN) == 0
    assert not [body for body in house.sink.bodies if body.startswith((b"finding", b"alarm"))]
