"""The nearest entry: what a request without a recording comes closest to, and how it differs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from mockwright.recordings.diff import changes, shown
from mockwright.recordings.ignore import Ignore
from mockwright.recordings.index import Index
from mockwright.recordings.normalize import NormalizedRequest, normalize
from mockwright.recordings.recording import StoredRecording
from mockwright.recordings.request_key import RequestKey
from mockwright.shapes.rest.url_path import split_path
from mockwright.types import MISSING

_MAX_COMPARED: Final = 200
"""The most entries that are compared."""
_MAX_SECONDS: Final = 0.1
"""The longest that entries are compared; large bodies take long, and something is told anyway."""
_MAX_PLACES: Final = 20_000
"""The most path templates that are compared."""
MAX_DIFFERENCES: Final = 10
"""The most differences that are told."""


@dataclass(frozen=True, slots=True)
class NearestRecording:
    """The nearest entry to a request."""

    file: str
    differences: tuple[str, ...]
    """What differs, each as a sentence: ``body /customer/name: asked "Ann", recorded "Bob"``."""


def find_nearest(index: Index, key: RequestKey, ignore: Ignore) -> NearestRecording | None:
    """Return the nearest entry; None where none has anything in common with the path."""
    wanted = normalize(key, ignore)
    best: tuple[tuple[int, int, str], StoredRecording, list[str]] | None = None
    until = time.perf_counter() + _MAX_SECONDS
    for stored in islice(_alike(index, key), _MAX_COMPARED):
        if best is not None and time.perf_counter() > until:
            break
        # More differences than the best has need not be counted.
        most = MAX_DIFFERENCES + 1 if best is None else best[0][0] + 1
        found = list(islice(_differences(wanted, normalize(stored.matched, ignore)), most))
        rank = len(found), stored.turn, stored.file
        if best is None or rank < best[0]:
            best = rank, stored, found
    if best is None:
        return None
    _, stored, found = best
    more = ["and more"] if len(found) > MAX_DIFFERENCES else []
    return NearestRecording(stored.file, (*found[:MAX_DIFFERENCES], *more))


def _alike(index: Index, key: RequestKey) -> Iterator[StoredRecording]:
    """Yield entries of the paths that are most alike; of equal paths those with the same method."""
    mine = split_path(key.template)
    ranked = []
    for place in islice(index.places(), _MAX_PLACES):
        likeness = _likeness(mine, split_path(place[1]))
        if likeness:
            ranked.append((-likeness, place[0] != key.method, place))
    if not ranked:
        return iter(())
    top = min(ranked)[:2]
    places = sorted(place for *rank, place in ranked if tuple(rank) == top)
    return chain.from_iterable(map(index.entries, places))


def _likeness(mine: list[str], other: list[str]) -> int:
    """Return how alike two paths are: 0 without a common name; the same place counts more."""
    if mine == other:
        return 1_000
    names = {part for part in mine if not part.startswith("{")}
    common = len(names.intersection(other))
    same = sum(a == b for a, b in zip(mine, other, strict=False))
    # Common names count most, then their places, then the length; 20 keeps it above 0.
    return common and 10 * common + 5 * same - abs(len(mine) - len(other)) + 20


def _differences(asked: NormalizedRequest, recorded: NormalizedRequest) -> Iterator[str]:
    if asked.method != recorded.method:
        yield _sentence("method", asked.method, recorded.method)
    if asked.path != recorded.path:
        yield _sentence("path", asked.path, recorded.path)
    yield from _query_differences(asked, recorded)
    yield from _part_differences(
        "body", _body_or_missing(recorded.body), _body_or_missing(asked.body)
    )
    yield from _part_differences(
        "shape", _shape_or_missing(recorded.shape), _shape_or_missing(asked.shape)
    )
    for name in sorted(asked.controls.keys() | recorded.controls.keys()):
        mine, other = asked.controls.get(name, MISSING), recorded.controls.get(name, MISSING)
        yield from _part_differences(f"control {name}", other, mine)


def _query_differences(asked: NormalizedRequest, recorded: NormalizedRequest) -> Iterator[str]:
    for name in sorted(asked.query.keys() | recorded.query.keys()):
        mine, other = asked.query.get(name), recorded.query.get(name)
        if mine != other:
            yield _sentence(f"query {name[:80]}", _single(mine), _single(other))


def _part_differences(what: str, recorded: object, asked: object) -> Iterator[str]:
    for change in changes(recorded, asked):
        yield _sentence(f"{what} {change.pointer}".rstrip(), change.after, change.before)


def _sentence(what: str, asked: object, recorded: object) -> str:
    return f"{what}: asked {shown(asked)}, recorded {shown(recorded)}"


def _single(values: list[str | None] | None) -> object:
    if values is None:
        return MISSING
    return values[0] if len(values) == 1 else values


def _body_or_missing(body: list[object]) -> object:
    return body[0] if body else MISSING


def _shape_or_missing(shape: object) -> object:
    return MISSING if shape is None else shape
