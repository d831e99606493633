"""Filling the fields of a schema with the values that the words of a request give.

A field takes a value by its name, its type and its format. What the words do not give stays open,
for the generator to make.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mockwright.chat.types import Tool
from mockwright.embedded_chat.entities import Entities
from mockwright.generator.field_kinds import kind_of
from mockwright.naming import fold, noun, singular, tokens
from mockwright.schema.keywords import resolve_local, word_set
from mockwright.types import MISSING, Json, JsonObject, Missing

_MAX_DEPTH: Final = 8
"""Levels of nesting, and references followed, that are filled."""
_SEVERAL: Final = 2
"""Required fields that a tool has, at the least, to be called for being filled alone."""
_MAX_PROPERTIES: Final = 200
"""Properties of an object that are filled."""
_MAX_COUNT: Final = 100
"""Items of a list that are filled."""
_ORIGINS: Final = word_set("origin from departure source start")
"""Words in names of fields for the place behind ``from``."""
_TARGETS: Final = word_set("destination to arrival target end")
"""Words in names of fields for the place behind ``to``."""
_PLACE_NAMES: Final = word_set("location city place town region area destination where")
"""Names of fields for a place."""
_QUERIES: Final = word_set("query q question search keyword term prompt input request")
"""Names of fields for all that was said."""
_ADDRESSED: Final = word_set("to cc bcc recipient attendee")
"""Names of fields for an e-mail address, where there is one."""
_SYMBOLS: Final = word_set("ticker symbol")
"""Names of fields for a word in capitals."""
_CROWDS: Final = word_set("participant attendee guest person member player")
"""Names of fields for people."""
_TEXTS: Final = word_set("text content message body sentence phrase")
"""Names of fields for the text of a message."""
_TOPICS: Final = word_set("topic subject theme about")
"""Names of fields for what something is about."""
_WORD: Final = re.compile(r"\w+")
# What is said to whoever answers and is no part of a query: `please search the web for `
_LEAD: Final = re.compile(
    r"^(?:please |can you |could you |i want to |i'd like to )*"
    r"(?:search(?: the web| online)?(?: for)?|look up|find(?: me)?|google|tell me about|translate"
    r"|summari[sz]e|query)\b:? *",
    re.IGNORECASE,
)


def fill_slots(schema: JsonObject | bool, entities: Entities) -> Json | Missing:
    """Return the part of a value that the words give; MISSING where they give nothing."""
    return _SlotFiller(schema if isinstance(schema, dict) else {}, entities).value(schema, "", 0, 0)


def is_filled(tool: Tool, entities: Entities) -> bool:
    """Whether the words give all that a tool has to be told, and that is more than one thing."""
    schema = tool.schema if isinstance(tool.schema, dict) else {}
    required = schema.get("required")
    if not isinstance(required, list) or len(required) < _SEVERAL:
        return False
    given = fill_slots(schema, entities)
    return isinstance(given, dict) and all(name in given for name in required)


class _SlotFiller:
    """Fills the places of one schema; a number is given away once."""

    def __init__(self, root: JsonObject, entities: Entities) -> None:
        self.root = root
        self.entities = entities
        self.spent: set[int] = set()
        """Indexes of the numbers that a field has taken."""
        self.crowd = False
        """Whether the object at hand lists people, so that its own name is none of theirs."""

    def value(self, schema: Json, name: str, index: int, depth: int) -> Json | Missing:
        plain = self._resolved(schema)
        if plain is None or depth > _MAX_DEPTH:
            return MISSING
        properties = plain.get("properties")
        if isinstance(properties, dict) and properties:
            return self._fill_object(properties, index, depth)
        if "items" in plain or plain.get("type") == "array":
            return self._fill_list(plain, name, depth)
        return self._fill_scalar(name, plain, index)

    def _fill_object(self, properties: JsonObject, index: int, depth: int) -> Json | Missing:
        found: JsonObject = {}
        self.crowd = any(noun(name) in _CROWDS for name in list(properties)[:_MAX_PROPERTIES])
        for name, schema in list(properties.items())[:_MAX_PROPERTIES]:
            value = self.value(schema, name, index, depth + 1)
            if value is not MISSING:
                found[name] = value
        self._fill_left_numbers(properties, found)
        return found or MISSING

    def _fill_left_numbers(self, properties: JsonObject, found: JsonObject) -> None:
        """Give the numbers that are left to the fields without one, if there are as many of each.

        ``add 2 and 3`` fills two fields so, whatever they are called.
        """
        free = [n for i, (n, _, _) in enumerate(self.entities.numbers) if i not in self.spent]
        fields = [
            (name, kind)
            for name, schema in properties.items()
            if (kind := self._number_type(schema)) and name not in found
        ]
        if (
            not fields
            or len(fields) != len(free)
            # A number that is spoken of is rarely an id.
            or any(tokens(n)[-1:] == ("id",) for n, _ in fields)
        ):
            return
        for (name, kind), number in zip(fields, free, strict=True):
            found[name] = _as_number(number, kind)

    def _number_type(self, schema: Json) -> str | None:
        plain = self._resolved(schema)
        kind = plain.get("type") if plain else None
        return kind if kind in ("integer", "number") and "enum" not in (plain or {}) else None

    def _fill_list(self, plain: JsonObject, name: str, depth: int) -> Json | Missing:
        items = self._resolved(plain.get("items", True))
        if items is None:
            return MISSING
        if isinstance(items.get("properties"), dict):
            several = max(len(self.entities.people), len(self.entities.emails))
            rows = [self.value(items, name, i, depth + 1) for i in range(min(several, _MAX_COUNT))]
            return rows if rows and MISSING not in rows else MISSING
        if items.get("type") not in ("string", None):
            numbers = [_as_number(n, str(items.get("type"))) for n, _, _ in self.entities.numbers]
            fits = items.get("type") in ("integer", "number") and len(numbers) > 1
            return numbers if fits else MISSING
        return self._listed_texts(noun(name)) or MISSING

    def _listed_texts(self, what: str) -> list[str]:
        said = self.entities
        if what in _PLACE_NAMES:
            return list(said.places)
        if what in _ADDRESSED | {"email"} and said.emails:
            return list(said.emails)
        if what in _CROWDS | {"name"}:
            return list(said.people)
        pair = said.pairs.get((what,)) or said.pairs.get((what + "s",))
        return [part.strip() for part in re.split(r", | and ", pair)] if pair else []

    def _fill_scalar(self, name: str, plain: JsonObject, index: int) -> Json | Missing:
        if isinstance(plain.get("enum"), list):
            return self._named_member(plain["enum"])
        kind = plain.get("type")
        if "const" in plain or kind == "null":
            return MISSING
        words = tokens(name)
        pair = self.entities.pairs.get(words)
        if kind in ("integer", "number"):
            return self._fill_number(words, kind, pair, index)
        if kind == "boolean":
            return {"true": True, "yes": True, "false": False, "no": False}.get(
                (pair or "").lower(), MISSING
            )
        if kind not in ("string", None) or not words:
            return MISSING
        return self._fill_string(words, plain, pair, index)

    def _named_member(self, members: Sequence[Json]) -> Json | Missing:
        """Return the first member of an enum that the text names, as whole words."""
        text = " ".join(["", *_WORD.findall(fold(self.entities.text)), ""])
        places = [
            (at, member)
            for member in members[:200]
            if isinstance(member, str)
            and member
            and (at := text.find(f" {' '.join(tokens(member)) or fold(member)} ")) >= 0
        ]
        return min(places, key=lambda place: place[0])[1] if places else MISSING

    def _fill_number(
        self, words: tuple[str, ...], kind: str, pair: str | None, index: int
    ) -> Json | Missing:
        if pair and (match := re.match(r"[-+$€£]?(\d{1,15}(?:\.\d{1,10})?)", pair)):
            self._spend(float(match[1]))
            return _as_number(float(match[1]), kind)
        if words[-1:] == ("age",) and index < len(self.entities.ages):
            self._spend(self.entities.ages[index])
            return self.entities.ages[index]
        # Words such as `max` say nothing of what is counted.
        names = {singular(word) for word in words} - {
            "number",
            "of",
            "num",
            "count",
            "total",
            "max",
        }
        for i, (number, before, after) in enumerate(self.entities.numbers):
            if i not in self.spent and {singular(before), singular(after)} & names:
                self.spent.add(i)
                return _as_number(number, kind)
        for number, what in self.entities.counts:
            if what in names:
                return number
        return MISSING

    def _spend(self, number: float) -> None:
        self.spent |= {i for i, (n, _, _) in enumerate(self.entities.numbers) if n == number}

    def _fill_string(
        self, words: tuple[str, ...], plain: JsonObject, pair: str | None, index: int
    ) -> Json | Missing:
        # What is stated as `name: value` comes before any guess.
        if words in self.entities.stated:
            return self.entities.stated[words]
        special = self._fill_by_kind(words, plain, index)
        if special is not MISSING:
            return special
        if pair is not None:
            return pair
        last = words[-1]
        if last in _TOPICS and self.entities.about:
            return self.entities.about
        if last == "expression" or last == "equation":
            # `12 * (3 + 4)`
            match = re.search(r"[\d(][\d\s.+*/^()x×÷-]*[\d)]", self.entities.text)
            return match[0].strip() if match else MISSING
        if last in _TEXTS | _QUERIES:
            return self._whole_text(last)
        if last in ("title", "language", "unit") and self.entities.quoted and last == "title":
            return self.entities.quoted[0]
        return MISSING

    def _whole_text(self, last: str) -> Json | Missing:
        if self.entities.saying and last in _TEXTS:
            return self.entities.saying
        if self.entities.quoted and last in _TEXTS:
            return self.entities.quoted[0]
        text = _LEAD.sub("", self.entities.text.strip()).rstrip("?.! ")
        return text[:500] or MISSING

    def _fill_by_kind(
        self, words: tuple[str, ...], plain: JsonObject, index: int
    ) -> Json | Missing:
        """Return what the kind of the field tells to look for."""
        said, last = self.entities, words[-1]
        kind = kind_of(" ".join(words)) or ""
        form = plain.get("format")
        if kind == "email" or form == "email" or (last in _ADDRESSED and said.emails):
            return _nth(said.emails, index)
        if last in _SYMBOLS and said.symbols:
            return _nth(said.symbols, index)
        if kind == "url" or form in ("uri", "url"):
            return _nth(said.urls, index)
        if kind == "phone":
            return _nth(said.phones, index)
        if form in ("date", "date-time") or last in ("date", "day", "when"):
            # "tomorrow" is no date to a schema that asks for one.
            free = () if form else said.days
            return _nth((*said.dates, *free), index)
        if set(words) & _ORIGINS and said.origin:
            return said.origin
        if set(words) & _TARGETS and said.destination:
            return said.destination
        if kind in ("city", "location") or last in _PLACE_NAMES:
            return _nth(said.places, index)
        if kind in ("first_name", "last_name", "full_name", "name"):
            return self._fill_name(kind, index)
        return MISSING

    def _fill_name(self, kind: str, index: int) -> Json | Missing:
        person = MISSING if self.crowd else _nth(self.entities.people, index)
        if not isinstance(person, str):
            return MISSING
        parts = person.split()
        if kind == "first_name":
            return parts[0]
        if kind == "last_name":
            return " ".join(parts[1:]) or MISSING
        return person

    def _resolved(self, schema: Json, hops: int = 0) -> JsonObject | None:
        """Return ``schema`` with its reference followed, and the first branch that is not null."""
        if not isinstance(schema, dict) or hops > _MAX_DEPTH:
            return {} if schema is True else None
        if "$ref" in schema:
            return self._resolved(resolve_local(self.root, schema["$ref"]), hops + 1)
        branches = list(_branches(schema))
        if branches:
            return self._resolved(branches[0], hops + 1)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            named = [kind for kind in kinds if kind != "null"]
            return {**schema, "type": named[0]} if named else None
        return schema


def _branches(schema: JsonObject) -> Iterator[Json]:
    for keyword in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(keyword) or ():
            if not (isinstance(branch, dict) and branch.get("type") == "null"):
                yield branch


def _nth(found: Sequence[str], index: int) -> Json | Missing:
    return found[index] if index < len(found) else MISSING


def _as_number(number: float, kind: str) -> Json:
    return int(number) if kind == "integer" or number.is_integer() else number
