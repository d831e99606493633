from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mockwright.testing.serve import serve_app
from mockwright.testing.wire import Admin, RefusedError


async def answer(request: Request) -> Response:
    if request.method == "DELETE":
        return PlainTextResponse("<html>", 502)
    if request.method == "PUT":
        return JSONResponse({"detail": "no such test", "value": 5}, 404)
    told = {
        "body": (await request.body()).decode(),
        "query": request.url.query,
        "token": request.headers.get("authorization"),
    }
    return JSONResponse(told)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    routes = [Route("/below/api/admin/x", answer, methods=["GET", "POST", "PUT", "DELETE"])]
    with serve_app(Starlette(routes=routes)) as url:
        yield f"{url}/below"


def test_it_says_what_it_is_told(url: str) -> None:
    assert Admin(url).tell("GET", "/x", query={"path": "/a b", "limit": 5}) == {
        "body": "",
        "query": "path=%2Fa+b&limit=5",
        "token": None,
    }
    assert Admin(url, "s3cret").tell("POST", "/x", None)["body"] == "null"
    assert Admin(url, "s3cret").tell("POST", "/x", [1])["token"] == "Bearer s3cret"


def test_a_refusal_is_in_the_words_of_the_gateway(url: str) -> None:
    with pytest.raises(RefusedError, match="no such test") as refused:
        Admin(url).tell("PUT", "/x", {})
    assert (refused.value.status, refused.value.problem["value"]) == (404, 5)


def test_a_refusal_without_words_has_its_status(url: str) -> None:
    with pytest.raises(RefusedError, match="the gateway answered 502"):
        Admin(url).tell("DELETE", "/x")


def test_a_gateway_that_is_not_there_is_named() -> None:
    with pytest.raises(ConnectionError, match=r"no gateway answers at 127\.0\.0\.1:9"):
        Admin("http://127.0.0.1:9").tell("GET", "/x")
