"""How the centre says how it is doing, and what every response tells the browser."""

import jsonschema
import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import READY, console_app, story_store
from support.memory_store import MemoryStore
from support.story import BEGIN_MS, HELD, NOW_MS

BASE_URL = "http://127.0.0.1"


def test_the_process_answers_and_its_counters_can_be_read(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"alive": True}
    metrics = client.get("/metrics")
    assert 'readings_total{result="fresh"} 7.0' in metrics.text
    assert metrics.headers["content-type"].startswith("text/plain")


def test_ready_means_store_broker_and_queue(client: TestClient) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()["ready"], response.json()["reasons"]) == (200, True, [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"store_writable": False}, "store cannot be written"),
        ({"mqtt_connected": False}, "no connection to the MQTT broker"),
        ({"queue_size": 512}, "queue is full (512 of 512)"),
        ({"unjudged": 3}, "the rules failed on 3 probes or units by a fault of the program: the readings are safe"),
    ],
)
def test_not_ready_says_why_and_when_to_ask_again(change: dict[str, int], said: str) -> None:
    app = console_app(MemoryStore(), readiness=msgspec.structs.replace(READY, **change))
    response = TestClient(app, base_url=BASE_URL).get("/readyz")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert said in " ".join(response.json()["reasons"])


def test_while_probes_are_judged_anew_the_centre_is_ready_and_says_how_many() -> None:
    app = console_app(MemoryStore(), readiness=msgspec.structs.replace(READY, anew=3))
    response = TestClient(app, base_url=BASE_URL).get("/readyz")
    assert (response.status_code, response.json()["reasons"], response.json()["status"]["anew"]) == (200, [], 3)


@pytest.mark.parametrize("path", ["/", f"/units/{HELD}", "/api/units", "/api/nothing", "/static/console.css"])
def test_every_response_forbids_foreign_and_inline_code(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


@pytest.mark.parametrize("path", ["/", f"/units/{HELD}", "/units/nothing"])
def test_no_page_has_inline_code_or_style_or_loads_from_elsewhere(client: TestClient, path: str) -> None:
    page = client.get(path).text
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick" not in page
    assert "<script>" not in page
    assert "//" not in page.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[::1]:80", ""])
def test_a_name_that_is_not_ours_is_not_answered(client: TestClient, host: str) -> None:
    response = client.get("/api/units", headers={"Host": host})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json()["todo"]


@pytest.mark.parametrize("host", ["localhost", "LocalHost:18080", "127.0.0.1:8080"])
def test_our_own_names_are_answered_on_any_port(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_an_address_or_method_that_is_none_is_a_problem(client: TestClient) -> None:
    for response, status in ((client.get("/api/nothing"), 404), (client.delete("/api/units"), 405)):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert "/openapi.json" in response.json()["todo"]


class _Broken(MemoryStore):
    def reading(self) -> object:  # type: ignore[override]
        raise RuntimeError("secret of the inside")


def test_an_unforeseen_error_tells_nothing_of_the_inside() -> None:
    client = TestClient(console_app(_Broken()), base_url=BASE_URL, raise_server_exceptions=False)  # type: ignore[arg-type]
    response = client.get("/api/units")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_the_interface_is_described_completely(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) > 64
    for operation in operations:
        assert operation["description"]
        assert operation["tags"]
        assert "4XX" in operation["responses"]
        assert all(response["description"] for response in operation["responses"].values())
        assert "422" not in operation["responses"]


def test_answers_keep_to_the_described_schema() -> None:
    client = TestClient(console_app(story_store()), base_url=BASE_URL)
    document = client.get("/openapi.json").json()
    paths = {
        "/api/places": "/api/places",
        "/api/places/{place}/inside": "/api/places/fridge-1/inside",
        "/api/units/{unit}": f"/api/units/{HELD}",
        "/api/units/{unit}/exposures": f"/api/units/{HELD}/exposures",
        "/api/units/{unit}/trace": f"/api/units/{HELD}/trace",
        "/api/findings/{finding}": "/api/findings/f-load-1",
        "/api/standings": "/api/standings",
        "/api/places/{place}/standing": "/api/places/fridge-1/standing",
        "/api/places/{place}/trace": "/api/places/fridge-1/trace",
        "/api/places/{place}/events": f"/api/places/fridge-1/events?from_ms={BEGIN_MS}&to_ms={NOW_MS}",
        "/api/manifests": "/api/manifests",
        "/api/urgent": "/api/urgent",
        "/readyz": "/readyz",
        "/api/quarantine": "/api/quarantine",
        "/api/refused": "/api/refused",
        "/api/tags/unbound": "/api/tags/unbound",
    }
    for described, path in paths.items():
        schema = document["paths"][described]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(client.get(path).json(), {**schema, "components": document["components"]})
