"""What stops a person's browser is said on a page in his language; a program gets a problem as before."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.console_story import NOW, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from coldchain.errors import StoreError

BASE_URL = "http://127.0.0.1"
BROWSER = {"Origin": BASE_URL, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Origin": BASE_URL, "Accept": "*/*"}
TOO_MUCH = {"csv": "血" * 2_000, "place": "fridge-1", "name": "Li Hua", "post": "nurse"}


class Unreadable(MemoryStore):
    """A store whose file cannot be read any more."""

    def reading(self) -> Any:
        raise StoreError("the file of the record cannot be read")


@pytest.fixture(scope="module")
def client() -> TestClient:
    store, clock = MemoryStore(), HandClock(NOW)
    app = console_app(store, recorder=PipelineRecorder(story(store, "calm"), clock), clock=clock)
    return TestClient(app, base_url=BASE_URL)


@pytest.mark.parametrize(
    ("lang", "title", "detail"),
    [("zh", "没有完成", "没有登记任何内容"), ("en", "This was not done", "nothing was recorded")],
)
def test_a_form_that_is_too_large_is_answered_with_a_page(
    client: TestClient, lang: str, title: str, detail: str
) -> None:
    answer = client.post(f"/receive?lang={lang}", data=TOO_MUCH, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in answer.text
    assert detail in answer.text
    assert "16 KiB" in answer.text
    assert "as_known" not in answer.text


def test_a_body_that_grows_too_large_without_saying_so_is_answered_alike(client: TestClient) -> None:
    chunks = iter([b"csv=", b"x" * 10_000, b"y" * 10_000])
    answer = client.post("/receive?lang=zh", content=chunks, headers=BROWSER)
    assert (answer.status_code, "没有登记任何内容" in answer.text) == (413, True)


@pytest.mark.parametrize(("path", "status"), [("/nonsense", 404), ("/tasks/t-1/ticks", 405), ("/urgent/b/calls", 405)])
def test_an_address_without_a_page_is_answered_with_one(client: TestClient, path: str, status: int) -> None:
    zh, en = (client.get(f"{path}?lang={lang}", headers=BROWSER) for lang in ("zh", "en"))
    assert (zh.status_code, en.status_code) == (status, status)
    assert "网址有误" in zh.text
    assert "This address is not understood" in en.text
    assert f'<a href="{path}">' not in en.text  # it would lead here again


def test_programs_get_problems_as_before(client: TestClient) -> None:
    answers = [
        client.get("/nonsense", headers=PROGRAM),
        client.get("/tasks/t-1/ticks", headers=PROGRAM),
        client.post("/receive", data=TOO_MUCH, headers=PROGRAM),
        client.get("/api/nonsense", headers=BROWSER),
        client.post("/api/receive", content=b"x" * 20_000, headers=BROWSER),
    ]
    assert [one.status_code for one in answers] == [404, 405, 413, 404, 413]
    assert {one.headers["content-type"] for one in answers} == {"application/problem+json"}


def test_a_form_of_another_page_is_refused_on_a_page(client: TestClient) -> None:
    foreign = BROWSER | {"Origin": "http://evil.example"}
    answer = client.post("/receive?lang=en", data={"name": "Li"}, headers=foreign)
    assert (answer.status_code, "was not sent by a page of this server" in answer.text) == (409, True)
    zh = client.post("/receive?lang=zh", data={"name": "Li"}, headers=foreign)
    assert "原文" not in zh.text


def test_a_store_that_cannot_be_read_is_said_on_a_page_with_when_to_try_again() -> None:
    broken = TestClient(console_app(Unreadable(), clock=HandClock(NOW)), base_url=BASE_URL)
    answer = broken.get("/rounds?lang=en", headers=BROWSER)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "the file of the record cannot be read" in answer.text
    assert "<h1>This was not done</h1>" in answer.text
    assert broken.get("/rounds", headers=PROGRAM).json()["title"] == "The store could not do it"
