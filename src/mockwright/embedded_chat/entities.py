"""What a text says: the values that its words name, for fields that ask for them.

``a user named Ada Lovelace, 36 years old, email: ada@example.com, in London`` names a person, an
age, an address and a place. Nothing is understood here: these are a few turns of phrase, mostly
English, found by patterns that take linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from mockwright.embedded_chat import patterns
from mockwright.naming import fold, singular, tokens

_LONGEST: Final = 8_000
"""Characters of a text that are looked at."""
_MOST: Final = 64
"""Finds of each sort that are kept."""


@dataclass(frozen=True)
class Entities:
    """A text, and what it says; each part is found when it is first asked for."""

    text: str

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Names of persons, or of what is ``called`` something, in the order of the text."""
        found = [
            (match.start(1), name)
            for pattern in patterns.PERSON
            for match in pattern.finditer(self.text)
            if (name := _clean_name(match[1]))
        ]
        return _unique([name for _, name in sorted(found)])

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Names of places: ``in Paris and London`` is two of them, ``in Paris, France`` one."""
        found: list[str] = []
        for match in patterns.PLACES.finditer(self.text):
            found += self._split_places(match[1], match.end(1))
        # `to` is tried last: behind a verb of travel it leads to a place, elsewhere to anything.
        found = found or [match[1] for match in patterns.JOURNEY.finditer(self.text)]
        if not found and patterns.SMALL_PLACE.search(self.text):
            for match in patterns.SMALL_PLACE.finditer(self.text):
                words = (match[1] or match[2]).split()
                no_name = patterns.AFTER_PLACE | patterns.NO_PERSON
                if words[0] not in no_name:
                    kept = words[:1] if words[-1] in no_name else words
                    found.append(" ".join(kept).title())
        # "for Ada" names a person as well as it would a place.
        names = {fold(name) for name in self.people}
        found = [place for place in found if fold(place) not in names]
        return _unique([p for p in found if fold(p.split()[0]) not in patterns.NO_PERSON])

    def _split_places(self, text: str, end: int) -> list[str]:
        parts = text.split(", ")
        listed = re.match(r",? (?:and|or|und|et|y|e) [A-Z]", self.text[end : end + 8]) is not None
        # Two parts are a place and its country, unless `and` follows: "Paris, London and Rome".
        if len(parts) == 2 and not listed:
            return [text]
        return parts

    @cached_property
    def origin(self) -> str | None:
        """The place behind ``from``."""
        match = patterns.FROM.search(self.text)
        return match[1] if match else None

    @cached_property
    def destination(self) -> str | None:
        """The place behind ``to``."""
        match = patterns.TO.search(self.text)
        return match[1] if match else None

    @cached_property
    def emails(self) -> tuple[str, ...]:
        """E-mail addresses."""
        return _unique([found.rstrip(".") for found in patterns.EMAIL.findall(self.text)])

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """Web addresses."""
        return _unique([found.rstrip(".,;:!?") for found in patterns.URL.findall(self.text)])

    @cached_property
    def phones(self) -> tuple[str, ...]:
        """Telephone numbers, as they are written."""
        found = [text.strip() for text in patterns.PHONE.findall(self.text)]
        return _unique([text for text in found if not patterns.DATE.match(text)])

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """Dates and date-times in ISO 8601."""
        return _unique(patterns.DATE.findall(self.text))

    @cached_property
    def days(self) -> tuple[str, ...]:
        """Days that are named: ``tomorrow``."""
        return _unique(patterns.DAY.findall(self.text))

    @cached_property
    def ages(self) -> tuple[int, ...]:
        """Ages in years."""
        return tuple(int("".join(found)) for found in patterns.AGE.findall(self.text)[:_MOST])

    @cached_property
    def numbers(self) -> tuple[tuple[float, str, str], ...]:
        """Each number with the word before and the word after it."""
        found = []
        for match in list(patterns.NUMBER.finditer(self.text))[:_MOST]:
            before = tokens(self.text[max(0, match.start() - 40) : match.start()])
            after = tokens(self.text[match.end() : match.end() + 40])
            number = float(match[1].replace(",", ""))
            found.append((number, before[-1] if before else "", after[0] if after else ""))
        return tuple(found)

    @cached_property
    def quoted(self) -> tuple[str, ...]:
        """What stands between quotation marks."""
        return _unique(["".join(groups) for groups in patterns.QUOTED.findall(self.text)])

    @cached_property
    def about(self) -> str | None:
        """What stands behind ``about``, without its article."""
        match = patterns.ABOUT.search(self.text)
        return match[2].strip() if match else None

    @cached_property
    def about_whole(self) -> str | None:
        """What stands behind ``about``, with its article."""
        match = patterns.ABOUT.search(self.text)
        return (match[1] + match[2]).strip() if match else None

    @cached_property
    def saying(self) -> str | None:
        """The text of a message: what stands behind ``saying``."""
        match = patterns.SAYING.search(self.text)
        return match[1].strip("\"' ") if match else None

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Words in capitals: ``AAPL``, ``EUR``."""
        return _unique(patterns.SYMBOL.findall(self.text))

    @cached_property
    def stated(self) -> dict[tuple[str, ...], str]:
        """Values by the folded words of their keys, of ``key: value`` and ``key = value``."""
        return _find_pairs(patterns.PAIR, self.text)

    @cached_property
    def pairs(self) -> dict[tuple[str, ...], str]:
        """What is stated, and also ``key is value``."""
        return {**_find_pairs(patterns.IS, self.text), **self.stated}

    @cached_property
    def counts(self) -> tuple[tuple[int, str], ...]:
        """How many of what: ``three users`` is ``(3, "user")``."""
        found = []
        for match in list(patterns.COUNT.finditer(self.text))[:_MOST]:
            several = [(fold(word), singular(fold(word))) for word in match[2].split()]
            # A word that is its own singular is no plural, and so nothing that is counted.
            named = [thing for word, thing in several if thing not in (word, *patterns.UNITS)]
            found += [(number_word(match[1]), thing) for thing in named[:1]]
        return tuple(found)

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the text, folded."""
        return frozenset(fold(word) for word in re.findall(r"\w+", self.text))


def extract_entities(text: str) -> Entities:
    """Return what ``text`` says, as far as it is looked at."""
    return Entities(text[:_LONGEST])


def _find_pairs(pattern: re.Pattern[str], text: str) -> dict[tuple[str, ...], str]:
    """Return values by the words of their keys, and by the last of these words.

    ``her favourite city: Oslo`` is a value for ``favourite city`` and for ``city``, too.
    """
    found: dict[tuple[str, ...], str] = {}
    for match in list(pattern.finditer(text))[:_MOST]:
        words, value = tokens(match[1]), _clean_value(match[2])
        for start in range(len(words)):
            if value and not value.startswith("//"):
                found.setdefault(words[start:], value)
    return found


def _unique(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found[:_MOST]))


def _clean_value(value: str) -> str:
    """Return a value without quotation marks, or else without the sentence that follows."""
    value = value.strip()
    if value[:1] in "\"'":
        return value.strip("\"'")
    return patterns.TAIL.sub("", value).strip(" *`)")


def number_word(word: str) -> int:
    """Return ``three`` and ``3`` as 3, and what is no number as 1."""
    return int(word) if word.isdecimal() else patterns.WORDS.get(word.lower(), 1)


def _clean_name(text: str) -> str:
    """Return a name without the words before it that begin a sentence: ``Extract Jason``."""
    words = text.removesuffix("'s").removesuffix("’s").split()
    while words and fold(words[0]) in patterns.NO_PERSON:
        del words[0]
    return " ".join(words)
