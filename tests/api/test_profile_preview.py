"""The preview equals what the real intake finds, had the profile held: findings and exposures, over seeded days."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import cn_rbc_toml
from support.intake import END, HOUR, PLACE, START, a_day, people, sample, send, setup
from support.memory_store import MemoryStore

import rules
from api.profiles import DAY_MS, PROBE_DAYS_MAX, _facts, preview
from api.watching import watched_probes
from coldchain.calibration import RecordCalibration
from coldchain.errors import InvalidValueError
from coldchain.facts import Fact
from coldchain.places import Place, Probe, ProfileRecord
from coldchain.ports import Session
from coldchain.register import CalibrationPoint, Certificate, RecordCertificate
from coldchain.units import Finding, FindingKind, FindingStatus, PersonFact
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from rules.fold_state import Episode
from rules.impact import replay
from rules.profile import load_profile, profile_record

RED_3 = (Path(rules.__file__).parent / "profiles" / "cn-rbc-3.toml").read_bytes()
NARROW = (
    cn_rbc_toml().replace(b'id = "cn-rbc"', b'id = "own"').replace(b'high_celsius = "6.0"', b'high_celsius = "5.5"')
)
WIDE = cn_rbc_toml().replace(b'id = "cn-rbc"', b'id = "own"').replace(b'high_celsius = "6.0"', b'high_celsius = "8.0"')
SLOW = cn_rbc_toml().replace(b'id = "cn-rbc"', b'id = "own"').replace(b"load_s = 300", b"load_s = 3000")
ALL_READ = END + 12 * HOUR  # the day's last stretch goes on behind its end
FILES = {"narrower": NARROW, "wider": WIDE, "slower": SLOW}


def lived(facts: Sequence[Fact], own: bytes, *, kept: bool) -> MemoryStore:
    """Return a store with a day in it, its fridge under the shipped profile or (kept) from the start under another."""
    store = MemoryStore()
    pipeline = Pipeline(store, Counters())
    things: list[Setup] = [profile_record(own)]
    for thing in setup():
        if isinstance(thing, Place) and kept:
            thing = Place(id=PLACE, site=thing.site, name=thing.name, profile="own", profile_version=1)
        things.append(thing)
    pipeline.set_up(things, END)
    for fact in people():
        pipeline.record(fact, END)
    for at in range(0, len(facts), 100):
        rest = facts[at + 100 :]
        send(pipeline, facts[at : at + 100], mark_ms=min((one.taken_ms for one in rest), default=None))
    send(pipeline, [])
    return store


Plain = tuple[str, str, str, str | None, int, int, int | None, int | None, int | None]


def plain(finding: Finding) -> Plain:
    head = (finding.probe, finding.kind.value, finding.rule, finding.direction and finding.direction.value)
    return (*head, finding.start_ms, finding.condition_ms, finding.end_ms, finding.cleared_ms, finding.samples_out)


def of_episode(probe: str, one: Episode) -> Plain:
    closed = one.end_ms is not None and one.kind.value == "excursion"
    head = (probe, one.kind.value, one.rule, one.direction and one.direction.value)
    return (*head, one.start_ms, one.condition_ms, one.end_ms, one.cleared_ms, one.samples_out if closed else None)


def really(session: Session) -> list[Plain]:
    """Return what the fold found; the preview does not look for what the slow rules beside it find (`detail`)."""
    every = [one for one in session.records.findings() if one.status is not FindingStatus.WITHDRAWN]
    found = [one for one in every if not one.detail]
    return sorted((plain(one) for one in found), key=repr)


def holds(session: Session) -> dict[str, int]:
    found = [one for one in session.records.findings() if one.status is not FindingStatus.WITHDRAWN]
    exposed = [
        one.unit
        for finding in found
        for one in session.records.exposures_of_finding(finding.id)
        if finding.holds and not one.withdrawn
    ]
    return {unit: exposed.count(unit) for unit in exposed}


@settings(max_examples=6)
@given(st.integers(0, 10_000), st.sampled_from(sorted(FILES)))
def test_the_preview_is_what_the_intake_would_have_found(seed: int, which: str) -> None:
    facts, own = a_day(seed), FILES[which]
    as_it_was, had_it_held = lived(facts, own, kept=False), lived(facts, own, kept=True)
    with as_it_was.reading() as session, had_it_held.reading() as other:
        record = session.records.profile("own", 1)
        place = session.records.place(PLACE)
        assert isinstance(record, ProfileRecord)
        assert place is not None
        found = preview(session, record, [place], (START - HOUR, ALL_READ), END)
        every = found.total.effects
        assert found.total.findings_before == len(really(session))
        assert found.total.findings_after == len(really(other))
        assert sum(every.values()) - every["same"] == found.findings_changed
        before = [of_episode(one.probe, one.before) for one in found.findings if one.before is not None]
        after = [of_episode(one.probe, one.after) for one in found.findings if one.after is not None]
        assert set(before) <= set(really(session))
        assert set(after) <= set(really(other))
        unchanged = set(really(session)) - set(before)
        assert unchanged == set(really(other)) - set(after)
        told = {one.unit: (one.holds_before, one.holds_after) for one in found.units}
        for unit in holds(session).keys() | holds(other).keys():
            real = holds(session).get(unit, 0), holds(other).get(unit, 0)
            assert told.get(unit, real) == real
            assert unit in told or real[0] == real[1]


def both(session: Session) -> tuple[list[Any], list[Any]]:
    """Return what the intake found of findings that are over, and what a preview of the same profile finds."""
    place, proposed = session.records.place(PLACE), session.records.profile("cn-rbc", 3)
    assert place is not None
    assert proposed is not None
    watched = watched_probes(session, place, ALL_READ)
    window = (START - HOUR, ALL_READ)
    facts = [_facts(session, place, one, load_profile(proposed.toml.encode()), window) for one in watched]
    again = [(one.probe.id, found) for one in facts for found in replay(one, one.proposed, window)]
    names = ("rule", "start_ms", "certain")
    return (
        sorted((one.probe, *(getattr(one, name) for name in names), one.out_ms_least) for one in cold(session)),
        sorted((probe, *(getattr(one, name) for name in names), one.out_ms_least) for probe, one in again),
    )


def cold(session: Session) -> list[Finding]:
    found = [one for one in session.records.findings() if one.status is FindingStatus.CLOSED and not one.detail]
    return [one for one in found if one.kind is FindingKind.EXCURSION]


def test_the_preview_names_the_rule_and_the_certainty_that_the_intake_does() -> None:
    """Frozen air beside a load probe is no product lost (A02), and what is uncertain is only possible."""
    store = MemoryStore()
    pipeline = Pipeline(store, Counters())
    things: list[Setup] = [profile_record(cn_rbc_toml()), profile_record(RED_3)]
    for thing in setup()[1:]:
        if isinstance(thing, Place):
            thing = msgspec.structs.replace(thing, profile_version=3)
        if isinstance(thing, Probe):
            thing = msgspec.structs.replace(thing, serial=f"s-{thing.id}", since_ms=START)
        things.append(thing)
    pipeline.set_up(things, START)
    for fact in calibrated("s-fridge-1-load", 300_000):
        pipeline.record(fact, START)
    values = {"load": [4.0] * 60 + [6.1] * 40 + [4.0] * 50, "air": [4.0] * 60 + [-3.0] * 40 + [4.0] * 50}
    facts: list[Fact] = []
    for role, celsius in values.items():
        for minute, value in enumerate(celsius):
            at_ms = START + minute * 60_000
            facts.append(sample(len(facts) + 1, at_ms, round(value * 1_000_000), f"fridge-1-{role}"))
    send(pipeline, facts, sent_ms=START + 150 * 60_000)
    with store.reading() as session:
        found, again = both(session)
    assert [one[1] for one in found] == ["A02", "A01"]
    assert [one[3] for one in found] == [True, False]
    assert again == found


def calibrated(serial: str, uncertainty: int) -> list[PersonFact]:
    paper = Certificate(
        serial=serial,
        number="C-1",
        lab="CNAS L0000",
        calibrated_ms=START,
        due_ms=END,
        points=(CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=0),),
        tolerance_micro_celsius=500_000,
        name="Li",
        post="tech",
    )
    said = RecordCalibration(
        serial=serial,
        from_ms=START - 1,
        offset_micro_celsius=0,
        uncertainty_micro_celsius=uncertainty,
        certificate="C-1",
        name="Li",
        post="tech",
        at_ms=START,
        actor="li",
    )
    return [RecordCertificate(certificate=paper, actor="li"), said]


def test_what_holds_now_changes_nothing() -> None:
    store = lived(a_day(7), WIDE, kept=False)
    with store.reading() as session:
        record, place = session.records.profile("cn-rbc", 1), session.records.place(PLACE)
        assert record is not None
        assert place is not None
        found = preview(session, record, [place], (START + 3 * HOUR, END - HOUR), END)
    assert (found.findings_changed, found.units_changed) == (0, 0)
    assert found.total.findings_before == found.total.findings_after > 0


def test_more_probes_and_days_than_one_preview_takes_are_refused_by_their_number() -> None:
    store = lived([], WIDE, kept=False)
    with store.reading() as session:
        record, place = session.records.profile("own", 1), session.records.place(PLACE)
        assert record is not None
        assert place is not None
        days = 300
        places = [place] * (PROBE_DAYS_MAX // (2 * days) + 1)
        with pytest.raises(InvalidValueError, match=f"at most {PROBE_DAYS_MAX} go into one preview"):
            preview(session, record, places, (END - days * DAY_MS, END), END)
