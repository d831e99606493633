"""One reader for each control: text or JSON becomes the value that a MockRequest has.

A number may come as JSON or as text, because a header, a query and a form know only text. Every
reader raises InvalidControlError, which names the place, the value and what was expected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, TypeGuard, TypeVar, get_args

from mockwright.errors import InvalidControlError, TooManyItemsError, UnreadableBodyError
from mockwright.faults import DelayBounds, read_delay_range
from mockwright.generator import GENERATOR_VERSION
from mockwright.jsontext import dump
from mockwright.settings import LimitSettings
from mockwright.types import (
    BudgetLevel,
    ErrorSimulation,
    Json,
    JsonObject,
    Mode,
    OnFailure,
    OnInputConflict,
    OnUnverified,
    Strategy,
)
from mockwright.web.controls.json_limits import read_json

# `42`, `+7`, `-1`; the bound keeps huge numbers from being converted at all.
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}")
# `2`, `1.5s`, `500 ms`.
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s|)")
# `de`, `pt-BR`, `zh_Hant_TW`: language tags (RFC 5646), and the underscores of POSIX.
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,4}")
# `42`, and `42;v=1` as `X-Mock-Seed` of an answer has it.
_SEED: Final = re.compile(r"([0-9]{1,19})(?:;\s*v=([0-9]{1,9}))?")
_MAX_BACKENDS: Final = 32
"""Names that one request may list."""
_MAX_SEED: Final = 2**63 - 1
"""The largest signed integer of 64 bits, so that databases and other languages can hold every
seed."""
_MAX_NAME: Final = 100
"""Characters of a flow's name."""
_MAX_USD: Final = 1e9
"""Excludes infinity, NaN and slips of the keyboard."""
BUDGETS: Final[tuple[BudgetLevel, ...]] = get_args(BudgetLevel)
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
# Any text without control characters: `Bestellung 42`.
_CONTEXT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_YES: Final = frozenset({"true", "1", "yes", "on"})
_NO: Final = frozenset({"false", "0", "no", "off"})
_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a control may ask for."""

    limits: LimitSettings
    max_variants: int
    """Variants of one answer that ``cache`` may ask for."""


@dataclass(frozen=True, slots=True)
class FoundControl:
    """A control as it was found: in which place, and what stands there."""

    place: str
    """For people: ``header X-Mock-Seed``, ``query seed``, ``shape $seed``, ``body $seed``."""
    value: Json
    kind: Literal["header", "query", "shape", "body"]

    def refuse(self, expected: str) -> NoReturn:
        """Raise InvalidControlError, which says that ``expected`` was expected here."""
        value = self.value
        shown = value if isinstance(value, str) else dump(value).decode("utf-8")
        raise InvalidControlError(self.place, shown, expected) from None


def read_shape(given: FoundControl, bounds: Bounds) -> Json:
    """Return a decoded shape: JSON text, or in a body a JSON value."""
    # In a body, a string that is no JSON object or list may be a shape itself: `"string"`.
    text = given.value
    if not isinstance(text, str) or (given.kind == "body" and text.lstrip()[:1] not in ("{", "[")):
        return given.value
    try:
        return read_json(text.encode("utf-8"), bounds.limits.json_depth, "it")
    except UnreadableBodyError as error:
        given.refuse(f"a shape as JSON text, but {error}")


def read_text(given: FoundControl, bounds: Bounds) -> str:
    """Return a text that is not blank."""
    if not isinstance(given.value, str) or not given.value.strip():
        given.refuse("a text")
    if len(given.value) > bounds.limits.control_bytes:
        given.refuse(f"a text of at most {bounds.limits.control_bytes} characters")
    return given.value


def read_backends(given: FoundControl, bounds: Bounds) -> tuple[str, ...]:
    """Return backend names in order; an empty tuple for ``auto``.

    Whether they exist is for the planner to find out.
    """
    value = given.value
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        given.refuse("a backend's name, a comma list of names, or auto")
    names = [name.strip() for name in names]
    if [name.lower() for name in names] == ["auto"]:
        return ()
    if not all(names) or not names or len(names) > _MAX_BACKENDS:
        given.refuse("a backend's name, a comma list of names, or auto")
    return tuple(names)


def read_count(given: FoundControl, bounds: Bounds) -> int:
    """Return how many items are asked for; raises TooManyItemsError for more than the limit."""
    most = bounds.limits.max_items
    number = _as_integer(given.value)
    # A number that is read well, but too large, is another error than one that cannot be read.
    if number is not None and number > most:
        raise TooManyItemsError(number, most)
    return _integer(given, 0, most)


def read_cache(given: FoundControl, bounds: Bounds) -> int:
    """Return how many variants are asked for, at least 1."""
    return _integer(given, 1, bounds.max_variants)


def read_completions(given: FoundControl, bounds: Bounds) -> int:
    """Return how many completions are asked for, at least 1."""
    return _integer(given, 1, bounds.limits.max_completions)


def read_seed(given: FoundControl, bounds: Bounds) -> int:
    """Return a seed from 0 to 2**63 - 1.

    It may have the form of the response header, ``42;v=1``, so that a caller can send that back.
    Another version is refused: the same seed would give another answer.
    """
    match = _SEED.fullmatch(given.value.strip()) if isinstance(given.value, str) else None
    if match is None or match[2] is None:
        return _integer(given, 0, _MAX_SEED)
    if int(match[2]) != GENERATOR_VERSION:
        given.refuse(f"a seed of generator version {GENERATOR_VERSION}, the one that runs here")
    return _integer(FoundControl(given.place, match[1], given.kind), 0, _MAX_SEED)


def read_flow(given: FoundControl, bounds: Bounds) -> str | JsonObject:
    """Return the name of a flow or a pattern, or a flow as JSON; the planner reads what it
    means."""
    value = given.value
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            value = read_json(value.encode("utf-8"), bounds.limits.json_depth, "it")
        except UnreadableBodyError as error:
            given.refuse(f"a flow as JSON text, but {error}")
    if isinstance(value, dict) and value:
        return value
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _MAX_NAME:
        given.refuse("the name of a flow or a pattern, auto, or a flow as an object")
    return value.strip()


def read_budget(given: FoundControl, bounds: Bounds) -> BudgetLevel:
    """Return one of ``low``, ``medium``, ``high`` and ``unlimited``, in any case."""
    return _one_of(given, BUDGETS)


def read_cost(given: FoundControl, bounds: Bounds) -> float:
    """Return the most that an answer may cost in USD."""
    value = given.value
    try:
        usd = float(value) if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError):
        usd = -1.0
    if not 0 <= usd < _MAX_USD:
        given.refuse("an amount in USD, 0 or more")
    return usd


def read_status(given: FoundControl, bounds: Bounds) -> int:
    """Return the status to answer with, from 200 to 599."""
    return _integer(given, 200, 599)


def read_rules(given: FoundControl, bounds: Bounds) -> tuple[Json, ...]:
    """Return rules as they were given; the planner reads what they mean."""
    value = given.value
    if isinstance(value, (str, dict)):
        return (value,)
    if not isinstance(value, list):
        given.refuse("a list of rules, each a text or an object")
    return tuple(value)


def read_fill(given: FoundControl, bounds: Bounds) -> OnFailure:
    """Return what to do with values that a model left broken; ``true`` has the generator fill
    them."""
    return "fill" if _boolean(given) else "fail"


def read_on_input_conflict(given: FoundControl, bounds: Bounds) -> OnInputConflict:
    """Return what to do with input that breaks the shape: ``error`` or ``coerce``."""
    value: Json = given.value
    if value not in ("error", "coerce"):
        given.refuse("error or coerce")
    chosen: OnInputConflict = value
    return chosen


def read_on_unverified(given: FoundControl, bounds: Bounds) -> OnUnverified:
    """Return what to do with computed values that fail their tests."""
    value: Json = given.value
    if value not in ("fail", "review", "best_effort"):
        given.refuse("fail, review or best_effort")
    chosen: OnUnverified = value
    return chosen


def read_report(given: FoundControl, bounds: Bounds) -> bool:
    """Whether the answer is to be accompanied by the tests of its computed values."""
    return _boolean(given)


def read_yes(given: FoundControl, bounds: Bounds) -> bool:
    """Whether it says yes: ``true``, ``1``, ``yes`` or ``on``."""
    return _boolean(given)


def read_state(given: FoundControl, bounds: Bounds) -> bool:
    """Whether the path is to be a stateful resource: ``on`` or ``off``."""
    if not isinstance(given.value, bool) and str(given.value).strip().lower() not in ("on", "off"):
        given.refuse("on or off")
    return _boolean(given)


def read_mode(given: FoundControl, bounds: Bounds) -> Mode:
    """Return where answers come from: ``live``, ``record``, ``replay`` or ``auto``."""
    return _one_of(given, MODES)


def read_strategy(given: FoundControl, bounds: Bounds) -> Strategy:
    """Return how the delays of several completions go together."""
    return _one_of(given, STRATEGIES)


def read_context(given: FoundControl, bounds: Bounds) -> str:
    """Return the name of a context."""
    value = given.value
    if not isinstance(value, str) or not _CONTEXT.fullmatch(value.strip()):
        given.refuse("a context's name: up to 128 characters without control characters")
    return value.strip()


def read_range(given: FoundControl, bounds: Bounds) -> DelayBounds:
    """Return the delays of a slow API: ``500-2000`` (milliseconds), ``max`` or ``avg``."""
    try:
        return read_delay_range(str(given.value), bounds.limits.max_delay)
    except ValueError as error:
        given.refuse(str(error))


def read_locale(given: FoundControl, bounds: Bounds) -> str:
    """Return a language tag such as ``de`` or ``pt-BR``, as it was written."""
    value = given.value
    if not isinstance(value, str) or not _LOCALE.fullmatch(value.strip()):
        given.refuse("a language tag such as de or pt-BR")
    return value.strip()


def read_delay(given: FoundControl, bounds: Bounds) -> float:
    """Return the seconds to wait before answering: ``2``, ``1.5``, ``2s`` or ``500ms``."""
    most = bounds.limits.max_delay
    expected = f"a time such as 2, 1.5s or 500ms, of at most {most:g} seconds"
    value = given.value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        given.refuse(expected)
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            given.refuse(expected)
        value = float(match[1]) / (1000 if match[2] == "ms" else 1)
    if not 0 <= value <= most:
        given.refuse(expected)
    return float(value)


def read_error(given: FoundControl, bounds: Bounds) -> ErrorSimulation:
    """Return the error to answer with: a status from 400 to 599, or an object with one as
    ``code``."""
    if not isinstance(given.value, dict):
        return ErrorSimulation(_integer(given, 400, 599))
    error = error_in_body(given.value)
    if error is None:
        given.refuse("an object with a code from 400 to 599, and at will a message and details")
    return error


def error_in_body(value: Json) -> ErrorSimulation | None:
    """Return the error that a body's member ``error`` plainly asks for; None where it is data."""
    if not isinstance(value, dict):
        return ErrorSimulation(value) if _is_error_status(value) else None
    code, message = value.get("code"), value.get("message")
    if isinstance(code, str) and code.isdecimal() and len(code) == 3:
        code = int(code)
    if not _is_error_status(code) or not (message is None or isinstance(message, str)):
        return None
    return ErrorSimulation(code, message, value.get("details"))


