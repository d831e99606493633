"""Turns of phrase, mostly English, by which a text names people, places, times and numbers.

Each pattern takes time linear in the text: what repeats is bounded, and what is bounded is short.
"""

from __future__ import annotations

import re
from typing import Final

from mockwright.schema.keywords import word_set

# `Ada`, `Ada Lovelace`, `Ludwig van Beethoven`, `O'Brien`
PROPER: Final = (
    r"[A-Z][\w'’-]{1,40}(?: (?:(?:de|van|von|da|del|la|der|bin) )?[A-Z][\w'’-]{0,40}){0,3}"
)
"""A name: one to four words with capitals, ``de``, ``van`` and the like between them."""
PERSON: Final = (
    # `called "The Box"`, `name: 'ada'`: between quotation marks anything is a name.
    re.compile(r"\b(?:[Nn]amed|[Cc]alled|[Nn]ame is|[Nn]ame:) [\"'“]([^\"'”\n]{1,80})[\"'”]"),
    re.compile(
        # `named Ada Lovelace`, `I'm Ada`, `Dr. Grace Hopper`
        r"\b(?:[Nn]amed|[Cc]alled|[Nn]ame is|[Nn]ame's|[Nn]ame:|I am|I'm|[Cc]all me|[Tt]his is"
        rf"|Mr\.?|Mrs\.?|Ms\.?|Dr\.?) (?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? )?({PROPER})"
    ),
    re.compile(
        # `Ada is`, `Ada, aged`, `Ada (36`
        rf"\b({PROPER})(?:,? (?:is|was|has|lives|works|turned|turns|aged|age)\b|,? \(?\d{{1,3}}\b)"
    ),
    # The `Ada` of `Ada and Grace are`
    re.compile(rf"\b({PROPER})(?= and {PROPER} (?:are|were|have|will|want)\b)"),
    # The `Grace` of `Ada and Grace are`
    re.compile(rf"(?<= and )({PROPER})(?= (?:are|were|have|will|want)\b)"),
    # `user Ada`, `by Grace Hopper`
    re.compile(rf"\b(?:user|customer|person|employee|patient|contact|author|by|with) ({PROPER})"),
)
"""Patterns whose group is the name of a person, or of what is called something."""
NO_PERSON: Final = word_set(
    "what who where when why how which the a an this that there it he she they we i you my your his"
    " her their its if in on at for from to and or but extract user name customer person json"
    " please create make give return generate write weather today tomorrow my our yes no each all"
    " monday tuesday wednesday thursday friday saturday sunday january february march april may"
    " june july august september october november december"
)
"""Words with a capital at the start of a sentence, and others, that begin no name."""
# What follows a comma is no region where `and` follows it: "Paris, London and Rome" are three.
PLACE: Final = rf"{PROPER}(?:, (?:[A-Z]{{2}}|{PROPER})\b(?! and\b| or\b|, ))?"
"""A place, with its region or country: ``Paris``, ``Austin, TX``, ``Paris, France``."""
# `in Paris`, `near Austin, TX`, `and Rome`, German `nach Berlin`, Spanish `en Madrid`
PLACES: Final = re.compile(
    rf"\b(?:[Ii]n|[Aa]t|[Ff]or|[Nn]ear|[Aa]round|[Aa]nd|[Oo]f|[Nn]ach|à|en|em|oder|or|und|et|y|e)"
    rf" ({PLACE}(?:, {PROPER})*)"
)
"""A word of place or of listing before one place or several."""
# `weather in oslo`, `hotels near new york`; `and rome` behind a word, at the end of a sentence or
# of a list
SMALL_PLACE: Final = re.compile(
    r"\b(?:weather|forecast|temperature|time|live|lives|living|located|based|hotels?|flights?)"
    r"(?: like)? (?:in|for|at|near) ([a-z][\w'-]{2,30}(?: (?!and\b|or\b)[a-z][\w'-]{2,30})?)"
    r"|(?<=\w )and ([a-z][\w'-]{2,30})(?=[?.,]|$| and )"
)
"""Places without capitals, where the words before leave no doubt."""
# `flight to Oslo`, `shipping to Paris, France`
JOURNEY: Final = re.compile(
    rf"\b(?:trips?|travel(?:l?ing)?|fly(?:ing)?|flights?|go(?:ing)?|driv(?:e|ing)|mov(?:e|ing)"
    rf"|tickets?|journey|train|bus|head(?:ing)?|ship(?:ping)?|deliver(?:y|ed)?) to ({PLACE})"
)
"""A place that one travels to."""
AFTER_PLACE: Final = word_set(
    "today tomorrow now tonight please right this in for at on and or using with celsius"
)
"""Words behind a place without capitals that are no part of its name."""
FROM: Final = re.compile(rf"\b[Ff]rom ({PLACE})")
"""Where something comes from: ``from Oslo``."""
TO: Final = re.compile(rf"\b[Tt]o ({PLACE})")
"""Where something goes: ``to Oslo``."""
EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
"""``ada@example.com``, perhaps with the full stop of its sentence."""
URL: Final = re.compile(r"https?://[^\s<>\"')\]]{1,500}")
"""``https://example.com/x``, up to a space, a quotation mark or a closing bracket."""
PHONE: Final = re.compile(r"\+?\d[\d() .-]{6,18}\d")
"""``+44 20 7946 0958``, ``(030) 123456`` but for its first bracket; also a date, which is sorted
out.
"""
DATE: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:T[\d:.]{5,15}(?:Z|[+-]\d{2}:\d{2})?)?\b")
"""``2025-01-31``, ``2025-01-31T08:00:00Z``."""
DAY: Final = re.compile(
    r"\b(today|tomorrow|yesterday|tonight|(?:next |this )?(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)day)\b",
    re.IGNORECASE,
)
"""``tomorrow``, ``next friday``."""
# The last form has to have a name before it, and nothing behind it that makes it another number.
AGE: Final = re.compile(
    r"\b(\d{1,3})[ -]years?[ -]old\b|\b(?:aged?|age is|age of|turned)[: ]+(\d{1,3})\b"
    r"|\b[A-Z][\w'’-]{1,40}(?: is |, | \()(\d{1,3})\b(?![ -]?(?:%|st|nd|rd|th|[\d./:-]))"
)
"""An age in years: ``36 years old``, ``aged 36``, ``Ada is 36``; not ``Ada is 36%``."""
NUMBER: Final = re.compile(r"(?<![\w.,-])([-+]?\d{1,15}(?:,\d{3})*(?:\.\d{1,10})?)(?![\w]*@)")
"""``1,234.50``, ``-7``; not the digits of ``v2``, ``2025-01-31`` behind its year, or an e-mail
address.
"""
QUOTED: Final = re.compile(r"\"([^\"\n]{1,500})\"|“([^”\n]{1,500})”|(?<!\w)'([^'\n]{1,200})'(?!\w)")
"""``"x"``, ``“x”``, ``'x'``; not the apostrophe of ``don't``."""
PAIR: Final = re.compile(
    r"(?:^|[\s,;(\"'*-])((?:[A-Za-z][\w-]{0,40} ){0,2}[A-Za-z][\w-]{0,40})[\"'*]{0,2} ?[:=] ?"
    r"(\"[^\"\n]{1,500}\"|'[^'\n]{1,200}'|[^\s,;\n{}\[\]][^,;\n{}\[\]]{0,200})"
)
"""A key of up to three words, and its value: ``city: Oslo``, ``"max price" = 20``."""
IS: Final = re.compile(
    r"\b([A-Za-z][\w-]{0,40}) (?:is|are|was|should be|must be|equals) "
    r"(\"[^\"\n]{1,500}\"|[^\s,;?!\n][^,;?!\n]{0,100})"
)
"""A key of one word, and its value: ``city is Oslo``, ``limit should be 20``."""
TAIL: Final = re.compile(r"(?:[.!?](?:\s.*)?| (?:and|with|who|that|but|in)\b.*)$")
"""What follows a value in its sentence: ``. Then``, `` and the rest``."""
ABOUT: Final = re.compile(
    r"\b(?:about|on|regarding|concerning|über|sobre|sur) ((?:the |a |an )?)([^,.;:?!\n]{2,80})"
)
"""What something is about, the article on its own: ``about the moon landing``."""
SAYING: Final = re.compile(
    r"\b(?:saying|that says|which says|with the (?:message|text|body)):?"
    r" ([^\n]{1,300}?)[.?!]?(?:\n|$)"
)
"""The text of a message: ``saying I am late``, up to the end of its line."""
SYMBOL: Final = re.compile(r"\b[A-Z]{2,5}\b")
"""A word in capitals: ``AAPL``, ``EUR``."""
# The words are looked at without being taken, so that "2 of 3 users" is found at its 3, too.
COUNT: Final = re.compile(
    r"\b(\d{1,3}|a dozen|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)"
    r" (?=([A-Za-z-]{2,30}(?: [A-Za-z-]{2,30}){0,2}))",
    re.IGNORECASE,
)
"""A number before up to three words: ``three active users``, ``a dozen eggs``."""
WORDS: Final = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"],
        range(1, 12),
        strict=True,
    )
) | {"twelve": 12, "a dozen": 12, "twenty": 20}
"""The numbers that words name."""
UNITS: Final = word_set(
    "year month week day hour minute second word sentence line character paragraph percent dollar"
    " euro pound kg kilogram gram mile kilometer meter point star degree token"
)
"""What is measured rather than listed."""
