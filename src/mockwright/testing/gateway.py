"""A gateway, as one test sees it: over HTTP, whether it runs in this process or far away."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from mockwright.settings import Settings

_TIMEOUT: Final = 30.0
"""Seconds for one request to the gateway."""
_UNFIT: Final = re.compile(r"[^A-Za-z0-9._:~-]+")
_ID_CHARS: Final = 150
_LISTED: Final = 20
_UNSET: Final = object()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request that came to the gateway."""

    id: str
    method: str
    path: str
    """Below ``/api/mock``, or the whole path of a chat surface."""
    query: str
    status: int | None
    """None while it is not answered yet."""
    fault: str
    """What a fault script did to it; empty where nothing."""
    backend: str
    """Who answered."""
    body: str
    headers: Mapping[str, str]
    """Those that are shown; others may hold secrets."""

    @property
    def json(self) -> Any:
        """Its body; raises ValueError where that is no JSON."""
        return json.loads(self.body)


class Mockwright:
    """One test's view of a gateway: what it does there, no other test sees.

    ``base_url`` is the gateway's, without a path; ``test`` names the test, by default a new one.
    Use it as a context manager, or :meth:`close` it: that ends the test on the gateway.
    """

    def __init__(self, base_url: str, test: str = "") -> None:
        self.base_url = base_url.rstrip("/")
        self.test = test or f"test-{uuid.uuid4().hex[:12]}"
        self.client = httpx.Client(
            base_url=f"{self.base_url}/api/mock", headers=self.headers, timeout=_TIMEOUT
        )
        """For requests to the mock: ``client.get("/users/1")``."""
        self._admin = httpx.Client(base_url=f"{self.base_url}/api/admin", timeout=_TIMEOUT)
        self._routes: list[dict[str, Any]] = []

    def __enter__(self) -> Mockwright:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where the mock is, for clients that cannot set headers; the test id is in it."""
        return f"{self.base_url}/api/mock/@{self.test}"

    @property
    def openai_url(self) -> str:
        """The base URL for an OpenAI SDK; give it :attr:`headers` as its default headers."""
        return f"{self.base_url}/v1"

    @property
    def headers(self) -> dict[str, str]:
        """The header field that makes a request one of this test."""
        return {"X-Test-Id": self.test}

    def async_client(self) -> httpx.AsyncClient:
        """As :attr:`client`, for asynchronous code; the caller closes it."""
        return httpx.AsyncClient(
            base_url=f"{self.base_url}/api/mock", headers=self.headers, timeout=_TIMEOUT
        )

    def shape(self, path: str, shape: Any, *, seed: int | None = None, **options: Any) -> None:
        """Answer ``path`` in ``shape``, an example or a JSON Schema; further as :meth:`route`."""
        self.route(path, shape=shape, seed=seed, **options)

    def route(
        self,
        path: str,
        *,
        method: str | Sequence[str] | None = None,
        json: Any = _UNSET,
        **options: Any,
    ) -> None:
        """A path rule of this test alone: the latest one that matches a request holds.

        ``path`` may have ``*``, ``**`` and ``{name}``; ``json`` is a fixed answer; ``options`` are
        those of a route in the configuration: ``shape``, ``seed``, ``status``, ``delay``,
        ``backend``, ``cache``, ``count``, ``state`` ... Raises ValueError for what cannot be read.
        """
        rule: dict[str, Any] = {"path": path}
        if method is not None:
            rule["method"] = [method] if isinstance(method, str) else list(method)
        if json is not _UNSET:
            rule["shape"] = {"const": json}
        rule |= {name: value for name, value in options.items() if value is not None}
        routes = [rule, *self._routes]
        self._tell("PUT", f"/tests/{self.test}/routes", routes)
        self._routes = routes

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """A fault script, in place of the one before; raises ValueError for what cannot be read."""
        self._tell("PUT", f"/tests/{self.test}/faults", list(rules))

    def configure(self, **wanted: Any) -> None:
        """What holds for all requests of this test: ``mode``, ``recordings``, ``seed``, ``state``.

        Raises ValueError for what cannot be read.
        """
        self._tell("PUT", f"/tests/{self.test}", wanted)

    def freeze(self, name: str, mode: str = "auto") -> None:
        """Replay answers from the folder ``name`` of the lock folder, and record what is missing.

        ``mode`` is ``replay`` where nothing may be recorded, ``record`` where all is made anew.
        """
        self.configure(mode=mode, recordings=name)

    def requests(
        self, path: str | None = None, method: str | None = None, status: int | None = None
    ) -> list[Recorded]:
        """The requests of this test that the journal still has, in the order of their coming."""
        given = {"path": path, "method": method, "status": status}
        asked = {name: value for name, value in given.items() if value is not None}
        listed = self._tell("GET", "/requests", params={"test": self.test, "limit": 1000, **asked})
        return [self._recorded(one["id"]) for one in reversed(listed)]

    def assert_called(
        self,
        path: str,
        *,
        method: str | None = None,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        json: Any = _UNSET,
        query: Mapping[str, Any] | None = None,
        status: int | None = None,
    ) -> None:
        """Raises AssertionError unless such a request came, once or as often as is said.

        ``json`` is what its body holds: objects may have more members.
        """
        given = {
            "path": path,
            "method": method,
            "times": times,
            "at_least": at_least,
            "at_most": at_most,
            "query": query,
            "status": status,
        }
        expected = {name: value for name, value in given.items() if value is not None}
        if json is not _UNSET:
            expected["json"] = json
        self.assert_requests([expected])

    def assert_not_called(self, path: str, *, method: str | None = None) -> None:
        """Raises AssertionError where such a request came."""
        self.assert_called(path, method=method, times=0)

    def assert_requests(
        self, expected: Sequence[Mapping[str, Any]], *, ordered: bool = False
    ) -> None:
        """Raises AssertionError unless all that is expected came, in that order where asked."""
        __tracebackhide__ = True
        wanted = {"test": self.test, "expect": list(expected), "ordered": ordered}
        response = self._admin.post("/requests/verify", json=wanted)
        if response.status_code == httpx.codes.CONFLICT:
            raise AssertionError("\n".join([*response.json()["mismatches"], self.journal()]))
        _read(response)

    def journal(self) -> str:
        """The requests of this test, for people: a line each."""
        listed = self._tell("GET", "/requests", params={"test": self.test, "limit": _LISTED})
        if not listed:
            return f"no request came to test {self.test}"
        lines = [_line(one) for one in reversed(listed)]
        return "\n".join([f"requests of test {self.test}:", *lines])

    def reset(self) -> None:
        """As if nothing had happened: no state, no scripts, no rules, an empty journal."""
        self._tell("DELETE", f"/tests/{self.test}")
        self._routes = []

    def close(self) -> None:
        """End the test on the gateway, and the connections to it."""
        with contextlib.suppress(httpx.HTTPError):  # one that is gone has forgotten the test
            self._admin.delete(f"/tests/{self.test}")
        self.client.close()
        self._admin.close()

    def _recorded(self, request_id: str) -> Recorded:
        told = self._tell("GET", f"/requests/{request_id}")
        return Recorded(
            id=told["id"],
            method=told["method"],
            path=told["path"],
            query=told["query"],
            status=told["status"],
            fault=told["fault"],
            backend=told["backend"],
            body=told["request"]["body"],
            headers=told["request"]["headers"],
        )

    def _tell(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        content = None if body is None else json.dumps(body).encode()
        kind = {"content-type": "application/json"}
        return _read(self._admin.request(method, path, content=content, headers=kind, **options))


def _read(response: httpx.Response) -> Any:
    """The answer; raises ValueError with what a problem says."""
    if response.is_error:
        problem = response.json() if "json" in response.headers.get("content-type", "") else {}
        raise ValueError(problem.get("detail") or f"the gateway answered {response.status_code}")
    return response.json()


def _line(one: Mapping[str, Any]) -> str:
    query = f"?{one['query']}" if one["query"] else ""
    notes = [one[name] for name in ("cache", "backend", "fault", "error") if one[name]]
    took = f"{one['latency'] * 1000:.0f} ms"
    told = ", ".join([took, *notes])
    return f"  {one['method']} {one['path']}{query} -> {one['status']} ({told})"


def test_id(name: str) -> str:
    """A test id made of a test's name, and one that no other run has."""
    plain = _UNFIT.sub("-", name).strip("-._:~")[-_ID_CHARS:].strip("-._:~")
    return f"{plain or 'test'}-{uuid.uuid4().hex[:8]}"


test_id.__test__ = False  # type: ignore[attr-defined]  # pytest takes what is called so for a test


@contextlib.contextmanager
def running(settings: Settings | None = None, config: Path | None = None) -> Iterator[str]:
    """A gateway in a thread of this process, on a free port of 127.0.0.1; gives its URL.

    Without ``settings`` and ``config`` it has the defaults: the embedded generator, no files.
    Raises ConfigError, and RuntimeError where it does not start.
    """
    from mockwright.app import create_app
    from mockwright.config import load_settings
    from mockwright.testing.serve import serve_app
    from mockwright.web.protocol import Protocol

    if settings is None:
        settings = _defaults() if config is None else load_settings(config, os.environ)
    quiet()
    with serve_app(create_app(settings), lifespan="on", http=Protocol) as url:
        yield url


def quiet() -> None:
    """Let the gateway log faults alone, unless the process has its own ideas of logging."""
    import structlog

    if not structlog.is_configured():
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def _defaults() -> Settings:
    from mockwright.settings import Settings

    return Settings()
