"""Turns of phrase, mostly English, by which a text names people, places, times and numbers.

Each pattern takes time linear in the text: what repeats is bounded, and what is bounded is short.
"""

from __future__ import annotations

import re
from typing import Final

from mockwright.schema.keywords import word_set

PROPER: Final = (
    r"[A-Z][\w'’-]{1,40}(?: (?:(?:de|van|von|da|del|la|der|bin) )?[A-Z][\w'’-]{0,40}){0,3}"
)
PERSON: Final = (
    re.compile(r"\b(?:[Nn]amed|[Cc]alled|[Nn]ame is|[Nn]ame:) [\"'“]([^\"'”\n]{1,80})[\"'”]"),
    re.compile(
        r"\b(?:[Nn]amed|[Cc]alled|[Nn]ame is|[Nn]ame's|[Nn]ame:|I am|I'm|[Cc]all me|[Tt]his is"
        rf"|Mr\.?|Mrs\.?|Ms\.?|Dr\.?) (?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? )?({PROPER})"
    ),
    re.compile(
        rf"\b({PROPER})(?:,? (?:is|was|has|lives|works|turned|turns|aged|age)\b|,? \(?\d{{1,3}}\b)"
    ),
    re.compile(rf"\b({PROPER})(?= and {PROPER} (?:are|were|have|will|want)\b)"),
    re.compile(rf"(?<= and )({PROPER})(?= (?:are|were|have|will|want)\b)"),
    re.compile(rf"\b(?:user|customer|person|employee|patient|contact|author|by|with) ({PROPER})"),
)
NO_PERSON: Final = word_set(
    "what who where when why how which the a an this that there it he she they we i you my your his"
    " her their its if in on at for from to and or but extract user name customer person json"
    " please create make give return generate write weather today tomorrow my our yes no each all"
    " monday tuesday wednesday thursday friday saturday sunday january february march april may"
    " june july august september october november december"
)
PLACE: Final = rf"{PROPER}(?:, (?:[A-Z]{{2}}|{PROPER})\b(?! and\b| or\b|, ))?"
PLACES: Final = re.compile(
    rf"\b(?:[Ii]n|[Aa]t|[Ff]or|[Nn]ear|[Aa]round|[Aa]nd|[Oo]f|[Nn]ach|à|en|em|oder|or|und|et|y|e)"
    rf" ({PLACE}(?:, {PROPER})*)"
)
SMALL_PLACE: Final = re.compile(
    r"\b(?:weather|forecast|temperature|time|live|lives|living|located|based|hotels?|flights?)"
    r"(?: like)? (?:in|for|at|near) ([a-z][\w'-]{2,30}(?: (?!and\b|or\b)[a-z][\w'-]{2,30})?)"
    r"|(?<=\w )and ([a-z][\w'-]{2,30})(?=[?.,]|$| and )"
)
JOURNEY: Final = re.compile(
    rf"\b(?:trips?|travel(?:l?ing)?|fly(?:ing)?|flights?|go(?:ing)?|driv(?:e|ing)|mov(?:e|ing)"
    rf"|tickets?|journey|train|bus|head(?:ing)?|ship(?:ping)?|deliver(?:y|ed)?) to ({PLACE})"
)
AFTER_PLACE: Final = word_set(
    "today tomorrow now tonight please right this in for at on and or using with celsius"
)
FROM: Final = re.compile(rf"\b[Ff]rom ({PLACE})")
TO: Final = re.compile(rf"\b[Tt]o ({PLACE})")
EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
URL: Final = re.compile(r"https?://[^\s<>\"')\]]{1,500}")
PHONE: Final = re.compile(r"\+?\d[\d() .-]{6,18}\d")
DATE: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:T[\d:.]{5,15}(?:Z|[+-]\d{2}:\d{2})?)?\b")
DAY: Final = re.compile(
    r"\b(today|tomorrow|yesterday|tonight|(?:next |this )?(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)day)\b",
    re.IGNORECASE,
)
AGE: Final = re.compile(
    r"\b(\d{1,3})[ -]years?[ -]old\b|\b(?:aged?|age is|age of|turned)[: ]+(\d{1,3})\b"
    r"|\b[A-Z][\w'’-]{1,40}(?: is |, | \()(\d{1,3})\b(?![ -]?(?:%|st|nd|rd|th|[\d./:-]))"
)
NUMBER: Final = re.compile(r"(?<![\w.,-])([-+]?\d{1,15}(?:,\d{3})*(?:\.\d{1,10})?)(?![\w]*@)")
QUOTED: Final = re.compile(r"\"([^\"\n]{1,500})\"|“([^”\n]{1,500})”|(?<!\w)'([^'\n]{1,200})'(?!\w)")
PAIR: Final = re.compile(
    r"(?:^|[\s,;(\"'*-])((?:[A-Za-z][\w-]{0,40} ){0,2}[A-Za-z][\w-]{0,40})[\"'*]{0,2} ?[:=] ?"
    r"(\"[^\"\n]{1,500}\"|'[^'\n]{1,200}'|[^\s,;\n{}\[\]][^,;\n{}\[\]]{0,200})"
)
IS: Final = re.compile(
    r"\b([A-Za-z][\w-]{0,40}) (?:is|are|was|should be|must be|equals) "
    r"(\"[^\"\n]{1,500}\"|[^\s,;?!\n][^,;?!\n]{0,100})"
)
TAIL: Final = re.compile(r"(?:[.!?](?:\s.*)?| (?:and|with|who|that|but|in)\b.*)$")
ABOUT: Final = re.compile(
    r"\b(?:about|on|regarding|concerning|über|sobre|sur) ((?:the |a |an )?)([^,.;:?!\n]{2,80})"
)
SAYING: Final = re.compile(
    r"\b(?:saying|that says|which says|with the (?:message|text|body)):?"
    r" ([^\n]{1,300}?)[.?!]?(?:\n|$)"
)
SYMBOL: Final = re.compile(r"\b[A-Z]{2,5}\b")
COUNT: Final = re.compile(
    r"\b(\d{1,3}|a dozen|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)"
    r" (?=([A-Za-z-]{2,30}(?: [A-Za-z-]{2,30}){0,2}))",
    re.IGNORECASE,
)
WORDS: Final = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"],
        range(1, 12),
        strict=True,
    )
) | {"twelve": 12, "a dozen": 12, "twenty": 20}
UNITS: Final = word_set(
    "year month week day hour minute second word sentence line character paragraph percent dollar"
    " euro pound kg kilogram gram mile kilometer meter point star degree token"
)
"""What is measured rather than listed."""
