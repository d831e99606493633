"""What answers chats, and one call of it: the chain of the chat surfaces.

:class:`~mockwright.gateway.conversation.Conversation` asks the backends;
:class:`~mockwright.gateway.chat_replay.RecordedConversation` wraps it, as a recording wraps what
makes an answer of the mock surface.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from mockwright.backends.pool import AUTO
from mockwright.chat.types import ChatRequest, Embeddings, EmbedRequest, StreamedChat
from mockwright.memory.state.scopes import Scope
from mockwright.types import JsonObject, Mode, Trace, Usage


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """A whole ``chat.completion`` object, and what it took."""

    body: JsonObject
    backend: str
    usage: Usage
    cost_usd: float = 0.0
    filled: int = 0
    quality: float = 1.0
    ignored: tuple[str, ...] = ()
    """Fields of the request that the backend did not act on."""


@dataclass(frozen=True, slots=True)
class ChatCall:
    """Who may answer a chat, and what its answer belongs to."""

    trace: Trace
    scope: Scope
    backends: Callable[[], tuple[str, ...]] = tuple
    """Those that answer, looked up only where one is asked; raises RequestError."""
    model: str = AUTO
    """As it was asked for."""
    named: Sequence[str] = ()
    """The backends that were asked for beside it."""
    mode: Mode = "live"
    ignore: Sequence[str] = ()
    """What of a request does not count when its recording is looked for."""


class Chats(Protocol):
    """Answers chats; one may wrap another."""

    async def chat(self, request: ChatRequest, call: ChatCall) -> ChatAnswer:
        """Return one completion, each of its choices conforming; raises MockwrightError."""

    def stream(
        self, request: ChatRequest, call: ChatCall
    ) -> AbstractAsyncContextManager[StreamedChat]:
        """Open the same, piece by piece; its first piece is there on entry."""

    async def embed(self, request: EmbedRequest, call: ChatCall) -> Embeddings:
        """Return one vector for each text; raises MockwrightError."""


@dataclass(frozen=True, slots=True)
class ChatSession:
    """What one call of a chat surface may ask."""

    chats: Chats
    call: ChatCall

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        """As :meth:`Chats.chat`."""
        return await self.chats.chat(request, self.call)

    def stream(self, request: ChatRequest) -> AbstractAsyncContextManager[StreamedChat]:
        """As :meth:`Chats.stream`."""
        return self.chats.stream(request, self.call)

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """As :meth:`Chats.embed`."""
        return await self.chats.embed(request, self.call)
