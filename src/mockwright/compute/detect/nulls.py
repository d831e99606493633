"""Reader of phrases that say how many values of a field are missing."""

from __future__ import annotations

import re
from typing import Final

from mockwright.compute.detect.clause import Clause
from mockwright.compute.detect.names import NamedField
from mockwright.compute.detect.shares import SHARE, share_in

# Words for a value that is not there: "missing", "null", "not set".
_GONE: Final = r"(?:missing|null|nulls|blank|empty|absent|nan|unset|not set|left out)"
# In order: "10% of the emails are missing", "emails null in 5%", "missing rate of 3%".
_MISSING: Final = (
    re.compile(
        rf"{SHARE}(?P<of> of (?:the |all )?| )?(?P<what>[a-z][\w ]{{0,40}}?)??"
        rf"(?: (?:are|is|be|should be|must be|being))?\s?\b{_GONE}\b"
        r"(?: (?:values?|in|for|of|an?|their|the))*"
        r"(?P<after> (?:the )?[a-z]\w{1,30})?",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_GONE} (?:values? )?(?:in|for|on) (?:about |around )?{SHARE}", re.IGNORECASE),
    re.compile(rf"\b(?:missing|null) (?:rate|share|ratio)(?: of)? {SHARE}", re.IGNORECASE),
)


def read_missing(clause: Clause) -> None:
    """Read shares of missing values: ``10 % of the emails are missing``."""
    for pattern in _MISSING:
        for found in clause.find(pattern):
            share = share_in(found)
            if share is None or not 0 < share <= 1:
                continue
            # A field within the phrase is the one meant, then one bound to it, then the last spoken
            # of.
            inner = [m for m in clause.mentions if found.start() <= m.start < found.end()]
            bound = inner[0] if inner else clause.mention_before(found.start())
            named = bound.fields[:1] if bound is not None else ()
            fields = named or clause.subject or _last_named_before(clause, found.start())
            clause.take(found.start(), found.end())
            if fields:
                clause.say(fields[0], missing=round(share, 6))
            else:
                clause.doubt(found.start())


def _last_named_before(clause: Clause, at: int) -> tuple[NamedField, ...]:
    before = [mention for mention in clause.mentions if mention.end <= at]
    return before[-1].fields[:1] if before else ()
