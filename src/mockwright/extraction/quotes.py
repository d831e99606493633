"""Where a string ends, in a text whose quotation marks cannot be trusted.

A mark inside a string may have been left unescaped, and the closing one may be missing. What tells
the two kinds apart is what comes after the mark: a comma and a key, or more prose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_DOUBLE: Final = "“”„«»"
_SINGLE: Final = "‘’"
OPENERS: Final = frozenset("\"'`" + _DOUBLE + _SINGLE)
"""The marks that may open a string; ``„`` and ``«`` are German and French."""

_CLOSERS: Final = {
    '"': '"',
    "'": "'",
    "`": "`",
    **dict.fromkeys(_DOUBLE, _DOUBLE + '"'),
    **dict.fromkeys(_SINGLE, _SINGLE + "'"),
}
"""The marks that may close a string, by the one that opened it."""
# From an opener to the next mark that may close it; escaped marks are passed over, up to a thousand
# in one match: each takes memory until the match is made.
_BODY: Final = {
    opener: re.compile(rf"[^\\{closers}]*+(?:\\.[^\\{closers}]*+){{0,1000}}", re.DOTALL)
    for opener, closers in _CLOSERS.items()
}

# A key with its colon or arrow, or cut short by the end of the text. The counts bound what is read
# again for each mark of a string.
_KEY = (
    # `"id":`, `"say \"hi\"" =>`, `"id` at the end
    r"(?:\"[^\"\\\n]{0,120}+(?:\\.[^\"\\\n]{0,40}+){0,12}(?:\"\s*+(?:[:：]|=>|\Z)|\Z)"
    # `'id':`
    r"|'[^'\\\n]{0,120}+(?:\\.[^'\\\n]{0,40}+){0,12}(?:'\s*+(?:[:：]|=>|\Z)|\Z)"
    # `“id”:`, `„id“:`
    r"|[“”„][^“”„\"\n]{0,120}+(?:[“”„\"]\s*+(?::|\Z)|\Z)"
    # "`id`:"
    r"|`[^`\n]{0,120}+(?:`\s*+(?::|\Z)|\Z)"
    # `‘id’:`
    r"|‘[^‘’\n]{0,120}+(?:’\s*+(?::|\Z)|\Z))"
)
# `id:`, `$ref =>`, `user.na` at the end
_BARE_KEY = r"[\w$@.-]{1,80}+(?:\s*+(?::|=>)|\Z)"
_COMMENT = r"//|/\*|\#|<!--"
# `+ "more"`, a string that JavaScript adds.
_ADDED = r"\+\s*+[\"'`]"
_LITERAL = r"(?:true|false|null|True|False|None|NaN|undefined|-?Infinity)\b"
# The beginning of a value: a mark, a bracket, a digit, a literal.
_VALUE = rf"(?:[\"'`“”„‘’{{\[(]|[-+]?\.?\d|{_LITERAL})"

# What may follow the mark that ends a value: beside closers, which depend on the depth.
# It does so in `"a": "x", "b"`, `"a": "x",}`, `"a": "x" // note`, and where the comma is missing in
# `"a": "x" "b":` or before `b:` on the next line; not in `"a": "the "x" of, well, y"`.
_AFTER_IN_OBJECT = re.compile(
    rf"\s*+(?:[,，、]\s*+(?:[}}\])]|\Z|\.\.|…|{_COMMENT}|{_KEY}|{_BARE_KEY})|;|\Z|```|{_ADDED})"
    rf"|\s++(?:{_COMMENT}|\.\.\.|{_KEY})|[ \t\r]*+\n\s*+{_BARE_KEY}"
)
# It does so in `["x", 5`, `["x", tr` at the end, `["x" "y"`, `["x": ` (which is a key); not in
# `["the "x", they say"`.
_AFTER_IN_LIST = re.compile(
    rf"\s*+(?:{_ADDED}|[,，、]\s*+(?:[}}\])]|\Z|\.\.|…|{_COMMENT}|{_VALUE}|[A-Za-z]{{1,8}}\Z|-\Z)|;|\Z|```|:\s)"
    rf"|\s++(?:{_COMMENT}|\.\.\.|[\"'“”„{{\[])|\s*\n\s*{_VALUE}"
)
# One or more closers, and the character behind them: `}],`.
_CLOSING = re.compile(r"\s*+([}\])][}\])\s]*+)(.?)", re.DOTALL)
_AFTER_CLOSING = ",;\"'“”{[/#.<`…"
"""What may follow closers that do not yet end the whole value."""
# Nothing but closers and the end of a fence: "\n]}\n```".
_TAIL = re.compile(r"[\s}\])`]*+\Z")
_QUOTED_KEY = re.compile(_KEY)

# The comma between two members, with the space behind it.
_COMMA_AT_END = re.compile(r",\s*+\Z")
# The beginning of a member, seen beyond doubt: `"zip": "0150`, `"tags": [`.
_MEMBER = re.compile(r"\"[\w$@.-]{1,80}+\"\s*+:\s*+(?:[\"{\[]|-?\d|(?:true|false|null)\b)")

# `\u00e9`, `\U0001F600`, `\xe9`, a backslash at the end of a line, `\n`, `\"`
_ESCAPE = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})|x([0-9a-fA-F]{2})"
    r"|(\r?\n)|(.))",
    re.DOTALL,
)
# An escape that the end of the text cut short: `\`, `\u00`, `\x`.
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?)?\Z")
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}


class Quoted(NamedTuple):
    """A string that was read, without its marks and escapes."""

    value: str
    end: int
    """Where in the text it ends, behind the closing mark."""
    closed: bool = True
    """Whether it ended before the text did."""


def read_key(text: str, start: int) -> Quoted | None:
    """Return the key whose opening mark is ``text[start]``; None where the text ends inside it."""
    end = _body_end(text, start, start + 1)
    if end >= len(text):
        return None
    return Quoted(unescape(text[start + 1 : end]), end + 1)


def read_value(text: str, start: int, openers: Sequence[str]) -> Quoted:
    """Return the string whose opening mark is ``text[start]``.

    ``openers`` are the brackets that are open around it, the innermost last.
    """
    if text.startswith(('"""', "'''"), start):
        tripled = _triple_quoted(text, start)
        if tripled is not None:
            return tripled
    first = end = _body_end(text, start, start + 1)
    segment = start + 1
    # Every mark that might close the string is looked at: what follows it tells.
    while end < len(text):
        if _closes(text, end, openers):
            return Quoted(unescape(text[start + 1 : end]), end + 1)
        line = _unclosed_line(text, segment, end, openers)
        if line is None and text[start] == '"' and openers[-1] == "{":
            line = _unclosed_member(text, start, segment, end)
        if line is not None:
            return Quoted(unescape(text[start + 1 : line].rstrip().removesuffix(",")), line)
        segment = end + 1
        end = _body_end(text, start, segment)
    return _unclosed_string(text, start, first, openers)


