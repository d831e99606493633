"""Faults of a script before a surface answers: which request they hit, and what they answer it."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import unquote

from mockwright.faults import Fault
from mockwright.memory.state.scopes import Scope
from mockwright.web.http.exchange import BODILESS, Exchange, Reply

UNSENT = 0
"""The status that is recorded, never sent, where the connection ends before an answer begins."""


def match_fault(exchange: Exchange, scope: Scope) -> Fault | None:
    """Return the fault that the script of a test has for its next request; None for none.

    A script counts the requests it matches, so this is called once for each.
    """
    if scope.faults is None:
        return None
    path = unquote(exchange.raw_path.decode("ascii", "replace"), errors="replace")
    exchange.fault = scope.faults.next(exchange.answered_method, path or "/", time.monotonic())
    return exchange.fault


def fault_response(fault: Fault) -> Reply | None:
    """Return the answer that the fault itself prescribes.

    Return None where the surface answers, normally or with the fault's error.
    """
    if fault.silent:
        return Reply(UNSENT, (), b"")
    if fault.content is None:
        return None
    media, body = fault.content
    head = ((b"content-type", media), (b"content-length", str(len(body)).encode()))
    return Reply(fault.status or 200, head, body)


def apply_fault(reply: Reply, fault: Fault) -> Reply:
    """Return ``reply`` with the status and header fields of the fault."""
    status = fault.status if fault.status is not None else reply.status
    names = {name for name, _ in fault.fields}
    head = (*(field for field in reply.head if field[0] not in names), *fault.fields)
    # On a connection that is kept, a body after a 204 would be read as the next answer.
    if status in BODILESS:
        head = tuple(field for field in head if not field[0].startswith(b"content-"))
        return replace(reply, status=status, head=head, body=b"", stream=None)
    return replace(reply, status=status, head=head)
