from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from mockwright.errors import TooLargeError, UnreadableBodyError, UnsupportedMediaError
from mockwright.types import MISSING, Json, Missing
from mockwright.web.http.body import (
    ClientGoneError,
    check_length,
    parse_body,
    read_bytes,
    read_media,
)
from mockwright.web.http.uploads import read_multipart


def parse(raw: bytes, content_type: bytes = b"", encoding: bytes = b"") -> Json | Missing:
    media = read_media(content_type, encoding)
    return parse_body(raw, media, limit=100_000, max_depth=50)


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"application/json; charset=utf-8",
        b"Application/JSON",
        b"text/json",
        b"application/vnd.api+json",
        b"application/x-www-form-urlencoded",
        b"text/plain;charset=UTF-8",
        b"",
    ],
)
def test_json_is_json_whatever_the_client_calls_it(content_type: bytes) -> None:
    assert parse(b'{"n": 1}', content_type) == {"n": 1}
    assert parse(b" [1, 2]", content_type) == [1, 2]


@pytest.mark.parametrize("content_type", [b"application/json", b"text/plain", b""])
def test_no_body_is_no_input(content_type: bytes) -> None:
    assert parse(b"", content_type) is MISSING


def test_a_json_body_of_blanks_is_no_input() -> None:
    assert parse(b" \r\n", b"application/json") is MISSING


@pytest.mark.parametrize(
    "content_type", [b"application/json", b"application/x-www-form-urlencoded", b""]
)
def test_unreadable_json_names_the_place(content_type: bytes) -> None:
    with pytest.raises(UnreadableBodyError, match="line 1 column 2"):
        parse(b"{ invalid json }"[:1] + b"invalid json }", content_type)


def test_a_form_is_an_object_of_texts() -> None:
    form = parse(b"name=J%C3%B6rg+K&tag=a&tag=b&empty=", b"application/x-www-form-urlencoded")
    assert form == {"name": "Jörg K", "tag": ["a", "b"], "empty": ""}


def test_a_form_whose_field_starts_with_a_bracket_is_a_form() -> None:
    form = parse(b"[0]=a&[1]=b", b"application/x-www-form-urlencoded")
    assert form == {"[0]": "a", "[1]": "b"}


def test_a_form_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(UnreadableBodyError, match="percent-encoded UTF-8"):
        parse(b"a=%ff", b"application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("raw", "content_type", "text"),
    [
        (b"hello", b"text/plain", "hello"),
        (b"{not json}", b"text/plain", "{not json}"),
        ("caf\u00e9".encode("latin-1"), b"text/plain; charset=iso-8859-1", "caf\u00e9"),
        (b"<a/>", b"application/xml", "<a/>"),
        (b"just words", b"", "just words"),
    ],
)
def test_text_is_the_input_itself(raw: bytes, content_type: bytes, text: str) -> None:
    assert parse(raw, content_type) == text


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig"])
def test_json_in_another_charset_is_read(charset: str) -> None:
    raw = json.dumps({"name": "J\u00f6rg"}, ensure_ascii=False).encode(charset)
    assert parse(raw, f"application/json; charset={charset}".encode()) == {"name": "J\u00f6rg"}


@pytest.mark.parametrize("charset", [b"klingon", b"rot13", b"zip", b"unicode_escape", b"x\x00"])
def test_an_unknown_charset_is_named(charset: bytes) -> None:
    with pytest.raises(UnsupportedMediaError, match="charset"):
        parse(b"hello", b"text/plain; charset=" + charset)


@pytest.mark.parametrize("content_type", [b"image/png", b"application/octet-stream", b""])
def test_of_a_binary_body_only_its_metadata_is_kept(content_type: bytes) -> None:
    raw = b"\x89PNG\r\n\x1a\n\xff\xfe"
    assert parse(raw, content_type) == {
        "contentType": content_type.decode() or "application/octet-stream",
        "size": len(raw),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [(b"gzip", gzip.compress), (b"deflate", zlib.compress), (b"GZIP", gzip.compress)],
)
def test_a_compressed_body_is_read(encoding: bytes, compress: Any) -> None:
    assert parse(compress(b'{"n":1}'), b"application/json", encoding) == {"n": 1}


def test_a_compression_bomb_stops_at_the_limit() -> None:
    with pytest.raises(TooLargeError, match="decompressed"):
        parse(gzip.compress(b" " * 50_000_000), b"application/json", b"gzip")


