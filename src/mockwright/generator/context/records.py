"""Facts that are a row of a table: a medical case, a ticket, an article, a recipe."""

from __future__ import annotations

from mockwright.generator.context.streams import deal
from mockwright.generator.context.subject import locale
from mockwright.generator.interfaces import ObjectScope
from mockwright.generator.tables import local_records


def record(scope: ObjectScope, table: str) -> tuple[str, ...]:
    """Return the row that the object is about.

    It is one that agrees with the texts the object already has, where there is one; in a list, a
    different one for each item; for a nested object, that of the object around it.
    """
    known: tuple[str, ...] | None = scope.facts.get(table)
    if known is None:
        above = scope.parent.facts.get(table) if scope.parent and scope.index is None else None
        known = scope.facts[table] = above or deal(scope, table, _fitting_rows(scope, table))
    return known


def _fitting_rows(scope: ObjectScope, table: str) -> tuple[tuple[str, ...], ...]:
    options = local_records(table, locale(scope))
    said = {value.casefold() for value in scope.made.values() if isinstance(value, str)}
    if not said:
        return options
    agreeing = [sum(field.casefold() in said for field in row) for row in options]
    most = max(agreeing)
    return tuple(row for row, many in zip(options, agreeing, strict=True) if many == most)
