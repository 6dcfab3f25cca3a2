"""Boards into a Grafana: what is made, what is left alone, and what is said where it cannot be."""

import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.grafana import TOKEN, FakeGrafana

from dashboards.boards import board_json, boards
from dashboards.grafana_api import ANSWER_BYTES_MAX, Grafana, PublishError
from dashboards.model import Board
from dashboards.publishing import MARK, Order, Step, digest, publish

UIDS = {"cc-wall-zh", "cc-wall-en", "cc-site-zh", "cc-site-en"}  # a few stand for all


def few(console_url: str = "http://console.example") -> list[Board]:
    """Return some of the boards."""
    return [board for board in boards(console_url) if board.uid in UIDS]


BOARDS = few()
NOW_MS = 1_790_000_000_000
VERSIONS = ["9.4.7", "11.6.0", "13.2.1"]
PATIENT_S = 120.0  # a busy machine is no fault of Grafana


def order(**more: Any) -> Order:
    given: dict[str, Any] = {"boards": BOARDS, "version": "0.6.0", "now_ms": NOW_MS} | more
    return Order(**given)


def run(fake: FakeGrafana, what: Order | None = None, token: str = TOKEN) -> list[Step]:
    with Grafana(fake.url, token, answer_s=PATIENT_S) as grafana:
        return list(publish(grafana, what or order()))


def of_boards(steps: list[Step]) -> dict[str, str]:
    """Return what was said in English of each board."""
    said = [step.text.en.removeprefix("board ") for step in steps if step.text.en.startswith("board ")]
    return {one.partition(" ")[0]: one.partition("): ")[2] for one in said}


@pytest.fixture(params=VERSIONS)
def fake(request: pytest.FixtureRequest) -> Iterator[FakeGrafana]:
    with FakeGrafana(version=request.param) as grafana:
        yield grafana


def test_an_empty_grafana_gets_the_folder_and_every_board_and_is_told_of_once(fake: FakeGrafana) -> None:
    steps = run(fake)
    assert of_boards(steps) == {board.uid: "created" for board in BOARDS}
    assert fake.folders == {"coldchain": "冷链"}
    assert {uid: stored.folder for uid, stored in fake.boards.items()} == {board.uid: "coldchain" for board in BOARDS}
    assert all(set(stored.messages) == {"coldchain 0.6.0"} for stored in fake.boards.values())
    assert [one["tags"] for one in fake.annotations] == [["coldchain", "publish"]]
    assert fake.annotations[0]["time"] == NOW_MS
    assert not any(step.wanted for step in steps)


def test_all_boards_go_in_and_a_second_run_finds_them_unchanged(fake: FakeGrafana) -> None:
    every = boards("http://console.example")
    assert set(of_boards(run(fake, order(boards=every))).values()) == {"created"}
    assert of_boards(run(fake, order(boards=every))) == {board.uid: "unchanged" for board in every}


def test_a_second_run_changes_nothing_and_says_so(fake: FakeGrafana) -> None:
    run(fake)
    before = {uid: stored.dashboard["version"] for uid, stored in fake.boards.items()}
    fake.asked.clear()
    steps = run(fake)
    assert of_boards(steps) == {board.uid: "unchanged" for board in BOARDS}
    assert not [asked for asked in fake.asked if asked.startswith("POST")]
    assert {uid: stored.dashboard["version"] for uid, stored in fake.boards.items()} == before


def test_what_is_published_is_the_board_of_the_export_but_for_a_hidden_mark(fake: FakeGrafana) -> None:
    run(fake)
    for board in BOARDS:
        stored = fake.boards[board.uid].dashboard
        meant = json.loads(board_json(board))
        mark = stored["templating"]["list"].pop()
        assert (mark["name"], mark["type"], mark["hide"]) == (MARK, "constant", 2)
        assert {key: stored[key] for key in meant if key not in {"id", "version", "panels"}} == {
            key: value for key, value in meant.items() if key not in {"id", "version", "panels"}
        }
        assert all(
            meant_one.items() <= one.items() for one, meant_one in zip(stored["panels"], meant["panels"], strict=True)
        )


