"""The caller's span, that ours are to be part of (W3C Trace Context)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

PARENT: Final[ContextVar[Mapping[str, str] | None]] = ContextVar("mockwright_parent", default=None)
"""``traceparent`` and ``tracestate`` of the current request, as they came."""
_STATE_CHARS: Final = 512
"""The most characters of ``tracestate`` (Trace Context, section 3.3.1.5).

No more than this has to be handed on.
"""


@contextmanager
def remote_parent(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[None]:
    """Put spans begun in the block, and in tasks that start there, within the caller's.

    A ``traceparent`` that is malformed, or comes twice, counts for nothing. Names of headers are in
    lower case, as ASGI has them.
    """
    carrier = _carrier(headers)
    if carrier is None:
        yield
        return
    token = PARENT.set(carrier)
    try:
        yield
    finally:
        PARENT.reset(token)


def _carrier(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str] | None:
    parents, states = [], []
    for name, value in headers:
        if name == b"traceparent":
            parents.append(value.decode("latin-1"))
        elif name == b"tracestate":
            states.append(value.decode("latin-1"))
    if len(parents) != 1:
        return None
    state = ",".join(states)
    told = {"tracestate": state} if 0 < len(state) <= _STATE_CHARS else {}
    return {"traceparent": parents[0], **told}
