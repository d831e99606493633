"""Texts as vectors: the mock of an embedding model.

Words, pairs of words and pieces of words are hashed into dimensions with a sign (feature hashing,
Weinberger et al., ICML 2009): texts that share words come out similar, and so, less so, do texts
that share only parts of words. Meaning is beyond it: synonyms are strangers to each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Final, TypeAlias

from mockwright.naming import fold, singular
from mockwright.schema.keywords import word_set

DIMENSIONS: Final = 1536
"""Dimensions where none are asked for, as of OpenAI's ``text-embedding-3-small``."""
MAX_DIMENSIONS: Final = 4096
"""The most dimensions that can be asked for."""
_MAX_WORDS: Final = 20_000
"""Words of a text that count."""
_WORD: Final = re.compile(r"\w+")
_PAIR_WEIGHT: Final = 0.4
"""Weight of two words next to each other; a word by itself weighs 1."""
_PIECE_WEIGHT: Final = 0.25
"""Weight of three letters of a word, so that words with a common part are a little alike."""
_COMMON_WEIGHT: Final = 0.15
"""Weight of a word that stands in any text."""
_COMMON: Final = word_set(
    "a an the of to in on at for and or is are was were be been it its this that with as by from i"
    " you he she we they my your his her our their do does did not no der die das und ist ein eine"
    " zu von mit le la les de des et est un une el los y es en il che di"
)
"""Words that stand in any text, in English, German, French, Spanish and Italian."""
Features: TypeAlias = tuple[tuple[int, float], ...]
"""Features as a number that tells dimension and sign, and a weight."""


def embed_text(text: str, dimensions: int = DIMENSIONS) -> tuple[float, ...]:
    """Return a vector of length 1, the same for the same text everywhere.

    ``dimensions`` is from 1 to 4096; raises ValueError beyond.
    """
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise ValueError(f"dimensions: got {dimensions}, expected 1..{MAX_DIMENSIONS}")
    vector = [0.0] * dimensions
    for number, weight in _features(text):
        # The lowest bit is the sign, so that features that fall together cancel out on average.
        vector[(number >> 1) % dimensions] += weight if number & 1 else -weight
    length = math.sqrt(math.fsum(value * value for value in vector))
    if length < 1e-9:
        # Nothing to go by, or features that cancel out: a direction of the text's own.
        vector = [0.0] * dimensions
        vector[_hash(text) % dimensions] = length = 1.0
    return tuple(value / length for value in vector)


def _features(text: str) -> Iterator[tuple[int, float]]:
    before = ""
    for number, match in enumerate(_WORD.finditer(text)):
        if number >= _MAX_WORDS:
            return
        word = match[0]
        yield from _word_features(word if len(word) <= 64 else word[:64])
        if before:
            yield from _pair_features(before, word[:64])
        before = word[:64]


@lru_cache(maxsize=16_384)
def _word_features(word: str) -> Features:
    bare = singular(fold(word))
    if bare in _COMMON:
        return ((_hash(bare), _COMMON_WEIGHT),)
    edged = f"^{bare}$"
    # `^cat$` -> `^ca`, `cat`, `at$`
    pieces = [edged[i : i + 3] for i in range(len(edged) - 2)]
    weight = _PIECE_WEIGHT if len(bare) > 1 else 0.0
    return ((_hash(bare), 1.0), *((_hash("#" + piece), weight) for piece in pieces))


@lru_cache(maxsize=16_384)
def _pair_features(first: str, second: str) -> Features:
    a, b = singular(fold(first)), singular(fold(second))
    if a in _COMMON or b in _COMMON:
        return ()
    return ((_hash(f"{a} {b}"), _PAIR_WEIGHT),)


def _hash(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