def test_a_new_version_of_a_board_updates_that_one_alone(fake: FakeGrafana) -> None:
    run(fake)
    newer = [*BOARDS[1:], *(board for board in few("https://moved.example") if board.uid == BOARDS[0].uid)]
    steps = run(fake, order(boards=newer))
    assert of_boards(steps) == {board.uid: "unchanged" for board in BOARDS[1:]} | {BOARDS[0].uid: "updated"}
    assert "moved.example" in json.dumps(fake.boards[BOARDS[0].uid].dashboard)
    assert of_boards(run(fake, order(boards=newer)))[BOARDS[0].uid] == "unchanged"


def test_a_board_that_was_changed_in_grafana_stays_until_it_is_forced(fake: FakeGrafana) -> None:
    run(fake)
    fake.edit("cc-wall-zh", "我的看板")
    steps = run(fake)
    assert of_boards(steps)["cc-wall-zh"].startswith("not written: it was changed in Grafana.")
    assert [step.text.zh.partition("）：")[2][:3] for step in steps if step.wanted] == ["未写入"]
    assert fake.boards["cc-wall-zh"].dashboard["title"] == "我的看板"
    assert of_boards(run(fake, order(force=True)))["cc-wall-zh"] == "updated"
    assert fake.boards["cc-wall-zh"].dashboard["title"] != "我的看板"
    assert of_boards(run(fake))["cc-wall-zh"] == "unchanged"


def test_a_board_with_our_uid_that_we_did_not_publish_is_somebodys(fake: FakeGrafana) -> None:
    fake.folders["coldchain"] = "冷链"
    fake.hold("cc-wall-en", {"title": "mine", "panels": []})
    assert of_boards(run(fake))["cc-wall-en"].startswith("not written: it was changed")
    assert fake.boards["cc-wall-en"].dashboard["title"] == "mine"


def test_a_board_that_was_imported_by_hand_and_is_just_ours_is_left_as_it_is(fake: FakeGrafana) -> None:
    fake.folders["coldchain"] = "冷链"
    fake.hold("cc-wall-en", json.loads(board_json(next(board for board in BOARDS if board.uid == "cc-wall-en"))))
    assert of_boards(run(fake))["cc-wall-en"] == "unchanged"


def test_boards_that_users_made_are_kept_and_named(fake: FakeGrafana) -> None:
    fake.folders["mine"] = "mine"
    copied = json.loads(board_json(BOARDS[0])) | {"title": "copy of the wall"}
    fake.hold("a1b2", copied, "mine")
    fake.hold("other", {"title": "pumps", "tags": [], "panels": []}, "mine")
    steps = run(fake)
    assert "left alone: a1b2 (copy of the wall)" in [step.text.en for step in steps]
    assert fake.boards["a1b2"].dashboard["title"] == "copy of the wall"
    assert not any("pumps" in step.text.en for step in steps)


def test_a_board_that_somebody_moved_stays_in_its_folder(fake: FakeGrafana) -> None:
    run(fake)
    fake.folders["ward"] = "Ward"
    fake.boards["cc-site-en"].folder = "ward"
    newer = few("https://moved.example")
    assert set(of_boards(run(fake, order(boards=newer))).values()) == {"updated"}
    assert fake.boards["cc-site-en"].folder == "ward"
    assert fake.boards["cc-site-zh"].folder == "coldchain"


def test_provisioned_boards_are_not_overwritten_not_even_by_force(fake: FakeGrafana) -> None:
    fake.folders["coldchain"] = "冷链"
    fake.hold("cc-wall-en", {"title": "from a file", "panels": []}, provisioned=True)
    steps = run(fake, order(force=True))
    assert of_boards(steps)["cc-wall-en"].startswith("not written: provisioning files bring it")
    assert sum(step.wanted for step in steps) == 1
    assert fake.boards["cc-wall-en"].dashboard["title"] == "from a file"


def test_who_saves_at_the_same_moment_is_not_overwritten(fake: FakeGrafana) -> None:
    run(fake)

    def somebody(grafana: FakeGrafana, uid: str) -> None:
        if uid == "cc-wall-en":
            grafana.before_save = None
            grafana.edit(uid, "theirs")

    fake.before_save = somebody
    steps = run(fake, order(boards=few("https://moved.example"), force=True))
    assert of_boards(steps)["cc-wall-en"] == "not written: somebody saved it just now. Run this again"
    assert fake.boards["cc-wall-en"].dashboard["title"] == "theirs"


