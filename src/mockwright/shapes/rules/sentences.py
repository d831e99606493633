"""Sentences that code can check: recognised by their form, or not at all.

A sentence that is half understood is worse than one that is only told to the model: it would be a
rule that seems to be checked and is not. So each form here has to match the whole sentence.
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
"""Fields that get a form in the schema: ``texts`` are those that must not be empty."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a rule asks, in a form that can be carried out: a condition at a path, or a law."""

    path: Path | None = None
    condition: Predicate | None = None
    law: Law | None = None
    """What is asked of the whole answer."""
    form: Form | None = None
    """Which fields get a form in the schema, so that the generator makes them so."""
    whole: bool = False
    """Whether it compares the items of a list with each other."""

    def faults(self, value: Json) -> Iterator[Fault]:
        """Yield the pointer and a message of each place that breaks it."""
        if self.law is not None:
            yield from self.law(value)
        if self.path is not None and self.condition is not None:
            yield from self.condition.faults(list(self.path.find(value)))


# What a sentence may begin with: `Please ensure that all the`, `Each`, `Check for`.
_LEAD: Final = re.compile(
    r"^(please |kindly )?((ensure|verify|check|validate|make sure|assert|require)( that| for)? )?"
    r"(all |each |every |any )?(of )?(the )?",
    re.IGNORECASE,
)
# `are valid`, `must be a well-formed`; all of it may be missing.
_VALID: Final = (
    r"(are|is|be|must be|should be|have to be|has to be)? ?(all |always )?"
    r"(a |an |in )?(valid|well[- ]formed|correct|correctly formatted|properly formatted)?"
)
_MUST: Final = r"(?:is|are|must be|should be|has to be|have to be|must|should|be)"
# `age`, `items[*].price`, `$.user.age`, `/user/age`
_FIELD: Final = r"(?P<field>[A-Za-z_$/][\w.\[\]*/$-]*)"
# `18`, `-0.5`
_NUMBER: Final = r"-?\d{1,15}(?:\.\d{1,10})?"
# `2025-01-31`, `2025-01-31T08:00:00Z`
_DAY: Final = r"\d{4}-\d{2}-\d{2}(?:T[0-9:.]{5,15}(?:Z|[+-]\d{2}:?\d{2})?)?"

_LAWS: Final[tuple[tuple[str, Law, Form | None], ...]] = (
    (
        # "All dates must be in ISO 8601 format"
        r"(dates?|date-?times?|timestamps?|dates and times)( (fields|values|formats))? "
        + _VALID
        + r" ?((must |should )?(in|as|to|be in|follow|use|conform to) )?(the )?"
        r"(iso[- ]?8601|rfc[- ]?3339)( (dates?|timestamps?|format|strings?|compliant))?",
        collection_rules.dates_are_iso,
        "dates",
    ),
    (
        # "Dates are valid", "valid date format"
        r"(dates?|timestamps?)( fields)? (are|is|be|must be|should be) (valid|well[- ]formed)"
        r"( dates?)?|(valid )?date formats?( (are|is) (valid|correct))?",
        collection_rules.dates_are_iso,
        "dates",
    ),
    (
        # "E-mail addresses must be valid", "valid email format"
        r"(valid )?e-?mails?( address(es)?)?( fields)?( formats?| validity| syntax)?"
        r"( (are|is|be|must be|should be|have|has)( a| an| in)?( valid| well[- ]formed| correct)+"
        r"( e-?mails?| address(es)?| formats?)*)?",
        collection_rules.emails_are_well_formed,
        "emails",
    ),
    (
        # "URLs are valid"
        r"(urls?|uris?|links?)( formats?)?( (are|is|be|must be)( a)? (valid|well[- ]formed)"
        r"( urls?)?)?",
        collection_rules.urls_are_valid,
        None,
    ),
    (
        # "UUIDs must be valid"
        r"(uuids?|guids?)( formats?)?( (are|is|be|must be)( a)? (valid|well[- ]formed)( uuids?)?)?",
        collection_rules.uuids_are_valid,
        None,
    ),
    (
        # "Phone numbers are valid"
        r"(tele)?phones?( numbers?)?( formats?)?( (are|is|be|must be)( a)? (valid|well[- ]formed)"
        r"( phone numbers?)?)?",
        collection_rules.phones_are_valid,
        None,
    ),
    (
        # "logical consistency", "The data is consistent"
        r"(logical(ly)? )?consisten(cy|t)"
        r"|(the )?(data|answer|response|values) (is|are|be) (logically )?consistent",
        collection_rules.consistent,
        None,
    ),
    (
        # "There are no empty fields", "Strings must not be empty"
        r"(there (are|is) )?(no|not any) (empty|blank) (strings?|values?|fields?|texts?)"
        r"|(strings?|fields?|texts?|values?) (are|is|must|should|can|may|be)( be)?"
        r" ?(not|never|non-?)( be)? ?(empty|blank)",
        collection_rules.no_empty_text,
        "texts",
    ),
    (
        # "No null values", "Required fields are present"
        r"(there (are|is) )?no nulls?( values?| fields?)?|nothing (is|may be) null"
        r"|((required )?fields?|values?) ((are|is|be|must be) )?(present|filled( in)?|populated|set"
        r"|not null|non-?null)",
        collection_rules.no_nulls,
        None,
    ),
)
"""Forms of sentences, what they ask of an answer, and the fields that get a form in the schema."""
_COMPILED: Final = tuple((re.compile(p, re.IGNORECASE), law, form) for p, law, form in _LAWS)

