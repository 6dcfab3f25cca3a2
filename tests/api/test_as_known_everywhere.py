"""No view of the record forgets the past: every GET is as known at an earlier time, or is named here with why not."""

import re

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from support.console import console_app, story_store
from support.memory_store import MemoryStore
from support.story import NOW_MS

from api.app import ROUTES
from api.as_known import AS_KNOWN, FIELD

NO_VIEW = {
    "/healthz": "how the process does now; it is in no entry",
    "/readyz": "how the server does now: broker, queue, disk; in no entry",
    "/metrics": "counters of this process since it was started",
}
NO_VIEW_PAGES = {
    "/live": "a stream of what changes from now on",
    "/favicon.ico": "a picture of the program",
    "/keys": "forms that act on what is valid now; what keys there were: /api/gateways/{gateway}/keys",
    "/receive": "the form that receives; what was received: /api/receptions",
    "/units/{unit}/act": "forms that act on a unit as it stands now; how it stood: its page",
    "/units/{unit}/decide": "the form that decides on the evidence as it stands now; what there was: the unit's page",
    "/places/{place}/pack": "the form that packs a box now; what lists there were: /api/manifests",
    "/places/{place}/expected": "the form that gives a new expected time now; which there were: /api/manifests",
    "/places/{place}/code": "a code to print, made of the address of now",
    "/places/{place}/code.svg": "the same as a picture",
}
SERVED = [*console_app(MemoryStore()).routes, *(one for part in ROUTES for one in part.router.routes)]
GETS = [one for one in SERVED if isinstance(one, APIRoute) and "GET" in (one.methods or ())]
PAGES = [one for one in GETS if not one.include_in_schema and not one.path.startswith("/api/")]
VIEWS = [one for one in GETS if one not in PAGES]


ASKED = "from_ms=1&to_ms=2&from=1&to=2&began_ms=1&text=a&number=a&scan=a&serial=a&what=unit&id=a&site=a&component=a"
PARTS = {"{epc}": "AAAA", "{version}": "1", "{export}": "0123456789abcdef", "{subject}": "unit"}


def asks(dependant: Dependant) -> set[str]:
    return {one.alias for one in dependant.query_params}.union(*map(asks, dependant.dependencies))


def forgetful(routes: list[APIRoute], name: str) -> set[str]:
    return {one.path for one in routes if name not in asks(one.dependant)}


def test_every_view_takes_the_time_as_of_which_it_is_asked() -> None:
    assert len(VIEWS) > 75
    assert forgetful(VIEWS, AS_KNOWN) == set(NO_VIEW)


def test_every_page_takes_the_time_as_of_which_it_is_asked() -> None:
    assert len(PAGES) > 40
    assert forgetful(PAGES, FIELD) == set(NO_VIEW_PAGES)


def address(route: APIRoute) -> str:
    """Return a route's address with something in every part of it, and with all that any route has to be asked."""
    return re.sub(r"\{\w+\}", lambda part: PARTS.get(part[0], "a"), route.path) + f"?lang=en&{ASKED}"


@pytest.mark.parametrize(
    ("known_ms", "said"),
    [
        pytest.param(NOW_MS + 1, "lies in the future", id="a time to come"),
        pytest.param(1_000, "before the first entry", id="before there was a record"),
    ],
)
def test_no_view_that_takes_the_time_passes_over_it(known_ms: int, said: str) -> None:
    client = TestClient(console_app(story_store()), base_url="http://127.0.0.1")
    for route in VIEWS:
        if route.path not in NO_VIEW:
            refused = client.get(f"{address(route)}&{AS_KNOWN}={known_ms}")
            assert (refused.status_code, said in refused.json()["detail"]) == (422, True), (route.path, refused.text)


def test_no_page_that_takes_the_time_passes_over_it() -> None:
    client = TestClient(console_app(story_store()), base_url="http://127.0.0.1")
    for route in PAGES:
        if route.path not in NO_VIEW_PAGES:
            refused = client.get(f"{address(route)}&{FIELD}=1999-01-01T00:00")
            assert (refused.status_code, "before the first entry" in refused.text) == (422, True), route.path


@pytest.mark.parametrize("path", NO_VIEW)
def test_what_has_no_past_does_not_answer_with_the_present(path: str) -> None:
    client = TestClient(console_app(story_store()), base_url="http://127.0.0.1")
    assert client.get(path).status_code == 200
    refused = client.get(f"{path}?{AS_KNOWN}={NOW_MS}")
    assert (refused.status_code, "has no answer as known earlier" in refused.text) == (422, True)


def test_a_view_that_is_asked_as_a_page_is_does_not_answer_with_the_present() -> None:
    client = TestClient(console_app(story_store()), base_url="http://127.0.0.1")
    for route in VIEWS:
        refused = client.get(f"{address(route)}&{FIELD}=2026-01-01T00:00")
        assert (refused.status_code, "ask for as_known_ms" in refused.text) == (422, True), (route.path, refused.text)


@pytest.mark.parametrize(("path", "said"), [("/", "was not taken"), ("/keys", "cannot be shown as known earlier")])
def test_a_page_that_is_asked_as_a_view_is_says_that_it_shows_the_present(path: str, said: str) -> None:
    shown = TestClient(console_app(story_store()), base_url="http://127.0.0.1").get(f"{path}?lang=en&{AS_KNOWN}=5&a=1")
    assert said in shown.text
    assert f'name="{AS_KNOWN}"' not in shown.text


@pytest.mark.parametrize("path", [*NO_VIEW, *NO_VIEW_PAGES])
def test_what_is_no_view_says_why(path: str) -> None:
    assert len((NO_VIEW | NO_VIEW_PAGES)[path]) > 20
