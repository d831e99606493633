"""Points in time, and lengths of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from mockwright.generator import context
from mockwright.generator.context.times import STREAMS
from mockwright.generator.providers.base import Draw, provider
from mockwright.generator.tables import group, records
from mockwright.naming import LONGEST, tokens
from mockwright.types import MISSING, Json, Missing

_BEGINS: Final = group("begins")
"""Words in names of fields for a beginning."""
_ENDS: Final = group("ends")
"""Words in names of fields for an end."""


def moment(d: Draw, when: datetime, *, dated: bool = False) -> Json:
    """Return a point in time as the leaf's type, format and name ask for it.

    A number is Unix time, in seconds or milliseconds; ``dated`` asks for a date without a time.
    """
    form, named = d.leaf.schema.get("format"), d.words
    if d.leaf.type in ("integer", "number"):
        least = d.leaf.schema.get("minimum", 0)
        # Seconds beyond 10**11 lie in the year 5138.
        millis = "ms" in named or (isinstance(least, int | float) and least > 10**11)
        return int(when.timestamp()) * (1000 if millis else 1)
    if form == "time":
        return when.strftime("%H:%M:%SZ")
    by_name = dated or named[-1:] in _DATED or named[:1] in _DATING
    by_name = by_name or (bool(named) and named[-1].endswith("datum"))
    if form == "date" or (form is None and by_name):
        return f"{when.year:04}-{when.month:02}-{when.day:02}"
    return when.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


_DATED: Final = (("date",), ("datum",), ("day",), ("on",))
"""Last words of names that ask for a date without a time."""
_TRANSLATED: Final = {
    "livraison": "delivery", "entrega": "delivery", "consegna": "delivery",
    "lieferdatum": "delivery",
    "bestelldatum": "order", "rechnungsdatum": "invoice", "commande": "order", "pedido": "order",
    "creation": "created", "creacion": "created", "criacao": "created", "creazione": "created",
    "vencimiento": "due", "echeance": "due", "scadenza": "due", "actualizacion": "updated",
    "modification": "updated", "aktualisiert": "updated", "atualizado": "updated",
}  # fmt: skip
"""English for the commonest words of other languages about when something was."""
_DATING: Final = (("due",), ("valid",), ("fecha",), ("data",))
"""First words of names that ask for a date without a time."""


@lru_cache(maxsize=4096)
def _stage_of(name: str) -> tuple[float, float]:
    """Return from where to where in its object's stretch of time an event of that name lies."""
    named = {_TRANSLATED.get(word, word) for word in tokens(name)}
    for words, low, high in records("stages"):
        if named & set(words.split()):
            return float(low), float(high)
    return 0.0, 0.0


@provider("timeline")
def _timeline(d: Draw) -> Json:
    named = set(d.words)
    if "period" in named or (d.what in ("payroll", "payslip") and named & {"payment", "pay"}):
        return moment(d, _pay_day(d, first=bool(named & {"start", "from"})), dated=True)
    over = context.span(d.scope) if named & (_BEGINS | _ENDS) else None
    if over is not None and not named & {"last", "next"}:
        return moment(d, over.end if named & _ENDS else over.begin)
    line, (low, high) = context.timeline(d.scope), _stage_of(d.leaf.name[:LONGEST])
    if d.what in STREAMS and low < 0.9:
        return moment(d, line.start.replace(microsecond=0) + timedelta(seconds=30 * (low > 0)))
    return moment(d, line.at(d.rng.uniform(low, high) if high > low else low))


def _pay_day(d: Draw, *, first: bool) -> datetime:
    """Return the first or the last day of the month before this one."""
    last = d.scope.hints.now.replace(day=1, hour=0, minute=0, second=0) - timedelta(days=1)
    return last.replace(day=1) if first else last


@provider("datetime_now", "date")
def _when(d: Draw) -> Json:
    dated = d.kind == "date" and d.leaf.schema.get("format") != "date-time"
    return moment(d, context.timeline(d.scope).start.replace(microsecond=0), dated=dated)


@provider("sun")
def _sun(d: Draw) -> Json:
    hour = 5 if "sunrise" in d.words else 20
    return f"{hour:02}:{d.rng.between(10, 50)}"


@provider("time")
def _time(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return MISSING
    named = set(d.words)
    first, last = (7, 10) if "opening" in named else (17, 22) if "closing" in named else (8, 18)
    clock = f"{d.rng.between(first, last):02}:{15 * d.rng.below(4):02}"
    return f"{clock}:00Z" if d.leaf.schema.get("format") == "time" else clock


_YEARS: Final = {
    **dict.fromkeys(("company", "organization", "school", "university", "hospital"), (1952, 2019)),
    **dict.fromkeys(("book", "movie", "film", "album", "song", "show"), (1978, 2024)),
    **dict.fromkeys(("house", "apartment", "property", "building"), (1925, 2021)),
}
"""The first and last year in which such things were made."""


@provider("year")
def _year(d: Draw) -> Json:
    what = "company" if "founded" in d.words or "founding" in d.words else d.what
    return d.rng.between(*_YEARS.get(what, (2014, 2025)))
