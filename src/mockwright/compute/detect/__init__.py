"""Detection of statistical statements in the words of a request.

The text is cut into clauses. Each clause is read by a row of readers, each of which knows one kind
of statement about the fields named near it. Precision comes before recall: a phrase that sounds
statistical but gave no statement is reported as ``unread`` instead of guessed at.
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
# The order matters, because what one reader has taken the next does not see:
# "tax is 20% of subtotal" is a formula before it is a share, so is "10% missing" a share of missing
# values, and "mean 35" beside a family is its parameter before it is an average.
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
"""The readers of a clause, each with substrings of which one occurs in all that it reads.

The substrings are a cheap filter: most clauses are spared most readers' regular expressions.
"""
# What sounds statistical, known to a reader or otherwise: "follow a Cauchy distribution",
# "log-uniformly distributed", "heavy tails", "random walk", "grow by 3% per month",
# "nobody earns less than". Not "distribution of goods".
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
# How a request opens before it says anything of the values: "Please generate", "give me", "I need",
# "We need create".
_ASKING: Final = re.compile(
    r"^(?:(?:please|kindly|can you|could you|i (?:need|want)|we need)\s)?"
    r"(?:generate|create|make|produce|give me|return|need|simulate|build)?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Detected:
    """What the words of a request ask to be computed, in the form that ``compute.spec`` parses."""

    kind: Reasoning
    """``language`` without statements, ``computational`` if they are all that was asked for.

    Else it is ``hybrid``.
    """
    statements: tuple[JsonObject, ...] = ()
    """Raw statements, such as ``{"path": "age", "distribution": {...}}``; sources come first."""
    understood: tuple[str, ...] = ()
    """The clauses that gave statements, as the caller wrote them."""
    unread: tuple[str, ...] = ()
    """Phrases that sound statistical and gave no statement, as written, without duplicates."""


@dataclass(slots=True)
class _Reading:
    """What has been gathered from the clauses read so far."""

    statements: list[JsonObject] = field(default_factory=list)
    beside: list[JsonObject] = field(default_factory=list)
    """Statements that count only if another one is about the same field."""
    understood: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    language: bool = False
    """Whether some clause asks for something that cannot be computed."""
    subject: tuple[NamedField, ...] = ()
    """The fields spoken of last, which a following clause of the same text may refer to."""


def detect(
    *,
    prompt: str | None,
    rules: Sequence[str] = (),
    fields: Sequence[NamedField] = (),
    path: str = "",
) -> Detected:
    """Return what ``prompt`` and ``rules`` ask of ``fields``.

    The last segment of the request's ``path`` tells what the items are, for fields such as
    ``value``. At most :data:`MOST_READ` characters and :data:`MOST_CLAUSES` clauses are read. A
    rule that is enforced without computing counts only where something else is computed of its
    field.
    """
    names = FieldNames(fields, path)
    reading = _Reading()
    left = MOST_CLAUSES
    for text, held in _sources(prompt, rules):
        shown = plain(text)
        for start, end in islice(clauses(shown), left):
            _read_clause(shown[start:end], text[start:end], names, reading, held=held)
            left -= 1
        reading.subject = ()
    reading.unread += _statistical_beyond_limit(prompt or "")
    statements = joined(reading.statements, reading.beside, names)
    unread = tuple(dict.fromkeys(reading.unread))
    if not statements:
        return Detected("language", unread=unread)
    whole = not reading.language and not unread and _covers(statements, names)
    kind: Reasoning = "computational" if whole else "hybrid"
    return Detected(kind, tuple(statements), tuple(reading.understood), unread)


def _statistical_beyond_limit(prompt: str) -> list[str]:
    """Return the first phrase that sounds statistical behind the part that is read."""
    # Even this search is bounded: a prompt may be megabytes long.
    found = _STATISTICAL.search(prompt, MOST_READ, 10 * MOST_READ)
    return [prompt[found.start() : found.end() + 60]] if found is not None else []


def _sources(prompt: str | None, rules: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield the prompt and rules, cut to the limit, each with whether it is a rule held anyway."""
    left = MOST_READ
    for text, is_rule in [(prompt or "", False), *((rule, True) for rule in rules)]:
        if left <= 0:
            return
        text = text[:left]
        left -= len(text)
        yield text, is_rule and _is_held_anyway(text)


def _is_held_anyway(rule: str) -> bool:
    """Whether a rule is checked and mended by the rule engine, without computing."""
    return 0 < len(rule.strip()) <= 300 and parse_rules((rule,))[0].mechanical


def _read_clause(
    text: str, written: str, names: FieldNames, reading: _Reading, *, held: bool
) -> None:
    clause = Clause(text, names, reading.subject, written)
    # ``text`` has its signs normalised by ``plain``, ``written`` has those that the caller typed;
    # both are equally long, so that positions hold for either.
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
    """Note as unread what sounds statistical and no reader took."""
    for found in clause.find(_STATISTICAL):
        # A field may be called "variance" itself.
        if not any(m.start < found.end() and found.start() < m.end for m in clause.mentions):
            clause.doubt(found.start())


def _says_something(text: str) -> bool:
    """Whether a clause asks for more than how many of what."""
    # "Generate 50 users with an age" has three words behind the opening; a fourth says more.
    return len(re.findall(r"[A-Za-z]{3,}", _ASKING.sub("", text, count=1))) > 3


def _covers(statements: Sequence[JsonObject], names: FieldNames) -> bool:
    """Whether the statements determine the values of every field."""
    made: set[str] = set()
    for statement in statements:
        made |= set(statement.get("correlation", {}).get("between", ()))
        sources = statement.keys() & {"distribution", "ratio", "sequence", "formula"}
        kind = next((f.kind for f in names.fields if f.name == statement.get("path")), "")
        # Of a measured field bounds or a mean are enough: a default family supplies the rest.
        if sources or kind in MEASURED:
            made.add(statement.get("path", ""))
    return all(one.name in made for one in names.fields)
