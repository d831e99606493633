"""Reading rules: sentences, structured ones, and CEL; what code can check, it checks.

A sentence that is not understood is told to the model and to nobody else (``mechanical`` is False).
The sentences that are understood are listed in ``docs/shapes.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from mockwright import jsontext
from mockwright.errors import GuardError, RuleError
from mockwright.schema.keywords import join
from mockwright.shapes import distributions
from mockwright.shapes.rules import cel
from mockwright.shapes.rules.collection_rules import Fault
from mockwright.shapes.rules.field_paths import Path, parse_path
from mockwright.shapes.rules.operators import OPS, Predicate, parse_predicate
from mockwright.shapes.rules.sentences import Meaning, understand
from mockwright.shapes.rules.to_schema import apply_conditions, apply_formats
from mockwright.shapes.type_words import nearest
from mockwright.types import Json, JsonObject, Shape, Violation

__all__ = ["Rule", "apply_rules", "parse_rules", "rules_of"]

MAX_RULES: Final = 100
"""Rules of one request."""
_COMPUTED_MEMBERS: Final = (*distributions.MEMBERS, *distributions.BETWEEN)
"""Members of a rule that ask for something to be computed."""
MAX_LENGTH: Final = 2_000
"""Characters of one rule."""
_MAX_VIOLATIONS: Final = 100
"""Violations of one rule that are told."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that an answer has to hold."""

    text: str
    """The rule as a sentence, for a model."""
    meaning: Meaning | None = field(default=None, repr=False)
    """What code checks; None where it cannot."""
    key: str = field(default="", repr=False)
    """The rule as it was asked: two rules may have the same words and ask different things."""
    statement: JsonObject | None = field(default=None, repr=False)
    """What it asks to be computed, if anything."""

    @property
    def mechanical(self) -> bool:
        """Whether code can tell if an answer holds it."""
        return self.meaning is not None or self.statement is not None

    @property
    def itemwise(self) -> bool:
        """Whether it can be checked for each item of a list by itself."""
        if self.meaning is None:
            return True
        condition = self.meaning.condition
        return not self.meaning.whole and (condition is None or condition.op != "unique")

    def check(self, value: Json) -> tuple[Violation, ...]:
        """Return how ``value`` breaks the rule; nothing where code cannot tell."""
        found: list[Violation] = []
        for pointer, message in self.meaning.faults(value) if self.meaning else ():
            found.append(Violation(pointer, "rule", f"{message} (rule: {self.text[:200]})"))
            if len(found) == _MAX_VIOLATIONS:
                break
        return tuple(found)


def parse_rules(raw: tuple[Json, ...]) -> tuple[Rule, ...]:
    """Return the rules: sentences, or objects with ``path``, ``op`` and ``value``, or with ``cel``.

    A condition in CEL speaks of ``result``, the whole answer, and of ``this``, what is at ``path``.

    Raises RuleError, with a pointer into the list, for a rule that cannot be read.
    """
    if len(raw) > MAX_RULES:
        raise RuleError(f"more than {MAX_RULES} rules", join(MAX_RULES))
    return tuple(
        # The rule as JSON, not its words: `{"op": "ge", "value": 3}` and "at least 3" read alike.
        replace(_parse_rule(rule, join(i)), key=jsontext.canonical(rule).decode())
        for i, rule in enumerate(raw)
    )


def rules_of(shape: Shape) -> tuple[Rule, ...]:
    """Return the rules that the shape itself asks for: ``$unique`` with the names of fields."""
    places = shape.directives.get("unique")
    found = []
    for place in places if isinstance(places, dict) else ():
        path = parse_path(place)
        if path is not None:
            condition = parse_predicate("unique", True, place)
            text = f"{path.name} is different in every item"
            found.append(Rule(text, Meaning(path=path, condition=condition)))
    return tuple(found)


def apply_rules(rules: tuple[Rule, ...], shape: Shape) -> Shape:
    """Return ``shape`` with those rules in its schema that JSON Schema has words for.

    What the generator fills in then holds them. Raises UnsatisfiableError where a rule and the
    shape plainly contradict each other.
    """
    meanings = [rule.meaning for rule in rules if rule.meaning is not None]
    pairs = [(m.path, m.condition) for m in meanings if m.path is not None and m.condition]
    shape = apply_conditions(pairs, shape) if pairs else shape
    formats = [m.form for m in meanings if m.form is not None]
    return apply_formats(formats, shape) if formats else shape


