"""A deterministic double: answers from a list. For tests and demonstrations, shipped and public."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from typing import Final

from mockwright.backends.base import CHAT_FIELDS, BuildContext, Probe
from mockwright.backends.script import Script, completion_of, message_of, paced
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
        """The chats it was given, likewise."""
        self._script = Script(replies, self.name)
        if not self._script:
            raise ValueError("a scripted backend needs at least one reply")

    async def complete(self, task: Task) -> Completion:
        """Give the reply to ``task`` after its delay; raises UnsupportedError if there is none."""
        self.asked.append(task)
        reply = self._require(self._script.for_task(task))
        await self._script.begin(reply)
        return completion_of(reply, task, self._settings, self.model)

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Give the reply to ``request``, likewise."""
        start = time.monotonic()
        composed, _ = await self._compose(request)
        return reply_of(composed, self._settings, time.monotonic() - start)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[JsonObject]:
        """Yield the reply in pieces, as fast as it says."""
        composed, reply = await self._compose(request)
        async for chunk in paced(composed.chunks(), reply.tokens_per_second):
            yield chunk

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Embed as the embedded backend does: no reply can lay vectors down."""
        return embeddings_of(request, self._settings, self.model)

    async def probe(self) -> Probe:
        """Return that it is there: it is part of this process."""
        return Probe(True, True)

    async def aclose(self) -> None:
        """Do nothing: there are no connections."""

    async def _compose(self, request: ChatRequest) -> tuple[SpokenReply, ScriptedReply]:
        self.heard.append(request)
        check_window(request, self._settings)
        reply = self._require(self._script.for_chat(request))
        await self._script.begin(reply)
        seed = seed_or_drawn(request.seed)
        choices = [message_of(reply, seed + index) for index in range(request.choices)]
        return SpokenReply(request, choices, self.model, seed), reply

    def _require(self, reply: ScriptedReply | None) -> ScriptedReply:
        if reply is None:
            fault = f"backend {self.name!r} has no scripted answer that matches"
            raise UnsupportedError(fault, backend=self.name)
        return reply


def build(settings: BackendSettings, context: BuildContext) -> ScriptedBackend:
    """Return a double with the replies of the configuration."""
    return ScriptedBackend(settings.responses, settings)
