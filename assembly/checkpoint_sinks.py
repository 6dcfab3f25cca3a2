"""Checkpoints handed to what we do not control: a folder (of another machine, write-once) and an address.

Whoever holds them can tell that the ledger was made anew, though every hash and signature in it agrees. Each sink has
a durable cursor over the checkpoints' sizes, which moves once a checkpoint is there; it may be away for days.
"""

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Final, Protocol

import structlog

from assembly.checkpoint_mail import LOOPBACK, MailSink, password_in
from assembly.checkpoint_settings import CheckpointsTable
from assembly.checkpoint_stamps import StampSink, load_roots
from assembly.syncing import sync_folder
from coldchain.entries import EntryKind
from coldchain.errors import ColdchainError
from coldchain.ports import Clock, Cursors, Recorder, Session, Store
from coldchain.proof import Checkpoint
from coldchain.trust import NoteSecurity, SecurityEvent, SecurityKind
from ingest.writer import Writer

LOOK_EVERY_MS: Final = 5_000
AT_ONCE: Final = 100  # checkpoints read at a time
RETRY_MS: Final = 10_000
RETRY_MS_MAX: Final = 600_000
ANSWER_S: Final = 15
NOTICE_AFTER: Final = 5  # attempts in a row that failed, about five minutes: then it is an entry
STOP_S: Final = 20
STAMPS_LOOKED_AT: Final = 8  # a stamp is an entry itself, and must not make the next one needed
CURSOR: Final = "checkpoints:"

log = structlog.get_logger("checkpoints")


