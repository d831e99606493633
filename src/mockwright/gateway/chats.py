"""The chain that answers chats, and one call of it; the chat surfaces' counterpart of ``call``.

:class:`~mockwright.gateway.chat_replay.RecordedConversation` replays and records; it wraps
:class:`~mockwright.gateway.conversation.Conversation`, which asks the backends.
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
    """A whole answer to a chat, and what it took."""

    body: JsonObject
    """An OpenAI ``chat.completion`` object."""
    backend: str
    usage: Usage
    cost_usd: float = 0.0
    filled: int = 0
    """How many values the generator had to make."""
    quality: float = 1.0
    """From 0 to 1, of the worst choice."""
    ignored: tuple[str, ...] = ()
    """Fields of the request that the backend did not act on."""


@dataclass(frozen=True, slots=True)
class ChatCall:
    """What one call of a chat surface belongs to, and who may answer it."""

    trace: Trace
    """What happens on the way is noted here; the journal reads it."""
    scope: Scope
    """The test the call belongs to; it counts turns of recordings."""
    backends: Callable[[], tuple[str, ...]] = tuple
    """Returns the names of the backends that may answer, an empty tuple for the whole pool.

    It is called only when a backend has to be asked, so that a recorded answer needs no configured
    model; raises RequestError.
    """
    model: str = AUTO
    """The model as it was asked for; recordings are found by it."""
    named: Sequence[str] = ()
    """The names of backends that were asked for by a control, beside the model."""
    mode: Mode = "live"
    ignore: Sequence[str] = ()
    """The parts of a request that do not count when its recording is looked for."""


class Chats(Protocol):
    """What answers chats; one may wrap another."""

    async def chat(self, request: ChatRequest, call: ChatCall) -> ChatAnswer:
        """Return one completion whose choices all conform; raises MockwrightError."""

    def stream(
        self, request: ChatRequest, call: ChatCall
    ) -> AbstractAsyncContextManager[StreamedChat]:
        """Open one completion as a stream, whose first chunk is there on entry.

        Raises MockwrightError on entry; after that the chunks raise it.
        """

    async def embed(self, request: EmbedRequest, call: ChatCall) -> Embeddings:
        """Return one vector for each text; raises MockwrightError."""


@dataclass(frozen=True, slots=True)
class ChatSession:
    """Everything that one call of a chat surface may ask, with the call filled in."""

    chats: Chats
    call: ChatCall

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        """Return one completion; see :meth:`Chats.chat`."""
        return await self.chats.chat(request, self.call)

    def stream(self, request: ChatRequest) -> AbstractAsyncContextManager[StreamedChat]:
        """Open one completion as a stream; see :meth:`Chats.stream`."""
        return self.chats.stream(request, self.call)

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Return one vector for each text; see :meth:`Chats.embed`."""
        return await self.chats.embed(request, self.call)