def test_a_title_that_the_folder_has_already_stops_an_old_grafana_only() -> None:
    wall = next(board for board in BOARDS if board.uid == "cc-wall-en")
    said = {}
    for version in VERSIONS:
        with FakeGrafana(version=version, folders={"coldchain": "冷链"}) as fake:
            fake.hold("mine", {"title": wall.title, "tags": [], "panels": []})
            said[version] = of_boards(run(fake))["cc-wall-en"]
            assert fake.boards["mine"].dashboard["title"] == wall.title
    assert said["9.4.7"].startswith("not written: another board of the folder has this title.")
    assert {said["11.6.0"], said["13.2.1"]} == {"created"}


def test_a_later_grafana_that_adds_fields_of_its_own_does_not_look_like_a_person() -> None:
    with FakeGrafana(version="13.2.1") as fake:
        run(fake)
        kept = fake.boards["cc-wall-en"]
        assert kept.dashboard["preload"] is False
        assert kept.dashboard["version"] == 2, "saved once more, with the digest of what it became"
        mark = next(one for one in kept.dashboard["templating"]["list"] if one["name"] == MARK)
        meant, _, stored = mark["query"].partition(":")
        assert meant != stored == digest(kept.dashboard)


def test_a_folder_of_the_same_title_that_is_not_ours_is_named(fake: FakeGrafana) -> None:
    fake.folders["theirs"] = "冷链"
    with pytest.raises(PublishError, match=r"has a folder 冷链 that is not ours .* rename that one"):
        run(fake)
    assert fake.boards == {}


def test_without_the_data_source_the_operator_hears_of_it_if_the_token_may_know() -> None:
    told = {}
    for role in ("Editor", "Admin"):
        with FakeGrafana(role=role, sources=set()) as fake:
            told[role] = [step.text.en for step in run(fake) if "no data source coldchain" in step.text.en]
    assert told["Editor"] == []
    assert len(told["Admin"]) == 1


def test_files_are_read_anew_where_the_token_may_ask_that() -> None:
    with FakeGrafana(server_admin=True) as fake:
        steps = run(fake, order(reload=True))
        assert fake.reloaded == ["datasources", "dashboards", "alerting"]
        assert not any(step.wanted for step in steps)
    with FakeGrafana() as fake:
        refused = [step.text.en for step in run(fake, order(reload=True)) if step.wanted]
        assert len(refused) == 3
        assert all("only a server admin may ask that; restart Grafana" in one for one in refused)


@pytest.mark.parametrize(
    ("version", "noted"), [("9.3.1", True), ("9.4.7", False), ("13.3.0-pre", False), ("14.0.0", True)]
)
def test_a_grafana_that_the_boards_are_not_made_for_is_pointed_out(version: str, noted: bool) -> None:
    with FakeGrafana(version=version) as fake:
        first = run(fake)[0].text
    assert ("look whether they draw" in first.en, "请检查显示" in first.zh) == (noted, noted)


def test_one_language_alone_touches_the_other_set_not_at_all(fake: FakeGrafana) -> None:
    run(fake, order(boards=[board for board in BOARDS if board.uid.endswith("-zh")]))
    assert all(uid.endswith("-zh") for uid in fake.boards)