_COMPARE: Final[tuple[tuple[str, str], ...]] = (
    ("ge", r">=|≥|is greater than or equal to|at least|no less than|not less than|not below"),
    ("le", r"<=|≤|is less than or equal to|at most|no more than|not more than|not above|not over"),
    ("gt", r">|greater than|more than|larger than|higher than|above|over|after|later than"),
    ("lt", r"<|less than|smaller than|lower than|fewer than|below|under|before|earlier than"),
    ("ne", r"!=|≠|not equal to|different from"),
    ("eq", r"==?|equals|equal to|the same as"),
)
"""Words of comparisons; those that hold others in them come first ("not less than", "less
than").
"""
# "age must be at least 18", "price > 9.99", "start is before 2025-01-31", "status is equal to
# 'new'", "endDate is after startDate"
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
# "age must be between 18 and 99", "rating in the range of 1 to 5 inclusive", "score from 0..1"
_BETWEEN: Final = re.compile(
    rf"{_FIELD} (?:{_MUST} )?(?:be )?(?:between|from|in the range(?: of)?|in range|within) "
    rf"(?P<low>{_NUMBER}) ?(?:and|to|-|–|\.\.) ?(?P<high>{_NUMBER})(?: inclusive(?:ly)?)?",
    re.IGNORECASE,
)
# "ids must be unique", "no duplicate emails"
_UNIQUE: Final = re.compile(
    rf"(?:{_FIELD} (?:{_MUST} )?(?:be )?(?:unique|distinct|all different|different)"
    r"|(?:unique|distinct|no duplicate|no repeated|no two equal) (?P<other>[A-Za-z_]\w*))",
    re.IGNORECASE,
)
# "price is positive", "stock must be never negative", "no negative amounts"
_SIGN: Final = re.compile(
    rf"{_FIELD} (?:{_MUST} )?(?:be )?(?P<sign>positive|negative|non-?negative|not negative"
    r"|never negative)|(?P<none>no negative) (?P<other>[A-Za-z_]\w*)",
    re.IGNORECASE,
)
# "status must be one of [new, paid]", "size is either S or M"
_ONE_OF: Final = re.compile(
    rf"{_FIELD} (?:{_MUST} )?(?:be )?(?:one of|in|either) ?:? ?"
    r"[\[(]?(?P<members>[^\[\]()]+?)[\])]?",
    re.IGNORECASE,
)
# "sku must match the pattern /^[A-Z]{3}$/"
_MATCHES: Final = re.compile(
    rf"{_FIELD} (?:must |should |has to |have to )?match(?:es)? (?:the )?(?:pattern |regex )?"
    r"/(?P<pattern>.+)/",
    re.IGNORECASE,
)
# "name must be at least 2 characters long", "tags has at most 5 items"
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
"""Op and bound of each sign; any other is "not negative"."""