class Sink(Protocol):
    """Where checkpoints go."""

    @property
    def name(self) -> str:
        """A name without secrets; the cursor belongs to it."""

    @property
    def every_ms(self) -> int:
        """How often it wants the newest checkpoint; 0: it wants every one."""

    def take(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint for good; taking it again is no harm. Raises OSError."""


@dataclass(frozen=True, slots=True)
class FolderSink:
    """Drops a file SIZE.note for each checkpoint, whole or not at all; one that lies there is not overwritten."""

    folder: Path
    every_ms: int = 0

    @property
    def name(self) -> str:
        """Of the folder, so that another folder begins anew."""
        return f"folder-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]}"

    def take(self, checkpoint: Checkpoint) -> None:
        """Write the file, see it on the disk, give it its name. Raises OSError if another content has that name."""
        path = self.folder / f"{checkpoint.size}.note"
        if path.exists():
            if path.read_bytes() != checkpoint.note:
                msg = f"{path} is there with another content: compare with coldchain verify --against"
                raise FileExistsError(msg)
            sync_folder(self.folder)  # a power cut may have come between its name and this
            return
        draft = path.with_suffix(".tmp")
        with draft.open("wb") as file:
            file.write(checkpoint.note)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        sync_folder(self.folder)


class _NoOtherAddress(urllib.request.HTTPRedirectHandler):
    """A redirect is no yes: followed, it becomes a question without the note, and a login page would take it."""

    def redirect_request(self, *_asked: object) -> None:
        """Follow nothing."""


_OPENER: Final = urllib.request.build_opener(_NoOtherAddress)


@dataclass(frozen=True, slots=True)
class WebhookSink:
    """POSTs the note as text; any 2xx is a yes, a redirect is none."""

    url: str
    every_ms: int = 0

    @property
    def name(self) -> str:
        """Of the address, which may hold a secret."""
        return f"webhook-{hashlib.sha256(self.url.encode()).hexdigest()[:12]}"

    def take(self, checkpoint: Checkpoint) -> None:
        """Send it. Raises OSError if the answer is no yes."""
        headers = {"Content-Type": "text/plain; charset=utf-8", "X-Checkpoint-Size": str(checkpoint.size)}
        request = urllib.request.Request(self.url, checkpoint.note, headers)  # noqa: S310 - settings allow http(s)
        with _OPENER.open(request, timeout=ANSWER_S) as answer:
            answer.read(1_000)


class Handing:
    """Hands checkpoints to one sink. `turn` belongs to one thread."""

    def __init__(self, sink: Sink, store: Store, cursors: Cursors, recorder: Recorder, clock: Clock) -> None:
        self._sink = sink
        self._store = store
        self._cursors = cursors
        self._recorder = recorder
        self._clock = clock
        self._at: int | None = None
        self._due_ms = 0
        self.failed = 0  # attempts in a row
        self.taken = 0

    def turn(self) -> bool:
        """Hand over what is due; tell whether more may be waiting."""
        if self._clock.boottime_ms() < self._due_ms:
            return False
        with self._store.reading() as session:
            if self._at is None:
                self._at = session.books.cursor(CURSOR + self._sink.name)
            waiting = self._waiting(session, self._at)
        for checkpoint in waiting:
            try:
                self._sink.take(checkpoint)
            except (OSError, ValueError, HTTPException) as error:  # URLError and HTTPError are OSErrors
                self._failed(checkpoint, str(error))
                return False
            self.failed, self._at = 0, checkpoint.size
            self.taken += 1
            self._cursors.move(CURSOR + self._sink.name, checkpoint.size)
            if self._sink.every_ms:
                self._due_ms = self._clock.boottime_ms() + self._sink.every_ms
        return len(waiting) == AT_ONCE

    def _waiting(self, session: Session, at: int) -> Sequence[Checkpoint]:
        """Return what is due: every checkpoint, or the newest one if it covers anything but time stamps."""
        if not self._sink.every_ms:
            return session.proofs.checkpoints(at, AT_ONCE)
        newest = session.proofs.last_checkpoint()
        if newest is None or newest.size <= at:
            return ()
        new = session.ledger.entries(at, STAMPS_LOOKED_AT)
        only_stamps = newest.size - at <= len(new) and all(one.kind is EntryKind.TIME_STAMP for one in new)
        return () if only_stamps else (newest,)

    def _failed(self, checkpoint: Checkpoint, why: str) -> None:
        self.failed += 1
        self._due_ms = self._clock.boottime_ms() + min(RETRY_MS << min(self.failed - 1, 10), RETRY_MS_MAX)
        log.warning("checkpoint_not_handed_out", sink=self._sink.name, size=checkpoint.size, error=why)
        if self.failed == NOTICE_AFTER:
            self._recorder.record(NoteSecurity(event=self._notice(checkpoint, why), actor="server"))

    def _notice(self, checkpoint: Checkpoint, why: str) -> SecurityEvent:
        return SecurityEvent(
            id=f"undelivered-{checkpoint.size}-{self._sink.name}",
            kind=SecurityKind.CHECKPOINT_UNDELIVERED,
            gateway="",
            at_ms=self._clock.now_ms(),
            detail=f"{self._sink.name} does not take checkpoint {checkpoint.size}: {why}"[:400],
            times=self.failed,
        )


class CheckpointSinks:
    """All sinks in a thread of their own; nothing that they do stops the centre."""

    def __init__(self, handings: Sequence[Handing]) -> None:
        self._handings = handings
        self._stop = Event()
        self._thread = Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End after what is at hand."""
        self._stop.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            more = [self._turn(one) for one in self._handings]
            if not any(more):
                self._stop.wait(LOOK_EVERY_MS / 1_000)

    def _turn(self, one: Handing) -> bool:
        try:
            return one.turn()
        except ColdchainError as error:
            log.warning("checkpoints_wait", error=str(error))
        except Exception:
            log.exception("checkpoints_failed")
        return False


def sinks_of(folder: Path | None, webhook: str | None) -> list[Sink]:
    """Return the sinks that the settings name. Raises ColdchainError for a folder that is not there."""
    found: list[Sink] = []
    if folder is not None:
        if not folder.is_dir():
            msg = f"checkpoints.folder {folder} is not there: make or mount it, then start again / 检查点目录不存在"
            raise ColdchainError(msg)
        found.append(FolderSink(folder))
    if webhook is not None:
        found.append(WebhookSink(webhook))
    return found


def asked_sinks(settings: CheckpointsTable, site: str, store: Store, recorder: Recorder, clock: Clock) -> list[Sink]:
    """Return the sinks that get the newest checkpoint now and then. Raises ColdchainError if settings are missing."""
    found: list[Sink] = []
    if settings.tsa_url is not None:
        if settings.tsa_roots is None:
            msg = "checkpoints.tsa_url needs tsa_roots, the authority's root certificates / 请给出时间戳机构的根证书"
            raise ColdchainError(msg)
        roots, every_ms = load_roots(settings.tsa_roots), settings.tsa_every_minutes * 60_000
        found.append(StampSink(settings.tsa_url, roots, store, recorder, clock, every_ms))
    if settings.mail_to is not None:
        found.append(_mail(settings, settings.mail_to, site))
    return found


def _mail(settings: CheckpointsTable, to: str, site: str) -> MailSink:
    if settings.smtp_host is None or settings.mail_from is None:
        msg = "checkpoints.mail_to needs smtp_host and mail_from / mail_to 需要 smtp_host 和 mail_from"
        raise ColdchainError(msg)
    if settings.smtp_security == "none" and settings.smtp_host not in LOOPBACK:
        msg = 'checkpoints.smtp_security "none" is for a mail server on this machine only / "none" 仅限本机邮件服务器'
        raise ColdchainError(msg)
    return MailSink(
        site=site,
        to=to,
        sender=settings.mail_from,
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        ca_file=settings.smtp_ca_file,
        user=settings.smtp_user,
        password=password_in(settings.smtp_password_file),
        every_ms=settings.mail_every_minutes * 60_000,
    )


def start_sinks(settings: CheckpointsTable, site: str, store: Store, writer: Writer, clock: Clock) -> CheckpointSinks:
    """Start handing out; where no sink is named it has nothing to do. Raises ColdchainError."""
    sinks = [*sinks_of(settings.folder, settings.webhook), *asked_sinks(settings, site, store, writer, clock)]
    return CheckpointSinks([Handing(sink, store, writer, writer, clock) for sink in sinks])