HTML = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("answer", "says", "says_zh"),
    [
        (
            (401, b'{"message": "Invalid API key"}', {}),
            r"401 .* \(Invalid API key\): it does not know the token",
            "令牌无效",
        ),
        ((403, b'{"message": "no"}', {}), "lets this token not do that: give its service account", "权限不足"),
        ((404, b"<html>", HTML), "does not know that path: is --url the address of Grafana", "路径不存在"),
        ((200, b"<html>log in</html>", HTML), "does not answer GET /api/health as a Grafana does", "不是 Grafana"),
        ((200, b'{"status": "pass"}', {}), "does not answer GET /api/health as a Grafana does", "不是 Grafana"),
        ((200, b"[]", {}), "does not answer GET /api/health as a Grafana does", "不是 Grafana"),
        ((302, b"", {"Location": "https://sso.example/login"}), "on to https://sso.example/login: give", "被重定向到"),
        ((502, b"bad gateway", HTML), "answers 502 .* a proxy that does not reach Grafana", "代理无法连接"),
        ((503, b'{"database": "failing"}', {}), "says that its own database fails", "数据库异常"),
        ((400, b"Client sent an HTTP request to an HTTPS server.", {}), "does this address want https://", "https://"),
        ((200, b" " * (ANSWER_BYTES_MAX + 1), {}), "its answer is longer than 16777216 bytes", "无法连接"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    answer: tuple[int, bytes, dict[str, str]], says: str, says_zh: str
) -> None:
    with FakeGrafana(answer=answer) as fake, pytest.raises(PublishError, match=says) as caught:
        run(fake)
    assert says_zh in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_wrong_token_is_told_from_a_role_that_is_too_low(fake: FakeGrafana) -> None:
    with pytest.raises(PublishError, match="it does not know the token"):
        run(fake, token="glsa_of-another")
    fake.role = "Viewer"
    with pytest.raises(PublishError, match="the role Editor"):
        run(fake)
    assert fake.boards == {}


def test_a_redirect_is_not_followed_so_the_token_goes_nowhere_else(fake: FakeGrafana) -> None:
    with FakeGrafana() as other:
        fake.answer = (302, b"", {"Location": f"{other.url}/api/health"})
        with pytest.raises(PublishError, match="sends GET /api/health on to"):
            run(fake)
        assert other.asked == []


def test_a_grafana_that_does_not_answer_is_not_waited_for_without_end() -> None:
    silent = threading.Event()
    with (
        FakeGrafana(silent=silent) as fake,
        Grafana(fake.url, TOKEN, answer_s=0.2) as grafana,
        pytest.raises(PublishError, match="gave no answer in time to GET /api/health"),
    ):
        next(publish(grafana, order()))


def test_nobody_at_the_address_is_said_so() -> None:
    with FakeGrafana() as fake:
        url = fake.url
    with Grafana(url, TOKEN) as grafana, pytest.raises(PublishError, match=f"{url} cannot be reached .*is it running"):
        grafana.health()


def test_tls_with_the_sites_own_ca_works_and_without_it_says_what_to_do(tls: tuple[ssl.SSLContext, Path]) -> None:
    context, ca = tls
    with FakeGrafana(tls=context) as fake:
        with Grafana(fake.url, TOKEN) as grafana, pytest.raises(PublishError, match=r"not trusted.*--ca") as caught:
            grafana.health()
        assert "证书不受信任" in str(caught.value)
        with Grafana(fake.url, TOKEN, ca) as grafana:
            assert grafana.health() == "9.4.7"


def test_https_to_a_grafana_without_tls_is_told_from_a_wrong_certificate() -> None:
    with (
        FakeGrafana() as fake,
        Grafana(fake.url.replace("http", "https"), TOKEN) as grafana,
        pytest.raises(PublishError, match=r"speaks no TLS .*http:// if there is no TLS"),
    ):
        grafana.health()


def test_a_ca_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("no certificate")
    for path in (tmp_path / "ca.crt", tmp_path / "missing"):
        with pytest.raises(PublishError, match=f"--ca {path} cannot be read, or holds no certificate"):
            Grafana("https://127.0.0.1:1", TOKEN, path)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of a CA of the site's own, and the CA's file."""
    from assembly.pki import Pki
    from assembly.pki_certs import Kind
    from gateway.clock import SystemClock

    home = tmp_path_factory.mktemp("ca")
    now_ms = SystemClock().now_ms()
    pki = Pki.init(home / "pki", "storage-1", now_ms)
    pki.make(Kind.SERVER, "grafana", now_ms, ("127.0.0.1",))
    folder = home / "pki"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert = next(folder.rglob("grafana.crt"))
    context.load_cert_chain(cert, next(folder.rglob("grafana.key")))
    return context, folder / "ca.crt"
