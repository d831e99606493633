"""The sentences of the embedded chat model, and which language to say them in."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from mockwright.rng import Rng
from mockwright.schema.keywords import word_set

_TABLE: Final = Path(__file__).with_name("templates.txt")
_GIST_WORDS: Final = 8
"""Words that name a topic."""
_LANGUAGES: Final = {
    "de": word_set("der die das und ist nicht ich wie was ein eine bitte mir hallo danke guten"),
    "fr": word_set("le la les est et une je vous quel quelle bonjour merci comment pour des du"),
    "es": word_set("el los es y una qué como cómo hola gracias para por cuál usted buenos"),
    "it": word_set("il gli è e una che come ciao grazie per quale sono buongiorno perché"),
    "pt": word_set("o os é e uma que como olá obrigado para qual você bom são não"),
    "nl": word_set("de het een en is niet ik hoe wat hallo dank voor welke goedemorgen van"),
}
"""By language, small words that any text in it has."""
# `about the moon landing`, up to the next mark
_TOPIC: Final = re.compile(r"\b(?:about|on|of|regarding|for|in) ([^.,;?!\n]{2,60})")
# `Explain recursion to me`, `What is a haiku?`; the group is what is asked about.
_ASKED_ABOUT: Final = re.compile(
    r"^\W*(?:please )?(?:explain|describe|define|what (?:is|are)|what's) (?:to me )?"
    r"([^.,;?!\n]{2,60}?)"
    r"(?: (?:in|to|like|as|for|briefly|work)\b[^\n]*)?[.?!]?\s*$",
    re.IGNORECASE,
)
_DULL: Final = word_set(
    "a an the of to in on at for and or is are was were be do does did can could would should will"
    " i you he she it we they me my your his its our what who which when where why how that this"
    " these those please tell give explain describe write about with from there have has had some"
    " any s t m re ve ll not if so as by let us work works"
    " go went make get like want need use happen"
)
"""Words that say nothing of a topic."""


def language_of(text: str, locale: str = "en") -> str:
    """Return the language of the text by its small words, or else that of the locale."""
    words = re.findall(r"\w+", text[:500].lower())
    scores = {name: sum(w in known for w in words) for name, known in _LANGUAGES.items()}
    best = max(scores, key=lambda name: scores[name])
    own = locale.replace("_", "-").split("-")[0].lower()
    # One small word may stand in any language; in a greeting of three words it counts.
    if scores[best] >= 2 or (scores[best] == 1 and len(words) <= 3):
        return best
    return own if own in _LANGUAGES else "en"


def phrase(what: str, language: str, rng: Rng, filled: str = "") -> str:
    """Return one of the table's sentences about ``what``, in English where that language has none.

    ``filled`` goes where the sentence has its ``{}``.
    """
    table = phrases()
    options = table.get(f"{language}:{what}") or table[f"en:{what}"]
    return rng.child("phrase", what).choice(options).replace("{}", filled).replace("\\n", "\n")


def topic_of(text: str) -> str:
    """Return what the text is about, in its own words; ``this`` where it does not say."""
    match = _ASKED_ABOUT.search(text) or _TOPIC.search(text)
    words = (match[1] if match else text[:400]).split()
    kept = [w.strip("?!.,;:\"'()") for w in words]
    telling = [w for w in kept if w and w.lower() not in _DULL]
    gist = kept if match else telling
    return " ".join(gist[:_GIST_WORDS]).strip() or "this"


@lru_cache(maxsize=1)
def phrases() -> dict[str, tuple[str, ...]]:
    """Return the lines under each heading of the table, ``language:what``."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            heading = line.strip("[]")
        elif line and not line.startswith("# "):
            found.setdefault(heading, []).append(line)
    return {key: tuple(lines) for key, lines in found.items()}
