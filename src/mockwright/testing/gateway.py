"""A gateway, as one test sees it: over HTTP, whether it runs in this process or far away."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mockwright.testing.wire import TIMEOUT, Admin, RefusedError

if TYPE_CHECKING:
    import httpx

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._:~-]+")
_FIT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,199}")
_FIT_TOLD: Final = "up to 200 letters, digits and . _ : ~ -, a letter or digit first"
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

    ``base_url`` is the gateway's, without a path; ``test`` names the test, by default a new one;
    ``wanted`` is what ``configure`` takes, and holds after a ``reset`` as well; ``token`` is the
    gateway's admin token, where it has one. Use it as a context manager, or ``close`` it: that ends
    the test on the gateway. Raises ValueError for what cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        test: str = "",
        wanted: Mapping[str, Any] | None = None,
        token: str | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.test = test or f"test-{uuid.uuid4().hex[:12]}"
        if not _FIT.fullmatch(self.test):
            raise ValueError(f"got the test id {test[:100]!r}, expected {_FIT_TOLD}")
        self._admin = Admin(self.base_url, token)
        self._wanted = dict(wanted or {})
        self._routes: list[Any] = []
        self._begin()

    def _begin(self) -> None:
        self._routes = []
        if self._wanted:
            self.configure(**self._wanted)

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
        """The base URL for an OpenAI SDK; give it ``headers`` as its default headers."""
        return f"{self.base_url}/v1"

    @property
    def headers(self) -> dict[str, str]:
        """The header field that makes a request one of this test."""
        return {"X-Test-Id": self.test}

    @cached_property
    def client(self) -> httpx.Client:
        """A client for requests to the mock: ``client.get("/users/1")``."""
        import httpx

        return httpx.Client(**self._options())

    def async_client(self) -> httpx.AsyncClient:
        """Return a client as ``client`` for asynchronous code; the caller closes it."""
        import httpx

        return httpx.AsyncClient(**self._options())

    def _options(self) -> dict[str, Any]:
        return {
            "base_url": f"{self.base_url}/api/mock",
            "headers": self.headers,
            "timeout": TIMEOUT,
            # No proxy of the environment knows this machine's own addresses.
            "trust_env": not _is_local(self.base_url),
        }

    def shape(self, path: str, shape: Any, *, seed: int | None = None, **options: Any) -> None:
        """Answer ``path`` in ``shape``, an example or a JSON Schema, with a route's ``options``."""
        self.route(path, shape=shape, seed=seed, **options)

    def route(
        self,
        path: str,
        *,
        method: str | Sequence[str] | None = None,
        json: Any = _UNSET,
        **options: Any,
    ) -> None:
        """Lay down a path rule of this test alone: the latest that matches a request holds.

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
        self._admin.tell("PUT", f"/tests/{self.test}/routes", routes)
        self._routes = routes

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Lay down a fault script in place of the one before.

        Raises ValueError for what cannot be read.
        """
        self._admin.tell("PUT", f"/tests/{self.test}/faults", list(rules))

    def configure(self, **wanted: Any) -> None:
        """Say what holds for all requests of this test.

        ``mode``, ``recordings``, ``seed``, ``state``, ``routes``, ``faults``. Raises ValueError for
        what cannot be read.
        """
        self._admin.tell("PUT", f"/tests/{self.test}", wanted)
        if "routes" in wanted:
            self._routes = list(wanted["routes"])

    def freeze(self, name: str, mode: str | None = None) -> None:
        """Replay answers from the folder ``name`` of the lock folder.

        What is missing is recorded (``auto``), unless ``mode``, or else the mode that was wanted of
        the whole test, says otherwise: ``replay`` refuses it, ``record`` makes all anew.
        """
        self.configure(mode=mode or self._wanted.get("mode", "auto"), recordings=name)

    def requests(
        self, path: str | None = None, method: str | None = None, status: int | None = None
    ) -> list[Recorded]:
        """Return the requests of this test that the journal still has, in the order they came."""
        given = {"path": path, "method": method, "status": status}
        asked = {name: value for name, value in given.items() if value is not None}
        return [self._recorded(one["id"]) for one in self._listed(1000, **asked)]

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
        """Raise AssertionError unless such a request came, once or as often as is said.

        ``json`` is what its body holds: objects may have more members.
        """
        __tracebackhide__ = True
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
        """Raise AssertionError where such a request came."""
        __tracebackhide__ = True
        self.assert_called(path, method=method, times=0)

    def assert_requests(
        self, expected: Sequence[Mapping[str, Any]], *, ordered: bool = False
    ) -> None:
        """Raise AssertionError unless all that is expected came, in that order where asked."""
        __tracebackhide__ = True
        wanted = {"test": self.test, "expect": list(expected), "ordered": ordered}
        try:
            self._admin.tell("POST", "/requests/verify", wanted)
        except RefusedError as refused:
            if "mismatches" not in refused.problem:
                raise
            told = "\n".join([*refused.problem["mismatches"], self.journal()])
            raise AssertionError(told) from None

    def journal(self) -> str:
        """Return the requests of this test for people, a line each."""
        listed = self._listed(_LISTED)
        if not listed:
            return f"no request came to test {self.test}"
        return "\n".join([f"requests of test {self.test}:", *map(_line, listed)])

    def reset(self) -> None:
        """Begin anew: no state, no scripts, no rules but those wanted, an empty journal."""
        self._admin.tell("DELETE", f"/tests/{self.test}")
        self._begin()

    def close(self) -> None:
        """End the test on the gateway, and the connections to it."""
        if "client" in self.__dict__:  # somebody has asked for it
            self.client.close()
        with contextlib.suppress(ConnectionError):  # one that is gone has forgotten the test
            self._admin.tell("DELETE", f"/tests/{self.test}")

    def _listed(self, limit: int, **asked: Any) -> list[Any]:
        """Summaries of the journal, in the order of their coming."""
        query = {"test": self.test, "limit": limit, **asked}
        return list(reversed(self._admin.tell("GET", "/requests", query=query)))

    def _recorded(self, request_id: str) -> Recorded:
        told = self._admin.tell("GET", f"/requests/{request_id}")
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


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
