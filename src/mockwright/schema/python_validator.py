"""Validation by ``jsonschema``, for the few schemas that ``jsonschema-rs`` cannot compile.

The module is imported on first need. Its regex keywords run on an engine whose steps are counted,
and its formats are those of ``jsonschema-rs``, so that both libraries judge alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import jsonschema
import jsonschema.validators
import jsonschema_rs
from jsonschema.exceptions import SchemaError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from mockwright.errors import ShapeError
from mockwright.schema.keywords import join, word_set
from mockwright.schema.regex import RegexError, parse, search
from mockwright.types import Json, JsonObject

# For a schema that names no draft: tried in this order, as by the fast validator.
_DEFAULTS: Final = (
    jsonschema.Draft202012Validator,
    jsonschema.Draft7Validator,
    jsonschema.Draft4Validator,
)
_FORMATS: Final = word_set(
    "date date-time duration email hostname idn-email idn-hostname ipv4 ipv6 iri iri-reference"
    " json-pointer regex relative-json-pointer time uri uri-reference uri-template uuid"
)


@dataclass(frozen=True, slots=True)
class Fallback:
    """A schema compiled by ``jsonschema``."""

    validator: Any
    """The ``jsonschema`` validator; it can be evolved to judge parts of the schema."""
    draft: str
    """The name of the validator's class, before it was extended."""

    def is_valid(self, value: Json) -> bool:
        """Whether ``value`` conforms; a value that cannot be judged does not."""
        try:
            return bool(self.validator.is_valid(value))
        except (Unresolvable, RecursionError):
            return False
        except AttributeError:
            # Older meta-schemas allow a ``$ref`` that is no string; the library takes it for one.
            raise ShapeError("a reference has to be a string") from None

    def errors(self, value: Json) -> Iterator[tuple[str, str, str]]:
        """Yield the JSON pointer into ``value``, the keyword and the message of each violation."""
        try:
            for error in self.validator.iter_errors(value):
                yield join(*error.absolute_path), str(error.validator), error.message
        except Unresolvable as error:
            raise ShapeError(f"unresolvable reference {str(error)[:200]}") from None
        except AttributeError:
            raise ShapeError("a reference has to be a string") from None


def compile_fallback(
    schema: JsonObject, registry: Registry[Any], retrieve: Callable[[str], Json]
) -> Fallback | None:
    """Return the compiled schema; None where it is malformed in every draft it may be of.

    Raises ShapeError for a ``pattern`` that cannot be read.
    """
    stated = next(filter(None, (_validator_class(schema, default) for default in _DEFAULTS)), None)
    if stated is None:
        return None
    _check_patterns(schema, ())

    def retrieve_resource(uri: str) -> Resource[Any]:
        return Resource.from_contents(retrieve(uri), default_specification=DRAFT202012)

    # An attrs alias that the type checker does not follow.
    known = registry.combine(Registry(retrieve=retrieve_resource))  # type: ignore[call-arg]
    validator = _with_bounded_regex(stated)(
        schema, registry=known, format_checker=_format_checker()
    )
    return Fallback(validator, stated.__name__)


def judge_part(base: Any, draft: str, schema: Json, resolver: Any) -> Callable[[Json], bool]:
    """Return the function that says whether a value conforms to ``schema``, one part of a document.

    ``base`` is the document's ``jsonschema`` validator, where there is one; ``resolver`` resolves
    references as the part means them.
    """
    if base is None:
        cls: Any = jsonschema.validators.validator_for({"$schema": draft})
        base = cls({}, format_checker=_format_checker())
    validator = base.evolve(schema=schema, _resolver=resolver)
    return lambda value: bool(validator.is_valid(value))


@lru_cache(maxsize=1)
def _format_checker() -> jsonschema.FormatChecker:
    """Return a checker for the formats that ``jsonschema-rs`` asserts, which it has judge them."""
    checker = jsonschema.FormatChecker(formats=())
    for name in _FORMATS:
        judge = jsonschema_rs.validator_for({"format": name}, validate_formats=True).is_valid
        checker.checks(name)(judge)
    return checker


def _validator_class(schema: JsonObject, default: Any) -> Any:
    """Return the ``jsonschema`` class of the schema's draft, or None where its meta-schema objects.

    Formats in the schema are not looked at: whether a pattern can be read is settled afterwards.
    """
    cls: Any = jsonschema.validators.validator_for(schema, default)
    try:
        cls.check_schema(schema, format_checker=jsonschema.FormatChecker(formats=()))
    except SchemaError:
        return None
    return cls


def _check_patterns(schema: Json, path: tuple[str | int, ...]) -> None:
    """Raise ShapeError for a ``pattern`` below ``schema`` that no engine here can read."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            _check_pattern(schema["pattern"], (*path, "pattern"))
        if isinstance(schema.get("patternProperties"), dict):
            for name in schema["patternProperties"]:
                _check_pattern(name, (*path, "patternProperties", name))
        for key, item in schema.items():
            _check_patterns(item, (*path, key))
    elif isinstance(schema, list):
        for i, item in enumerate(schema):
            _check_patterns(item, (*path, i))


def _check_pattern(pattern: str, path: tuple[str | int, ...]) -> None:
    try:
        parse(pattern)
    except RegexError as fault:
        message = f"not a regular expression: {pattern[:80]!r}: {fault}"
        raise ShapeError(message, join(*path)) from None


def _with_bounded_regex(cls: Any) -> Any:
    """Return ``cls`` with ``pattern`` and ``patternProperties`` on :mod:`mockwright.schema.regex`.

    The expressions are a stranger's: Python's own engine could be made to run for hours.
    """

    def pattern(validator: Any, expression: str, value: Json, _schema: Json) -> Iterator[Any]:
        if validator.is_type(value, "string") and not search(expression, value):
            yield jsonschema.ValidationError(f"{value[:80]!r} does not match {expression[:80]!r}")

    def pattern_properties(
        validator: Any, patterns: JsonObject, value: Json, _schema: Json
    ) -> Iterator[Any]:
        if not validator.is_type(value, "object"):
            return
        for expression, subschema in patterns.items():
            for name, item in value.items():
                if search(expression, name):
                    yield from validator.descend(item, subschema, path=name, schema_path=expression)

    return jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # its stub has no types
        cls, {"pattern": pattern, "patternProperties": pattern_properties}
    )
