# ruff: noqa: E501 - rows of a table and sentences are not broken
"""The makers: one small function for each semantic kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from mockwright.shapes.fake import realism_facts as facts
from mockwright.shapes.fake import words
from mockwright.shapes.fake.context import Leaf, Scope
from mockwright.shapes.fake.kinds import kind_of
from mockwright.shapes.fake.locales import names_of
from mockwright.shapes.fake.names import singular, tokens
from mockwright.shapes.fake.places import Place, fill_format, phone_number
from mockwright.shapes.fake.rng import Rng
from mockwright.types import MISSING, Json, Missing


@dataclass(slots=True)
class Draw:
    """One leaf being made."""

    leaf: Leaf
    scope: Scope
    rng: Rng
    kind: str
    """What the leaf was taken for: by its own name, its format, its scope or an override."""


Maker: TypeAlias = Callable[[Draw], Json | Missing]
MAKERS: Final[dict[str, Maker]] = {}


def maker(*kinds: str) -> Callable[[Maker], Maker]:
    """Register a maker for ``kinds``. It may return MISSING, or a value of another type."""

    def register(make: Maker) -> Maker:
        MAKERS.update(dict.fromkeys(kinds, make))
        return make

    return register


def _choices(kind: str, options: str | Sequence[Json]) -> None:
    values = tuple(options.split(",")) if isinstance(options, str) else tuple(options)
    MAKERS[kind] = lambda d: d.rng.choice(values)


def _person(d: Draw) -> facts.Person:
    """The object's person, or somebody else where the field names another role."""
    if d.leaf.index is not None:
        return facts.new_person(d.rng, facts.locale(d.scope))
    return facts.person(d.scope)


@maker("first_name")
def _first(d: Draw) -> Json:
    return _person(d).first


@maker("last_name")
def _last(d: Draw) -> Json:
    return _person(d).last


@maker("middle_name")
def _middle(d: Draw) -> Json:
    names = names_of(facts.locale(d.scope))
    who = facts.person(d.scope)
    return d.rng.choice(names.female if who.gender == "female" else names.male)


@maker("full_name")
def _full(d: Draw) -> Json:
    role = set(tokens(d.leaf.name)) & facts.PEOPLE
    own = not role or facts.entity(d.scope) in role or "card" in tokens(d.leaf.name)
    lone = sum(kind_of(n) in ("full_name", "person_ref") for n in d.scope.siblings) <= 1
    if (own or lone) and "emergency" not in tokens(d.leaf.name):
        return _person(d).full
    return _role(d).full


def _role(d: Draw) -> facts.Person:
    key = "role:" + next((w for w in tokens(d.leaf.name) if w in facts.PEOPLE), d.leaf.name)
    known = d.scope.facts.get(key)
    if known is None:
        known = d.scope.facts[key] = facts.new_person(d.rng, facts.locale(d.scope))
    return known


