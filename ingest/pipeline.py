"""The way in: admit, store, judge and prepare the acks, all in one transaction of the hot store.

An ack leaves only after the commit. A batch that fails to commit is not acked and comes again from the gateway.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import structlog

from coldchain.blocks import SealPlan
from coldchain.commission import Position
from coldchain.entries import Draft
from coldchain.errors import ColdchainError, LedgerAlteredError, StoreError
from coldchain.facts import CLOCK_WORDS, ClockState, DeviceEvent
from coldchain.places import Reader
from coldchain.ports import Recorded, Session, Store
from coldchain.standing import DARK
from coldchain.trust import GatewayKey, SecurityKind
from coldchain.units import PersonFact
from coldchain.wire import Ack, Reason, Refused, Up, decode_up, payload_sha256
from ingest.acks import ack_of, header_of
from ingest.admission import ANCHOR_TOLERANCE_MS, CLOCK_TOLERANCE_MS, OF_THE_CLOCK, clock_agrees
from ingest.alarm_watch import AlarmWatch
from ingest.alarms import begin_desk
from ingest.anew import ask_anew_for_all
from ingest.anew_turns import AnewTurns
from ingest.attest import Attestor
from ingest.batches import Message, admit_batch, checked_batch, refuse_batch
from ingest.commissioning import counted_places, recounted
from ingest.counters import Counters
from ingest.crossed import CrossedWatch
from ingest.deferral import defer, deferred, forget_deferred
from ingest.digesting import digest_due, digest_rows
from ingest.judge import Dirty, judge
from ingest.kept_from import note_begun
from ingest.keys import key_drafts
from ingest.known import lost_gateways
from ingest.later import LaterTurns
from ingest.lost import judge_lost
from ingest.people import person_drafts
from ingest.profiles import refolded
from ingest.quarantine import OFFSET, Sifted, sift
from ingest.retention import confirmed, dispose, rows_fault
from ingest.sealing import Sealer
from ingest.security import SecurityLog, security_draft, security_event
from ingest.setup import Setup, require_profiles, setup_drafts
from ingest.signatures import keys_by_gateway
from ingest.still import Quiet
from ingest.work import Work, append_drafts, devices_of

READMIT_ENOUGH: Final = 500  # items in one transaction; the origin that reaches it is finished
BOOTS_MAX: Final = 1_000  # boots of which is remembered that something waits for their clock
OFFSET_MOVED_MS: Final = 1_000  # a clock's offset is written down anew once it has moved so far
STALE_GRACE_MS: Final = 60_000  # old batches may have waited in the broker; a slow clock goes on sending old ones
STORE_TRIED: Final = "store-tried"  # cursor: when a store that had failed was tried again

log = structlog.get_logger("ingest")


class Pipeline:
    """The only writer of the store. Not thread-safe: one thread calls it."""

    def __init__(self, store: Store, counters: Counters, sealing: SealPlan | None = None) -> None:
        self._store = store
        self._sealer = Sealer(store, counters, sealing or SealPlan())
        self._counters = counters
        self._stale_since: dict[str, int] = {}
        self._clock_doubted: dict[tuple[str, str], None] = {}  # (gateway, boot) of which something waits for an anchor
        self._security = SecurityLog()
        self._rows_missing: set[str] = set()  # gateways of which rows are missing between doubted ones and their anchor
        self._look_through = True  # quarantine: a device was registered or a clock has shown itself
        self._crossed = CrossedWatch()
        self._quiet = Quiet()
        self.alarms = AlarmWatch(store, self.note, counters.add)
        self.anew = AnewTurns(store, self._committing, counters, self.alarms)
        self.later = LaterTurns(store, self._committing, counters, self.alarms)
        self._generation = 0
        self._last_seq = 0
        self.attestor: Attestor | None = None  # signs the ledger; tests of the intake do without

    @property
    def generation(self) -> int:
        """A number that grows with every commit of something that people may see; any thread may read it."""
        return self._generation

    @contextmanager
    def _committing(self, *, quietly: bool = False) -> Iterator[Session]:
        """Write in one transaction, and tell those that watch; `quietly`: what is known of quiet probes holds on."""
        with self._quiet.lasting(through=quietly), self._store.writing() as session:
            yield session
            last_seq = session.ledger.next_seq() - 1
        self._generation += 1
        self._last_seq = last_seq

    def process(self, messages: Sequence[Message], now_ms: int) -> list[Ack]:
        """Take messages in one transaction and return the acks to send. Raises StoreError; nothing was kept then.

        Storing does not depend on judging: if that fails, by our own fault, the facts are stored and acked all the
        same, and catch_up() judges them as soon as it can.
        """
        try:
            return self._process(messages, now_ms, judging=True)
        except Exception:
            acks = self._process(messages, now_ms, judging=False)
            self._counters.add("judge_failures_total")
            log.exception("judging_failed", messages=len(messages), advice="the facts are stored; it is tried again")
            return acks

    def _process(self, messages: Sequence[Message], now_ms: int, *, judging: bool) -> list[Ack]:
        tally = Counters()
        with self._committing(quietly=True) as session:
            work = Work(session, devices_of(session), now_ms)
            senders = dict.fromkeys(message.gateway for message in messages)
            work.keys = keys_by_gateway(key for one in senders for key in session.records.keys_of_gateway(one))
            for message in messages:
                self._take(work, message, tally)
            told = self._security.to_write(work.alarms, now_ms)
            work.drafts += [security_draft(event, work.devices.gateways[event.gateway].site) for event in told]
            append_drafts(work)
            if judging:
                self.alarms.changed |= judge(session, work.dirty, now_ms, self._quiet)
            else:
                defer(session, work.dirty)
            acks = [ack_of(session, gateway, epoch, now_ms) for gateway, epoch in work.to_ack]
        self._security.written(work.alarms, told, now_ms)
        for event in work.alarms:
            tally.add("security_total", event.times, gateway=event.gateway, kind=event.kind)
        self._counters.take(tally)
        return acks

    def ack_for(self, gateway: str, epoch: str, now_ms: int) -> Ack:
        """Return the ack that a gateway asks for by coming online."""
        with self._store.reading() as session:
            return ack_of(session, gateway, epoch, now_ms)

    def readmit(self, now_ms: int) -> int:
        """Let items out of quarantine that are believed by now; return how many."""
        if not self._look_through:
            return 0
        tally = Counters()
        with self._committing() as session:
            work = Work(session, devices_of(session), now_ms)
            sifted = sift(work, tally, READMIT_ENOUGH) if session.books.quarantine_size() else Sifted()
            append_drafts(work)
            defer(session, work.dirty)
        released, self._rows_missing = sifted.released, sifted.waiting
        self._look_through = released >= READMIT_ENOUGH
        self._counters.take(tally)
        if released:
            self.catch_up(now_ms)
        return released

    def catch_up(self, now_ms: int) -> int:
        """Judge what could not be judged with its facts; return on how much of it the rules fail. Raises StoreError."""
        note_begun(self._store, now_ms)
        with self._store.reading() as session:
            waiting = deferred(session)
        left = 0
        for dirty in waiting:
            try:
                with self._committing() as session:
                    self.alarms.changed |= judge(session, dirty, now_ms)
                    forget_deferred(session, dirty)
            except StoreError:
                raise
            except Exception:
                left += 1
                self._counters.add("judge_failures_total")
                log.exception("judging_failed", probes=list(dirty.probes), units=len(dirty.units))
        return left

    def note(self, drafts: Sequence[Draft], now_ms: int) -> None:
        """Record what the program says of itself. Raises StoreError."""
        with self._committing(quietly=True) as session:
            session.ledger.append(drafts, now_ms)

    def attest(self, now_ms: int, boottime_ms: int) -> None:
        """Sign what is due of the ledger. Raises StoreError; nothing was signed then.

        A ledger that was changed is a security event, once; it is not signed again.
        """
        if self.attestor is None:
            return
        told = self.attestor.error is not None
        try:
            self.attestor.look(self._last_seq, now_ms, boottime_ms)
        except LedgerAlteredError as error:
            if not told:
                event = security_event(SecurityKind.LEDGER_ALTERED, "", now_ms, str(error))
                self.note([security_draft(event, "")], now_ms)
            raise

    def try_store(self, now_ms: int) -> None:
        """Write something small, to see whether a store that failed works again. Raises StoreError."""
        self.move_cursors({STORE_TRIED: now_ms})

    def move_cursors(self, moves: Mapping[str, int]) -> None:
        """Move cursors of those that follow the record; nobody sees a difference. Raises StoreError."""
        with self._store.writing() as session:
            for name, value in moves.items():
                session.books.set_cursor(name, value)

    def went_dark(self, gateway: str, received_ms: int, *, retained: bool) -> None:
        """Note when a gateway's connection broke, as its last will says. Raises StoreError.

        Any batch that comes later shows that it is back. Of a will that the broker retained nobody knows when it was.
        """
        if retained:
            return
        with self._committing() as session:
            session.books.set_cursor(DARK + gateway, received_ms)

    def watch_gateways(self, now_ms: int, listening_ms: int) -> list[str]:
        """Judge the probes of gateways that are lost: nobody else would bring it up. Return those gateways.

        `listening_ms`: for how long the centre has been able to hear gateways without a break.
        """
        with self._store.reading() as session:
            lost = lost_gateways(session, now_ms, listening_ms)
        for gateway, probes in lost.items():
            self.alarms.changed |= judge_lost(self._committing, self._counters, gateway, probes, now_ms)
        if lost:
            self.catch_up(now_ms)
        return sorted(lost)

    def seal(self, now_ms: int, boottime_ms: Callable[[], int]) -> int:
        """Seal closed days of the reading log for one short turn; return how many. Raises StoreError."""
        return self._sealer.turn(now_ms, boottime_ms)

    def dispose(self, now_ms: int) -> int:
        """Do one removal that two people have signed; return how many blocks went. Raises StoreError."""
        with self._store.reading() as session:
            if (known := confirmed(session)) is None:
                return 0
            fault = rows_fault(session, known)
        with self._committing() as session:
            return dispose(session, known, fault, now_ms)

    def digest(self, now_ms: int) -> int:
        """Put readings that wait for it under a hash of the ledger; return how many rows. Raises StoreError."""
        if not digest_due(self._store, now_ms):
            return 0
        with self._committing() as session:
            return digest_rows(session, now_ms)

    def watch_crossed(self, now_ms: int) -> int:
        """Look now and then whether probes of two places seem to be crossed; return how many entries that made."""
        if not self._crossed.due(now_ms):
            return 0
        with self._store.reading() as session:
            drafts = self._crossed.look(session, now_ms)
        if drafts:
            with self._committing() as session:
                session.ledger.append(drafts, now_ms)
        return len(drafts)

    def set_up(
        self,
        things: Iterable[Setup],
        now_ms: int,
        keys: Iterable[GatewayKey] | None = None,
        *,
        commissioning: bool = False,
    ) -> int:
        """Record places, devices and profiles that are new or have changed; return how many entries that made.

        `commissioning`: where a probe hangs has to be confirmed at the fridge before its readings count; if not, it
        counts as confirmed by its registration. `keys`: all public keys that the settings name; None: they say nothing
        of keys.

        Raises ConflictError for a change that would rewrite the past, and for a place without its profile.
        """
        with self._committing() as session:
            begin_desk(session)
            drafts = setup_drafts(session, things, now_ms, commissioning=commissioning)
            drafts += [] if keys is None else key_drafts(session, keys, now_ms)
            before = counted_places(session, {one.payload.place for one in drafts if isinstance(one.payload, Position)})
            session.ledger.append(drafts, now_ms)
            require_profiles(session)
            watched = {draft.payload.place for draft in drafts if isinstance(draft.payload, Reader)}
            stays = [stay for place in watched for stay in session.records.stays_in_place(place, 0, None)]
            defer(session, Dirty(units={stay.unit for stay in stays}, probes=recounted(session, before)))
            ask_anew_for_all(session)
        self._look_through = True
        self.catch_up(now_ms)
        return len(drafts)

    def record(self, fact: PersonFact, now_ms: int) -> Recorded:
        """Take a fact that a person entered. Repeating it changes nothing.

        Raises ConflictError, UnknownThingError, InvalidValueError or StoreError.
        """
        try:
            recorded = self._record(fact, now_ms, judging=True)
        except ColdchainError:
            raise
        except Exception:
            recorded = self._record(fact, now_ms, judging=False)
            self._counters.add("judge_failures_total")
            log.exception("judging_failed", fact=type(fact).__name__, advice="it is recorded; it is tried again")
        self._counters.add("person_facts_total", kind=type(fact).__name__)
        return recorded

    def _record(self, fact: PersonFact, now_ms: int, *, judging: bool) -> Recorded:
        with self._committing() as session:
            drafted = person_drafts(session, fact, now_ms)
            if drafted.drafts:
                before = counted_places(session, drafted.places)
                session.ledger.append(drafted.drafts, now_ms)
                probes = {**recounted(session, before), **refolded(session, drafted.drafts)}
                dirty = Dirty(units=drafted.units, probes=probes)
                if judging:
                    self.alarms.changed |= judge(session, dirty, now_ms)
                else:
                    defer(session, dirty)
            return Recorded(seq=session.ledger.next_seq() - 1)

    def _clock_shown(self, session: Session, up: Up, received_ms: int) -> None:
        """Note what a trusted clock of this boot shows; it may heal items that were stamped by it before."""
        offset = up.clock_offset_ms
        if offset is None or not clock_agrees(up, received_ms) or up.clock is not ClockState.TRUSTED:
            return
        name = f"{OFFSET}{up.gateway}:{up.boot}"
        known = session.books.cursor(name)
        if abs(known - offset) > OFFSET_MOVED_MS:
            session.books.set_cursor(name, offset)
        if abs(known - offset) > ANCHOR_TOLERANCE_MS or (up.gateway, up.boot) in self._clock_doubted:
            self._clock_doubted.pop((up.gateway, up.boot), None)
            self._look_through = True

    def _take(self, work: Work, message: Message, tally: Counters) -> None:
        decoded = decode_up(message.payload)
        checked = checked_batch(work, message, decoded) if isinstance(decoded, Up) else decoded
        if isinstance(checked, Up) and self._waits_for_a_fresh_one(checked, message):
            tally.add("stale_total", gateway=message.gateway)
            return
        refused = self._admit(work, checked, message, tally) if isinstance(checked, Up) else checked
        if refused is None:
            if isinstance(checked, Up):
                self._clock_shown(work.session, checked, message.received_ms)
            return
        tally.add("refused_total", reason=refused.reason)
        if refused.reason is Reason.NOT_REGISTERED:
            return  # no ack: the gateway keeps everything until somebody registers it
        if refused.reason is Reason.BAD_SIGNATURE and isinstance(decoded, Up) and decoded.has_items:
            return  # no ack: nothing may be put aside for it; a sign of life that is refused tells the gateway why
        refuse_batch(work, message, refused)

    def _waits_for_a_fresh_one(self, up: Up, message: Message) -> bool:
        """Tell whether to leave a batch without an ack because it seems to have been on its way for long.

        If so, its gateway sends it again with a fresh time. If a gateway's batches stay old, its clock is slow.
        """
        # What a clock that was never set shows says nothing of how long a batch was on its way.
        if up.clock is ClockState.UNSET or up.sent_ms >= message.received_ms - CLOCK_TOLERANCE_MS:
            self._stale_since.pop(up.gateway, None)
            return False
        since_ms = self._stale_since.setdefault(up.gateway, message.received_ms)
        return message.received_ms - since_ms < STALE_GRACE_MS

    def _admit(self, work: Work, up: Up, message: Message, tally: Counters) -> Refused | None:
        admission = admit_batch(work, up, message, tally)
        if isinstance(admission, Refused):
            return admission
        spoke = any(isinstance(fact, DeviceEvent) and fact.kind in CLOCK_WORDS for fact in admission.facts)
        if spoke or (up.gateway in self._rows_missing and up.last_seq >= up.first_seq):
            self._look_through = True
        if any(doubted.doubt in OF_THE_CLOCK for doubted in admission.doubted):
            self._look_through |= bool(work.session.records.clock_words(up.gateway))
            self._clock_doubted[up.gateway, up.boot] = None
            _forget_oldest(self._clock_doubted)
        return None

    def refuse(self, message: Message, now_ms: int) -> list[Ack]:
        """Refuse a message that our own fault keeps from being processed; its gateway keeps it aside."""
        decoded = decode_up(message.payload)
        refused = Refused(
            reason=Reason.FAILED_HERE,
            detail="the centre failed to store it; its log says why",
            sha256=payload_sha256(message.payload),
            header=header_of(decoded) if isinstance(decoded, Up) else decoded.header,
        )
        with self._committing() as session:
            work = Work(session, devices_of(session), now_ms)
            refuse_batch(work, message, refused)
            acks = [ack_of(session, gateway, epoch, now_ms) for gateway, epoch in work.to_ack]
        self._counters.add("refused_total", reason=refused.reason)
        return acks


def _forget_oldest(boots: dict[tuple[str, str], Any]) -> None:
    """Keep the newest boots. What is forgotten is looked for again when the centre is started anew."""
    while len(boots) > BOOTS_MAX:
        del boots[next(iter(boots))]
