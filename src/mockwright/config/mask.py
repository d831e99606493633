"""What of the configuration is a secret, and how it is shown without."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mockwright.settings import Settings
from mockwright.types import JsonObject

_SECRET_KEY = re.compile(
    r"(^|_)(api_?key|token|secret|password|passwd|authorization|headers)$", re.IGNORECASE
)
_USERINFO = re.compile(r"(?<=//)[^/?#\s@]+@")


def is_secret(place: Iterable[str | int]) -> bool:
    """Whether the value at a place of the configuration is not to be shown."""
    return any(isinstance(step, str) and _SECRET_KEY.search(step) for step in place)


def without_password(value: Any) -> Any:
    """Return a URL without its ``user:password@``, and anything else as it is."""
    return _USERINFO.sub("***@", value) if isinstance(value, str) else value


def masked(settings: Settings) -> JsonObject:
    """Return the effective configuration as JSON values, each secret as asterisks."""
    shown = settings.model_dump(mode="json")
    for backend in shown["backends"]:
        backend["base_url"] = without_password(backend["base_url"])
    return shown
