"""How each control's value is read: text or JSON in, the value MockRequest wants out.

A number may come as JSON or as text, since a header, a query and a form know only text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, TypeGuard, get_args

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

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}")
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s|)")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,4}")
_SEED: Final = re.compile(r"([0-9]{1,19})(?:;\s*v=([0-9]{1,9}))?")
_MAX_BACKENDS: Final = 32
_MAX_SEED: Final = 2**63 - 1
_MAX_NAME: Final = 100
_MAX_USD: Final = 1e9
BUDGETS: Final[tuple[BudgetLevel, ...]] = get_args(BudgetLevel)
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
_CONTEXT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_YES: Final = frozenset({"true", "1", "yes", "on"})
_NO: Final = frozenset({"false", "0", "no", "off"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a control may ask for at most."""

    limits: LimitSettings
    max_variants: int


@dataclass(frozen=True, slots=True)
class FoundControl:
    """A control as found: where, and what stands there."""

    place: str
    """For people: ``header X-Mock-Seed``, ``query seed``, ``shape $seed``, ``body $seed``."""
    value: Json
    kind: Literal["header", "query", "shape", "body"]

    def refuse(self, expected: str) -> NoReturn:
        """Raises InvalidControlError."""
        value = self.value
        shown = value if isinstance(value, str) else dump(value).decode("utf-8")
        raise InvalidControlError(self.place, shown, expected) from None


def read_shape(given: FoundControl, bounds: Bounds) -> Json:
    """A decoded shape; in a body it may be JSON itself, or JSON in a string."""
    text = given.value
    if not isinstance(text, str) or (given.kind == "body" and text.lstrip()[:1] not in ("{", "[")):
        return given.value
    try:
        return read_json(text.encode("utf-8"), bounds.limits.json_depth, "it")
    except UnreadableBodyError as error:
        given.refuse(f"a shape as JSON text, but {error}")


def read_text(given: FoundControl, bounds: Bounds) -> str:
    """Any text that is not empty."""
    if not isinstance(given.value, str) or not given.value.strip():
        given.refuse("a text")
    if len(given.value) > bounds.limits.control_bytes:
        given.refuse(f"a text of at most {bounds.limits.control_bytes} characters")
    return given.value


def read_backends(given: FoundControl, bounds: Bounds) -> tuple[str, ...]:
    """Backend names in order; empty for ``auto``. Whether they exist is the pool's to say."""
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
    """How many items; raises TooManyItemsError for a number over the limit."""
    most = bounds.limits.max_items
    number = _as_integer(given.value)
    if number is not None and number > most:
        raise TooManyItemsError(number, most)
    return _integer(given, 0, most)


def read_cache(given: FoundControl, bounds: Bounds) -> int:
    """How many variants."""
    return _integer(given, 1, bounds.max_variants)


def read_completions(given: FoundControl, bounds: Bounds) -> int:
    """How many completions."""
    return _integer(given, 1, bounds.limits.max_completions)


def read_seed(given: FoundControl, bounds: Bounds) -> int:
    """A seed; also in the form of the response header, ``42;v=1``, so that it can be sent back."""
    match = _SEED.fullmatch(given.value.strip()) if isinstance(given.value, str) else None
    if match is None or match[2] is None:
        return _integer(given, 0, _MAX_SEED)
    if int(match[2]) != GENERATOR_VERSION:
        given.refuse(f"a seed of generator version {GENERATOR_VERSION}, the one that runs here")
    return _integer(FoundControl(given.place, match[1], given.kind), 0, _MAX_SEED)


def read_flow(given: FoundControl, bounds: Bounds) -> str | JsonObject:
    """A flow's name, or a flow itself as JSON. What it means is the planner's to say."""
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
    """One of four words."""
    for word in BUDGETS:
        if isinstance(given.value, str) and given.value.strip().lower() == word:
            return word
    return given.refuse(f"one of {', '.join(BUDGETS)}")


def read_cost(given: FoundControl, bounds: Bounds) -> float:
    """USD."""
    value = given.value
    try:
        usd = float(value) if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError):
        usd = -1.0
    if not 0 <= usd < _MAX_USD:
        given.refuse("an amount in USD, 0 or more")
    return usd


def read_status(given: FoundControl, bounds: Bounds) -> int:
    """The status to answer with."""
    return _integer(given, 200, 599)


def read_rules(given: FoundControl, bounds: Bounds) -> tuple[Json, ...]:
    """Rules as given; what they mean is parsed later."""
    value = given.value
    if isinstance(value, (str, dict)):
        return (value,)
    if not isinstance(value, list):
        given.refuse("a list of rules, each a text or an object")
    return tuple(value)


