"""The web: addresses, files, hashes, versions."""

from __future__ import annotations

from typing import Final

from mockwright.generator import context
from mockwright.generator.providers.base import Draw, provider
from mockwright.generator.providers.texts import title
from mockwright.generator.tables import decks
from mockwright.naming import plural
from mockwright.types import MISSING, Json, Missing

_HOME: Final = "https://www.example.com"


@provider("avatar", "image")
def _image(d: Draw) -> Json:
    what = plural(d.what or "image")
    number = d.scope.index + 1 if d.scope.index is not None else d.rng.between(1, 90)
    return f"https://images.example.com/{what}/{number + (d.leaf.index or 0) * 100}.jpg"


@provider("url")
def _url(d: Draw) -> Json:
    if context.topic(d.scope) == "company":
        return f"https://{context.company(d.scope).slug}.example.com"
    if context.topic(d.scope) == "person":
        who = context.person(d.scope)
        name = "-".join(filter(None, (context.latin(who.first), context.latin(who.last))))
        return f"https://www.example.com/people/{name or who.number + 100}"
    if d.what in ("webhook", "hook"):
        return f"https://hooks.example.com/v1/receive/{d.rng.between(100, 999)}"
    if not d.what:
        shown = context.made(d.scope, "title")
        return f"https://www.example.com/{_slugified(shown)}" if isinstance(shown, str) else _HOME
    return f"https://www.example.com/{plural(d.what)}/{d.rng.between(100, 999)}"


@provider("slug")
def _slug(d: Draw) -> Json:
    source = context.made(d.scope, "name", "title", "full_name")
    text = source if isinstance(source, str) else title(d)
    return _slugified(text) or f"{d.what or 'page'}-{d.rng.between(100, 999)}"


def _slugified(text: str) -> str:
    """Return text as the end of an address: lower-case words and hyphens."""
    for mark in "-'’":
        text = text.replace(mark, " ")
    return "-".join(filter(None, map(context.latin, text.split()[:20])))


@provider("domain")
def _domain(d: Draw) -> Json:
    return f"{context.company(d.scope).slug}.example.com"


@provider("ip")
def _ip(d: Draw) -> Json:
    # TEST-NET-1 to 3: kept for documentation (RFC 5737).
    return f"{d.rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{d.rng.between(1, 254)}"


@provider("ipv6")
def _ipv6(d: Draw) -> Json:
    # Kept for documentation (RFC 3849).
    return f"2001:db8:{d.rng.below(65535):x}::{d.rng.between(1, 65535):x}"


@provider("mac")
def _mac(d: Draw) -> Json:
    # 02 is a locally administered address: no maker's.
    return ":".join(["02", *(f"{d.rng.below(256):02x}" for _ in range(5))])


@provider("hash", "commit", "token")
def _hash(d: Draw) -> Json:
    named = set(d.words)
    length = 40 if {"commit", "sha", "1"} & named else 32 if "5" in named else 64
    return "".join([f"{d.rng.bits64():016x}" for _ in range(4)])[:length]


@provider("token_type")
def _token_type(d: Draw) -> Json:
    return "Bearer"


@provider("version")
def _version(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return d.rng.between(1, 9)
    return f"{d.rng.between(1, 5)}.{d.rng.below(15)}.{d.rng.below(10)}"


@provider("hex_color")
def _hex(d: Draw) -> Json:
    return f"#{d.rng.below(1 << 24):06x}"


@provider("user_agent")
def _user_agent(d: Draw) -> Json:
    return d.rng.choice(decks("texts")["user_agent"])


@provider("status_code")
def _status_code(d: Draw) -> Json:
    return d.rng.choice((200, 200, 200, 201, 404))


_MIMES: Final = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "csv": "text/csv",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@provider("mime")
def _mime(d: Draw) -> Json:
    """Return the media type of the file's ending, where the object names the file."""
    name = context.made(d.scope, "file_name")
    ending = name.rpartition(".")[2].lower() if isinstance(name, str) else ""
    return _MIMES.get(ending) or d.rng.choice(tuple(_MIMES.values())[:4])


_FILES: Final = frozenset(
    ["file", "document", "attachment", "upload", "photo", "image", "video", "backup", "object", ""]
)
"""Nouns of what has a size in bytes."""


@provider("file_size", "size")
def _size(d: Draw) -> Json | Missing:
    """Return a number of bytes, or the size of a shirt."""
    if d.leaf.type == "string":
        return d.rng.choice(("S", "M", "L", "XL")) if d.kind == "size" else MISSING
    if d.kind == "size" and d.what not in _FILES:
        return MISSING
    value = round(12_000 * 400 ** d.rng.random())
    return value if d.leaf.type == "integer" else float(value)


@provider("os")
def _os(d: Draw) -> Json:
    if d.what in ("server", "host", "node", "instance", "container"):
        return d.rng.choice(("Ubuntu 24.04", "Debian 12", "Rocky Linux 9", "Windows Server 2022"))
    return d.rng.choice(("Windows 11", "macOS 14", "Ubuntu 24.04", "iOS 17", "Android 14"))