def test_broken_compression_is_unreadable() -> None:
    with pytest.raises(UnreadableBodyError, match="gzip"):
        parse(b"no gzip at all", b"application/json", b"gzip")
    with pytest.raises(UnreadableBodyError, match="too early"):
        parse(gzip.compress(b"x" * 1000)[:-9], b"text/plain", b"gzip")
    with pytest.raises(UnreadableBodyError, match="goes on"):
        parse(gzip.compress(b"x") + gzip.compress(b"y"), b"text/plain", b"gzip")


def test_an_unknown_content_encoding_is_unsupported() -> None:
    with pytest.raises(UnsupportedMediaError, match="'br'"):
        parse(b"x", b"application/json", b"br")


def receiving(*chunks: bytes, ends: bool = True) -> Any:
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    if ends:
        messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return receive


async def test_a_body_is_counted_while_it_comes() -> None:
    assert await read_bytes(receiving(b"ab", b"cd"), 4) == b"abcd"
    with pytest.raises(TooLargeError, match="4 bytes"):
        await read_bytes(receiving(b"ab", b"cde"), 4)


async def test_a_caller_that_leaves_during_the_body_is_noticed() -> None:
    with pytest.raises(ClientGoneError):
        await read_bytes(receiving(b"ab", ends=False), 100)


@pytest.mark.parametrize("length", [b"11", b"99999999999999999999999999999"])
def test_an_announced_body_over_the_limit_is_refused_before_it_comes(length: bytes) -> None:
    with pytest.raises(TooLargeError):
        check_length(length, 10)


@pytest.mark.parametrize("length", [b"", b"10", b"-5", b"abc"])
def test_other_lengths_are_left_to_the_server(length: bytes) -> None:
    check_length(length, 10)


MULTIPART = b"multipart/form-data; boundary=XX"


def part(headers: str, data: bytes) -> bytes:
    return b"--XX\r\n" + headers.replace("\n", "\r\n").encode() + b"\r\n\r\n" + data + b"\r\n"


async def upload(body: bytes, size: int = 7, field_bytes: int = 10_000) -> Json:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    media = read_media(MULTIPART)
    return await read_multipart(chunks(), media, field_bytes=field_bytes, max_depth=20)


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_files_are_hashed_and_fields_are_kept(size: int) -> None:
    content = b"Sample file content\r\n--X" * 50
    body = (
        part(
            'Content-Disposition: form-data; name="file"; filename="t\u00e9st.txt"\n'
            "Content-Type: text/plain",
            content,
        )
        + part('Content-Disposition: form-data; name="title"', "Gr\u00fc\u00dfe".encode())
        + part(
            'Content-Disposition: form-data; name="meta"\nContent-Type: application/json',
            b'{"a":[1]}',
        )
        + b"--XX--\r\n"
    )
    assert await upload(body, size) == {
        "file": {
            "filename": "t\u00e9st.txt",
            "contentType": "text/plain",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
        "title": "Gr\u00fc\u00dfe",
        "meta": {"a": [1]},
    }


async def test_several_files_of_one_field_become_a_list() -> None:
    one = part('Content-Disposition: form-data; name="f"; filename="a"', b"1")
    two = part('Content-Disposition: form-data; name="f"; filename="b"', b"22")
    value = await upload(one + two + b"--XX--")
    assert [entry["size"] for entry in value["f"]] == [1, 2]


async def test_a_file_may_be_larger_than_all_fields_together_may() -> None:
    head = 'Content-Disposition: form-data; name="f"'
    value = await upload(part(head + '; filename="a"', b"x" * 500) + b"--XX--", 99, field_bytes=100)
    assert value["f"]["size"] == 500
    with pytest.raises(TooLargeError, match="fields"):
        await upload(part(head, b"x" * 500) + b"--XX--", 99, field_bytes=100)


async def test_too_many_parts_are_refused() -> None:
    body = part('Content-Disposition: form-data; name="f"', b"") * 1001 + b"--XX--"
    with pytest.raises(TooLargeError, match="1000 parts"):
        await upload(body, 10_000)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"no boundary anywhere", "cannot be read"),
        (part('Content-Disposition: form-data; name="f"', b"x"), "closing boundary"),
        (b"", "closing boundary"),
        (part('Content-Disposition: form-data; name="f"', b"\xff") + b"--XX--", "no UTF-8"),
    ],
)
async def test_a_broken_multipart_body_is_unreadable(body: bytes, fault: str) -> None:
    with pytest.raises(UnreadableBodyError, match=fault):
        await upload(body)


async def test_multipart_without_a_boundary_is_unreadable() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    with pytest.raises(UnreadableBodyError, match="boundary"):
        await read_multipart(
            chunks(), read_media(b"multipart/form-data"), field_bytes=10, max_depth=5
        )
