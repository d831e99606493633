"""The life of one request around any surface: what the cycle does, whatever answers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import pytest

from mockwright.app import Application, create_app
from mockwright.errors import NotFoundError
from mockwright.memory.state.scopes import Scope
from mockwright.settings import ServerSettings, Settings
from mockwright.types import ErrorSimulation
from mockwright.web.controls.controls import Header
from mockwright.web.http import problems
from mockwright.web.http.body import ClientGoneError, Receive, read_bytes
from mockwright.web.http.cycle import Cycle, Surface
from mockwright.web.http.exchange import Exchange, Reply, problem_reply
from mockwright.web.services import Services

OK = Reply(200, ((b"content-type", b"text/plain"),), b"made")
STORED = Reply(200, (), b"stored", "hit")


@dataclass
class Echo:
    """A surface whose answer is laid down; ``asked`` tells what it was asked, in order."""

    reply: Reply | BaseException = OK
    stored: Reply | None = None
    waits: float = 0.0
    asked: list[str] = field(default_factory=list)
    mount: bytes = b"/echo"
    id_header: bytes = b"x-id"

    async def read(self, exchange: Exchange, receive: Receive) -> None:
        exchange.body = await read_bytes(receive, 100)

    def recall(self, exchange: Exchange, services: Services, scope: Scope) -> Reply | None:
        self.asked.append("recall")
        return self.stored

    async def answer(self, exchange: Exchange, services: Services, scope: Scope) -> Reply:
        self.asked.append("answer")
        try:
            await asyncio.sleep(self.waits)
        except asyncio.CancelledError:
            self.asked.append("cancelled")
            raise
        if isinstance(self.reply, BaseException):
            raise self.reply
        assert exchange.stack is not None
        exchange.stack.callback(self.asked.append, "closed")
        return self.reply

    def head(self, exchange: Exchange, reply: Reply) -> Sequence[Header]:
        return ((b"x-late", b"1"),)

    def describe(self, error: BaseException, exchange: Exchange) -> Reply:
        return problem_reply(problems.describe(error, exchange.id))

    def simulate(self, asked: ErrorSimulation, exchange: Exchange) -> Reply:
        return problem_reply(problems.simulate(asked, exchange.id))


@dataclass
class Served:
    app: Application
    surface: Echo
    sent: list[dict[str, Any]] = field(default_factory=list)
    send: Any = None
    """Told of each message as well."""

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def head(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    async def ask(
        self,
        method: str = "GET",
        headers: Sequence[Header] = (),
        body: bytes = b"",
        leaves: float | None = None,
    ) -> None:
        """Ask once; the caller ``leaves`` after so many seconds."""
        self.sent.clear()
        came = False

        async def receive() -> dict[str, Any]:
            nonlocal came
            if not came:
                came = True
                return {"type": "http.request", "body": body}
            if leaves is None:
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(leaves or 0)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            self.sent.append(message)
            if self.send is not None:
                await self.send(message)

        scope = {
            "type": "http", "method": method, "path": "/echo/x", "raw_path": b"/echo/x",
            "query_string": b"", "headers": list(headers), "root_path": "",
        }  # fmt: skip
        await Cycle(self.surface, self.app.in_force)(scope, receive, send)

    @property
    def noted(self) -> dict[str, Any]:
        (latest, *_) = self.app.gateway.services.journal.list()
        return latest


@asynccontextmanager
async def served(surface: Echo, **settings: Any) -> AsyncIterator[Served]:
    app = create_app(Settings(**settings))
    async with app.gateway.running():
        yield Served(app, surface)
        assert app.gateway.services.counters.in_flight == 0


def test_the_double_is_a_surface() -> None:
    surface: Surface = Echo()
    assert surface.mount == b"/echo"


async def test_an_answer_goes_out_with_what_the_surface_adds_at_last() -> None:
    async with served(Echo()) as it:
        await it.ask()
        assert (it.status, it.body) == (200, b"made")
        assert (it.head[b"x-late"], it.head[b"server-timing"][:10]) == (b"1", b"total;dur=")
        assert it.head[b"x-id"].decode() == it.noted["id"]
        assert it.surface.asked == ["recall", "answer", "closed"]


async def test_an_answer_that_is_out_is_in_the_journal() -> None:
    """A caller who has it may ask for the journal at once; nothing may come in between."""
    for surface in (Echo(), Echo(stored=STORED)):
        async with served(surface) as it:
            noted: list[int] = []

            async def send(message: Any, it: Served = it, noted: list[int] = noted) -> None:
                if message["type"] == "http.response.body":
                    loop = asyncio.get_running_loop()
                    journal = it.app.gateway.services.journal
                    loop.call_soon(lambda: noted.append(len(journal.list())))

            it.send = send
            await it.ask()
            await asyncio.sleep(0)
            assert noted == [1]


async def test_what_is_stored_needs_no_answer() -> None:
    async with served(Echo(stored=STORED)) as it:
        await it.ask()
        assert it.body == b"stored"
        assert it.surface.asked == ["recall"]


async def test_head_has_no_body_and_the_same_head() -> None:
    async with served(Echo()) as it:
        await it.ask("HEAD")
        assert (it.status, it.body, it.head[b"content-type"]) == (200, b"", b"text/plain")


async def test_options_is_answered_without_the_surface() -> None:
    preflight = [(b"origin", b"http://a"), (b"access-control-request-method", b"POST")]
    async with served(Echo(), server=ServerSettings(cors_origins=("http://a",))) as it:
        await it.ask("OPTIONS", preflight)
        assert it.status == 204
        assert it.head[b"access-control-allow-origin"] == b"http://a"
        await it.ask("OPTIONS")
        assert b"POST" in it.head[b"allow"]
        assert it.surface.asked == []


@pytest.mark.parametrize(("error", "status"), [(NotFoundError("x"), 404), (KeyError("x"), 500)])
async def test_an_error_is_told_in_the_surface_s_words(error: Exception, status: int) -> None:
    async with served(Echo(error)) as it:
        await it.ask()
        assert it.status == status
        assert it.head[b"content-type"] == b"application/problem+json"
        assert it.noted["status"] == status


async def test_a_body_over_the_bound_and_a_bad_test_id_are_refused_before_any_work() -> None:
    async with served(Echo()) as it:
        await it.ask("POST", body=b"x" * 101)
        assert it.status == 413
        await it.ask(headers=[(b"x-test-id", b"/")])
        assert it.status == 400
        assert it.surface.asked == []


async def test_a_caller_who_leaves_ends_the_work() -> None:
    async with served(Echo(waits=60)) as it:
        await it.ask(leaves=0.01)
        assert it.sent == []
        assert it.surface.asked == ["recall", "answer", "cancelled"]
        assert it.noted["status"] == 499


async def test_a_caller_who_has_the_answer_has_not_left() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(0.02)
        yield b"b"

    async with served(Echo(Reply(200, (), b"", stream=parts()))) as it:  # type: ignore[arg-type]  # a generator
        await it.ask()
        assert it.body == b"ab"
        assert it.noted["status"] == 200


async def test_a_stream_that_breaks_off_is_noted_with_what_went_out() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        raise KeyError("lost")

    async with served(Echo(Reply(200, (), b"", stream=parts()))) as it:  # type: ignore[arg-type]  # a generator
        await it.ask()
        assert [message.get("more_body") for message in it.sent] == [None, True]
        assert (it.noted["status"], it.noted["error"]) == (200, "internal-error")


async def test_a_stream_whose_caller_leaves_is_closed() -> None:
    closed = []

    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async with served(Echo(Reply(200, (), b"", stream=parts()))) as it:  # type: ignore[arg-type]  # a generator
        await it.ask(leaves=0.01)
        assert closed == [True]
        assert it.noted["status"] == 499
        assert it.surface.asked[-1] == "closed"


@pytest.mark.parametrize(
    ("rule", "status", "asked"),
    [
        ({"status": 503}, 503, []),
        ({"status": 202, "body": {"a": 1}}, 202, []),
        ({"headers": {"x-late": "2"}}, 200, ["recall", "answer", "closed"]),
    ],
)
async def test_a_fault_script_comes_before_the_surface(
    rule: dict[str, Any], status: int, asked: list[str]
) -> None:
    async with served(Echo(), faults=({"match": {"path": "/x"}, "sequence": [rule]},)) as it:
        await it.ask()
        assert (it.status, it.surface.asked) == (status, asked)


async def test_a_stored_answer_is_recalled_under_a_fault_too() -> None:
    rule = {"match": {"path": "/x"}, "sequence": [{"headers": {"x-fault": "1"}}]}
    async with served(Echo(stored=STORED), faults=(rule,)) as it:
        await it.ask()
        assert (it.head[b"x-fault"], it.body, it.surface.asked) == (b"1", b"stored", ["recall"])


async def test_one_who_says_that_the_caller_left_is_believed() -> None:
    async with served(Echo(ClientGoneError())) as it:
        await it.ask()
        assert (it.sent, it.noted["status"]) == ([], 499)


async def test_a_cached_hit_of_the_mock_surface_stays_short() -> None:
    """Calls of the package's own functions: what is added here is paid by every hit."""
    app = create_app(Settings())
    body = b'{"shape": {"name": "string", "$cache": 1}}'
    scope = {
        "type": "http", "method": "POST", "path": "/api/mock/x", "raw_path": b"/api/mock/x",
        "query_string": b"", "root_path": "", "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    calls: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    def profile(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and "/mockwright/" in name:
            calls.append(name)

    async with app.gateway.running():
        for _ in range(3):
            sent: list[dict[str, Any]] = []
            calls.clear()
            waiting = _waiting(receive)
            sys.setprofile(profile)
            try:
                await app(scope, waiting, send)
            finally:
                sys.setprofile(None)
    assert dict(sent[0]["headers"])[b"x-mock-cache"] == b"hit"
    assert len(calls) <= 39
    assert len(set(calls)) <= 14


def _waiting(receive: Any) -> Any:
    """A ``receive`` that has one message, and then waits for good."""
    came = False

    async def receive_once() -> Any:
        nonlocal came
        if came:
            await asyncio.get_running_loop().create_future()
        came = True
        return await receive()

    return receive_once
