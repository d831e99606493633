r"""Named classes of characters: ``\\d``, ``\\p{Lu}``, ``[:alpha:]``.

Each is a table of code points. Of Unicode, the parts are in it that a mock should write.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import lru_cache
from typing import Final

from mockwright.schema.regex.tree import Ranges, inverted, normal

DIGIT: Final[Ranges] = ((48, 57),)
r"""``\\d``: ASCII digits alone (ECMA-262, CharacterClassEscape)."""
WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
r"""``\\w``: ASCII letters, digits and the underscore."""
SPACE: Final[Ranges] = (
    (9, 13), (32, 32), (160, 160), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
)  # fmt: skip
r"""``\\s``: ECMA-262's WhiteSpace and LineTerminator."""
DOT: Final[Ranges] = inverted(((10, 10), (13, 13), (0x2028, 0x2029)))
"""``.``: everything but ECMA-262's LineTerminator."""

ESCAPES: Final[dict[str, Ranges]] = {
    "d": DIGIT, "D": inverted(DIGIT), "w": WORD, "W": inverted(WORD),
    "s": SPACE, "S": inverted(SPACE), "h": ((9, 9), (32, 32)),
    "R": ((10, 13),),
}  # fmt: skip
r"""Classes by the letter of their escape; ``\\h`` and ``\\R`` are Perl's."""

POSIX: Final[dict[str, Ranges]] = {
    "alpha": ((65, 90), (97, 122)),
    "digit": DIGIT,
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "upper": ((65, 90),),
    "lower": ((97, 122),),
    "space": ((9, 13), (32, 32)),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "xdigit": ((48, 57), (65, 70), (97, 102)),
    "word": WORD,
    "print": ((32, 126),),
    "graph": ((33, 126),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "ascii": ((0, 127),),
}
"""Classes by their name in ``[[:alpha:]]``, in ASCII."""

_NAMES: Final = {
    "letter": "L", "uppercase_letter": "Lu", "lowercase_letter": "Ll", "number": "N",
    "decimal_number": "Nd", "digit": "Nd", "punctuation": "P", "punct": "P", "symbol": "S",
    "separator": "Z", "space_separator": "Zs", "mark": "M", "other": "C", "control": "Cc",
    "alphabetic": "L", "alpha": "L", "uppercase": "Lu", "lowercase": "Ll",
    "white_space": "Z", "currency_symbol": "Sc",
}  # fmt: skip
r"""General categories by their long names, as of ``\\p{Letter}``."""
_SCRIPTS: Final[dict[str, Ranges]] = {
    "latin": ((65, 90), (97, 122), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F)),
    "greek": ((0x391, 0x3A1), (0x3A3, 0x3A9), (0x3B1, 0x3C9)),
    "cyrillic": ((0x410, 0x44F),),
    "han": ((0x4E00, 0x9FA5),),
    "hiragana": ((0x3041, 0x3096),),
    "katakana": ((0x30A1, 0x30FA),),
    "arabic": ((0x627, 0x63A), (0x641, 0x64A)),
    "hebrew": ((0x5D0, 0x5EA),),
    "thai": ((0xE01, 0xE30),),
    "hangul": ((0xAC00, 0xD7A3),),
    "any": ((0, sys.maxunicode),),
    "ascii": ((0, 127),),
}
r"""Scripts by name, as of ``\\p{Script=Greek}``: the letters that are common in text."""


@lru_cache(maxsize=64)
def unicode_property(name: str) -> Ranges | None:
    r"""Return the characters that ``\\p{name}`` stands for; None for an unknown name.

    ``name`` is a general category (``Lu``, ``Letter``) or a script (``Greek``, ``Script=Greek``).
    """
    key = name.split("=")[-1].strip()
    lowered = key.lower()
    if lowered in _SCRIPTS:
        return _SCRIPTS[lowered]
    category = _NAMES.get(lowered, key)
    if not category or category[0] not in "LMNPSZC" or len(category) > 2:
        return None
    # Above the basic plane, and the surrogates below it, nothing a mock should use.
    codes = (c for c in range(0xD800) if unicodedata.category(chr(c)).startswith(category))
    return normal([(code, code) for code in codes]) or None
