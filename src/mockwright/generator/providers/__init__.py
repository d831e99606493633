"""The makers: one small function for each semantic kind, in a room for each domain.

A new kind is a row in ``tables/kinds.txt`` and a function under :func:`maker`; a kind whose values
depend on nothing is a row in ``tables/choices.txt`` alone.
"""

from mockwright.generator.providers import (
    addresses,
    codes,
    devices,
    health,
    money,
    numbers,
    people,
    texts,
    things,
    times,
    trade,
    travel,
    web,
)
from mockwright.generator.providers.base import MAKERS, Draw, maker

__all__ = [
    "MAKERS",
    "Draw",
    "addresses",
    "codes",
    "devices",
    "health",
    "maker",
    "money",
    "numbers",
    "people",
    "texts",
    "things",
    "times",
    "trade",
    "travel",
    "web",
]
