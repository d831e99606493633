"""A schema and the words of a request -> the values that the words give for its fields."""

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
_SEVERAL: Final = 2
_MAX_PROPERTIES: Final = 200
_MAX_COUNT: Final = 100
_ORIGINS: Final = word_set("origin from departure source start")
_TARGETS: Final = word_set("destination to arrival target end")
_PLACE_NAMES: Final = word_set("location city place town region area destination where")
_QUERIES: Final = word_set("query q question search keyword term prompt input request")
_ADDRESSED: Final = word_set("to cc bcc recipient attendee")
_SYMBOLS: Final = word_set("ticker symbol")
_CROWDS: Final = word_set("participant attendee guest person member player")
_TEXTS: Final = word_set("text content message body sentence phrase")
_TOPICS: Final = word_set("topic subject theme about")
_WORD: Final = re.compile(r"\w+")
_LEAD: Final = re.compile(
    r"^(?:please |can you |could you |i want to |i'd like to )*"
    r"(?:search(?: the web| online)?(?: for)?|look up|find(?: me)?|google|tell me about|translate"
    r"|summari[sz]e|query)\b:? *",
    re.IGNORECASE,
)


def fill_slots(schema: JsonObject | bool, entities: Entities) -> Json | Missing:
    """The part of a value that the words give; MISSING where they give nothing."""
    return _Giving(schema if isinstance(schema, dict) else {}, entities).value(schema, "", 0, 0)


def is_filled(tool: Tool, entities: Entities) -> bool:
    """Whether the words give all that a tool has to be told, and that is no single thing."""
    schema = tool.schema if isinstance(tool.schema, dict) else {}
    required = schema.get("required")
    if not isinstance(required, list) or len(required) < _SEVERAL:
        return False
    given = fill_slots(schema, entities)
    return isinstance(given, dict) and all(name in given for name in required)


