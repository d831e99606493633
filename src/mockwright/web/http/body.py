"""Request bodies: read within bounds, and decoded into a JSON value.

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
"""Ends of media types outside ``text/`` whose bodies are text: ``image/svg+xml``."""


class ClientGoneError(Exception):
    """The caller closed the connection, so that nobody is left to answer."""


@dataclass(frozen=True, slots=True)
class Media:
    """What the header fields say about a body."""

    type: str = ""
    """In lower case, without parameters; empty where none is given."""
    charset: str | None = None
    """In lower case; None where none is given."""
    boundary: bytes | None = None
    """What separates the parts of a multipart body."""
    encoding: str = ""
    """The content coding in lower case, such as ``gzip``; empty for none."""

    @property
    def is_json(self) -> bool:
        """Whether it is JSON: ``application/json``, ``text/json``, ``application/problem+json``
        ..."""
        return self.type.endswith(("/json", "+json"))

    @property
    def is_text(self) -> bool:
        """Whether it is text of some kind, by its name."""
        return self.type.startswith("text/") or self.type.endswith(_TEXTUAL)


@lru_cache(maxsize=256)
def read_media(content_type: bytes, content_encoding: bytes = b"") -> Media:
    """Return what ``Content-Type`` and ``Content-Encoding`` say; never raises."""
    kind, options = parse_options_header(content_type.decode("latin-1"))
    charset = options.get(b"charset", b"").decode("latin-1").strip("'\" ").lower()
    return Media(
        type=kind.decode("latin-1"),
        charset=charset or None,
        boundary=options.get(b"boundary"),
        encoding=content_encoding.decode("latin-1").strip().lower(),
    )


def check_length(content_length: bytes, limit: int) -> None:
    """Raise TooLargeError for a body that announces more than ``limit`` bytes."""
    # Python refuses to convert numbers of thousands of digits; twenty are too large already.
    if content_length.isdigit() and int(content_length[:20]) > limit:
        raise TooLargeError("the body", limit)


async def read_chunks(
    receive: Receive, limit: int, first: Message | None = None
) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raises TooLargeError past ``limit`` bytes, and ClientGoneError.

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
    """Return the whole body; raises TooLargeError past ``limit`` bytes, and ClientGoneError."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        # Nearly all bodies come in one message; a generator would cost more than the rest of a hit.
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise TooLargeError("the body", limit)
        return body
    return b"".join([chunk async for chunk in read_chunks(receive, limit, message)])


def parse_body(raw: bytes, media: Media, *, limit: int, max_depth: int) -> Json | Missing:
    """Return the value of a body that is not multipart; MISSING where there is none.

    Text becomes a string; of a body that is neither JSON nor text, only type, size and hash are
    kept. ``limit`` bounds the decompressed bytes. Raises UnreadableBodyError, UnsupportedMediaError
    and TooLargeError.
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
    """Return ``raw`` without its content coding.

    At most ``limit`` bytes are decompressed: a small body must not fill the memory. Raises
    UnsupportedMediaError for an unknown coding, UnreadableBodyError and TooLargeError.
    """
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise UnsupportedMediaError(
            f"content encoding {encoding[:40]!r} cannot be read; known: gzip, deflate, identity"
        )
    # 32 has zlib detect the header: clients send `deflate` with a zlib header, and sometimes gzip.
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
    """Return form fields as an object; a field that comes more than once becomes a list."""
    found: dict[str, list[Json]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _read_form(data: bytes, media: Media, max_depth: int) -> Json | Missing:
    if data.lstrip()[:1] == b"{":
        # Every form encoder writes { as %7B, so this is `curl -d '{...}'` without a -H.
        return read_json(data, max_depth)
    if data.lstrip()[:1] == b"[":
        try:
            return read_json(data, max_depth)
        except UnreadableBodyError:
            pass  # `[0]=a` is a form after all
    return parse_form(_decode(data, media.charset or "utf-8").strip("\r\n"))


def parse_form(text: str) -> JsonObject:
    """Return the fields of an urlencoded form; raises UnreadableBodyError for bytes that are no
    UTF-8."""
    try:
        return fold(list(parse_qsl(text, keep_blank_values=True, errors="strict")))
    except UnicodeDecodeError:
        raise UnreadableBodyError("the form body is no percent-encoded UTF-8") from None


def _read_text(data: bytes, media: Media, max_depth: int) -> Json | Missing:
    """Return JSON where it is JSON, text where it is text, else a description of the bytes.

    Where the caller said that it is text, undecodable bytes are an error; where nothing was said,
    broken JSON is.
    """
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
    """Return what is kept of a body that is neither JSON nor text."""
    return {
        "contentType": media.type or "application/octet-stream",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _to_utf8(data: bytes, charset: str | None) -> bytes:
    # RFC 8259 asks for UTF-8, but JSON in UTF-16 and UTF-32 can be told by its zero bytes.
    detected = json.detect_encoding(data) if data[:4].count(0) or data[:2] in _BOMS else "utf-8"
    name = detected if detected != "utf-8" else charset or "utf-8"
    if name in ("utf-8", "utf8", "us-ascii", "ascii"):
        return data
    return _decode(data, name).encode("utf-8", "surrogatepass")


_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _decode(data: bytes, charset: str) -> str:
    try:
        codec = codecs.lookup(charset)
        # Python also has codecs that are no charsets, such as "zip" and "rot13".
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
"""Text codecs of Python that no client sends bodies in; some are slow, some depend on the
machine."""


def decode_text(data: bytes, place: str) -> str:
    """Return the bytes of a control as text; raises InvalidControlError, which names ``place``."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        shown = data.decode("ascii", "backslashreplace")
        raise InvalidControlError(place, shown, "UTF-8 text") from None
