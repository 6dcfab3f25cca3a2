"""A dock at the counter: one thread that reads out courier's boxes over a serial line. docs/dock.md owns the protocol.

    look for a box (?) ──I──► connect to the broker as this box's carrier ──► read out, hand acks down ──► gone ──► look
         ▲                                                                                                       │
         └───────────────────────────────────────────────────────────────────────────────────────────────────────┘

A box that had no network gives the very batches that it would have published, and they go up under its own name. This
thread keeps nothing: only the centre's ack, handed down as it came, lets the box forget. So the line may be cut, the
box taken away, the broker lost or this program killed at any moment, and the box's own uplink may work beside it.
"""

import logging
import secrets
import ssl
from collections import Counter
from threading import Event
from typing import Final

from coldchain.identifiers import require_id
from coldchain.ports import Clock
from coldchain.wire import topic
from gateway.broker import Connection, new_client, parse_broker_url
from gateway.counters import Counters
from gateway.decoders.dock import VERSION, Frame, FrameKind, FrameScanner, Identity, encode_frame, read_identity
from gateway.decoders.heard import Fault, Rejected
from gateway.links.line import Line
from gateway.links.serial_port import OpenPort, Port, PortLostError
from gateway.plan import DockPlan
from gateway.readout import COUNTERS as READOUT_COUNTERS
from gateway.readout import SILENCE_MS, Readout

LOOK_S: Final = 1.0  # between two looks for a box
IDENTITY_BYTES_MAX: Final = 4_096  # a line that says more without saying who it is has no box
POLL_MS: Final = 50
REST_S: Final = 0.1  # an ack of the centre ends it sooner
CHUNK_BYTES: Final = 256  # written at a time, so that a long ack does not overrun the port's buffer and its time-out
BITS_PER_BYTE: Final = 10  # 8N1
SUBSCRIBED_MS_MAX: Final = 15_000
PAUSE_S: Final = 0.5
PAUSE_S_MAX: Final = 30.0
REFUSAL_AGAIN_MS: Final = 60_000
# What is counted, in words for an operator.
COUNTERS: Final = {
    "dock_boxes_found": "Boxes that were found on a dock",
    "dock_boxes_refused": "Looks that found a box which may not be read out here",
    "dock_connects": "Connections to the broker for a box",
    "dock_connect_failures": "Attempts at which no broker was reached, or the line broke while it was used",
    "dock_connect_refusals": "Attempts at which the broker refused user, password or subscription",
    "dock_disconnects": "Connections that were lost",
    **READOUT_COUNTERS,
}
_LOG: Final = logging.getLogger(__name__)


