"""A fact in the form that a place has for it."""

from __future__ import annotations

import re
from typing import Final

from mockwright.schema.edit import same
from mockwright.types import MISSING, Json, Missing

# "2024-01-31"
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
# "2024-01-31T08:00:00Z", "2024-01-31 08:00"
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_MAX_DIGITS: Final = 15
"""Up to so many digits a number is exact as a double."""


def fitted(fact: Json, here: Json) -> Json | Missing:
    """Return ``fact`` as it is written where ``here`` stands; MISSING if the kinds differ.

    What says the same in another form is left as it is: ``"7"`` for 7, ``2025-01-02`` for a moment
    of that day.
    """
    if isinstance(fact, dict | list) or isinstance(here, dict | list):
        return MISSING
    if same(fact, here) or fact is None or here is None:
        return fact
    if isinstance(fact, bool) or isinstance(here, bool):
        return fact if isinstance(fact, bool) and isinstance(here, bool) else MISSING
    if isinstance(fact, str) and isinstance(here, str):
        return _fit_text(fact, here)
    if isinstance(fact, str):
        return _fit_number(fact, here)
    if isinstance(here, str):
        return str(fact) if not isinstance(fact, float) else MISSING
    return here if fact == here else fact


def _fit_text(fact: str, here: str) -> str:
    if _MOMENT.fullmatch(fact) and _DATE.fullmatch(here):
        return fact[:10]
    if _DATE.fullmatch(fact) and _MOMENT.fullmatch(here):
        return fact + here[10:]
    return fact


def _fit_number(fact: str, here: Json) -> Json | Missing:
    if not (fact.isascii() and fact.isdigit() and len(fact) <= _MAX_DIGITS):
        return MISSING
    return here if here == int(fact) else int(fact)
