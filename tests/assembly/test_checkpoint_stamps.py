"""Time stamps over checkpoints: asked of an authority that really signs, recorded once, and checked again later."""

import base64
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.hand_clock import HandClock
from support.tsa import REJECTION, Authority, serving

from assembly.checkpoint_settings import CheckpointsTable
from assembly.checkpoint_sinks import Handing, asked_sinks
from assembly.checkpoint_stamps import StampSink, load_roots
from assembly.verifying import Verdict, told, verify
from coldchain import verifying as v
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ColdchainError, InvalidValueError, UnknownThingError
from coldchain.ports import Recorded
from coldchain.proof import Checkpoint, ServerStart
from coldchain.stamps import KeepTimeStamp, TimeStamp
from coldchain.trust import NoteSecurity
from coldchain.units import PersonFact
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.readonly import open_read_only
from stores.sqlite import SqliteStore, open_store

EVERY_MS = 3_600_000


class Centre:
    """Cursors and Recorder over a store and its pipeline."""

    def __init__(self, store: SqliteStore, clock: HandClock) -> None:
        self.store, self.clock, self.pipeline = store, clock, Pipeline(store, Counters())
        self.notices: list[PersonFact] = []

    def move(self, name: str, value: int) -> None:
        self.pipeline.move_cursors({name: value})

    def record(self, fact: PersonFact) -> Recorded:
        if isinstance(fact, NoteSecurity):
            self.notices.append(fact)
        return self.pipeline.record(fact, self.clock.now_ms())

    def checkpoint(self, entries: int = 1) -> int:
        """Append and add a checkpoint over everything; return its size. Its signature is not what is tested here."""
        start = ServerStart(at_ms=1, version="1", revision="r")
        with self.store.writing() as session:
            drafts = [Draft(kind=EntryKind.SERVER_START, actor="server", site="", payload=start)] * entries
            session.ledger.append(drafts, self.clock.now_ms())
            size = session.ledger.next_seq() - 1
            note = f"note of {size}\n".encode()
            session.proofs.add([], Checkpoint(size=size, root=b"r" * 32, at_ms=size, key="aa", note=note))
        return size

    def sealed_anew(self) -> None:
        """Add a checkpoint over what is there, with nothing new but what the stamp itself made."""
        with self.store.writing() as session:
            size = session.ledger.next_seq() - 1
            note = f"note of {size}\n".encode()
            session.proofs.add([], Checkpoint(size=size, root=b"r" * 32, at_ms=size, key="aa", note=note))

    def stamps(self) -> tuple[TimeStamp, ...]:
        with self.store.reading() as session:
            return session.records.time_stamps()


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    with serving(authority) as address:
        yield address


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def centre(tmp_path: Path, clock: HandClock) -> Iterator[Centre]:
    with closing(open_store(tmp_path / "hot.sqlite")) as store:
        yield Centre(store, clock)


def handing(centre: Centre, url: str, roots: Path) -> Handing:
    sink = StampSink(url, load_roots(roots), centre.store, centre, centre.clock, EVERY_MS)
    return Handing(sink, centre.store, centre, centre, centre.clock)


@pytest.fixture
def roots(authority: Authority, tmp_path: Path) -> Path:
    return authority.write_root(tmp_path / "roots.pem")


def stamp_part(tmp_path: Path, roots: Path | None = None) -> tuple[Verdict, list[v.Fault]]:
    with closing(open_read_only(tmp_path / "hot.sqlite")) as store:
        verdict = verify(store, roots=load_roots(roots))
    return verdict, [one for one in verdict.faults if one.kind == v.STAMP]


def test_the_newest_checkpoint_is_stamped_recorded_and_holds_when_it_is_verified(
    centre: Centre, url: str, roots: Path, authority: Authority, tmp_path: Path
) -> None:
    centre.checkpoint()
    newest = centre.checkpoint(3)
    handing(centre, url, roots).turn()
    (stamp,) = centre.stamps()
    assert (stamp.size, stamp.authority) == (newest, url)
    assert len(authority.asked) == 1
    verdict, faults = stamp_part(tmp_path, roots)
    assert faults == []
    assert (verdict.stamped.count, verdict.stamped.size, verdict.stamped.signed) == (1, newest, True)
    assert any("signatures checked" in line for line in told(verdict))
    assert stamp_part(tmp_path)[0].stamped.signed is False


