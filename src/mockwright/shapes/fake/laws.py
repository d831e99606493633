"""The laws of a consistent answer; ``docs/laws.md`` lists them for people.

A law looks at one object or one list and proposes changes through a :class:`Ledger`, which keeps
the caller's own values and can take everything back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias

from mockwright.shapes.fake.context import Hints
from mockwright.shapes.fake.kinds import kind_of
from mockwright.shapes.fake.names import noun, tokens
from mockwright.shapes.fake.words import FEMALE, MALE
from mockwright.types import MISSING, Json, JsonObject

_MAX_PARTS: Final = 20_000
"""Objects and lists; a larger answer only has its ids made unique."""


@dataclass(slots=True)
class Ledger:
    """The changes made so far, and what must not be changed."""

    kept: set[tuple[int, str]]
    undo: list[tuple[JsonObject, str, Json]] = field(default_factory=list)

    def put(self, owner: JsonObject, key: str, value: Json) -> None:
        """Set an existing member, unless the caller gave it; the type stays what it was."""
        old = owner.get(key, MISSING)
        if old is MISSING or old == value or (id(owner), key) in self.kept:
            return
        if isinstance(old, bool) or not isinstance(old, int | float):
            if type(old) is not type(value):
                return
        elif isinstance(old, int) and not isinstance(value, int):
            value = round(value)
        self.undo.append((owner, key, old))
        owner[key] = value

    def take_back(self) -> None:
        """Restore everything, the last change first."""
        for owner, key, old in reversed(self.undo):
            owner[key] = old
        self.undo.clear()


Law: TypeAlias = Callable[[Any, Ledger], None]


def _number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@lru_cache(maxsize=4096)
def _said(key: str) -> str:
    return " ".join(tokens(key))


@lru_cache(maxsize=4096)
def _moment_name(key: str) -> str:
    words = tokens(key)
    return " ".join(words[:-1] if len(words) > 1 and words[-1] in _TAILS else words)


def _key(owner: JsonObject, *names: str) -> str | None:
    return next((k for k in owner if _number(owner[k]) and _said(k) in names), None)


def line_totals(part: Json, ledger: Ledger) -> None:
    """A line's total is its quantity times its unit price."""
    if not isinstance(part, dict):
        return
    many = _key(part, "quantity", "qty")
    each = _key(part, "unit price", "price")
    total = _key(part, "line total", "total", "total price", "subtotal", "amount")
    if many and each and total:
        ledger.put(part, total, round(part[many] * part[each], 2))


def sums(part: Json, ledger: Ledger) -> None:
    """A subtotal is the sum of the lines; a total adds tax and shipping and takes off discounts."""
    if not isinstance(part, dict):
        return
    subtotal, total = (
        _key(part, "subtotal", "sub total"),
        _key(part, "total", "total amount", "grand total", "order total", "amount due"),
    )
    lines = next((_line_sum(v) for v in part.values() if isinstance(v, list)), None)
    if lines is not None and (subtotal or total):
        ledger.put(part, subtotal or str(total), lines)
    if subtotal:
        tax, rate = _key(part, "tax", "vat", "tax amount"), _key(part, "tax rate", "vat rate")
        if tax:
            share = part[rate] if rate else 0.08
            ledger.put(part, tax, round(part[subtotal] * (share / 100 if share > 1 else share), 2))
        shipping = _key(part, "shipping cost", "shipping", "shipping fee")
        if shipping:
            ledger.put(part, shipping, 0.0 if part[subtotal] > 150 else 5.99)
        extra = sum(part[k] for k in (tax, shipping) if k)
        off = _key(part, "discount", "discount amount")
        if total:
            ledger.put(part, total, round(part[subtotal] + extra - (part[off] if off else 0), 2))


def _line_sum(value: list[Json]) -> float | None:
    found = 0.0
    for line in value:
        if not isinstance(line, dict):
            return None
        many, each = _key(line, "quantity", "qty"), _key(line, "unit price", "price")
        if not many or not each:
            return None
        found += line[many] * line[each]
    return round(found, 2) if value else None


def net_pay(part: Json, ledger: Ledger) -> None:
    """Net pay is gross pay less deductions."""
    if isinstance(part, dict):
        gross, net = _key(part, "gross pay", "gross salary"), _key(part, "net pay", "net salary")
        off = _key(part, "deductions", "total deductions")
        if gross and off and net:
            ledger.put(part, net, round(part[gross] - part[off], 2))


