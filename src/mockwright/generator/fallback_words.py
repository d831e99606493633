"""A handful of plain words, for where nobody knows better."""

from __future__ import annotations

from typing import Final

from mockwright.rng import Rng

_WORDS: Final = """
amber river stone maple harbor cedar silver garden meadow summit lantern willow copper orchard
valley breeze canyon ember falcon granite hazel indigo juniper kestrel lagoon marble nectar ocean
pebble quartz raven saffron timber umber velvet walnut yarrow zephyr atlas beacon cobalt delta
engine forest glacier horizon island jasper
"""
WORDS: Final = tuple(_WORDS.split())
"""Words for texts."""
KEYS: Final = (
    *("primary", "secondary", "standard", "custom", "default"),
    *("internal", "external", "main", "backup", "region"),
)
"""Words for names of properties."""
CONSONANTS: Final = "bdfglmnprstv"
VOWELS: Final = "aeiou"


def word(rng: Rng, low: int = 0, high: int | None = None) -> str:
    """Return one word of ``low`` to ``high`` characters, a made-up one where no known one fits."""
    pool = [w for w in WORDS if len(w) >= low and (high is None or len(w) <= high)]
    if pool:
        return rng.choice(pool)
    return syllables(rng, low if high is None else min(max(low, 1), high))


def syllables(rng: Rng, length: int) -> str:
    """Return something pronounceable of exactly ``length`` characters."""
    letters = [rng.choice(VOWELS if i % 2 else CONSONANTS) for i in range(min(length, 12))]
    text = "".join(letters)
    while len(text) < length:
        text = (
            f"{text} {word(rng)}" if length - len(text) > 8 else text + "s" * (length - len(text))
        )
    return text[:length]


def phrase(rng: Rng, low: int = 0, high: int | None = None) -> str:
    """Return two words or so, of ``low`` to ``high`` characters."""
    if high is not None and high < 14:
        return word(rng, low, high) if high > 0 else ""
    parts = [rng.choice(WORDS), rng.choice(WORDS)]
    if low > 400:
        unit = " ".join(rng.choice(WORDS) for _ in range(40))
        parts = [unit] * (low // len(unit) + 1)
    text = " ".join(parts)
    while len(text) < low:
        text += f" {rng.choice(WORDS)}"
    text = text if high is None or len(text) <= high else text[:high]
    # A text that was cut at a space: some formats and people do not like one at the end.
    return text if not text.endswith(" ") else text[:-1] + "s"