def test_it_is_asked_once_an_hour_and_a_stamp_makes_no_other_one_needed(
    centre: Centre, url: str, roots: Path, authority: Authority, clock: HandClock
) -> None:
    centre.checkpoint()
    one = handing(centre, url, roots)
    one.turn()
    centre.checkpoint()
    one.turn()
    assert len(authority.asked) == 1
    clock.wait(EVERY_MS)
    one.turn()
    assert len(authority.asked) == 2
    centre.sealed_anew()
    clock.wait(EVERY_MS)
    one.turn()
    assert len(authority.asked) == 2, "nothing is new but the stamp itself"


def test_a_restart_before_the_cursor_was_moved_makes_no_double(
    centre: Centre, url: str, roots: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre.checkpoint()
    monkeypatch.setattr(centre, "move", lambda *_: None)
    handing(centre, url, roots).turn()
    handing(centre, url, roots).turn()
    assert (len(centre.stamps()), len(authority.asked)) == (1, 1)


@pytest.mark.parametrize("fault", ["refused", "wrong imprint", "wrong nonce", "broken", "other root"])
def test_what_is_no_stamp_is_not_recorded_and_asked_for_again(
    centre: Centre, url: str, roots: Path, authority: Authority, clock: HandClock, fault: str
) -> None:
    match fault:
        case "refused":
            authority.status = REJECTION
        case "wrong imprint":
            authority.imprint = lambda found: bytes(reversed(found))
        case "wrong nonce":
            authority.echo_nonce = False
        case "broken":
            authority.broken = True
        case _:
            Authority().write_root(roots)
    size = centre.checkpoint()
    one = handing(centre, url, roots)
    one.turn()
    assert (centre.stamps(), one.failed) == ((), 1)
    one.turn()
    assert len(authority.asked) == 1, "it waits before it asks again"
    authority.status, authority.imprint, authority.echo_nonce, authority.broken = 0, bytes, True, False
    authority.write_root(roots)
    clock.wait(EVERY_MS)
    handing(centre, url, roots).turn()
    assert [stamp.size for stamp in centre.stamps()] == [size]


def test_an_authority_that_is_away_is_tried_again_and_becomes_a_notice(
    centre: Centre, roots: Path, clock: HandClock
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"  # bound and not listening: refused
        centre.checkpoint()
        one = handing(centre, url, roots)
        for _ in range(7):
            one.turn()
            clock.wait(EVERY_MS)
    assert (one.failed, len(centre.notices), centre.stamps()) == (7, 1, ())


def test_a_stamp_of_another_checkpoint_is_found_by_verification(
    centre: Centre, url: str, roots: Path, tmp_path: Path
) -> None:
    first, second = centre.checkpoint(), centre.checkpoint()
    handing(centre, url, roots).turn()
    (stamp,) = centre.stamps()
    assert stamp.size == second
    forged = [
        TimeStamp(size=first, authority="http://b", stamped_ms=stamp.stamped_ms, response=stamp.response),
        TimeStamp(size=first, authority="http://c", stamped_ms=1, response="&&"),
        TimeStamp(size=first, authority="http://d", stamped_ms=1, response=base64.b64encode(b"no stamp").decode()),
    ]
    for one in forged:
        centre.record(KeepTimeStamp(stamp=one, at_ms=1, actor="x"))
    verdict, faults = stamp_part(tmp_path, roots)
    assert [(one.first, one.detail[:8]) for one in faults] == [(first, f"http://{name}") for name in "bcd"]
    assert verdict.stamped.size == second


def test_a_stamp_needs_its_checkpoint_and_a_response(centre: Centre) -> None:
    size = centre.checkpoint()
    stamp = TimeStamp(size=size + 1, authority="http://a", stamped_ms=1, response="AAAA")
    with pytest.raises(UnknownThingError):
        centre.record(KeepTimeStamp(stamp=stamp, at_ms=1, actor="x"))
    empty = TimeStamp(size=size, authority="http://a", stamped_ms=1, response="")
    with pytest.raises(InvalidValueError):
        centre.record(KeepTimeStamp(stamp=empty, at_ms=1, actor="x"))


@pytest.mark.parametrize(
    "settings",
    [
        {"tsa_url": "http://127.0.0.1:1/"},
        {"tsa_url": "http://127.0.0.1:1/", "tsa_roots": "none.pem"},
        {"mail_to": "auditor@example.org"},
        {
            "mail_to": "auditor@example.org",
            "smtp_host": "mail.example.org",
            "mail_from": "a@b",
            "smtp_security": "none",
        },
    ],
)
def test_settings_that_lack_something_are_refused_at_the_start(centre: Centre, settings: dict[str, Any]) -> None:
    table = CheckpointsTable(**settings)
    with pytest.raises(ColdchainError, match=r"checkpoints|PEM"):
        asked_sinks(table, "site", centre.store, centre, centre.clock)