class Dock:
    """Serves one line until it is told to stop. `counters` gets `dock_*` counts, `line_counters` those of the port."""

    def __init__(
        self,
        plan: DockPlan,
        clock: Clock,
        open_port: OpenPort,
        *,
        site: str,
        url: str,
        counters: Counter[str],
        line_counters: Counters,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._site = require_id(site, "site")
        self._address = parse_broker_url(url)
        self._tls = tls
        self._counters = counters
        self._line_counters = line_counters
        self._line = Line(plan.port, plan.baud, open_port, clock, line_counters)
        self._refused: tuple[str, int] | None = None  # the box that was refused last, and when that was said
        counters.update(dict.fromkeys(COUNTERS, 0))

    def run(self, stop: Event) -> None:
        """Carry on until stop is set; whatever the line, the box, the network or the broker does, try again."""
        try:
            while not stop.is_set():
                box = self._look(stop)
                if box is None:
                    stop.wait(LOOK_S)
                else:
                    self._dock(box, stop)
        finally:
            self._line.close()

    def _look(self, stop: Event) -> Identity | None:
        """Ask once who is there; return a box that may be read out."""
        port = self._line.port()
        if port is None:
            return None
        try:
            port.flush_input()
            port.write(encode_frame(FrameKind.WHO))
            said = self._answer(port, stop)
        except PortLostError as error:
            self._line.lost(error)
            return None
        return None if said is None else self._welcome(said)

    def _answer(self, port: Port, stop: Event) -> bytes | None:
        """Wait for the payload of an identity, until the line is silent or talks too much."""
        scanner = FrameScanner()
        heard_ms, left = self._clock.boottime_ms(), IDENTITY_BYTES_MAX
        while not stop.is_set() and left > 0 and self._clock.boottime_ms() - heard_ms < SILENCE_MS:
            data = port.read(POLL_MS)
            if data:
                heard_ms, left = self._clock.boottime_ms(), left - len(data)
            for item in scanner.feed(data):
                if isinstance(item, Frame) and item.kind is FrameKind.IDENTITY:
                    return item.payload
                self._count(item)
        for item in scanner.idle_flush():
            self._count(item)
        return None

    def _count(self, item: Frame | Rejected) -> None:
        fault = item.fault if isinstance(item, Rejected) else Fault.NOT_AN_ANSWER
        self._line_counters.rejected[fault.value] += 1

    def _welcome(self, said: bytes) -> Identity | None:
        box = read_identity(said)
        if box is None:
            self._line_counters.rejected[Fault.PAYLOAD.value] += 1
            return None
        self._line.works()
        if box.v != VERSION:
            self._refuse(box, f"it speaks version {box.v} of the dock protocol, this gateway {VERSION}: update one")
            return None
        if box.gateway not in self._plan.boxes:
            advice = "it is not named in the setting `boxes` of this dock: add it there if it is yours"
            self._refuse(box, advice)
            return None
        self._refused = None
        self._counters["dock_boxes_found"] += 1
        _LOG.info("box %s of site %s is on the dock %s: it is read out", box.gateway, box.site, self._plan.port)
        return box

    def _refuse(self, box: Identity, why: str) -> None:
        """Count a box that is not served; say so at once, and then once a minute."""
        self._counters["dock_boxes_refused"] += 1
        now_ms = self._clock.boottime_ms()
        if self._refused and self._refused[0] == box.gateway and now_ms - self._refused[1] < REFUSAL_AGAIN_MS:
            return
        self._refused = (box.gateway, now_ms)
        _LOG.warning("box %s on the dock %s is not read out: %s", box.gateway, self._plan.port, why)

    def _dock(self, box: Identity, stop: Event) -> None:
        """Read a box out until it has gone, over as many connections to the broker as it takes."""
        readout, pause_s = self._new_readout(box), PAUSE_S
        while not stop.is_set() and not readout.gone:
            if self._one_connection(readout, stop):
                pause_s = PAUSE_S
            if not readout.gone:
                stop.wait(pause_s)
                pause_s = min(PAUSE_S_MAX, pause_s * 2)
        _LOG.info(
            "box %s has left the dock %s (%s); what the centre has not acked is still in it",
            box.gateway,
            self._plan.port,
            readout.gone or "this gateway stops",
        )

    def _new_readout(self, box: Identity) -> Readout:
        return Readout(box, self._site, self._counters, self._line_counters.rejected)

    def _one_connection(self, readout: Readout, stop: Event) -> bool:
        """Connect once and serve; tell whether the broker took us."""
        box, address = readout.box, self._address
        client = new_client(address, f"{box.gateway}-dock-{secrets.token_hex(4)}", self._tls)
        connection = Connection(client, topic(box.site, box.gateway, "ack"), self._counters, "dock")
        try:
            connection.open(address)
            self._serve(connection, readout, stop)
        except PortLostError as error:
            self._line.lost(error)
            readout.gone = "the serial line is gone"
        except OSError as error:
            self._counters["dock_connect_failures"] += 1
            _LOG.warning("no connection to the broker %s:%d for a dock: %s", address.host, address.port, error)
        finally:
            readout.disconnected()
            connection.close()
        return connection.subscribed

    def _serve(self, connection: Connection, readout: Readout, stop: Event) -> None:
        began_ms, told = self._clock.boottime_ms(), False
        while not stop.is_set() and not readout.gone and connection.wait(0 if readout.waiting else REST_S):
            if connection.subscribed:
                self._counters["dock_connects"] += not told
                told = True
                self._turn(connection, readout)
            elif self._clock.boottime_ms() - began_ms > SUBSCRIBED_MS_MAX:
                return

    def _turn(self, connection: Connection, readout: Readout) -> None:
        """Listen to both sides once, and say what is due. Raises PortLostError."""
        port = self._line.port()
        if port is None:
            readout.gone = "the serial line is gone"
            return
        stalls, read_out = self._counters["dock_stalls"], readout.read_out
        while connection.acks:
            readout.acked(connection.acks.popleft(), self._clock.boottime_ms())
        for batch in readout.hear(port.read(POLL_MS if readout.waiting else 0), self._clock.boottime_ms()):
            up = topic(readout.box.site, readout.box.gateway, "up")
            if connection.publish(up, batch.payload, retain=False):
                readout.published(batch, self._clock.boottime_ms())
            else:
                readout.let_go()
        while (frame := readout.due(self._clock.boottime_ms())) is not None:
            self._write(port, frame, connection)
        self._say(readout, stalled=self._counters["dock_stalls"] > stalls, done=readout.read_out > read_out)

    def _write(self, port: Port, frame: bytes, connection: Connection) -> None:
        """Write a frame at the pace of the line, and let the broker have its time meanwhile."""
        for start in range(0, len(frame), CHUNK_BYTES):
            chunk = frame[start : start + CHUNK_BYTES]
            port.write(chunk)
            if start + CHUNK_BYTES < len(frame):
                connection.wait(len(chunk) * BITS_PER_BYTE / self._plan.baud)

    def _say(self, readout: Readout, *, stalled: bool, done: bool) -> None:
        box = readout.box
        if stalled:
            _LOG.warning(
                "the centre does not ack box %s: does it run, is gateway %s of site %s registered there, and may this "
                "gateway's user publish on %s? Nothing is lost, the box keeps it",
                box.gateway,
                box.gateway,
                box.site,
                topic(box.site, box.gateway, "up"),
            )
        if done and readout.not_taken:
            _LOG.error(
                "box %s on the dock %s is read out, but not all of it is at the centre: %d batches were refused or "
                "could not be read; keep the box as it is and report this",
                box.gateway,
                self._plan.port,
                readout.not_taken,
            )
        elif done:
            _LOG.info("box %s on the dock %s is read out: the centre has all of it", box.gateway, self._plan.port)
