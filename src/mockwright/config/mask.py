"""What of the configuration is a secret, and how it is shown without."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mockwright.secrecy import hide_user, names_secret
from mockwright.settings import Settings
from mockwright.types import JsonObject

# Any header of a backend can hold a credential, whatever its name.
_HOLDERS: Final = frozenset({"headers"})
# Names, limits and hashes of keys, but no key.
_HARMLESS: Final = frozenset({"api_keys"})


def is_secret(place: Iterable[str | int]) -> bool:
    """Whether the value at a place of the configuration is not to be shown."""
    return any(isinstance(step, str) and _is_secret(step) for step in place)


def _is_secret(step: str) -> bool:
    # What a setting calls tokens is a count, also where something else was written by mistake.
    return step in _HOLDERS or (names_secret(step, number=True) and step not in _HARMLESS)


def without_password(value: Any) -> Any:
    """Return a URL without its ``user:password@``, and anything else as it is."""
    return hide_user(value) if isinstance(value, str) else value


def masked(settings: Settings) -> JsonObject:
    """Return the effective configuration as JSON values, each secret as asterisks."""
    shown = settings.model_dump(mode="json")
    for backend in shown["backends"]:
        backend["base_url"] = without_password(backend["base_url"])
    return shown