def preferred_language(accepted: str) -> str | None:
    """Return the tag that ``Accept-Language`` (RFC 9110, section 12.5.4) prefers; None without
    one."""
    # Of equal weights the first wins, and a weight of 0 means "not this one".
    best, best_quality = None, 0.0
    for part in accepted[:1000].split(","):
        tag, _, weight = part.partition(";")
        quality = _quality(weight)
        if quality > best_quality and _LOCALE.fullmatch(tag.strip()):
            best, best_quality = tag.strip(), quality
    return best


def _quality(parameter: str) -> float:
    """Return the weight of one preference: of ``q=0.8`` or, where there is none, 1."""
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    return float(value) if re.fullmatch(r"[01](?:\.[0-9]{0,3})?", value.strip()) else 0.0


def _integer(given: FoundControl, low: int, high: int) -> int:
    number = _as_integer(given.value)
    if number is None or not low <= number <= high:
        given.refuse(f"an integer from {low} to {high}")
    return number


def _as_integer(value: Any) -> int | None:
    if isinstance(value, str):
        return int(value) if _INTEGER.fullmatch(value.strip()) else None
    if isinstance(value, float) and value.is_integer():
        return int(value)  # JSON Schema, too, counts 1e3 as an integer
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_error_status(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599


def _one_of(given: FoundControl, words: tuple[_Word, ...]) -> _Word:
    """Return the word of the list that was given, in any case."""
    for word in words:
        if isinstance(given.value, str) and given.value.strip().lower() == word:
            return word
    return given.refuse(f"one of {', '.join(words)}")


def _boolean(given: FoundControl) -> bool:
    value = given.value
    word = value.strip().lower() if isinstance(value, str) else value
    if isinstance(word, bool):
        return word
    if not isinstance(word, str) or word not in _YES | _NO:
        given.refuse("true or false")
    return word in _YES
