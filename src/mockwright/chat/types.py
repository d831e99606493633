"""The vocabulary of chats: what the chat surfaces ask, what backends answer.

Inside the gateway a chat has one form, that of OpenAI's chat completions, because most servers
and clients speak it: messages, answers and stream chunks are its JSON objects, with whatever
fields they came with. Other protocols are translated at their own edge, in ``web`` for clients and
in ``backends`` for servers. Like ``types`` this module is a leaf.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from mockwright.types import Attempt, Json, JsonObject, Repair, Usage

Form: TypeAlias = Literal["text", "json_object", "json_schema"]
"""The form of an answer's text."""
ToolMode: TypeAlias = Literal["auto", "none", "required"]
"""Whether a model may, must not, or must call tools."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call."""

    name: str
    schema: JsonObject | bool
    """The schema of its arguments; ``True`` where none was given."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat completion that is asked for, parsed and checked."""

    body: JsonObject
    """The whole request in OpenAI's form, without ``model``, ``stream`` and ``stream_options``.

    It also has what nobody here knows, so that a server that does gets it.
    """
    messages: tuple[JsonObject, ...]
    """``body["messages"]``; each has a ``role``."""
    tools: tuple[Tool, ...] = ()
    tool_mode: ToolMode = "auto"
    tool_name: str | None = None
    """The one tool that must be called; ``tool_mode`` is then ``required``."""
    parallel_tools: bool = True
    """Whether one answer may call several tools."""
    form: Form = "text"
    schema: JsonObject | bool = True
    """The schema of the answer's text, where ``form`` is ``json_schema``."""
    choices: int = 1
    """How many answers are asked for."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    locale: str = "en"

    @property
    def bound(self) -> bool:
        """Whether the answer has a form to conform to."""
        return self.form != "text" or bool(self.tools)


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What a backend answered, whole."""

    backend: str
    provider: str
    model: str
    body: JsonObject
    """The answer in OpenAI's form.

    It has ``choices`` at least, each with ``message`` and ``finish_reason``; ``id``, ``created``
    and ``system_fingerprint`` where the backend gave them.
    """
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    latency: float = 0.0
    """Seconds of the successful attempt alone."""
    attempts: tuple[Attempt, ...] = ()
    ignored: tuple[str, ...] = ()
    """Fields of the request that the backend did not act on."""
    filled: int = 0
    """How many values the generator had to make already, in a flow."""
    quality: float = 1.0


class StreamFacts(Protocol):
    """What every streamed answer says of itself, whoever reads it."""

    @property
    def backend(self) -> str:
        """The name of the one that answers."""

    @property
    def model(self) -> str:
        """The model as configured there."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Fields of the request that the backend does not act on."""

    @property
    def usage(self) -> Usage:
        """The tokens, reported or estimated; complete when the stream has ended."""

    @property
    def cost_usd(self) -> float:
        """What it costs in USD; complete when the stream has ended."""


class ChatStream(StreamFacts, Protocol):
    """What a backend answers, piece by piece; the first piece is there already."""

    @property
    def provider(self) -> str:
        """The kind of its API."""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Those that failed before, and, once the stream has ended, this one."""

    def __aiter__(self) -> AsyncIterator[JsonObject]:
        """Yield OpenAI's ``chat.completion.chunk`` objects; raise BackendError if it breaks off."""


class StreamedChat(StreamFacts, Protocol):
    """A streamed answer as it goes out, conforming; its first piece is there already."""

    def chunks(self) -> AsyncGenerator[JsonObject, None]:
        """Yield OpenAI's ``chat.completion.chunk`` objects, without one for the usage.

        Raises :class:`MockwrightError` where the stream breaks off.
        """


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """Texts whose embeddings are asked for."""

    texts: tuple[str, ...]
    dimensions: int | None = None
    """The numbers in each vector; None for the model's own number."""
    body: JsonObject = field(default_factory=dict)
    """The request in OpenAI's form, without ``model``, ``input`` and ``encoding_format``."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector for each text, in order."""

    backend: str
    provider: str
    model: str
    vectors: tuple[tuple[float, ...], ...]
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    latency: float = 0.0
    """Seconds of the successful attempt alone."""
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Conformed:
    """A message that keeps to what was asked of it, and what it took."""

    message: JsonObject
    repairs: tuple[Repair, ...] = ()
    filled: int = 0
    """How many leaf values the generator had to make."""
    quality: float = 1.0
    """The share of leaf values that leave as the backend wrote them."""


def text_of(content: Json) -> str:
    """Return the text of a message's ``content``: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part.get("text") for part in content if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))
