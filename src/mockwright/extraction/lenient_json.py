"""A reader for JSON as models write it: one pass, never recursive, never an error.

It knows JSON5, JavaScript and Python spellings (comments, single, typographic and missing quotes,
trailing commas, ``True``/``None``/``undefined``), and mends what no dialect allows: missing commas
and closers, quotes that were not escaped, raw line breaks, ellipses, a text that just ends. One
reader rather than a cascade of strict parsers, because damage comes combined (a Python ``repr``
that was cut short), and because each place has to be read with its neighbours in view: whether a
quotation mark ends a string is seen from what follows it.

Time is linear in the text, and bounded by ``budget`` tokens. The quantifiers of the patterns are
possessive wherever they can be, so that none of them backtracks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mockwright.extraction import literals, quotes
from mockwright.types import MISSING, Json, Missing

MAX_DEPTH: Final = 128
"""Levels of nesting; a bracket beyond ends the reading."""
_MAX_GARBAGE: Final = 32
"""Guesses about one value; a text that takes more of them is prose."""

# Layout, comments, ellipses: no more of them in one match, as each takes memory until it is made.
_SKIPPED_AT_ONCE: Final = 1000
# What may stand between two tokens and means nothing.
_SKIP = re.compile(
    # White space, byte order marks and zero-width spaces; comments: `// note`, `/* note */`, `#
    # note`, `<!-- note -->`, the second and last also where the text ends within.
    r"(?:[\s\ufeff\u200b]++|//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z)|#[^\n]*+|<!--(?s:.*?)(?:-->|\Z)"
    # `... more items ...`
    r"|(?:\.{3}|…)[^\"'\n{}\[\],:.…]{1,60}+(?:\.{3}|…)"
    # `... and 3 more`, `... (rest omitted)` to the end of the line or up to a closer; not `...etc,
    # "b"`, of which the ellipsis alone is skipped.
    r"|(?:\.{3}|…)[ \t]*+\(?(?:and|\d++|more|etc|repeat|continue|rest|remaining|other|additional)\b"
    r"[^\"'\n{}\[\],:]*+(?=[\n\]}])"
    # `...`, `..`, `…`
    rf"|\.{{2,}}+|…){{0,{_SKIPPED_AT_ONCE}}}"
)
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")
# `"id": ` with its colon, or the full-width one of a Chinese or Japanese keyboard.
_PLAIN_KEY = re.compile(r"\"([^\"\\\n]*+)\"\s*+[:：]\s*+")
# The `b` of `b'...'`, the `rb` of `rb"..."`, and so on, as Python writes strings.
_PREFIX = re.compile(r"(?:[rbufRBUF]{1,2})(?=[\"'])")
# Strings that end beyond doubt, so that most of them take one step.
# `"Oslo"` before `, "zip":`; not the `"a"` of `"a" b, "c": 1`,
# which may be quoted inside of a string.
_PLAIN_MEMBER = re.compile(r"\"([^\"\\]*+)\"(?=,\s*+\"[^\"\\\n]{0,120}+\"\s*+:|\s*+\n\s*+[}\]])")
# `"Oslo"` before `, "`.
_PLAIN_ITEM = re.compile(r"\"([^\"\\]*+)\"(?=,\s*+\"|\s*+\n\s*+\])")
# Whole members of which the same holds, with the comma after them.
# `"id": 7,` or `'city': 'Oslo',` before another key in the same quotes.
_MEMBER = re.compile(
    r"\s*+([\"'])([^\"'\\\n]*+)\1\s*+:\s*+"
    r"(?:([\"'])([^\"'\\\n]*+)\3|(-?\d++(?:\.\d++)?|true|false|null|True|False|None))"
    r",(?=\s*+\1[^\"'\\\n]{0,120}+\1\s*+:)"
)
# `id` before `:`, `=` or `=>`; not a key of two words.
_BARE_KEY = re.compile(r"[^\s\"'“”„‘’`{}\[\](),:：=]++(?=\s*+(?:[:：]|=>?))")
# `in progress`, up to a comma, a closer or the end of the line.
_BARE_TEXT = re.compile(r"[^\n,}\]]++")
# `:`, `：`, `=`, `=>`
_COLON = re.compile(r"\s*+(?:[:：]|=>?)")
# `id":`, a key that has lost its opening mark.
_HALF_KEY = re.compile(r"([\w$-]++)\"\s*+:")
# `, "zip":` behind a brace that would end the whole value.
_MEMBER_FOLLOWS = re.compile(r"\s*+,\s*+\"[^\"\\\n]{1,120}+\"\s*+:")
# `id: `, what is read for a key of `"id: "x"`, which has lost its closing mark.
_LOST_MARK = re.compile(r"([\w$ -]++)\s*+:\s*+")
# ` "Oslo"`, ` 7`, ` [`: what stands behind a key that has lost its colon.
_VALUE_FOLLOWS = re.compile(r"\s*+(?:[\"{\[]|-?\d|(?:true|false|null)\b)")
# ` + ` before a string that is added to the one before it, as in JavaScript.
_ADDED = re.compile(r"\s*+\+\s*+(?=[\"'`])")
# Whatever comes before something that may be read again.
_GARBAGE = re.compile(r"[^,}\]\n\"]*+")
# `, {` or `, [`, which only another item of a list can be.
_CLOSED_BY_MORE = re.compile(r"\s*+,\s*+[{\[]")

_CALLS: Final = ((literals.CALL, literals.called), (literals.PLAIN_CALL, literals.called_plainly))
_OPENER: Final = {"}": "{", "]": "[", ")": "("}


@dataclass(frozen=True, slots=True)
class LenientValue:
    """One value that was read from a text."""

    value: Json
    end: int
    """Where in the text the reading stopped."""
    complete: bool
    """Whether all of its brackets were closed, before the text ended or a bound was reached."""
    guesses: int
    """How often the reader had to step over what it could not make sense of."""
    tokens: int
    """Tokens that it took to read."""


class _Reader:
    """The state of one reading: the open containers, from the outermost to the one that is read.

    Each method that reads moves on in the text and says whether there may be more to read.
    """

    def __init__(self, text: str, start: int, budget: int) -> None:
        self.text = text
        self.pos = start
        self.budget = budget
        self.tokens = 0
        self.guesses = 0
        self.after_blank = False
        """Whether a blank line stands before the next token."""
        self.root: Json = None
        self.stack: list[Json] = []
        self.openers: list[str] = []
        """The brackets of the open containers; ``(`` is a Python tuple."""
        self.keys: list[str | None] = []
        """For each open object the key that waits for its value, or None."""

    def read(self) -> LenientValue:
        self._open(self.text[self.pos])
        while self.stack and self.tokens < self.budget and self.guesses < _MAX_GARBAGE:
            self.tokens += 1
            if not self._read_token():
                break
        return LenientValue(self.root, self.pos, not self.stack, self.guesses, self.tokens)

    def _read_token(self) -> bool:
        """Read one token and return whether there may be another."""
        text, start = self.text, self.pos
        if self.openers[-1] == "{" and (member := _MEMBER.match(text, start)):
            return self._read_member(member)
        self.pos = end = _skip(text, start)
        # After a comma a blank line is layout; without one, what follows is likely prose.
        self.after_blank = (
            end - start > 1 and text[start - 1] != "," and _has_blank_line(text[start:end])
        )
        if end >= len(text):
            return False
        char = text[end]
        # Also as they stand on a Chinese or Japanese keyboard.
        if char in ",;，、":
            self.pos += 1
            self.keys[-1] = None
            return True
        if char in "}])":
            return self._close(char)
        if self.openers[-1] == "{" and self.keys[-1] is None:
            return self._read_key(char)
        return self._read_value(char)

    def _read_member(self, member: re.Match[str]) -> bool:
        key, quote, string, literal = member.group(2, 3, 4, 5)
        if quote:
            self.stack[-1][key] = string
        elif literal in literals.WORDS:
            self.stack[-1][key] = literals.WORDS[literal]
        else:
            self.stack[-1][key] = literals.to_number(literal)
        self.keys[-1] = None
        self.pos = member.end()
        return True

    def _open(self, char: str) -> bool:
        if len(self.stack) >= MAX_DEPTH:
            return False
        container: Json = {} if char == "{" else []
        if self.stack:
            self._put(container)
        else:
            self.root = container
        self.stack.append(container)
        self.openers.append(char)
        self.keys.append(None)
        self.pos += 1
        return True

    def _close(self, char: str) -> bool:
        opener = _OPENER[char]
        if opener not in self.openers or (self.openers[-1] != opener and self._is_stray(opener)):
            self.guesses += 1
            self.pos += 1
            return True
        # The whole ends with a brace too early: more of its members follow.
        if self.openers == ["{"] and _MEMBER_FOLLOWS.match(self.text, self.pos + 1):
            self.guesses += 1
            self.pos += 1
            return True
        # What is open inside has lost its closers.
        while self._pop() != opener:
            self.guesses += 1
        self.pos += 1
        return True

    def _is_stray(self, opener: str) -> bool:
        """Whether a closer out of turn is one too many, rather than the sign of one too few.

        If it did close what ``opener`` opened, the ``, {`` behind it would have to be an item of
        the list around; where there is no list around, it closes nothing.
        """
        last = len(self.openers) - 1 - self.openers[::-1].index(opener)
        outer = self.openers[last - 1] if last else None
        return outer != "[" and _CLOSED_BY_MORE.match(self.text, self.pos + 1) is not None

    def _pop(self) -> str:
        self.stack.pop()
        self.keys.pop()
        return self.openers.pop()

    def _put(self, value: Json) -> None:
        top = self.stack[-1]
        if isinstance(top, list):
            top.append(value)
        else:
            key = self.keys[-1]
            # A value where a key was due has nowhere to go.
            if key is not None:
                top[key] = value
            self.keys[-1] = None

    def _read_key(self, char: str) -> bool:
        if char in quotes.OPENERS:
            return self._read_quoted_key()
        bare = _BARE_KEY.match(self.text, self.pos)
        if bare and not self.after_blank:
            self.keys[-1] = bare[0]
            self.pos = self._after_colon(bare.end())
            return True
        half = _HALF_KEY.match(self.text, self.pos)
        if half:
            self.keys[-1] = half[1]
            self.pos = half.end()
            return True
        # The next item of the list around: this object has lost its brace.
        if char in "{[" and len(self.openers) > 1 and self.openers[-2] == "[":
            self._pop()
            self.guesses += 1
            return self._read_value(char)
        return self._skip_garbage()

    def _read_quoted_key(self) -> bool:
        plain = _PLAIN_KEY.match(self.text, self.pos)
        if plain:
            self.keys[-1] = plain[1]
            self.pos = plain.end()
            return True
        key = quotes.read_key(self.text, self.pos)
        if key is None:
            self.pos = len(self.text)
            return False
        self.pos = key.end
        after = self._after_colon(key.end)
        if after == key.end:
            self.guesses += 1
            return self._mend_key(key)
        self.keys[-1] = key.value
        self.pos = after
        return True

    def _mend_key(self, key: quotes.Quoted) -> bool:
        """Make the best of a key without a closing mark or a colon, which may be no key at all."""
        lost = _LOST_MARK.fullmatch(key.value)
        if lost:
            self.keys[-1] = lost[1]
            self.pos = key.end - 1
        elif _VALUE_FOLLOWS.match(self.text, key.end):
            self.keys[-1] = key.value
        return True

    def _after_colon(self, pos: int) -> int:
        colon = _COLON.match(self.text, pos)
        return colon.end() if colon else pos

    def _read_value(self, char: str) -> bool:
        if char in "{[(":
            return self._open(char)
        if char in quotes.OPENERS:
            return self._read_string()
        number = literals.NUMBER.match(self.text, self.pos)
        # In a list, `1,234` is two items.
        if number and self.openers[-1] == "{":
            number = literals.GROUPED.match(self.text, self.pos) or number
        if number and not self._continues_as_text(number.end()):
            return self._read_number(number)
        return self._read_word()

    def _continues_as_text(self, end: int) -> bool:
        """Whether words follow that make a text of a number or a literal: ``10 kg``."""
        return self.openers[-1] == "{" and bool(literals.MORE_WORDS.match(self.text, end))

    def _read_string(self) -> bool:
        in_object = self.openers[-1] == "{"
        plain = (_PLAIN_MEMBER if in_object else _PLAIN_ITEM).match(self.text, self.pos)
        if plain:
            self.pos = plain.end()
            self._put(plain[1])
            return True
        string = self._with_added(quotes.read_value(self.text, self.pos, self.openers))
        self.pos = string.end
        if not in_object and self._belongs_to_outer(string.end):
            self._pop()
            self.guesses += 1
            self.keys[-1] = string.value
            self.pos = self._after_colon(string.end)
            return True
        self._put(string.value)
        return string.closed

    def _with_added(self, string: quotes.Quoted) -> quotes.Quoted:
        """Return the string with those that ``+`` adds to it."""
        while string.closed and (added := _ADDED.match(self.text, string.end)):
            self.tokens += 1
            more = quotes.read_value(self.text, added.end(), self.openers)
            string = more._replace(value=string.value + more.value)
        return string

    def _belongs_to_outer(self, pos: int) -> bool:
        """Whether a string in a list is a key of the object around; the list has no closer then."""
        return (
            self.text.startswith(":", pos)
            and len(self.openers) > 1
            and self.openers[-2] == "{"
            and self.openers[-1] == "["
        )

    def _read_number(self, number: re.Match[str]) -> bool:
        self.pos = number.end()
        # A number that touches the end may have lost digits. With a single closer missing it
        # is more likely the closer alone that was lost.
        if self.pos == len(self.text) and len(self.stack) > 1:
            return False
        self._put(literals.to_number(number[0]))
        return True

    def _read_word(self) -> bool:
        text = self.text
        prefix = _PREFIX.match(text, self.pos)
        if prefix:
            self.pos = prefix.end()
            return self._read_string()
        word = literals.WORD.match(text, self.pos)
        if word and word[0] in literals.WORDS and not self._continues_as_text(word.end()):
            self.pos = word.end()
            self._put(literals.WORDS[word[0]])
            return True
        if word and word.end() == len(text):
            return self._read_cut_word(word[0])
        if literals.CUT_NUMBER.match(text, self.pos):
            self.pos = len(text)
            return False
        for call, value in _CALLS:
            if found := call.match(text, self.pos):
                self.pos = found.end()
                self._put(value(found))
                return True
        return self._read_bare_text()

    def _read_cut_word(self, word: str) -> bool:
        self.pos = len(self.text)
        value: Json | Missing = literals.FIRST_LETTERS.get(word, MISSING)
        if value is not MISSING:
            self._put(value)
        return False

    def _read_bare_text(self) -> bool:
        bare = _BARE_TEXT.match(self.text, self.pos)
        if bare is None or self.after_blank or not _looks_like_words(bare[0]):
            return self._skip_garbage()
        self.guesses += 1
        self.pos = bare.end()
        text = bare[0].strip()
        # A single mark at the end is that of a string which has lost its first.
        self._put(text[:-1] if text[-1] in quotes.OPENERS and text.count(text[-1]) == 1 else text)
        return True

    def _skip_garbage(self) -> bool:
        """Step over what means nothing; after a blank line it is prose, and the value is over."""
        if self.after_blank or self.text.startswith("```", self.pos):
            return False
        self.guesses += 1
        garbage = _GARBAGE.match(self.text, self.pos + 1)
        self.pos = garbage.end() if garbage else self.pos + 1
        return True


def _skip(text: str, start: int) -> int:
    """Return where what means nothing ends."""
    while skipped := _SKIP.match(text, start):
        # As each is a character at least, fewer characters are all that there was to skip.
        if skipped.end() - start < _SKIPPED_AT_ONCE:
            return skipped.end()
        start = skipped.end()
    return start


def _has_blank_line(skipped: str) -> bool:
    return _BLANK_LINE.search(skipped) is not None


def _looks_like_words(text: str) -> bool:
    return text[:1].isalnum() or text[:1] in "_$/@+-.~%&"


def read(text: str, start: int, budget: int) -> LenientValue:
    """Return the value that begins at the bracket ``text[start]``, of at most ``budget`` tokens."""
    return _Reader(text, start, budget).read()
