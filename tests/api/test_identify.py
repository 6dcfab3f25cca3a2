"""Asking the server what a scan or a tag means and whose it is."""

from fastapi.testclient import TestClient
from support.story import HELD, NOW_MS

from coldchain.isbt128 import din_check_character

UNIT = {
    "issuer": "city station",
    "scheme": "city",
    "donation_number": "0160723029785",
    "product_code": "P0065V00",
    "division": "00",
    "component": "red cells",
    "blood_group": "O+",
    "profile": "cn-rbc",
    "profile_version": 1,
}


def test_a_tag_leads_to_the_unit_that_it_was_bound_to(client: TestClient) -> None:
    tag = "3035A537C837754000000001"
    client.post(f"/api/units/{HELD}/tags", json={"epc": tag, "from_ms": NOW_MS - 1_000})
    told = client.get("/api/identify", params={"text": tag.lower()}).json()
    assert [unit["id"] for unit in told["units"]] == [HELD]
    assert told["readings"][0]["epc"] == tag
    page = client.get("/units", params={"q": tag, "lang": "en"}, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, f"/units/{HELD}?lang=en")


def test_a_tag_that_was_taken_out_of_use_leads_to_no_unit_until_it_is_bound_again(client: TestClient) -> None:
    tag = "3035A537C837754000000001"
    client.post(f"/api/units/{HELD}/tags", json={"epc": tag, "from_ms": NOW_MS - 3_000})
    told = client.post(f"/api/tags/{tag}/retirements", json={"at_ms": NOW_MS - 2_000, "reason": "torn off"})
    assert told.status_code == 201
    assert client.get("/api/identify", params={"text": tag}).json()["units"] == []
    client.post(f"/api/units/{HELD}/tags", json={"epc": tag, "from_ms": NOW_MS - 1_000})
    assert [unit["id"] for unit in client.get("/api/identify", params={"text": tag}).json()["units"]] == [HELD]


def test_a_refused_scan_says_why_and_names_no_unit(client: TestClient) -> None:
    told = client.get("/api/identify", params={"text": "=%620"}).json()
    assert "characters" in told["readings"][0]["refused"]
    assert told["units"] == []


def test_a_scanned_donation_number_leads_to_its_units(client: TestClient) -> None:
    number = client.get(f"/api/units/{HELD}").json()["unit"]["donation_number"]
    told = client.get("/api/identify", params={"text": f"{number}{din_check_character(number)}"}).json()
    assert HELD in [unit["id"] for unit in told["units"]]


def test_a_number_of_an_undeclared_scheme_is_refused(client: TestClient) -> None:
    response = client.post("/api/units", json=UNIT)
    assert response.status_code == 422
    assert "isbt128, local" in response.json()["detail"]


def test_nothing_to_identify_is_a_clear_error(client: TestClient) -> None:
    assert client.get("/api/identify", params={"text": ""}).status_code == 422
