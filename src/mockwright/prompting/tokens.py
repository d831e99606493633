"""How many tokens a text is, where the backend that read or wrote it does not say."""

from __future__ import annotations

from functools import cache
from typing import Final, Protocol

_COUNTED: Final = 32_000
"""Characters of a text that is counted as a whole, in a millisecond or two."""
_SLICES: Final = 16
"""Slices of a longer text that stand for all of it, evenly spread, ``_COUNTED`` characters
together.
"""
_BLOCK: Final = 500
"""Characters that a meter counts at once; where two blocks meet, it may be off by one."""


class _Tokenizer(Protocol):
    def count(self, text: str, /) -> int:
        """Return the number of tokens; raises UnicodeEncodeError for a lone surrogate."""


def count_tokens(text: str) -> int:
    """Return the tokens of ``text`` in OpenAI's ``o200k_base`` vocabulary.

    Other models differ from that by some tenths. Of texts beyond 32,000 characters, a part is
    counted.
    """
    if len(text) <= _COUNTED:
        return _count(text)
    width = _COUNTED // _SLICES
    starts = (len(text) * number // _SLICES for number in range(_SLICES))
    sampled = sum(_count(text[start : start + width]) for start in starts)
    return round(sampled * len(text) / _COUNTED)


class TokenMeter:
    """Counts the tokens of a text that comes in pieces, and keeps no more of it than its end."""

    def __init__(self) -> None:
        self._counted = 0
        self._pending: list[str] = []
        self._length = 0

    @property
    def tokens(self) -> int:
        """Tokens of all that was added."""
        return self._counted + count_tokens("".join(self._pending))

    def add(self, text: str) -> None:
        """Count the next piece of the text."""
        self._pending.append(text)
        self._length += len(text)
        if self._length >= _BLOCK:
            self._counted = self.tokens
            self._pending.clear()
            self._length = 0


def _count(text: str) -> int:
    tokenizer = _tokenizer()
    if not text or tokenizer is None:
        # Four characters a token is the usual rule for English; rounded up.
        return -(-len(text) // 4)
    try:
        return tokenizer.count(text)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can hold and UTF-8 cannot
        return tokenizer.count(text.encode("utf-8", "replace").decode())


@cache
def _tokenizer() -> _Tokenizer | None:
    """Return the tokenizer, or None where there is no build of it for this Python."""
    try:
        from rs_bpe import openai
    except ModuleNotFoundError:
        return None
    tokenizer: _Tokenizer = openai.o200k_base()  # 60 ms, to unfold the vocabulary
    return tokenizer
