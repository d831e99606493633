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
_LOAD: Final = 1_019_500
_TOKEN: Final = 20_000_000
"""Nanoseconds; durations are told, not waited for."""


@dataclass(frozen=True, slots=True)
class OllamaCall:
    """A tool call of a laid down answer."""

    name: str
    arguments: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OllamaReply:
    """One answer that is laid down, for ``/api/chat`` and ``/api/generate``."""

    text: str = ""
    thinking: str = ""
    """Told only where the request's ``think`` is not false, and the model can think."""
    tool_calls: Sequence[OllamaCall] = ()
    done_reason: str = "stop"
    error: str | None = None
    """Answer an error instead, or, with ``after``, break off with one."""
    status: int = 500
    """Of the error."""
    after: int | None = None
    """In a stream: how many pieces come before ``error``, or before the connection is cut."""
    delay: float = 0.0
    """Seconds before the first byte."""
    pause: float = 0.0
    """Seconds before each further piece of a stream."""
    prompt_eval_count: int | None = 10
    """None leaves it out, as Ollama does where the prompt is still in its cache."""
    eval_count: int | None = None
    """None counts the pieces of the text."""


def refusal(body: JsonObject, model: OllamaModel) -> str:
    """Why ``model`` cannot do what ``body`` asks; empty where it can."""
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
    """A text for a request whose answer is not laid down."""
    form = body.get("format")
    if isinstance(form, dict):
        seed = (body.get("options") or {}).get("seed")
        seed = seed if isinstance(seed, int) else secrets.randbits(32)
        return orjson.dumps(generate(form, seed=seed)).decode()
    return "{}" if form == "json" else _MADE_UP


@dataclass(frozen=True, slots=True)
class Frame:
    """The form that the answers to one request have."""

    body: JsonObject
    chat: bool

    @property
    def idle(self) -> bool:
        """Whether nothing is asked but to load the model, or to put it out."""
        return not self.body.get("messages" if self.chat else "prompt")

    def loaded(self) -> JsonObject:
        """The answer to a request that asks nothing."""
        out = self.body.get("keep_alive") in (0, "0", "0s")
        return {**self._said(""), "done": True, "done_reason": "unload" if out else "load"}

    def whole(self, reply: OllamaReply, model: OllamaModel) -> JsonObject:
        """The answer in one piece."""
        thinking = reply.thinking if self._thinks(model) else ""
        pieces = cut(reply.text)
        said = self._said(reply.text, thinking, _calls(reply))
        return {**said, **self._probable(pieces), "done": True, **_ending(reply, len(pieces))}

    def events(self, reply: OllamaReply, model: OllamaModel) -> Iterator[JsonObject]:
        """The answer piece by piece; the last event tells the counts and says nothing."""
        pieces = cut(reply.text)
        if self._thinks(model):
            for piece in cut(reply.thinking):
                yield {**self._said("", piece), "done": False}
        for piece in pieces:
            yield {**self._said(piece), **self._probable([piece]), "done": False}
        if calls := _calls(reply):
            yield {**self._said("", "", calls), "done": False}
        yield {**self._said(""), "done": True, **_ending(reply, len(pieces))}

    def _thinks(self, model: OllamaModel) -> bool:
        return "thinking" in model.capabilities and self.body.get("think") is not False

    def _said(self, text: str, thinking: str = "", calls: Sequence[JsonObject] = ()) -> JsonObject:
        head: JsonObject = {"model": self.body.get("model"), "created_at": _now()}
        if not self.chat:
            return {**head, "response": text, **({"thinking": thinking} if thinking else {})}
        message: JsonObject = {"role": "assistant", "content": text}
        if thinking:
            message["thinking"] = thinking
        if calls:
            message["tool_calls"] = list(calls)
        return {**head, "message": message}

    def _probable(self, pieces: Sequence[str]) -> JsonObject:
        """Log probabilities, where they are asked for."""
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
    """What only the last event tells."""
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
    """The texts to embed; None where that is not what was given."""
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return None
    return texts


def embedded(body: JsonObject, texts: Sequence[str], model: OllamaModel) -> JsonObject:
    """Unit vectors; the same for the same text."""
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
    raw = hashlib.shake_256(text.encode()).digest(size)
    values = [byte - 127.5 for byte in raw]
    length = math.hypot(*values)
    return [value / length for value in values]


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