def _parse_rule(raw: Json, pointer: str) -> Rule:
    if isinstance(raw, str):
        text = raw.strip()
        if not text or len(text) > MAX_LENGTH:
            raise RuleError(f"a sentence has 1 to {MAX_LENGTH} characters", pointer)
        return Rule(text, understand(text))
    if not isinstance(raw, dict):
        raise RuleError("a rule is a sentence, or an object with path, op and value", pointer)
    # `min` and `unique` are also what a structured rule may ask.
    if any(name in raw for name in _COMPUTED_MEMBERS) and "op" not in raw:
        return _parse_statement(raw, pointer)
    return _parse_cel(raw, pointer) if "cel" in raw else _parse_structured(raw, pointer)


def _parse_statement(raw: JsonObject, pointer: str) -> Rule:
    """Return a rule about what is to be computed, which is read where the fields are known."""
    between = [name for name in distributions.BETWEEN if name in raw]
    known = between[:1] if between else ["path", *distributions.MEMBERS]
    _check_members(raw, tuple(known), pointer)
    if not between:
        _read_path(raw.get("path"), pointer)
    text = jsontext.dump(raw).decode()
    return Rule(text[:MAX_LENGTH], statement={"at": "", **raw} if between else raw)


def _parse_cel(raw: dict[str, Json], pointer: str) -> Rule:
    _check_members(raw, ("path", "cel", "message"), pointer)
    path = _read_path(raw.get("path", ""), pointer)
    text, message = raw["cel"], raw.get("message", "")
    if not isinstance(text, str) or not isinstance(message, str):
        raise RuleError("cel is a condition as text", f"{pointer}/cel")
    try:
        condition = cel.parse_condition(text, ("result", "this"))
    except GuardError as error:
        raise RuleError(str(error), f"{pointer}/cel") from None
    return Rule(
        message.strip()[:MAX_LENGTH] or text,
        Meaning(
            # A condition on all of `result` compares its parts; one on `this` alone is about each.
            law=partial(_condition_faults, condition, path),
            whole="result" in condition.speaks_of,
        ),
    )


def _condition_faults(condition: cel.Condition, path: Path, value: Json) -> Iterator[Fault]:
    """Yield the places where the condition does not hold, or where that cannot be told."""
    places = list(path.find(value))
    steps = condition.steps({"result": value}) if len(places) > 1 else 1
    if steps > 1 and steps * len(places) > cel.MAX_STEPS:
        yield "", f"cannot be told: its loops are too many for {len(places)} places"
        return
    for pointer, found in places:
        try:
            if not condition.holds({"result": value, "this": found}):
                yield pointer, f"breaks the condition {condition.text[:200]}"
        except GuardError as error:
            yield pointer, str(error)


def _parse_structured(raw: dict[str, Json], pointer: str) -> Rule:
    _check_members(raw, ("path", "op", "value"), pointer)
    path_text, op = raw.get("path", ""), raw.get("op")
    path = _read_path(path_text, pointer)
    if not isinstance(op, str) or op not in OPS:
        close = nearest(op[:40], OPS) if isinstance(op, str) else None
        hint = f"did you mean {close!r}?" if close else f"known: {', '.join(OPS)}"
        raise RuleError(f"unknown op {str(op)[:40]!r}; {hint}", f"{pointer}/op")
    condition = parse_predicate(op, raw.get("value"), f"{pointer}/value")
    return Rule(_as_sentence(path_text, condition), Meaning(path=path, condition=condition))


def _check_members(raw: dict[str, Json], known: tuple[str, ...], pointer: str) -> None:
    for key in raw:
        if key not in known:
            raise RuleError(f"unknown member {key[:60]!r}; known: {', '.join(known)}", pointer)


def _read_path(text: Json, pointer: str) -> Path:
    path = parse_path(text) if isinstance(text, str) and len(text) < 500 else None
    if path is None:
        raise RuleError("path is names with dots, or a JSON pointer", f"{pointer}/path")
    return path


def _as_sentence(path: str, condition: Predicate) -> str:
    return f"{path or 'the whole answer'} {condition.words}"
