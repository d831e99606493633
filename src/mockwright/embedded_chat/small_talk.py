"""Short replies: words to say back, small talk, what was told before, and simple questions of fact.

Each takes the conversation, a stream of draws and the language, and returns None where it
is not what was asked.
"""

from __future__ import annotations

import re
from typing import Final

from mockwright.embedded_chat.arithmetic import find_sum
from mockwright.embedded_chat.capitals import capital_of
from mockwright.embedded_chat.entities import number_word
from mockwright.embedded_chat.templates import phrase
from mockwright.embedded_chat.transcript import Transcript
from mockwright.rng import Rng
from mockwright.schema.keywords import word_set

_MAX_COUNTED: Final = 200
"""Numbers that are counted up."""
# `Hi!`, `Good morning everyone`; not `Hi, what is 2 + 2?`, which asks something.
_GREETING: Final = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings|hallo|guten (?:tag|morgen)"
    r"|bonjour|salut|hola|buenos d[ií]as|ciao|buongiorno|ol[áa]|bom dia|goedemorgen)\b"
    r"(?: there| everyone| world| assistant)?\W*$",
    re.IGNORECASE,
)
# `Thank you so much`, `danke`
_THANKS: Final = re.compile(
    r"^\W*(?:thanks?(?: you)?|danke|merci|gracias|grazie|obrigad[oa]|dank)\b.{0,40}$", re.IGNORECASE
)
# `Goodbye`, `See you tomorrow!`
_BYE: Final = re.compile(
    r"^\W*(?:bye|goodbye|see you|tschüss|auf wiedersehen|au revoir|adiós|hasta luego)\b.{0,40}$",
    re.IGNORECASE,
)
# `Hi there, how are you?`
_HOW: Final = re.compile(r"^\W*(?:(?:hi|hello|hey)\b.{0,20})?how are you\b", re.IGNORECASE)
# `Who are you?`, `What's your name?`
_SELF: Final = re.compile(
    r"\b(?:who|what) are you\b|\bwhat(?:'s| is) your name\b|\bwhich model\b", re.IGNORECASE
)
# `Reply with only the word "pong"`, `say 'hi'`; not `answer "yes" or "no"`, which is a choice.
_EXACTLY: Final = re.compile(
    r"\b(?:say|reply|respond|answer|output|return|write|echo|print|repeat)\b"
    r"(?: (?:back|me|with|only|just|exactly|and|nothing|else|but|after|using|the|this|following"
    r"|word|words|phrase|text|string|sentence|single|one|message|literal|in|lowercase|a))*[:,]?"
    r"\s*[\"“'`]([^\"”'`\n]{1,500})[\"”'`](?! (?:or|and)\b)",
    re.IGNORECASE,
)
# `Say hello`, `Please respond with exactly pong and nothing else.`
_SAY: Final = re.compile(
    r"^\W*(?:please )?(?:say|echo(?: this)?(?: back)?|repeat(?: after me)?|(?:reply|respond|answer)"
    r"(?: only| just)?"
    r" with(?: exactly| only| just)?|(?:reply|respond|answer) exactly|(?:just )?(?:write|output"
    r"|print|return) (?:exactly|only|just))"
    r"(?: (?:the (?:single |following )?(?:words?|phrase|text|sentence)|one word|exactly|only))*"
    r"[:,]?\s+([^\n]{1,500}?)"
    r"(?: and nothing else| only| exactly| in (?:one|a single|two|three) words?)?[.!]?\s*$",
    re.IGNORECASE,
)
# `What's my name?`, `Who am I?`
_NAME_ASKED: Final = re.compile(
    r"\bwhat(?:'s| is| was) my name\b|\bwho am i\b|\bmy name\?|\bwie hei(?:ß|ss)e ich\b"
    r"|\bcomment je m'appelle\b|\bcómo me llamo\b",
    re.IGNORECASE,
)
# `My name is Ada Lovelace`, `ich heiße Ada`; the name has to have a capital.
_NAME_TOLD: Final = re.compile(
    r"\b(?i:my name is|my name's|i am|i'm|call me|this is|ich hei(?:ß|ss)e|ich bin|je m'appelle"
    r"|me llamo|mi chiamo) ([A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,3})"
)
# `What did I just say?`
_SAID_ASKED: Final = re.compile(r"\bwhat did i (?:just )?(?:say|tell you)\b", re.IGNORECASE)
# `What is my favourite colour?`
_FACT_ASKED: Final = re.compile(
    r"\bwhat(?:'s| is| was| are) my ((?:[\w-]+ ){0,3}[\w-]+)", re.IGNORECASE
)
# `Count to five`, `count from 3 to 10`
_COUNT_TO: Final = re.compile(
    r"\bcount (?:up )?(?:from (\d{1,4}) )?to (\d{1,4}|three|five|ten)\b", re.IGNORECASE
)
# `Yes or no?`, `"yes" or "no"`
_YES_NO: Final = re.compile(
    r"\byes or no\b|\byes/no\b|(?:[\"']yes[\"'](?: or |/)[\"']no[\"'])", re.IGNORECASE
)
_TRUE_FALSE: Final = re.compile(r"\btrue or false\b|\btrue/false\b", re.IGNORECASE)
# `one of: red, green, or blue`, `as positive or negative`; the group is the list.
_CHOICE: Final = re.compile(
    r"\b(?:one of|either|as|label|category|classify[^:\n]{0,60}(?:as|into)|sentiment)\b"
    r"[^:\n]{0,30}?:? *\(?((?:[\"'\w-]+, ?)+(?:or |and )?[\"'\w-]+|[\"'\w-]+ or [\"'\w-]+)",
    re.IGNORECASE,
)
# Only then are the words behind `as` options to choose from.
_CLASSIFY: Final = re.compile(r"\bclassify|\bsentiment\b|\bone of\b|\bcategor", re.IGNORECASE)
_GOOD: Final = word_set("love great good excellent amazing happy wonderful best perfect fantastic")
"""Words of a good mood."""
_BAD: Final = word_set("hate bad terrible awful worst poor sad horrible disappointing broken angry")
"""Words of a bad mood."""
# `capital of France`, `capital city of the Netherlands`
_CAPITAL: Final = re.compile(
    r"\bcapital(?: city)? of (?:the )?([A-Za-z][A-Za-z ]{2,30})", re.IGNORECASE
)


