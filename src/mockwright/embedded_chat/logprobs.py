"""Made-up log probabilities, in the form of OpenAI's.

https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

import math
from typing import Final

from mockwright.chat.chunks import cut
from mockwright.rng import Rng
from mockwright.types import JsonObject

_OTHERS: Final = (
    " the", " a", ",", ".", " and", " to", " of", " in", " is", " that", " it", " for", " with",
    " on", " as", " this", " be", " at", " by", " or", "\n", " an", " not", " are",
)  # fmt: skip


def make_logprobs(text: str, rng: Rng, top: int) -> JsonObject:
    """Return log probabilities for each piece of ``text``, with the ``top`` likeliest pieces.

    The piece itself is always the likeliest of them.
    """
    return {"content": [_token_logprobs(piece, rng, top) for piece in cut(text)], "refusal": None}


def _token_logprobs(piece: str, rng: Rng, top: int) -> JsonObject:
    # From 0.6 to 1, so that no other piece can be likelier.
    chance = 0.6 + 0.4 * rng.random()
    others = [other for other in rng.sample(_OTHERS, min(top, len(_OTHERS))) if other != piece]
    likely = [_entry(piece, chance)]
    rest = 1.0 - chance
    for other in others[: max(0, top - 1)]:
        rest *= 0.3 + 0.4 * rng.random()
        likely.append(_entry(other, rest))
    return {**likely[0], "top_logprobs": likely[:top]}


def _entry(token: str, chance: float) -> JsonObject:
    return {
        "token": token,
        "logprob": round(math.log(chance), 6) if chance > 0 else -100.0,
        "bytes": list(token.encode("utf-8", "replace")),
    }
