"""Sentences that code can hold: recognised by their form, or not at all.

A sentence that is half understood is worse than one that is only told to the model: a rule that
seems to be checked and is not. So each form here has to match the whole sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TypeAlias

from mockwright.errors import RuleError
from mockwright.schema.keywords import escape, word_set
from mockwright.shapes.rules import collection_rules
from mockwright.shapes.rules.collection_rules import Fault, Law
from mockwright.shapes.rules.field_paths import Path, anywhere, parse_path, same_name, walk
from mockwright.shapes.rules.operators import Predicate, parse_predicate
from mockwright.types import Json

Form: TypeAlias = Literal["dates", "emails", "texts"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a rule asks, in a form that can be carried out: a condition at a path, or a law."""

    path: Path | None = None
    condition: Predicate | None = None
    law: Law | None = None
    form: Form | None = None
    """Which fields get a form in the schema, so that the generator makes them so."""
    whole: bool = False
    """Whether it compares items of a list with each other."""

    def faults(self, value: Json) -> Iterator[Fault]:
        """Pointer and message of each place that breaks it."""
        if self.law is not None:
            yield from self.law(value)
        if self.path is not None and self.condition is not None:
            yield from self.condition.faults(list(self.path.find(value)))


_LEAD: Final = re.compile(
    r"^(please |kindly )?((ensure|verify|check|validate|make sure|assert|require)( that| for)? )?"
    r"(all |each |every |any )?(of )?(the )?",
    re.IGNORECASE,
)
_GOOD: Final = (
    r"(are|is|be|must be|should be|have to be|has to be)? ?(all |always )?"
    r"(a |an |in )?(valid|well[- ]formed|correct|correctly formatted|properly formatted)?"
)
_MUST: Final = r"(?:is|are|must be|should be|has to be|have to be|must|should|be)"
_FIELD: Final = r"(?P<field>[A-Za-z_$/][\w.\[\]*/$-]*)"
_NUMBER: Final = r"-?\d{1,15}(?:\.\d{1,10})?"
_DAY: Final = r"\d{4}-\d{2}-\d{2}(?:T[0-9:.]{5,15}(?:Z|[+-]\d{2}:?\d{2})?)?"

_LAWS: Final[tuple[tuple[str, Law, Form | None], ...]] = (
    (
        r"(dates?|date-?times?|timestamps?|dates and times)( (fields|values|formats))? "
        + _GOOD
        + r" ?((must |should )?(in|as|to|be in|follow|use|conform to) )?(the )?"
        r"(iso[- ]?8601|rfc[- ]?3339)( (dates?|timestamps?|format|strings?|compliant))?",
        collection_rules.dates_are_iso,
        "dates",
    ),
    (
        r"(dates?|timestamps?)( fields)? (are|is|be|must be|should be) (valid|well[- ]formed)"
        r"( dates?)?|(valid )?date formats?( (are|is) (valid|correct))?",
        collection_rules.dates_are_iso,
        "dates",
    ),
    (
        r"(valid )?e-?mails?( address(es)?)?( fields)?( formats?| validity| syntax)?"
        r"( (are|is|be|must be|should be|have|has)( a| an| in)?( valid| well[- ]formed| correct)+"
        r"( e-?mails?| address(es)?| formats?)*)?",
        collection_rules.emails_are_well_formed,
        "emails",
    ),
    (
        r"(urls?|uris?|links?)( formats?)?( (are|is|be|must be)( a)? (valid|well[- ]formed)"
        r"( urls?)?)?",
        collection_rules.urls_are_valid,
        None,
    ),
    (
        r"(uuids?|guids?)( formats?)?( (are|is|be|must be)( a)? (valid|well[- ]formed)( uuids?)?)?",
        collection_rules.uuids_are_valid,
        None,
    ),
    (
        r"(tele)?phones?( numbers?)?( formats?)?( (are|is|be|must be)( a)? (valid|well[- ]formed)"
        r"( phone numbers?)?)?",
        collection_rules.phones_are_valid,
        None,
    ),
    (
        r"(logical(ly)? )?consisten(cy|t)"
        r"|(the )?(data|answer|response|values) (is|are|be) (logically )?consistent",
        collection_rules.consistent,
        None,
    ),
    (
        r"(there (are|is) )?(no|not any) (empty|blank) (strings?|values?|fields?|texts?)"
        r"|(strings?|fields?|texts?|values?) (are|is|must|should|can|may|be)( be)?"
        r" ?(not|never|non-?)( be)? ?(empty|blank)",
        collection_rules.no_empty_text,
        "texts",
    ),
    (
        r"(there (are|is) )?no nulls?( values?| fields?)?|nothing (is|may be) null"
        r"|((required )?fields?|values?) ((are|is|be|must be) )?(present|filled( in)?|populated|set"
        r"|not null|non-?null)",
        collection_rules.no_nulls,
        None,
    ),
)
_COMPILED: Final = tuple((re.compile(p, re.IGNORECASE), law, form) for p, law, form in _LAWS)

