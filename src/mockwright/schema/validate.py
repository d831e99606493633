"""Judging a value by its schema, with formats asserted.

``jsonschema-rs`` does it; the few schemas it cannot compile (a regular expression that its engine
does not know) fall to ``jsonschema``. Nothing is ever fetched: the meta-schemas are at hand, any
other remote reference is an error.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import jsonschema_rs
import orjson
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # it ships no types
from referencing import Registry

from mockwright.errors import ShapeError
from mockwright.schema.keywords import join
from mockwright.types import Json, JsonObject, Violation

CACHE_SIZE: Final = 512
"""Compiled schemas that are kept, those used last."""
BACKTRACK_LIMIT: Final = 200_000
"""Steps of one regular expression on one string; a millisecond or so."""
MAX_MESSAGE: Final = 300
"""Characters of a violation's message; the library quotes the whole value in it."""

_DRAFTS: Final = {
    "Draft4Validator": "http://json-schema.org/draft-04/schema#",
    "Draft6Validator": "http://json-schema.org/draft-06/schema#",
    "Draft7Validator": "http://json-schema.org/draft-07/schema#",
    "Draft201909Validator": "https://json-schema.org/draft/2019-09/schema",
    "Draft202012Validator": "https://json-schema.org/draft/2020-12/schema",
}
"""The URI of the meta-schema of each validator class, of either library."""

SPECIFICATIONS: Final[Registry[Any]] = REGISTRY
"""The meta-schemas of every draft."""

REGEX_OPTIONS: Final = jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT)
_cache: OrderedDict[bytes, CompiledSchema] = OrderedDict()
_lock = threading.Lock()


class CompiledSchema:
    """A schema, ready to judge values."""

    __slots__ = ("_errors", "draft", "is_valid", "schema", "slow")

    def __init__(
        self,
        schema: JsonObject | bool,
        is_valid: Callable[[Json], bool],
        errors: Callable[[Json], Iterator[Violation]],
        draft: str,
        slow: Any = None,
    ) -> None:
        self.schema = schema
        self.slow = slow
        """The ``jsonschema`` validator, where ``jsonschema-rs`` could not compile the schema."""
        self.draft = draft
        """The URI of its meta-schema, stated by the schema or found by trying."""
        self.is_valid = is_valid
        """Whether a value conforms."""
        self._errors = errors

    def violations(self, value: Json, limit: int = 100) -> tuple[Violation, ...]:
        """Return the first ``limit`` violations of the schema by ``value``."""
        found: list[Violation] = []
        for violation in self._errors(value):
            if len(found) >= limit:
                break
            found.append(violation)
        return tuple(found)


def compile_schema(schema: JsonObject | bool) -> CompiledSchema:
    """Return the compiled form of ``schema``, from a bounded cache.

    The draft is chosen by ``$schema``; without it, 2020-12, draft-07 and draft-04 are tried in
    turn. Raises ShapeError, with the pointer into the schema, where the schema is malformed or
    refers to something outside it.
    """
    key = cache_key(schema)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    # Outside the lock: compiling may take long, and doing it twice does no harm.
    compiled = _compile(schema)
    with _lock:
        _cache[key] = compiled
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    return compiled


def cache_key(schema: JsonObject | bool) -> bytes:
    """Return the schema as bytes that tell it from any other, in the order of its keys.

    The order counts: it decides the order of the properties in what is made.
    """
    try:
        return orjson.dumps(schema, option=orjson.OPT_PASSTHROUGH_SUBCLASS)
    except (TypeError, orjson.JSONEncodeError):
        # Integers beyond 64 bits and lone surrogates, which orjson refuses.
        return repr(schema).encode("utf-8", "surrogatepass")


def retrieve(uri: str) -> Json:
    """Return a meta-schema by its URI; raises LookupError for any other URI."""
    for candidate in (uri, uri.rstrip("#"), uri.rstrip("#") + "#"):
        if candidate in SPECIFICATIONS:
            return SPECIFICATIONS.contents(candidate)
    raise LookupError(f"remote references are never fetched: {uri[:200]}")


def _compile(schema: JsonObject | bool) -> CompiledSchema:
    faults: list[Exception] = []
    for build in _builders(schema):
        try:
            fast = build(
                schema, validate_formats=True, retriever=retrieve, pattern_options=REGEX_OPTIONS
            )
        except (jsonschema_rs.ValidationError, ValueError) as error:
            faults.append(error)
        else:
            errors = partial(_fast_errors, fast)
            return CompiledSchema(schema, fast.is_valid, errors, _draft_of(fast))
    return _compile_slow(schema, faults)


def _builders(schema: JsonObject | bool) -> tuple[Callable[..., Any], ...]:
    """Return what may compile the schema; without ``$schema``, one validator for each likely draft.

    Where no draft is named, a schema that is malformed by 2020-12 may be fine by an older one.
    """
    if isinstance(schema, dict) and "$schema" in schema:
        return (jsonschema_rs.validator_for,)
    return (
        jsonschema_rs.Draft202012Validator,
        jsonschema_rs.Draft7Validator,
        jsonschema_rs.Draft4Validator,
    )


def _draft_of(validator: Any) -> str:
    return _DRAFTS[type(validator).__name__]


def _fast_errors(validator: Any, value: Json) -> Iterator[Violation]:
    for error in validator.iter_errors(value):
        code = str(error.schema_path[-1]) if error.schema_path else "schema"
        # The path ends in the index of a branch, as of `oneOf`; what was broken is in the kind.
        if code.isdecimal():
            code = error.kind.name
        yield Violation(join(*error.instance_path), code, _shortened(error.message))


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 3] + "..."


def _compile_slow(schema: JsonObject | bool, faults: list[Exception]) -> CompiledSchema:
    """Compile what ``jsonschema-rs`` rejects: malformed, or only beyond its regex engine.

    Raises ShapeError where it is malformed; the first fault, by the newest draft, tells why.
    """
    if not isinstance(schema, dict) or any(_is_about_reference(fault) for fault in faults):
        raise _malformed_error(faults[0]) from None
    # On first need: it takes longer to import than all the rest together.
    from mockwright.schema.python_validator import compile_fallback

    found = compile_fallback(schema, SPECIFICATIONS, retrieve)
    if found is None or found.draft not in _DRAFTS:
        raise _malformed_error(faults[0]) from None

    def errors(value: Json) -> Iterator[Violation]:
        for pointer, code, message in found.errors(value):
            yield Violation(pointer, code, _shortened(message))

    return CompiledSchema(schema, found.is_valid, errors, _DRAFTS[found.draft], found.validator)


def _is_about_reference(fault: Exception) -> bool:
    return getattr(getattr(fault, "kind", None), "name", "") in ("$ref", "referencing")


def _malformed_error(cause: Exception) -> ShapeError:
    path = getattr(cause, "instance_path", None) or ()
    message = getattr(cause, "message", None) or str(cause)
    return ShapeError(_shortened(message), join(*path))
