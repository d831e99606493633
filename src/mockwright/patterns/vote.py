"""A vote: of several answers to one question, what most of them say, place by place.

A tie goes to the earliest answer, and answers come in the order in which their backends are
configured. Numbers are settled by their median, which is always one that was really given; what is
merely written in digits (ids, years, codes) by majority.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from mockwright.jsontext import canonical
from mockwright.schema.keywords import join, word_set
from mockwright.shapes.rules.field_paths import words
from mockwright.types import Json

Path: TypeAlias = tuple[str | int, ...]

MAX_DISPUTED: Final = 50
"""The most disputed places that are kept."""
_NEAR: Final = 0.01
"""The share by which numbers may differ and still agree."""
_NEAR_ZERO: Final = 0.005
"""The amount by which numbers may differ and still agree."""
_LABELS: Final = word_set("id ids year zip postcode postal phone code number no isbn sku version")
"""Words of fields whose numbers are names, not amounts."""


@dataclass(frozen=True, slots=True)
class Vote:
    """The outcome of a vote."""

    value: Json
    agreement: float
    """Over all leaves, the mean share of the voters who said what won, 0..1."""
    disputed: tuple[str, ...] = ()
    """Pointers of the first places at which not all agreed."""


def vote(ballots: Sequence[Json]) -> Vote:
    """Return the consensus of at least one answer."""
    count = _Count(len(ballots))
    value = count.settle(list(ballots), (), "")
    shares = count.shares or [1.0]
    mark, votes = _most_said(ballots)
    if votes * 2 > len(ballots):
        # Word for word what most say: its order and spelling do not hang on who came first.
        value = next(ballot for ballot in ballots if canonical(ballot) == mark)
    return Vote(value, sum(shares) / len(shares), tuple(count.disputed[:MAX_DISPUTED]))


def decided(ballots: Sequence[Json], outstanding: int) -> bool:
    """Whether no further ``outstanding`` answers can change the outcome.

    Cautious: only where more than half of all voters have given the very same answer.
    """
    return bool(ballots) and _most_said(ballots)[1] * 2 > len(ballots) + outstanding


def closest(candidates: Sequence[Json], value: Json) -> Json:
    """Return the candidate that agrees most with ``value``, the first of several."""
    return max(candidates, key=lambda one: vote([value, one]).agreement)


def _most_said(ballots: Sequence[Json]) -> tuple[bytes, int]:
    """Return the very same answer that most have given, and how many have."""
    counts: dict[bytes, int] = {}
    for ballot in ballots:
        mark = canonical(ballot)
        counts[mark] = counts.get(mark, 0) + 1
    return max(counts.items(), key=lambda pair: pair[1])


@dataclass(slots=True)
class _Count:
    """The counting of one vote."""

    voters: int
    """How many there are, also those who say nothing at a place."""
    shares: list[float] = field(default_factory=list)
    disputed: list[str] = field(default_factory=list)

    def settle(self, said: list[Json], path: Path, name: str) -> Json:
        """Return the outcome at one place, of those who said something there."""
        kind = _commonest([_kind_of(value) for value in said])
        same = [value for value in said if _kind_of(value) == kind]
        if kind == "object":
            return self._objects(same, path)
        if kind == "list":
            return self._lists(same, path, name)
        return self._scalars(same, kind, path, name)

    def _objects(self, said: list[Json], path: Path) -> Json:
        """Settle objects: a member stays where at least half have it."""
        names = dict.fromkeys(key for value in said for key in value)
        kept = [key for key in names if 2 * sum(key in value for value in said) >= len(said)]
        return {
            key: self.settle([value[key] for value in said if key in value], (*path, key), key)
            for key in kept
        }

    def _lists(self, said: list[Json], path: Path, name: str) -> Json:
        """Settle lists, item by item; they are as long as the median."""
        if all(_kind_of(item) not in ("object", "list") for value in said for item in value):
            return self._sets(said, path)
        said = _align(said)
        # The lower median: an item that most do not have is left out.
        length = sorted(len(value) for value in said)[(len(said) - 1) // 2]
        return [
            self.settle([value[i] for value in said if i < len(value)], (*path, i), name)
            for i in range(length)
        ]

    def _sets(self, said: list[Json], path: Path) -> Json:
        """Settle lists of scalars: an item stays where at least half have it."""
        kept: list[Json] = []
        marks = [[_mark_of(item) for item in value] for value in said]
        votes = Counter(mark for own in marks for mark in set(own))
        there: Counter[bytes] = Counter()
        for value, own in zip(said, marks, strict=True):
            repeated: Counter[bytes] = Counter()
            for item, mark in zip(value, own, strict=True):
                repeated[mark] += 1
                # A repeated item stays as often as the voter with the most of it has it.
                if 2 * votes[mark] >= len(said) and there[mark] < repeated[mark]:
                    there[mark] += 1
                    kept.append(item)
                    self._record(votes[mark], (*path, len(kept) - 1))
        return kept

    def _scalars(self, said: list[Json], kind: str, path: Path, name: str) -> Json:
        """Settle scalars: amounts by the lower median, anything else by the commonest."""
        if kind == "number" and not _LABELS & set(words(name)):
            ordered = sorted(range(len(said)), key=lambda i: (said[i], i))
            winner = said[ordered[(len(said) - 1) // 2]]
            votes = sum(_are_near(value, winner) for value in said)
        else:
            marks = [_mark_of(value) for value in said]
            mark = _commonest(marks)
            winner = said[marks.index(mark)]
            votes = marks.count(mark)
        self._record(votes, path)
        return winner

    def _record(self, votes: int, path: Path) -> None:
        self.shares.append(votes / self.voters)
        if votes < self.voters:
            self.disputed.append(join(*path))


def _kind_of(value: Json) -> str:
    if isinstance(value, bool) or value is None:
        return "word"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "object" if isinstance(value, dict) else "list"


def _mark_of(value: Json) -> bytes:
    """Return the same for values that say the same: texts but for case and white space."""
    return canonical(" ".join(value.split()).casefold() if isinstance(value, str) else value)


def _commonest(values: Sequence[Json]) -> Json:
    """Return the commonest value; of those that are equally common, the first."""
    return max(values, key=lambda value: (values.count(value), -values.index(value)))


def _are_near(a: float, b: float) -> bool:
    return abs(a - b) <= max(_NEAR_ZERO, _NEAR * max(abs(a), abs(b)))


def _align(said: list[Json]) -> list[Json]:
    """Return lists whose items have ids, in the order of the first of them; else as they are."""
    found = [_ids_of(value) for value in said]
    if any(ids is None for ids in found):
        return said
    order: dict[Json, int] = {}
    for ids in found:
        for one in ids or ():
            order.setdefault(one, len(order))
    shared = {one for one in order if 2 * sum(one in (ids or ()) for ids in found) >= len(said)}
    if not shared:
        return said
    rank: Callable[[Json], int] = lambda item: order[item["id"]]  # noqa: E731
    kept = [sorted((item for item in value if item["id"] in shared), key=rank) for value in said]
    # With gaps the positions would not match: then those that have all of them decide.
    whole = [value for value in kept if len(value) == len(shared)]
    return whole or said


def _ids_of(value: Json) -> list[Json] | None:
    """Return the ids of a list's items; None if some have none, or two the same."""
    ids = [item.get("id") if isinstance(item, dict) else None for item in value]
    plain = all(isinstance(one, (str, int)) for one in ids)
    return ids if plain and len(set(ids)) == len(ids) else None
