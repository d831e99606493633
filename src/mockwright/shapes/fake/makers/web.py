"""The web: addresses, files, hashes, versions."""

from __future__ import annotations

from mockwright.shapes.fake import facts
from mockwright.shapes.fake.makers.base import Draw, maker
from mockwright.shapes.fake.makers.texts import title
from mockwright.shapes.fake.names import plural
from mockwright.shapes.fake.tables import decks
from mockwright.types import Json, Missing


@maker("avatar", "image")
def _image(d: Draw) -> Json:
    what = plural(d.what or "image")
    number = d.scope.index + 1 if d.scope.index is not None else d.rng.between(1, 90)
    return f"https://images.example.com/{what}/{number + (d.leaf.index or 0) * 100}.jpg"


@maker("url")
def _url(d: Draw) -> Json:
    if facts.topic(d.scope) == "company":
        return f"https://{facts.company(d.scope).slug}.example.com"
    if facts.topic(d.scope) == "person":
        who = facts.person(d.scope)
        name = "-".join(filter(None, (facts.latin(who.first), facts.latin(who.last))))
        return f"https://www.example.com/people/{name or who.number + 100}"
    if d.what in ("webhook", "hook"):
        return f"https://hooks.example.com/v1/receive/{d.rng.between(100, 999)}"
    if not d.what:
        return "https://www.example.com"
    return f"https://www.example.com/{plural(d.what)}/{d.rng.between(100, 999)}"


@maker("slug")
def _slug(d: Draw) -> Json:
    source = facts.made(d.scope, "name", "title", "full_name")
    text = source if isinstance(source, str) else title(d)
    return "-".join(filter(None, (facts.latin(w) for w in text.split()[:20]))) or "untitled"


@maker("domain")
def _domain(d: Draw) -> Json:
    return f"{facts.company(d.scope).slug}.example.com"


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
    named = set(d.words)
    length = 40 if {"commit", "sha", "1"} & named else 32 if "5" in named else 64
    return "".join([f"{d.rng.bits64():016x}" for _ in range(4)])[:length]


@maker("token_type")
def _token_type(d: Draw) -> Json:
    return "Bearer"


@maker("version")
def _version(d: Draw) -> Json | Missing:
    if d.leaf.type != "string":
        return d.rng.between(1, 9)
    return f"{d.rng.between(1, 5)}.{d.rng.below(15)}.{d.rng.below(10)}"


@maker("hex_color")
def _hex(d: Draw) -> Json:
    return f"#{d.rng.below(1 << 24):06x}"


@maker("user_agent")
def _user_agent(d: Draw) -> Json:
    return d.rng.choice(decks("texts")["user_agent"])


@maker("status_code")
def _status_code(d: Draw) -> Json:
    return d.rng.choice((200, 200, 200, 201, 404))
