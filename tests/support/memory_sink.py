"""A sink in memory that keeps the contract of stores.influx.Sink, for tests of what stands before it."""

from collections import deque

from support.influx_stand_in import Points
from support.line_protocol import decode

from stores.influx import Answer, Verdict

DONE = Answer(verdict=Verdict.DONE)


class MemorySink:
    """Merges points as InfluxDB does. `script` gives the next answers to writes instead of the usual one."""

    def __init__(self, *, exists: bool = True, identity: int = 7) -> None:
        self.exists = exists
        self.points: Points = {}
        self.types: dict[tuple[str, str], type] = {}
        self.bodies: list[bytes] = []
        self.script: deque[Answer] = deque()
        self.body_bytes_max = 2_000_000
        self.oldest_ms = -(2**53)
        self.down = False
        self.creates = True
        self.closed = False
        self.identity = identity

    def create(self) -> Answer:
        if self.down:
            return Answer(verdict=Verdict.RETRY, reason="down")
        if not self.creates:
            return Answer(verdict=Verdict.HELD, reason="not implemented", advice="make the bucket")
        self.exists = True
        return DONE

    def write(self, body: bytes) -> Answer:
        self.bodies.append(body)
        if self.script:
            return self.script.popleft()
        if self.down:
            return Answer(verdict=Verdict.RETRY, reason="down")
        if not self.exists:
            return Answer(verdict=Verdict.MISSING, reason="database not found")
        if len(body) > self.body_bytes_max:
            return Answer(verdict=Verdict.TOO_LARGE, reason="too large")
        return self._stored(body)

    def wipe(self) -> None:
        """Lose everything, the database too."""
        self.exists = False
        self.points.clear()
        self.types.clear()

    def close(self) -> None:
        self.closed = True

    def _stored(self, body: bytes) -> Answer:
        refused, dropped = [], 0
        for line in body.split(b"\n"):
            try:
                (point,) = decode(line)
            except (ValueError, IndexError):
                refused.append(f"unable to parse {line!r}")
                continue
            kinds = {(point.measurement, name): type(value) for name, value in point.fields.items()}
            if any(self.types.get(key, kind) is not kind for key, kind in kinds.items()):
                refused.append("field type conflict")
            elif point.at_ms < self.oldest_ms:
                dropped += 1
            else:
                self.types.update(kinds)
                self.points.setdefault((*point.series, point.at_ms), {}).update(point.fields)
        if refused:
            return Answer(verdict=Verdict.REFUSED, reason=refused[0])
        return Answer(verdict=Verdict.DONE, dropped=dropped)
