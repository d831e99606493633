"""Events of a streamed response, made of the chunks of a chat, in order and numbered.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field

from mockwright.chat.types import StreamedChat
from mockwright.errors import MockwrightError
from mockwright.gateway.conversation import new_id
from mockwright.types import JsonObject, Usage
from mockwright.web.openai.errors import describe
from mockwright.web.openai.responses.items import (
    call_item,
    message_item,
    refusal_part,
    text_part,
)
from mockwright.web.openai.responses.request import ParsedResponseRequest


def resource(
    asked: ParsedResponseRequest,
    identifier: str,
    created: int,
    model: str,
    status: str = "in_progress",
) -> JsonObject:
    """Return a response object of which nothing is written yet."""
    return {
        "id": identifier,
        "object": "response",
        "created_at": created,
        "completed_at": None,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "usage": None,
        **asked.echo,
    }


def finished(
    begun: JsonObject, output: list[JsonObject], usage: Usage, reason: str, *, seeded: bool
) -> JsonObject:
    """Return the whole response object.

    ``reason`` is the finish reason of the chat. A ``seeded`` response says the same each time, so
    its times do, too.
    """
    cut = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(reason)
    return {
        **begun,
        "status": "incomplete" if cut else "completed",
        # Under a seed the answer is the same bytes each time.
        "completed_at": begun["created_at"] if seeded else int(time.time()),
        "incomplete_details": {"reason": cut} if cut else None,
        "output": output,
        "usage": usage_of(usage),
    }


def usage_of(usage: Usage) -> JsonObject:
    """Return the ``usage`` object of the Responses API."""
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


@dataclass(slots=True)
class Writer:
    """Writes one streamed response; ``response`` is the response object as far as it has come."""

    asked: ParsedResponseRequest
    response: JsonObject = field(default_factory=dict)
    suffix: str = ""
    """The end of its id and of its items' ids; taken from the chat's id where it is not given."""
    _number: int = 0
    _open: str = ""
    """The item that is being written: ``thought``, ``text``, ``refusal``, ``call 0``; empty for
    none."""
    _item: JsonObject = field(default_factory=dict)
    _pieces: list[str] = field(default_factory=list)
    _output: list[JsonObject] = field(default_factory=list)

    async def events(
        self, streamed: StreamedChat, request_id: str
    ) -> AsyncGenerator[JsonObject, None]:
        """Yield all events of a stream; where it breaks, the last one is ``response.failed``."""
        reason = "stop"
        try:
            async for chunk in streamed.chunks():
                if not self.response:
                    for event in self._begin(chunk):
                        yield event
                for choice in chunk["choices"]:
                    reason = choice.get("finish_reason") or reason
                    for event in self._delta(choice.get("delta") or {}):
                        yield event
        except MockwrightError as error:
            yield self.fail(error, streamed.model, request_id)
            return
        for event in self._end(streamed, reason):
            yield event

    def _begin(self, chunk: JsonObject) -> Iterator[JsonObject]:
        self.suffix = self.suffix or str(chunk["id"]).removeprefix("chatcmpl-")
        made = resource(self.asked, f"resp_{self.suffix}", chunk["created"], chunk["model"])
        self.response = made
        yield self._event("response.created", response=made)
        yield self._event("response.in_progress", response=made)

    def _end(self, streamed: StreamedChat, reason: str) -> Iterator[JsonObject]:
        yield from self._close()
        seeded = self.asked.chat.seed is not None
        self.response = finished(self.response, self._output, streamed.usage, reason, seeded=seeded)
        yield self._event(f"response.{self.response['status']}", response=self.response)

    def fail(self, error: MockwrightError, model: str, request_id: str) -> JsonObject:
        """Return the event that ends a response which cannot be finished."""
        fault = describe(error, request_id)
        suffix = self.suffix or new_id("")
        begun = self.response or resource(self.asked, f"resp_{suffix}", int(time.time()), model)
        told = {"code": fault.code, "message": str(error)}
        self.response = {**begun, "status": "failed", "error": told}
        return self._event("response.failed", response=self.response)

    def _delta(self, delta: JsonObject) -> Iterator[JsonObject]:
        if thought := delta.get("reasoning_content"):
            yield from self._write_text("thought", thought)
        if text := delta.get("content"):
            yield from self._write_text("text", text)
        if refusal := delta.get("refusal"):
            yield from self._write_text("refusal", refusal)
        for piece in delta.get("tool_calls") or ():
            yield from self._write_call(piece)

    def _write_text(self, kind: str, text: str) -> Iterator[JsonObject]:
        if self._open != kind:
            yield from self._close()
            yield from self._open_part(kind)
        self._pieces.append(text)
        name = {"thought": "reasoning_text", "text": "output_text"}.get(kind, "refusal")
        more: JsonObject = {"logprobs": []} if kind == "text" else {}
        yield self._event(f"response.{name}.delta", **self._place(0), delta=text, **more)

    def _open_part(self, kind: str) -> Iterator[JsonObject]:
        if kind == "thought":
            item = {"id": f"rs_{self.suffix}", "type": "reasoning", "summary": [], "content": []}
            yield self._open_item(kind, item)
            return
        yield self._open_item(kind, message_item(f"msg_{self.suffix}", [], "in_progress"))
        yield self._event("response.content_part.added", **self._place(0), part=_part(kind, ""))

    def _write_call(self, piece: JsonObject) -> Iterator[JsonObject]:
        function = piece.get("function") or {}
        kind = f"call {piece.get('index', 0)}"
        if self._open != kind:
            yield from self._close()
            identifier = f"fc_{self.suffix}{piece.get('index', 0)}"
            name, call = function.get("name") or "", piece.get("id") or ""
            yield self._open_item(kind, call_item(identifier, call, name, "", "in_progress"))
        if arguments := function.get("arguments"):
            self._pieces.append(arguments)
            name = "response.function_call_arguments.delta"
            yield self._event(name, **self._place(), delta=arguments)

    def _open_item(self, kind: str, item: JsonObject) -> JsonObject:
        self._open, self._item, self._pieces = kind, item, []
        index = len(self._output)
        return self._event("response.output_item.added", output_index=index, item=item)

    def _close(self) -> Iterator[JsonObject]:
        """Yield the events that end the open item, if there is one."""
        kind, text = self._open, "".join(self._pieces)
        if not kind:
            return
        if kind.startswith("call"):
            item = {**self._item, "arguments": text, "status": "completed"}
            told = {"name": item["name"], "arguments": text}
            yield self._event("response.function_call_arguments.done", **self._place(), **told)
        elif kind == "thought":
            item = {**self._item, "content": [{"type": "reasoning_text", "text": text}]}
            yield self._event("response.reasoning_text.done", **self._place(0), text=text)
        else:
            part = _part(kind, text)
            item = {**self._item, "content": [part], "status": "completed"}
            yield self._text_done(kind, text)
            yield self._event("response.content_part.done", **self._place(0), part=part)
        index = len(self._output)
        yield self._event("response.output_item.done", output_index=index, item=item)
        self._output.append(item)
        self._open = ""

    def _text_done(self, kind: str, text: str) -> JsonObject:
        if kind == "refusal":
            return self._event("response.refusal.done", **self._place(0), refusal=text)
        return self._event("response.output_text.done", **self._place(0), text=text, logprobs=[])

    def _place(self, content: int | None = None) -> JsonObject:
        place = {"item_id": self._item["id"], "output_index": len(self._output)}
        return place if content is None else {**place, "content_index": content}

    def _event(self, kind: str, **more: object) -> JsonObject:
        event = {"type": kind, "sequence_number": self._number, **more}
        self._number += 1
        return event


def _part(kind: str, text: str) -> JsonObject:
    return refusal_part(text) if kind == "refusal" else text_part(text)
