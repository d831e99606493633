"""Laid down answers: which one a request gets, and how it is given."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeAlias

from mockwright import jsontext
from mockwright.backends.base import cost, estimate_usage
from mockwright.chat.tool_calls import call_id
from mockwright.chat.types import ChatRequest
from mockwright.embedded_chat.respond import EmbeddedReply
from mockwright.embedded_chat.transcript import read_transcript
from mockwright.errors import (
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    ConfigError,
    ShapeError,
    TransportError,
)
from mockwright.rng import Rng
from mockwright.schema.edit import same
from mockwright.schema.locate import matches
from mockwright.schema.validate import compile_schema
from mockwright.settings import BackendSettings, Match, ScriptedReply
from mockwright.types import MISSING, Completion, Json, JsonObject, Task, Usage

_Holds: TypeAlias = Callable[[str, Json], bool]
"""Whether a reply is for a request, of which it is given a text and a document."""


class Script:
    """The laid down answers of one backend.

    A request gets the first whose ``match`` holds, else the next of those without one, in turn, and
    again from the start after the last. Raises ConfigError for what cannot be read.
    """

    def __init__(self, replies: Iterable[ScriptedReply], backend: str) -> None:
        self._backend = backend
        listed = tuple(replies)
        self._matched: list[tuple[_Holds, ScriptedReply]] = []
        for index, reply in enumerate(listed):
            place = f"backends.{backend}.responses.{index}"
            _check_error(reply, place)
            if reply.match is not None:
                self._matched.append((_test_for(reply.match, f"{place}.match"), reply))
        self._free = tuple(reply for reply in listed if reply.match is None)
        self._turn = 0

    def __bool__(self) -> bool:
        return bool(self._matched or self._free)

    def for_task(self, task: Task) -> ScriptedReply | None:
        """Return the answer to a task, which is matched by its prompt and path."""
        if not self:
            return None
        document = {
            "method": task.method,
            "path": task.path,
            "query": dict(task.query),
            "prompt": task.prompt,
            "input": None if task.input is MISSING else task.input,
        }
        return self._pick(f"{task.prompt or ''}\n{task.path}", document)

    def for_chat(self, request: ChatRequest) -> ScriptedReply | None:
        """Return the answer to a chat, which is matched by what was said last to the model.

        That is the user's last message, or what tools have given back since: what calls a tool does
        not call it again when its result comes.
        """
        if not self:
            return None
        transcript = read_transcript(request)
        results = "\n".join(result.text for result in transcript.results)
        return self._pick(results if transcript.results else transcript.user, request.body)

    def _pick(self, text: str, document: Json) -> ScriptedReply | None:
        for holds, reply in self._matched:
            if holds(text, document):
                return reply
        if not self._free:
            return None
        self._turn += 1
        return self._free[(self._turn - 1) % len(self._free)]

    async def begin(self, reply: ScriptedReply) -> None:
        """Wait as long as ``reply`` says, and raise the error that it names."""
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.error is not None:
            raise _error(reply.error, self._backend)


def completion_of(
    reply: ScriptedReply, task: Task, settings: BackendSettings, model: str
) -> Completion:
    """Return ``reply`` as the answer to a task; ``value`` is taken as it is, without a text."""
    direct = reply.text is None
    text = reply.text or ""
    usage = Usage() if direct else estimate_usage(task.prompt or "", text)
    return Completion(
        backend=settings.name,
        provider=settings.provider,
        model=model,
        text=text,
        value=reply.value if direct else MISSING,
        mode="direct" if direct else "prompt",
        usage=usage,
        finish_reason="stop",
        cost_usd=cost(usage, settings.price),
        seed=task.seed,
    )


def message_of(reply: ScriptedReply, seed: int) -> EmbeddedReply:
    """Return ``reply`` as a message of a chat; the ids of its calls come from ``seed``."""
    calls = [
        {
            "id": call_id(Rng(seed).child("scripted", index)),
            "type": "function",
            "function": {
                "name": call.name,
                "arguments": jsontext.dump(call.arguments).decode(),
            },
        }
        for index, call in enumerate(reply.tool_calls)
    ]
    message: JsonObject = {"role": "assistant", "content": _text(reply)}
    if calls:
        message["tool_calls"] = calls
    return EmbeddedReply(message, "tool_calls" if calls else "stop")


def _text(reply: ScriptedReply) -> str | None:
    if reply.text is not None:
        return reply.text
    if reply.tool_calls and reply.value is None:
        return None
    return jsontext.dump(reply.value).decode()


async def paced(
    chunks: Iterable[JsonObject], tokens_per_second: float | None
) -> AsyncIterator[JsonObject]:
    """Yield ``chunks``, so many pieces a second; all at once where that is ``None``."""
    start, pieces = time.monotonic(), 0
    for chunk in chunks:
        if tokens_per_second is not None and _is_piece(chunk):
            wait = start + pieces / tokens_per_second - time.monotonic()
            pieces += 1
            if wait > 0:
                await asyncio.sleep(wait)
        yield chunk


def _is_piece(chunk: JsonObject) -> bool:
    return any(
        choice["delta"].get("content") or choice["delta"].get("tool_calls")
        for choice in chunk["choices"]
    )


def _test_for(match: Match, place: str) -> _Holds:
    """Return all that ``match`` asks as one test of a text and a document."""
    tests: list[_Holds] = []
    if match.contains is not None:
        tests.append(_text_test(match.contains))
    if match.regex is not None:
        tests.append(_regex_test(match.regex, f"{place}.regex"))
    if match.json_path is not None:
        tests.append(_query_test(match, match.json_path, f"{place}.json_path"))
    return lambda text, document: all(test(text, document) for test in tests)


def _text_test(wanted: str) -> _Holds:
    low = wanted.casefold()
    return lambda text, _: low in text.casefold()


def _regex_test(pattern: str, place: str) -> _Holds:
    try:
        compile_schema({"pattern": pattern})
    except ShapeError as error:
        raise ConfigError(f"{place}: {pattern[:80]!r} is no regular expression") from error
    return lambda text, _: matches(pattern, text)


def _query_test(match: Match, text: str, place: str) -> _Holds:
    # The library takes longer to import than all the rest of this package; few need it.
    from mockwright.backends.jsonpath import compile_query

    try:
        query = compile_query(text)
    except ValueError as error:
        raise ConfigError(f"{place}: {text[:80]!r} is no JSONPath: {error}") from error
    compared = "equals" in match.model_fields_set

    def holds(_: str, document: Json) -> bool:
        found = query(document)
        return any(same(value, match.equals) for value in found) if compared else bool(found)

    return holds


def _check_error(reply: ScriptedReply, place: str) -> None:
    code = (reply.error or "").removeprefix("status_")
    known = code.isdecimal() and 400 <= int(code[:4]) <= 599
    if (reply.error or "").startswith("status_") and not known:
        raise ConfigError(f"{place}.error: got {reply.error!r}, expected status_400 .. status_599")


def _error(code: str, name: str) -> BackendError:
    """Return the error that ``code`` names: ``timeout``, ``connection`` or ``status_NNN``."""
    if code == "timeout":
        return BackendTimeoutError(f"backend {name!r} timed out (scripted)", backend=name)
    if code.startswith("status_"):
        status = int(code.removeprefix("status_"))
        fault = f"backend {name!r} answered HTTP {status} (scripted)"
        return BackendStatusError(fault, status=status, backend=name)
    return TransportError(f"backend {name!r} failed: {code} (scripted)", backend=name)
