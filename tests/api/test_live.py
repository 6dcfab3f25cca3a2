"""The stream that keeps pages up to date: what is sent, when, to how many, and that it ends."""

import asyncio
import json
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from urllib.error import HTTPError

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app, scene_app, served
from support.console_story import NOW, story, unit_id
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from api import live as live_module
from api.live import Live, Part, Parts, event
from coldchain.units import PlaceUnit

WAIT_S = 20


class Commits:
    """A count of commits, and parts that name it."""

    def __init__(self) -> None:
        self.count = 1
        self.made = 0

    def parts(self) -> Parts:
        self.made += 1
        return {"a": Part.of(f"a {self.count}"), "b": Part.of("b")}


async def following(told: AsyncIterator[str], commits: Commits, rounds: int) -> list[str]:
    heard = []
    async with aclosing(told) as stream:  # type: ignore[type-var]
        async for text in stream:
            heard.append(text)
            if len(heard) == rounds:
                break
            if len(heard) > 1:
                commits.count += 1
    return heard


def test_a_listener_gets_all_parts_and_then_those_that_changed() -> None:
    commits = Commits()
    live = Live(lambda: commits.count)
    heard = asyncio.run(asyncio.wait_for(following(live.told("page", commits.parts), commits, 4), WAIT_S))
    assert heard[0] == "retry: 2000\n\n"
    assert heard[1] == "event: a\ndata: a 1\n\nevent: b\ndata: b\n\n"
    assert heard[2:] == ["event: a\ndata: a 2\n\n", "event: a\ndata: a 3\n\n"]


def test_without_commits_the_parts_are_looked_at_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "EVERY_S", 0.3)
    monkeypatch.setattr(live_module, "LOOK_S", 0.01)
    still = Commits()
    live = Live(lambda: 0)

    async def two_looks() -> list[str]:
        return [text async for text in _first(live.told("page", still.parts), 3)]

    heard = asyncio.run(asyncio.wait_for(two_looks(), WAIT_S))
    assert heard[2] == ": nothing new\n\n"
    assert still.made == 2


async def _first(told: AsyncIterator[str], count: int) -> AsyncIterator[str]:
    async with aclosing(told) as stream:  # type: ignore[type-var]
        async for text in stream:
            yield text
            count -= 1
            if not count:
                return


def test_parts_are_made_once_for_all_listeners_of_a_moment() -> None:
    commits = Commits()
    live = Live(lambda: commits.count)

    async def listen() -> list[list[str]]:
        async def one() -> list[str]:
            return [text async for text in _first(live.told("page", commits.parts), 2)]

        return list(await asyncio.gather(*(one() for _ in range(20))))

    heard = asyncio.run(asyncio.wait_for(listen(), WAIT_S))
    assert {texts[1] for texts in heard} == {"event: a\ndata: a 1\n\nevent: b\ndata: b\n\n"}
    assert commits.made == 1


def test_many_commits_do_not_make_parts_faster_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "LOOK_S", 0.01)
    commits = Commits()

    def always_another() -> int:
        commits.count += 1
        return commits.count

    async def for_a_while() -> None:
        heard = 0
        async with aclosing(Live(always_another).told("page", commits.parts)) as stream:  # type: ignore[type-var]
            async for _ in stream:
                heard += 1
                if heard == 4:
                    return

    async def timed() -> float:
        begun = asyncio.get_running_loop().time()
        await for_a_while()
        return asyncio.get_running_loop().time() - begun

    lasted_s = asyncio.run(asyncio.wait_for(timed(), WAIT_S))
    assert commits.made == 3
    assert lasted_s >= 2 * live_module.APART_S


def test_stopping_ends_every_stream() -> None:
    live = Live(lambda: 0)

    async def until_the_end() -> list[str]:
        heard = []
        async for text in live.told("page", dict):
            heard.append(text)
            live.stop()
        return heard

    assert len(asyncio.run(asyncio.wait_for(until_the_end(), WAIT_S))) == 1
    assert live.full


def test_every_line_of_a_part_is_data() -> None:
    assert event("first", "<p>\n  one\n</p>\n") == "event: first\ndata: <p>\ndata:   one\ndata: </p>\n\n"
    assert event("aside", "") == "event: aside\ndata: \n\n"


def _listen(url: str, until: Callable[[str], bool]) -> str:
    """Read a stream until a text came by; return all that was read."""
    heard = ""
    with urllib.request.urlopen(f"{url}/live?lang=en", timeout=WAIT_S) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["Cache-Control"] == "no-store"
        while not until(heard):
            line = response.readline().decode()
            assert line, f"the stream ended after {heard[-400:]}"
            heard += line
    return heard


def test_the_overview_is_told_of_a_commit_as_it_happens() -> None:
    store = MemoryStore()
    pipeline = story(store, "calm")
    clock = HandClock(NOW)
    recorder = PipelineRecorder(pipeline, clock)
    app = console_app(store, recorder=recorder, live=Live(lambda: pipeline.generation), clock=clock)
    moved = PlaceUnit(unit=unit_id(61), place="platelet-1", at_ms=NOW, actor="test")
    said: list[str] = []

    def both(heard: str) -> bool:
        if not said and "event: tile-box-1" in heard and heard.endswith("\n\n"):
            said.append(heard)
            recorder.record(moved)
        return bool(said) and heard.count("event: tile-platelet-1") == 2 and heard.endswith("\n\n")

    with served(app) as url:
        heard = _listen(url, both)
    first, then = heard[: len(said[0])], heard[len(said[0]) :]
    assert {"head", "first", "held", "aside", "findings", "places"} <= {
        line.removeprefix("event: ") for line in first.splitlines() if line.startswith("event: ")
    }
    assert "event: tile-platelet-1" in then
    assert "event: tile-box-1" not in then
    assert "event: places" not in then


def test_one_listener_too_many_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    app = console_app(MemoryStore(), live=Live(lambda: 0, listeners_max=2))
    with served(app) as url, ThreadPoolExecutor() as pool:
        hold = threading.Event()
        streams = [pool.submit(_listen, url, lambda heard: bool(heard) and hold.wait(WAIT_S)) for _ in range(2)]
        while app.state.context.live.listeners < 2:
            assert not any(stream.done() for stream in streams)
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(f"{url}/live", timeout=WAIT_S)
        problem = json.load(refused.value)
        assert (refused.value.code, refused.value.headers["Retry-After"]) == (503, "5")
        assert problem["title"] == "Too many listeners"
        assert "Close pages" in problem["todo"]
        hold.set()
        assert all("retry: 2000" in stream.result(WAIT_S) for stream in streams)


def test_a_listener_who_goes_leaves_its_seat() -> None:
    app = console_app(MemoryStore())
    live = app.state.context.live
    with served(app) as url:
        _listen(url, lambda heard: "event: head" in heard)
        done = threading.Event()
        while live.listeners:
            assert not done.wait(0.01)
        assert live.listeners == 0


def test_a_stream_that_is_open_ends_when_the_server_is_to_stop() -> None:
    app = scene_app("calm")
    with served(app) as url, urllib.request.urlopen(f"{url}/live", timeout=WAIT_S) as response:
        heard = ""
        while "event: head" not in heard:
            heard += response.readline().decode()
        app.state.context.live.stop()
        rest = response.read().decode()
    assert "event: first" in rest


def test_the_page_names_the_stream_in_its_own_language() -> None:
    client = TestClient(scene_app("calm"), base_url="http://127.0.0.1")
    assert 'sse-connect="/live?lang=en"' in client.get("/?lang=en").text
    assert 'sse-connect="/live?lang=zh"' in client.get("/?lang=zh").text
