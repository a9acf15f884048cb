"""The hub's log: one JSON object per line on the error stream: ids, counts, and addresses of the refused."""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

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
