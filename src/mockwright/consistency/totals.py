"""Totals: the lines of a bill come to its total, whichever of the two was known first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mockwright.consistency.apply_facts import known_as, listed
from mockwright.consistency.entity_names import WEAK, noun_of
from mockwright.consistency.fact_sheet import Entity, FactStore
from mockwright.consistency.match_entities import EntityMatch, Owner, View
from mockwright.consistency.object_fields import inner_of, items_at
from mockwright.consistency.split_total import (
    AMOUNTS,
    DISCOUNTS,
    PRICES,
    SHIPPING,
    SUBTOTALS,
    TAXES,
    TOTALS,
    Line,
    cents,
    coming_to,
    lines_in,
    number_in,
    price_name,
    quantity_name,
)
from mockwright.consistency.transaction import Edit, Transaction
from mockwright.generator.relations.base import is_number
from mockwright.schema.locate import Path
from mockwright.types import MISSING, Json, JsonObject


def total(
    transaction: Transaction, view: View, known: FactStore, facts: FactStore
) -> Iterator[Edit]:
    """Yield the changes to amounts; ``known`` is what earlier answers said, and stays.

    ``facts`` are those together with what this answer says.
    """
    totalling = _Totalling(transaction, known, facts, frozenset(_known_prices(view, known)))
    for one in view.seen:
        if one.noun and one.noun not in WEAK:
            yield from totalling.bill(one)
    owner = facts.owner(view.route)
    if view.items is not None and owner is not None and view.route.noun in WEAK:
        yield from totalling.lines_alone(view.items, owner)


def _known_prices(view: View, known: FactStore) -> Iterator[Path]:
    """Yield the paths of prices and quantities of lines that were seen before."""
    for one in view.seen:
        entity = known.find(one.noun, one.key) if one.noun in WEAK else None
        for name in (price_name(one.value), quantity_name(one.value)) if entity else ():
            if name is not None and entity is not None and known_as(entity, name) is not MISSING:
                yield (*one.path, name)


def lines_of(facts: FactStore, entity: Entity) -> list[Line] | None:
    """Return the known lines of an entity; None if there are none."""
    for fact in entity.fields.values():
        noun = noun_of(fact.name)
        if isinstance(fact.value, list) and _holds_lines(fact.name):
            rows = [_row_of(facts, item, noun, (entity.noun, entity.key)) for item in fact.value]
            if found := lines_in(rows):
                return found
    return None


def _row_of(facts: FactStore, item: Json, noun: str, owner: Owner) -> Json:
    """Return a remembered line with the fields that are known of it."""
    if not isinstance(item, dict) or list(item) != ["id"]:
        return item
    entity = listed(facts, item, noun, owner)
    return item if entity is None else {f.name: f.value for f in entity.fields.values()}


@dataclass(frozen=True, slots=True)
class _Amount:
    """One amount of a bill, in cents."""

    name: str | None
    """The member it is in; None if it is known and not shown."""
    value: int
    fixed: bool
    """Whether it was known before, or given by the caller."""


@dataclass(frozen=True, slots=True)
class _Totalling:
    """The bills of one answer."""

    transaction: Transaction
    known: FactStore
    facts: FactStore
    fixed: frozenset[Path]

    def bill(self, one: EntityMatch) -> Iterator[Edit]:
        """Yield the changes that make a total and its lines agree, if one of them was known."""
        subtotal, whole = self._amount(one, SUBTOTALS), self._amount(one, TOTALS)
        if subtotal is None and whole is None:
            return
        # Lines come to the subtotal, or to the total if there is none.
        net = subtotal or whole
        path, rows = _find_lines(one.value)
        lines = self._known_lines(one.noun, one.key)
        if lines is not None and net is not None and not net.fixed:
            amount = sum(line.amount for line in lines)
            yield from self._sum_up(one, subtotal, whole, amount)
            if path is not None:
                yield from self._spread_over_lines((*one.path, path), amount, len(lines))
            return
        if subtotal is not None and whole is not None:
            # total = subtotal + tax + shipping - discount
            extras = self._extras(one)
            if subtotal.fixed and not whole.fixed:
                yield from self._set_amount(one, whole, subtotal.value + extras)
            # A total below its own taxes would leave no positive subtotal.
            elif whole.fixed and not subtotal.fixed and whole.value > extras:
                subtotal = replace(subtotal, value=whole.value - extras, fixed=True)
                yield from self._set_amount(one, subtotal, subtotal.value)
            net = subtotal
        if path is not None and rows is not None and net is not None and net.fixed:
            yield from self._spread_over_lines((*one.path, path), net.value, len(lines or ()))

    def lines_alone(self, path: Path, owner: Owner) -> Iterator[Edit]:
        """Yield the changes that make lines asked for alone come to the total of their bill."""
        entity = self.known.find(*owner)
        if entity is None:
            return
        lines = lines_of(self.known, entity) or ()
        amount = _known_amount(entity, (*SUBTOTALS, *TOTALS))
        if amount is not None:
            yield from self._spread_over_lines(path, amount, len(lines))

    def _amount(self, one: EntityMatch, names: Sequence[str]) -> _Amount | None:
        entity = self.known.find(one.noun, one.key)
        name = number_in(one.value, names)
        if name is not None:
            told = entity is not None and is_number(entity.find(name))
            fixed = told or self.transaction.locked((*one.path, name))
            return _Amount(name, cents(one.value[name]), fixed)
        told_of = None if entity is None else _known_amount(entity, names)
        return None if told_of is None else _Amount(None, told_of, True)

    def _known_lines(self, noun: str, key: str) -> list[Line] | None:
        entity = self.known.find(noun, key)
        return None if entity is None else lines_of(self.known, entity)

    def _extras(self, one: EntityMatch) -> int:
        """Return what a total has beside the lines, in cents."""
        found = [self._amount(one, names) for names in (TAXES, SHIPPING, DISCOUNTS)]
        tax, shipping, off = (0 if amount is None else amount.value for amount in found)
        return tax + shipping - off

    def _sum_up(
        self, one: EntityMatch, subtotal: _Amount | None, whole: _Amount | None, amount: int
    ) -> Iterator[Edit]:
        """Yield the changes to a bill whose lines are known; its tax keeps its rate."""
        if subtotal is None:
            if whole is not None:
                yield from self._set_amount(one, whole, amount)
            return
        yield from self._set_amount(one, subtotal, amount)
        extras, tax = self._extras(one), self._amount(one, TAXES)
        if tax is not None and not tax.fixed and subtotal.value > 0 and subtotal.value != amount:
            due = round(tax.value * amount / subtotal.value)
            extras += due - tax.value
            yield from self._set_amount(one, tax, due)
        if whole is not None and not whole.fixed:
            yield from self._set_amount(one, whole, amount + extras)

    def _set_amount(self, one: EntityMatch, amount: _Amount, value: int) -> Iterator[Edit]:
        if amount.name is not None and cents(one.value[amount.name]) != value:
            yield Edit((*one.path, amount.name), _money(value, one.value[amount.name]))

    def _spread_over_lines(self, path: Path, target: int, known: int) -> Iterator[Edit]:
        """Yield the changes to prices that make the lines come to ``target``.

        If there are as many as are ``known``, these are the known ones, and stay.
        """
        rows = items_at(self.transaction.value, path)
        found = lines_in(rows)
        if found is None or len({inner_of(row, "id") is None for row in rows}) > 1:
            return  # Lines of which only some have ids cannot be told apart later.
        lines = [
            self._with_freedom((*path, i), row, line, told=len(rows) == known)
            for i, (row, line) in enumerate(zip(rows, found, strict=True))
        ]
        made = coming_to(lines, target, self._price_unit(path, rows))
        if made is None:
            self.transaction.refuse(path, target / 100)
            return
        for i, (row, line, old) in enumerate(zip(rows, made, lines, strict=True)):
            if line != old:
                yield from _line_edits((*path, i), row, line)

    def _with_freedom(self, path: Path, row: JsonObject, line: Line, *, told: bool) -> Line:
        """Return a line with whether its price and quantity may change."""
        name, many = price_name(row), quantity_name(row)
        free = not told and name is not None and not self._is_fixed((*path, name))
        loose = free and many is not None and not self._is_fixed((*path, many))
        return replace(line, free=free, loose=line.loose and loose)

    def _is_fixed(self, path: Path) -> bool:
        return self.transaction.locked(path) or path in self.fixed

    def _price_unit(self, path: Path, rows: list[JsonObject]) -> int:
        """Return the least step of a price in cents: 100 where the schema takes no fractions."""
        name = price_name(rows[0])
        places = self.transaction.places
        schemas = places.at(self.transaction.value, (*path, 0, name)) if name else []
        return 1 if places.accepts(schemas, 12.34) else 100


def _known_amount(entity: Entity, names: Sequence[str]) -> int | None:
    """Return the first amount of one of these names that is known, in cents; None if none is."""
    for name in names:
        value: Json = entity.find(name)
        if is_number(value):
            return cents(value)
    return None


def _holds_lines(name: str) -> bool:
    return noun_of(name).split(" ")[-1] in WEAK


def _find_lines(value: JsonObject) -> tuple[str | None, list[Line] | None]:
    for name, item in value.items():
        if isinstance(item, list) and _holds_lines(name) and (lines := lines_in(item)):
            return name, lines
    return None, None


def _line_edits(path: Path, row: JsonObject, line: Line) -> Iterator[Edit]:
    name, many = price_name(row), quantity_name(row)
    if name is not None:
        yield Edit((*path, name), _money(line.price, row[name]))
    if many is not None and row[many] != line.quantity:
        yield Edit((*path, many), line.quantity)
    amount = number_in(row, AMOUNTS) if number_in(row, PRICES) else None
    if amount is not None:
        yield Edit((*path, amount), _money(line.amount, row[amount]))


def _money(value: int, like: Json) -> float:
    """Return cents as an amount, a whole one as an integer if ``like`` is one."""
    return value // 100 if isinstance(like, int) and value % 100 == 0 else value / 100
