"""Quality of an answer, in parts that code can tell; a judge's score may be one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mockwright.conformance.verify import broken_rules
from mockwright.generator.geography import find_cities
from mockwright.jsontext import canonical
from mockwright.schema.keywords import Schema
from mockwright.schema.locate import ValueLocator
from mockwright.schema.validate import compile_schema
from mockwright.shapes.rules import collection_rules
from mockwright.shapes.rules.field_paths import walk, words
from mockwright.types import Candidate, Json, JsonObject, Task

MAX_LEAVES: Final = 2_000
"""The most values that are looked at."""
_PLACEHOLDERS: Final = frozenset(
    {"", "string", "n/a", "na", "tbd", "todo", "null", "none", "undefined", "example", "xxx", "..."}
)
"""Texts that say nothing, in lower case."""
_COUNTRIES: Final = ("country", "country code")
_NAMES: Final = ("first name", "last name", "full name", "name", "given name", "family name")

_MOST_ITEMS: Final = 250
"""The most items of one list that are looked at."""


def parts(
    value: Json,
    schema: Schema,
    *,
    conformance: float,
    rules_broken: int = 0,
    rules: int = 0,
    judge: float | None = None,
) -> dict[str, float]:
    """Return the parts of an answer's quality, each 0..1; one that does not apply is absent.

    - *conformance*: the share of leaves that left as they were written.
    - *completeness*: of declared fields, those that are there and say something.
    - *formats*: of leaves with a ``format`` or ``pattern``, those that hold it.
    - *rules*: those that hold.
    - *uniqueness*: items of lists that are no doubles.
    - *consistency*: of objects with relations (dates, totals, e-mail and name), those where all
      hold.
    - *judge*: a judge's score.

    Of a list of more than 250 items, so many are looked at.
    """
    some = _thinned(value)
    survey = _survey(some, schema)
    found: dict[str, float | None] = {
        "conformance": conformance,
        "completeness": _share(survey.declared - survey.lacking, survey.declared),
        "formats": _share(survey.formatted - survey.malformed, survey.formatted),
        "rules": _share(max(0, rules - rules_broken), rules),
        "uniqueness": _uniqueness(value),
        "consistency": _consistency(some),
        "judge": judge,
    }
    return {name: round(part, 4) for name, part in found.items() if part is not None}


def parts_of(candidate: Candidate, task: Task, judge: float | None = None) -> dict[str, float]:
    """Return the parts of a candidate's quality as an answer to ``task``; see :func:`parts`.

    ``judge`` is a judge's score; None takes the one that the candidate has.
    """
    return parts(
        candidate.value,
        task.schema,
        conformance=candidate.verdict.quality,
        rules_broken=broken_rules(candidate.value, task),
        rules=len(task.checks),
        judge=candidate.verdict.parts.get("judge") if judge is None else judge,
    )


def _thinned(value: Json) -> Json:
    """Return a value with long lists thinned to some items, evenly spread.

    A share is told as well by them, and sooner.
    """
    if isinstance(value, dict):
        return {key: _thinned(item) for key, item in value.items()}
    if isinstance(value, list) and len(value) > _MOST_ITEMS:
        step = len(value) / _MOST_ITEMS
        return [value[int(i * step)] for i in range(_MOST_ITEMS)]
    return value


def weigh(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the weighted mean of the parts there are; 1 where none of them counts."""
    total = sum(weights.get(name, 0.0) for name in found)
    if not total:
        return 1.0
    return round(sum(part * weights.get(name, 0.0) for name, part in found.items()) / total, 4)


def _share(good: int, of: int) -> float | None:
    return good / of if of else None


@dataclass(slots=True)
class _Survey:
    """Counts of declared fields and formatted texts, and of those that are not well."""

    declared: int = 0
    lacking: int = 0
    formatted: int = 0
    malformed: int = 0