_COMPARE: Final[tuple[tuple[str, str], ...]] = (
    ("ge", r">=|≥|is greater than or equal to|at least|no less than|not less than|not below"),
    ("le", r"<=|≤|is less than or equal to|at most|no more than|not more than|not above|not over"),
    ("gt", r">|greater than|more than|larger than|higher than|above|over|after|later than"),
    ("lt", r"<|less than|smaller than|lower than|fewer than|below|under|before|earlier than"),
    ("ne", r"!=|≠|not equal to|different from"),
    ("eq", r"==?|equals|equal to|the same as"),
)
_RELATIONS: Final = tuple(
    (
        op,
        re.compile(
            rf"{_FIELD} ?(?:{_MUST} )?(?:be )?(?:{words}) ?"
            rf"(?:(?P<number>{_NUMBER})|(?P<day>{_DAY})|(?P<quoted>'[^']*'|\"[^\"]*\")"
            r"|(?:the )?(?P<other>[A-Za-z_]\w*))",
            re.IGNORECASE,
        ),
    )
    for op, words in _COMPARE
)
_BETWEEN: Final = re.compile(
    rf"{_FIELD} (?:{_MUST} )?(?:be )?(?:between|from|in the range(?: of)?|in range|within) "
    rf"(?P<low>{_NUMBER}) ?(?:and|to|-|–|\.\.) ?(?P<high>{_NUMBER})(?: inclusive(?:ly)?)?",
    re.IGNORECASE,
)
_UNIQUE: Final = re.compile(
    rf"(?:{_FIELD} (?:{_MUST} )?(?:be )?(?:unique|distinct|all different|different)"
    r"|(?:unique|distinct|no duplicate|no repeated|no two equal) (?P<other>[A-Za-z_]\w*))",
    re.IGNORECASE,
)
_SIGN: Final = re.compile(
    rf"{_FIELD} (?:{_MUST} )?(?:be )?(?P<sign>positive|negative|non-?negative|not negative"
    r"|never negative)|(?P<none>no negative) (?P<other>[A-Za-z_]\w*)",
    re.IGNORECASE,
)
_ONE_OF: Final = re.compile(
    rf"{_FIELD} (?:{_MUST} )?(?:be )?(?:one of|in|either) ?:? ?"
    r"[\[(]?(?P<members>[^\[\]()]+?)[\])]?",
    re.IGNORECASE,
)
_MATCHES: Final = re.compile(
    rf"{_FIELD} (?:must |should |has to |have to )?match(?:es)? (?:the )?(?:pattern |regex )?"
    r"/(?P<pattern>.+)/",
    re.IGNORECASE,
)
_LENGTH: Final = re.compile(
    rf"{_FIELD} (?:{_MUST} |has |have |must have )?(?:be )?(?P<way>at least|at most|no more than)"
    r" (?P<n>\d{1,6}) (?:characters?|chars|letters|items|elements|entries)(?: long)?",
    re.IGNORECASE,
)
# What a name could be taken for, but stands for no field of an answer.
_NO_FIELDS: Final = word_set(
    "today now yesterday tomorrow it they this that there each other one zero data values answer"
    " response everything nothing empty null none true false a an the"
)
_SIGNS: Final = {"positive": ("gt", 0), "negative": ("lt", 0)}


