"""A deterministic double: answers from a list. For tests and demonstrations, shipped and public."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from typing import Final

from mockwright.backends.base import CHAT_FIELDS, Probe
from mockwright.backends.script import Script, answered, completion_of, paced
from mockwright.backends.spoken_reply import SpokenReply, check_window, embeddings_of, reply_of
from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest
from mockwright.errors import UnsupportedError
from mockwright.rng import seed_or_drawn
from mockwright.settings import BackendSettings, ScriptedReply
from mockwright.types import Completion, JsonObject, Task

_REMEMBERED: Final = 1000


class ScriptedBackend:
    """Gives the reply whose ``match`` holds, else those without one in turn, again and again.

    ::

        backend = ScriptedBackend([ScriptedReply(error="timeout"), ScriptedReply(value={"id": 1})])

    Raises ConfigError for a reply that cannot be read.
    """

    supported_fields: frozenset[str] | None = CHAT_FIELDS

    def __init__(
        self,
        replies: Iterable[ScriptedReply],
        settings: BackendSettings | None = None,
    ) -> None:
        self._settings = settings or BackendSettings(name="scripted", provider="scripted")
        self.name = self._settings.name
        self.provider: str = self._settings.provider
        self.model = self._settings.model or "scripted"
        self.asked: deque[Task] = deque(maxlen=_REMEMBERED)
        """The tasks it was given, the latest last; the oldest are forgotten after a thousand."""
        self.heard: deque[ChatRequest] = deque(maxlen=_REMEMBERED)
        """The chats, likewise."""
        self._script = Script(replies, self.name)
        if not self._script:
            raise ValueError("a scripted backend needs at least one reply")

    async def complete(self, task: Task) -> Completion:
        """The reply to ``task``, after its delay; raises UnsupportedError where none is for it."""
        self.asked.append(task)
        reply = self._given(self._script.for_task(task))
        await self._script.begin(reply)
        return completion_of(reply, task, self._settings, self.model)

    async def chat(self, request: ChatRequest) -> ChatReply:
        """The reply to ``request``, likewise."""
        start = time.monotonic()
        spoken, _ = await self._spoken(request)
        return reply_of(spoken, self._settings, time.monotonic() - start)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        """The same in pieces, as fast as the reply says."""
        spoken, reply = await self._spoken(request)
        async for chunk in paced(spoken.chunks(), reply.tokens_per_second):
            yield chunk

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """The vectors of the embedded backend: no reply can lay them down."""
        return embeddings_of(request, self._settings, self.model)

    async def probe(self) -> Probe:
        """Always there."""
        return Probe(True, True)

    async def aclose(self) -> None:
        """Nothing to give up."""

    async def _spoken(self, request: ChatRequest) -> tuple[SpokenReply, ScriptedReply]:
        self.heard.append(request)
        check_window(request, self._settings)
        reply = self._given(self._script.for_chat(request))
        await self._script.begin(reply)
        seed = seed_or_drawn(request.seed)
        choices = [answered(reply, seed + index) for index in range(request.choices)]
        return SpokenReply(request, choices, self.model, seed), reply

    def _given(self, reply: ScriptedReply | None) -> ScriptedReply:
        if reply is None:
            fault = f"backend {self.name!r} has no scripted answer that matches"
            raise UnsupportedError(fault, backend=self.name)
        return reply
