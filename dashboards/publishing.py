"""The boards into a running Grafana by its HTTP API: what is missing is made, what is ours is brought up to date.

A board that was published carries a mark, a hidden constant of its own, with two digests: of what we meant, and of
what Grafana made of it (a later version may add fields of its own). So a second run sees without any file of ours
whether somebody changed the board in Grafana, and leaves such a board alone unless it is told otherwise. Boards with
other uids are never written. A board is saved as the next version of the one that was looked at, never over another.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from coldchain.places import Text
from dashboards.boards import board_json
from dashboards.frame import SOURCE, TAG
from dashboards.grafana_api import Grafana
from dashboards.model import Board
from dashboards.provisioning import FOLDER

MARK: Final = "cc_published"  # name of the hidden constant
OLDEST: Final = (9, 4)
NEWEST: Final = 13
RELOADED: Final = ("datasources", "dashboards", "alerting")
NAMED_MAX: Final = 20  # boards of others that are named, one by one
_SERVERS_OWN: Final = ("id", "version")  # what Grafana gives a board


class Outcome(StrEnum):
    """What became of a board."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    EDITED = "edited"
    FILES = "files"
    TITLE_TAKEN = "title-taken"
    MEANWHILE = "meanwhile"


WRITTEN: Final = frozenset({Outcome.CREATED, Outcome.UPDATED})
SAID: Final = {
    Outcome.CREATED: Text(zh="已新建", en="created"),
    Outcome.UPDATED: Text(zh="已更新", en="updated"),
    Outcome.UNCHANGED: Text(zh="无变化", en="unchanged"),
    Outcome.EDITED: Text(
        zh="未写入：在 Grafana 中被修改过；如需保留请另存为副本，再用 --force 覆盖",
        en="not written: it was changed in Grafana. Save a copy of what you want to keep, then use --force",
    ),
    Outcome.FILES: Text(
        zh="未写入：由 provisioning 文件提供；请重新导出文件，或删除该 provisioning 后再发布",
        en="not written: provisioning files bring it. Export into their folder anew, or take them away and publish",
    ),
    Outcome.TITLE_TAKEN: Text(
        zh="未写入：该文件夹中有同名的其他看板；请将其改名后重试",
        en="not written: another board of the folder has this title. Rename that one and run this again",
    ),
    Outcome.MEANWHILE: Text(
        zh="未写入：刚刚有人保存了它；请重新运行",
        en="not written: somebody saved it just now. Run this again",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done or found. `wanted`: it was asked for and is not so now; the command then fails."""

    text: Text
    wanted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be published: `version` is that of this program; `force` also over what was changed in Grafana."""

    boards: Sequence[Board]
    version: str
    now_ms: int
    force: bool = False
    reload: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A board as it stands in Grafana. `meant` and `stored` are empty without our mark."""

    dashboard: dict[str, Any]
    folder: str
    from_files: bool
    meant: str
    stored: str

    @property
    def version(self) -> int:
        version = self.dashboard.get("version")
        return version if isinstance(version, int) else 0

    @property
    def is_untouched(self) -> bool:
        """Whether it is what we left there."""
        return digest(self.dashboard) == self.stored

    def is_up_to_date(self, wanted: str) -> bool:
        """Whether it is what is wanted, or what this Grafana once made of just that."""
        now = digest(self.dashboard)
        return now == wanted or (self.meant == wanted and self.stored == now)


def publish(grafana: Grafana, order: Order) -> Iterator[Step]:
    """Publish the boards, and tell each step when it is done. Raises PublishError where Grafana does not play along."""
    yield _version_step(grafana)
    if grafana.folder(TAG) is None:
        grafana.make_folder(TAG, FOLDER)
        yield Step(text=Text(zh=f"文件夹 {FOLDER}：已新建", en=f"folder {FOLDER}: created"))
    written = []
    for board in order.boards:
        outcome = _publish_board(grafana, board, order)
        said = SAID[outcome]
        step = Text(
            zh=f"看板 {board.uid}（{board.title}）：{said.zh}", en=f"board {board.uid} ({board.title}): {said.en}"
        )
        yield Step(text=step, wanted=outcome not in WRITTEN | {Outcome.UNCHANGED})
        written += [board.uid] if outcome in WRITTEN else []
    if written:
        yield from _annotation(grafana, order, written)
    yield from _source(grafana)
    yield from _others(grafana, {board.uid for board in order.boards})
    if order.reload:
        yield from _reload(grafana)


def digest(dashboard: dict[str, Any]) -> str:
    """Return 32 hex digits over a board's content: all but the server's own fields and our mark."""
    content = {key: value for key, value in dashboard.items() if key not in _SERVERS_OWN}
    templating = content.get("templating")
    if isinstance(templating, dict) and isinstance(templating.get("list"), list):
        content["templating"] = {**templating, "list": [one for one in templating["list"] if not _is_mark(one)]}
    raw = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(raw.encode()).hexdigest()[:32]


def _publish_board(grafana: Grafana, board: Board, order: Order) -> Outcome:
    dashboard: dict[str, Any] = json.loads(board_json(board))
    wanted = digest(dashboard)
    found = _found(grafana, board.uid)
    if found is None:
        outcome = _save(grafana, dashboard, None, order)
        return Outcome.CREATED if outcome is Outcome.UPDATED else outcome
    if found.is_up_to_date(wanted):
        return Outcome.UNCHANGED
    if found.from_files:
        return Outcome.FILES
    if not found.is_untouched and not order.force:
        return Outcome.EDITED
    return _save(grafana, dashboard, found, order)


def _save(grafana: Grafana, dashboard: dict[str, Any], found: _Found | None, order: Order) -> Outcome:
    """Save a board. If Grafana made something else of it, save the mark anew with what it made of it."""
    wanted = digest(dashboard)
    message = f"coldchain {order.version}"
    folder = TAG if found is None else found.folder
    status, answer = grafana.save(_marked(dashboard, found, f"{wanted}:{wanted}"), folder, message)
    if status != 200:
        return _why_not(status, answer)
    kept = _found(grafana, str(dashboard["uid"]))
    if kept is not None and kept.version == answer.get("version") and digest(kept.dashboard) != wanted:
        grafana.save(_marked(dashboard, kept, f"{wanted}:{digest(kept.dashboard)}"), kept.folder, message)
    return Outcome.UPDATED


def _why_not(status: int, answer: dict[str, Any]) -> Outcome:
    if status == 400:
        return Outcome.FILES
    return Outcome.TITLE_TAKEN if answer.get("status") == "name-exists" else Outcome.MEANWHILE


def _marked(dashboard: dict[str, Any], found: _Found | None, mark: str) -> dict[str, Any]:
    """Return a board with our mark, as the next version of the one that was found."""
    constant = {
        "name": MARK,
        "label": MARK,
        "type": "constant",
        "hide": 2,
        "skipUrlSync": True,
        "query": mark,
        "current": {"text": mark, "value": mark},
        "options": [],
    }
    own: dict[str, Any] = {"id": None, "version": 0}
    if found is not None:
        own = {"id": found.dashboard.get("id"), "version": found.version}
    templating = {**dashboard["templating"], "list": [*dashboard["templating"]["list"], constant]}
    return {**dashboard, **own, "templating": templating}


def _found(grafana: Grafana, uid: str) -> _Found | None:
    answer = grafana.board(uid)
    if answer is None:
        return None
    dashboard, meta = answer["dashboard"], answer["meta"]
    meant, _, stored = _mark_of(dashboard).partition(":")
    return _Found(
        dashboard=dashboard,
        folder=str(meta.get("folderUid") or ""),
        from_files=bool(meta.get("provisioned")),
        meant=meant,
        stored=stored,
    )


def _mark_of(dashboard: dict[str, Any]) -> str:
    templating = dashboard.get("templating")
    variables = templating.get("list") if isinstance(templating, dict) else None
    for one in variables if isinstance(variables, list) else []:
        if _is_mark(one):
            return str(one.get("query", ""))
    return ""


def _is_mark(variable: object) -> bool:
    return isinstance(variable, dict) and variable.get("name") == MARK


def _version_step(grafana: Grafana) -> Step:
    version = grafana.health()
    if not version:
        return Step(text=Text(zh="Grafana：版本未知", en="Grafana: it does not say its version"))
    numbers = [int(part) if part.isdigit() else 0 for part in version.split("-")[0].split(".")[:2]]
    tried = tuple(numbers) >= OLDEST and numbers[0] <= NEWEST
    zh, en = f"Grafana {version}", f"Grafana {version}"
    if not tried:
        zh, en = (
            f"{zh}：看板为 9.4 至 13 制作，请检查显示",
            f"{en}: the boards are made for 9.4 to 13, look whether they draw",
        )
    return Step(text=Text(zh=zh, en=en))


def _annotation(grafana: Grafana, order: Order, written: Sequence[str]) -> Iterator[Step]:
    text = f"coldchain {order.version}: {', '.join(written)}"
    if not grafana.annotate(text, [TAG, "publish"], order.now_ms):
        yield Step(
            text=Text(zh="未能留下发布标注（不影响看板）", en="no annotation was left (the boards are not concerned)")
        )


def _source(grafana: Grafana) -> Iterator[Step]:
    if grafana.has_source(SOURCE) is False:
        en = f"note: no data source {SOURCE}: export makes its file; until then choose one at the top of a board"
        yield Step(text=Text(zh=f"注意：没有数据源 {SOURCE}，请用 export 生成，或在看板顶部选择", en=en))


def _others(grafana: Grafana, ours: set[str]) -> Iterator[Step]:
    """Say which boards with our tag are left alone: copies that people made, and ours that are not published now."""
    others = [one for one in grafana.tagged(TAG) if one.get("uid") not in ours]
    for one in others[:NAMED_MAX]:
        name = f"{one.get('uid')} ({one.get('title')})"
        yield Step(text=Text(zh=f"保留：{name}", en=f"left alone: {name}"))
    if len(others) > NAMED_MAX:
        more = len(others) - NAMED_MAX
        yield Step(text=Text(zh=f"另有 {more} 个看板保留", en=f"and {more} more boards left alone"))


def _reload(grafana: Grafana) -> Iterator[Step]:
    for what in RELOADED:
        done = grafana.reload(what)
        if done:
            yield Step(text=Text(zh=f"已重新读取 provisioning/{what}", en=f"provisioning/{what}: read anew"))
            continue
        zh = "权限不足（需要服务器管理员）" if done is None else "文件有误，请查看 Grafana 日志"
        en = "only a server admin may ask that; restart Grafana" if done is None else "its files are wrong, see its log"
        yield Step(
            text=Text(zh=f"未能重新读取 provisioning/{what}：{zh}", en=f"provisioning/{what} not read: {en}"),
            wanted=True,
        )
