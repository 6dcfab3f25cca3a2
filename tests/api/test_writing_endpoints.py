"""Registering units, binding tags, placing: through the recorder, again without harm, and clear about bad input."""

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import console_app, story_store
from support.memory_store import MemoryStore
from support.story import HELD, HOUR_MS, NEVER_SEEN, NOW_MS

from api.bodies import EARLIEST_MS
from coldchain.errors import StoreError
from coldchain.ports import Recorded
from coldchain.units import PersonFact

UNIT: Mapping[str, Any] = {
    "issuer": "Blood centre 1",
    "scheme": "isbt128",
    "donation_number": "G123498654321",
    "product_code": "E0336",
    "division": "00",
    "component": "red cells",
    "blood_group": "O RhD+",
    "profile": "cn-rbc",
    "profile_version": 1,
    "expires_ms": NOW_MS + 20 * 24 * HOUR_MS,
}
EPC = "E2801170000002012345678A"


def test_a_unit_is_registered_once_however_often_it_is_sent(client: TestClient, store: MemoryStore) -> None:
    first = client.post("/api/units", json=UNIT)
    with store.reading() as session:
        entries = session.ledger.next_seq()
    again = client.post("/api/units", json=UNIT)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["id"].startswith("g123498654321-")
    with store.reading() as session:
        assert session.ledger.next_seq() == entries


def test_a_unit_keeps_the_id_under_which_it_was_registered(client: TestClient) -> None:
    client.post("/api/units", json={**UNIT, "id": "bag-7"})
    again = client.post("/api/units", json=UNIT)
    assert (again.status_code, again.json()["id"]) == (200, "bag-7")


def test_other_content_under_a_known_identity_is_a_conflict(client: TestClient) -> None:
    client.post("/api/units", json=UNIT)
    response = client.post("/api/units", json={**UNIT, "blood_group": "A RhD+"})
    assert response.status_code == 409
    assert "nothing was changed" in response.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"donation_number": "0123498654321"}, 422, "never 0 or O"),
        ({"donation_number": "G1234 98 654321"}, 422, "without spaces"),
        ({"check_character": "Z"}, 422, "mistyped"),
        ({"scheme": "codabar"}, 422, "use isbt128, local"),
        ({"profile_version": 0}, 422, "body profile_version"),
        ({"profile_version": 9}, 404, "profile cn-rbc version 9"),
        ({"id": "Bag 7"}, 422, "body id"),
        ({"component": ""}, 422, "body component"),
        ({"component": "a\nb"}, 422, "body component"),
        ({"component": "x" * 65}, 422, "body component"),
        ({"expires_ms": "tomorrow"}, 422, "not 'tomorrow'"),
        ({"expires_ms": NOW_MS // 1_000}, 422, "expires_ms 1773279000 lies before 2020"),
        ({"donor": "somebody"}, 422, "body donor"),
    ],
)
def test_a_wrong_unit_is_refused_with_what_is_allowed(
    client: TestClient, change: dict[str, Any], status: int, said: str
) -> None:
    response = client.post("/api/units", json={**UNIT, **change})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert said in response.json()["detail"]
    assert response.json()["todo"]


def test_a_local_number_needs_no_scheme(client: TestClient) -> None:
    response = client.post("/api/units", json={**UNIT, "scheme": "local", "donation_number": "血 7/2026"})
    assert response.status_code == 201
    assert response.json()["donation_number"] == "血 7/2026"


def test_the_printed_check_character_is_taken(client: TestClient) -> None:
    from coldchain.isbt128 import din_check_character

    character = din_check_character(UNIT["donation_number"])
    assert client.post("/api/units", json={**UNIT, "check_character": character}).status_code == 201


def test_a_tag_is_bound_once_and_never_to_two_units(client: TestClient) -> None:
    body = {"epc": EPC.lower(), "from_ms": NOW_MS - HOUR_MS}
    first = client.post(f"/api/units/{NEVER_SEEN}/tags", json=body)
    again = client.post(f"/api/units/{NEVER_SEEN}/tags", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert client.get(f"/api/units/{NEVER_SEEN}").json()["tags"] == [
        {"epc": EPC, "unit": NEVER_SEEN, "from_ms": NOW_MS - HOUR_MS}
    ]
    assert client.post(f"/api/units/{HELD}/tags", json=body).status_code == 409


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"epc": "E28", "from_ms": NOW_MS}, "multiple of 4"),
        ({"epc": "0" * 24, "from_ms": NOW_MS}, "never programmed"),
        ({"epc": EPC, "from_ms": NOW_MS + HOUR_MS}, "lies in the future"),
        ({"epc": EPC, "from_ms": NOW_MS // 1_000}, "give it in UTC milliseconds since 1970, not in seconds"),
        ({"epc": EPC}, "body from_ms: Field required"),
    ],
)
def test_a_wrong_tag_is_refused(client: TestClient, body: dict[str, Any], said: str) -> None:
    response = client.post(f"/api/units/{NEVER_SEEN}/tags", json=body)
    assert response.status_code == 422
    assert said in response.json()["detail"]


