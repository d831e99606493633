"""A clause that is read: what of it is not read yet, what it speaks of, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mockwright.compute.detect.names import MEASURED, FieldNames, Mention, NamedField, NamedValue
from mockwright.types import Json, JsonObject

_TAKEN: Final = "\x00"
MOST_FOUND: Final = 20
"""Of one phrase in one clause."""
_JOINT: Final = re.compile(
    r"['\s]*[(:=~,-]?\s*(?:(?:is|are|be|being|was|were|should|must|shall|will|need|needs|has|have|having"
    r"|to|follow|follows|following|obey|obeys|show|shows|with|its|their|a|an|the|drawn|sampled|come"
    r"|comes|taken|generated|using|from|both|all|each|every|roughly|approximately|approx|about|values?"
    r"|also|levels?|times?|exactly|always|strictly|in|of|numbers?|on|order|lie|lies|range|ranges"
    r"|ranging|fall|falls|ms|cm|kg|usd|eur|years?|hours?|minutes?|seconds?|days?|degrees|celsius)\b\)?"
    r":?\s*|(?:of|for|per) (?:each|every|the|a|an|all|our|their) [a-z]{2,20}\s+){0,8}",
    re.IGNORECASE,
)
_LEADS: Final = re.compile(
    r"[\s:,-]*(?:(?:of|for|on|in|by|over|across|the|all|each|every|their|its|user|customer|order|"
    r"employee|any|values?|years|degrees)\b\s*){0,4}",
    re.IGNORECASE,
)
_AND: Final = re.compile(r"\s*(?:,|,?\s?and|&|/)\s*(?:the\s|their\s)?", re.IGNORECASE)
_WAIVED: Final = re.compile(
    r"\b(?:no need|need not|needn't|(?:do|does)(?:n't| not) (?:need|have)|not necessar\w+"
    r"|not (?:required|important)|(?:does not|doesn't) matter"
    r"|(?:do not|don't) care|no requirement|(?:may|can|might) or may not|rather than|instead of)\b"
    r"[^,;]{0,40}$",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\b(?:not|never|isn't|aren't|don't|doesn't|avoid|without|no|neither|cannot|can't)"
    r"(?: \w+){0,4}?\s*$",
    re.IGNORECASE,
)
_SPOKEN_OF: Final = re.compile(
    r"\b(?:on|about|titled|entitled|called|named|explain\w*|describ\w*|regarding|introduc\w*"
    r"|understanding|teach\w*|cover\w*|mention\w*|history of|guides? to|law of|theory of)"
    r"(?: \w+){0,2}? (?:the |a |an |of |why |how |to )?['\"]?$",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(r"\b(?:about|on)\s$", re.IGNORECASE)
_COUNT: Final = re.compile(r"\$?\d|half\b|(?:a|one|two|three) \w|average\b", re.IGNORECASE)
"""What follows ``about`` where it means roughly, and ``on`` in ``on average``."""
_VERB: Final = re.compile(
    r"\b(?:is|are|be|must|should|have|has|follow\w*|show\w*)\b", re.IGNORECASE
)
_OF_EACH: Final = re.compile(
    r"\b(?:of|per|for|in|by) (?:each |every |the |an? |all |our )?$", re.IGNORECASE
)
_TOPIC: Final = re.compile(
    r"\b(?:articles?|blog|essays?|books?|textbooks?|courses?|lectures?|quiz\w*|tutorials?|poems?"
    r"|biograph\w*|statistics?|glossary|wikipedia|encyclop\w*|topics?|syllabus|professors?|papers?"
    r"|lessons?|chapters?|exams?|flashcards?|jokes?|pitch\w*|titled|explain\w*|haiku)\b",
    re.IGNORECASE,
)


class Clause:
    """Readers take what they understood out of ``left``, so that no other reads it again."""

    def __init__(
        self, text: str, names: FieldNames, before: tuple[NamedField, ...] = (), written: str = ""
    ) -> None:
        self.text = text
        self.left = text
        self.written = written or text
        """As long as the text; with the signs that people wrote."""
        self.names = names
        self.mentions = list(names.mentions(text))
        self.said = list(names.said(text))
        self.subject = before
        """The fields spoken of last, in this clause or the one before."""
        self.statements: list[JsonObject] = []
        self.beside: list[JsonObject] = []
        """Statements that count only beside others about the same field."""
        self.unread: list[str] = []

    @property
    def speaks_of_writing(self) -> bool:
        """Whether it is about texts in which a word of statistics may be the topic."""
        return _TOPIC.search(self.text) is not None

    def find(
        self, pattern: re.Pattern[str], most: int = MOST_FOUND, *, doubting: bool = True
    ) -> Iterator[re.Match[str]]:
        """Where it matches what is left; not where that is denied or only spoken of.

        ``doubting``: where it is denied, that is told as not understood.
        """
        at = 0
        for _ in range(most):
            found = pattern.search(self.left, at)
            if found is None:
                return
            at = max(found.end(), found.start() + 1)
            if not self.dismisses(found.start(), doubting=doubting):
                yield found

    def find_any(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The same of a pattern with a denial of its own: ``never below 0``."""
        yield from list(pattern.finditer(self.left))

    def dismisses(self, at: int, *, doubting: bool = True) -> bool:
        """Whether what stands there is waived, refused or a topic; refused is not understood."""
        ahead = self.text[max(0, at - 80) : at]
        counted = _COUNTED.search(ahead) and _COUNT.match(self.text, at)
        if _WAIVED.search(ahead) or (_SPOKEN_OF.search(ahead) and not counted):
            return True
        if _REFUSED.search(ahead.rpartition(",")[2]):
            if doubting:
                self.doubt(at)
            return True
        return False

    def take(self, start: int, end: int) -> None:
        """Read, and not to be read again."""
        self.left = self.left[:start] + _TAKEN * (end - start) + self.left[end:]

    def doubt(self, at: int) -> None:
        """The piece between commas around a place could not be read."""
        if self.speaks_of_writing and not any(m.of(MEASURED) for m in self.mentions):
            return
        start = max(self.text.rfind(sign, 0, at) for sign in (", ", ": ")) + 1
        end = self.text.find(", ", at)
        piece = self.written[start : end if end > 0 else len(self.text)].strip(" :,")
        if piece and piece not in self.unread:
            self.unread.append(piece)

    def say(self, one: NamedField, **members: Json) -> None:
        """Note a statement about a field."""
        self.subject = (one,)
        self.statements.append({"path": one.name, **members})

    def mention_at(self, at: int) -> Mention | None:
        """The field named at a place, or after words that lead to it."""
        led = _LEADS.match(self.text, at)
        places = {at, led.end() if led else at}
        for mention in self.mentions:
            if mention.start in places:
                return mention
            if mention.start > max(places):
                break
        # What leads to a name may itself be a part of it: "order id".
        return next((m for m in self.mentions if at <= m.start < max(places)), None)

    def mention_before(self, at: int) -> Mention | None:
        """The field named before a place, with no more between them than binds the two."""
        for mention in reversed(self.mentions):
            if mention.end <= at:
                joint = _JOINT.match(self.text, mention.end, at)
                return mention if joint is not None and joint.end() == at else None
        return None

    def about(
        self, start: int, end: int, kinds: Sequence[str], *, sure: bool = False
    ) -> tuple[NamedField, ...]:
        """Of which fields a phrase speaks; none where that is not plain.

        ``sure``: the phrase can be no other than a statement, so that the only field of its kind
        is meant even where it is not named.
        """
        bound = self.mention_before(start)
        if bound is not None and bound.of(kinds) is None:
            # "the lifetime of each bulb is": of each bulb says whose, not what.
            whose = _OF_EACH.search(self.text, 0, bound.start)
            bound = self.mention_before(whose.start()) or bound if whose is not None else bound
        one = bound.of(kinds) if bound is not None else None
        if bound is not None and one is not None:
            return self._joined(bound, one, kinds)
        if bound is not None and _VERB.search(self.text, bound.end, start):
            return ()
        following = self.mention_at(end)
        one = following.of(kinds) if following is not None else None
        if one is not None:
            return (one,)
        return self._near(start, end, kinds) or self._unnamed(kinds, sure=sure)

    def anywhere(self, at: int, kinds: Sequence[str]) -> tuple[NamedField, ...]:
        """The field of its kind that is named nearest, or is the only one."""
        return self._near(at, at, kinds) or self._unnamed(kinds, sure=True)

    def _near(self, start: int, end: int, kinds: Sequence[str]) -> tuple[NamedField, ...]:
        fitting = [(m, one) for m in self.mentions if (one := m.of(kinds)) is not None]
        before = [one for mention, one in fitting if mention.end <= start]
        after = [one for mention, one in fitting if mention.start >= end]
        return (before[-1],) if before else (after[0],) if after else ()

    def _unnamed(self, kinds: Sequence[str], *, sure: bool) -> tuple[NamedField, ...]:
        if self.subject and all(one.kind in kinds for one in self.subject):
            return self.subject
        only = self.names.of_kind(kinds)
        return (only[0],) if sure and len(only) == 1 else ()

    def _joined(
        self, last: Mention, one: NamedField, kinds: Sequence[str]
    ) -> tuple[NamedField, ...]:
        """With those before it: ``math and reading scores``."""
        found = [one]
        behind = [mention for mention in self.mentions if mention.end <= last.start]
        for mention in reversed(behind):
            other = mention.of(kinds)
            if other is None or not _AND.fullmatch(self.text, mention.end, last.start):
                break
            found.append(other)
            last = mention
        return tuple(reversed(found))


def between_names(clause: Clause) -> Iterator[tuple[Mention, Mention]]:
    """Names that follow each other."""
    yield from zip(clause.mentions, clause.mentions[1:], strict=False)


def ratio_of(shares: Sequence[tuple[NamedValue, float]], one: NamedField) -> dict[str, float]:
    """Shares by value; what is left falls on the other values, where there are any."""
    ratio = {said.value: round(share, 6) for said, share in shares}
    left = round(1 - sum(share for _, share in shares), 6)
    if left <= 1e-4:
        return ratio
    if one.kind == "boolean":
        other = "false" if "true" in ratio else "true"
        return {**ratio, other: left} if other not in ratio else ratio
    others = [value for value in one.values if value not in ratio]
    if len(others) == 1:
        return {**ratio, str(others[0]): left}
    return {**ratio, "*": left} if others else ratio
