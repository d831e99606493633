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
from mockwright.embedded_chat.transcript import Transcript
from mockwright.rng import Rng

_LONGEST: Final = 8_000
"""Characters of a message that the rules look at."""

Rule: TypeAlias = Callable[[Transcript, Rng, str], "str | None"]
"""Returns an answer, or None where the rule is not what was asked for."""


def speak(transcript: Transcript, rng: Rng, locale: str = "en") -> str:
    """Return what to say to the user's last words; it is never empty."""
    transcript = replace(
        transcript, user=transcript.user[:_LONGEST], system=transcript.system[:_LONGEST]
    )
    language = language_of(transcript.user, locale)
    answer = next(text for rule in _RULES if (text := rule(transcript, rng, language)))
    seen = [phrase("seen", language, rng, " and ".join(dict.fromkeys(transcript.attached)))]
    return "".join([*seen[: len(transcript.attached)], answer])


def tell_results(transcript: Transcript, rng: Rng, locale: str = "en") -> str:
    """Return what tools gave back, as a sentence."""
    texts = [_readable(result.text) for result in transcript.results]
    return phrase("tool", language_of(transcript.user, locale), rng, " ".join(filter(None, texts)))


def _readable(text: str) -> str:
    value = read(text)
    if isinstance(value, dict) and value:
        parts = [f"{name.replace('_', ' ')}: {item}" for name, item in list(value.items())[:20]]
        return ", ".join(parts) + "."
    return str(value) if isinstance(value, (str, int, float)) else text.strip()


def _answer_question(transcript: Transcript, rng: Rng, language: str) -> str | None:
    asked = "?" in transcript.user or re.match(
        r"\s*(?:what|why|how|when|where|who|explain)\b", transcript.user, re.I
    )
    return phrase("question", language, rng, topic_of(transcript.user)) if asked else None


def _answer_statement(transcript: Transcript, rng: Rng, language: str) -> str | None:
    return phrase("statement", language, rng, topic_of(transcript.user))


# What is asked for most plainly comes first; the last one answers anything.
_RULES: Final[tuple[Rule, ...]] = (
    small_talk.repeat_exactly,
    small_talk.greet,
    small_talk.recall,
    small_talk.calculate,
    small_talk.name_capital,
    small_talk.count_to,
    skills.translate,
    small_talk.choose_option,
    skills.summarize,
    skills.write_code,
    skills.write_text,
    skills.write_list,
    _answer_question,
    _answer_statement,
)