def understand(text: str) -> Meaning | None:
    """Return what a sentence asks, or None where its form is not known."""
    if len(text) > 300:
        return None
    body = _LEAD.sub("", " ".join(text.split()).rstrip(".!;"), count=1).strip()
    # Laws come first: "dates are valid" is none of the comparisons below.
    for pattern, law, form in _COMPILED:
        if pattern.fullmatch(body):
            return Meaning(law=law, form=form)
    for read in (
        _read_length,
        _read_between,
        _read_unique,
        _read_sign,
        _read_matches,
        _read_relation,
        _read_one_of,
    ):
        if (meaning := read(body)) is not None:
            return meaning
    return None


def _condition_at(field: str | None, op: str, value: Json) -> Meaning | None:
    if not field or field.lower() in _NO_FIELDS:
        return None
    dotted = any(sign in field for sign in "./[*")
    path = parse_path(field) if dotted else anywhere(field)
    try:
        return Meaning(path=path, condition=parse_predicate(op, value, "")) if path else None
    except RuleError:
        return None


def _read_between(body: str) -> Meaning | None:
    match = _BETWEEN.fullmatch(body)
    if match is None:
        return None
    return _condition_at(
        match["field"], "between", [_literal(match["low"]), _literal(match["high"])]
    )


def _read_unique(body: str) -> Meaning | None:
    match = _UNIQUE.fullmatch(body)
    return _condition_at(match["field"] or match["other"], "unique", True) if match else None


def _read_sign(body: str) -> Meaning | None:
    match = _SIGN.fullmatch(body)
    if match is None:
        return None
    op, bound = _SIGNS.get((match["sign"] or "").lower(), ("ge", 0))
    return _condition_at(match["field"] or match["other"], op, bound)


def _read_matches(body: str) -> Meaning | None:
    match = _MATCHES.fullmatch(body)
    return _condition_at(match["field"], "matches", match["pattern"]) if match else None


def _read_length(body: str) -> Meaning | None:
    match = _LENGTH.fullmatch(body)
    if match is None:
        return None
    op = "min_length" if match["way"].lower() == "at least" else "max_length"
    return _condition_at(match["field"], op, int(match["n"]))


def _read_one_of(body: str) -> Meaning | None:
    match = _ONE_OF.fullmatch(body)
    if match is None:
        return None
    # `new, paid, or sent`, `new or paid`, `new|paid`
    parts = re.split(r",\s*(?:or |and )?|\s+or\s+|\|", match["members"])
    members = [_literal(part.strip().strip("'\"")) for part in parts if part.strip()]
    # "in the order of arrival" is no list of words.
    plain = all(not isinstance(m, str) or re.fullmatch(r"[\w-]{1,60}", m) for m in members)
    return _condition_at(match["field"], "in", members) if plain and len(members) > 1 else None


def _read_relation(body: str) -> Meaning | None:
    for op, pattern in _RELATIONS:
        match = pattern.fullmatch(body)
        if match is None:
            continue
        if match["other"]:
            return _compare_fields(op, match["field"], match["other"])
        if match["number"]:
            return _condition_at(match["field"], op, _literal(match["number"]))
        return _condition_at(match["field"], op, match["day"] or match["quoted"][1:-1])
    return None


def _compare_fields(op: str, field: str, other: str) -> Meaning | None:
    """Return the meaning of ``start before end``: a comparison of two fields of one object."""
    if {field.lower(), other.lower()} & _NO_FIELDS or not re.fullmatch(r"\w+", field):
        return None
    return Meaning(law=partial(_comparison_faults, op, field, other))


def _comparison_faults(op: str, field: str, other: str, value: Json) -> Iterator[Fault]:
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


def _literal(text: str) -> Json:
    """Return ``text`` as a number where it is one."""
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(_NUMBER, text) else text
