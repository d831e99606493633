"""Agreement of a finished answer with the facts of its context."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from mockwright.consistency.apply_facts import lay
from mockwright.consistency.date_order import date
from mockwright.consistency.fact_sheet import FactStore
from mockwright.consistency.foreign_keys import foreign_keys, identities
from mockwright.consistency.learn import note_path, take
from mockwright.consistency.list_members import expected
from mockwright.consistency.match_entities import look
from mockwright.consistency.request_route import Query, ResourceRoute, read_route
from mockwright.consistency.totals import total
from mockwright.consistency.transaction import FactConflict, Transaction
from mockwright.schema.edit import path_of
from mockwright.schema.keywords import Schema
from mockwright.types import Json, Repair

_ROUNDS: Final = 8
"""The most rounds of changes: an id may change fields, and these a sum."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """An answer that agrees with its context."""

    value: Json
    changes: tuple[Repair, ...] = ()
    """What was changed, each of the kind ``kept-fact``."""
    conflicts: tuple[FactConflict, ...] = ()
    """The places where the schema, or the caller's own input, does not let a fact hold."""


def agree(
    value: Json,
    facts: FactStore,
    method: str,
    path: str,
    schema: Schema,
    locked: Collection[str] = (),
    *,
    query: Query = (),
) -> Agreed:
    """Return ``value`` with everything changed that contradicts ``facts``, which stay as they are.

    ``locked`` are JSON pointers to what the caller gave; that is never changed. A value that
    conforms to ``schema`` still does afterwards; one that does not is left alone. Raises
    :class:`ShapeError` where the schema is malformed.
    """
    route = read_route(method, path, query)
    draft = Transaction(value, schema, (path_of(value, pointer) for pointer in locked))
    # Changes are kept only if the value stays valid, so that it has to be valid to begin with.
    if not draft.compiled.is_valid(value):
        return Agreed(value)
    # The sheet itself learns only from what leaves, see ``learn``.
    known = facts.copy()
    note_path(known, route)
    for _ in range(_ROUNDS):
        if not _run_round(draft, known, route):
            break
    return Agreed(draft.value, draft.repairs(), draft.conflicts())


def _run_round(transaction: Transaction, known: FactStore, route: ResourceRoute) -> int:
    """Run one pass over all that may contradict, and return how many changes it made."""
    transaction.begin()
    wanted = expected(known, route)
    view = look(transaction.value, route, known, wanted.keys)
    # Ids first: everything else depends on which entity an object stands for. Each step looks at
    # the answer anew, as the one before left it.
    made = transaction.commit(identities(transaction, view, known, wanted))
    view = look(transaction.value, route, known, wanted.keys)
    made += transaction.commit(foreign_keys(transaction, view, known))
    view = look(transaction.value, route, known, wanted.keys)
    made += transaction.commit(lay(transaction, view, known))
    # What the answer says itself holds within it, too: the first place where it says it.
    sheet = _with_answer(known, transaction, route)
    made += transaction.commit(
        lay(transaction, look(transaction.value, route, sheet, wanted.keys), sheet)
    )
    sheet = _with_answer(known, transaction, route)
    view = look(transaction.value, route, sheet, wanted.keys)
    made += transaction.commit(foreign_keys(transaction, view, sheet))
    made += transaction.commit(date(transaction, view, known, sheet))
    made += transaction.commit(total(transaction, view, known, sheet))
    return made


def _with_answer(known: FactStore, transaction: Transaction, route: ResourceRoute) -> FactStore:
    """Return the known facts together with those of the answer itself."""
    sheet = known.copy()
    take(sheet, route, transaction.value, transaction.given)
    return sheet
