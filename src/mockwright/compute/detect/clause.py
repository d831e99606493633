"""One clause while it is read: what is left, which fields it names, what it says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mockwright.compute.detect.names import MEASURED, FieldNames, Mention, NamedField, NamedValue
from mockwright.types import Json, JsonObject

# A character that is in no word. The length of the text stays, so that positions hold.
_TAKEN: Final = "\x00"
MOST_FOUND: Final = 20
"""The most matches of one pattern that are read in one clause."""
# What may stand between a field and what is said of it, and no more, up to eight words: " is ",
# " should follow a ", " of each customer ", ": ", " values are roughly ". Any other word means that
# the phrase is about something else.
_JOINT: Final = re.compile(
    r"['\s]*[(:=~,-]?\s*(?:(?:is|are|be|being|was|were|should|must|shall|will|need|needs|has|have|having"
    r"|to|follow|follows|following|obey|obeys|show|shows|with|its|their|a|an|the|drawn|sampled|come"
    r"|comes|taken|generated|using|from|both|all|each|every|roughly|approximately|approx|about|values?"
    r"|also|levels?|times?|exactly|always|strictly|in|of|numbers?|on|order|lie|lies|range|ranges"
    r"|ranging|fall|falls|ms|cm|kg|usd|eur|years?|hours?|minutes?|seconds?|days?|degrees|celsius)\b\)?"
    r":?\s*|(?:of|for|per) (?:each|every|the|a|an|all|our|their) [a-z]{2,20}\s+){0,8}",
    re.IGNORECASE,
)
# What may stand between a phrase and a field that follows it: " of the ", " for all ", ": ".
_LEADS: Final = re.compile(
    r"[\s:,-]*(?:(?:of|for|on|in|by|over|across|the|all|each|every|their|its|user|customer|order|"
    r"employee|any|values?|years|degrees)\b\s*){0,4}",
    re.IGNORECASE,
)
# What joins two fields of which one thing is said: " and ", ", ", " & ", " and their ".
_AND: Final = re.compile(r"\s*(?:,|,?\s?and|&|/)\s*(?:the\s|their\s)?", re.IGNORECASE)
# What is waived just before a phrase, at the end of the text ahead of it: "no need for ",
# "does not have to be ", "it does not matter for ". The waiver is respected: nothing is unread.
_WAIVED: Final = re.compile(
    r"\b(?:no need|need not|needn't|(?:do|does)(?:n't| not) (?:need|have)|not necessar\w+"
    r"|not (?:required|important)|(?:does not|doesn't) matter"
    r"|(?:do not|don't) care|no requirement|(?:may|can|might) or may not|rather than|instead of)\b"
    r"[^,;]{0,40}$",
    re.IGNORECASE,
)
# What is refused just before a phrase: "not ", "should never be ", "without any ". What is wanted
# instead is unknown, so that it is reported as not understood.
_REFUSED: Final = re.compile(
    r"\b(?:not|never|isn't|aren't|don't|doesn't|avoid|without|no|neither|cannot|can't)"
    r"(?: \w+){0,4}?\s*$",
    re.IGNORECASE,
)
# Words after which a statistical term is the topic of a text and not a request:
# "an article about the ", "a course titled '", "explaining why ", "history of ".
_SPOKEN_OF: Final = re.compile(
    r"\b(?:on|about|titled|entitled|called|named|explain\w*|describ\w*|regarding|introduc\w*"
    r"|understanding|teach\w*|cover\w*|mention\w*|history of|guides? to|law of|theory of)"
    r"(?: \w+){0,2}? (?:the |a |an |of |why |how |to )?['\"]?$",
    re.IGNORECASE,
)
# The two of those words that have another use: "about " and "on ".
_COUNTED: Final = re.compile(r"\b(?:about|on)\s$", re.IGNORECASE)
_COUNT: Final = re.compile(r"\$?\d|half\b|(?:a|one|two|three) \w|average\b", re.IGNORECASE)
"""What follows ``about`` where it means roughly ("about 5"), and ``on`` in ``on average``."""
# A verb between a field and a phrase makes the field the subject: "the name is", "names have".
_VERB: Final = re.compile(
    r"\b(?:is|are|be|must|should|have|has|follow\w*|show\w*)\b", re.IGNORECASE
)
# Words before a field that say whose, not what: "of each ", "per ", "for all ".
_OF_EACH: Final = re.compile(
    r"\b(?:of|per|for|in|by) (?:each |every |the |an? |all |our )?$", re.IGNORECASE
)
# Texts in which a statistical term is likely the topic: "articles", "a quiz", "lecture", "haiku".
_TOPIC: Final = re.compile(
    r"\b(?:articles?|blog|essays?|books?|textbooks?|courses?|lectures?|quiz\w*|tutorials?|poems?"
    r"|biograph\w*|statistics?|glossary|wikipedia|encyclop\w*|topics?|syllabus|professors?|papers?"
    r"|lessons?|chapters?|exams?|flashcards?|jokes?|pitch\w*|titled|explain\w*|haiku)\b",
    re.IGNORECASE,
)


class Clause:
    """A clause that readers take from: what one has understood leaves ``left`` for the others."""

    def __init__(
        self, text: str, names: FieldNames, before: tuple[NamedField, ...] = (), written: str = ""
    ) -> None:
        self.text = text
        self.left = text
        self.written = written or text
        """The clause with the signs that the caller typed; as long as ``text``."""
        self.names = names
        self.mentions = list(names.mentions(text))
        self.said = list(names.said(text))
        self.subject = before
        """The fields spoken of last, in this clause or the one before."""
        self.statements: list[JsonObject] = []
        self.beside: list[JsonObject] = []
        """Statements that count only if another one is about the same field."""
        self.unread: list[str] = []
        """Pieces that could not be read, as written."""

    @property
    def speaks_of_writing(self) -> bool:
        """Whether the clause is about texts in which a statistical term may be the topic."""
        return _TOPIC.search(self.text) is not None

    def find(
        self, pattern: re.Pattern[str], most: int = MOST_FOUND, *, doubting: bool = True
    ) -> Iterator[re.Match[str]]:
        """Yield the matches in what is left, without those that are denied or only spoken of.

        With ``doubting``, a match that is refused ("not normal") is noted as not understood.
        """
        at = 0
        for _ in range(most):
            found = pattern.search(self.left, at)
            if found is None:
                return
            # An empty match must not be found for ever.
            at = max(found.end(), found.start() + 1)
            if not self.dismisses(found.start(), doubting=doubting):
                yield found

    def find_any(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield all matches, for a pattern that has a denial of its own: ``never below 0``."""
        # The list is made first, since readers change ``left`` while they iterate.
        yield from list(pattern.finditer(self.left))

    def dismisses(self, at: int, *, doubting: bool = True) -> bool:
        """Whether what stands at ``at`` is waived, refused, or the topic of a text.

        With ``doubting``, what is refused is noted as not understood.
        """
        ahead = self.text[max(0, at - 80) : at]
        counted = _COUNTED.search(ahead) and _COUNT.match(self.text, at)
        if _WAIVED.search(ahead) or (_SPOKEN_OF.search(ahead) and not counted):
            return True
        # A denial reaches to the next comma: in "not null, normal" the second is wanted.
        if _REFUSED.search(ahead.rpartition(",")[2]):
            if doubting:
                self.doubt(at)
            return True
        return False

    def take(self, start: int, end: int) -> None:
        """Mark a span as read, so that no other reader sees it."""
        self.left = self.left[:start] + _TAKEN * (end - start) + self.left[end:]

    def doubt(self, at: int) -> None:
        """Note the piece between commas around ``at`` as not understood."""
        if self.speaks_of_writing and not any(m.of(MEASURED) for m in self.mentions):
            return
        start = max(self.text.rfind(sign, 0, at) for sign in (", ", ": ")) + 1
        end = self.text.find(", ", at)
        piece = self.written[start : end if end > 0 else len(self.text)].strip(" :,")
        if piece and piece not in self.unread:
            self.unread.append(piece)

    def say(self, one: NamedField, **members: Json) -> None:
        """Add a statement about a field, and make that field the subject."""
        self.subject = (one,)
        self.statements.append({"path": one.name, **members})

    def mention_at(self, at: int) -> Mention | None:
        """Return the field named at a place, or behind words that lead to it."""
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
        """Return the field named before a place, if only binding words stand between the two."""
        for mention in reversed(self.mentions):
            if mention.end <= at:
                joint = _JOINT.match(self.text, mention.end, at)
                return mention if joint is not None and joint.end() == at else None
        return None

    def about(
        self, start: int, end: int, kinds: Sequence[str], *, sure: bool = False
    ) -> tuple[NamedField, ...]:
        """Return the fields that a phrase speaks of; none where that is not plain.

        With ``sure``, the phrase can be nothing but a statement, so that the only field of its
        kinds is meant even where it is not named.
        """
        bound = self.mention_before(start)
        if bound is not None and bound.of(kinds) is None:
            # "the lifetime of each bulb is": of each bulb says whose, not what.
            whose = _OF_EACH.search(self.text, 0, bound.start)
            bound = self.mention_before(whose.start()) or bound if whose is not None else bound
        one = bound.of(kinds) if bound is not None else None
        if bound is not None and one is not None:
            return self._with_fields_before(bound, one, kinds)
        # The phrase has a subject, and that is of another kind.
        if bound is not None and _VERB.search(self.text, bound.end, start):
            return ()
        following = self.mention_at(end)
        one = following.of(kinds) if following is not None else None
        if one is not None:
            return (one,)
        return self._nearest_named(start, end, kinds) or self._implied(kinds, sure=sure)

    def anywhere(self, at: int, kinds: Sequence[str]) -> tuple[NamedField, ...]:
        """Return the field of these kinds that is named nearest, or the only one there is.

        Those ahead come before those behind.
        """
        return self._nearest_named(at, at, kinds) or self._implied(kinds, sure=True)

    def _nearest_named(self, start: int, end: int, kinds: Sequence[str]) -> tuple[NamedField, ...]:
        fitting = [(m, one) for m in self.mentions if (one := m.of(kinds)) is not None]
        before = [one for mention, one in fitting if mention.end <= start]
        after = [one for mention, one in fitting if mention.start >= end]
        return (before[-1],) if before else (after[0],) if after else ()

    def _implied(self, kinds: Sequence[str], *, sure: bool) -> tuple[NamedField, ...]:
        """Return the last statement's subject, or with ``sure`` the only field of these kinds."""
        if self.subject and all(one.kind in kinds for one in self.subject):
            return self.subject
        only = self.names.of_kind(kinds)
        return (only[0],) if sure and len(only) == 1 else ()

    def _with_fields_before(
        self, last: Mention, one: NamedField, kinds: Sequence[str]
    ) -> tuple[NamedField, ...]:
        """Return a field with those that "and" joins before it: ``math and reading scores``."""
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
    """Yield the fields that follow each other in a clause, in pairs."""
    yield from zip(clause.mentions, clause.mentions[1:], strict=False)


def ratio_of(shares: Sequence[tuple[NamedValue, float]], one: NamedField) -> dict[str, float]:
    """Return the shares by value, rounded to six places.

    What is missing to 1 falls on the other value where there is one, else on all others (``*``).
    """
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
