"""JSONPath (RFC 9535) queries whose regular expressions take bounded time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from jsonpath import JSONPathEnvironment, JSONPathError
from jsonpath.function_extensions import ExpressionType, FilterFunction

from mockwright.schema.locate import matches
from mockwright.types import Json

Query: TypeAlias = Callable[[Json], Sequence[Json]]


class _Search(FilterFunction):
    """RFC 9535's ``search()``; the library's own takes exponential time for some expressions."""

    arg_types: Final = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type: Final = ExpressionType.LOGICAL
    form = "{}"

    def __call__(self, text: Any, pattern: Any) -> bool:
        """Whether the pattern is found; nothing is found in what is no text."""
        if not (isinstance(text, str) and isinstance(pattern, str)):
            return False
        return matches(self.form.format(pattern), text)


class _Match(_Search):
    """RFC 9535's ``match()``, which is about the whole text."""

    form = "^(?:{})$"


def compile_query(text: str) -> Query:
    """Return a function that finds what ``text`` asks for in a document; nothing where that fails.

    Raises ValueError for what is no query.
    """
    try:
        query = _environment().compile(text)
    except (JSONPathError, RecursionError) as error:
        raise ValueError(str(error)) from error

    def find(document: Json) -> Sequence[Json]:
        try:
            found: Sequence[Json] = query.findall(document)
        except (JSONPathError, RecursionError):
            return ()
        return found

    return find


@lru_cache(maxsize=1)
def _environment() -> JSONPathEnvironment:
    environment = JSONPathEnvironment(strict=True)
    environment.function_extensions |= {"search": _Search(), "match": _Match()}
    return environment
