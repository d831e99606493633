"""What is sold, and who sells it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mockwright.generator.context.streams import seat, stream
from mockwright.generator.context.subject import inherits, latin, locale, topic
from mockwright.generator.field_kinds import kind_of
from mockwright.generator.interfaces import ObjectScope
from mockwright.generator.tables import local, local_records, rows
from mockwright.rng import Rng
from mockwright.types import Json


@dataclass(frozen=True, slots=True)
class Product:
    """A thing that is sold."""

    name: str
    category: str
    brand: str
    price: float
    """Its price, in the currency of the locale."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A category of the catalogue."""

    category: str
    low: int
    """The lowest price."""
    high: int
    """The highest price."""
    brands: tuple[str, ...]
    names: tuple[str, ...]
    folded: frozenset[str]
    """The names in lower case, to find the shelf of a given one."""


@lru_cache(maxsize=64)
def _shelves(where: str) -> tuple[_Shelf, ...]:
    return tuple(_shelf(row) for row in local_records("catalogue", where))


def _shelf(row: tuple[str, ...]) -> _Shelf:
    category, low, high, brands, products = row
    names = tuple(products.split(", "))
    folded = frozenset(name.lower() for name in names)
    return _Shelf(category, int(low), int(high), tuple(brands.split(", ")), names, folded)


def product(scope: ObjectScope) -> Product:
    """Return the product that the object is, or is about."""
    known: Product | None = scope.facts.get("product")
    if known is None:
        if inherits(scope, "product") and scope.parent is not None and topic(scope) != "product":
            known = product(scope.parent)
        else:
            known = new_product(stream(scope, "product"), scope.made, locale(scope))
        scope.facts["product"] = known
    return known


def new_product(rng: Rng, made: dict[str, Json], where: str) -> Product:
    """Return something out of the catalogue: of the category, or with the name, that is given."""
    shelves = _shelves(where)
    given = {v.lower() for v in made.values() if isinstance(v, str)}
    fitting = [shelf for shelf in shelves if shelf.category.lower() in given] or [
        shelf for shelf in shelves if given & shelf.folded
    ]
    shelf = rng.choice(fitting or shelves)
    name = rng.choice(shelf.names)
    # The dearer half of a category is rarer; .99, .49 and .00 are how prices end.
    whole = shelf.low + int((shelf.high - shelf.low) * rng.random() ** 1.8)
    if where == "ja":  # yen have no cents, and prices end in 80
        return Product(
            name, shelf.category, rng.choice(shelf.brands), float(whole // 100 * 100 + 80)
        )
    cents = rng.weighted((0.99, 0.49, 0.0, 0.95), (6, 2, 2, 2))
    return Product(name, shelf.category, rng.choice(shelf.brands), round(whole + cents, 2))


_LEGAL_FORMS = frozenset(["gmbh", "ag", "kg", "sas", "sa", "sl", "srl", "spa", "ltda"])
"""Words of a business name that are no part of its web address."""


@dataclass(frozen=True, slots=True)
class Company:
    """A business."""

    name: str
    slug: str
    """The name as it stands in a web address."""
    industry: str


def company(scope: ObjectScope) -> Company:
    """Return the business that the object is, or belongs to."""
    known: Company | None = scope.facts.get("company")
    if known is None:
        if inherits(scope, "company") and scope.parent is not None and topic(scope) != "company":
            known = company(scope.parent)
        else:
            known = _renamed(_new_company(scope), scope)
        scope.facts["company"] = known
    return known


def _new_company(scope: ObjectScope) -> Company:
    rng, at = stream(scope, "company"), seat(scope)
    known = local_records("companies", locale(scope)) if local(locale(scope)) else ()
    if known:
        industry, name = known[(at.seed + at.index) % len(known)] if at else rng.choice(known)
        return Company(name, _slug(name), industry)
    stems = rows("companies")["*"]
    industry, endings = rng.choice([row for row in rows("companies").items() if row[0] != "*"])
    stem = stems[(at.seed + at.index) % len(stems)] if at else rng.choice(stems)
    name = f"{stem} {rng.choice(endings)}"
    return Company(name, name.lower().replace(" ", "-"), industry)


def _slug(name: str) -> str:
    """Return the name's words without the legal form, as they stand in an address."""
    words = [word for word in map(latin, name.split()) if word and word not in _LEGAL_FORMS]
    # A name in kanji has no Latin letters; the number keeps two of them apart.
    return "-".join(words) or f"kaisha-{sum(map(ord, name)) % 90 + 10}"


def _renamed(firm: Company, scope: ObjectScope) -> Company:
    """Return ``firm``, renamed as the object already says."""
    for name, value in scope.made.items():
        kind = kind_of(name)
        named = kind == "company" or (kind == "name" and topic(scope) == "company")
        if named and isinstance(value, str) and latin(value):
            return Company(value, "-".join(filter(None, map(latin, value.split()))), firm.industry)
    return firm
