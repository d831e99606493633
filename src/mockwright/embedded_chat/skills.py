"""Small pieces of work on the words: translate, sum up, write code or verse, list.

Each takes the conversation, a stream of draws and the language, and returns None where it
is not what was asked.
"""

from __future__ import annotations

import re
from typing import Final

from mockwright.embedded_chat.entities import extract_entities, number_word
from mockwright.embedded_chat.templates import phrase, phrases
from mockwright.embedded_chat.transcript import Transcript
from mockwright.generator import generate
from mockwright.generator.field_kinds import kind_of
from mockwright.generator.tables import rows
from mockwright.naming import singular
from mockwright.rng import Rng

_MAX_ITEMS: Final = 20
"""Items of a list."""
_THINGS: Final = {
    "fruit": ("Apple", "Banana", "Orange", "Mango", "Pear", "Grape", "Cherry", "Peach"),
    "animal": ("Dog", "Cat", "Horse", "Elephant", "Owl", "Dolphin", "Fox", "Tiger"),
    "planet": ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"),
    "word": ("river", "window", "garden", "bridge", "morning", "letter", "cloud", "harbour"),
}
"""Things to list, where neither the generator nor its tables know the word."""
# `five ideas for dinner`, `3 names`, `ten good animals`; the thing is in the plural.
_LIST: Final = re.compile(
    r"\b(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\b (?:\w{1,40} ){0,3}?"
    r"(\w{1,40}s|people|children)\b(?: (?:for|about|on|of|to|in) ([^.?!\n]{2,60}))?",
    re.IGNORECASE,
)
# Words that ask for a list; without any, the list has to be all that is said: "five animals".
_LIST_ASKED: Final = re.compile(
    r"\b(?:list|give|tell|name|suggest|write|show|share|recommend|generate|what are|provide)\b",
    re.IGNORECASE,
)
# `Summarize this: ...`, `TL;DR` before a new line; the text is what follows
_SUMMARY: Final = re.compile(
    r"\b(?:summari[sz]e|summary|tl;?dr|shorten|condense)\b[^:\n]{0,80}[:\n]\s*(.{10,})",
    re.IGNORECASE | re.DOTALL,
)
# `Translate "hello" into French`, `translate to German: good morning`
_TRANSLATE: Final = re.compile(
    r"\btranslate\b(?P<before>.{0,500}?)\b(?:in)?to (?P<to>[A-Za-z]{4,12})\b[:.]?\s*"
    r"(?P<after>.{0,500})",
    re.IGNORECASE | re.DOTALL,
)
_WORDS: Final = {
    "french": {"hello": "bonjour", "world": "monde", "thank you": "merci", "goodbye": "au revoir",
               "good morning": "bonjour", "cat": "chat", "yes": "oui", "i love programming":
               "j'adore la programmation"},
    "german": {"hello": "hallo", "world": "Welt", "thank you": "danke", "goodbye":
               "auf Wiedersehen", "good morning": "guten Morgen", "cat": "Katze", "yes": "ja",
               "i love programming": "ich liebe das Programmieren"},
    "spanish": {"hello": "hola", "world": "mundo", "thank you": "gracias", "goodbye": "adiós",
                "good morning": "buenos días", "cat": "gato", "yes": "sí", "i love programming":
                "me encanta programar"},
    "italian": {"hello": "ciao", "world": "mondo", "thank you": "grazie", "goodbye": "arrivederci",
                "good morning": "buongiorno", "cat": "gatto", "yes": "sì", "i love programming":
                "amo programmare"},
}  # fmt: skip
"""By language, the words and phrases that people try first."""
# `write a Python function`, `give me an SQL query`
_CODE: Final = re.compile(
    r"\b(?:write|create|implement|show|give)\b[^.\n]{0,60}\b(?:code|function|script|program|class"
    r"|snippet|query|method)\b",
    re.IGNORECASE,
)
# `that sorts a list`, `called add`
_CODE_NAME: Final = re.compile(
    r"\b(?:that|to|which|for|called|named) ((?:[a-z_]+ ?){1,4})", re.IGNORECASE
)
# `a haiku`, `a short story`
_WRITTEN: Final = re.compile(r"\b(haiku|poem|limerick|song|story|tale|joke)\b", re.IGNORECASE)


