"""The end of every request: it is counted, kept in the journal and logged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from urllib.parse import unquote

import orjson
import structlog

from mockwright.memory.journal.cost_ledger import CostLedger
from mockwright.memory.journal.journal import Journal, JournalEntry
from mockwright.web.http.counters import Counters
from mockwright.web.http.exchange import Exchange, Reply

log = structlog.get_logger("mockwright.access")
# Asked before a hit is logged: structlog needs longer to find out its level than a hit takes.
_stdlib_log = logging.getLogger("mockwright.access")


def begin(exchange: Exchange, journal: Journal) -> None:
    """Make a request visible in the journal while it is under way."""
    path = unquote(exchange.raw_path.decode("ascii", "replace"), errors="replace")
    journal.begin(
        JournalEntry(
            id=exchange.id,
            at=time.time() - exchange.seconds,
            method=exchange.method,
            path=path,
            query=exchange.query.decode("ascii", "replace"),
            test=exchange.test,
            fault="" if exchange.fault is None else exchange.fault.name,
            headers=exchange.headers,
            trace=exchange.trace,
        )
    )


_STORED = frozenset({"hit", "stale", "replay"})
"""Cache states of answers that cost nothing, and so stay out of the ledger."""


def finish(
    exchange: Exchange,
    reply: Reply,
    journal: Journal,
    counters: Counters,
    ledger: CostLedger | None = None,
) -> None:
    """Record what became of a request; called once for each, whatever happened.

    ``ledger`` takes those that have a plan; what chats cost is counted by backend instead.
    """
    seconds = exchange.seconds
    counters.count(exchange.method, reply.status, reply.cache, seconds)
    path = exchange.raw_path.decode("ascii", "replace")
    if "%" in path:
        path = unquote(path, errors="replace")
    # Positional arguments and no entry: this is most of what a hit costs.
    if exchange.recalled:
        journal.record_hit(
            exchange.id,
            time.time() - seconds,
            exchange.method,
            path,
            seconds,
            reply.cache,
            _backend(reply),
            exchange.query,
            exchange.test,
            exchange.body,
        )
        if _stdlib_log.isEnabledFor(logging.DEBUG):
            _log(log.debug, exchange, reply, path, seconds)
        return
    if reply.problem:
        counters.problems[reply.problem] += 1
    journal.record(_entry(exchange, reply, path, seconds))
    plan = exchange.trace.plan
    if ledger is not None and plan is not None and reply.cache not in _STORED:
        ledger.note(plan.flow, plan.route, exchange.trace, seconds, _fault(reply))
    _log(log.info, exchange, reply, path, seconds)


def _log(
    write: Callable[..., object], exchange: Exchange, reply: Reply, path: str, seconds: float
) -> None:
    write(
        "request",
        request_id=exchange.id,
        method=exchange.method,
        path=path[:200],
        test=exchange.test or None,
        fault=None if exchange.fault is None else exchange.fault.name,
        status=reply.status,
        cache=reply.cache or None,
        backend=_backend(reply) or None,
        problem=reply.problem or None,
        ms=round(seconds * 1000, 2),
    )


def _entry(exchange: Exchange, reply: Reply, path: str, seconds: float) -> JournalEntry:
    trace = exchange.trace
    candidates = trace.candidates
    seed = None if trace.plan is None else trace.plan.task.seed
    return JournalEntry(
        id=exchange.id,
        at=time.time() - seconds,
        method=exchange.method,
        path=path,
        query=exchange.query.decode("ascii", "replace"),
        test=exchange.test,
        fault="" if exchange.fault is None else exchange.fault.name,
        status=reply.status,
        latency=seconds,
        cache=reply.cache,
        backend=_backend(reply),
        seed=None if seed is None else str(seed),
        quality=min((c.verdict.quality for c in candidates), default=None),
        filled=sum(c.filled for c in candidates),
        cost_usd=trace.cost_usd,
        headers=exchange.headers,
        request_body=exchange.body,
        response_body=reply.body,
        trace=trace,
        error=reply.problem or None,
    )


def _fault(reply: Reply) -> str | None:
    """Return the code of a problem and its detail; None for an answer."""
    if not reply.problem:
        return None
    if (
        b"content-type",
        b"application/problem+json",
    ) not in reply.head:  # a fault script has answered in its place
        return reply.problem
    detail = orjson.loads(reply.body).get("detail", "")
    return f"{reply.problem}: {detail}"


def _backend(reply: Reply) -> str:
    """Return the name of the backend that answered; a stored answer has it only in its head."""
    if reply.backend:
        return reply.backend
    return next((value.decode() for name, value in reply.head if name == b"x-llm-backend"), "")
