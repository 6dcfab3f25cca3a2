"""How our processes start, log and stop: signals, exit codes, logs on stderr."""

import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog

from assembly.exits import EXIT_FAILED, EXIT_REFUSED, EXIT_STOPPED

__all__ = ["EXIT_FAILED", "EXIT_REFUSED", "EXIT_STOPPED", "configure_logs", "on_stop"]

CHATTY: Final = ("alembic",)  # what they say below a warning helps no operator


def on_stop(stop: Callable[[], None]) -> None:
    """Call stop when the process is asked to end: SIGTERM from a supervisor, SIGINT from a keyboard.

    A second signal is left to the system's own way, so that a hanging end can still be cut short.
    """

    def asked(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop()

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)


def configure_logs() -> None:
    """Send all logs to stderr: for people in a terminal, one JSON object a line elsewhere.

    The parts log with the standard library, which knows nothing of structlog; both come out alike.
    """
    person = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if person:
        # The default prints the values of local variables: facts with what belongs into no log.
        last.append(structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback))
    else:
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
