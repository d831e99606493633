"""What a double of Ollama answers: bodies and stream events, and the values it makes up."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import orjson

from mockwright.chat.chunks import cut
from mockwright.generator import generate
from mockwright.testing.ollama_models import OllamaModel
from mockwright.types import Json, JsonObject

_MADE_UP: Final = "This is an answer of a double, made up for a test."
"""The answer where neither a reply nor a format is given."""
_LOAD: Final = 1_019_500
"""Nanoseconds that loading the model is said to take; durations are reported, not waited for."""
_TOKEN: Final = 20_000_000
"""Nanoseconds that each token is said to take."""


@dataclass(frozen=True, slots=True)
class OllamaCall:
    """A tool call in the reply of a double: ``OllamaCall("get_weather", {"city": "Rome"})``."""

    name: str
    """The name of the tool."""
    arguments: Mapping[str, Json] = field(default_factory=dict)
    """Its arguments, by name."""


@dataclass(frozen=True, slots=True)
class OllamaReply:
    """One reply of a double to ``/api/chat`` or ``/api/generate``, including what goes wrong with
    it.

    ``OllamaReply("Hello")`` is an answer, ``OllamaReply(error="out of memory", status=503)`` an
    error, ``OllamaReply("one two three", after=2)`` a stream that is cut off.
    """

    text: str = ""
    """What the model says; a stream sends it in words."""
    thinking: str = ""
    """Sent only to models that can think, and not where the request's ``think`` is false."""
    tool_calls: Sequence[OllamaCall] = ()
    """Sent after the text, in one event of a stream."""
    done_reason: str = "stop"
    """Why the model stopped: ``stop`` or ``length``."""
    error: str | None = None
    """An error instead of the text; with ``after``, one in the middle of a stream."""
    status: int = 500
    """The HTTP status of ``error``."""
    after: int | None = None
    """How many events of a stream come before ``error``, or before the connection is cut."""
    delay: float = 0.0
    """Seconds before the first byte."""
    pause: float = 0.0
    """Seconds before each further event of a stream."""
    prompt_eval_count: int | None = 10
    """Tokens of the prompt; None leaves them out, as Ollama does where the prompt is in its
    cache."""
    eval_count: int | None = None
    """Tokens of the answer; None counts the words of the text."""


def refusal(body: JsonObject, model: OllamaModel) -> str:
    """Return why ``model`` cannot do what ``body`` asks, in Ollama's words; empty where it can."""
    name = body.get("model")
    if body.get("tools") and "tools" not in model.capabilities:
        return f"registry.ollama.ai/library/{name} does not support tools"
    if body.get("think") and "thinking" not in model.capabilities:
        return f'"{name}" does not support thinking'
    if "completion" not in model.capabilities:
        return f'"{name}" does not support chat'
    form = body.get("format")
    if form in (None, "", "json") or isinstance(form, dict):
        return ""
    return f'invalid format: {orjson.dumps(form).decode()}; expected "json" or a valid JSON Schema'


def made_up(body: JsonObject) -> str:
    """Return a text for a request without a reply: one that conforms to ``format``, or a
    sentence."""
    form = body.get("format")
    if isinstance(form, dict):
        seed = (body.get("options") or {}).get("seed")
        seed = seed if isinstance(seed, int) else secrets.randbits(32)
        return orjson.dumps(generate(form, seed=seed)).decode()
    return "{}" if form == "json" else _MADE_UP


