"""The hub's log: one JSON object per line on the error stream: ids, counts, and addresses of the refused.

What the server below and the libraries say goes the same way, so that every line can be read by a program.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from structlog import get_logger
from structlog.typing import EventDict, WrappedLogger

_log = get_logger()
LEVELS = {"info": 20, "warning": 30}


def configure(
    clock: Callable[[], datetime], least: str, count: Callable[[Mapping[str, Any]], None] = lambda _: None
) -> None:
    """Log from level ``least`` on, by this clock; ``count`` gets every line."""

    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        count(event)
        return {"at": clock().isoformat(timespec="milliseconds"), **event}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            stamp,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[least]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Others()], force=True)


class _Others(logging.Handler):
    """Lines of the log that others write: warnings and above, as the library for logs has it."""

    def emit(self, line: logging.LogRecord) -> None:
        """Write one; an exception that reached the server is a fault of ours."""
        fault = line.exc_info and line.exc_info[1]
        if isinstance(fault, Exception) and line.name.startswith("uvicorn"):
            _log.error("internal_error", exc_info=fault)
        else:
            _log.info("server", by=line.name, told=line.getMessage())
