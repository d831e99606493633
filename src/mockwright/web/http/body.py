"""Request bodies: bounded reading, and wire form -> JSON value.

The media type is a hint, not a law: ``curl -d '{...}'`` says *form* and ``fetch`` says *text* for
what is plainly JSON.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header

from mockwright.errors import (
    InvalidControlError,
    TooLargeError,
    UnreadableBodyError,
    UnsupportedMediaError,
)
from mockwright.types import MISSING, Json, JsonObject, Missing
from mockwright.web.controls.json_limits import read_json

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]

FORM: Final = "application/x-www-form-urlencoded"
_TEXTUAL: Final = ("xml", "yaml", "graphql", "javascript", "ndjson", "csv", "toml", "sql")


class ClientGoneError(Exception):
    """The caller closed the connection; there is nobody left to answer."""


@dataclass(frozen=True, slots=True)
class Media:
    """What the headers say of a body."""

    type: str = ""
    """Lower case, without parameters; empty where nothing is said."""
    charset: str | None = None
    boundary: bytes | None = None
    encoding: str = ""

    @property
    def is_json(self) -> bool:
        """``application/json``, ``text/json``, ``application/problem+json`` ..."""
        return self.type.endswith(("/json", "+json"))

    @property
    def is_text(self) -> bool:
        """Text of some kind, known by its name."""
        return self.type.startswith("text/") or self.type.endswith(_TEXTUAL)


@lru_cache(maxsize=256)
def read_media(content_type: bytes, content_encoding: bytes = b"") -> Media:
    """The media type of a body from its two headers; never raises."""
    kind, options = parse_options_header(content_type.decode("latin-1"))
    charset = options.get(b"charset", b"").decode("latin-1").strip("'\" ").lower()
    return Media(
        type=kind.decode("latin-1"),
        charset=charset or None,
        boundary=options.get(b"boundary"),
        encoding=content_encoding.decode("latin-1").strip().lower(),
    )


def check_length(content_length: bytes, limit: int) -> None:
    """Raises TooLargeError for a body that announces more than ``limit`` bytes."""
    if content_length.isdigit() and int(content_length[:20]) > limit:
        raise TooLargeError("the body", limit)


async def read_chunks(
    receive: Receive, limit: int, first: Message | None = None
) -> AsyncIterator[bytes]:
    """The body as it comes; raises TooLargeError past ``limit`` bytes, ClientGoneError.

    ``first`` is a message that was received already.
    """
    size, more = 0, True
    while more:
        message, first = first or await receive(), None
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLargeError("the body", limit)
        more = message.get("more_body", False)
        yield chunk


async def read_bytes(receive: Receive, limit: int) -> bytes:
    """The whole body; raises as :func:`read_chunks` does."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        # Nearly all come in one piece; a generator would cost more than the rest of a hit.
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise TooLargeError("the body", limit)
        return body
    return b"".join([chunk async for chunk in read_chunks(receive, limit, message)])


def parse_body(raw: bytes, media: Media, *, limit: int, max_depth: int) -> Json | Missing:
    """The value of a body that is not multipart; MISSING where there is none.

    Raises UnreadableBodyError, UnsupportedMediaError, TooLargeError (once decompressed).
    """
    if not raw:
        return MISSING
    data = decompress(raw, media.encoding, limit)
    if media.is_json:
        data = _to_utf8(data, media.charset)
        return read_json(data, max_depth) if data.strip() else MISSING
    if media.type == FORM:
        return _read_form(data, media, max_depth)
    if media.type and not media.is_text:
        return _describe(data, media)
    return _read_text(data, media, max_depth)


def decompress(raw: bytes, encoding: str, limit: int) -> bytes:
    """``raw`` without its content coding, never more than ``limit`` bytes of it."""
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise UnsupportedMediaError(
            f"content encoding {encoding[:40]!r} cannot be read; known: gzip, deflate, identity"
        )
    # 32: a gzip or a zlib header, whichever is there.
    inflater = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
    try:
        data = inflater.decompress(raw, limit + 1)
    except zlib.error as error:
        raise UnreadableBodyError(f"the body is no {encoding} data: {error}") from None
    if len(data) > limit:
        raise TooLargeError("the decompressed body", limit)
    if not inflater.eof:
        raise UnreadableBodyError(f"the body's {encoding} data ends too early")
    if inflater.unused_data:
        raise UnreadableBodyError(f"the body goes on behind the end of its {encoding} data")
    return data


def fold(pairs: list[tuple[str, Json]]) -> JsonObject:
    """Form fields as an object; a field that comes more than once becomes a list."""
    found: dict[str, list[Json]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _read_form(data: bytes, media: Media, max_depth: int) -> Json | Missing:
    if data.lstrip()[:1] == b"{":
        # Every form encoder writes { as %7B: this is ``curl -d '{...}'`` without a -H.
        return read_json(data, max_depth)
    if data.lstrip()[:1] == b"[":
        try:
            return read_json(data, max_depth)
        except UnreadableBodyError:
            pass  # ``[0]=a``: a form after all
    return parse_form(_decode(data, media.charset or "utf-8").strip("\r\n"))


def parse_form(text: str) -> JsonObject:
    """The fields of an urlencoded form."""
    try:
        return fold(list(parse_qsl(text, keep_blank_values=True, errors="strict")))
    except UnicodeDecodeError:
        raise UnreadableBodyError("the form body is no percent-encoded UTF-8") from None


def _read_text(data: bytes, media: Media, max_depth: int) -> Json | Missing:
    """JSON where it is JSON, text where it is text, and else only what can be told of it."""
    start = data.lstrip()[:1]
    if start in (b"{", b"["):
        try:
            return read_json(_to_utf8(data, media.charset), max_depth)
        except UnreadableBodyError:
            if not media.type:
                raise
    try:
        return _decode(data, media.charset or "utf-8") or MISSING
    except UnreadableBodyError:
        if media.type:
            raise
    return _describe(data, media)


def _describe(data: bytes, media: Media) -> JsonObject:
    """What is kept of a body that is neither JSON nor text."""
    return {
        "contentType": media.type or "application/octet-stream",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _to_utf8(data: bytes, charset: str | None) -> bytes:
    """JSON text in UTF-8, whatever it came in."""
    detected = json.detect_encoding(data) if data[:4].count(0) or data[:2] in _BOMS else "utf-8"
    name = detected if detected != "utf-8" else charset or "utf-8"
    if name in ("utf-8", "utf8", "us-ascii", "ascii"):
        return data
    return _decode(data, name).encode("utf-8", "surrogatepass")


_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _decode(data: bytes, charset: str) -> str:
    try:
        codec = codecs.lookup(charset)
        # Python also names codecs that are no charsets, such as "zip" and "rot13".
        if not codec._is_text_encoding or codec.name.replace("-", "_") in _NO_CHARSETS:
            raise LookupError
        text, _ = codec.decode(data, "strict")
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise UnreadableBodyError(
                f"the body is no {charset}: byte 0x{data[error.start]:02x} at offset {error.start}"
            ) from None
        raise UnsupportedMediaError(f"charset {charset[:40]!r} is not known") from None
    return text.removeprefix("\ufeff")


_NO_CHARSETS: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)


def decode_text(data: bytes, place: str) -> str:
    """A control's bytes as text; raises InvalidControlError naming ``place``."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        shown = data.decode("ascii", "backslashreplace")
        raise InvalidControlError(place, shown, "UTF-8 text") from None
