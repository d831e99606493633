"""How many tokens a text is, where the backend that read or wrote it does not say."""

from __future__ import annotations

from functools import cache
from typing import Final, Protocol

_WHOLE: Final = 32_000
"""Characters that are counted one by one: a millisecond or two."""
_SLICES: Final = 16
"""Of a longer text so many, evenly spread and ``_WHOLE`` together, stand for all of it."""
_BLOCK: Final = 500
"""Characters that a meter counts at once; where two blocks meet, it may be off by one."""


class _Tokenizer(Protocol):
    def count(self, text: str, /) -> int:
        """Raises UnicodeEncodeError for a lone surrogate."""


def count_tokens(text: str) -> int:
    """By OpenAI's ``o200k_base`` vocabulary: other models differ by some tenths."""
    if len(text) <= _WHOLE:
        return _count(text)
    width = _WHOLE // _SLICES
    starts = (len(text) * number // _SLICES for number in range(_SLICES))
    sampled = sum(_count(text[start : start + width]) for start in starts)
    return round(sampled * len(text) / _WHOLE)


class TokenMeter:
    """Counts a text that comes in pieces, and keeps no more than its end."""

    def __init__(self) -> None:
        self._counted = 0
        self._pending: list[str] = []
        self._length = 0

    @property
    def tokens(self) -> int:
        """Of all that was added."""
        return self._counted + count_tokens("".join(self._pending))

    def add(self, text: str) -> None:
        """The next piece."""
        self._pending.append(text)
        self._length += len(text)
        if self._length >= _BLOCK:
            self._counted = self.tokens
            self._pending.clear()
            self._length = 0


def _count(text: str) -> int:
    tokenizer = _tokenizer()
    if not text or tokenizer is None:
        return -(-len(text) // 4)
    try:
        return tokenizer.count(text)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can hold and UTF-8 cannot
        return tokenizer.count(text.encode("utf-8", "replace").decode())


@cache
def _tokenizer() -> _Tokenizer | None:
    """None where there is no build for this Python: four characters a token, then."""
    try:
        from rs_bpe import openai
    except ModuleNotFoundError:
        return None
    tokenizer: _Tokenizer = openai.o200k_base()  # 60 ms, to unfold the vocabulary
    return tokenizer
