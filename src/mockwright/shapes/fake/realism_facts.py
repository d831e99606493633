"""What one object of the answer is about: a person, a place, a product, a stretch of time.

Each fact is made once for its object, agrees with the values the object already has, and is
shared with the objects nested in it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from mockwright.shapes.fake import words
from mockwright.shapes.fake.context import Scope
from mockwright.shapes.fake.kinds import kind_of
from mockwright.shapes.fake.locales import Names, country_of, names_of, resolve_locale
from mockwright.shapes.fake.names import noun, tokens
from mockwright.shapes.fake.places import Place, find_places, places_in
from mockwright.shapes.fake.rng import Rng
from mockwright.types import Json

GENERIC: Final = frozenset(
    [
        "data",
        "item",
        "result",
        "record",
        "list",
        "row",
        "content",
        "value",
        "entry",
        "element",
        "object",
        "payload",
        "response",
        "page",
        "hit",
        "edge",
        "node",
        "member",
        "detail",
        "info",
        "attribute",
        "embedded",
        "meta",
        "api",
        "v1",
        "v2",
        "v3",
        "search",
        "all",
    ]
)
PEOPLE: Final = frozenset(
    [
        "user",
        "person",
        "customer",
        "employee",
        "contact",
        "author",
        "patient",
        "student",
        "teacher",
        "doctor",
        "member",
        "guest",
        "client",
        "driver",
        "owner",
        "manager",
        "assignee",
        "reporter",
        "sender",
        "recipient",
        "passenger",
        "candidate",
        "applicant",
        "staff",
        "attendee",
        "speaker",
        "instructor",
        "buyer",
        "seller",
        "lead",
        "player",
        "profile",
        "account",
        "friend",
        "follower",
        "subscriber",
        "worker",
        "nurse",
        "reviewer",
        "participant",
        "child",
        "parent",
        "agent",
        "admin",
        "resident",
        "tenant",
        "visitor",
        "physician",
        "supervisor",
        "spouse",
        "beneficiary",
        "kunde",
        "usuario",
        "utilisateur",
        "cliente",
        "mitarbeiter",
        "benutzer",
        "nutzer",
        "persona",
        "empleado",
        "employe",
        "klant",
        "gebruiker",
        "volunteer",
        "donor",
        "witness",
        "traveler",
        "traveller",
        "cardholder",
        "holder",
        "approver",
        "creator",
        "organizer",
        "host",
        "colleague",
        "signer",
        "from",
        "to",
        "by",
    ]
)
COMPANIES: Final = frozenset(
    [
        "company",
        "organization",
        "organisation",
        "vendor",
        "supplier",
        "merchant",
        "business",
        "employer",
        "firm",
        "partner",
        "manufacturer",
        "carrier",
        "brand",
        "agency",
        "bank",
        "insurer",
        "provider",
        "tenant_org",
        "publisher",
        "sponsor",
    ]
)
PRODUCTS: Final = frozenset(
    [
        "product",
        "item",
        "article",
        "sku",
        "good",
        "variant",
        "merchandise",
        "line_item",
        "produkt",
        "producto",
        "produit",
        "lineitem",
        "line",
        "inventory",
        "stock",
        "cart",
        "wishlist",
        "artikel",
        "prodotto",
    ]
)
PLACES: Final = frozenset(
    ["city", "town", "place", "location", "destination", "state", "country", "region"]
)
_ROLES: Final = PEOPLE - {"profile", "account", "contact", "detail"}
_STREAM: Final = frozenset(
    [
        "message",
        "reading",
        "log",
        "event",
        "measurement",
        "entry",
        "activity",
        "notification",
        "chat",
    ]
)
_TRANSLIT: Final = str.maketrans(
    dict(
        zip(
            "абвгдеёзийклмнопрстуфыэіїґαβγδεζηικλμνξοπρσςτυφω",
            "abvgdeezijklmnoprstufyeiigabgdeziiklmnxoprsstyfo",
            strict=True,
        )
    )
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya",
       "ь": "", "ъ": "", "є": "ye", "θ": "th", "χ": "ch", "ψ": "ps", "ß": "ss", "ø": "o", "æ": "ae",
       "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ə": "a", "ä": "ae", "ö": "oe",
       "ü": "ue", "å": "a"}
)  # fmt: skip


@dataclass(slots=True)
class Person:
    """Somebody."""

    first: str
    last: str
    gender: str
    family_first: bool
    number: int
    """A small number of their own, for what names alone do not tell apart."""

    @property
    def full(self) -> str:
        """As written where they live."""
        if self.family_first:
            return f"{self.last} {self.first}"
        return f"{self.first} {self.last}".strip()


def latin(text: str) -> str:
    """``text`` in the lower-case letters that addresses take; ``""`` where there are none."""
    low = text.casefold().translate(_TRANSLIT)
    bare = unicodedata.normalize("NFKD", low)
    return "".join(c for c in bare if c.isascii() and c.isalnum())


@lru_cache(maxsize=4096)
def entity_noun(name: str) -> str:
    """The noun of a scope's name; ``""`` for names such as ``data`` and ``results``."""
    found = noun(name)
    return "" if found in GENERIC else found


