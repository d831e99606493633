"""A streamed message: its pieces gathered into one, and one cut into pieces again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mockwright.types import Json, JsonObject, Usage

# A word of at most 24 characters with the white space before it: "Hello", " world".
_PIECE: Final = re.compile(r"\s*\S{1,24}|\s+")
_TEXTS: Final = ("content", "refusal", "reasoning_content", "reasoning")
"""The fields of a message whose pieces are joined as text."""
_FREE: Final = ("refusal", "reasoning_content", "reasoning")
"""Fields that have no form to conform to, and need not wait."""


def cut(text: str) -> list[str]:
    """Return ``text`` in pieces of about a token; together they are the text."""
    return _PIECE.findall(text)


@dataclass(slots=True)
class GatheredMessage:
    """The pieces of one choice's message so far."""

    sent: set[str] = field(default_factory=set)
    """The fields of the message that have gone out already."""
    finished: bool = False
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _calls: list[JsonObject] = field(default_factory=list)
    _open: dict[int | None, JsonObject] = field(default_factory=dict)
    """The call that goes on under each index."""
    _other: JsonObject = field(default_factory=dict)
    _fresh: JsonObject = field(default_factory=dict)
    """The fields of the last piece."""

    def add(self, delta: JsonObject, logprobs: Json = None) -> None:
        """Add one more piece."""
        self._fresh = dict(delta)
        for name, value in delta.items():
            if name in _TEXTS and isinstance(value, str):
                self._texts.setdefault(name, []).append(value)
            elif name == "tool_calls" and isinstance(value, list):
                for piece in value:
                    if isinstance(piece, dict):
                        self._add_call(piece)
            elif value is not None:
                self._other[name] = value

    def _add_call(self, piece: JsonObject) -> None:
        said = piece.get("function")
        said = said if isinstance(said, dict) else {}
        call = self._call_of(piece, said)
        identifier = piece.get("id")
        call["id"] = call["id"] or (identifier if isinstance(identifier, str) else "")
        for name in ("name", "arguments"):
            if isinstance(said.get(name), str):
                call["function"][name] += said[name]

    def _call_of(self, piece: JsonObject, said: JsonObject) -> JsonObject:
        """Return the call that a piece goes on with, or begins.

        Not every server counts: pieces without an index go on with the last call, until one has an
        id or a name of its own; and whole calls may all stand under one index.
        """
        index = piece.get("index")
        index = index if type(index) is int else None
        call = self._open.get(index)
        own = piece.get("id")
        begins = (
            call is None
            or bool(own and call["id"] and own != call["id"])
            or bool(index is None and said.get("name") and call["function"]["name"])
        )
        if begins:
            call = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
            self._open[index] = call
            self._calls.append(call)
        assert call is not None  # noqa: S101 - for the type checker
        return call

    def free(self, *, text: bool) -> JsonObject:
        """Return what of the last piece may go out at once; with ``text`` also the content."""
        names = {"role", *_FREE, *(("content",) if text else ())}
        free = {name: value for name, value in self._fresh.items() if name in names}
        free = {name: value for name, value in free.items() if value is not None}
        self.sent |= free.keys()
        self._fresh = {}
        return free

    def message(self) -> JsonObject:
        """Return the whole message, as far as it came."""
        texts = {name: "".join(pieces) for name, pieces in self._texts.items()}
        message: JsonObject = {"role": "assistant", "content": None, **self._other, **texts}
        if self._calls:
            message["tool_calls"] = list(self._calls)
        return message


def usage_object(usage: Usage) -> JsonObject:
    """Return the tokens of a call as OpenAI's ``usage`` member."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def reply_chunks(body: JsonObject) -> Iterator[JsonObject]:
    """Yield a whole ``chat.completion`` as ``chat.completion.chunk`` objects, without the usage.

    Of each choice: the role, the pieces, the end. Probabilities of tokens go with the pieces where
    there is one for each, else with the end.
    """
    head = {**body, "object": "chat.completion.chunk"}
    for name in ("choices", "usage"):
        head.pop(name, None)
    for place, choice in enumerate(body["choices"]):
        index = choice.get("index", place)
        logprobs = choice.get("logprobs")
        deltas = in_pieces(choice["message"], set())
        if choice["message"].get("content") is None:
            deltas[0] = {**deltas[0], "content": None}
        tokens = (logprobs or {}).get("content") or ()
        spread = len(tokens) == sum(bool(delta.get("content")) for delta in deltas)
        told = iter(tokens if spread else ())
        for delta in deltas:
            token = next(told, None) if delta.get("content") else None
            own = None if token is None else {"content": [token], "refusal": None}
            yield {**head, "choices": [_piece(index, delta, own, None)]}
        rest = None if spread else logprobs
        yield {**head, "choices": [_piece(index, {}, rest, choice.get("finish_reason", "stop"))]}


def _piece(index: int, delta: JsonObject, logprobs: Json, finish: str | None) -> JsonObject:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}


def in_pieces(message: JsonObject, sent: set[str]) -> list[JsonObject]:
    """Return the deltas of a message, without the fields in ``sent``, as OpenAI streams them."""
    deltas: list[JsonObject] = []
    if "role" not in sent:
        # OpenAI's first chunk has the role and an empty content.
        deltas.append({"role": "assistant", "content": ""})
    for name in _FREE:
        text = message.get(name)
        if name not in sent and isinstance(text, str):
            deltas += [{name: piece} for piece in cut(text)]
    content = message.get("content")
    if "content" not in sent and isinstance(content, str):
        deltas += [{"content": piece} for piece in cut(content)]
    for index, call in enumerate(message.get("tool_calls") or ()):
        deltas += _call_pieces(index, call)
    return deltas


def _call_pieces(index: int, call: JsonObject) -> list[JsonObject]:
    # The name comes whole with the first piece, the arguments follow.
    head = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
    pieces = [{"index": index, "function": {"arguments": p}} for p in _argument_pieces(call)]
    return [{"tool_calls": [piece]} for piece in (head, *pieces)]


def _argument_pieces(call: JsonObject) -> list[str]:
    return cut(call["function"]["arguments"])
