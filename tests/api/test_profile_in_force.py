"""Where limits are not loaded, what is named is the profile in force, not that of the registration of the place."""

import pytest
from support.console import story_store
from support.memory_store import MemoryStore
from support.story import NOW_MS

from api.figures import unit_figures
from api.standings import standings
from coldchain.entries import Draft, EntryKind
from coldchain.profiles import PlaceProfile

PLACE = "fridge-1"


@pytest.fixture
def store() -> MemoryStore:
    """Return a record in which a place keeps, from an hour ago on, a version whose file is not there."""
    store = story_store()
    word = PlaceProfile(
        place=PLACE,
        profile="cn-rbc",
        version=99,
        from_ms=NOW_MS - 3_600_000,
        at_ms=NOW_MS - 3_600_000,
        name="n",
        post="p",
        second_name="m",
        second_post="q",
        reason="r",
    )
    with store.writing() as session:
        session.ledger.append([Draft(kind=EntryKind.PLACE_PROFILE, actor="a", site="", payload=word)], NOW_MS)
    return store


def test_the_standing_names_it(store: MemoryStore) -> None:
    def named(now_ms: int) -> list[tuple[str, int]]:
        with store.reading() as session:
            found = standings(session, now_ms)
        return [(one.profile, one.profile_version) for one in found if one.place == PLACE]

    assert named(NOW_MS) == [("cn-rbc", 99)]
    assert named(NOW_MS - 3_600_001) == [("cn-rbc", 1)]


def test_the_figures_of_a_unit_name_it(store: MemoryStore) -> None:
    with store.reading() as session:
        stays = session.records.stays_in_place(PLACE, 0, None)
        open_stays = [one for one in stays if one.possible_to_ms is None]
        figures = unit_figures(session, open_stays[:1], NOW_MS)
    assert [(one.profile, one.profile_version, one.probe) for one in figures.probes] == [("cn-rbc", 99, None)]