def _body_end(text: str, start: int, pos: int) -> int:
    pattern = _BODY[text[start]]
    while body := pattern.match(text, pos):
        if body.end() == pos or not text.startswith("\\", body.end()):
            return body.end()
        pos = body.end()
    return len(text)


def _triple_quoted(text: str, start: int) -> Quoted | None:
    end = text.find(text[start : start + 3], start + 3)
    return Quoted(unescape(text[start + 3 : end]), end + 3) if end > 0 else None


def _closes(text: str, mark: int, openers: Sequence[str]) -> bool:
    """Whether the mark at ``mark`` ends its string, going by what comes after it."""
    after = _AFTER_IN_OBJECT if openers[-1] == "{" else _AFTER_IN_LIST
    if after.match(text, mark + 1):
        return True
    closing = _CLOSING.match(text, mark + 1)
    if closing is None:
        return False
    brackets = sum(not char.isspace() for char in closing[1])
    following = closing[2]
    return (
        brackets >= len(openers)
        or not following
        or following in _AFTER_CLOSING
        or "\n" in closing[1]
    )


def _unclosed_line(text: str, segment: int, mark: int, openers: Sequence[str]) -> int | None:
    """Return where the line ended, if ``mark`` opens a key on the next one.

    The string has then lost its closing mark.
    """
    if openers[-1] != "{":
        return None
    newline = text.rfind("\n", segment, mark)
    if newline < 0 or text[newline:mark].strip() or not _QUOTED_KEY.match(text, mark):
        return None
    return newline


def _unclosed_member(text: str, start: int, segment: int, mark: int) -> int | None:
    """Return where the value ended, if ``mark`` opens the key of the next member on the same line.

    Not where JSON was put into a string as it is: there such members are to be expected.
    """
    if text[mark - 1] not in ", \n" or text[start + 1 : start + 3].lstrip()[:1] in ("{", "["):
        return None
    comma = _COMMA_AT_END.search(text, max(segment, mark - 8), mark)
    if comma is None or not _MEMBER.match(text, mark):
        return None
    return comma.start()


def _unclosed_string(text: str, start: int, first: int, openers: Sequence[str]) -> Quoted:
    """Return a string that nothing ends, as far as it seems to go."""
    tail = _TAIL.search(text, max(start + 1, len(text) - 2 * len(openers) - 64))
    # The text ends in the very closers that are due: the closing mark alone is missing.
    if tail and _closes_all(tail[0], openers):
        inside = tail.start()
        if text[inside - 1] == text[start] and inside - 1 > start:
            inside -= 1
        return Quoted(unescape(text[start + 1 : inside]), tail.start())
    # Many lines behind the first mark: better a value too short than one with all the rest in it.
    if first < len(text) and text[first + 1 :].count("\n") > 2:
        return Quoted(unescape(text[start + 1 : first]), first + 1)
    return Quoted(unescape(_CUT_ESCAPE.sub("", text[start + 1 :])), len(text), closed=False)


def _closes_all(tail: str, openers: Sequence[str]) -> bool:
    closers = [char for char in tail if char in "}])"]
    mirrored = ["}" if opener == "{" else "]" for opener in reversed(openers)]
    return bool(closers) and closers == mirrored


def unescape(raw: str) -> str:
    r"""Return the text that ``raw`` stands for, by JSON's, JavaScript's and Python's escapes.

    An escape that none of them knows loses its backslash before punctuation (``\\$``), and keeps it
    before a letter (``C:\\Users``), where it was most likely meant.
    """
    if "\\" not in raw:
        return raw
    plain = _ESCAPE.sub(_unescaped_character, raw)
    # Two escapes of surrogates make one character; a lone one becomes U+FFFD.
    if any("\ud800" <= char <= "\udfff" for char in plain):
        return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return plain


def _unescaped_character(match: re.Match[str]) -> str:
    unicode, wide, byte, newline, char = match.groups()
    if unicode or wide or byte:
        return chr(int(unicode or wide or byte, 16))
    if newline:
        return ""
    if char in _LETTERS:
        return _LETTERS[char]
    return "\\" + char if char.isalnum() else char
