"""Asking a server that may refuse the way it was asked, and asking it again another way.

Shared by the backends that speak HTTP; what is learned stays in ``CapabilityCache``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing
from typing import Final, TypeVar

from mockwright import jsontext
from mockwright.backends.base import Profile
from mockwright.backends.structured_output import Ask, CapabilityCache
from mockwright.chat.types import ChatRequest
from mockwright.errors import BackendStatusError
from mockwright.prompting.dialects import SUBSETS
from mockwright.prompting.render import Prompt, reduce_schema
from mockwright.types import CompletionMode, JsonObject

T = TypeVar("T")
Adapt = Callable[[JsonObject, BackendStatusError], bool]
"""Tells whether the refused payload held something that the next one does without."""

_NO_PROMPT: Final = Prompt("", "")
_MAX_TRIES: Final = 8
"""More than there are modes and parameters that a server could refuse."""


async def negotiate(
    learned: CapabilityCache,
    mode: CompletionMode,
    build: Callable[[CompletionMode], tuple[Ask, JsonObject]],
    send: Callable[[JsonObject], Awaitable[T]],
    *,
    refused: Collection[int],
    adapt: Adapt,
) -> tuple[Ask, JsonObject, T]:
    """Return how it was asked in the end, the payload, and what ``send`` returned for it.

    Steps down from ``mode`` where an error with a status of ``refused`` is about how the form was
    asked for, and leaves it to ``adapt`` otherwise. Raises what ``send`` raises.
    """
    for tries in range(_MAX_TRIES, 0, -1):
        asked, payload = build(mode)
        try:
            answer = await send(payload)
        except BackendStatusError as error:
            if error.status not in refused or tries == 1:
                raise
            lower = learned.step_down(asked.mode, error)
            if lower is None and not adapt(payload, error):
                raise
            mode = lower or mode
        else:
            learned.prove(asked.mode)
            return asked, payload, answer
    raise AssertionError("the last try returns or raises")


async def await_first(events: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """Wait for the first of ``events`` and return them all: a refusal is raised here."""
    first = await anext(events, None)
    return _from_first(first, events)


async def _from_first(first: T | None, events: AsyncGenerator[T]) -> AsyncGenerator[T]:
    async with aclosing(events):
        if first is not None:
            yield first
        async for event in events:
            yield event


def chat_mode(request: ChatRequest, profile: Profile) -> CompletionMode:
    """Return the strictest way to ask for the form of ``request``; ``prompt`` without a form."""
    if request.form == "json_schema":
        return profile.mode
    return "json" if request.form == "json_object" and profile.json_mode else "prompt"


def ask_form(request: ChatRequest, mode: CompletionMode, profile: Profile) -> Ask:
    """Return how the form of a chat's answer is asked for; the words are the caller's messages."""
    if mode != "schema":
        return Ask(mode, _NO_PROMPT)
    reduced = reduce_schema(request.schema, profile.dialect)
    subset = SUBSETS.get(profile.dialect)
    changed = subset is not None and subset.object_root
    return Ask(mode, _NO_PROMPT, reduced.schema, reduced.restore if changed else None)


def form_in_words(request: ChatRequest) -> str:
    """Return what to tell a model that does not see the form it is held to, or is held to none."""
    if request.form == "json_schema":
        schema = jsontext.dump(request.schema).decode()
        return f"Answer with JSON that satisfies this JSON Schema, and nothing else:\n{schema}"
    if request.form == "json_object":
        return "Answer with one JSON object, and nothing else."
    return ""
