"""Server-sent events: a page is told what has changed as soon as it is committed, and at least every few seconds.

The parts of a page are made once for all listeners of a moment. Each listener gets those that differ from what it has.
When the program stops, the streams end, and browsers say so on the page.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.problems import Problem, problem_response

LISTENERS_MAX: Final = 64  # browser tabs; each holds a connection and one set of parts
LOOK_S: Final = 0.25  # how often the count of commits is looked at
EVERY_S: Final = 5.0  # how old a page may grow while nothing is committed; also the heartbeat
APART_S: Final = 0.5  # how far apart parts are made anew at least, however fast commits follow one another
AGAIN_MS: Final = 2_000  # how long a browser waits before it connects again
MEDIA_TYPE: Final = "text/event-stream"
QUIET: Final = ": nothing new\n\n"

REFUSAL: Final = Problem(
    title="Too many listeners",
    status=503,
    detail=f"{LISTENERS_MAX} pages are already kept up to date by this server, or it is about to stop",
    todo="Close pages that nobody looks at. This one goes on without the stream: it reads itself anew every 10 s.",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page; it is sent again where its key has changed."""

    key: str
    text: str

    @classmethod
    def of(cls, text: str) -> "Part":
        """Return a part that is sent again whenever its text has changed."""
        return cls(text, text)


Parts = Mapping[str, Part]


@dataclass(slots=True)
class _Made:
    generation: int
    at_s: float
    parts: Parts


@dataclass(slots=True)
class _Shared:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    made: _Made | None = None


class Live:
    """Who listens, and what they are told. `generation` grows with every commit; it is read from the event loop."""

    def __init__(self, generation: Callable[[], int], listeners_max: int = LISTENERS_MAX) -> None:
        self._generation = generation
        self._listeners_max = listeners_max
        self._shared: dict[str, _Shared] = {}
        self._stopped = False
        self.listeners = 0

    @property
    def full(self) -> bool:
        """Whether nobody else can be told now."""
        return self._stopped or self.listeners >= self._listeners_max

    def stop(self) -> None:
        """End every stream within LOOK_S; from any thread. A server that waits for its connections can then end."""
        self._stopped = True

    async def told(self, page: str, make: Callable[[], Parts]) -> AsyncIterator[str]:
        """Give the events for one listener; `make` runs in a thread and is shared under `page`."""
        loop = asyncio.get_running_loop()
        has: dict[str, str] = {}
        seen, due_s = -1, 0.0
        yield f"retry: {AGAIN_MS}\n\n"
        while not self._stopped:
            if self._generation() != seen or loop.time() >= due_s:
                made = await self._made(page, make)
                if made.generation != seen or loop.time() >= due_s:
                    seen, due_s = made.generation, loop.time() + EVERY_S
                    changed = [event(name, part.text) for name, part in made.parts.items() if has.get(name) != part.key]
                    has = {name: part.key for name, part in made.parts.items()}
                    yield "".join(changed) or QUIET
            await asyncio.sleep(LOOK_S)

    async def _made(self, name: str, make: Callable[[], Parts]) -> _Made:
        shared = self._shared.setdefault(name, _Shared())
        async with shared.lock:
            age_s = asyncio.get_running_loop().time() - shared.made.at_s if shared.made else EVERY_S
            if shared.made and age_s < (EVERY_S if shared.made.generation == self._generation() else APART_S):
                return shared.made
            generation = self._generation()  # before: what is committed meanwhile is looked at again
            parts = await run_in_threadpool(make)
            shared.made = _Made(generation, asyncio.get_running_loop().time(), parts)
            return shared.made


class LiveResponse(StreamingResponse):
    """A stream that keeps its listener's seat while it lasts."""

    def __init__(self, live: Live, name: str, make: Callable[[], Parts]) -> None:
        super().__init__(live.told(name, make), media_type=MEDIA_TYPE)
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the listener goes away or the program stops; refuse where nobody else can be told."""
        if self._live.full:
            await problem_response(REFUSAL)(scope, receive, send)
            return
        self._live.listeners += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._live.listeners -= 1


def event(name: str, text: str) -> str:
    """Return one event of the stream: every line of the text stands behind `data:` (HTML standard, section 9.2).

    An empty text has one line as well: an event without data is not given to the page.
    """
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
