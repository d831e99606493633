"""Reader of phrases that say in which order the items are."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import MEASURED, TEMPORAL, NamedField

# Words for the largest first: "descending", "newest", "high to low", "decreasing".
_DOWN: Final = re.compile(
    r"\b(?:desc\w*|decreas\w+|highest|largest|newest|latest|most recent|high to low|biggest|reverse"
    r"|best|youngest date)\b",
    re.IGNORECASE,
)
# An order with its field behind it: "sorted by ", "ranked in descending order of the ",
# "ordered by descending ".
_SORTED: Final = re.compile(
    r"\b(?:(?P<sort>sort(?:ed)?)|order(?:ed)?|rank(?:ed)?|arranged?)"
    r"(?: in (?:ascending|descending|increasing|decreasing|reverse) order)?(?: of| by| on)"
    r"(?: (?:the|their|its|ascending|descending|increasing|decreasing))*\s",
    re.IGNORECASE,
)
# An order by a direction alone: "in ascending order of ", "in reverse chronological order",
# "newest entries first", "cheapest first".
_IN_ORDER: Final = re.compile(
    r"\b(?:in )?(?:ascending|descending|increasing|decreasing)(?: order)?(?: of| by)\s(?:the )?"
    r"|\b(?:in )?(?:ascending|descending|increasing|decreasing) order\b"
    r"|\bin (?P<time>(?:reverse[- ])?chronological) order(?: of| by)?\b"
    r"|\b(?P<chrono>chronologically)\b"
    r"|\b(?P<first>(?:newest|oldest|latest|earliest|most recent)) (?:ones |entries )?first\b"
    r"|\b(?:highest|largest|lowest|smallest|biggest|cheapest|best|worst|youngest) first\b",
    re.IGNORECASE,
)
# An order by its ends: "sorted from cheapest to most expensive", "ranked from highest to lowest".
_FROM_TO: Final = re.compile(
    r"\b(?:sort|order|rank|arrang)(?:ed)? from (?:the )?"
    r"(?:(?P<up>cheapest|lowest|smallest|least|fewest|youngest|shortest|low|earliest)|(?P<down>highest|largest|most|biggest|oldest|longest|high"
    r"|latest|newest))(?: \w+)? to\b(?: (?:the )?(?:most|least))?(?: \w+)?",
    re.IGNORECASE,
)
# An order of texts, which no reader handles: "sorted by name alphabetically".
_LETTERS: Final = re.compile(
    r"\b(?:sort(?:ed)?|order(?:ed)?)\b.{0,40}\balphabetical", re.IGNORECASE
)


def read_order(clause: Clause) -> None:
    """Read the order of the items: ``sorted by age descending``, ``newest first``."""
    for found in clause.find(_SORTED):
        mention = next((m for m in clause.mentions if m.start == found.end()), None)
        one = mention.of(MEASURED) if mention is not None else None
        if one is not None and mention is not None:
            _say_order(clause, one, found.start(), mention.end)
        # "sort" has one meaning; "order" and "rank" may be nouns, and are passed over.
        elif found["sort"]:
            clause.doubt(found.start())
    for found in clause.find(_IN_ORDER):
        # "newest first" is about a moment, so that the only date is meant even where none is named.
        timely = found["time"] or found["chrono"] or found["first"]
        kinds = TEMPORAL if timely else MEASURED
        fields = clause.about(found.start(), found.end(), kinds, sure=bool(timely))
        if len(fields) == 1:
            _say_order(clause, fields[0], found.start(), found.end())
        elif not clause.speaks_of_writing and clause.names.of_kind(kinds):
            clause.doubt(found.start())
    for found in clause.find(_FROM_TO):
        fields = clause.about(found.start(), found.end(), MEASURED)
        if len(fields) == 1:
            clause.take(found.start(), found.end())
            clause.say(fields[0], order="ascending" if found["up"] else "descending")
    for found in clause.find(_LETTERS):
        clause.doubt(found.start())


def _say_order(clause: Clause, one: NamedField, start: int, end: int) -> None:
    """Note the order by a field; the direction may stand up to thirty characters behind it."""
    near = re.match(r"[^;.]{0,30}", clause.left[end:])
    told = clause.text[start:end] + (near[0] if near else "")
    clause.take(start, end + (near.end() if near and _DOWN.search(near[0]) else 0))
    clause.say(one, order="descending" if _DOWN.search(told) else "ascending")