@dataclass(frozen=True, slots=True)
class Frame:
    """The form that the answers to one request have, which depends on its endpoint and its
    fields."""

    body: JsonObject
    chat: bool
    """Whether the endpoint is ``/api/chat``, rather than ``/api/generate``."""

    @property
    def idle(self) -> bool:
        """Whether the request only loads the model, or unloads it."""
        return not self.body.get("messages" if self.chat else "prompt")

    def loaded(self) -> JsonObject:
        """Return the answer to a request that only loads the model, or unloads it."""
        out = self.body.get("keep_alive") in (0, "0", "0s")
        return {**self._message_body(""), "done": True, "done_reason": "unload" if out else "load"}

    def whole(self, reply: OllamaReply, model: OllamaModel) -> JsonObject:
        """Return the answer in one piece."""
        thinking = reply.thinking if self._thinks(model) else ""
        pieces = cut(reply.text)
        said = self._message_body(reply.text, thinking, _calls(reply))
        return {**said, **self._logprobs(pieces), "done": True, **_ending(reply, len(pieces))}

    def events(self, reply: OllamaReply, model: OllamaModel) -> Iterator[JsonObject]:
        """Yield the answer in pieces; the last event has the counts and no text."""
        pieces = cut(reply.text)
        if self._thinks(model):
            for piece in cut(reply.thinking):
                yield {**self._message_body("", piece), "done": False}
        for piece in pieces:
            yield {**self._message_body(piece), **self._logprobs([piece]), "done": False}
        if calls := _calls(reply):
            yield {**self._message_body("", "", calls), "done": False}
        yield {**self._message_body(""), "done": True, **_ending(reply, len(pieces))}

    def _thinks(self, model: OllamaModel) -> bool:
        return "thinking" in model.capabilities and self.body.get("think") is not False

    def _message_body(
        self, text: str, thinking: str = "", calls: Sequence[JsonObject] = ()
    ) -> JsonObject:
        head: JsonObject = {"model": self.body.get("model"), "created_at": _now()}
        if not self.chat:
            return {**head, "response": text, **({"thinking": thinking} if thinking else {})}
        message: JsonObject = {"role": "assistant", "content": text}
        if thinking:
            message["thinking"] = thinking
        if calls:
            message["tool_calls"] = list(calls)
        return {**head, "message": message}

    def _logprobs(self, pieces: Sequence[str]) -> JsonObject:
        """Return log probabilities if the request asks for them."""
        if not self.body.get("logprobs"):
            return {}
        most = self.body.get("top_logprobs") or 0
        entries: list[JsonObject] = [_probability(piece) for piece in pieces]
        for entry in entries:
            if most:
                entry["top_logprobs"] = [dict(entry)]
        return {"logprobs": entries}


def _probability(piece: str) -> JsonObject:
    return {"token": piece, "logprob": -0.25, "bytes": list(piece.encode())}


def _calls(reply: OllamaReply) -> list[JsonObject]:
    return [
        {
            "id": f"call_{secrets.token_hex(4)}",
            "function": {"index": i, "name": call.name, "arguments": dict(call.arguments)},
        }
        for i, call in enumerate(reply.tool_calls)
    ]


def _ending(reply: OllamaReply, pieces: int) -> JsonObject:
    """Return the members that only the last event has."""
    read, written = reply.prompt_eval_count, reply.eval_count
    written = max(1, pieces) if written is None else written
    counts = {} if read is None else {"prompt_eval_count": read}
    return {
        "done_reason": reply.done_reason,
        "total_duration": _LOAD + ((read or 0) + written) * _TOKEN,
        "load_duration": _LOAD,
        **counts,
        "prompt_eval_duration": (read or 0) * _TOKEN,
        "eval_count": written,
        "eval_duration": written * _TOKEN,
    }


def inputs(given: Json) -> list[str] | None:
    """Return the texts to embed; None where ``given`` is neither a text nor a list of texts."""
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return None
    return texts


def embedded(body: JsonObject, texts: Sequence[str], model: OllamaModel) -> JsonObject:
    """Return the answer to ``/api/embed``: unit vectors, the same ones for the same text."""
    wanted = body.get("dimensions")
    size = wanted if isinstance(wanted, int) and wanted > 0 else model.embedding_length
    return {
        "model": body.get("model"),
        "embeddings": [_vector(text, min(size, model.embedding_length)) for text in texts],
        "total_duration": _LOAD + len(texts) * _TOKEN,
        "load_duration": _LOAD,
        "prompt_eval_count": sum(len(cut(text)) for text in texts),
    }


def _vector(text: str, size: int) -> list[float]:
    # A hash of any length: as many bytes as the vector has numbers.
    raw = hashlib.shake_256(text.encode()).digest(size)
    values = [byte - 127.5 for byte in raw]
    length = math.hypot(*values)
    return [value / length for value in values]


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
