"""What tells a secret: names of fields, and what secrets look like; for whatever shows a text.

The journal, the recordings, the log and the configuration all ask here, so that what is hidden in
one of them is hidden in all. A text may be JSON, JSON inside a prompt, a form, a query or prose,
and may be cut anywhere; so it is searched, not parsed. Too much is hidden rather than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MASK: Final = "[redacted]"
"""Of data: it stays itself where it is read, compared and hidden again."""
STARS: Final = "***"
"""Of what people read in a line: the log, the configuration."""

_NAMES: Final = (
    "passw(?:or)?d",
    "passphrase",
    "secret",
    "token",
    "api[ _-]?key",
    "authorization",
    "credential",
    "private[_-]?key",
)
"""Found anywhere in a name: ``clientSecret``, ``x-api-key``, ``passwords``."""
_LAST_NAMES: Final = ("cookies?",)
"""Found at its end: ``set-cookie`` holds a session, ``cookie_policy`` does not."""
_KEYS: Final = ("sk[-_]", "pk[-_]", "ghp[-_]", "gho[-_]", "xox[abp][-_]")
"""How keys begin whose makers mark them."""
_SCHEMES: Final = ("bearer", "basic")
"""What stands before the credentials in an ``Authorization`` header."""

_TELLING: Final = (
    # Most letters begin no name; looked at first, they cost half.
    rf"(?=[{''.join(sorted({name[0] for name in _NAMES + _LAST_NAMES}))}])"
    rf"(?P<name>(?:{'|'.join(_NAMES)})[\w.$-]{{0,40}}|(?P<last>{'|'.join(_LAST_NAMES)}))"
)
_SEPARATOR: Final = r"\\{0,3}[\"']?\s{0,20}[:=]\s{0,20}"
_NAME: Final = re.compile(rf"{_TELLING}(?:{_SEPARATOR}|\\)?\Z", re.IGNORECASE)
_COUNT: Final = re.compile(r"\w*tokens(?:_\w+)?")
"""``max_tokens``, ``prompt_tokens_details``: how many, where a number follows."""
_BREAK: Final = re.compile(r"[^\w.$-]")
_LONGEST_PREFIX: Final = 100

# A string may hold escaped quotes, be JSON inside a string (its own quotes escaped), or be cut.
_STRING: Final = (
    r'(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)'
    r"|'(?:[^'\\]|\\.)*(?:'|\\?\Z)"
    r"""|(?P<q>\\{1,3}["'])(?:(?!(?<!\\)(?P=q)).)*(?:(?P=q)|\Z))"""
)
_BARE: Final = r"[^\s,;&\"'\\}\]]"
# The cookies of a header: one is rarely alone.
_MORE: Final = rf"(?:;\s{{0,20}}[^\s,;&\"'\\}}\]=]+={_BARE}*)*"
_FIELD: Final = re.compile(
    rf"{_TELLING}(?P<sep>{_SEPARATOR})"
    rf"(?P<value>{_STRING}|[\[{{]|{_BARE}+(?(last){_MORE}))",
    re.IGNORECASE | re.DOTALL,
)
_STEP: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_QUOTE: Final = re.compile(r"\\*[\"']")

_CREDENTIALS: Final = rf"\b(?P<scheme>{'|'.join(_SCHEMES)})(?P<gap>\s+|%20|\+)[\w.~+/=-]{{6,}}"
_SCHEME: Final = re.compile(_CREDENTIALS, re.IGNORECASE)
_KEY: Final = re.compile(rf"\b(?:{'|'.join(_KEYS)})[\w-]{{8,}}")
# JSON may write a slash as ``\/``; and a user's name ends where its string does.
_USER: Final = re.compile(r"(?:(?<=://)|(?<=:\\/\\/))[^/?#\s@\"'\\<>{}]+@")
# A URL that stands alone rather has a password with a quote in it.
_USER_OF_URL: Final = re.compile(r"(?<=//)[^/?#\s@]+@")
# In data this would take article numbers for keys (``SK-100200``), and two requests that differ in
# them alone for the same; a line of the log loses nothing by it.
_LIKE_KEY: Final = rf"\bsk-[\w-]{{6,}}|{_KEY.pattern}"
_IN_LINE: Final = re.compile(
    rf"{_CREDENTIALS}|{_LIKE_KEY}|(?P<user>{_USER_OF_URL.pattern})", re.IGNORECASE
)

# Each begins with a letter of its own, which makes the search a quick one.
_HINT: Final = re.compile("|".join((*_NAMES, *_LAST_NAMES, *_SCHEMES, *_KEYS, "//", r"\\/")))
"""In each text, in small letters, that holds a secret: most hold none, and are looked at once."""


def names_secret(name: str, *, number: bool = False) -> bool:
    """Whether values under ``name`` are secrets; a number may be a count where a text is not."""
    found = _NAME.search(name)
    return found is not None and not (number and _is_count(found, found[0]))


def hide(text: str) -> str:
    """Data with each secret replaced by ``[redacted]``; hidden again, it stays as it is."""
    if _HINT.search(text.casefold()) is None:
        return text
    text = _SCHEME.sub(rf"\g<scheme> {MASK}", text)
    text = _KEY.sub(MASK, text)
    text = "".join(_hide_fields(text, MASK))
    return _USER.sub(f"{MASK}@", text)


def hide_in_line(text: str) -> str:
    """A line for people with each secret replaced by ``***``.

    ``name: value`` outside of JSON stays: so our own lines tell what is wrong at a place, which
    may be ``server.admin_token: required``.
    """
    if _HINT.search(text.casefold()) is None:
        return text
    text = _IN_LINE.sub(_star, text)
    return "".join(_hide_fields(text, STARS, prose=True))


def hide_user(url: str) -> str:
    """Return a URL, or a text with URLs, with each ``user:password@`` replaced by ``***@``."""
    return _USER_OF_URL.sub(f"{STARS}@", url)


def _star(found: re.Match[str]) -> str:
    return f"{found['scheme'] or ''}{found['gap'] or ''}{STARS}{'@' if found['user'] else ''}"


def _is_count(found: re.Match[str], name: str) -> bool:
    """Whether the name of which ``name`` was found says how many: ``max_tokens``."""
    before = found.string[max(0, found.start() - _LONGEST_PREFIX) : found.start()]
    return _COUNT.fullmatch(_BREAK.split(before)[-1] + name) is not None


def _hide_fields(text: str, mask: str, *, prose: bool = False) -> Iterator[str]:
    """The pieces of ``text``, the values of secret fields replaced."""
    done = 0
    while match := _FIELD.search(text, done):
        yield text[done : match.start()]
        value = match["value"]
        if (value.isdecimal() and _is_count(match, match["name"])) or (prose and _is_prose(match)):
            # What follows the name is looked at again: ``token: password=...``.
            done = match.start("value")
            yield text[match.start() : done]
            continue
        done = _end(text, match.start("value")) if value in ("[", "{") else match.end()
        yield _mask_field(match, mask)
    yield text[done:]


def _is_prose(match: re.Match[str]) -> bool:
    return "=" not in match["sep"] and _QUOTE.search(match["sep"]) is None


def _end(text: str, start: int) -> int:
    """Behind the container that opens at ``start``; the end of a text that was cut within it."""
    depth = 0
    for step in _STEP.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(step[0], 0)
        if depth == 0:
            return step.end()
    return len(text)


def _mask_field(match: re.Match[str], mask: str) -> str:
    quote = match["q"] or (match["value"][0] if match["value"][0] in "\"'" else "")
    # A JSON value stays one, so that the text can still be parsed where it could before.
    if not quote and (found := _QUOTE.search(match["sep"])):
        quote = found[0]
    return f"{match['name']}{match['sep']}{quote}{mask}{quote}"