def translate(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return the text in French, German, Spanish or Italian, as far as a tiny dictionary goes.

    What it does not know comes back as it is, with the name of the language behind it.
    """
    match = _TRANSLATE.search(f"{transcript.system}\n{transcript.user}")
    if match is None:
        return None
    said = (match["after"] or match["before"]).strip() or transcript.user
    said = said.strip("\"'“”:.,! \n")
    if said.lower() in ("", "the following", "this"):
        said = transcript.user.splitlines()[-1].strip("\"'")
    known = _WORDS.get(match["to"].lower())
    if known is None:
        return f"{said} ({match['to'].title()})"
    pattern = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    found = re.sub(rf"\b(?:{pattern})\b", lambda m: known[m[0].lower()], said, flags=re.IGNORECASE)
    return found[:1].upper() + found[1:] if found != said else f"{said} ({match['to'].title()})"


def summarize(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return the first sentence of the text as its summary."""
    match = _SUMMARY.search(transcript.user)
    if match is None:
        return None
    sentence = re.split(r"(?<=[.!?])\s", match[1].strip(), maxsplit=1)[0]
    words = sentence.split()
    return phrase("summary", language, rng, " ".join(words[:30]) + ("…" if len(words) > 30 else ""))


def write_code(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return a small block of code under the name that was asked for."""
    if not _CODE.search(transcript.user):
        return None
    match = _CODE_NAME.search(transcript.user)
    name = "_".join(match[1].split()[:3]).lower() if match else "solve"
    if re.search(r"\bsql\b", transcript.user, re.IGNORECASE):
        return "```sql\nSELECT id, name\nFROM users\nORDER BY name\nLIMIT 10;\n```"
    if re.search(r"\b(?:javascript|typescript|js|ts|node)\b", transcript.user, re.IGNORECASE):
        return f"```javascript\nfunction {name}(value) {{\n  return value;\n}}\n```"
    body = '    """Return the value unchanged."""\n    return value'
    return f"```python\ndef {name}(value):\n{body}\n```"


def write_text(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return a haiku, a poem, a story or a joke."""
    match = _WRITTEN.search(transcript.user)
    if match is None:
        return None
    topic = extract_entities(transcript.user).about_whole or "the sea"
    kind = {"limerick": "poem", "song": "poem", "tale": "story"}
    what = match[1].lower()
    return phrase(kind.get(what, what), language, rng, topic)


def write_list(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return as many numbered items as were asked for, or with commas where that was."""
    match = _LIST.search(transcript.user)
    if match is None or not (
        _LIST_ASKED.search(transcript.user) or not transcript.user[: match.start()].strip()
    ):
        return None
    number = min(number_word(match[1]), _MAX_ITEMS)
    items = _list_items(singular(match[2].lower()), number, match[3] or match[2], rng)
    if re.search(r"\bcomma", transcript.user, re.IGNORECASE):
        return ", ".join(items)
    return "\n".join(f"{i}. {item}" for i, item in enumerate(items, start=1)) or None


def _list_items(what: str, number: int, topic: str, rng: Rng) -> list[str]:
    known = _THINGS.get(what) or rows("named").get(what) or rows("choices").get(what)
    if known is None and (what == "name" or kind_of(what)):
        return _generated("full_name" if what == "name" else what, number, rng)
    options = [*(known or phrases()["en:item"])]
    rng.child("items").shuffle(options)
    chosen = [options[i % len(options)] for i in range(number)]
    return [text.replace("{}", topic) for text in chosen]


def _generated(field: str, number: int, rng: Rng) -> list[str]:
    """Return values of the generator: names, cities, e-mail addresses."""
    item = {"type": "object", "properties": {field: {"type": "string"}}, "required": [field]}
    schema = {"type": "array", "items": item, "minItems": number, "maxItems": number}
    return [item_made[field] for item_made in generate(schema, seed=rng.child("made").seed >> 11)]