def entity(scope: Scope) -> str:
    """What the object is, in the singular: ``order``; from its name, its parents or the URL."""
    known = scope.facts.get("entity")
    if known is None:
        known = entity_noun(scope.name) or _entity_above(scope)
        if noun(scope.name) == "item" and scope.parent is not None and not known:
            known = "item"
        scope.facts["entity"] = known
    return str(known)


def _entity_above(scope: Scope) -> str:
    siblings = {kind_of(name) for name in scope.siblings}
    if siblings & {"price", "sku", "quantity", "stock"} and noun(scope.name) == "item":
        return "item"
    if scope.parent is not None and scope.parent.path != scope.path:
        return entity(scope.parent)
    for part in reversed(scope.hints.path.split("/")):
        words_ = tokens(part)
        if words_ and not any(w.isdigit() for w in words_) and (found := entity_noun(part)):
            return found
    return ""


def topic(scope: Scope) -> str:
    """``person``, ``company``, ``product``, ``place``, ``text`` or ``""``."""
    known = scope.facts.get("topic")
    if known is None:
        known = scope.facts["topic"] = _topic(scope)
    return str(known)


def _topic(scope: Scope) -> str:
    what = entity(scope)
    for group, members in (
        ("person", PEOPLE), ("company", COMPANIES), ("product", PRODUCTS), ("place", PLACES),
    ):  # fmt: skip
        if what in members:
            return group
    if what in words.NAMED:
        return ""
    kinds = {kind_of(name) for name in scope.siblings}
    if kinds & {"email", "first_name", "age", "username", "birth_date", "gender"}:
        return "person"
    if kinds & {"price", "sku", "brand", "stock"}:
        return "product"
    if kinds & {"industry"}:
        return "company"
    return ""


def _inherits(scope: Scope, what: str) -> bool:
    if scope.parent is None or scope.index is not None:
        return False
    return what != "person" or noun(scope.name) not in _ROLES


def locale(scope: Scope) -> str:
    """The resolved locale of the request."""
    known = scope.facts.get("locale")
    if known is None:
        known = scope.facts["locale"] = resolve_locale(scope.hints.locale)
    return str(known)


def person(scope: Scope) -> Person:
    """Whom the object is about."""
    known = scope.facts.get("person")
    if known is None:
        if _inherits(scope, "person") and scope.parent is not None:
            known = person(scope.parent)
            if any(kind_of(k) in ("first_name", "last_name", "full_name") for k in scope.made):
                known = _prime_person(known, scope)
        else:
            known = _prime_person(new_person(scope.rng.child("person"), locale(scope)), scope)
        scope.facts["person"] = known
    return known


def new_person(rng: Rng, where: str) -> Person:
    """Anybody who lives there."""
    names: Names = names_of(where)
    female = rng.chance(0.5)
    return Person(
        rng.choice(names.female if female else names.male),
        rng.choice(names.surnames_female if female else names.surnames_male),
        "female" if female else "male",
        names.family_first,
        rng.below(100),
    )


def _prime_person(who: Person, scope: Scope) -> Person:
    first, last, gender = who.first, who.last, who.gender
    for name, value in scope.made.items():
        if not isinstance(value, str) or not value.strip():
            continue
        kind = kind_of(name)
        if kind == "name" and topic(scope) == "person":
            kind = "full_name"
        if kind == "first_name":
            first = value
        elif kind == "last_name":
            last = value
        elif kind == "full_name":
            first, _, rest = value.strip().partition(" ")
            last = rest or last
        elif kind == "gender" and value.lower()[:1] in ("f", "w", "m"):
            gender = "male" if value.lower()[0] == "m" else "female"
            if gender != who.gender and first == who.first:
                names = names_of(locale(scope))
                pool = names.female if gender == "female" else names.male
                first = pool[who.number % len(pool)]
    if first != who.first:
        gender = _gender_of(first) or gender
    return Person(first, last, gender, who.family_first, who.number)


def _gender_of(first: str) -> str | None:
    if first in words.FEMALE:
        return "female"
    return "male" if first in words.MALE else None


