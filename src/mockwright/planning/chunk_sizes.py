"""Pieces of long lists: which lists are too long for one answer, and how large a piece may be."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import Final

from mockwright.conformance.long_list import items_at, long_list, refers_back
from mockwright.jsontext import canonical
from mockwright.planning.estimate import answer_tokens
from mockwright.planning.models import Models
from mockwright.planning.plan_tree import singles
from mockwright.schema.keywords import Schema
from mockwright.types import Chunked, PlanNode

_ROOM: Final = 0.8
"""The share of an answer's limit that is used: an estimate is no promise."""
_GENERATED: Final = 1_000
"""Items that are made at once without a model: other tasks get their turn in between."""
_REMEMBERED: Final = 1_000
"""The most schemas whose sizes are remembered."""
_WEIGHT: Final = 0.3
"""The weight of the latest answer in the moving average of an item's size."""


class ChunkSizes:
    """How many tokens the items of a schema really took."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, float] = OrderedDict()

    def note(self, items: Schema, count: int, tokens: int) -> None:
        """Note that ``count`` items of the schema took so many tokens."""
        if count < 1 or tokens < 1:
            return
        key = _schema_key(items)
        latest = tokens / count
        known = self._known.pop(key, latest)
        # An exponential moving average, as old answers may be another model's.
        self._known[key] = known + (latest - known) * _WEIGHT
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def of(self, items: Schema) -> float:
        """Return the tokens of one item, as learned, else as estimated from its schema."""
        return self._known.get(_schema_key(items)) or float(answer_tokens(items))


def in_pieces(
    node: PlanNode, schema: Schema, models: Models, sizes: ChunkSizes, otherwise: int
) -> PlanNode:
    """Return ``node``, in pieces if its list is too long for those who may answer.

    ``otherwise`` is how many tokens a model about which nothing is known is asked to write at once.
    """
    found = long_list(schema)
    if found is None:
        return node
    path, total = found
    limits = [models.longest_answer(one.backends, otherwise) for one in singles(node)]
    room = min((limit for limit in limits if limit is not None), default=None)
    items = items_at(schema, path)
    if room is None:
        # No model among them: the generator has no limit, but would keep others waiting.
        return node if total <= _GENERATED else Chunked(node, path, total, _GENERATED)
    size = min(_GENERATED, max(1, int(room * _ROOM / max(1.0, sizes.of(items)))))
    return node if size >= total else Chunked(node, path, total, size, refers_back(items))


def _schema_key(items: Schema) -> bytes:
    return blake2b(canonical(items), digest_size=16).digest()