def test_a_person_says_where_a_unit_was_put_and_that_it_was_taken_out(client: TestClient) -> None:
    path = f"/api/units/{NEVER_SEEN}/placements"
    into = client.post(path, json={"place": "fridge-1", "at_ms": NOW_MS - HOUR_MS})
    again = client.post(path, json={"place": "fridge-1", "at_ms": NOW_MS - HOUR_MS})
    out = client.post(path, json={"place": None, "at_ms": NOW_MS})
    assert [into.status_code, again.status_code, out.status_code] == [201, 200, 201]
    assert into.json() == again.json()
    placements = client.get(f"/api/units/{NEVER_SEEN}").json()["placements"]
    assert [one["place"] for one in placements] == ["fridge-1", None]


def test_a_placement_must_name_a_place_and_a_time_that_was(client: TestClient) -> None:
    path = f"/api/units/{NEVER_SEEN}/placements"
    assert client.post(path, json={"place": "fridge-9", "at_ms": NOW_MS}).status_code == 404
    assert client.post(path, json={"at_ms": NOW_MS}).status_code == 422
    assert client.post(path, json={"place": None, "at_ms": NOW_MS + HOUR_MS}).status_code == 422
    assert client.post("/api/units/nothing/placements", json={"place": None, "at_ms": NOW_MS}).status_code == 404


def test_a_placement_in_seconds_does_not_reach_the_record(client: TestClient, store: MemoryStore) -> None:
    with store.reading() as session:
        entries = session.ledger.next_seq()
    response = client.post(f"/api/units/{HELD}/placements", json={"place": "fridge-1", "at_ms": NOW_MS // 1_000})
    assert response.status_code == 422
    assert "milliseconds since 1970" in response.json()["detail"]
    earliest = {"place": "fridge-1", "at_ms": EARLIEST_MS}
    assert client.post(f"/api/units/{NEVER_SEEN}/placements", json=earliest).status_code == 201
    with store.reading() as session:
        assert session.ledger.next_seq() == entries + 1


@pytest.mark.parametrize(
    ("header", "actor"),
    [(None, "unnamed"), ("li.na", "li.na"), ("李娜".encode(), "李娜"), ("Ren\u00e9".encode("latin-1"), "René")],
)
def test_the_actor_stands_in_the_record(
    client: TestClient, store: MemoryStore, header: str | bytes | None, actor: str
) -> None:
    headers = {} if header is None else {b"X-Actor": header.encode() if isinstance(header, str) else header}
    assert client.post("/api/units", json=UNIT, headers=headers).status_code == 201
    with store.reading() as session:
        assert session.ledger.entries(session.ledger.next_seq() - 2, 1)[0].actor == actor


@pytest.mark.parametrize("actor", ["x" * 65, "李\u202e娜"])
def test_an_actor_that_cannot_stand_in_the_record_is_refused(client: TestClient, actor: str) -> None:
    response = client.post("/api/units", json=UNIT, headers={b"X-Actor": actor.encode()})
    assert response.status_code == 422
    assert "X-Actor" in response.json()["detail"]


def test_a_body_that_is_no_json_or_too_large_is_refused(client: TestClient) -> None:
    broken = client.post("/api/units", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 422
    for body in (b" " * 20_000, iter([b" " * 10_000, b" " * 10_000])):  # with its length, and without
        large = client.post("/api/units", content=body, headers={"Content-Type": "application/json"})
        assert large.status_code == 413
        assert large.headers["content-type"] == "application/problem+json"
        assert large.headers["x-content-type-options"] == "nosniff"
        assert "larger than 16384 bytes" in large.json()["detail"]
        assert large.json()["todo"]
    form = client.post("/api/units", data={"issuer": "x"})
    assert form.status_code == 422


class _FullDisk:
    def record(self, fact: PersonFact) -> Recorded:
        raise StoreError("the disk is full: make room under the data directory")


def test_a_store_that_cannot_write_asks_to_come_again() -> None:
    client = TestClient(console_app(story_store(), recorder=_FullDisk()), base_url="http://127.0.0.1")
    response = client.post("/api/units", json=UNIT)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "disk is full" in response.json()["detail"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_page_of_another_site_can_send_without_being_asked_is_not_taken(
    client: TestClient, kind: str | None
) -> None:
    """Browsers let any page send these kinds of body here; only for JSON they ask first, and are not answered."""
    path = f"/api/units/{client.get('/api/units').json()['items'][0]['id']}/issues"
    body = b'{"to": "Elsewhere", "at_ms": 1773279000000}'
    before = client.get(path.removesuffix("/issues")).text
    headers = {"Origin": "http://elsewhere.example"} | ({} if kind is None else {"Content-Type": kind})
    assert client.post(path, content=body, headers=headers).status_code == 422
    asked = client.options(
        path, headers={"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "POST"}
    )
    assert "access-control-allow-origin" not in asked.headers
    assert client.get(path.removesuffix("/issues")).text == before
