"""A refused form comes back as it was filled in: who corrects one field signs for the same probe, place and hold."""

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.console_story import MINUTE, NOW, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.page_forms import Field, PageForm, forms_of

from coldchain.retention import HoldScope, PlaceLegalHold

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
UNSIGNED = " "  # as a person may type it: every form asks for a name
NOT_KEPT = {"patient"}  # what was typed may be a person's name
TYPED = {"date": "2026-03-01", "datetime-local": "2026-03-12T08:30", "number": "3"}
PAGES = (
    *("/receive", "/register", "/retention", "/containers", "/alarms", "/tasks", "/profiles", "/profiles/cn-rbc/2"),
    *("/places/box-1/pack", "/places/fridge-1/rounds", "/places/fridge-1/work", "/places/fridge-1/here"),
    *("/units/{held}/decide", "/units/{held}/act", "/alarms/{alarm}"),
)


@pytest.fixture(scope="module")
def client() -> TestClient:
    store, clock = MemoryStore(), HandClock(NOW)
    recorder = PipelineRecorder(story(store, "alarm"), clock)
    for n in (1, 2):
        recorder.record(
            PlaceLegalHold(
                id=f"court-{n}",
                scope=HoldScope.EVERYTHING,
                subject="",
                reason="court",
                at_ms=NOW - MINUTE,
                name="Li Hua",
                post="quality manager",
                actor="Li Hua",
            )
        )
    return TestClient(console_app(store, recorder=recorder, clock=clock), base_url=BASE_URL)


def address(client: TestClient, page: str) -> str:
    if "{held}" in page:
        return page.format(held=client.get("/api/holds").json()["items"][0]["unit"])
    return page.format(alarm=client.get("/api/alarms").json()["items"][0]["alarm"]["id"]) if "{" in page else page


def filled(form: PageForm) -> dict[str, str]:
    """Return a form as somebody fills it in who chooses another thing than what stands first, and does not sign."""
    return {one.name: _entered(one) for one in form.fields if one.kind != "checkbox" or not one.checked}


def _entered(one: Field) -> str:
    if one.kind in {"hidden", "checkbox"}:
        return one.value
    if one.kind == "select":
        return next((other for other in reversed(one.options) if other not in ("", one.value)), one.value)
    return UNSIGNED if one.name == "name" else TYPED.get(one.kind, f"5 {one.name}")


def lost(form: PageForm, sent: dict[str, str]) -> list[tuple[str, str, str]]:
    return [
        (one.name, sent.get(one.name, ""), one.value)
        for one in form.fields
        if one.kind not in {"hidden", "checkbox"} and one.name not in NOT_KEPT and one.name != "name"
        if one.value != sent.get(one.name, "")
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_refused_form_keeps_what_was_chosen_and_typed(client: TestClient, page: str) -> None:
    path = address(client, page)
    forms = forms_of(client.get(path).text)
    assert forms
    for number, form in enumerate(forms):
        sent = filled(form)
        answer = client.post(form.action, data=sent, headers=OURS, follow_redirects=False)
        if answer.status_code == 200:
            continue  # rows of bags are answered one by one, and the form is free for the next bag
        assert answer.status_code in (400, 409)
        again = forms_of(answer.text)
        assert [one.shape() for one in again] == [one.shape() for one in forms]
        assert lost(again[number], sent) == []


def test_the_eye_s_verdict_on_a_bag_stays_when_the_signature_is_missing(client: TestClient) -> None:
    sent = {"place": "nowhere", "label": "bag-1", "visual": "defect", "note": "leaks", "post": "nurse", "name": "Li"}
    refused = client.post("/receive", data=sent, headers=OURS)
    (visual,) = (one for form in forms_of(refused.text) for one in form.fields if one.name == "visual")
    assert (refused.status_code, visual.value) == (409, "defect")
    (fresh,) = (one for form in forms_of(client.get("/receive").text) for one in form.fields if one.name == "visual")
    assert fresh.value == "not-checked"


def test_the_planned_end_and_the_reason_of_a_check_go_into_no_other_form(client: TestClient) -> None:
    check = {"kind": "under-check", "begins": "1", "probe": "platelet-1-air", "hours": "8", "reason": "ice bath"}
    refused = client.post("/places/platelet-1/work", data={**check, "name": "", "post": "tech"}, headers=OURS)
    first, *others = forms_of(refused.text)
    assert {one.name: one.value for one in first.fields} == {**check, "name": "", "post": "tech"}
    assert others
    assert all(one.value != "ice bath" for form in others for one in form.fields)