def list_price(part: Json, ledger: Ledger) -> None:
    """The list price is at least the price, and the discount is the difference."""
    if not isinstance(part, dict):
        return
    price = _key(part, "price", "sale price")
    full = _key(part, "msrp", "original price", "regular price", "list price", "old price")
    if price and full:
        if part[full] < part[price]:
            ledger.put(part, full, round(part[price] * 1.2, 2))
        percent = _key(part, "discount percent", "discount percentage")
        if percent and part[full] > 0:
            ledger.put(part, percent, max(0, round(100 * (1 - part[price] / part[full]))))


_ORDERS: Final = (
    (
        (
            "created",
            "ordered",
            "start",
            "started",
            "from",
            "issue",
            "check in",
            "departure",
            "valid from",
            "period start",
            "admitted",
            "hire",
        ),
        (
            "updated",
            "modified",
            "end",
            "ended",
            "to",
            "due",
            "check out",
            "arrival",
            "valid to",
            "period end",
            "discharged",
            "finished",
            "paid",
            "shipped",
        ),
    ),
    (("updated", "modified", "shipped"), ("last login", "last seen", "delivered")),
    (("created", "joined", "registered"), ("last login", "last seen")),
)
_TAILS: Final = frozenset(["at", "on", "date", "time", "datetime"])


def time_order(part: Json, ledger: Ledger) -> None:
    """What begins is not after what ends: created, updated, last login; start, end."""
    if not isinstance(part, dict):
        return
    moments = {}
    for key, value in part.items():
        if isinstance(value, str) and len(value) >= 10 and value[:4].isdigit() and value[4] == "-":
            moments[_moment_name(key)] = key
    if len(moments) < 2:
        return
    for befores, afters in _ORDERS:
        for before in (moments[b] for b in befores if b in moments):
            for after in (moments[a] for a in afters if a in moments):
                if len(part[before]) == len(part[after]) and part[before] > part[after]:
                    ledger.put(part, after, part[before])
                if len(part[before]) == len(part[after]) and part[before] > part[after]:
                    ledger.put(part, before, part[after])


def stock_flag(part: Json, ledger: Ledger) -> None:
    """In stock means that there is some."""
    if isinstance(part, dict):
        amount = _key(part, "stock", "quantity", "stock quantity", "inventory")
        for key in part:
            if amount and tokens(key) in (("in", "stock"), ("available",), ("is", "available")):
                ledger.put(part, key, part[amount] > 0)


def list_counts(part: Json, ledger: Ledger) -> None:
    """A count beside a list is its length; the page is the first where all is shown."""
    if not isinstance(part, dict):
        return
    lists = [(k, v) for k, v in part.items() if isinstance(v, list)]
    for name, items in lists:
        for key in part:
            words = tokens(key)
            own = words[-1:] == ("count",) and noun(" ".join(words[:-1])) == noun(name)
            alone = len(lists) == 1 and words in (
                ("total",),
                ("count",),
                ("total", "count"),
                ("total", "items"),
                ("total", "results"),
            )
            if (own or alone) and not (alone and _line_sum(items) is not None):
                ledger.put(part, key, len(items))
    if len(lists) == 1:
        for key in part:
            if kind_of(key) in ("page", "total_pages"):
                ledger.put(part, key, 1)
            elif (
                kind_of(key) == "page_size" and _number(part[key]) and part[key] < len(lists[0][1])
            ):
                ledger.put(part, key, len(lists[0][1]))


def gender_fits(part: Json, ledger: Ledger) -> None:
    """A gender fits the first name, where that is known to be a woman's or a man's."""
    if not isinstance(part, dict):
        return
    first = next((v for k, v in part.items() if kind_of(k) == "first_name"), None)
    names = {"female": FEMALE, "male": MALE}
    for key, value in part.items():
        if kind_of(key) == "gender" and isinstance(value, str) and value.lower() in names:
            right = next((g for g, known in names.items() if first in known), value.lower())
            ledger.put(part, key, right.title() if value[0].isupper() else right)


def capacity_holds(part: Json, ledger: Ledger) -> None:
    """No more people attend than there is room for."""
    if isinstance(part, dict):
        room, here = _key(part, "capacity"), _key(part, "attendee count", "attendees", "occupancy")
        if room and here and part[here] > part[room]:
            ledger.put(part, here, round(part[room] * 0.7))


