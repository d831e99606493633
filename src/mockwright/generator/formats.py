"""A plain text for each format of JSON Schema, and for those the world uses beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from mockwright.generator.fallback_words import WORDS, word
from mockwright.rng import Rng

Maker = Callable[[Rng], str]
"""Makes a text of one format."""

_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""The day from which moments are drawn, over 500 days; a fixed one, as a seed is to mean
the same.
"""


def _moment(rng: Rng) -> datetime:
    return _START + timedelta(seconds=rng.below(500 * 86_400))


def _date_time(rng: Rng) -> str:
    return _moment(rng).strftime("%Y-%m-%dT%H:%M:%SZ")


def _date(rng: Rng) -> str:
    return _moment(rng).strftime("%Y-%m-%d")


def _time(rng: Rng) -> str:
    return _moment(rng).strftime("%H:%M:%SZ")


def _duration(rng: Rng) -> str:
    return rng.choice(("P1D", "PT30M", "PT2H", "P1W", "PT45S", "P3M"))


def _email(rng: Rng) -> str:
    return f"{rng.choice(WORDS)}.{rng.choice(WORDS)}@example.com"


def _hostname(rng: Rng) -> str:
    return f"{rng.choice(WORDS)}.example.com"


def _ipv4(rng: Rng) -> str:
    return f"192.0.2.{rng.between(1, 254)}"  # TEST-NET-1, RFC 5737


def _ipv6(rng: Rng) -> str:
    return f"2001:db8::{rng.between(1, 0xFFFF):x}"  # RFC 3849


def _uri(rng: Rng) -> str:
    return f"https://example.com/{rng.choice(WORDS)}"


def _reference(rng: Rng) -> str:
    return f"/{rng.choice(WORDS)}/{rng.choice(WORDS)}"


def _template(rng: Rng) -> str:
    return f"https://example.com/{rng.choice(WORDS)}/{{id}}"


def _uuid(rng: Rng) -> str:
    text = f"{rng.bits64():016x}{rng.bits64():016x}"
    variant = "89ab"[rng.below(4)]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def _json_pointer(rng: Rng) -> str:
    return f"/{rng.choice(WORDS)}/{rng.below(5)}"


def _relative_pointer(rng: Rng) -> str:
    return f"{rng.below(3)}/{rng.choice(WORDS)}"


def _regex(rng: Rng) -> str:
    return rng.choice(("^[a-z]+$", "^[A-Z]{3}-\\d{4}$", "^\\d+$"))


def _color(rng: Rng) -> str:
    return f"#{rng.below(1 << 24):06x}"


FORMATS: Final[dict[str, Maker]] = {
    "date-time": _date_time,
    "datetime": _date_time,
    "date": _date,
    "time": _time,
    "duration": _duration,
    "email": _email,
    "idn-email": _email,
    "hostname": _hostname,
    "host-name": _hostname,
    "idn-hostname": _hostname,
    "ipv4": _ipv4,
    "ip-address": _ipv4,
    "ip": _ipv4,
    "ipv6": _ipv6,
    "uri": _uri,
    "url": _uri,
    "iri": _uri,
    "uri-reference": _reference,
    "uriref": _reference,
    "iri-reference": _reference,
    "uri-template": _template,
    "uuid": _uuid,
    "guid": _uuid,
    "json-pointer": _json_pointer,
    "relative-json-pointer": _relative_pointer,
    "regex": _regex,
    "color": _color,
    "byte": lambda rng: rng.choice(("aGVsbG8=", "bW9jaw==", "cml2ZXI=")),
    "password": lambda rng: f"{rng.choice(WORDS).title()}-{rng.between(100, 999)}",
    "phone": lambda rng: f"+1-202-555-{rng.between(100, 199):04d}",
}
"""What makes a text of each format, aliases included."""

_SHORTEST: Final[dict[str, tuple[str, ...]]] = {
    "email": ("a@b.co",), "idn-email": ("a@b.co",), "hostname": ("a.io", "a"),
    "idn-hostname": ("a.io", "a"), "uri": ("http://a.io", "a:b"), "iri": ("http://a.io", "a:b"),
    "uri-reference": ("/a", "a", ""), "iri-reference": ("/a", "a", ""), "ipv4": ("1.1.1.1",),
    "ipv6": ("::1", "::"), "uri-template": ("/{a}", "a", ""), "json-pointer": ("/a", ""),
    "relative-json-pointer": ("0",), "regex": ("^a", "a", ""), "duration": ("P1D",),
    "time": ("09:30:00Z",), "date": ("2025-06-15",), "date-time": ("2025-06-15T12:00:00Z",),
}  # fmt: skip
"""Short texts of a format, for tight bounds; the first one that fits is taken."""


