"""Facts between the stages of a plan: what is fixed, and cannot be contradicted later.

A fact is a scalar that the input or an earlier stage has fixed. It holds in its *scope*: the whole
answer, or the item of a list that it is in. A later value contradicts it where it stands under

- a name that refers to it: ``userId`` where ``user.id`` is known, ``customer_email``;
- the same entity in another place: ``shipping.customer.name`` where ``customer.name`` is known;
- the same telling name (``sku``, ``currency``, ``orderNumber``) in the same scope, outside of
  new lists, and not within another entity (``manager.email`` is not the user's).

Better to hold nothing than to break what is right: common names (``name``, ``price``) never match
on their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from mockwright.naming import singular
from mockwright.schema.edit import get, put, same
from mockwright.schema.keywords import Schema, join, word_set
from mockwright.schema.locate import ValueLocator
from mockwright.schema.validate import compile_schema
from mockwright.shapes.rules.field_paths import words
from mockwright.types import MISSING, Json, Missing, Repair

Path: TypeAlias = tuple[str | int, ...]
"""Names and positions that lead to a value."""

MAX_FACTS: Final = 2_000
"""The most leaves of a value that are read."""
_TELLING: Final = word_set(
    "sku email currency iban isbn username ean gtin vin ssn phone mobile gender birthday dob"
)
"""Single words that name one thing in a scope."""
_TELLING_PAIRS: Final = frozenset(
    {
        "first name", "last name", "full name", "user name", "middle name", "order number",
        "invoice number", "birth date", "date of birth", "created at", "order date", "product code",
        "email address", "phone number", "tracking number", "account number", "customer number",
    }
)  # fmt: skip
"""Names of several words that do."""
_FACETS: Final = word_set(
    "profile account contact details detail info personal identity user customer data attributes"
    " summary header meta metadata"
)
"""Words of members that speak of the same thing as what they are part of."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known, by scope and name."""

    scopes: Mapping[Path, Mapping[str, Json]] = field(default_factory=dict)
    """Names and values by the path of their scope; that of the whole is ``()``."""

    def find(self, path: Path, name: str) -> Json | Missing:
        """Return what a name stands for at ``path``, from the nearest scope that knows it."""
        for end in range(len(path), -1, -1):
            known = self.scopes.get(path[:end])
            if known is not None and name in known:
                return known[name]
        return MISSING

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not any(self.scopes.values())


def collect(value: Json | Missing) -> Facts:
    """Return the facts of ``value``; a name with two values in one scope is none."""
    found: dict[Path, dict[str, Json]] = {}
    broken: set[tuple[Path, str]] = set()
    for count, (path, leaf) in enumerate(_leaves(value)):
        if count >= MAX_FACTS:
            break
        scope = _scope_of(path)
        for name in _names_of(path):
            known = found.setdefault(scope, {})
            if name in known and not same(known[name], leaf):
                broken.add((scope, name))
            known.setdefault(name, leaf)
    # Which of the two values is right, nobody knows.
    for scope, name in broken:
        del found[scope][name]
    return Facts(found)


def hold(
    value: Json, facts: Facts, schema: Schema, made: Json | Missing
) -> tuple[Json, tuple[Repair, ...]]:
    """Return ``value`` with what contradicts a fact set to it, where the schema allows.

    Places that ``made`` has are left alone: keeping those is somebody else's business.
    """
    if facts.empty:
        return value, ()
    places = ValueLocator(compile_schema(schema))
    repairs: list[Repair] = []
    for path, leaf in list(_leaves(value)):
        if get(made, path) is not MISSING:
            continue
        fact = _fact_at(path, facts, made)
        if fact is MISSING or same(fact, leaf):
            continue
        if places.violations(places.at(value, path), fact):
            continue
        value = put(value, path, fact)
        repairs.append(Repair(join(*path), "kept-fact", leaf, fact))
    return value, tuple(repairs)


def _leaves(value: Json | Missing) -> Iterator[tuple[Path, Json]]:
    """Yield the scalars that say something, each with its path."""
    stack: list[tuple[Path, Json]] = [] if value is MISSING else [((), value)]
    while stack:
        path, found = stack.pop()
        if isinstance(found, dict):
            stack.extend(((*path, name), item) for name, item in reversed(found.items()))
        elif isinstance(found, list):
            stack.extend(((*path, i), item) for i, item in reversed(list(enumerate(found))))
        elif path and isinstance(path[-1], str) and found is not None and found != "":
            yield path, found


def _scope_of(path: Path) -> Path:
    """Return the path of the innermost item of a list that ``path`` is in."""
    ends = [i + 1 for i, step in enumerate(path) if isinstance(step, int)]
    return path[: ends[-1]] if ends else ()


def _member_names(path: Path) -> list[str]:
    return [step for step in path if isinstance(step, str)]


def _spoken(name: str) -> str:
    return " ".join(words(name))


def _entity(name: str) -> str:
    spoken = words(name)
    return " ".join([*spoken[:-1], singular(spoken[-1])]) if spoken else ""


def _names_of(path: Path) -> Iterator[str]:
    """Yield the names that a fact at ``path`` is known by."""
    names = _member_names(path)
    leaf = _spoken(names[-1])
    if _is_telling(leaf):
        yield leaf
    if len(names) > 1:
        yield f"{_entity(names[-2])} {leaf}"


def _is_telling(leaf: str) -> bool:
    return leaf in _TELLING_PAIRS or (" " not in leaf and leaf in _TELLING)


def _fact_at(path: Path, facts: Facts, made: Json | Missing) -> Json | Missing:
    """Return the fact that the value at ``path`` has to agree with; MISSING if there is none."""
    names = _member_names(path)
    leaf = _spoken(names[-1])
    qualified = f"{_entity(names[-2])} {leaf}" if len(names) > 1 else ""
    outer = path[:-1]
    # Names of one word are never matched so; telling ones are looked up below, with more caution.
    for name in (leaf, qualified):
        if name and " " in name:
            fact = facts.find(outer, name)
            if fact is not MISSING and (name == qualified or not _is_telling(leaf)):
                return fact
    if _is_telling(leaf) and not _is_in_new_item(path, made) and _is_same_thing(path):
        return facts.find(outer, leaf)
    return MISSING


def _is_in_new_item(path: Path, made: Json | Missing) -> bool:
    """Whether ``path`` leads through an item that was not there before."""
    ends = [i + 1 for i, step in enumerate(path) if isinstance(step, int)]
    return bool(ends) and get(made, path[: ends[-1]]) is MISSING


def _is_same_thing(path: Path) -> bool:
    """Whether the object at ``path`` speaks of what its scope is about."""
    scope = _scope_of(path)
    return all(
        set(words(step)) <= _FACETS for step in path[len(scope) : -1] if isinstance(step, str)
    )
