"""How our processes end: exit codes, and the errors that mean them. Loads nothing, for the help of the command line."""

from typing import Final

from coldchain.errors import ColdchainError

EXIT_STOPPED: Final = 0  # it did what it was asked to do, or was asked to stop
EXIT_FAILED: Final = 1  # something broke while it ran: the log says what; a supervisor should start it again
EXIT_REFUSED: Final = 2  # settings or command line are wrong: starting it again helps nothing
EXIT_CODES: Final = """

\b
Exit codes / 退出码:
  0  done, or stopped as asked (SIGTERM, Ctrl-C)   完成，或按要求停止
  1  something broke; the message says what        运行出错，见提示
  2  wrong settings or command line                设置或命令行有误
"""


class CommandLineError(ColdchainError):
    """The command line asks for what cannot be; the message says what is allowed. Exit code 2, as for settings."""
