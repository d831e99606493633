"""Answers that later requests refer to: bounded by count and by bytes, the oldest go first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from mockwright.errors import ParameterError
from mockwright.jsontext import dump
from mockwright.types import JsonObject
from mockwright.web.openai.responses.background import Running
from mockwright.web.openai.responses.request import ParsedResponseRequest

_MAX_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response, and what it takes to go on from it."""

    resource: JsonObject
    items: tuple[JsonObject, ...]
    """The input of its turn."""
    context: tuple[JsonObject, ...]
    """Everything said up to its end."""
    owner: str = ""
    """The name of the key it was made with; another key does not see it."""
    size: int = 0
    """Bytes, by measure of its JSON."""
    running: Running | None = None
    """Where it is, or was, made in the background."""

    @property
    def id(self) -> str:
        """Of the response."""
        return str(self.resource["id"])


def stored(
    resource: JsonObject, asked: ParsedResponseRequest, owner: str, running: Running | None = None
) -> StoredResponse:
    """A response, weighed."""
    context = (*asked.context, *resource["output"])
    size = len(dump(resource)) + len(dump(list(context)))
    # Its events say what it says, piece by piece.
    size = size if running is None else 4 * size
    return StoredResponse(resource, asked.items, context, owner, size, running)


class ResponseStore:
    """At most ``most`` responses."""

    def __init__(self, most: int, max_bytes: int = _MAX_BYTES) -> None:
        self._most = most
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, StoredResponse] = OrderedDict()

    def put(self, response: StoredResponse) -> None:
        """Keep a response; one of the same id is replaced."""
        self.drop(response.id)
        if response.size > self._max_bytes:
            return
        self._kept[response.id] = response
        self._bytes += response.size
        while len(self._kept) > self._most or self._bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size

    def get(self, identifier: str, owner: str) -> StoredResponse | None:
        """A response that is still there, and the caller's own."""
        found = self._kept.get(identifier)
        return found if found is not None and found.owner == owner else None

    def drop(self, identifier: str) -> None:
        """Forget a response, where it is there."""
        gone = self._kept.pop(identifier, None)
        if gone is not None:
            self._bytes -= gone.size


def lost(identifier: str) -> ParameterError:
    """What is said where a response to go on from is not there."""
    return ParameterError(
        f"Previous response with id '{identifier[:80]}' not found.",
        "previous_response_id",
        "previous_response_not_found",
    )
