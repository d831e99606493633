"""Which tools a user's words ask for, by a score that can be explained.

A word of the tool's name that stands in the text counts most, a value that it takes less, a word
of its description or of its parameters least; a place, a sum or an address counts for a tool that
takes one. Words are compared without their endings, and words that say nothing (``get``,
``tool``) do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from mockwright.chat.types import Tool
from mockwright.embedded_chat.entities import Entities, extract_entities
from mockwright.naming import fold, singular, tokens
from mockwright.schema.keywords import word_set
from mockwright.types import Json, JsonObject

ENOUGH: Final = 3.0
"""The score from which a tool is called without being required: one word of its name is enough."""
_NAME, _PARAMETER, _DESCRIPTION, _VALUE = 3.0, 0.75, 0.75, 1.5
_EMPTY: Final = word_set(
    "get set fetch make do run tool function call use the a an of for to in on and or is it this"
    " that what which who how with by from be can will returns return given current using"
    " my your me i you please value result data info information my"
)
"""Words that say nothing of what a tool is for."""
_ENDINGS: Final = (
    "ations", "ation", "ators", "ator", "ating", "ates", "ated", "ate", "ings", "ing", "ers",
    "er", "ors", "or", "ed", "es", "e", "s",
)  # fmt: skip
"""Endings that are cut off a word, the longest first."""
_OPERATIONS: Final = (
    ("+", "add sum plus addition calculate math"),
    ("*×", "multiply product multiplication calculate math"),
    ("-−", "subtract minus difference calculate math"),
    ("/÷", "divide quotient division calculate math"),
)
"""The words that a sum in the text stands for, by its sign."""
# `2 + 3`, `2*3`
_SUM: Final = re.compile(r"\d\s*([-+*/×÷−])\s*\d")
_FINAL: Final = word_set("final result output answer respond response finish submit")
"""Words in names of tools that take the final answer."""
# Where one request ends and the next may begin: `and`, `then`, `;`, `,`.
_CLAUSE: Final = re.compile(r"\band\b|\bthen\b|[;,]", re.IGNORECASE)
# `Who won the cup`; not `what is your name`, which is for the model itself.
_QUESTION: Final = re.compile(
    r"\s*(?:who|when|where|which|what|how many|how much)\b(?!.*\b(?:your?|my|me|i)\b)",
    re.IGNORECASE,
)
_SEARCHES: Final = word_set("search google browse lookup wikipedia")
"""Words in names of tools that look things up."""
_MAX_CLAUSES: Final = 32
"""Clauses of a text that are looked at."""
_MAX_CALLS: Final = 16
"""Calls of one message."""
_MAX_PARTS, _MAX_CHOICES = 500, 50
_PLACES: Final = word_set("location city place town")
"""Words in names of parameters for a place."""
_ADDRESSES: Final = word_set("email to recipient address")
"""Words in names of parameters for an e-mail address."""


def score(tool: Tool, entities: Entities) -> float:
    """Return how well the words fit the tool; 0 where nothing does."""
    heard = _stems(_spoken_words(entities))
    name = _stems(tokens(tool.name))
    parameters = _parameter_words(tool)
    total = _NAME * len(heard & name)
    total += _PARAMETER * len(heard & _stems(parameters))
    # At most three words count: a long description must not win by its length.
    total += _DESCRIPTION * min(3, len((heard & _stems(_folded_words(tool.description))) - name))
    total += _VALUE * min(3, len(heard & (_stems(_choice_words(tool)) - name)))
    if total and entities.places and set(parameters) & _PLACES:
        total += _VALUE
    return total


def choose_tool(tools: Sequence[Tool], entities: Entities) -> Tool:
    """Return the tool that fits best, the first where none does. ``tools`` must not be empty."""
    return max(tools, key=lambda tool: score(tool, entities))


def required_tool(tools: Sequence[Tool], entities: Entities, called: frozenset[str]) -> Tool:
    """Return the tool to call where one must be: after results, the one that ends the matter."""
    ends = [tool for tool in tools if set(tokens(tool.name)) & _FINAL]
    others = [tool for tool in tools if tool not in ends and tool.name not in called]
    if ends and (not others or called or score(choose_tool(others, entities), entities) < ENOUGH):
        return ends[0]
    return choose_tool(others or tools, entities)


def asked_calls(
    tools: Sequence[Tool], entities: Entities, *, least: float = ENOUGH
) -> list[tuple[Tool, str]]:
    """Return the tools that the words ask for, each with the words that are for it.

    ``the weather in Paris and London`` is one tool twice, ``the weather in Paris and the
    time in Tokyo`` are two.
    """
    clauses = [part.strip() for part in _CLAUSE.split(entities.text) if part and part.strip()]
    calls = _clause_calls(tools, clauses[:_MAX_CLAUSES], entities)
    if len({tool.name for tool, _ in calls}) > 1:
        return calls[:_MAX_CALLS]
    tool = choose_tool(tools, entities)
    if score(tool, entities) >= least:
        return for_each(tool, entities)
    return calls[:1]


def for_each(tool: Tool, entities: Entities) -> list[tuple[Tool, str]]:
    """Return one call, or one for each place or address where the tool takes a single one."""
    for found, names, form in (
        (entities.places, _PLACES, "{}\nin {}"),
        (entities.emails, _ADDRESSES, "{}\nemail: {}"),
    ):
        if len(found) > 1 and _takes_one(tool, names):
            rest = entities.text
            for name in found:
                rest = rest.replace(name, "")
            return [(tool, form.format(rest, name)) for name in found[:_MAX_CALLS]]
    return [(tool, entities.text)]


def _clause_calls(
    tools: Sequence[Tool], clauses: Sequence[str], entities: Entities
) -> list[tuple[Tool, str]]:
    """Return each clause with its tool; a place alone is for the tool of the clause before it."""
    found: list[tuple[Tool, str]] = []
    for clause in clauses:
        tool = _fitting_tool(tools, clause)
        if tool is None and found and _takes_one(found[-1][0], _PLACES):
            place = next(
                (p for p in entities.places if fold(p) == fold(clause.rstrip("?.!"))), None
            )
            tool, clause = (found[-1][0], f"in {place}") if place else (None, clause)
        if tool is None and _QUESTION.match(clause):
            tool = next(
                (searcher for searcher in tools if set(tokens(searcher.name)) & _SEARCHES), None
            )
        if tool is not None:
            found.append((tool, clause))
    return found


def _fitting_tool(tools: Sequence[Tool], clause: str) -> Tool | None:
    said = extract_entities(clause)
    tool = choose_tool(tools, said)
    return tool if score(tool, said) >= ENOUGH else None


def _takes_one(tool: Tool, names: frozenset[str]) -> bool:
    return any(
        set(tokens(name)) & names and isinstance(schema, dict) and schema.get("type") != "array"
        for name, schema in _properties(tool).items()
    )


def _properties(tool: Tool) -> JsonObject:
    schema = tool.schema if isinstance(tool.schema, dict) else {}
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _choice_words(tool: Tool) -> list[str]:
    """Return the words of what the arguments are chosen from, at any depth."""
    found: list[str] = []
    parts: list[Json] = [tool.schema]
    for _ in range(_MAX_PARTS):
        if not parts:
            break
        part = parts.pop()
        if isinstance(part, dict):
            choices = part.get("enum")
            chosen = choices[:_MAX_CHOICES] if isinstance(choices, list) else []
            found += [
                word for choice in chosen if isinstance(choice, str) for word in tokens(choice)
            ]
            parts += part.values()
        elif isinstance(part, list):
            parts += part[:_MAX_CHOICES]
    return found


def _parameter_words(tool: Tool) -> list[str]:
    return [word for name in list(_properties(tool))[:50] for word in tokens(name)]


def _spoken_words(entities: Entities) -> list[str]:
    words = [*entities.words]
    words += [part for word in entities.words if "_" in word for part in tokens(word)]
    in_turn = _folded_words(entities.text)
    # `web hook` is the `webhook` of a tool's name.
    words += [first + second for first, second in pairwise(in_turn)]
    if match := _SUM.search(entities.text):
        words += [w for signs, named in _OPERATIONS if match[1] in signs for w in named.split()]
    return words


def _folded_words(text: str) -> list[str]:
    return [fold(word) for word in re.findall(r"\w+", text[:1000])]


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_stem(word) for word in words if word not in _EMPTY and len(word) > 1)


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    word = singular(word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
