"""Plausible short text: what the embedded chat model says where no form is asked for.

Each rule looks for one manner of asking and answers in kind; the first that knows an answer gives
it. It understands nothing, and says so when asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from mockwright.chat.tool_calls import read
from mockwright.embedded_chat import skills, small_talk
from mockwright.embedded_chat.templates import language_of, phrase, topic_of
from mockwright.embedded_chat.transcript import Talk
from mockwright.rng import Rng

_LONGEST: Final = 8_000
"""Characters of a message that the rules look at."""

Rule: TypeAlias = Callable[[Talk, Rng, str], "str | None"]


def speak(talk: Talk, rng: Rng, locale: str = "en") -> str:
    """What to say to the user's last words; never empty."""
    talk = replace(talk, user=talk.user[:_LONGEST], system=talk.system[:_LONGEST])
    language = language_of(talk.user, locale)
    said = next(text for rule in _RULES if (text := rule(talk, rng, language)))
    seen = [phrase("seen", language, rng, " and ".join(dict.fromkeys(talk.attached)))]
    return "".join([*seen[: len(talk.attached)], said])


def tell_results(talk: Talk, rng: Rng, locale: str = "en") -> str:
    """What tools gave back, as a sentence."""
    told = [_readable(result.text) for result in talk.results]
    return phrase("tool", language_of(talk.user, locale), rng, " ".join(filter(None, told)))


def _readable(text: str) -> str:
    value = read(text)
    if isinstance(value, dict) and value:
        parts = [f"{name.replace('_', ' ')}: {item}" for name, item in list(value.items())[:20]]
        return ", ".join(parts) + "."
    return str(value) if isinstance(value, (str, int, float)) else text.strip()


def _question(talk: Talk, rng: Rng, language: str) -> str | None:
    asked = "?" in talk.user or re.match(
        r"\s*(?:what|why|how|when|where|who|explain)\b", talk.user, re.I
    )
    return phrase("question", language, rng, topic_of(talk.user)) if asked else None


def _statement(talk: Talk, rng: Rng, language: str) -> str | None:
    return phrase("statement", language, rng, topic_of(talk.user))


_RULES: Final[tuple[Rule, ...]] = (
    small_talk.exactly,
    small_talk.greeting,
    small_talk.remembered,
    small_talk.worked_out,
    small_talk.capital,
    small_talk.counted,
    skills.translated,
    small_talk.chosen,
    skills.summed_up,
    skills.coded,
    skills.written,
    skills.listed,
    _question,
    _statement,
)
