"""Lines come to the total of what they are lines of, whichever of the two was known first."""

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
    """The amounts that have to change; ``known`` is what earlier answers said, and stays.

    ``sheet`` is that and what this answer says.
    """
    totalling = _Totalling(transaction, known, facts, frozenset(_known_prices(view, known)))
    for one in view.seen:
        if one.noun and one.noun not in WEAK:
            yield from totalling.bill(one)
    owner = facts.owner(view.route)
    if view.items is not None and owner is not None and view.route.noun in WEAK:
        yield from totalling.lines_alone(view.items, owner)


def _known_prices(view: View, known: FactStore) -> Iterator[Path]:
    """The prices and quantities of lines that were seen before."""
    for one in view.seen:
        entity = known.find(one.noun, one.key) if one.noun in WEAK else None
        for name in (price_name(one.value), quantity_name(one.value)) if entity else ():
            if name is not None and entity is not None and known_as(entity, name) is not MISSING:
                yield (*one.path, name)


def lines_of(facts: FactStore, entity: Entity) -> list[Line] | None:
    """The known lines of an entity."""
    for fact in entity.fields.values():
        noun = noun_of(fact.name)
        if isinstance(fact.value, list) and _holds_lines(fact.name):
            rows = [_row(facts, item, noun, (entity.noun, entity.key)) for item in fact.value]
            if found := lines_in(rows):
                return found
    return None


def _row(facts: FactStore, item: Json, noun: str, owner: Owner) -> Json:
    if not isinstance(item, dict) or list(item) != ["id"]:
        return item
    entity = listed(facts, item, noun, owner)
    return item if entity is None else {f.name: f.value for f in entity.fields.values()}


@dataclass(frozen=True, slots=True)
class _Amount:
    """One amount of a bill, in cents."""

    name: str | None
    """The member it is in; None where it is known and not shown."""
    value: int
    fixed: bool


@dataclass(frozen=True, slots=True)
class _Totalling:
    transaction: Transaction
    known: FactStore
    facts: FactStore
    fixed: frozenset[Path]

    def bill(self, one: EntityMatch) -> Iterator[Edit]:
        """An object with a total: it and its lines agree, as far as one of them was known."""
        subtotal, whole = self._amount(one, SUBTOTALS), self._amount(one, TOTALS)
        if subtotal is None and whole is None:
            return
        net = subtotal or whole
        path, rows = _lines_in(one.value)
        lines = self._known_lines(one.noun, one.key)
        if lines is not None and net is not None and not net.fixed:
            amount = sum(line.amount for line in lines)
            yield from self._sum_up(one, subtotal, whole, amount)
            if path is not None:
                yield from self._spread((*one.path, path), amount, len(lines))
            return
        if subtotal is not None and whole is not None:
            extras = self._extras(one)
            if subtotal.fixed and not whole.fixed:
                yield from self._put(one, whole, subtotal.value + extras)
            elif whole.fixed and not subtotal.fixed and whole.value > extras:
                subtotal = replace(subtotal, value=whole.value - extras, fixed=True)
                yield from self._put(one, subtotal, subtotal.value)
            net = subtotal
        if path is not None and rows is not None and net is not None and net.fixed:
            yield from self._spread((*one.path, path), net.value, len(lines or ()))

    def lines_alone(self, path: Path, owner: Owner) -> Iterator[Edit]:
        """Lines asked for on their own come to the total of what they are within."""
        entity = self.known.find(*owner)
        if entity is None:
            return
        lines = lines_of(self.known, entity) or ()
        amount = _known_amount(entity, (*SUBTOTALS, *TOTALS))
        if amount is not None:
            yield from self._spread(path, amount, len(lines))

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
        """What a total has beside the lines."""
        found = [self._amount(one, names) for names in (TAXES, SHIPPING, DISCOUNTS)]
        tax, shipping, off = (0 if amount is None else amount.value for amount in found)
        return tax + shipping - off

    def _sum_up(
        self, one: EntityMatch, subtotal: _Amount | None, whole: _Amount | None, amount: int
    ) -> Iterator[Edit]:
        """A bill for lines that are known; its tax keeps its rate."""
        if subtotal is None:
            if whole is not None:
                yield from self._put(one, whole, amount)
            return
        yield from self._put(one, subtotal, amount)
        extras, tax = self._extras(one), self._amount(one, TAXES)
        if tax is not None and not tax.fixed and subtotal.value > 0 and subtotal.value != amount:
            due = round(tax.value * amount / subtotal.value)
            extras += due - tax.value
            yield from self._put(one, tax, due)
        if whole is not None and not whole.fixed:
            yield from self._put(one, whole, amount + extras)

    def _put(self, one: EntityMatch, amount: _Amount, value: int) -> Iterator[Edit]:
        if amount.name is not None and cents(one.value[amount.name]) != value:
            yield Edit((*one.path, amount.name), _money(value, one.value[amount.name]))

    def _spread(self, path: Path, target: int, known: int) -> Iterator[Edit]:
        """Lines with the prices that make them come to ``target``.

        As many as are ``known`` are those that are known, and stay.
        """
        rows = items_at(self.transaction.value, path)
        found = lines_in(rows)
        if found is None or len({inner_of(row, "id") is None for row in rows}) > 1:
            return  # Lines of which only some have ids cannot be told apart later.
        lines = [
            self._freed((*path, i), row, line, told=len(rows) == known)
            for i, (row, line) in enumerate(zip(rows, found, strict=True))
        ]
        made = coming_to(lines, target, self._unit(path, rows))
        if made is None:
            self.transaction.refuse(path, target / 100)
            return
        for i, (row, line, old) in enumerate(zip(rows, made, lines, strict=True)):
            if line != old:
                yield from _line_edits((*path, i), row, line)

    def _freed(self, path: Path, row: JsonObject, line: Line, *, told: bool) -> Line:
        """A line with what is known of it, or was given, as it is."""
        name, many = price_name(row), quantity_name(row)
        free = not told and name is not None and not self._stays((*path, name))
        loose = free and many is not None and not self._stays((*path, many))
        return replace(line, free=free, loose=line.loose and loose)

    def _stays(self, path: Path) -> bool:
        return self.transaction.locked(path) or path in self.fixed

    def _unit(self, path: Path, rows: list[JsonObject]) -> int:
        """Whole units where the schema takes no cents."""
        name = price_name(rows[0])
        places = self.transaction.places
        schemas = places.at(self.transaction.value, (*path, 0, name)) if name else []
        return 1 if places.accepts(schemas, 12.34) else 100


def _known_amount(entity: Entity, names: Sequence[str]) -> int | None:
    """The first amount of one of these names that is known, in cents."""
    for name in names:
        value: Json = entity.find(name)
        if is_number(value):
            return cents(value)
    return None


def _holds_lines(name: str) -> bool:
    return noun_of(name).split(" ")[-1] in WEAK


def _lines_in(value: JsonObject) -> tuple[str | None, list[Line] | None]:
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
    return value // 100 if isinstance(like, int) and value % 100 == 0 else value / 100