def read_fill(given: FoundControl, bounds: Bounds) -> OnFailure:
    """Whether the generator may fill what a model left broken."""
    return "fill" if _boolean(given) else "fail"


def read_on_input_conflict(given: FoundControl, bounds: Bounds) -> OnInputConflict:
    """What to do with input that breaks the shape."""
    value: Json = given.value
    if value not in ("error", "coerce"):
        given.refuse("error or coerce")
    chosen: OnInputConflict = value
    return chosen


def read_on_unverified(given: FoundControl, bounds: Bounds) -> OnUnverified:
    """What to do with computed values that fail their tests."""
    value: Json = given.value
    if value not in ("fail", "review", "best_effort"):
        given.refuse("fail, review or best_effort")
    chosen: OnUnverified = value
    return chosen


def read_report(given: FoundControl, bounds: Bounds) -> bool:
    """Whether the tests of what was computed are answered too."""
    return _boolean(given)


def read_yes(given: FoundControl, bounds: Bounds) -> bool:
    """Yes or no."""
    return _boolean(given)


def read_state(given: FoundControl, bounds: Bounds) -> bool:
    """Whether the path is a stateful resource."""
    if not isinstance(given.value, bool) and str(given.value).strip().lower() not in ("on", "off"):
        given.refuse("on or off")
    return _boolean(given)


def read_mode(given: FoundControl, bounds: Bounds) -> Mode:
    """Where answers come from."""
    for word in MODES:
        if isinstance(given.value, str) and given.value.strip().lower() == word:
            return word
    return given.refuse(f"one of {', '.join(MODES)}")


def read_strategy(given: FoundControl, bounds: Bounds) -> Strategy:
    """How the delays of several completions go together."""
    for word in STRATEGIES:
        if isinstance(given.value, str) and given.value.strip().lower() == word:
            return word
    return given.refuse(f"one of {', '.join(STRATEGIES)}")


def read_context(given: FoundControl, bounds: Bounds) -> str:
    """The name of a context."""
    value = given.value
    if not isinstance(value, str) or not _CONTEXT.fullmatch(value.strip()):
        given.refuse("a context's name: up to 128 characters without control characters")
    return value.strip()


def read_range(given: FoundControl, bounds: Bounds) -> DelayBounds:
    """How long a slow API takes: ``500-2000`` (milliseconds), ``max`` or ``avg``."""
    try:
        return read_delay_range(str(given.value), bounds.limits.max_delay)
    except ValueError as error:
        given.refuse(str(error))


def read_locale(given: FoundControl, bounds: Bounds) -> str:
    """A language tag such as ``de`` or ``pt-BR``."""
    value = given.value
    if not isinstance(value, str) or not _LOCALE.fullmatch(value.strip()):
        given.refuse("a language tag such as de or pt-BR")
    return value.strip()


def read_delay(given: FoundControl, bounds: Bounds) -> float:
    """Seconds: ``2``, ``1.5``, ``2s`` or ``500ms``."""
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
    """A status, or an object of ``code``, ``message`` and ``details``."""
    if not isinstance(given.value, dict):
        return ErrorSimulation(_integer(given, 400, 599))
    error = error_in_body(given.value)
    if error is None:
        given.refuse("an object with a code from 400 to 599, and at will a message and details")
    return error


def error_in_body(value: Json) -> ErrorSimulation | None:
    """An error where ``value`` plainly asks for one; None where it is data like any other."""
    if not isinstance(value, dict):
        return ErrorSimulation(value) if _is_error_status(value) else None
    code, message = value.get("code"), value.get("message")
    if isinstance(code, str) and code.isdecimal() and len(code) == 3:
        code = int(code)
    if not _is_error_status(code) or not (message is None or isinstance(message, str)):
        return None
    return ErrorSimulation(code, message, value.get("details"))


def preferred_language(accepted: str) -> str | None:
    """The tag that ``Accept-Language`` (RFC 9110, section 12.5.4) likes best; None without one."""
    best, best_quality = None, 0.0
    for part in accepted[:1000].split(","):
        tag, _, weight = part.partition(";")
        quality = _quality(weight)
        if quality > best_quality and _LOCALE.fullmatch(tag.strip()):
            best, best_quality = tag.strip(), quality
    return best


def _quality(parameter: str) -> float:
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
        return int(value)  # 1e3 is an integer to JSON Schema too
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_error_status(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599


def _boolean(given: FoundControl) -> bool:
    value = given.value
    word = value.strip().lower() if isinstance(value, str) else value
    if isinstance(word, bool):
        return word
    if not isinstance(word, str) or word not in _YES | _NO:
        given.refuse("true or false")
    return word in _YES
