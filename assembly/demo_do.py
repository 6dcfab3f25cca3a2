"""`coldchain demo do ACTION`: acts on the demo that runs, through control lines of the demo and of its simulator."""

import contextlib
import errno
import os
import secrets
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from assembly.control_line import ControlError, ControlLine, Json, ask
from assembly.demo_line import Line
from assembly.demo_terminal import say
from assembly.exits import CommandLineError
from coldchain.places import Text

CONTROL: Final = "control"
MINUTES_MAX: Final = 240
MINUTE_S: Final = 60
FOLDER_CHARACTERS_MAX: Final = 4_096


class Action(NamedTuple):
    """What can be done to the running demo: how long by itself, and what to watch for."""

    minutes: int
    watch: Text


ACTIONS: Final[dict[str, Action]] = {
    "power-cut": Action(
        5,
        Text(
            zh="市电中断、UPS 供电：各处在一分钟内显示，振荡停止；温度未超限时不报警",
            en="the mains is out, the UPS carries on: every place says so within a minute, the agitator stops; "
            "no temperature alarm while the limits are kept",
        ),
    ),
    "open-door": Action(
        5,
        Text(
            zh="储血冰箱 1 的门一直开着：立即显示，两分钟后需要查看；开门期间空气侧偏高不计入延时",
            en="blood fridge 1 stands open: shown at once, needs a look after two minutes; the air's time outside "
            "does not count towards its delay meanwhile",
        ),
    ),
    "compressor": Action(
        30,
        Text(
            zh="储血冰箱 1 压缩机故障、风扇仍在加热：几分钟内偏高，按延时倒计时，之后报警并暂停发放相关血袋",
            en="the compressor of blood fridge 1 dies while its fan goes on heating: too warm within minutes, the "
            "delay is counted down, then the finding and the holds",
        ),
    ),
    "cut-network": Action(
        5,
        Text(
            zh="网关与中心断网：读数等待中，不误报；恢复后补传",
            en="the line between gateway and centre is cut: readings are awaited, nothing is reported wrongly; when "
            "it is back everything comes late",
        ),
    ),
    "unplug": Action(
        5,
        Text(
            zh="总线转换器被拔掉：一分钟内显示无读数",
            en="the adapter of the bus is pulled: the places say within a minute that nobody measures",
        ),
    ),
    "drop-box-network": Action(
        5,
        Text(zh="运血箱断网：继续自己记录，恢复后补传", en="the courier's box loses its network and goes on recording"),
    ),
}
CUT_NETWORK: Final = "cut-network"


class Desk:
    """The running demo's own control line: cuts the network by itself and hands the rest to the simulator."""

    def __init__(self, folder: Path, line: Line, simulator: Path) -> None:
        """Listen at folder/control; `line` is the gateway's network, `simulator` the control line of the simulator."""
        self._line = line
        self._simulator = simulator
        self._mending: threading.Timer | None = None
        self._control = ControlLine(folder / CONTROL, self._answer)
        self._folder = str(folder)
        point_at(self._folder)

    def close(self) -> None:
        """Stop listening; the network stays as it is."""
        if self._mending is not None:
            self._mending.cancel()
        self._control.close()
        with contextlib.suppress(OSError):
            if _said(_pointer()) == self._folder:  # a demo that began later has its own word there
                _pointer().unlink()

    def _answer(self, request: Json) -> Json:
        if request.get("do") != CUT_NETWORK:
            try:
                return ask(self._simulator, request)
            except ControlError as error:
                return {"error": str(error)}
        minutes = request.get("minutes")
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= MINUTES_MAX:
            return {
                "error": f"minutes is {minutes!r}: a whole number from 1 to {MINUTES_MAX} is allowed"
                f" / 分钟数须为 1 到 {MINUTES_MAX} 的整数"
            }
        if self._mending is not None:
            self._mending.cancel()
        self._line.cut()
        self._mending = threading.Timer(minutes * MINUTE_S, self._line.mend)
        self._mending.daemon = True
        self._mending.start()
        return {"done": CUT_NETWORK, "minutes": minutes}


def act(action: str, minutes: int | None, folder: Path | None, tell: Callable[[str], None] = say) -> None:
    """Do one action to the running demo.

    Raises CommandLineError for an action that there is not, ControlError if no demo runs or it refuses.
    """
    known = ACTIONS.get(action)
    if known is None:
        msg = f"{action!r} is not allowed; allowed: {', '.join(ACTIONS)} / 不允许，请从以上操作中选择"
        raise CommandLineError(msg)
    lasts = known.minutes if minutes is None else minutes
    acted_on = folder or _running()
    ask(acted_on / CONTROL, {"do": action, "minutes": lasts})
    tell(f"{action}: {lasts} min / 分钟 ({acted_on})")  # of two demos the one that began last is meant
    tell(f"  {known.watch.zh}")
    tell(f"  {known.watch.en}")


def _pointer() -> Path:
    """Return the file that names the folder of this user's running demo."""
    return Path(tempfile.gettempdir()) / f"coldchain-demo-{os.getuid()}.running"


def _running() -> Path:
    pointer = _pointer()
    try:
        return Path(_said(pointer))
    except PermissionError as error:
        msg = (
            f"{pointer} belongs to somebody else; name your demo's folder with --dir"
            " / 该文件属于其他用户，请用 --dir 指定演示目录"
        )
        raise ControlError(msg) from error
    except (OSError, ValueError) as error:
        msg = (
            "no demo of yours is running: start it with `make demo`, and call this in a second terminal"
            " / 没有正在运行的演示：请先运行 make demo，再在另一个终端执行本命令"
        )
        raise ControlError(msg) from error


def point_at(folder: str) -> None:
    """Name the folder of the running demo where `act` looks for it.

    Everybody may write into the folder of temporary files: what somebody else has put under that name is neither
    followed nor written to, and the demo goes on without.
    """
    pointer = _pointer()
    fresh = pointer.with_name(f"{pointer.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(folder)
        fresh.replace(pointer)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        say(f"{pointer}: {error.strerror}; use / 请使用: coldchain demo do ACTION --dir {folder}")


def _said(pointer: Path) -> str:
    """Return what a plain file of this user says. Raises PermissionError for anything of somebody else's, OSError."""
    with os.fdopen(os.open(pointer, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="utf-8") as file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.getuid():
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(pointer))
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(pointer))
        return file.read(FOLDER_CHARACTERS_MAX)