# `02-28`; no later day, so that every month has it.
_MONTH_DAY: Final = "(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
# `09:30:00Z`, `23:59:59.5+02:00`
_CLOCK: Final = (
    "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-2]):[0-5][0-9])"
)
# `0` to `255`
_OCTET: Final = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
# `example.com`, `a-b.example`
_LABELS: Final = "[A-Za-z0-9]+(-[A-Za-z0-9]+)*([.][A-Za-z0-9]+(-[A-Za-z0-9]+)*)*"
# `/a/b?x=1#top`, or nothing
_PATH: Final = "(/[A-Za-z0-9._~@+-]*)*([?][A-Za-z0-9=&_.-]*)?(#[A-Za-z0-9_./-]*)?"
# `https://example.com:8080/a`, `urn:isbn:1`
_URI: Final = (
    f"[A-Za-z][A-Za-z0-9+.-]*:((//{_LABELS}(:[1-9][0-9]{{1,3}})?)?{_PATH}|[A-Za-z0-9:._/-]+)"
)
# `ada.lovelace@example.com`
_EMAIL: Final = f"[A-Za-z0-9]+([._+-][A-Za-z0-9]+)*@{_LABELS}[.][A-Za-z]{{2,9}}"
SPELLED: Final[dict[str, str]] = {
    name: f"^(?:{pattern})$"
    for name, pattern in {
        "date": f"(19|20)[0-9]{{2}}-{_MONTH_DAY}",
        "time": _CLOCK,
        "date-time": f"(19|20)[0-9]{{2}}-{_MONTH_DAY}T{_CLOCK}",
        # `P3M`, `P1Y2M3DT4H5M6S`, `PT30M`
        "duration": "P([0-9]{1,3}[YMWD]|([0-9]{1,2}Y)?([0-9]{1,2}M)?([0-9]{1,2}D)?T([0-9]{1,2}H)?"
        "([0-9]{1,2}M)?[0-9]{1,2}S|([0-9]{1,2}D)?T[0-9]{1,2}[HMS])",
        "email": _EMAIL,
        "idn-email": _EMAIL,
        "hostname": _LABELS,
        "idn-hostname": _LABELS,
        "ipv4": f"{_OCTET}([.]{_OCTET}){{3}}",
        # All eight groups, or fewer with `::` before the last: `2001:db8::1`.
        "ipv6": "([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
        "|[0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,3}::[0-9a-f]{1,4}",
        "uri": _URI,
        "iri": _URI,
        "uri-reference": f"{_URI}|{_PATH}",
        "iri-reference": f"{_URI}|{_PATH}",
        # `/users/{id}`
        "uri-template": f"{_URI}|{_PATH}|/[a-z]+/[{{][a-z]+[}}]",
        "uuid": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "json-pointer": "(/[A-Za-z0-9_-]*)*",
        "relative-json-pointer": "[0-9](/[A-Za-z0-9_-]*)*",
    }.items()
}
"""Formats as regular expressions, to be met together with a pattern.

Each takes only texts of the format, though not all of them.
"""


def formatted(name: str, rng: Rng, low: int = 0, high: int | None = None) -> str | None:
    """Return a text of the format, of ``low`` to ``high`` characters if it can be.

    None where the format is not known.
    """
    maker = FORMATS.get(name)
    if maker is None:
        return None
    text = maker(rng)
    if high is not None and len(text) > high:
        return next((t for t in _SHORTEST.get(name, ()) if low <= len(t) <= high), text)
    return _lengthen(name, text, low, rng) if len(text) < low else text


def _lengthen(name: str, text: str, low: int, rng: Rng) -> str:
    missing = low - len(text)
    if name in ("email", "idn-email"):
        host = ".".join([word(rng)] * (missing // 5 + 1)) + ".com"
        return f"{text.partition('@')[0]}@{host}"
    if "hostname" in name:
        while len(text) < low:
            text = f"{rng.choice(WORDS)}.{text}"
        return text
    if name in ("date-time", "time"):
        stem = text.rstrip("Z")
        digits = min(9, max(1, missing - 1))
        return f"{stem}.{'0' * digits}Z"
    if name == "ipv4":
        return "192.168.100.101"
    if name == "ipv6":
        return "2001:0db8:0000:0000:0000:ff00:0042:8329"
    while len(text) < low and ("uri" in name or "iri" in name or "pointer" in name):
        text += f"/{rng.choice(WORDS)}"
    return text
