"""Multipart bodies (RFC 7578): fields are kept, files are hashed as they come in and dropped."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mockwright.errors import TooLargeError, UnreadableBodyError, UnsupportedMediaError
from mockwright.types import Json, JsonObject, Upload
from mockwright.web.controls.json_limits import read_json
from mockwright.web.http.body import Media, fold, read_media

_MAX_PARTS: Final = 1000
"""Parts of one body; each costs memory even when it is empty."""


async def read_multipart(
    chunks: AsyncIterator[bytes], media: Media, *, field_bytes: int, max_depth: int
) -> JsonObject:
    """Return the fields of a multipart body as an object.

    A file becomes ``{"filename", "contentType", "size", "sha256"}``; a field of a JSON media type
    becomes its value. ``field_bytes`` bounds all fields together; files are bounded by ``chunks``.
    Raises UnreadableBodyError, UnsupportedMediaError and TooLargeError.
    """
    if media.encoding not in ("", "identity"):
        raise UnsupportedMediaError(
            f"a multipart body with the content encoding {media.encoding[:40]!r} cannot be read;"
            " send it as it is"
        )
    form = _Form(field_bytes, max_depth)
    try:
        parser = form.parser(media)
        async for chunk in chunks:
            parser.write(chunk)
    except FormParserError as error:
        raise UnreadableBodyError(f"the multipart body cannot be read: {error}") from None
    if not form.ended:
        raise UnreadableBodyError("the multipart body ends before its closing boundary")
    return fold(form.fields)


class _Form:
    """The parts of a body, gathered from the callbacks of the parser."""

    def __init__(self, field_bytes: int, max_depth: int) -> None:
        self.fields: list[tuple[str, Json]] = []
        self.ended = False
        self._limit = field_bytes
        self._left = field_bytes
        self._max_depth = max_depth
        self._part = _Part()
        self._header = (bytearray(), bytearray())

    def parser(self, media: Media) -> MultipartParser:
        if not media.boundary:
            raise UnreadableBodyError("the multipart body's content type names no boundary")
        return MultipartParser(
            media.boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )

    def _begin(self) -> None:
        if len(self.fields) >= _MAX_PARTS:
            raise TooLargeError("the multipart body", _MAX_PARTS, "parts")
        self._part = _Part()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        # The parser hands over names and values in pieces, as they arrive.
        self._header[0].extend(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _header_end(self) -> None:
        name, value = map(bytes, self._header)
        self._part.headers[name.lower()] = value
        self._header = (bytearray(), bytearray())

    def _data(self, data: bytes, start: int, end: int) -> None:
        # Only what is kept counts; the bytes of a file pass through.
        if not self._part.is_file:
            self._left -= end - start
            if self._left < 0:
                raise TooLargeError("the multipart body's fields", self._limit)
        self._part.feed(data[start:end])

    def _end(self) -> None:
        self.fields.append(self._part.result(self._max_depth))

    def _finish(self) -> None:
        self.ended = True


class _Part:
    """One part of a body; of a file only hash and size are kept."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self._options: dict[bytes, bytes] | None = None
        self._data = bytearray()
        self._hash = hashlib.sha256()
        self._size = 0

    @property
    def options(self) -> dict[bytes, bytes]:
        """The parameters of the content disposition; asked only once the headers are complete."""
        if self._options is None:
            disposition = self.headers.get(b"content-disposition", b"").decode("latin-1")
            self._options = parse_options_header(disposition)[1]
        return self._options

    @property
    def is_file(self) -> bool:
        """Whether it is a file: a part with a file name is (RFC 7578, section 4.2)."""
        return b"filename" in self.options

    def feed(self, data: bytes) -> None:
        if self.is_file:
            self._hash.update(data)
            self._size += len(data)
        else:
            self._data += data

    def result(self, max_depth: int) -> tuple[str, Json]:
        name = _text(self.options.get(b"name", b""), "a field name")
        if self.is_file:
            return name, _metadata(self._upload(name))
        media = read_media(self.headers.get(b"content-type", b""))
        if media.is_json:
            return name, read_json(bytes(self._data), max_depth, f"the field {name[:40]!r}")
        return name, _text(bytes(self._data), f"the field {name[:40]!r}")

    def _upload(self, name: str) -> Upload:
        content_type = self.headers.get(b"content-type", b"application/octet-stream")
        return Upload(
            field=name,
            filename=_text(self.options[b"filename"], "a file name") or None,
            content_type=content_type.decode("latin-1"),
            size=self._size,
            sha256=self._hash.hexdigest(),
        )


def _metadata(upload: Upload) -> JsonObject:
    return {
        "filename": upload.filename,
        "contentType": upload.content_type,
        "size": upload.size,
        "sha256": upload.sha256,
    }


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBodyError(f"{what} of the multipart body is no UTF-8") from None
