"""The providers: one small function for each semantic kind, in a module for each domain.

A new kind is a row in ``tables/kinds.txt`` and a function under :func:`provider`; one whose values
depend on nothing is a row in ``tables/choices.txt`` alone.
"""

from mockwright.generator.providers import (
    addresses,
    codes,
    devices,
    generic,
    health,
    money,
    numbers,
    people,
    texts,
    times,
    trade,
    travel,
    web,
)
from mockwright.generator.providers.base import PROVIDERS, Draw, provider

__all__ = [
    "PROVIDERS",
    "Draw",
    "addresses",
    "codes",
    "devices",
    "generic",
    "health",
    "money",
    "numbers",
    "people",
    "provider",
    "texts",
    "times",
    "trade",
    "travel",
    "web",
]