class _Giving:
    def __init__(self, root: JsonObject, entities: Entities) -> None:
        self.root = root
        self.entities = entities
        self.spent: set[int] = set()
        """Numbers that a field has taken."""
        self.crowd = False
        """Whether the object at hand lists people, and its own name is none of theirs."""

    def value(self, schema: Json, name: str, index: int, depth: int) -> Json | Missing:
        plain = self._plain(schema)
        if plain is None or depth > _MAX_DEPTH:
            return MISSING
        properties = plain.get("properties")
        if isinstance(properties, dict) and properties:
            return self._object(properties, index, depth)
        if "items" in plain or plain.get("type") == "array":
            return self._list(plain, name, depth)
        return self._scalar(name, plain, index)

    def _object(self, properties: JsonObject, index: int, depth: int) -> Json | Missing:
        found: JsonObject = {}
        self.crowd = any(noun(name) in _CROWDS for name in list(properties)[:_MAX_PROPERTIES])
        for name, schema in list(properties.items())[:_MAX_PROPERTIES]:
            value = self.value(schema, name, index, depth + 1)
            if value is not MISSING:
                found[name] = value
        self._numbers_left(properties, found)
        return found or MISSING

    def _numbers_left(self, properties: JsonObject, found: JsonObject) -> None:
        """``add 2 and 3``: as many fields of numbers as there are numbers take them in turn."""
        free = [n for i, (n, _, _) in enumerate(self.entities.numbers) if i not in self.spent]
        fields = [
            (name, kind)
            for name, schema in properties.items()
            if (kind := self._number_type(schema)) and name not in found
        ]
        if (
            not fields
            or len(fields) != len(free)
            or any(tokens(n)[-1:] == ("id",) for n, _ in fields)
        ):
            return
        for (name, kind), number in zip(fields, free, strict=True):
            found[name] = _typed(number, kind)

    def _number_type(self, schema: Json) -> str | None:
        plain = self._plain(schema)
        kind = plain.get("type") if plain else None
        return kind if kind in ("integer", "number") and "enum" not in (plain or {}) else None

    def _list(self, plain: JsonObject, name: str, depth: int) -> Json | Missing:
        items = self._plain(plain.get("items", True))
        if items is None:
            return MISSING
        if isinstance(items.get("properties"), dict):
            several = max(len(self.entities.people), len(self.entities.emails))
            rows = [self.value(items, name, i, depth + 1) for i in range(min(several, _MAX_COUNT))]
            return rows if rows and MISSING not in rows else MISSING
        if items.get("type") not in ("string", None):
            numbers = [_typed(n, str(items.get("type"))) for n, _, _ in self.entities.numbers]
            fits = items.get("type") in ("integer", "number") and len(numbers) > 1
            return numbers if fits else MISSING
        return self._texts(noun(name)) or MISSING

    def _texts(self, what: str) -> list[str]:
        said = self.entities
        if what in _PLACE_NAMES:
            return list(said.places)
        if what in _ADDRESSED | {"email"} and said.emails:
            return list(said.emails)
        if what in _CROWDS | {"name"}:
            return list(said.people)
        pair = said.pairs.get((what,)) or said.pairs.get((what + "s",))
        return [part.strip() for part in re.split(r", | and ", pair)] if pair else []

    def _scalar(self, name: str, plain: JsonObject, index: int) -> Json | Missing:
        if isinstance(plain.get("enum"), list):
            return self._member(plain["enum"])
        kind = plain.get("type")
        if "const" in plain or kind == "null":
            return MISSING
        words = tokens(name)
        pair = self.entities.pairs.get(words)
        if kind in ("integer", "number"):
            return self._number(words, kind, pair, index)
        if kind == "boolean":
            return {"true": True, "yes": True, "false": False, "no": False}.get(
                (pair or "").lower(), MISSING
            )
        if kind not in ("string", None) or not words:
            return MISSING
        return self._string(words, plain, pair, index)

    def _member(self, members: Sequence[Json]) -> Json | Missing:
        """The first member that the text names, as whole words."""
        text = " ".join(["", *_WORD.findall(fold(self.entities.text)), ""])
        places = [
            (at, member)
            for member in members[:200]
            if isinstance(member, str)
            and member
            and (at := text.find(f" {' '.join(tokens(member)) or fold(member)} ")) >= 0
        ]
        return min(places, key=lambda place: place[0])[1] if places else MISSING

    def _number(
        self, words: tuple[str, ...], kind: str, pair: str | None, index: int
    ) -> Json | Missing:
        if pair and (match := re.match(r"[-+$€£]?(\d{1,15}(?:\.\d{1,10})?)", pair)):
            self._spend(float(match[1]))
            return _typed(float(match[1]), kind)
        if words[-1:] == ("age",) and index < len(self.entities.ages):
            self._spend(self.entities.ages[index])
            return self.entities.ages[index]
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
                return _typed(number, kind)
        for number, what in self.entities.counts:
            if what in names:
                return number
        return MISSING

    def _spend(self, number: float) -> None:
        self.spent |= {i for i, (n, _, _) in enumerate(self.entities.numbers) if n == number}

    def _string(
        self, words: tuple[str, ...], plain: JsonObject, pair: str | None, index: int
    ) -> Json | Missing:
        if words in self.entities.stated:
            return self.entities.stated[words]
        special = self._special(words, plain, index)
        if special is not MISSING:
            return special
        if pair is not None:
            return pair
        last = words[-1]
        if last in _TOPICS and self.entities.about:
            return self.entities.about
        if last == "expression" or last == "equation":
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

    def _special(self, words: tuple[str, ...], plain: JsonObject, index: int) -> Json | Missing:
        """What the kind of the field tells to look for."""
        said, last = self.entities, words[-1]
        kind = kind_of(" ".join(words)) or ""
        form = plain.get("format")
        if kind == "email" or form == "email" or (last in _ADDRESSED and said.emails):
            return _at(said.emails, index)
        if last in _SYMBOLS and said.symbols:
            return _at(said.symbols, index)
        if kind == "url" or form in ("uri", "url"):
            return _at(said.urls, index)
        if kind == "phone":
            return _at(said.phones, index)
        if form in ("date", "date-time") or last in ("date", "day", "when"):
            free = () if form else said.days
            return _at((*said.dates, *free), index)
        if set(words) & _ORIGINS and said.origin:
            return said.origin
        if set(words) & _TARGETS and said.destination:
            return said.destination
        if kind in ("city", "location") or last in _PLACE_NAMES:
            return _at(said.places, index)
        if kind in ("first_name", "last_name", "full_name", "name"):
            return self._name(kind, index)
        return MISSING

    def _name(self, kind: str, index: int) -> Json | Missing:
        person = MISSING if self.crowd else _at(self.entities.people, index)
        if not isinstance(person, str):
            return MISSING
        parts = person.split()
        if kind == "first_name":
            return parts[0]
        if kind == "last_name":
            return " ".join(parts[1:]) or MISSING
        return person

    def _plain(self, schema: Json, hops: int = 0) -> JsonObject | None:
        """``schema`` with its reference followed, and the first branch that is not null."""
        if not isinstance(schema, dict) or hops > _MAX_DEPTH:
            return {} if schema is True else None
        if "$ref" in schema:
            return self._plain(resolve_local(self.root, schema["$ref"]), hops + 1)
        branches = list(_branches(schema))
        if branches:
            return self._plain(branches[0], hops + 1)
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


def _at(found: Sequence[str], index: int) -> Json | Missing:
    return found[index] if index < len(found) else MISSING


def _typed(number: float, kind: str) -> Json:
    return int(number) if kind == "integer" or number.is_integer() else number
