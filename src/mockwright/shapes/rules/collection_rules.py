"""What rules of one sentence ask of a whole answer: formats by field name, order, totals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, TypeAlias

from mockwright.schema.keywords import escape, word_set
from mockwright.schema.types import is_number
from mockwright.shapes.rules.field_paths import walk, words
from mockwright.shapes.type_words import PHONE
from mockwright.types import Json, JsonObject

Fault: TypeAlias = tuple[str, str]
"""JSON pointer to the value at fault, and a message."""
Law: TypeAlias = Callable[[Json], Iterator[Fault]]
"""Yields the faults of an answer."""

ISO_PATTERN: Final = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?)?$"
)
"""ISO 8601 calendar dates and date-times, in the extended form."""

# `ann.lee@example.com`; not `ann@localhost`
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@([A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
# `https://example.com/x`, `ftp://example.com`; not `example.com`
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s/?#]+\S*", re.IGNORECASE)
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ISO: Final = re.compile(ISO_PATTERN[1:-1])
_PHONE: Final = re.compile(PHONE[1:-1])

_ORDER: Final = (
    ("birth", "hire"),
    ("birth", "join"),
    ("created", "updated"),
    ("created", "modified"),
    ("created", "deleted"),
    ("ordered", "shipped"),
    ("order", "ship"),
    ("shipped", "delivered"),
    ("start", "end"),
    ("from", "to"),
    ("checkin", "checkout"),
    ("check in", "check out"),
    ("departure", "arrival"),
    ("issued", "expires"),
    ("issue", "expiry"),
    ("issue", "due"),
    ("opened", "closed"),
    ("valid from", "valid to"),
)
"""Words of the names of two dates of which the first is not the later one."""
_NEVER_NEGATIVE: Final = word_set(
    "age price cost quantity qty count stock total subtotal amount salary weight height width"
    " length area size capacity duration population views likes"
)
"""Last words of the names of numbers that are 0 or more."""
_EXTRAS: Final = word_set("tax vat shipping discount fee fees tip surcharge")
"""Words of what is added to the lines of a bill, so that its total is another than their sum."""
_CENT: Final = 0.011
"""How far a sum may be off: a cent, and what floats make of it."""


def is_date_name(name: str) -> bool:
    """Whether a field of this name holds a date or a point in time, as ``createdAt`` does."""
    parts = words(name)
    return bool(parts) and (
        bool({"date", "timestamp", "datetime", "birthday", "dob"} & set(parts))
        or (len(parts) > 1 and parts[-1] == "at")
    )


def is_email_name(name: str) -> bool:
    """Whether a field of this name holds an e-mail address."""
    parts = words(name)
    return parts[-1:] in (["email"], ["mail"]) or parts[-2:] in (
        ["email", "address"],
        ["mail", "address"],
    )


def is_iso_date(text: str) -> bool:
    """Whether ``text`` is a date or date-time of ISO 8601 that exists."""
    return bool(_ISO.fullmatch(text)) and read_time(text) is not None


def read_time(text: Json) -> datetime | None:
    """Return a date or date-time that can be compared, or None for what is none.

    Without an offset it is taken as UTC.
    """
    if not isinstance(text, str) or not 8 <= len(text) <= 40:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Python refuses to compare times with and without an offset.
    return found if found.tzinfo else datetime.fromisoformat(f"{found.isoformat()}+00:00")


def named_text(named: Callable[[str], bool], holds: Callable[[str], bool], what: str) -> Law:
    """Return the law that every text under a name of some kind has a form.

    ``named`` tells those names, ``holds`` whether a text has the form, ``what`` names it in
    messages.
    """

    def law(value: Json) -> Iterator[Fault]:
        for pointer, name, found in walk(value):
            if isinstance(found, str) and named(name) and not holds(found):
                yield pointer, f"{found[:60]!r} is no {what}"

    return law


def _ends_with(*endings: str) -> Callable[[str], bool]:
    return lambda name: bool(parts := words(name)) and parts[-1] in endings


dates_are_iso: Final = named_text(is_date_name, is_iso_date, "ISO-8601 date")
emails_are_well_formed: Final = named_text(
    is_email_name, lambda text: bool(_EMAIL.fullmatch(text)), "well-formed e-mail address"
)
urls_are_valid: Final = named_text(
    _ends_with("url", "uri", "href", "website", "homepage", "link"),
    lambda text: bool(_URL.fullmatch(text)),
    "URL",
)
uuids_are_valid: Final = named_text(
    _ends_with("uuid", "guid"), lambda text: bool(_UUID.fullmatch(text)), "UUID"
)
phones_are_valid: Final = named_text(
    lambda name: "phone" in words(name) or "telephone" in words(name) or "mobile" in words(name),
    lambda text: bool(_PHONE.fullmatch(text)),
    "phone number",
)


def no_empty_text(value: Json) -> Iterator[Fault]:
    """Yield texts that are empty or blank."""
    for pointer, _, found in walk(value):
        if isinstance(found, str) and not found.strip():
            yield pointer, "the text is empty"


def no_nulls(value: Json) -> Iterator[Fault]:
    """Yield what is null."""
    for pointer, _, found in walk(value):
        if found is None:
            yield pointer, "the value is null"


def consistent(value: Json) -> Iterator[Fault]:
    """Yield dates out of order, negative amounts, ages no person has, totals that do not add up."""
    for pointer, name, found in walk(value):
        if isinstance(found, dict):
            yield from _order_faults(found, pointer)
            yield from _sum_faults(found, pointer)
        elif (
            is_number(found)
            and found < 0
            and words(name)[-1:]
            and (words(name)[-1] in _NEVER_NEGATIVE)
        ):
            yield pointer, f"{found} is negative"
        elif is_number(found) and words(name) == ["age"] and found > 150:
            yield pointer, f"{found} is no age"


def _order_faults(members: JsonObject, pointer: str) -> Iterator[Fault]:
    times = {" ".join(words(key)): (key, read_time(v)) for key, v in members.items()}
    for first, second in _ORDER:
        for name, (key, early) in times.items():
            if early is None or not _has_words(name, first):
                continue
            other, late = times.get(_with_words_swapped(name, first, second), ("", None))
            if late is not None and early > late:
                yield f"{pointer}/{escape(other)}", f"{other} is before {key}"


def _has_words(name: str, part: str) -> bool:
    return f" {part} " in f" {name} "


def _with_words_swapped(name: str, first: str, second: str) -> str:
    return f" {name} ".replace(f" {first} ", f" {second} ", 1).strip()


def _sum_faults(members: JsonObject, pointer: str) -> Iterator[Fault]:
    sums = [total for item in members.values() if (total := _sum_of_lines(item)) is not None]
    # With two lists of lines, it is not known which of them the total is for.
    if len(sums) != 1:
        return
    extras = any(word in _EXTRAS for key in members for word in words(key))
    names = ["subtotal", "sub total"] + ([] if extras else ["total", "total amount", "total price"])
    for key, stated in members.items():
        if " ".join(words(key)) in names and is_number(stated) and abs(stated - sums[0]) > _CENT:
            yield f"{pointer}/{escape(key)}", f"{stated} is not the sum of the lines, {sums[0]:.2f}"


def _sum_of_lines(items: Json) -> float | None:
    """Return quantity times price over a list of lines, or None where it is no such list."""
    if not isinstance(items, list) or not items:
        return None
    total = 0.0
    for item in items:
        line = item if isinstance(item, dict) else {}
        amounts = {" ".join(words(key)): v for key, v in line.items() if is_number(v)}
        quantity = next((amounts[k] for k in ("quantity", "qty") if k in amounts), None)
        price = next((amounts[k] for k in ("unit price", "price") if k in amounts), None)
        if quantity is None or price is None:
            return None
        total += quantity * price
    return total
