"""Checkpoints leave the house: each once, in order, over restarts and days without the other side."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from assembly.checkpoint_sinks import NOTICE_AFTER, FolderSink, Handing, Sink, WebhookSink, sinks_of
from coldchain.errors import ColdchainError
from coldchain.ports import Recorded
from coldchain.proof import Checkpoint
from coldchain.trust import NoteSecurity, SecurityKind
from coldchain.units import PersonFact


def checkpoint(size: int) -> Checkpoint:
    return Checkpoint(size=size, root=b"r" * 32, at_ms=size, key="aa", note=f"note {size}\n".encode())


class Centre:
    """Cursors and Recorder over a store."""

    def __init__(self, store: MemoryStore) -> None:
        self.store, self.facts = store, list[PersonFact]()

    def move(self, name: str, value: int) -> None:
        with self.store.writing() as session:
            session.books.set_cursor(name, value)

    def record(self, fact: PersonFact) -> Recorded:
        self.facts.append(fact)
        return Recorded(seq=1)


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    with made.writing() as session:
        for size in (1, 1_000, 1_003):
            session.proofs.add([], checkpoint(size))
    return made


def handing(store: MemoryStore, sink: Sink, clock: HandClock | None = None, centre: Centre | None = None) -> Handing:
    centre = centre or Centre(store)
    return Handing(sink, store, centre, centre, clock or HandClock())


def test_a_folder_gets_each_checkpoint_once_and_goes_on_after_a_restart(store: MemoryStore, tmp_path: Path) -> None:
    assert handing(store, FolderSink(tmp_path)).turn() is False
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.note", "1000.note", "1003.note"]
    assert (tmp_path / "1000.note").read_bytes() == b"note 1000\n"
    (tmp_path / "1.note").unlink()
    with store.writing() as session:
        session.proofs.add([], checkpoint(2_000))
    again = handing(store, FolderSink(tmp_path))
    again.turn()
    assert again.taken == 1, "the cursor outlives the process"
    assert not (tmp_path / "1.note").exists()


def test_a_file_with_another_content_is_never_overwritten(store: MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "1000.note").write_bytes(b"another")
    one = handing(store, FolderSink(tmp_path))
    one.turn()
    assert one.failed == 1
    assert (tmp_path / "1000.note").read_bytes() == b"another"


def test_a_sink_that_is_away_is_tried_again_and_that_it_is_away_becomes_an_entry_once(
    store: MemoryStore, tmp_path: Path
) -> None:
    clock, centre, folder = HandClock(), Centre(store), tmp_path / "mount"
    one = handing(store, FolderSink(folder), clock, centre)
    for _ in range(NOTICE_AFTER + 3):
        one.turn()
        one.turn()  # nothing before it is due
        clock.forward(600_000)
    assert one.failed == NOTICE_AFTER + 3
    (fact,) = centre.facts
    assert isinstance(fact, NoteSecurity)
    assert fact.event.kind is SecurityKind.CHECKPOINT_UNDELIVERED
    folder.mkdir()
    one.turn()
    assert (one.failed, one.taken) == (0, 3)


class Answer(BaseHTTPRequestHandler):
    got: list[bytes]
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.status < 300:
            type(self).got.append(body)
        self.send_response(self.status)
        self.send_header("Location", "/login")
        self.end_headers()

    def do_GET(self) -> None:
        """A login page takes whoever comes."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Answer]]]:
    handler = type("Here", (Answer,), {"got": []})
    with HTTPServer(("127.0.0.1", 0), handler) as web:
        thread = threading.Thread(target=web.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{web.server_port}/in?token=secret", handler
        web.shutdown()
        thread.join()


def test_an_address_gets_each_note_and_anything_but_a_yes_is_tried_again(
    store: MemoryStore, server: tuple[str, type[Answer]]
) -> None:
    url, handler = server
    clock = HandClock()
    one = handing(store, WebhookSink(url), clock)
    for failed, status in enumerate((500, 302, 303, 307), 1):  # a redirect that is followed loses the note
        handler.status = status
        one.turn()
        assert (one.failed, one.taken, handler.got) == (failed, 0, [])
        clock.forward(3_600_000)
    handler.status = 200
    one.turn()
    assert handler.got == [b"note 1\n", b"note 1000\n", b"note 1003\n"]
    assert "secret" not in WebhookSink(url).name


def test_an_address_that_answers_nonsense_is_tried_again_like_one_that_is_away(store: MemoryStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(65_536)
                line.sendall(b"no http at all\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        one = handing(store, WebhookSink(f"http://127.0.0.1:{listening.getsockname()[1]}/"), HandClock())
        one.turn()
        thread.join()
    assert (one.failed, one.taken) == (1, 0)


def test_a_file_has_its_name_on_the_disk_before_it_counts_as_handed_out(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[list[str]] = []
    monkeypatch.setattr(
        "assembly.checkpoint_sinks.sync_folder",
        lambda folder: synced.append(sorted(one.name for one in folder.iterdir())),
    )
    one = handing(store, FolderSink(tmp_path), HandClock())
    one.turn()
    assert synced[0] == ["1.note"]
    assert len(synced) == one.taken == 3


def test_settings_name_sinks_and_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert sinks_of(None, None) == []
    assert sinks_of(tmp_path, "https://x/y") == [FolderSink(tmp_path), WebhookSink("https://x/y")]
    with pytest.raises(ColdchainError, match="not there"):
        sinks_of(tmp_path / "x", None)
