"""Words -> statements of what is to be computed. Precision first: what is half understood is told.

A clause is read by patterns, each of which gives one kind of statement about the fields that stand
near it. What sounds statistical and gave none is ``unread``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from mockwright.compute.detect import (
    between,
    bounds,
    families,
    groups,
    nulls,
    order,
    series,
    shares,
    single,
    world,
)
from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.combine_statements import joined
from mockwright.compute.detect.names import MEASURED, FieldNames, NamedField
from mockwright.compute.detect.text import MOST_CLAUSES, MOST_READ, clauses, plain
from mockwright.shapes.rules.parse import parse_rules
from mockwright.types import JsonObject, Reasoning

__all__ = ["MOST_READ", "Detected", "NamedField", "detect"]

_AVERAGES: Final = ("mean", "averag", "avg", "median")
READERS: Final[tuple[tuple[Callable[[Clause], None], tuple[str, ...]], ...]] = (
    (between.read_formula, ("=", " is ", " are ", "equal", ":", "comput", "calcul", "must")),
    (nulls.read_missing, ("missing", "null", "blank", "empty", "absent", "nan", "set", "left")),
    (groups.read_groups, _AVERAGES),
    (between.read_correlation, ("relat", "with")),
    (families.read_peaks, ("peak", "mode", "modal")),
    (families.read_histogram, ("%",)),
    (families.read_families, (
        "norm", "gaus", "unif", "expon", "poisson", "binom", "geomet", "zipf", "pareto", "power",
        "weibull", "gamma", "beta", "triang", "bell", "80", "n(", "n (",
    )),
    (series.read_series, ("trend", "season", "cycle", "pattern")),
    (series.read_sequences, (
        "from", "start", "begin", "since", "sequen", "consec", "auto", "increment", "step",
        "ly ", " per ", " each ", " every ", "every ", " a ",
    )),
    (world.read_world, ("popul", "census", "real")),
    (shares.read_shares, (
        "%", "percent", "pct", "per cent", "half", "third", "quarter", "fourth", "fifth", "tenth",
        " in ", " out of ", ":", "/", "even", "equal", "uniformly",
    )),
    (order.read_order, ("order", "sort", "rank", "arrang", "first", "chrono", "scend", "creas")),
    (single.read_total, ("total", "sum", "add")),
    (single.read_moments, _AVERAGES),
    (bounds.read_bounds, (*"0123456789", "zero", "one", "two", "ten")),
    (single.read_unique, ("uniq", "distinct", "duplic", "repeat", "differ", "identical", "no two")),
    (between.read_constraint, (
        "<", ">", "than", "after", "before", "above", "below", "exceed", "at least", "at most",
    )),
)  # fmt: skip
"""Each with what stands in any text that it reads. What one has read, the next does not see."""
_STATISTICAL: Final = re.compile(
    r"\b(?:(?:follow\w*|drawn from|sampled? from|obey\w*) (?:an? |the )?(?:[\w-]+ ){0,3}?"
    r"distribution|\w+ly[- ]distributed|standard deviations?|variance|skewed|skewness|kurtosis"
    r"|percentiles?|quantiles?|quartiles?|bimodal|multimodal|(?:heavy|long|fat)[- ]tail(?:s|ed)"
    r"|outliers|autocorrelat\w+|covariance|seasonality|random walk|markov chain|i\.i\.d"
    r"|(?:nobody|no one|none) \w+ (?:less|more) than"
    r"|(?:grow|increas|rise|shrink|decreas|declin)\w* (?:by )?\d[\d.]{0,6} ?%"
    r" (?:a|per|each|every))\b",
    re.IGNORECASE,
)
_ASKING: Final = re.compile(
    r"^(?:(?:please|kindly|can you|could you|i (?:need|want)|we need)\s)?"
    r"(?:generate|create|make|produce|give me|return|need|simulate|build)?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Detected:
    """What the words of a request ask to be computed."""

    kind: Reasoning
    statements: tuple[JsonObject, ...] = ()
    understood: tuple[str, ...] = ()
    """The clauses that gave statements, as written."""
    unread: tuple[str, ...] = ()
    """Phrases that sound statistical and gave none, as written."""


@dataclass(slots=True)
class _Reading:
    """What is gathered, clause by clause."""

    statements: list[JsonObject] = field(default_factory=list)
    beside: list[JsonObject] = field(default_factory=list)
    understood: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    language: bool = False
    subject: tuple[NamedField, ...] = ()


def detect(
    *,
    prompt: str | None,
    rules: Sequence[str] = (),
    fields: Sequence[NamedField] = (),
    path: str = "",
) -> Detected:
    """What the words ask of ``fields``; the ``path`` of the request tells what the items are.

    A rule that is held anyway is computed only where more is computed of its field.
    """
    names = FieldNames(fields, path)
    reading = _Reading()
    left = MOST_CLAUSES
    for text, held in _sources(prompt, rules):
        shown = plain(text)
        for start, end in islice(clauses(shown), left):
            _read(shown[start:end], text[start:end], names, reading, held=held)
            left -= 1
        reading.subject = ()
    reading.unread += _beyond(prompt or "")
    statements = joined(reading.statements, reading.beside, names)
    unread = tuple(dict.fromkeys(reading.unread))
    if not statements:
        return Detected("language", unread=unread)
    whole = not reading.language and not unread and _covers(statements, names)
    kind: Reasoning = "computational" if whole else "hybrid"
    return Detected(kind, tuple(statements), tuple(reading.understood), unread)


def _beyond(prompt: str) -> list[str]:
    """What sounds statistical behind the end of what is read."""
    found = _STATISTICAL.search(prompt, MOST_READ, 10 * MOST_READ)
    return [prompt[found.start() : found.end() + 60]] if found is not None else []


def _sources(prompt: str | None, rules: Sequence[str]) -> Iterator[tuple[str, bool]]:
    left = MOST_READ
    for text, is_rule in [(prompt or "", False), *((rule, True) for rule in rules)]:
        if left <= 0:
            return
        text = text[:left]
        left -= len(text)
        yield text, is_rule and _is_held(text)


def _is_held(rule: str) -> bool:
    """Whether a rule is checked and mended without computing."""
    return 0 < len(rule.strip()) <= 300 and parse_rules((rule,))[0].mechanical


def _read(text: str, written: str, names: FieldNames, reading: _Reading, *, held: bool) -> None:
    clause = Clause(text, names, reading.subject, written)
    lowered = text.lower()
    for reader, signs in READERS:
        if any(sign in lowered for sign in signs):
            reader(clause)
    _doubt_what_is_left(clause)
    reading.subject = clause.subject
    reading.beside += clause.beside
    if held:
        reading.beside += clause.statements
        return
    reading.statements += clause.statements
    reading.unread += [] if held else clause.unread
    if clause.statements:
        reading.understood.append(written)
    elif not clause.beside and not clause.unread:
        reading.language = reading.language or _says_something(text)


def _doubt_what_is_left(clause: Clause) -> None:
    for found in clause.find(_STATISTICAL):
        if not any(m.start < found.end() and found.start() < m.end for m in clause.mentions):
            clause.doubt(found.start())


def _says_something(text: str) -> bool:
    """Whether a clause asks for more than how many of what."""
    return len(re.findall(r"[A-Za-z]{3,}", _ASKING.sub("", text, count=1))) > 3


def _covers(statements: Sequence[JsonObject], names: FieldNames) -> bool:
    """Whether every field's values are computed."""
    made: set[str] = set()
    for statement in statements:
        made |= set(statement.get("correlation", {}).get("between", ()))
        sources = statement.keys() & {"distribution", "ratio", "sequence", "formula"}
        kind = next((f.kind for f in names.fields if f.name == statement.get("path")), "")
        if sources or kind in MEASURED:
            made.add(statement.get("path", ""))
    return all(one.name in made for one in names.fields)