def understand(text: str) -> Meaning | None:
    """What a sentence asks; None where its form is not known."""
    if len(text) > 300:
        return None
    body = _LEAD.sub("", " ".join(text.split()).rstrip(".!;"), count=1).strip()
    for pattern, law, form in _COMPILED:
        if pattern.fullmatch(body):
            return Meaning(law=law, form=form)
    for read in (_length, _between, _unique, _sign, _matches, _relation, _one_of):
        if (meaning := read(body)) is not None:
            return meaning
    return None


def _at(field: str | None, op: str, value: Json) -> Meaning | None:
    if not field or field.lower() in _NO_FIELDS:
        return None
    dotted = any(sign in field for sign in "./[*")
    path = parse_path(field) if dotted else anywhere(field)
    try:
        return Meaning(path=path, condition=parse_predicate(op, value, "")) if path else None
    except RuleError:
        return None


def _between(body: str) -> Meaning | None:
    match = _BETWEEN.fullmatch(body)
    if match is None:
        return None
    return _at(match["field"], "between", [_value(match["low"]), _value(match["high"])])


def _unique(body: str) -> Meaning | None:
    match = _UNIQUE.fullmatch(body)
    return _at(match["field"] or match["other"], "unique", True) if match else None


def _sign(body: str) -> Meaning | None:
    match = _SIGN.fullmatch(body)
    if match is None:
        return None
    op, bound = _SIGNS.get((match["sign"] or "").lower(), ("ge", 0))
    return _at(match["field"] or match["other"], op, bound)


def _matches(body: str) -> Meaning | None:
    match = _MATCHES.fullmatch(body)
    return _at(match["field"], "matches", match["pattern"]) if match else None


def _length(body: str) -> Meaning | None:
    match = _LENGTH.fullmatch(body)
    if match is None:
        return None
    op = "min_length" if match["way"].lower() == "at least" else "max_length"
    return _at(match["field"], op, int(match["n"]))


def _one_of(body: str) -> Meaning | None:
    match = _ONE_OF.fullmatch(body)
    if match is None:
        return None
    parts = re.split(r",\s*(?:or |and )?|\s+or\s+|\|", match["members"])
    members = [_value(part.strip().strip("'\"")) for part in parts if part.strip()]
    plain = all(not isinstance(m, str) or re.fullmatch(r"[\w-]{1,60}", m) for m in members)
    return _at(match["field"], "in", members) if plain and len(members) > 1 else None


def _relation(body: str) -> Meaning | None:
    for op, pattern in _RELATIONS:
        match = pattern.fullmatch(body)
        if match is None:
            continue
        if match["other"]:
            return _beside(op, match["field"], match["other"])
        if match["number"]:
            return _at(match["field"], op, _value(match["number"]))
        return _at(match["field"], op, match["day"] or match["quoted"][1:-1])
    return None


def _beside(op: str, field: str, other: str) -> Meaning | None:
    """``start before end``: of two fields of one object."""
    if {field.lower(), other.lower()} & _NO_FIELDS or not re.fullmatch(r"\w+", field):
        return None
    return Meaning(law=partial(_pairs, op, field, other))


def _pairs(op: str, field: str, other: str, value: Json) -> Iterator[Fault]:
    for pointer, _, found in walk(value):
        if not isinstance(found, dict):
            continue
        first = next((key for key in found if same_name(field, key)), None)
        second = next((key for key in found if same_name(other, key)), None)
        if first is None or second is None or found[first] is None or found[second] is None:
            continue
        condition = Predicate(_OPS[op], found[second])
        for at, message in condition.faults([(f"{pointer}/{escape(first)}", found[first])]):
            yield at, f"{message} ({second})"


_OPS: Final[dict[str, Literal["ge", "le", "gt", "lt", "ne", "eq"]]] = {
    "ge": "ge", "le": "le", "gt": "gt", "lt": "lt", "ne": "ne", "eq": "eq",
}  # fmt: skip


def _value(text: str) -> Json:
    """A number where it is one, else the text."""
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(_NUMBER, text) else text
