"""The pages of tasks and of the issuing system answer in both languages and record what is signed on them."""

import pytest
from fastapi.testclient import TestClient


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
