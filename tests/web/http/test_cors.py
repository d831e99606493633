from __future__ import annotations

from mockwright.web.http.cors import Cors


def test_by_default_every_page_may_call_and_read_the_headers() -> None:
    found = dict(Cors(["*"]).headers(None))
    assert found[b"access-control-allow-origin"] == b"*"
    assert b"X-Mock-Cache" in found[b"access-control-expose-headers"]


def test_of_configured_origins_each_is_told_its_own() -> None:
    cors = Cors(["https://a.example", "https://b.example"])
    found = dict(cors.headers(b"https://b.example"))
    assert found[b"access-control-allow-origin"] == b"https://b.example"
    assert found[b"vary"] == b"origin"


def test_another_origin_is_told_nothing_but_that_it_matters() -> None:
    cors = Cors(["https://a.example"])
    for origin in (b"https://evil.example", b"null", None):
        assert cors.headers(origin) == ((b"vary", b"origin"),)
        assert cors.preflight(origin, b"x-mock-seed") == ((b"vary", b"origin"),)


def test_a_preflight_allows_every_method_and_the_headers_asked_for() -> None:
    found = dict(Cors(["*"]).preflight(b"https://a.example", b"x-mock-seed, content-type"))
    assert b"DELETE" in found[b"access-control-allow-methods"]
    assert found[b"access-control-allow-headers"] == b"x-mock-seed, content-type"
    assert found[b"access-control-max-age"] == b"600"