def repeat_exactly(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return what is to be said back: X of ``Say X`` and of ``reply with exactly X``."""
    match = (
        _EXACTLY.search(transcript.user)
        or _SAY.search(transcript.user)
        or _EXACTLY.search(transcript.system)
    )
    return match[1].strip().strip("\"'“”`") if match else None


def greet(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return an answer to a hello, thanks, a goodbye, ``how are you`` and ``who are you``."""
    for pattern, what in (
        (_GREETING, "greeting"),
        (_THANKS, "thanks"),
        (_BYE, "bye"),
        (_HOW, "well"),
    ):
        if pattern.search(transcript.user):
            return phrase(what, language, rng)
    return phrase("self", language, rng) if _SELF.search(transcript.user) else None


def recall(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return what the user has told of themselves earlier: a name, a favourite colour."""
    messages = [*transcript.earlier, transcript.user]
    if _NAME_ASKED.search(transcript.user):
        named = [match[1] for text in messages for match in _NAME_TOLD.finditer(text)]
        return phrase("name", language, rng, named[-1]) if named else phrase("unknown", "en", rng)
    if _SAID_ASKED.search(transcript.user) and transcript.earlier:
        return f"You said: {transcript.earlier[-1][:500]}"
    introduced = _NAME_TOLD.search(transcript.user[:100])
    # A short message that only introduces somebody; a longer one has more to it.
    if introduced and len(transcript.user) < 80 and "?" not in transcript.user:
        return phrase("met", language, rng, introduced[1])
    asked = _FACT_ASKED.search(transcript.user)
    if asked is None:
        return None
    what = asked[1].strip()
    fact = re.compile(
        rf"\bmy {re.escape(what)} (?:is|are|was) ([^.,;!?\n]{{1,100}})", re.IGNORECASE
    )
    found = [match[1] for text in messages for match in fact.finditer(text)]
    return f"Your {what} is {found[-1]}." if found else None


def calculate(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return the value of a sum, alone where only that is asked for."""
    found = find_sum(transcript.user)
    if found is None:
        return None
    bare = re.search(
        r"\b(?:only|just)\b|\bone (?:word|number)\b", f"{transcript.system} {transcript.user}", re.I
    )
    return found[1] if bare else f"{found[0]} = {found[1]}"


def name_capital(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return the capital of the country that is asked about."""
    match = _CAPITAL.search(transcript.user)
    city = capital_of(match[1]) if match else None
    return f"The capital of {match[1].strip().title()} is {city}." if match and city else None


def count_to(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return the numbers of ``Count from 1 to 10``."""
    match = _COUNT_TO.search(transcript.user)
    if match is None:
        return None
    last = number_word(match[2])
    first = int(match[1] or 1)
    numbers = range(first, min(last, first + _MAX_COUNTED) + 1)
    return ", ".join(map(str, numbers)) or None


def choose_option(transcript: Transcript, rng: Rng, language: str) -> str | None:
    """Return yes or no, true or false, or one of the options that are named."""
    text = f"{transcript.system}\n{transcript.user}"
    if _YES_NO.search(text):
        return "Yes" if rng.child("yes").chance(0.5) else "No"
    if _TRUE_FALSE.search(text):
        return "True" if rng.child("true").chance(0.5) else "False"
    match = _CHOICE.search(text) if _CLASSIFY.search(text) else None
    if match is None:
        return None
    options = [o.strip(" \"'") for o in re.split(r",|\bor\b|\band\b", match[1]) if o.strip(" \"'")]
    return _option_by_mood(options, transcript.user) or rng.child("choice").choice(options)


def _option_by_mood(options: list[str], text: str) -> str | None:
    words = set(re.findall(r"\w+", text.lower()))
    mood = len(words & _GOOD) - len(words & _BAD)
    meant = "pos" if mood > 0 else "neg" if mood < 0 else "neu"
    return next((option for option in options if option.lower().startswith(meant)), None)
