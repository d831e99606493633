from __future__ import annotations

import socket
import threading
from typing import Any

import httpx
import pytest

from mockwright.testing.serve import Receive, Send, serve_app


async def hello(scope: Any, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def test_an_application_is_on_a_port_of_its_own() -> None:
    with serve_app(hello) as one, serve_app(hello) as other:
        assert one != other
        assert httpx.get(one).text == "hello"
    with pytest.raises(httpx.ConnectError):
        httpx.get(one)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"), serve_app(hello, taken.getsockname()[1]):
            pass


@pytest.mark.parametrize("raises", [True, False])
def test_why_an_application_does_not_start_is_said(raises: bool) -> None:
    async def failing(scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        if raises:
            raise RuntimeError("no disk")
        await send({"type": "lifespan.startup.failed", "message": "no disk"})

    before = threading.active_count()
    refused = pytest.raises(RuntimeError, match=r"did not start: .*no disk")
    with refused, serve_app(failing, lifespan="on"):
        pass
    assert threading.active_count() == before
