"""Logging: one line an event, for people or as JSON, with the request's id and without secrets.

A request's id is bound by the web layer through ``structlog.contextvars``; every line that is
logged on the way of that request carries it, also the lines of other libraries.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from mockwright.settings import LogSettings

_SECRET_KEY = re.compile(r"(api_?key|token|secret|password|passwd|authorization|cookie)$", re.I)
_SECRET_TEXT = re.compile(
    r"(?P<bearer>\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"
    r"|\bsk-[\w-]{6,}"
    r"|(?P<scheme>\w+://)[^/?#\s@]+@",
    re.IGNORECASE,
)
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
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        scrub,
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
    if settings.format == "json":
        # Scrubbed again: the traceback is only now a text.
        return [structlog.processors.format_exc_info, scrub, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain),
    ]


def scrub(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: no value that is, or looks like, a secret."""
    return {
        key: "***" if _SECRET_KEY.search(key) else _scrubbed(value) for key, value in event.items()
    }


def _scrubbed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _SECRET_TEXT.sub(
        lambda m: f"{m['bearer'] or m['scheme'] or ''}***{'@' if m['scheme'] else ''}", value
    )
