"""A deterministic double: answers from a list. For tests and demonstrations, shipped and public."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final

from mockwright.backends.base import Probe, cost, estimate_usage
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    TransportError,
)
from mockwright.settings import BackendSettings, ScriptedReply
from mockwright.types import MISSING, Completion, Task, Usage

_REMEMBERED: Final = 1000


class ScriptedBackend:
    """Gives ``replies`` in turn, and again from the start after the last.

    ::

        backend = ScriptedBackend([ScriptedReply(error="timeout"), ScriptedReply(value={"id": 1})])
    """

    def __init__(
        self,
        replies: Iterable[ScriptedReply],
        settings: BackendSettings | None = None,
    ) -> None:
        settings = settings or BackendSettings(name="scripted", provider="scripted")
        self.name = settings.name
        self.provider: str = settings.provider
        self.model = settings.model or "scripted"
        self.asked: deque[Task] = deque(maxlen=_REMEMBERED)
        """The tasks it was given, the latest last; the oldest are forgotten after a thousand."""
        self._price = settings.price
        self._replies = tuple(replies)
        self._turn = 0
        if not self._replies:
            raise ValueError("a scripted backend needs at least one reply")

    async def complete(self, task: Task) -> Completion:
        """The next reply, after its delay."""
        self.asked.append(task)
        reply = self._replies[self._turn % len(self._replies)]
        self._turn += 1
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.error is not None:
            raise _error(reply.error, self.name)
        return self._completion(reply, task)

    async def probe(self) -> Probe:
        """Always there."""
        return Probe(True, True)

    async def aclose(self) -> None:
        """Nothing to give up."""

    def _completion(self, reply: ScriptedReply, task: Task) -> Completion:
        direct = reply.text is None
        text = reply.text or ""
        usage = Usage() if direct else estimate_usage(task.prompt or "", text)
        return Completion(
            backend=self.name,
            provider=self.provider,
            model=self.model,
            text=text,
            value=reply.value if direct else MISSING,
            mode="direct" if direct else "prompt",
            usage=usage,
            finish_reason="stop",
            cost_usd=cost(usage, self._price),
            seed=task.seed,
        )


def _error(code: str, name: str) -> BackendError:
    """The error that ``code`` names: ``timeout``, ``connection`` or ``status_NNN``."""
    if code == "timeout":
        return BackendTimeoutError(f"backend {name!r} timed out (scripted)", backend=name)
    if code.startswith("status_"):
        status = int(code.removeprefix("status_"))
        fault = f"backend {name!r} answered HTTP {status} (scripted)"
        return BackendStatusError(fault, status=status, backend=name)
    return TransportError(f"backend {name!r} failed: {code} (scripted)", backend=name)
