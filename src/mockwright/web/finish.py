"""The end of every request to the mock surface: counted, kept in the journal, logged."""

from __future__ import annotations

import time
from urllib.parse import unquote

import structlog

from mockwright.memory.journal import Journal, JournalEntry
from mockwright.web.exchange import Exchange, Reply
from mockwright.web.tally import Tally

log = structlog.get_logger("mockwright.access")


def finish(exchange: Exchange, reply: Reply, journal: Journal, tally: Tally) -> None:
    """Note what became of a request; called once for each, whatever happened."""
    seconds = exchange.seconds
    tally.count(exchange.method, reply.status, reply.cache, seconds)
    path = exchange.raw_path.decode("ascii", "replace")
    if "%" in path:
        path = unquote(path, errors="replace")
    if exchange.recalled:
        journal.record_hit(
            exchange.id,
            time.time() - seconds,
            exchange.method,
            path,
            seconds,
            reply.cache,
            _backend(reply),
        )
        return
    if reply.problem:
        tally.problems[reply.problem] += 1
    journal.record(_entry(exchange, reply, path, seconds))
    log.info(
        "request",
        request_id=exchange.id,
        method=exchange.method,
        path=path[:200],
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
        status=reply.status,
        latency=seconds,
        cache=reply.cache,
        backend=_backend(reply),
        seed=None if seed is None else str(seed),
        quality=min((c.verdict.quality for c in candidates), default=None),
        filled=sum(c.filled for c in candidates),
        cost_usd=sum(done.cost_usd for c in candidates for done in c.completions),
        headers=exchange.headers,
        request_body=exchange.body,
        response_body=reply.body,
        trace=trace,
        error=reply.problem or None,
    )


def _backend(reply: Reply) -> str:
    """Of a stored answer, the head is all that is left."""
    if reply.backend:
        return reply.backend
    return next((value.decode() for name, value in reply.head if name == b"x-llm-backend"), "")
