"""The mock of a moderation model: OpenAI's categories and scores, by a small table of words.

It judges nothing: it knows some dozen English phrases, no context and no other language. It is
there so that the code around a moderation call can be tried, with texts that are flagged and texts
that are not. Nobody should be kept safe by it.

https://platform.openai.com/docs/api-reference/moderations/object
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

from mockwright.types import JsonObject

CATEGORIES: Final = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""The names of OpenAI's categories."""
THRESHOLD: Final = 0.5
"""The score from which a category is flagged."""
_LONGEST: Final = 200_000
"""Characters of a text that are looked at."""

# "I'll hurt you", "we will destroy": a threat by whoever speaks.
_THREAT: Final = (
    r"\b(?:i|we)(?:'ll| will| am going to|'m going to| want to| wanna| could)"
    r" (?:kill|hurt|murder|stab|shoot|beat|punch|attack|destroy)\b"
)
_TABLE: Final[tuple[tuple[str, dict[str, float]], ...]] = (
    (_THREAT, {"violence": 0.94, "harassment/threatening": 0.86, "harassment": 0.71}),
    (
        r"\b(?:kill|murder|stab|shoot|behead|massacre|slaughter)(?:s|ed|ing)?\b",
        {"violence": 0.76},
    ),
    (
        r"\b(?:gore|guts|disembowel\w*|dismember\w*|mutilat\w*|blood[- ]?soaked)\b",
        {"violence/graphic": 0.83, "violence": 0.72},
    ),
    (
        r"\b(?:kill myself|end my life|suicid\w*|want to die|hurt myself|cut myself)\b",
        {"self-harm": 0.93, "self-harm/intent": 0.9},
    ),
    (
        r"\bhow (?:to|can i|do i) (?:kill|hurt|cut|harm) myself\b",
        {"self-harm/instructions": 0.91, "self-harm": 0.95},
    ),
    (
        r"\b(?:idiot|moron|stupid|loser|pathetic|worthless|shut up|piece of (?:shit|trash))\b",
        {"harassment": 0.68},
    ),
    (
        r"\bi hate (?:all )?(?:\w+ )?(?:jews|muslims|christians|immigrants|gays|women|men|blacks"
        r"|whites|foreigners|asians)\b",
        {"hate": 0.92, "harassment": 0.66},
    ),
    (
        r"\b(?:exterminate|wipe out|gas|deport and kill) (?:all )?(?:the )?\w+s\b",
        {"hate/threatening": 0.74, "hate": 0.7, "violence": 0.69},
    ),
    (
        r"\b(?:make|build|cook|synthesi[sz]e|buy) (?:a |an |some )?(?:bomb|pipe bomb|explosives?"
        r"|grenade)\b",
        {"illicit/violent": 0.89, "illicit": 0.93},
    ),
    (
        r"\b(?:make|cook|synthesi[sz]e|buy|sell) (?:some )?(?:meth|cocaine|heroin|crack)\b"
        r"|\b(?:shoplift|launder money|steal (?:a )?(?:car|credit card)s?|hack into)\b",
        {"illicit": 0.87},
    ),
    (r"\b(?:porn\w*|blowjob|orgasm|nude pics?|explicit sex|sex scene|xxx)\b", {"sexual": 0.9}),
    (
        r"\b(?:sexual\w*|nude|naked) (?:\w+ ){0,3}(?:child|children|minor|minors|kid|kids)\b",
        {"sexual/minors": 0.97, "sexual": 0.92},
    ),
)
"""Phrases, and the least score that each gives a category."""
_COMPILED: Final = tuple((re.compile(pattern, re.IGNORECASE), scores) for pattern, scores in _TABLE)


def moderate(text: str) -> JsonObject:
    """Return one entry of ``results``, the same for the same text."""
    scores = {category: _background_score(text, category) for category in CATEGORIES}
    read = text[:_LONGEST]
    for pattern, least in _COMPILED:
        if pattern.search(read):
            # Several phrases do not add up: a category has the score of its worst.
            scores |= {name: max(scores[name], score) for name, score in least.items()}
    flags = {category: scores[category] >= THRESHOLD for category in CATEGORIES}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": scores,
        "category_applied_input_types": {category: ["text"] for category in CATEGORIES},
    }


def _background_score(text: str, category: str) -> float:
    """Return a score below 0.002: the little of anything that a model sees in every text."""
    key = f"{category}\0{text}".encode("utf-8", "surrogatepass")
    digest = blake2b(key, digest_size=4).digest()
    return 1e-6 + int.from_bytes(digest, "little") / 2**32 * 1e-3
