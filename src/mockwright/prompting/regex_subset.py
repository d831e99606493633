"""Regular expressions as llama.cpp's grammar converter takes them.

It reads literals, ``.``, classes, groups, ``|`` and quantifiers between ``^`` and ``$``, and
answers HTTP 400 or silently goes wrong on the rest. What is returned here is never looser than what
was given: every string it matches, the original matches as well.
"""

from __future__ import annotations

import re
import string
from typing import Final

# A value of these formats that a model could hardly get wrong; the formats themselves are not read.
# The pattern is far narrower than the format: few as these values are, none can be wrong.
FORMAT_PATTERNS: Final = {
    "email": "^[a-z]{2,12}[.][a-z]{2,12}@example[.](com|org|net)$",
    "uri": "^https://[a-z]{3,16}[.]example[.](com|org|net)/[a-z0-9-]{1,24}$",
    "ipv4": "^(10|172|192)[.][1-9][0-9]?[.][1-9][0-9]?[.][1-9]$",
    "hostname": "^[a-z]{2,12}[.]example[.](com|org|net)$",
}
"""Patterns for formats that the converter does not read.

``ann.lee@example.com``, ``https://shop.example.com/cart-7``, ``10.4.20.9``, ``shop.example.com``.
"""
_FILLER: Final = "[A-Za-z0-9]{0,24}"
"""What stands where a pattern was not anchored."""
_MOST: Final = 32
"""Repetitions that an open quantifier is cut to: an answer has to end."""
_LIMIT: Final = 1_000
"""The highest number of repetitions; llama.cpp refuses them in the thousands."""

_ORDINARY: Final = string.ascii_letters + string.digits + " _."
"""The characters of which a negated class is made."""
_CLASSES: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": " "}
r"""Escapes as members of a class; ``\\s`` is a space, since any other is rarely meant."""
_PLAIN_ESCAPES: Final = frozenset(r".^$*+?()[]{}|/\-@#&%_:;,=<>!~'" + '"`')
"""Signs that may be escaped and then stand for themselves."""
# `*`, `+`, `?`, `{3}`, `{3,}`, `{3,5}`
_QUANTIFIER: Final = re.compile(r"[*+?]|\{(\d{1,4})(,(\d{0,4}))?\}")


def grammar_pattern(pattern: str) -> str | None:
    """Return the pattern in the converter's syntax, anchored; None where it has no such form."""
    if not pattern or not pattern.isascii() or len(pattern) > 500:
        return None
    start, end = pattern.startswith("^"), _ends_anchored(pattern)
    body = pattern[start : len(pattern) - end]
    rewritten = _rewrite(body)
    if rewritten is None:
        return None
    if not start and end:
        rewritten = f"{_FILLER}({rewritten})"
    elif start and not end:
        rewritten = f"({rewritten}){_FILLER}"
    elif _has_choice(rewritten):
        rewritten = f"({rewritten})"
    return f"^{rewritten}$"


def _ends_anchored(pattern: str) -> bool:
    r"""Whether the pattern ends with an anchor, not with an escaped ``\\$``."""
    slashes = len(pattern[:-1]) - len(pattern[:-1].rstrip("\\"))
    return len(pattern) > 1 and pattern.endswith("$") and slashes % 2 == 0


def _rewrite(body: str) -> str | None:
    """Return the parts rewritten one by one, or None where the converter does not take one."""
    parts: list[str] = []
    i = depth = 0
    while i < len(body):
        char = body[i]
        if char in "^$":
            return None
        if char == "\\":
            part, i = _escape(body, i)
        elif char == "[":
            part, i = _class(body, i)
        elif char == "(":
            depth += 1
            part, i = _group(body, i)
        elif (match := _QUANTIFIER.match(body, i)) is not None:
            part, i = _quantifier(match, bool(parts)), match.end()
            # Lazy, possessive or doubled: `a+?`, `a++`, `a{2}{3}`.
            if body[i : i + 1] in ("?", "+", "*", "{"):
                return None
        elif char == ".":
            # `.` of the grammar takes quotes and control characters, too.
            part, i = "[A-Za-z0-9 ,_-]", i + 1
        else:
            depth -= char == ")"
            part, i = (None if char in "{}]" or ord(char) < 32 else char), i + 1
        if part is None or depth < 0:
            return None
        parts.append(part)
    return "".join(parts) if depth == 0 and parts else None


def _escape(body: str, i: int) -> tuple[str | None, int]:
    sign = body[i + 1 : i + 2]
    if sign in _CLASSES and sign:
        return f"[{_CLASSES[sign]}]", i + 2
    if sign in _PLAIN_ESCAPES and sign:
        # A class of one needs no escape, and reads the same in every version.
        return (f"\\{sign}" if sign in "^\\]" else f"[{sign}]"), i + 2
    return None, i + 2


def _class(body: str, i: int) -> tuple[str | None, int]:
    j, members, negated = i + 1, list[str](), False
    if body[j : j + 1] == "^":
        negated, j = True, j + 1
    while j < len(body) and body[j] != "]":
        char = body[j]
        if char == "\\":
            sign = body[j + 1 : j + 2]
            if sign in _CLASSES and sign:
                members.append(_CLASSES[sign])
            elif sign in _PLAIN_ESCAPES and sign:
                members.append(f"\\{sign}" if sign in "]\\-^" else sign)
            else:
                return None, j
            j += 2
        elif char in '["' or ord(char) < 32:
            return None, j
        else:
            members.append(char)
            j += 1
    if j >= len(body) or not members:
        return None, j + 1
    inner = "".join(members)
    return (_negated_class(inner) if negated else f"[{inner}]"), j + 1


def _negated_class(members: str) -> str | None:
    """Return a class of the ordinary characters that ``members`` does not hold; None without any.

    Of all others, a control character or a quote helps nobody.
    """
    # Python warns that these may become set operations.
    if re.search(r"--|&&|\|\||~~", members):
        return None
    try:
        excluded = re.compile(f"[{members}]")
    except re.error:
        return None
    left = "".join(c for c in _ORDINARY if not excluded.match(c))
    return f"[{left}]" if left else None


def _group(body: str, i: int) -> tuple[str | None, int]:
    if body.startswith("(?:", i):
        return "(", i + 3
    return (None if body.startswith("(?", i) else "("), i + 1


def _quantifier(match: re.Match[str], follows: bool) -> str | None:
    if not follows:
        return None
    sign = match[0]
    if sign in "*+?":
        return {"*": f"{{0,{_MOST}}}", "+": f"{{1,{_MOST}}}", "?": "?"}[sign]
    least = int(match[1])
    most = least if match[2] is None else int(match[3]) if match[3] else least + _MOST
    if not least <= most <= _LIMIT:
        return None
    return f"{{{least},{most}}}" if most != least else f"{{{least}}}"


def _has_choice(body: str) -> bool:
    """Whether a ``|`` stands outside of groups and classes."""
    depth, i = 0, 0
    while i < len(body):
        char = body[i]
        if char == "\\":
            i += 1
        elif char == "[":
            i = body.index("]", i + 1)
            while body[i - 1] == "\\":
                i = body.index("]", i + 1)
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            return True
        i += 1
    return False
