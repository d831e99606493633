"""Responses that later requests refer to, bounded by number and bytes; the oldest go first."""

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
"""Bytes of JSON that all stored responses may have together."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response, and what is needed to continue it."""

    resource: JsonObject
    items: tuple[JsonObject, ...]
    """The input of its turn."""
    context: tuple[JsonObject, ...]
    """Everything said up to its end."""
    owner: str = ""
    """The name of the key it was made with; other keys do not see it."""
    size: int = 0
    """Bytes of its JSON."""
    running: Running | None = None
    """The events of a response that is, or was, made in the background."""

    @property
    def id(self) -> str:
        """The id of the response."""
        return str(self.resource["id"])


def stored(
    resource: JsonObject, asked: ParsedResponseRequest, owner: str, running: Running | None = None
) -> StoredResponse:
    """Return a response with its size."""
    context = (*asked.context, *resource["output"])
    size = len(dump(resource)) + len(dump(list(context)))
    # Its events are kept as well, and repeat its text: in pieces, and in whole items.
    size = size if running is None else 4 * size
    return StoredResponse(resource, asked.items, context, owner, size, running)


class ResponseStore:
    """Keeps at most ``most`` responses, and ``max_bytes`` of JSON."""

    def __init__(self, most: int, max_bytes: int = _MAX_BYTES) -> None:
        self._most = most
        self._max_bytes = max_bytes
        self._bytes = 0
        self._responses: OrderedDict[str, StoredResponse] = OrderedDict()

    def put(self, response: StoredResponse) -> None:
        """Store a response in place of one with the same id; one that is too large is not
        stored."""
        self.drop(response.id)
        if response.size > self._max_bytes:
            return
        self._responses[response.id] = response
        self._bytes += response.size
        while len(self._responses) > self._most or self._bytes > self._max_bytes:
            _, oldest = self._responses.popitem(last=False)
            self._bytes -= oldest.size

    def get(self, identifier: str, owner: str) -> StoredResponse | None:
        """Return a response of ``owner``; None where it is not there, or another's."""
        found = self._responses.get(identifier)
        return found if found is not None and found.owner == owner else None

    def drop(self, identifier: str) -> None:
        """Remove a response if it is there."""
        gone = self._responses.pop(identifier, None)
        if gone is not None:
            self._bytes -= gone.size


def lost(identifier: str) -> ParameterError:
    """Return the error for a response that cannot be continued, because it is not there."""
    return ParameterError(
        f"Previous response with id '{identifier[:80]}' not found.",
        "previous_response_id",
        "previous_response_not_found",
    )