def unique_ids(part: Json, ledger: Ledger) -> None:
    """No two items of a list have the same id or e-mail."""
    if not isinstance(part, list) or len(part) < 2:
        return
    items = [item for item in part if isinstance(item, dict)]
    for key in ("id", "_id", "uuid", "email", "username", "sku"):
        seen: set[Json] = {
            i[key]
            for i in items
            if (id(i), key) in ledger.kept and isinstance(i.get(key), int | str)
        }
        for position, item in enumerate(items):
            value = item.get(key)
            if not isinstance(value, int | str) or isinstance(value, bool):
                continue
            if value in seen and (id(item), key) not in ledger.kept:
                fresh = _fresh(value, position, seen)
                ledger.put(item, key, fresh)
            seen.add(item[key])


def _fresh(value: int | str, position: int, seen: set[Json]) -> int | str:
    if isinstance(value, int):
        # Upwards from the position, so that a long list of equal ids stays linear.
        fresh = position + 1
        while fresh in seen:
            fresh += 1
        return fresh
    local, at, domain = value.partition("@")
    number = position + 2
    while f"{local}{number}{at}{domain}" in seen:
        number += 1
    return f"{local}{number}{at}{domain}"


PART_LAWS: Final[tuple[Law, ...]] = (
    line_totals,
    sums,
    net_pay,
    list_price,
    time_order,
    stock_flag,
    list_counts,
    gender_fits,
    capacity_holds,
    unique_ids,
)


def foreign_keys(parts: list[Json], ledger: Ledger) -> None:
    """``userId`` names one of the users, where the answer has users with ids."""
    known: dict[str, list[Json]] = {}
    owners = [part for part in parts if isinstance(part, dict)]
    for part in owners:
        for key, value in part.items():
            if isinstance(value, list):
                ids = [
                    i["id"]
                    for i in value
                    if isinstance(i, dict) and isinstance(i.get("id"), int | str)
                ]
                if ids:
                    known.setdefault(noun(key), []).extend(ids)
    if not known:
        return
    members = {name: set(ids) for name, ids in known.items()}
    for turn, part in enumerate(owners):
        for key, value in part.items():
            words = tokens(key)
            ids = known.get(words[-2], []) if len(words) > 1 and words[-1] == "id" else []
            if ids and isinstance(value, int | str) and value not in members[words[-2]]:
                ledger.put(part, key, ids[turn % len(ids)])


def harmonise(value: Json, hints: Hints, accepts: Callable[[Json], bool]) -> Json:
    """All laws at once and one check; only where that is refused, law by law."""
    parts = list(_parts(value))
    if not parts:
        return value
    ledger = Ledger(set(_given(value, hints.given)))
    laws = _whole(parts)
    for law in laws:
        law(ledger)
    if not ledger.undo or accepts(value):
        return value
    ledger.take_back()
    for law in laws:
        law(ledger)
        if ledger.undo and not accepts(value):
            ledger.take_back()
        ledger.undo.clear()
    return value


def _whole(parts: list[Json]) -> list[Callable[[Ledger], None]]:
    def over(law: Law) -> Callable[[Ledger], None]:
        def run(ledger: Ledger) -> None:
            for part in parts:
                law(part, ledger)

        return run

    if len(parts) > _MAX_PARTS:
        return [over(unique_ids)]
    return [*(over(law) for law in PART_LAWS), lambda ledger: foreign_keys(parts, ledger)]


def _parts(value: Json) -> Iterator[Json]:
    """Every object and list, the inner before the outer."""
    found, stack = [], [value]
    while stack:
        part = stack.pop()
        if isinstance(part, dict | list):
            found.append(part)
            stack.extend(part.values() if isinstance(part, dict) else part)
    return reversed(found)


def _given(value: Json, given: Json) -> Iterator[tuple[int, str]]:
    """The members of objects that the caller gave."""
    stack = [(value, given)]
    while stack:
        part, source = stack.pop()
        if isinstance(part, dict) and isinstance(source, dict):
            for key in source.keys() & part.keys():
                yield id(part), key
                stack.append((part[key], source[key]))
        elif isinstance(part, list) and isinstance(source, list):
            stack.extend(zip(part, source, strict=False))