@maker("person_ref")
def _ref(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return MISSING
    return _role(d).full if d.leaf.index is None else _person(d).full


def _handle(who: facts.Person, dot: str) -> str:
    parts = [p for p in (facts.latin(who.first), facts.latin(who.last)) if p]
    return dot.join(parts) or f"user{who.number + 100}"


@maker("username")
def _username(d: Draw) -> Json:
    who = _person(d)
    first, last = facts.latin(who.first), facts.latin(who.last)
    if not first or not last:
        return _handle(who, "")
    return (f"{first}.{last}", f"{first[0]}{last}", f"{first}{last[0]}{who.number}")[who.number % 3]


@maker("email")
def _email(d: Draw) -> Json:
    label = tokens(d.leaf.name)[:1]
    if facts.topic(d.scope) == "company" and "contact" not in label:
        return f"{d.rng.choice(('info', 'hello', 'contact'))}@{facts.company(d.scope).slug}.example.com"
    who = _person(d)
    if (
        label
        and label[0] in facts.PEOPLE
        and facts.topic(d.scope) != "person"
        and f"role:{label[0]}" in d.scope.facts
    ):
        who = d.scope.facts[f"role:{label[0]}"]
    return f"{_handle(who, '.')}@example.{('com', 'org', 'net')[who.number % 3]}"


@maker("phone")
def _phone(d: Draw) -> Json:
    return phone_number(facts.place(d.scope), d.rng)


@maker("age")
def _age(d: Draw) -> Json:
    years, entity = facts_age(d.scope), facts.entity(d.scope)
    if entity in ("child", "student", "pet", "dog", "cat", "animal"):
        years = 1 + years % 14 if entity != "student" else 18 + years % 9
    return years


def facts_age(scope: Scope) -> int:
    """The age of the object's person, in whole years."""
    known = scope.facts.get("age")
    if known is None:
        rng = scope.rng.child("age")
        known = 18 + int(min(72.0, abs(rng.normal(19, 13))))
        born = next((v for k, v in scope.made.items() if kind_of(k) == "birth_date"), None)
        if isinstance(born, str) and born[:4].isdigit():
            known = max(
                0,
                scope.hints.now.year
                - int(born[:4])
                - (born[5:10] > scope.hints.now.strftime("%m-%d")),
            )
        given = next((v for k, v in scope.made.items() if kind_of(k) == "age"), None)
        known = given if isinstance(given, int) and 0 < given < 130 else known
        scope.facts["age"] = known
    return int(known)


@maker("birth_date")
def _birth(d: Draw) -> Json:
    now = d.scope.hints.now
    day = now - timedelta(days=int(facts_age(d.scope) * 365.2425) + 1 + d.rng.below(362))
    return _moment(d, day.replace(hour=0, minute=0, second=0, microsecond=0), dated=True)


def _moment(d: Draw, when: datetime, *, dated: bool = False) -> Json:
    form = d.leaf.schema.get("format")
    if d.leaf.type in ("integer", "number"):
        millis = "ms" in tokens(d.leaf.name) or d.leaf.schema.get("minimum", 0) > 10**11
        return int(when.timestamp()) * (1000 if millis else 1)
    if form == "time":
        return when.strftime("%H:%M:%SZ")
    words_ = tokens(d.leaf.name)
    by_name = (
        dated
        or words_[-1:] in (("date",), ("datum",), ("day",), ("on",))
        or words_[:1] in (("due",), ("valid",))
    )
    if form == "date" or (form is None and by_name):
        return when.strftime("%Y-%m-%d")
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


# Where in its object's stretch of time an event lies; the first row with a word of the name wins.
_STAGES: Final = tuple(
    (frozenset(names.split()), low, high)
    for names, low, high in (
        ("due deadline next", 1.15, 1.4),
        ("expires expiry expiration renewal renews warranty until", 1.5, 2.2),
        ("eta scheduled", 1.02, 1.1),
        ("seen active activity", 0.97, 0.995),
        ("login", 0.93, 0.97),
        ("updated modified edited changed sync synced refreshed aktualisiert geandert", 0.86, 0.92),
        ("created registered joined placed hire hired signup order ordered issued issue admitted admission booked opened invoice enrollment erstellt creado cree creato criado bestell rechnung", 0.0, 0.0),
        ("verified confirmed approved authorized", 0.05, 0.12),
        ("paid payment pay submitted processed", 0.14, 0.2),
        ("start started begin from published publish release beginn departure checkin in effective", 0.22, 0.3),
        ("shipped ship dispatched assigned", 0.34, 0.4),
        ("delivered delivery received arrived arrival", 0.5, 0.6),
        ("end ended to completed finished resolved ende checkout out discharged discharge", 0.65, 0.75),
        ("closed cancelled canceled archived deleted terminated", 0.78, 0.84),
    )
)  # fmt: skip
_FUTURE: Final = frozenset(
    [
        "event",
        "meeting",
        "appointment",
        "booking",
        "reservation",
        "flight",
        "trip",
        "conference",
        "webinar",
    ]
)


@maker("timeline")
def _timeline(d: Draw) -> Json:
    line, named = facts.timeline(d.scope), set(tokens(d.leaf.name))
    stage = next(((lo, hi) for names, lo, hi in _STAGES if names & named), (0.0, 0.0))
    entity = facts.entity(d.scope)
    if entity in _FUTURE and 0.2 < stage[0] < 0.77:
        hours = (
            (2 if entity in ("flight", "meeting", "appointment", "event") else 72)
            if stage[0] > 0.45
            else 0
        )
        base = line.now + (line.now - line.start) * 0.4
        return _moment(
            d,
            base.replace(minute=(base.minute // 15) * 15, second=0, microsecond=0)
            + timedelta(hours=hours),
        )
    if entity in ("message", "reading", "log", "measurement", "notification") and stage[0] < 0.9:
        return _moment(
            d, line.start.replace(microsecond=0) + timedelta(seconds=30 * (stage[0] > 0))
        )
    return _moment(d, line.at(d.rng.uniform(*stage)))


@maker("datetime_now", "date")
def _when(d: Draw) -> Json:
    line = facts.timeline(d.scope)
    return _moment(
        d,
        line.start.replace(microsecond=0),
        dated=d.kind == "date" and d.leaf.schema.get("format") != "date-time",
    )


@maker("time")
def _time(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return MISSING
    minutes = d.rng.below(4) * 15
    clock = f"{d.rng.between(8, 18):02}:{minutes:02}"
    return f"{clock}:00Z" if d.leaf.schema.get("format") == "time" else clock


@maker("gender")
def _gender(d: Draw) -> Json:
    return facts.person(d.scope).gender


@maker("salutation")
def _salutation(d: Draw) -> Json:
    return "Ms." if facts.person(d.scope).gender == "female" else "Mr."


@maker("avatar", "image")
def _image(d: Draw) -> Json:
    what = facts.entity(d.scope) or "images"
    number = d.scope.index + 1 if d.scope.index is not None else d.rng.between(1, 90)
    return f"https://images.example.com/{what}s/{number + (d.leaf.index or 0) * 100}.jpg"


@maker("bio")
def _bio(d: Draw) -> Json:
    a, b = d.rng.sample(words.NAMED["hobby"], 2)
    return f"{d.rng.choice(words.JOBS)} based in {facts.place(d.scope).city}. Enjoys {a} and {b}."


@maker("company")
def _company(d: Draw) -> Json:
    return facts.company(d.scope).name


@maker("industry")
def _industry(d: Draw) -> Json:
    return facts.company(d.scope).industry


def _street_line(d: Draw) -> str:
    known = d.scope.facts.get("street")
    if known is None:
        rng = d.scope.rng.child("street")
        street, number = rng.choice(names_of(facts.locale(d.scope)).streets), rng.between(2, 240)
        english = facts.locale(d.scope).startswith(("en", "fr"))
        known = d.scope.facts["street"] = f"{number} {street}" if english else f"{street} {number}"
    return str(known)


@maker("street")
def _street(d: Draw) -> Json:
    if any(kind_of(n) == "house_number" for n in d.scope.siblings):
        return " ".join(w for w in _street_line(d).split() if not w.isdigit())
    return _street_line(d)


@maker("house_number")
def _house(d: Draw) -> Json:
    found = next((w for w in _street_line(d).split() if w.isdigit()), "12")
    return int(found) if d.leaf.type == "integer" else found


@maker("address")
def _address(d: Draw) -> Json:
    where = facts.place(d.scope)
    code = _postcode(d)
    if where.country.code in ("US", "CA", "AU"):
        return f"{_street_line(d)}, {where.city}, {where.state_code} {code}"
    return f"{_street_line(d)}, {code} {where.city}"


@maker("postcode")
def _postcode(d: Draw) -> str:
    known = d.scope.facts.get("postcode")
    if known is None:
        known = fill_format(facts.place(d.scope).postcode, d.scope.rng.child("postcode"))
        d.scope.facts["postcode"] = known
    return str(known)


def _place_field(kind: str, read: Callable[[Place], Json]) -> None:
    MAKERS[kind] = lambda d: read(facts.place(d.scope))


_place_field("city", lambda p: p.city)
_place_field("state", lambda p: p.state)
_place_field("state_code", lambda p: p.state_code)
_place_field("country_code", lambda p: p.country.code)
_place_field("timezone", lambda p: p.timezone)
_place_field(
    "location", lambda p: f"{p.city}, {p.state_code if p.country.code == 'US' else p.country.name}"
)
_place_field("locale", lambda p: f"{p.country.language}-{p.country.code}")
_place_field("language_code", lambda p: p.country.language)
_place_field("nationality", lambda p: p.country.nationality)
_place_field("currency", lambda p: p.country.currency)


@maker("country")
def _country(d: Draw) -> Json:
    country, longest = facts.place(d.scope).country, d.leaf.schema.get("maxLength", 99)
    return country.code if longest == 2 else country.alpha3 if longest == 3 else country.name


@maker("latitude", "longitude")
def _coordinate(d: Draw) -> Json:
    where = facts.place(d.scope)
    base = where.latitude if d.kind == "latitude" else where.longitude
    return round(base + d.rng.uniform(-0.03, 0.03), 5)


@maker("coordinates")
def _coordinates(d: Draw) -> Json:
    where = facts.place(d.scope)
    if d.leaf.type == "number":
        return where.longitude if d.leaf.index == 0 else where.latitude
    return f"{where.latitude},{where.longitude}"


# entity: lowest, highest, step
_PRICES: Final = {
    "car": (7_500, 42_000, 250), "vehicle": (7_500, 42_000, 250), "flight": (89, 640, 5),
    "property": (180_000, 890_000, 5_000), "listing": (180_000, 890_000, 5_000),
    "apartment": (900, 3_200, 50), "course": (29, 399, 10), "hotel": (85, 320, 5),
    "room": (75, 290, 5), "trip": (290, 2_400, 10), "event": (15, 250, 5), "budget": (5_000, 180_000, 500),
    "subscription": (9, 99, 10), "laptop": (650, 2_400, 50),
}  # fmt: skip


@maker("budget", "mileage", "population", "servings", "carrier", "triggered_by", "deductions")
def _by_kind(d: Draw) -> Json | Missing:
    kind = d.kind
    if kind == "budget":
        return _money(d, float(d.rng.between(10, 360) * 500))
    if kind == "carrier":
        return d.rng.choice(("DHL", "UPS", "FedEx", "DPD", "GLS"))
    if kind == "triggered_by":
        return _role(d).full
    if d.leaf.type == "string":
        return MISSING
    low, high, step = {
        "mileage": (4, 140, 1000),
        "population": (180, 4200, 1000),
        "servings": (1, 4, 2),
    }.get(str(kind), (3, 9, 100))
    return d.rng.between(low, high) * step + (d.rng.below(step) if step > 2 else 0)


@maker("price")
def _price(d: Draw) -> Json:
    what = facts.entity(d.scope)
    if what in _PRICES and "item" not in tokens(d.leaf.name):
        low, high, step = _PRICES[what]
        return _money(d, float(low + step * d.rng.below((high - low) // step)))
    if facts.topic(d.scope) in ("product", ""):
        value: float = facts.product(d.scope).price
    else:
        value = round(d.rng.between(12, 180) + 0.99, 2)
    return _money(d, value)


@maker("msrp")
def _msrp(d: Draw) -> Json:
    return _money(d, round(facts.product(d.scope).price * d.rng.choice((1.1, 1.15, 1.2, 1.25)), 2))


@maker("amount")
def _amount(d: Draw) -> Json:
    return _money(d, round(d.rng.between(18, 460) + d.rng.below(100) / 100, 2))


@maker("payroll")
def _payroll(d: Draw) -> Json:
    named = set(tokens(d.leaf.name))
    gross = 100 * d.scope.rng.child("gross").between(34, 96)
    share = (
        1.0 if named & {"gross", "base", "monthly", "salary"} else 0.72 if "net" in named else 0.1
    )
    return _money(d, round(gross * share * (1 if share == 1.0 else d.rng.uniform(0.97, 1.03)), 2))


def _money(d: Draw, value: float) -> Json:
    if d.leaf.type == "integer":
        return round(value * 100) if "cent" in map(singular, tokens(d.leaf.name)) else round(value)
    return value if d.leaf.type == "number" else f"{value:.2f}"


@maker("tax")
def _tax(d: Draw) -> Json:
    return _money(d, round(d.rng.uniform(1.5, 40), 2))


@maker("salary")
def _salary(d: Draw) -> Json:
    return 500 * d.rng.between(76, 260)


@maker("tax_rate")
def _tax_rate(d: Draw) -> Json:
    return (
        d.rng.choice((5, 7, 8, 19, 20))
        if d.leaf.type == "integer"
        else d.rng.choice((0.07, 0.08, 0.19, 0.2))
    )


@maker("percent")
def _percent(d: Draw) -> Json:
    value = (
        d.rng.choice((5, 10, 15, 20, 25))
        if "discount" in tokens(d.leaf.name)
        else d.rng.between(18, 96)
    )
    return (
        value
        if d.leaf.type != "number"
        else value + d.rng.below(10) / 10
        if value > 25
        else float(value)
    )


@maker("rate")
def _rate(d: Draw) -> Json:
    return round(d.rng.uniform(0.02, 0.98), 3) if d.leaf.type == "number" else MISSING


@maker("product_name")
def _product(d: Draw) -> Json:
    if d.leaf.index is not None:
        return facts.new_product(d.rng, {}).name
    return facts.product(d.scope).name


@maker("category")
def _category(d: Draw) -> Json:
    if facts.topic(d.scope) == "product":
        return facts.product(d.scope).category
    what = facts.entity(d.scope)
    if what in ("ticket", "issue", "question"):
        return d.rng.choice(("billing", "technical", "account", "shipping"))
    if what in ("post", "article", "blog", "news"):
        return d.rng.choice(("Engineering", "Design", "Business", "Culture", "Product"))
    if what in ("course", "class", "lesson"):
        return d.rng.choice(("Science", "Humanities", "Technology", "Business"))
    if what in ("expense", "transaction"):
        return d.rng.choice(("Travel", "Meals", "Office Supplies", "Software", "Utilities"))
    return facts.product(d.scope).category


@maker("brand")
def _brand(d: Draw) -> Json:
    return facts.product(d.scope).brand


@maker("sku")
def _sku(d: Draw) -> Json:
    letters = "".join(
        c for c in facts.product(d.scope).name.upper() if c.isalpha() and c.isascii()
    )[:3]
    return f"{letters or 'SKU'}-{d.rng.between(1000, 9999)}-{d.rng.choice(('BLK', 'WHT', 'BLU', 'GRY', 'GRN'))}"


def check_digit(digits: str) -> int:
    """Luhn (ISO/IEC 7812-1, annex B)."""
    doubled = (int(c) * (2 if i % 2 == 0 else 1) for i, c in enumerate(reversed(digits)))
    return -sum(x - 9 if x > 9 else x for x in doubled) % 10


@maker("card_number")
def _card(d: Draw) -> Json:
    stem = fill_format("400000#########", d.rng)
    return f"{stem}{check_digit(stem)}"


@maker("iban")
def _iban(d: Draw) -> Json:
    country, length = {
        "GB": ("GB", "@@@@##############"),
        "FR": ("FR", "#######################"),
        "NL": ("NL", "@@@@##########"),
    }.get(facts.place(d.scope).country.code, ("DE", "##################"))
    bban = fill_format(length, d.rng)
    numeric = "".join(str(int(c, 36)) for c in f"{bban}{country}00")
    return f"{country}{98 - int(numeric) % 97:02}{bban}"


@maker("barcode", "isbn")
def _barcode(d: Draw) -> Json:
    stem = fill_format("978#########" if d.kind == "isbn" else "400#########", d.rng)
    total = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(stem))
    return f"{stem}{-total % 10}"


@maker("status")
def _status(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return 200 if d.leaf.type == "integer" else MISSING
    what = facts.entity(d.scope)
    named = tokens(d.leaf.name)
    key = named[0] if len(named) > 1 and named[0] in words.STATUSES else what
    return d.rng.choice(words.STATUSES.get(key, words.STATUSES[""]))


@maker("type")
def _type(d: Draw) -> Json | Missing:
    return d.rng.choice(words.TYPES.get(facts.entity(d.scope), words.TYPES[""]))


@maker("name")
def _name(d: Draw) -> Json:
    group, what = facts.topic(d.scope), facts.entity(d.scope)
    if group == "person":
        return _person(d).full
    if group == "company":
        return facts.company(d.scope).name
    if group == "product":
        return facts.product(d.scope).name
    if group == "place":
        where = facts.place(d.scope)
        return (
            where.country.name
            if what == "country"
            else where.state
            if what in ("state", "region")
            else where.city
        )
    if what in words.NAMED:
        return _distinct(d, words.NAMED[what])
    if not what and d.leaf.index is None:
        return _person(d).full
    return f"{d.rng.choice(words.ADJECTIVES).title()} {what.title()}".strip()


def _distinct(d: Draw, options: Sequence[str]) -> str:
    """A different one for each item of a list, while there are enough."""
    scope, index = d.scope, d.leaf.index if d.leaf.index is not None else d.scope.index
    if index is None:
        return d.rng.choice(options)
    base = (scope if d.leaf.index is not None else scope.parent or scope).rng
    if scope.parent is None and d.leaf.index is None:
        return d.rng.choice(options)
    return options[(base.child("deck", d.leaf.name).below(len(options)) + index) % len(options)]


@maker("title")
def _title(d: Draw) -> Json:
    group, what = facts.topic(d.scope), facts.entity(d.scope)
    if group == "person":
        return d.rng.choice(words.JOBS)
    if group == "product":
        return facts.product(d.scope).name
    if what in words.NAMED:
        return _distinct(d, words.NAMED[what])
    if what in (
        "ticket",
        "issue",
        "bug",
        "incident",
        "email",
        "message",
        "conversation",
        "thread",
        "chat",
    ):
        return _distinct(d, words.SUBJECTS)
    if what in ("review", "comment", "rating"):
        return _distinct(
            d,
            (
                "Great value",
                "Exactly what I needed",
                "Good, with small flaws",
                "Would buy again",
                "Better than expected",
            ),
        )
    return _distinct(d, words.HEADLINES)


@maker("id")
def _id(d: Draw) -> Json:
    form = d.leaf.schema.get("format")
    if form == "uuid":
        return uuid(d.rng)
    index = d.leaf.index if d.leaf.index is not None else d.scope.index
    owner = tokens(d.leaf.name)[:-1]
    if d.leaf.type in ("integer", "number"):
        return (
            d.rng.between(1, 40)
            if owner and owner != (facts.entity(d.scope),)
            else (index or 0) + 1
            if index is not None
            else d.rng.between(1, 400)
        )
    what = singular(owner[-1]) if owner else facts.entity(d.scope)
    if "uuid" in str(d.leaf.schema.get("description", "")).lower() or not what:
        return uuid(d.rng)
    start = (d.scope.parent or d.scope).rng.child("ids", what).between(1000, 8900)
    number = start + (index or 0) if not owner else d.rng.between(1000, 9999)
    return f"{what[:4].rstrip('aeiou') or what[:3]}_{number}"


@maker("uuid")
def _uuid(d: Draw) -> Json:
    return uuid(d.rng)


def uuid(rng: Rng) -> str:
    """Version 4 (RFC 9562)."""
    text = f"{rng.bits64():016x}{rng.bits64():016x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) % 4]}{text[17:20]}-{text[20:]}"


_PREFIXES: Final = {"order": "ORD", "invoice": "INV", "ticket": "TCK", "booking": "BKG", "tracking": "TRK", "claim": "CLM", "policy": "POL", "customer": "CUS", "patient": "MRN", "serial": "SN", "payment": "PAY", "contract": "CTR", "employee": "EMP", "reservation": "RES"}  # fmt: skip


@maker("order_number")
def _number(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return d.rng.between(1000, 9999)
    named = (*tokens(d.leaf.name), facts.entity(d.scope))
    if {"confirmation", "booking", "pnr", "locator"} & set(named):
        return fill_format("@@#@@#", d.rng)
    prefix = next((_PREFIXES[w] for w in named if w in _PREFIXES), "REF")
    base = (d.scope.parent or d.scope).rng.child("numbers").between(1000, 8000)
    return f"{prefix}-{d.scope.hints.now.year}-{base + (d.scope.index or 0)}"


@maker("url")
def _url(d: Draw) -> Json:
    host = (
        f"{facts.company(d.scope).slug}.example.com"
        if facts.topic(d.scope) == "company"
        else "www.example.com"
    )
    what = facts.entity(d.scope)
    return (
        f"https://{host}"
        if host[0] != "w" or not what
        else f"https://{host}/{what}s/{d.rng.between(100, 999)}"
    )


@maker("slug")
def _slug(d: Draw) -> Json:
    source = next(
        (
            v
            for k, v in d.scope.made.items()
            if kind_of(k) in ("name", "title", "full_name") and isinstance(v, str)
        ),
        None,
    )
    text = source or str(_title(d))
    return "-".join(filter(None, (facts.latin(w) for w in text.split()))) or "untitled"


@maker("ip")
def _ip(d: Draw) -> Json:
    return f"{d.rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{d.rng.between(1, 254)}"


@maker("ipv6")
def _ipv6(d: Draw) -> Json:
    return f"2001:db8:{d.rng.below(65535):x}::{d.rng.between(1, 65535):x}"


@maker("mac")
def _mac(d: Draw) -> Json:
    return ":".join(["02", *(f"{d.rng.below(256):02x}" for _ in range(5))])


@maker("hash", "commit", "token")
def _hash(d: Draw) -> Json:
    named = tokens(d.leaf.name)
    length = 40 if {"commit", "sha", "1"} & set(named) else 32 if "5" in named else 64
    return "".join(f"{d.rng.bits64():016x}" for _ in range(4))[:length]


@maker("version")
def _version(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return d.rng.between(1, 9)
    return f"{d.rng.between(1, 5)}.{d.rng.below(15)}.{d.rng.below(10)}"


@maker("hex_color")
def _hex(d: Draw) -> Json:
    return f"#{d.rng.below(1 << 24):06x}"


@maker("domain")
def _domain(d: Draw) -> Json:
    return f"{facts.company(d.scope).slug}.example.com"


_DESCRIPTIONS: Final = {
    **dict.fromkeys(("recipe", "dish", "meal"), ("A weeknight favorite that comes together in one pan.", "Slow-cooked and full of flavor, with plenty left for lunch.", "Light, fresh and ready in under an hour.")),
    **dict.fromkeys(("hotel", "property", "listing", "room"), ("Quiet rooms close to the old town, with breakfast served until eleven.", "Bright and recently renovated, a short walk from the station.", "A family-run place with a small garden and views over the river.")),
    **dict.fromkeys(("event", "meetup", "conference"), ("An evening of short talks followed by drinks and open discussion.", "Hands-on sessions for beginners and experienced teams alike.", "Join us to see what we have been working on this quarter.")),
    **dict.fromkeys(("course", "class", "lesson"), ("Covers the fundamentals with weekly exercises and a final project.", "A practical introduction, no prior experience needed.", "Twelve weeks of lectures, readings and small-group seminars.")),
    **dict.fromkeys(("project", "task"), ("Moves the remaining customers to the new system before the end of the quarter.", "Reduces manual work for the support team and shortens response times.", "First phase covers the most used screens; the rest follows in the autumn.")),
}  # fmt: skip


@maker("description")
def _description(d: Draw) -> Json:
    group, what = facts.topic(d.scope), facts.entity(d.scope)
    if group == "product":
        item = facts.product(d.scope)
        return d.rng.choice((
            f"{item.brand}'s {item.name.lower()} is built for everyday use and backed by a two-year warranty.",
            f"A reliable {item.name.lower()} from {item.brand}, designed to last and easy to care for.",
            f"Simple, sturdy and well made: the {item.brand} {item.name.lower()} fits right into your routine.",
        ))  # fmt: skip
    if group == "person":
        return _bio(d)
    if what in _DESCRIPTIONS:
        return _distinct(d, _DESCRIPTIONS[what])
    if group == "company":
        firm = facts.company(d.scope)
        return f"{firm.name} serves {firm.industry.lower()} customers from its office in {facts.place(d.scope).city}."
    if what in ("ticket", "issue", "bug", "incident"):
        return d.rng.choice(("The problem started after the latest update and affects several users on our team. Clearing the cache does not help.", "Steps to reproduce: open the page, apply a filter, then export. The request fails after about thirty seconds.", "We noticed this yesterday morning. It happens on every attempt, both in the browser and in the mobile app."))  # fmt: skip
    if what in ("transaction", "payment", "expense", "payout"):
        return d.rng.choice(
            (
                "Monthly subscription renewal",
                "Office supplies for the second quarter",
                "Client lunch downtown",
                "Online purchase",
                "Train ticket to the regional office",
            )
        )
    return d.rng.choice((
        f"Covers the main points of this {what or 'entry'} and what to expect next.",
        f"Prepared by the team and reviewed before this {what or 'entry'} was shared.",
        f"A short overview of the {what or 'entry'}, with the details kept up to date.",
    ))  # fmt: skip


@maker("comment")
def _comment(d: Draw) -> Json:
    rating = next(
        (
            v
            for k, v in d.scope.made.items()
            if kind_of(k) == "rating" and isinstance(v, int | float)
        ),
        5,
    )
    if rating <= 2:
        return _distinct(
            d,
            (
                "Stopped working after two weeks. Support was polite but slow.",
                "Not as described, and returning it took longer than it should have.",
                "Arrived late and the box was damaged.",
            ),
        )
    if rating <= 3.4:
        return _distinct(
            d,
            (
                "It does the job, though the finish could be better.",
                "Decent for the price, but the instructions are hard to follow.",
                "Okay overall. I expected a little more.",
            ),
        )
    return _distinct(
        d,
        (
            "Arrived quickly and works exactly as described.",
            "Very happy with this. The quality is better than I expected.",
            "Been using it daily for a month and it still feels new.",
            "Bought one for my sister as well, she loves it.",
            "Great value, and setting it up took five minutes.",
        ),
    )


@maker("message")
def _message(d: Draw) -> Json:
    return _distinct(d, ("Hi! Are we still on for tomorrow at ten?", "Yes, I just sent the updated agenda.", "Great, thanks. I'll bring the printed copies.", "Could you also share the budget numbers before the call?", "Sure, give me half an hour.", "Perfect. See you then!", "Running five minutes late, sorry.", "No problem, we'll start with the demo."))  # fmt: skip


@maker("note")
def _note(d: Draw) -> Json:
    what = facts.entity(d.scope)
    if what in ("patient", "appointment", "visit", "encounter", "prescription"):
        return d.rng.choice(
            (
                "Patient reports mild improvement since the last visit.",
                "Follow-up in two weeks to review the lab results.",
                "Advised rest, fluids and to return if symptoms get worse.",
            )
        )
    return d.rng.choice(
        (
            "Please leave at the front desk if nobody answers.",
            "Called back on Monday, no further action needed.",
            "Prefers to be contacted by e-mail.",
            "Double-check the quantity before confirming.",
        )
    )


@maker("content")
def _content(d: Draw) -> Json:
    what = facts.entity(d.scope)
    if what in ("message", "chat", "conversation", "reply", "sms"):
        return _message(d)
    if what in ("review", "comment", "testimonial", "feedback"):
        return _comment(d)
    return d.rng.choice(("We started with a simple question: what slows people down the most? After two months of interviews the answer was clear, and it was not what we expected.", "Most guides skip the boring part, which is also the part that matters. Here is the checklist we use before every release, and why each line is on it.", "Last spring we moved our whole catalogue to a new system. This is what went well, what did not, and what we would do differently."))  # fmt: skip


@maker("error", "reason")
def _reason(d: Draw) -> Json:
    error = d.kind == "error"
    if facts.entity(d.scope) in ("appointment", "visit", "patient"):
        return d.rng.choice(
            ("Annual checkup", "Follow-up visit", "Persistent cough", "Vaccination", "Back pain")
        )
    return d.rng.choice(
        (
            "Connection timed out after 30 seconds",
            "Invalid response from upstream",
            "Rate limit exceeded",
        )
        if error
        else (
            "Requested by customer",
            "Item no longer available",
            "Duplicate entry",
            "Changed plans",
        )
    )


@maker("tag", "skill", "hobby", "ingredient", "feature", "permission", "allergy", "role", "genre")
def _tag(d: Draw) -> Json:
    kind = d.kind
    if kind == "tag":
        what = facts.entity(d.scope)
        key = facts.topic(d.scope) or (
            "text"
            if what in ("post", "article", "blog", "video", "news")
            else "ticket"
            if what in ("ticket", "issue", "task", "bug")
            else ""
        )
        return _distinct(d, words.TAGS.get(key, words.TAGS[""]))
    if kind == "feature":
        return _distinct(
            d,
            (
                "Free Wi-Fi",
                "Parking",
                "Air conditioning",
                "24-hour support",
                "Breakfast included",
                "Gym access",
            ),
        )
    if kind == "genre":
        return _distinct(d, ("Drama", "Mystery", "Jazz", "Indie", "Comedy", "Documentary"))
    return _distinct(d, words.NAMED[str(kind)])


@maker("sentence", "question", "answer")
def _sentence(d: Draw) -> Json:
    kind = d.kind
    if kind == "question":
        return d.rng.choice(
            (
                "How do I change my delivery address?",
                "Which plan includes priority support?",
                "Can I pause my subscription?",
            )
        )
    return d.rng.choice(
        (
            "Made with care, built to last.",
            "Good things take a little time.",
            "Simple tools for busy teams.",
        )
    )


@maker("airport", "airport_city")
def _airport(d: Draw) -> Json:
    row = d.rng.child("airport").choice(("JFK:New York", "LHR:London", "FRA:Frankfurt", "CDG:Paris", "AMS:Amsterdam", "SFO:San Francisco")) if {"origin", "departure", "from"} & set(tokens(d.leaf.name)) else d.rng.choice(("MAD:Madrid", "ORD:Chicago", "NRT:Tokyo", "DXB:Dubai", "LIS:Lisbon", "BOS:Boston"))  # fmt: skip
    code, _, city = row.partition(":")
    return (
        code
        if d.kind == "airport"
        or d.leaf.schema.get("maxLength") == 3
        or facts.entity(d.scope) == "flight"
        else city
    )


def _pattern(kind: str, form: str) -> None:
    MAKERS[kind] = lambda d: fill_format(form, d.rng)


def _number_between(kind: str, low: float, high: float, digits: int = 1) -> None:
    def make(d: Draw) -> Json | Missing:
        if d.leaf.type == "string":
            return MISSING
        value = d.rng.uniform(low, high)
        return round(value) if d.leaf.type == "integer" else round(value, digits)

    MAKERS[kind] = make


for _kind, _form in (("street2", "Apt. ##"), ("ssn", "900-##-####"), ("tracking", "1Z999AA10########"), ("card_last4", "####"), ("cvv", "###"), ("account_number", "########"), ("routing_number", "0210000##"), ("vat_id", "DE#########"), ("flight_number", "LH4##"), ("gate", "B##"), ("seat", "2#C"), ("license_plate", "7@@@###"), ("vin", "1HGCM82633A######"), ("room_number", "2##"), ("isrc", "USRC1########"), ("code", "@@@@##"), ("card_expiry", "0#/28")):  # fmt: skip
    _pattern(_kind, _form.replace("0#/28", "09/28"))
for _kind, _low, _high, _digits in (("quantity", 1, 5, 0), ("stock", 0, 240, 0), ("rating", 2.6, 5, 1), ("weight", 0.3, 24, 2), ("height", 12, 190, 1), ("width", 5, 120, 1), ("file_size", 12_000, 4_800_000, 0), ("port", 3000, 9000, 0), ("duration", 15, 180, 0), ("count", 3, 480, 0), ("page", 1, 1, 0), ("page_size", 20, 20, 0), ("total_pages", 1, 1, 0), ("offset", 0, 0, 0), ("temperature", 17, 26, 1), ("pressure", 1002, 1024, 1), ("heart_rate", 58, 98, 0), ("voltage", 3.5, 4.2, 2), ("speed", 3, 90, 1), ("distance", 1, 60, 1), ("power", 40, 900, 1), ("signal", -82, -48, 0), ("sensor_value", 18, 72, 1), ("gpa", 2.4, 4.0, 2), ("altitude", 4, 620, 0)):  # fmt: skip
    _number_between(_kind, _low, _high, _digits)
for _kind, _options in (("job_title", words.JOBS), ("department", words.DEPARTMENTS), ("marital_status", "single,married,divorced"), ("continent", "Europe,North America,Asia"), ("language", "English,Spanish,German,French"), ("currency_symbol", "$"), ("color", "Black,White,Navy Blue,Forest Green,Charcoal,Red,Beige"), ("size", "S,M,L,XL"), ("material", "cotton,stainless steel,oak,recycled polyester,leather"), ("priority", "low,medium,medium,high,urgent"), ("payment_method", "credit_card,paypal,bank_transfer,apple_pay"), ("card_brand", "visa,mastercard,amex"), ("bic", "COBADEFFXXX,DEUTDEFF,BARCGB22,BNPAFRPP"), ("bank", "Commerzbank,Barclays,First National Bank,BNP Paribas"), ("file_name", words.NAMED["file"]), ("mime", "application/pdf,image/jpeg,image/png,text/csv"), ("user_agent", ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36", "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15")), ("browser", "Chrome,Firefox,Safari,Edge"), ("os", "Windows 11,macOS 14,Ubuntu 24.04,iOS 17,Android 14"), ("device_type", "desktop,mobile,tablet"), ("http_method", "GET,GET,POST,PUT,DELETE"), ("status_code", (200, 200, 200, 201, 404)), ("api_path", "/v1/orders,/v1/users,/v1/products/318"), ("file_path", "/var/data/reports/2025-05.csv,/home/app/uploads/invoice.pdf"), ("branch", words.NAMED["branch"]), ("environment", words.NAMED["environment"]), ("log_level", "info,info,warning,error,debug"), ("password", "correct-horse-42!,River!Stone7,blue.Lamp.93"), ("word", words.ADJECTIVES), ("year", tuple(range(2014, 2026))), ("month", "January,March,May,June,September,November"), ("day", "Monday,Tuesday,Wednesday,Thursday,Friday"), ("blood_pressure", "118/76,124/82,131/85,112/70"), ("blood_type", "O+,A+,B+,AB+,O-,A-"), ("unit", "°C,%,hPa,kWh"), ("diagnosis", words.NAMED["diagnosis"]), ("icd", "J30.2,E11.9,I10,J20.9,G43.009"), ("medication", words.NAMED["medication"]), ("dosage", "500 mg,10 mg,200 mg,20 mg"), ("specialty", "Cardiology,Pediatrics,Orthopedics,Dermatology,Internal Medicine"), ("ward", "Cardiology,Surgery A,Pediatrics,Intensive Care"), ("airline", words.NAMED["airline"]), ("terminal", "1,2,3"), ("cabin", "economy,economy,premium_economy,business"), ("aircraft", "Airbus A320neo,Boeing 737-800,Airbus A350-900,Embraer E190"), ("vehicle_make", "Toyota,Volkswagen,Ford,Honda,Volvo"),  ("vehicle", "Toyota Corolla,Volkswagen Golf,Ford Focus"), ("fuel", "petrol,diesel,hybrid,electric"), ("transmission", "automatic,manual"), ("course", words.NAMED["course"]), ("grade", "A,A-,B+,B,C+"), ("semester", "Fall 2024,Spring 2025"), ("university", words.NAMED["school"]), ("degree", "BSc,MSc,BA,PhD"), ("major", "Computer Science,Economics,Biology,History"), ("artist", words.NAMED["artist"]), ("song", words.NAMED["song"]), ("album", words.NAMED["album"]), ("movie", words.NAMED["movie"]), ("director", "Ana Lindqvist,Marcus Bell,Yuki Tanaka"), ("book_title", words.NAMED["book"]), ("cuisine", "Italian,Thai,Mexican,Japanese,Lebanese"), ("dish", words.NAMED["dish"]), ("team", words.NAMED["league"]), ("league", "Premier Division,Northern League,City Cup"), ("project", words.NAMED["project"]), ("plan", words.NAMED["plan"]), ("event_name", words.NAMED["event"]), ("event_type", "user.created,order.paid,invoice.sent,session.started"), ("campaign", words.NAMED["campaign"]), ("source", "web,mobile_app,referral,newsletter,search"), ("service", words.NAMED["service"]), ("server", words.NAMED["server"]), ("repo", words.NAMED["repo"]), ("database", words.NAMED["database"]), ("metric", words.NAMED["metric"]), ("shipping_method", "standard,express,pickup"), ("payment_term", "Net 30,Net 14,Due on receipt"), ("contract_type", "full_time,full_time,part_time,contract"), ("frequency", "monthly,weekly,yearly"), ("emoji", "👍,🎉,❤️,😄"), ("file_extension", "pdf,csv,jpg,png"), ("symbol", "NWND,BRLT,HRBR,SMMT"), ("hotel", words.NAMED["hotel"]), ("restaurant", words.NAMED["restaurant"]), ("weather", "Sunny,Partly cloudy,Light rain,Overcast"), ("breed", words.NAMED["breed"]), ("animal", "dog,cat,rabbit,parrot")):  # fmt: skip
    _choices(_kind, _options)


_MODELS: Final = {
    "Toyota": "Corolla",
    "Volkswagen": "Golf",
    "Ford": "Focus",
    "Honda": "Civic",
    "Volvo": "XC60",
}


@maker("vehicle_model")
def _model(d: Draw) -> Json:
    make = next((v for k, v in d.scope.made.items() if kind_of(k) == "vehicle_make"), None)
    return _MODELS.get(str(make)) or d.rng.choice(tuple(_MODELS.values()))


_UNITS: Final = {"humidity": "%", "pressure": "hPa", "temperature": "°C"}


@maker("unit")
def _unit(d: Draw) -> Json:
    kind = next((v for k, v in d.scope.made.items() if kind_of(k) == "type"), None)
    return _UNITS.get(str(kind)) or d.rng.choice(tuple(_UNITS.values()))
