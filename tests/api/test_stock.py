"""The stock page and its figures answer, in both languages."""

from fastapi.testclient import TestClient


def test_the_stock_is_shown_with_what_may_be_issued(client: TestClient) -> None:
    found = client.get("/api/stock").json()
    assert found["items"]
    assert all(one["released"] >= 0 and one["level"] == "unset" for one in found["items"])
    for lang, word in (("en", "On the shelf"), ("zh", "在库可用")):
        page = client.get(f"/stock?lang={lang}")
        assert page.status_code == 200
        assert word in page.text