def _survey(value: Json, schema: Schema) -> _Survey:
    found = _Survey()
    places = ValueLocator(compile_schema(schema))
    stack: list[tuple[Json, list[Schema]]] = [(value, [places.root])]
    looked = 0
    while stack and looked < MAX_LEAVES:
        item, schemas = stack.pop()
        looked += 1
        flat = places.flat(schemas, item)
        if isinstance(item, dict):
            declared = {name for part in flat for name in part.get("properties", ())}
            found.declared += len(declared)
            found.lacking += sum(_says_nothing(item.get(name)) for name in declared)
        elif isinstance(item, str) and any("format" in s or "pattern" in s for s in flat):
            found.formatted += 1
            found.malformed += bool(places.violations(schemas, item))
        below = item.items() if isinstance(item, dict) else enumerate(_list_items(item))
        stack.extend((inner, places.children(flat, key)) for key, inner in below)
    return found


def _list_items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _says_nothing(value: Json) -> bool:
    """Whether a value is empty, null or a placeholder."""
    if isinstance(value, str):
        return value.strip().lower() in _PLACEHOLDERS or value.lower().startswith("lorem ipsum")
    return value is None or value == []


def _uniqueness(value: Json) -> float | None:
    """Return the share of items that are no doubles, by all of the item and by its ``id``."""
    items = doubles = 0
    for _, _, found in _bounded_walk(value):
        if isinstance(found, list) and len(found) > 1 and isinstance(found[0], (dict, str)):
            marks = {canonical(item) for item in found}
            items += len(found)
            doubles += len(found) - len(marks)
            # Two items with one id are doubles, however much else differs.
            ids = [item.get("id") for item in found if isinstance(item, dict) and "id" in item]
            doubles += len(ids) - len({canonical(one) for one in ids})
    return None if not items else max(0.0, 1 - doubles / items)


def _consistency(value: Json) -> float | None:
    """Return the share of objects without a broken relation, among those that have relations."""
    judged = wrong = 0
    for _, _, found in _bounded_walk(value):
        if isinstance(found, dict):
            told = list(_relations(found))
            judged += bool(told)
            wrong += False in told
    return None if not judged else 1 - wrong / judged


def _relations(members: JsonObject) -> Iterator[bool]:
    """Yield whether each relation that can be told within one object holds."""
    plain = {key: item for key, item in members.items() if not isinstance(item, dict)}
    dates = [key for key, item in plain.items() if collection_rules.read_time(item) is not None]
    listed = any(isinstance(item, list) for item in plain.values())
    if len(dates) > 1 or listed:
        yield not any(True for _ in collection_rules.consistent(plain))
    yield from _place_relations(plain)
    email = next((v for k, v in plain.items() if collection_rules.is_email_name(k)), None)
    names = [v for k, v in plain.items() if " ".join(words(k)) in _NAMES and isinstance(v, str)]
    if isinstance(email, str) and names:
        local = email.partition("@")[0].lower()
        told = [part for name in names for part in name.lower().split() if len(part) > 2]
        # Names in other scripts are written in addresses in more than one way.
        if told and any(name.isascii() for name in names):
            # Four letters: "alexander" has "alex@...".
            yield any(part[:4] in local for part in told)


def _place_relations(members: JsonObject) -> Iterator[bool]:
    """Yield whether state and country are those of the city, if that is known."""
    said = {" ".join(words(key)): item for key, item in members.items() if isinstance(item, str)}
    known = find_cities("city", said.get("city", ""))
    if not known:
        return
    if state := next(
        (said[name] for name in ("state", "state code", "region") if name in said), ""
    ):
        named = {name.casefold() for one in known for name in (one.state, one.state_code)}
        yield state.casefold() in named
    if country := next((said[name] for name in _COUNTRIES if name in said), ""):
        lands = [one.country for one in known]
        named = {name.casefold() for one in lands for name in (one.name, one.code, one.alpha3)}
        yield country.casefold() in named


def _bounded_walk(value: Json) -> Iterator[tuple[str, str, Json]]:
    for count, found in enumerate(walk(value)):
        if count >= MAX_LEAVES:
            return
        yield found
