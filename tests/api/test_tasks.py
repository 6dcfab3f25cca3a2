"""The pages of tasks and of the issuing system answer in both languages and record what is signed on them."""

import re

import pytest
from fastapi.testclient import TestClient
from support import store_words as words
from support.console import PipelineRecorder, console_app
from support.console_story import NOW, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

import api.console_tasks
from coldchain.entries import EntryKind


@pytest.mark.parametrize("path", ["/tasks", "/issuing", "/urgent"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_answer_in_both_languages(client: TestClient, path: str, language: str) -> None:
    answered = client.get(path, params={"lang": language})
    assert answered.status_code == 200
    assert ('href="/issuing"' in answered.text.split("<main", 1)[1]) == (path == "/urgent")


def test_a_form_that_names_no_task_is_refused_with_words(client: TestClient) -> None:
    bag = client.get("/api/units").json()["items"][0]["id"]
    form = {"scan": bag, "name": "李华", "post": "technician"}
    answered = client.post("/tasks/t-none/ticks?lang=en", data=form, headers={"Origin": "http://127.0.0.1"})
    assert answered.status_code in {404, 409}
    assert "Not recorded" in answered.text


def tasks_of(page: str) -> list[str]:
    return re.findall(r'action="/tasks/([^"]+)/ticks"', page)


def test_after_a_tick_the_form_keeps_who_ticks_and_where_the_bags_go_and_waits_for_the_next_scan() -> None:
    store = MemoryStore()
    clock = HandClock(NOW)
    app = console_app(store, recorder=PipelineRecorder(story(store, "alarm"), clock), clock=clock)
    client = TestClient(app, base_url="http://127.0.0.1")
    home = client.get("/?lang=en").text
    assert ('href="/tasks">Tasks' in home, 'href="/issuing">Issuing system' in home) == (True, True)
    before = client.get("/tasks?lang=en").text
    task = tasks_of(before)[-1]
    assert before.count("autofocus") == 1
    bag = next(one for one in client.get("/api/tasks").json()["items"] if one["task"]["id"] == task)["left"][0]
    form = {"scan": bag, "to": "fridge-2", "name": "李华", "post": "检验"}
    answered = client.post(f"/tasks/{task}/ticks?lang=en", data=form, headers={"Origin": "http://127.0.0.1"})
    assert answered.status_code == 200
    assert answered.text.count('value="李华"') == len(tasks_of(answered.text))
    assert 'value="检验"' in answered.text
    assert answered.text.count('<option value="fridge-2" selected>') == 1
    assert (answered.text.count("autofocus"), "1 set aside" in answered.text) == (1, True)
    focused = next(part for part in answered.text.split("<form") if "autofocus" in part)
    assert f"/tasks/{task}/ticks" in focused
    wrong = {**form, "scan": "no such bag"}
    refused = client.post(f"/tasks/{task}/ticks?lang=en", data=wrong, headers={"Origin": "http://127.0.0.1"})
    assert (refused.status_code, 'value="no such bag"' in refused.text) == (409, True)


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


def test_the_paper_says_where_each_bag_is(client: TestClient, store: MemoryStore) -> None:
    bag = client.get("/api/units").json()["items"][0]["id"]
    hold_units(store, ("x-1", bag, ""))
    for language, head in (("en", "Where it is now"), ("zh", "现在何处")):
        page = client.get(f"/issuing?lang={language}").text
        row = page.split(f'href="/units/{bag}"', 1)[1].split("</tr>", 1)[0]
        assert (head in row, 'class="where-' in row) == (True, True)


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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refused_call_answers_with_the_urgent_list_and_keeps_what_was_typed(
    client: TestClient, language: str
) -> None:
    bag = client.get("/api/units").json()["items"][0]["id"]
    form = {
        "line": "f-none:certain",
        "called": "ward 3",
        "answer": "not given",
        "name": "李华",
        "post": "nurse on duty",
    }
    answered = client.post(f"/urgent/{bag}/calls?lang={language}", data=form, headers={"Origin": "http://127.0.0.1"})
    assert answered.status_code == 409
    assert {"zh": "没有登记", "en": "Not recorded"}[language] in answered.text
    assert 'id="live-urgent"' in answered.text
    assert f'action="/urgent/{bag}/calls"' in answered.text
    for name, value in form.items():
        assert re.search(rf'name="{name}"[^>]* value="{value}"', answered.text), name
