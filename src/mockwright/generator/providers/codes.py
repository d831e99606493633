"""Identifiers, numbers on documents, and what carries a check digit."""

from __future__ import annotations

from typing import Final

from mockwright.generator import context
from mockwright.generator.geography import fill_format
from mockwright.generator.providers.base import Draw, forms, provider
from mockwright.naming import singular
from mockwright.rng import Rng
from mockwright.types import Json, Missing

forms(
    {
        "street2": "Apt. ##",
        # No number that begins with 9 is given out as a social security number.
        "ssn": "900-##-####",
        "card_last4": "####",
        "cvv": "###",
        "card_expiry": "09/28",
        "account_number": "########",
        "routing_number": "0210000##",
        "vat_id": "DE#########",
        "license_plate": "7@@@###",
        "isrc": "USRC1########",
        "passport": "@########",
    }
)


def check_digit(digits: str) -> int:
    """Return the check digit that follows ``digits``, by Luhn (ISO/IEC 7812-1, annex B)."""
    doubled = (int(c) * (2 if i % 2 == 0 else 1) for i, c in enumerate(reversed(digits)))
    return -sum(x - 9 if x > 9 else x for x in doubled) % 10


@provider("code")
def _code(d: Draw) -> Json:
    if d.what == "country":
        return context.place(d.scope).country.code
    if d.what in ("currency", "rate"):
        return context.record(d.scope, "currencies")[0]
    return fill_format("@@@@##", d.rng)


# country: the form of its citizens' numbers; the check digits are left to chance, so that none is
# anybody's
_NATIONAL_IDS: Final = {
    "BR": "###.###.###-##", "ES": "########@", "MX": "@@@@######", "IT": "@@@@@@##@##@###@",
    "FR": "### ### ###", "NL": "#########", "DE": "##/###/#####", "PL": "###########",
}  # fmt: skip


@provider("national_id")
def _national_id(d: Draw) -> Json:
    return fill_format(_NATIONAL_IDS.get(context.place(d.scope).country.code, "###-##-####"), d.rng)


@provider("card_number")
def _card(d: Draw) -> Json:
    # The first six digits are those of test cards, which no bank has.
    stem = fill_format("400000#########", d.rng)
    return f"{stem}{check_digit(stem)}"


_BBANS: Final = {
    "GB": "@@@@##############",
    "FR": "#######################",
    "NL": "@@@@##########",
    "DE": "##################",
}
"""The national part of an IBAN, by country (ISO 13616)."""


@provider("iban")
def _iban(d: Draw) -> Json:
    code = context.place(d.scope).country.code
    country = code if code in _BBANS else "DE"
    bban = fill_format(_BBANS[country], d.rng)
    # ISO 7064, MOD 97-10: letters count from 10, the country and 00 go to the end.
    numeric = "".join([str(int(c, 36)) for c in f"{bban}{country}00"])
    return f"{country}{98 - int(numeric) % 97:02}{bban}"


_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
"""Weights of the characters of a vehicle number (49 CFR 565.15 (c)); the ninth is the check."""
_VIN_VALUES: Final = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
"""Values of letters in a vehicle number."""
_VIN_MAKERS: Final = {
    "Toyota": "JTD",
    "Volkswagen": "WVW",
    "Ford": "1FA",
    "Honda": "1HG",
    "Volvo": "YV1",
}
"""World manufacturer identifiers."""


