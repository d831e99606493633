"""Recognition of the words in a text that name a field, or a value that a field may have.

Each field gets several names, ranked by how sure they are (its own, without units, synonyms, its
last word). The names are looked up as runs of up to four words, the longest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mockwright.shapes.rules.field_paths import words
from mockwright.types import Json

MOST_FIELDS: Final = 500
MOST_VALUES: Final = 2_000
"""The most names of values that are looked for, of all fields together."""
NUMERIC: Final = ("integer", "number")
TEMPORAL: Final = ("date", "date-time")
MEASURED: Final = (*NUMERIC, *TEMPORAL)
_MOST_WORDS: Final = 4
"""The most words of a name."""
# A word: "age", "sha256". Not "42".
_TOKEN: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_GAP: Final = " _./-"
"""The single characters that may stand between the words of one name."""
# Names of one thing, without spaces, a group a line. A word may stand in several ("location").
_SYNONYMS: Final = tuple(
    frozenset(line.split())
    for line in """
    salary income wage pay compensation earnings
    revenue turnover sales
    size employees headcount staff companysize employeecount numberofemployees staffcount
    location headquarters hq city town place
    location state
    country nation
    price cost
    age aged yearsold
    industry sector vertical
    gender sex
    segment tier
    plan tier subscription
    rating stars
    date time timestamp day moment
    created creation createdat
    released release
    quantity qty units
    stock inventory
    id identifier
    temperature temp
    latency responsetime
    phone telephone phonenumber
    email mail emailaddress
    weight mass
    experience tenure yearsofexperience yearsexperience
    percentage percent
    visitors visits traffic
    expense spending
    """.strip().split("\n")
)
# Words at the end of a field's name that people leave out: "heightCm" is called "height".
_UNITS: Final = frozenset(
    [
        "cm",
        "kg",
        "g",
        "m",
        "km",
        "usd",
        "eur",
        "gbp",
        "ms",
        "seconds",
        "secs",
        "sec",
        "minutes",
        "mins",
        "hours",
        "c",
        "f",
        "celsius",
        "pct",
        "in",
        "at",
        "on",
        "years",
        "days",
    ]
)
# With a unit of time, "responseMs" is called "response time" as well.
_OF_TIME: Final = frozenset(["ms", "seconds", "secs", "sec", "minutes", "mins", "hours", "days"])
# Heads that people leave out: "mathScore" is called "math".
_VAGUE: Final = frozenset(["score", "grade", "level", "rating", "value", "amount"])
# Verbs that begin the name of a truth value: "isActive" is called "active".
_ASKING: Final = frozenset({"is", "has", "was", "did", "are"})
# Names that say nothing: at ".../temperatures" a "value" is called "temperature".
_OPEN: Final = frozenset({"value", "amount", "reading", "measurement"})
_SAME_VALUE: Final = {"men": "male", "man": "male", "women": "female", "woman": "female"}


@dataclass(frozen=True, slots=True)
class NamedField:
    """A field that the words of a request may speak of."""

    path: tuple[str, ...]
    """The names of the members from the item down; a field without a name is never spoken of."""
    kind: str
    """Its JSON type, or ``date`` or ``date-time`` of a string in that format."""
    values: tuple[Json, ...] = ()
    """All values that it may have, if the schema lists them."""

    @property
    def name(self) -> str:
        """The path as statements write it: dotted, or a JSON Pointer (RFC 6901) if need be."""
        plainly = all(part and not set(part) & set("./[]*~") for part in self.path)
        return ".".join(self.path) if plainly else "/" + "/".join(map(_pointer_token, self.path))


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that name a field, or several fields where they fit several alike."""

    start: int
    end: int
    fields: tuple[NamedField, ...]

    def of(self, kinds: Sequence[str]) -> NamedField | None:
        """Return the field of one of these kinds; None if there is none, or more than one."""
        found = [one for one in self.fields if one.kind in kinds]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class NamedValue:
    """Words that name a value that a text field lists, or a boolean's ``true`` or ``false``."""

    start: int
    end: int
    field: NamedField
    value: str