def place(scope: Scope) -> Place:
    """Where the object is."""
    known = scope.facts.get("place")
    if known is None:
        found = _given_places(scope)
        if found is None and _inherits(scope, "place") and scope.parent is not None:
            known = place(scope.parent)
        else:
            options = found or places_in(country_of(locale(scope)))
            known = scope.rng.child("place").choice(options)
        scope.facts["place"] = known
    return known


def _given_places(scope: Scope) -> tuple[Place, ...] | None:
    best: tuple[Place, ...] | None = None
    ranks = {"country": 0, "country_code": 0, "state": 1, "state_code": 1, "city": 2}
    rank = -1
    for name, value in scope.made.items():
        kind = kind_of(name)
        if kind in ranks and isinstance(value, str) and ranks[kind] > rank:
            what = kind.removesuffix("_code")
            options = find_places(what, value)
            if best:
                options = tuple(p for p in options if p in best) or best
            if options:
                best, rank = options, ranks[kind]
    return best


@dataclass(slots=True)
class Product:
    """A thing that is sold."""

    name: str
    category: str
    brand: str
    price: float


def product(scope: Scope) -> Product:
    """What is sold."""
    known = scope.facts.get("product")
    if known is None:
        if _inherits(scope, "product") and scope.parent is not None and topic(scope) != "product":
            known = product(scope.parent)
        else:
            known = new_product(scope.rng.child("product"), scope.made)
        scope.facts["product"] = known
    return known


def new_product(rng: Rng, made: dict[str, Json]) -> Product:
    """Something out of the catalogue; of the category, or with the name, that is given."""
    rows = words.CATALOGUE
    given = {v.lower() for v in made.values() if isinstance(v, str)}
    fitting = [row for row in rows if row[0].lower() in given] or [
        row for row in rows if given & {n.lower() for n in row[4]}
    ]
    category, low, high, brands, names = rng.choice(fitting or list(rows))
    name = rng.choice(names)
    # The dearer half of a category is rarer; .99, .49 and .00 are how prices end.
    whole = low + int((high - low) * rng.random() ** 1.8)
    cents = rng.weighted((0.99, 0.49, 0.0, 0.95), (6, 2, 2, 2))
    return Product(name, category, rng.choice(brands), round(whole + cents, 2))


@dataclass(slots=True)
class Company:
    """A business."""

    name: str
    slug: str
    industry: str


def company(scope: Scope) -> Company:
    """The business that the object is, or belongs to."""
    known = scope.facts.get("company")
    if known is None:
        if _inherits(scope, "company") and scope.parent is not None and topic(scope) != "company":
            known = company(scope.parent)
        else:
            known = _prime_company(new_company(scope.rng.child("company")), scope)
        scope.facts["company"] = known
    return known


def new_company(rng: Rng) -> Company:
    """Any business."""
    industry, _, suffixes = rng.choice(words.INDUSTRIES).partition(":")
    name = f"{rng.choice(words.COMPANY_STEMS)} {rng.choice(suffixes.split())}"
    return Company(name, name.lower().replace(" ", "-"), industry)


def _prime_company(firm: Company, scope: Scope) -> Company:
    for name, value in scope.made.items():
        kind = kind_of(name)
        named = kind == "company" or (kind == "name" and topic(scope) == "company")
        if named and isinstance(value, str) and latin(value):
            return Company(value, "-".join(filter(None, map(latin, value.split()))), firm.industry)
    return firm


@dataclass(slots=True)
class Timeline:
    """A stretch of time that everything dated in the object falls into."""

    start: datetime
    now: datetime

    def at(self, fraction: float) -> datetime:
        """0 is the beginning, 1 the present; whole seconds."""
        moment = self.start + (self.now - self.start) * fraction
        return moment.replace(microsecond=0)


def timeline(scope: Scope) -> Timeline:
    """When the object's events happened."""
    known = scope.facts.get("timeline")
    if known is None:
        known = scope.facts["timeline"] = _new_timeline(scope)
    return known


def _new_timeline(scope: Scope) -> Timeline:
    now, what = scope.hints.now, entity(scope)
    if _inherits(scope, "time") and scope.parent is not None and what not in PEOPLE:
        return timeline(scope.parent)
    rng = scope.rng.child("time")
    if what in _STREAM:
        gap = 7 * ((scope.index or 0) + 1) if scope.index is not None else 60
        jitter = rng.below(300)
        return Timeline(now - timedelta(hours=9) + timedelta(minutes=gap, seconds=jitter), now)
    days = rng.between(120, 900) if topic(scope) in ("person", "company") else rng.between(6, 75)
    seconds = rng.between(0, 50_000)
    return Timeline(now - timedelta(days=days, seconds=seconds), now)
