"""Secrets taken out of requests and answers, before they are compared and before they are kept.

Both sides of a comparison go through it, so that what is hidden still matches; therefore ``redact``
has to leave alone what went through it already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final, TypeAlias

from mockwright.recordings.request_key import RecordedResponse, RequestKey
from mockwright.schema.types import is_number
from mockwright.secrecy import MASK, names_secret
from mockwright.types import MISSING, Json

Redact: TypeAlias = Callable[[str], str]
"""Takes secrets out of a text: :func:`mockwright.secrecy.hide`, and those that are known."""

_MAX_KNOWN: Final = 4096
_SHORT: Final = 64
_MIN_SECRET: Final = 6
"""Shorter ones would be found in ordinary words."""


class SecretRedactor:
    """Hides the secrets that ``redact`` knows, which has to be the same for good."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        # Words of schemas come again and again.
        self._short = lru_cache(maxsize=_MAX_KNOWN)(redact)
        self._hiding = lru_cache(maxsize=_MAX_KNOWN)(self._hides)

    def redact(self, text: str) -> str:
        """A text without secrets."""
        return self._short(text) if len(text) <= _SHORT else self._redact(text)

    def asked(self, key: RequestKey) -> RequestKey:
        """A request without secrets."""
        return self.reveal(key)[0]

    def reveal(self, key: RequestKey) -> tuple[RequestKey, frozenset[str]]:
        """The same, and the values of the fields and parameters that were hidden."""
        secrets: set[str] = set()
        query = tuple((name, self._member(name, value, secrets)) for name, value in key.query)
        body = key.body if key.body is MISSING else self._value(key.body, secrets)
        hidden = replace(
            key,
            path=self.redact(key.path),
            query=query,
            body=body,
            # A schema names what a password looks like; it holds none.
            shape=key.shape if isinstance(key.shape, bool) else self.texts(key.shape),
            controls=self.texts(key.controls),
        )
        return hidden, frozenset(secrets)

    def answer(
        self, answer: RecordedResponse, secrets: frozenset[str] = frozenset()
    ) -> RecordedResponse:
        """An answer without secrets, also those of its request that it gives back.

        What is made up under a telling name stays: an access token of a mock is no secret, and its
        shape may ask for more than a mask.
        """
        body = answer.body
        if body is not MISSING:
            body = self.texts(body)
            body = self._without(body, _Secrets(secrets), "") if secrets else body
        return replace(answer, body=body, headers=self.texts(answer.headers))

    def texts(self, value: Json) -> Json:
        """A copy with the secrets taken out of each string."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, list):
            return list(map(self.texts, value))
        if isinstance(value, dict):
            copy = {}
            for name, item in value.items():
                copy[self.redact(name)] = self.texts(item)
            return copy
        return value

    def _value(self, value: Json, secrets: set[str]) -> Json:
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            copy = {}
            for name, item in value.items():
                copy[self.redact(name)] = self._member(name, item, secrets)
            return copy
        if isinstance(value, list):
            items = []
            for item in value:
                items.append(self._value(item, secrets))  # noqa: PERF401  fewer frames
            return items
        return value

    def _member(self, name: str, value: Json, secrets: set[str]) -> Json:
        # True, false and null tell whether there is a secret, not which.
        if value is None or isinstance(value, bool) or not self._hiding(name, is_number(value)):
            return self._value(value, secrets)
        secrets.update(_scalars(value))
        return MASK

    def _hides(self, name: str, number: bool) -> bool:
        """Whether values under ``name`` are secrets, be it that the name is one itself."""
        return names_secret(name, number=number) or self._redact(name) != name

    def _without(self, value: Json, secrets: _Secrets, name: str) -> Json:
        if isinstance(value, dict):
            copy = {}
            for key, item in value.items():
                copy[key] = self._without(item, secrets, key)
            return copy
        if isinstance(value, list):
            items = []
            for item in value:
                items.append(self._without(item, secrets, name))  # noqa: PERF401  fewer frames
            return items
        if value is None or isinstance(value, bool):
            return value
        if str(value) in secrets.all and self._hiding(name, is_number(value)):
            return MASK
        return secrets.out_of(value) if isinstance(value, str) else value


class _Secrets:
    """What a request had under telling names."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self.all = frozenset(secrets)
        self._long = sorted((s for s in self.all if len(s) >= _MIN_SECRET), key=len, reverse=True)

    def out_of(self, text: str) -> str:
        """``text`` without those that are long enough to be told from words."""
        for secret in self._long:
            text = text.replace(secret, MASK)
        return text


def _scalars(value: Json) -> list[str]:
    """The strings and numbers of a hidden value, whatever it is made of."""
    if isinstance(value, dict):
        return [scalar for item in value.values() for scalar in _scalars(item)]
    if isinstance(value, list):
        return [scalar for item in value for scalar in _scalars(item)]
    return [] if value is None or isinstance(value, bool) or value == MASK else [str(value)]