def vin_check(vin: str) -> str:
    """Return the ninth character of a vehicle number (49 CFR 565.15 (c))."""
    values = (int(_VIN_VALUES.get(c, c)) for c in vin)
    rest = sum(v * w for v, w in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


@provider("vin")
def _vin(d: Draw) -> Json:
    brand, year = context.made(d.scope, "vehicle_make"), context.made(d.scope, "year")
    front = _VIN_MAKERS.get(brand if isinstance(brand, str) else "", "1HG")
    # The tenth character is the model year: J is 2018, letters I, O and Q are left out.
    letters = "ABCDEFGHJKLMNPRSTVWXY"
    model = d.rng.choice(letters)
    if isinstance(year, int) and 2010 <= year <= 2030:
        model = letters[year - 2010]
    vin = f"{front}{fill_format('CM###', d.rng)}0{model}A{fill_format('######', d.rng)}"
    return f"{vin[:8]}{vin_check(vin)}{vin[9:]}"


@provider("id")
def _id(d: Draw) -> Json:
    leaf, scope = d.leaf, d.scope
    if leaf.schema.get("format") == "uuid":
        return uuid(d.rng)
    index = leaf.index if leaf.index is not None else scope.index
    owner = d.words[:-1]
    if leaf.type in ("integer", "number"):
        return _numeric_id(d, owner, index)
    what = singular(owner[-1]) if owner else d.what
    if "uuid" in str(leaf.schema.get("description", "")).lower() or not what:
        return uuid(d.rng)
    start = context.stream(scope.parent or scope, "ids", what).between(1000, 8900)
    number = start + (index or 0) if not owner else d.rng.between(1000, 9999)
    # `order` -> `ord_4711`
    return f"{what[:4].rstrip('aeiou') or what[:3]}_{number}"


def _numeric_id(d: Draw, owner: tuple[str, ...], index: int | None) -> int:
    if owner[-1:] in (("conversation",), ("thread",), ("chat",)):
        # The messages of one list belong to one conversation.
        return context.stream(d.scope.parent or d.scope, *owner).between(1, 400)
    if owner and owner != (d.what,):
        return d.rng.between(1, 40)
    return index + 1 if index is not None else d.rng.between(1, 400)


@provider("uuid")
def _uuid(d: Draw) -> Json:
    return uuid(d.rng)


def uuid(rng: Rng) -> str:
    """Return a UUID of version 4 (RFC 9562, section 5.4)."""
    text = f"{rng.bits64():016x}{rng.bits64():016x}"
    variant = "89ab"[int(text[16], 16) % 4]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


_PREFIXES: Final = {
    "order": "ORD", "invoice": "INV", "ticket": "TCK", "booking": "BKG", "tracking": "TRK",
    "claim": "CLM", "policy": "POL", "customer": "CUS", "patient": "MRN", "serial": "SN",
    "payment": "PAY", "contract": "CTR", "employee": "EMP", "reservation": "RES",
    "student": "STU", "license": "LIC", "transaction": "TXN",
}  # fmt: skip
"""What a number begins with, by the noun of what it numbers."""
_DATELESS: Final = frozenset(["MRN", "CUS", "EMP", "SN", "STU", "LIC"])
"""Prefixes of numbers that last, and so have no year in them."""


_STEMS: Final = {
    "kunde": "KD", "bestell": "BE", "rechnung": "RE", "auftrag": "AU", "commande": "CMD",
    "factur": "FAC", "fattur": "FAT", "client": "CLI", "pedido": "PED",
}  # fmt: skip
"""What a number begins with, by the beginning of a word in another language."""
_DATELESS_STEMS: Final = frozenset(["KD", "CLI"])
"""Those of them that have no year."""


def _prefix(word: str) -> str | None:
    """Return ``ORD`` for ``order``, ``KD`` for ``kundennummer``, None for other words."""
    found = _PREFIXES.get(word)
    return found or next((p for stem, p in _STEMS.items() if word.startswith(stem)), None)


@provider("order_number")
def _document_number(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return d.rng.between(1000, 9999)
    named = (*d.words, d.what)
    if {"confirmation", "booking", "pnr", "locator"} & set(named):
        return fill_format("@@#@@#", d.rng)
    prefix = next((p for w in named for p in (_prefix(w),) if p), "REF")
    if prefix in _DATELESS | _DATELESS_STEMS:
        return f"{prefix}-{fill_format('######', d.rng)}"
    # The items of a list are numbered one after the other.
    base = context.stream(d.scope.parent or d.scope, "numbers").between(1000, 8000)
    return f"{prefix}-{d.scope.hints.now.year}-{base + (d.scope.index or 0)}"
