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
from mockwright.chat.chunks import in_pieces
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
    """An answer with all its choices."""

    request: ChatRequest
    choices: Sequence[EmbeddedReply]
    model: str
    seed: int

    @property
    def usage(self) -> Usage:
        """Estimated."""
        said = "".join(_output(choice.message) for choice in self.choices)
        return estimate_usage(_read(self.request), said)

    @property
    def body(self) -> JsonObject:
        """A ``chat.completion`` without its usage, which is told beside it."""
        choices = [_choice(index, choice) for index, choice in enumerate(self.choices)]
        return {**self._head("chat.completion"), "choices": choices}

    def chunks(self) -> Iterator[JsonObject]:
        """``chat.completion.chunk`` objects: the role, the pieces, the end; the usage last."""
        head = self._head("chat.completion.chunk")
        for index, choice in enumerate(self.choices):
            for delta, logprobs in _pieces(choice):
                yield {**head, "choices": [_piece(index, delta, logprobs, None)]}
            yield {**head, "choices": [_piece(index, {}, None, choice.finish_reason)]}
        usage = self.usage
        told = {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
        }
        yield {**head, "choices": [], "usage": told}

    def _head(self, what: str) -> JsonObject:
        """Under a seed, neither the id nor the time may differ from one call to the next."""
        asked = f"{self.seed}\0{self.model}".encode() + jsontext.canonical(self.request.messages)
        return {
            "id": f"chatcmpl-{blake2b(asked, digest_size=15).hexdigest()[:29]}",
            "object": what,
            "created": int(present(self.request.seed).timestamp()),
            "model": self.model,
            "system_fingerprint": FINGERPRINT,
        }


def check_window(request: ChatRequest, settings: BackendSettings) -> None:
    """Raises ParameterError where the conversation is longer than the configured window."""
    window = settings.context_window
    if window is None:
        return
    tokens = estimate_usage(_read(request), "").input_tokens
    if tokens > window:
        raise ParameterError(
            f"This model's maximum context length is {window} tokens, and the messages have about"
            f" {tokens}. Please reduce their length.",
            "messages",
            "context_length_exceeded",
        )


def reply_of(spoken: SpokenReply, settings: BackendSettings, latency: float) -> ChatReply:
    """The whole answer; ``latency`` in seconds."""
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
    """A vector for each text, made of its words. Raises ParameterError for bad dimensions."""
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


def _read(request: ChatRequest) -> str:
    """What a model would have to read."""
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


def _pieces(choice: EmbeddedReply) -> Iterator[tuple[JsonObject, JsonObject | None]]:
    told = iter((choice.logprobs or {}).get("content", ()))
    for number, delta in enumerate(in_pieces(choice.message, set())):
        if number == 0 and choice.message.get("content") is None:
            delta = {**delta, "content": None}
        token = next(told, None) if number and "content" in delta else None
        yield delta, None if token is None else {"content": [token], "refusal": None}


def _piece(
    index: int, delta: JsonObject, logprobs: JsonObject | None, finish: str | None
) -> JsonObject:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}


def _output(message: JsonObject) -> str:
    calls = message.get("tool_calls") or ()
    said = [call["function"]["name"] + call["function"]["arguments"] for call in calls]
    return (message.get("content") or "") + "".join(said)
