"""The pages of tasks and of the issuing system answer in both languages and record what is signed on them."""

import re

import pytest
from fastapi.testclient import TestClient
from support import store_words as words
from support.memory_store import MemoryStore

import api.console_tasks
from coldchain.entries import EntryKind


@pytest.mark.parametrize("path", ["/tasks", "/issuing", "/urgent"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_answer_in_both_languages(client: TestClient, path: str, language: str) -> None:
    answered = client.get(path, params={"lang": language})
    assert answered.status_code == 200
    assert ('href="/issuing"' in answered.text) == (path == "/urgent")


def test_a_form_that_names_no_task_is_refused_with_words(client: TestClient) -> None:
    bag = client.get("/api/units").json()["items"][0]["id"]
    form = {"scan": bag, "name": "李华", "post": "technician"}
    answered = client.post("/tasks/t-none/ticks?lang=en", data=form, headers={"Origin": "http://127.0.0.1"})
    assert answered.status_code in {404, 409}
    assert "Not recorded" in answered.text


def on_paper(client: TestClient) -> tuple[str, list[tuple[str, str]]]:
    """Return the page of the issuing system and its rows: (unit, what it says of it)."""
    text = client.get("/issuing?lang=en").text
    return text, re.findall(r'href="/units/([^"]+)".*?(on hold|hold lifted)', text, re.DOTALL)


def hold_units(store: MemoryStore, *said: tuple[str, str, str]) -> None:
    drafts = [words.draft(EntryKind.HOLD, words.hold(name, unit, lifted_by=by)) for name, unit, by in said]
    with store.writing() as session:
        session.ledger.append(drafts, 30_000)


def test_old_holds_that_were_lifted_do_not_hide_todays(client: TestClient, store: MemoryStore) -> None:
    old, today = [one["id"] for one in client.get("/api/units").json()["items"]][:2]
    hold_units(store, *((f"x-{n}", old, by) for n in range(260) for by in ("", "d-x")))
    hold_units(store, ("x-today", today, ""))
    _, rows = on_paper(client)
    assert (today, "on hold") in rows


def test_the_paper_says_on_hold_while_any_hold_of_the_bag_stands(client: TestClient, store: MemoryStore) -> None:
    bag = client.get("/api/units").json()["items"][0]["id"]
    hold_units(store, ("x-1", bag, ""), ("x-2", bag, ""), ("x-1", bag, "d-x"))
    _, rows = on_paper(client)
    assert dict(rows)[bag] == "on hold"


def test_the_paper_says_how_many_it_does_not_list(
    client: TestClient, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = [found["id"] for found in client.get("/api/units").json()["items"]][:2]
    hold_units(store, ("x-1", one, ""), ("x-2", two, ""))
    whole, rows = on_paper(client)
    assert "Not listed here" not in whole
    monkeypatch.setattr(api.console_tasks, "LISTED_MAX", len(rows) - 1)
    text, fewer = on_paper(client)
    assert "Not listed here: 1 on hold" in text
    assert (len(fewer), fewer[0][0]) == (len(rows) - 1, two), "the newest come first"
