"""A centre whose record holds readings of eleven years ago, sealed, and some of yesterday."""

from dataclasses import dataclass

import msgspec
from support import console_story
from support import store_words as words
from support.sealing import seal_all

from coldchain.blocks import DAY_MS
from coldchain.entries import EntryKind
from coldchain.ports import Recorded, Store
from coldchain.retention import ConfirmDisposal, Disposal, ProposeDisposal
from coldchain.units import PersonFact
from ingest.counters import Counters
from ingest.pipeline import Pipeline

NOW = 20_000 * DAY_MS
OLD = 20_000 - 11 * 366  # a day: ten years of any kind have passed since
PROBE, OTHER = "fridge-1-load", "fridge-1-air"
HOLD_MS = 600_000
SEALED = ((PROBE, OLD), (PROBE, OLD + 1), (OTHER, OLD), (PROBE, 19_990))  # the last is young

PROPOSE = ProposeDisposal(id="d-1", probe="", reason="十年已满", at_ms=NOW, name="李华", post="QA", actor="lh")
CONFIRM = ConfirmDisposal(id="d-1", sha256="", at_ms=NOW, name="王芳", post="director", actor="wf")


@dataclass(frozen=True)
class Centre:
    """The store and the pipeline over it."""

    store: Store
    pipeline: Pipeline

    def record(self, fact: PersonFact, now_ms: int = NOW) -> Recorded:
        return self.pipeline.record(fact, now_ms)

    def propose(self, fact: ProposeDisposal = PROPOSE, now_ms: int = NOW) -> Disposal:
        self.record(fact, now_ms)
        with self.store.reading() as session:
            made = session.records.disposal(fact.id)
        assert made is not None
        return made

    def state(self, disposal: str = "d-1") -> str:
        with self.store.reading() as session:
            known = session.records.disposal(disposal)
        assert known is not None
        return known.state.value

    def kept(self, probe: str = PROBE) -> tuple[int, ...]:
        with self.store.reading() as session:
            return session.readings.kept_days(probe, 99_999, 99)

    def note(self, kind: EntryKind, *payloads: msgspec.Struct) -> None:
        with self.store.writing() as session:
            session.ledger.append([words.draft(kind, payload) for payload in payloads], NOW)


def centre_on(store: Store, *, registry: bool = False) -> Centre:
    """Fill an empty store; `registry`: with the places and profiles of the console's story."""
    centre = Centre(store, Pipeline(store, Counters()))
    if registry:
        centre.pipeline.set_up(console_story.registry(), OLD * DAY_MS)
    else:
        centre.note(EntryKind.PLACE, words.place())
        centre.note(EntryKind.PROFILE, words.profile())
        centre.note(EntryKind.PROBE, words.probe(), words.probe(OTHER))
    with store.writing() as session:
        for probe, day in SEALED:
            times = [day * DAY_MS + i * 60_000 for i in range(5)]
            session.readings.append_samples(words.samples(times, [4_000_000] * 5, probe=probe))
        for probe in (PROBE, OTHER):
            seal_all(session, probe, 19_995, [HOLD_MS])
    return centre
