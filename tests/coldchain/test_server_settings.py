"""What changed of the settings, and what was in force after it."""

from hypothesis import given
from hypothesis import strategies as st

from coldchain.server_settings import Changed, SettingsChange, changed_between, in_force

SETTINGS = st.dictionaries(st.sampled_from(["a", "b", "c.d", "e[1].f"]), st.sampled_from(["1", "2", '"x"']))


@given(st.lists(SETTINGS, max_size=6))
def test_the_changes_from_start_to_start_add_up_to_the_last_settings(starts: list[dict[str, str]]) -> None:
    changes: list[SettingsChange] = []
    for at_ms, now in enumerate(starts):
        changed = changed_between(in_force(changes), now)
        assert all(one.was != one.now for one in changed)
        changes += [SettingsChange(at_ms=at_ms, version="1", changed=changed)] if changed else []
    assert in_force(changes) == dict(sorted((starts or [{}])[-1].items()))


def test_what_is_not_set_any_more_is_a_change() -> None:
    found = changed_between({"a": "1", "b": "2"}, {"b": "3", "c": "4"})
    assert found == (
        Changed(key="a", was="1", now=None),
        Changed(key="b", was="2", now="3"),
        Changed(key="c", was=None, now="4"),
    )
