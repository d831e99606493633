"""Messages that are there whole -> an answer in OpenAI's form, whole or in chunks.

The two tell the same: the chunks, joined, are the body.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from mockwright import jsontext
from mockwright.backends.base import cost, estimate_usage
from mockwright.chat.chunks import reply_chunks, usage_object
from mockwright.chat.types import ChatReply, ChatRequest, Embeddings, EmbedRequest, text_of
from mockwright.embedded_chat.embeddings import DIMENSIONS, MAX_DIMENSIONS, embed_text
from mockwright.embedded_chat.respond import EmbeddedReply
from mockwright.errors import ParameterError
from mockwright.generator import GENERATOR_VERSION
from mockwright.generator.interfaces import present
from mockwright.settings import BackendSettings
from mockwright.types import JsonObject, Usage

FINGERPRINT: Final = f"fp_mockwright_{GENERATOR_VERSION}"


@dataclass(frozen=True, slots=True)
class SpokenReply:
    """An answer with all its choices, made before anything of it is sent."""

    request: ChatRequest
    choices: Sequence[EmbeddedReply]
    model: str
    seed: int

    @property
    def usage(self) -> Usage:
        """An estimate: nothing here counts tokens."""
        written = "".join(_written_text(choice.message) for choice in self.choices)
        return estimate_usage(_prompt_text(self.request), written)

    @property
    def body(self) -> JsonObject:
        """A ``chat.completion`` object without its usage, which a ChatReply has beside it."""
        choices = [_choice(index, choice) for index, choice in enumerate(self.choices)]
        return {**self._head("chat.completion"), "choices": choices}

    def chunks(self) -> Iterator[JsonObject]:
        """Yield ``chat.completion.chunk`` objects: the pieces and end of each choice, the usage."""
        yield from reply_chunks(self.body)
        head = self._head("chat.completion.chunk")
        yield {**head, "choices": [], "usage": usage_object(self.usage)}

    def _head(self, what: str) -> JsonObject:
        # Under a seed, neither the id nor the time may differ from one call to the next.
        asked = f"{self.seed}\0{self.model}".encode() + jsontext.canonical(self.request.messages)
        return {
            "id": f"chatcmpl-{blake2b(asked, digest_size=15).hexdigest()[:29]}",
            "object": what,
            "created": int(present(self.request.seed).timestamp()),
            "model": self.model,
            "system_fingerprint": FINGERPRINT,
        }


def check_window(request: ChatRequest, settings: BackendSettings) -> None:
    """Raise ParameterError where the conversation is longer than the configured window."""
    window = settings.context_window
    if window is None:
        return
    tokens = estimate_usage(_prompt_text(request), "").input_tokens
    if tokens > window:
        raise ParameterError(
            f"This model's maximum context length is {window} tokens, and the messages have about"
            f" {tokens}. Please reduce their length.",
            "messages",
            "context_length_exceeded",
        )


def reply_of(spoken: SpokenReply, settings: BackendSettings, latency: float) -> ChatReply:
    """Return the whole answer; ``latency`` in seconds."""
    usage = spoken.usage
    return ChatReply(
        backend=settings.name,
        provider=settings.provider,
        model=spoken.model,
        body=spoken.body,
        usage=usage,
        cost_usd=cost(usage, settings.price),
        latency=latency,
    )


def embeddings_of(request: EmbedRequest, settings: BackendSettings, model: str) -> Embeddings:
    """Return a vector for each text, made of its words; raises ParameterError for dimensions."""
    dimensions = DIMENSIONS if request.dimensions is None else request.dimensions
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise ParameterError(
            f"got {dimensions}, expected a number from 1 to {MAX_DIMENSIONS}", "dimensions"
        )
    start = time.monotonic()
    vectors = tuple(embed_text(text, dimensions) for text in request.texts)
    usage = estimate_usage("".join(request.texts), "")
    return Embeddings(
        backend=settings.name,
        provider=settings.provider,
        model=settings.embedding_model or model,
        vectors=vectors,
        usage=usage,
        cost_usd=cost(usage, settings.price),
        latency=time.monotonic() - start,
    )


def _prompt_text(request: ChatRequest) -> str:
    """Return what a model would have to read: tools, too."""
    prompt = "\n".join(text_of(message.get("content")) for message in request.messages)
    if not request.tools:
        return prompt
    return prompt + jsontext.dump([tool.schema for tool in request.tools]).decode()


def _choice(index: int, choice: EmbeddedReply) -> JsonObject:
    return {
        "index": index,
        "message": {"refusal": None, **choice.message},
        "logprobs": choice.logprobs,
        "finish_reason": choice.finish_reason,
    }


def _written_text(message: JsonObject) -> str:
    calls = message.get("tool_calls") or ()
    texts = [call["function"]["name"] + call["function"]["arguments"] for call in calls]
    return (message.get("content") or "") + "".join(texts)
