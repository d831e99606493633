"""Logging: one line an event, for people or as JSON, with the request's id and without secrets.

A request's id is bound by the web layer through ``structlog.contextvars``; every line that is
logged on the way of that request carries it, also the lines of other libraries.
"""

from __future__ import annotations

import logging
import sys
from functools import lru_cache
from typing import Any, Final

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from mockwright.secrecy import STARS, hide_in_line, names_secret
from mockwright.settings import LogSettings

# The same few names stand in each line.
_names_secret: Final = lru_cache(maxsize=1024)(names_secret)

# They tell of each connection at info; what matters of it is in our own lines.
_QUIET = (
    *("httpx", "httpcore", "aiohttp", "asyncio", "uvicorn", "uvicorn.error"),
    # At debug it tells every value it reads, secrets too, where PYDANTIC_SETTINGS_DEBUG is set.
    "pydantic_settings",
)


def configure(settings: LogSettings) -> None:
    """Send our lines and those of every library to stderr, in the configured form."""
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        scrub,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _rendering(settings: LogSettings) -> list[Processor]:
    # Only now is a traceback a text.
    told: list[Processor] = [structlog.processors.format_exc_info, _scrub_traceback]
    if settings.format == "json":
        return [*told, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [
        *told,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain),
    ]


def _scrub_traceback(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if "exception" in event:
        event["exception"] = hide_in_line(event["exception"])
    return event


def scrub(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: no value that is, or looks like, a secret."""
    return {key: _scrubbed(key, value) for key, value in event.items()}


def _scrubbed(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return STARS if _names_secret(key) else hide_in_line(value)
    return STARS if _names_secret(key, number=isinstance(value, (int, float))) else value