class FieldNames:
    """The names under which a request's fields and their values may be spoken of."""

    def __init__(self, fields: Sequence[NamedField], path: str = "") -> None:
        self.fields = [one for one in fields if one.path and one.path[-1]][:MOST_FIELDS]
        self._ranked: dict[str, tuple[int, list[NamedField]]] = {}
        self._values: dict[str, list[tuple[NamedField, str]]] = {}
        topic = words(path.rsplit("/", 1)[-1])[-1:]
        for one in self.fields:
            for rank, name in _names_of(one, topic):
                self._add(rank, name, one)
            for name, value in _values_of(one) if len(self._values) < MOST_VALUES else ():
                self._values.setdefault(name, []).append((one, value))

    def _add(self, rank: int, name: str, one: NamedField) -> None:
        """Register a name, where a surer rank displaces others and an equal one joins them."""
        known = self._ranked.get(name)
        if known is None or rank < known[0]:
            self._ranked[name] = (rank, [one])
        elif rank == known[0] and all(other.path != one.path for other in known[1]):
            known[1].append(one)

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the fields named in a text, in order; the longest name wins, without overlaps."""
        for start, end, key in _find_names(text, self._ranked):
            yield Mention(start, end, tuple(self._ranked[key][1]))

    def said(self, text: str) -> Iterator[NamedValue]:
        """Yield the values named in a text, in order; where several fields have it, the first's."""
        for start, end, key in _find_names(text, self._values):
            one, value = self._values[key][0]
            # "a" is a word, "A" may be a blood group.
            if end - start == 1 and text[start:end] != value:
                continue
            yield NamedValue(start, end, one, value)

    def of_kind(self, kinds: Sequence[str]) -> list[NamedField]:
        """Return the fields of these kinds, in the order of the shape."""
        return [one for one in self.fields if one.kind in kinds]


def _find_names(text: str, known: Mapping[str, object]) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and name of each known name in the text, longest first at each place."""
    begins = {name[:3] for name in known}
    tokens = [(found[0].lower(), *found.span()) for found in _TOKEN.finditer(text)]
    i = 0
    while i < len(tokens):
        run = _adjacent_words(text, tokens, i)
        # Most words begin no name.
        begun = "".join(run)
        many = len(run) if any(begun[:k] in begins for k in (1, 2, 3)) else 0
        while many > 0:
            parts = run[:many]
            # "number of employees" may have an "of" inside, but not at an end.
            key = _known_form(parts, known) if "of" not in (parts[0], parts[-1]) else None
            if key is not None:
                yield tokens[i][1], tokens[i + many - 1][2], key
                i += many - 1
                break
            many -= 1
        i += 1


def _adjacent_words(text: str, tokens: Sequence[tuple[str, int, int]], i: int) -> list[str]:
    """Return the words from the i-th on that stand together, one character apart; at most four."""
    run = [tokens[i][0]]
    for before, token in pairwise(tokens[i : i + _MOST_WORDS]):
        if token[1] - before[2] != 1 or text[before[2]] not in _GAP:
            break
        run.append(token[0])
    return run


def _known_form(parts: Sequence[str], known: Mapping[str, object]) -> str | None:
    """Return the known name that these words spell, with or without "of", in singular or plural."""
    for name in ("".join(parts), "".join(part for part in parts if part != "of")):
        for form in _singular(name):
            if form in known:
                return form
    return None


def _singular(name: str) -> Iterator[str]:
    """Yield a name as it is and in the singulars it may have: ``cities`` → ``city``, ``citi``."""
    yield name
    if name.endswith("ies"):
        yield name[:-3] + "y"
    if name.endswith("es"):
        yield name[:-2]
    if name.endswith("s"):
        yield name[:-1]


def _names_of(one: NamedField, topic: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield rank and name of all that a field may be called, the surer name with the lower rank."""
    own = words(one.path[-1])
    if not own:
        return
    whole = "".join(own)
    yield 0, whole
    yield 0, "".join(part for name in one.path for part in words(name))
    bare = own[1:] if own[0] in _ASKING and len(own) > 1 else own
    while len(bare) > 1 and bare[-1] in _UNITS:
        bare = bare[:-1]
    if bare != own:
        yield 1, "".join(bare)
        if own[-1] in _OF_TIME:
            yield 1, "".join(bare) + "time"
    yield from ((2, name) for name in _synonyms_of("".join(bare)))
    head = bare[-1]
    if len(bare) > 1:
        yield 3, head
        yield from ((4, name) for name in _synonyms_of(head))
        if head in _VAGUE:
            yield 4, "".join(bare[:-1])
    if set(own) & _OPEN and topic and one.kind in NUMERIC:
        # The singular form of the topic comes last.
        yield 3, next(reversed(list(_singular(topic[0]))))


def _synonyms_of(name: str) -> Iterator[str]:
    for form in _singular(name):
        for group in _SYNONYMS:
            if form in group:
                yield from sorted(group)


def _values_of(one: NamedField) -> Iterator[tuple[str, str]]:
    """Yield what each value may be called and the value: for ``isActive``, "active", "inactive"."""
    # Of longer lists, such as all currencies, the first hundred do: every name costs time.
    for value in one.values[:100]:
        if isinstance(value, str) and 0 < len(value) <= 60:
            name = "".join(words(value))
            yield name, value
            for other, same in _SAME_VALUE.items():
                if same == name:
                    yield other, value
    if one.kind == "boolean":
        own = words(one.path[-1])
        bare = "".join(own[1:] if own and own[0] in _ASKING and len(own) > 1 else own)
        yield bare, "true"
        yield "".join(own), "true"
        for sign in ("in", "un", "non", "not"):
            yield sign + bare, "false"


def _pointer_token(name: str) -> str:
    """Return a name as a token of a JSON Pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
