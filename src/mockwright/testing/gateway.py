"""A gateway as one test sees it: over HTTP, whether it runs in this process or far away."""

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

# What a test id may not hold: `test_shop[größe 5]` has brackets, a space and an umlaut.
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9._:~-]+")
# A whole test id; the gateway has the same rule.
_TEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,199}")
_ID_FORM: Final = "up to 200 letters, digits and . _ : ~ -, a letter or digit first"
"""What a test id is, for error messages."""
_ID_CHARS: Final = 150
"""Characters of a test's name in its id; the end of a name tells more than its beginning."""
_LISTED: Final = 20
"""Requests that a failed assertion shows."""
_UNSET: Final = object()
"""Stands for no JSON, where None would mean null."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request that came to the gateway, as its journal has it."""

    id: str
    method: str
    path: str
    """The path below ``/api/mock``, or the whole path on a chat surface."""
    query: str
    """The query string as it was sent."""
    status: int | None
    """The status of the answer; None while there is none."""
    fault: str
    """The name of the fault that a fault script applied; empty for none."""
    backend: str
    """The name of the backend that answered."""
    body: str
    """The body as text, cut at the gateway's ``journal.max_body_bytes``."""
    headers: Mapping[str, str]
    """Header fields whose values the journal shows; others may hold secrets."""

    @property
    def json(self) -> Any:
        """The body as JSON; raises ValueError where it is not JSON."""
        return json.loads(self.body)


class Mockwright:
    """One test's view of a gateway: what it does there no other test sees.

    - ``base_url`` is the URL of the gateway, without a path.
    - ``test`` is the id of the test, by default a new one.
    - ``wanted`` is what ``configure`` takes; it also applies after a ``reset``.
    - ``token`` is the admin token of the gateway, if it has one.

    Use it as a context manager, or call ``close``: that ends the test on the gateway.

    ```python
    with running() as url, Mockwright(url) as mockwright:
        mockwright.shape("/users/*", {"id": 0, "name": "string"}, seed=42)
        assert mockwright.client.get("/users/7").json()["id"] == 7
        mockwright.assert_called("/users/7", times=1)
    ```

    Methods raise ValueError for whatever the gateway cannot read, and ConnectionError where it
    cannot be reached.
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
        """The id of the test."""
        if not _TEST_ID.fullmatch(self.test):
            raise ValueError(f"got the test id {test[:100]!r}, expected {_ID_FORM}")
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
        """The URL of the mock surface with the test id in it, for clients that cannot set header
        fields.

        ``mockwright.url + "/users/1"`` is a request of this test.
        """
        return f"{self.base_url}/api/mock/@{self.test}"

    @property
    def openai_url(self) -> str:
        """The base URL for an OpenAI SDK, which takes ``headers`` as its default headers."""
        return f"{self.base_url}/v1"

    @property
    def headers(self) -> dict[str, str]:
        """The header field that makes a request part of this test."""
        return {"X-Test-Id": self.test}

    @cached_property
    def client(self) -> httpx.Client:
        """An httpx client for the mock surface: ``client.get("/users/1")``.

        It sends the test id, and is closed with the test.
        """
        import httpx

        return httpx.Client(**self._options())

    def async_client(self) -> httpx.AsyncClient:
        """Return an asynchronous httpx client like ``client``; the caller closes it."""
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
        """Answer ``path`` in ``shape``, an example or a JSON Schema.

        ``seed`` gives the same answer each time; ``options`` are those of ``route``.

        ```python
        mockwright.shape("/products/*", {"id": 0, "price": "number 1..500"}, seed=42)
        ```
        """
        self.route(path, shape=shape, seed=seed, **options)

    def route(
        self,
        path: str,
        *,
        method: str | Sequence[str] | None = None,
        json: Any = _UNSET,
        **options: Any,
    ) -> None:
        """Add a path rule for this test only; of several that match a request the latest counts.

        ``path`` may have ``*`` (one part), ``**`` (any number of parts) and ``{name}``; ``method``
        is one method or several, by default all. ``json`` is a fixed answer. ``options`` are those
        of a route in the configuration: ``shape``, ``seed``, ``status``, ``delay``, ``backend``,
        ``cache``, ``count``, ``state`` ...

        ```python
        mockwright.route("/orders", method="POST", json={"orderNumber": "ORD-1"}, status=201)
        mockwright.route("/search", delay=2.5)
        ```
        """
        rule: dict[str, Any] = {"path": path}
        if method is not None:
            rule["method"] = [method] if isinstance(method, str) else list(method)
        # A JSON Schema with `const` allows that one value.
        if json is not _UNSET:
            rule["shape"] = {"const": json}
        rule |= {name: value for name, value in options.items() if value is not None}
        # The gateway takes the first rule that matches, so the latest goes to the front.
        routes = [rule, *self._routes]
        self._admin.tell("PUT", f"/tests/{self.test}/routes", routes)
        self._routes = routes

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Set the fault script of this test, in place of the one before; an empty list removes it.

        ```python
        mockwright.faults([{"match": {"path": "/orders"}, "sequence": [{"status": 503}]}])
        ```
        """
        self._admin.tell("PUT", f"/tests/{self.test}/faults", list(rules))

    def configure(self, **wanted: Any) -> None:
        """Set what applies to all requests of this test: any of ``mode``, ``recordings``, ``seed``,
        ``state``, ``routes`` and ``faults``.

        What is not given stays as it is.

        ```python
        mockwright.configure(state=True, seed=7)
        ```
        """
        self._admin.tell("PUT", f"/tests/{self.test}", wanted)
        if "routes" in wanted:
            self._routes = list(wanted["routes"])

    def freeze(self, name: str, mode: str | None = None) -> None:
        """Replay answers from the folder ``name`` of the lock folder.

        Missing answers are recorded (``auto``), unless ``mode`` or else the mode of the whole test
        says otherwise: ``replay`` refuses them, ``record`` makes all answers anew.
        """
        self.configure(mode=mode or self._wanted.get("mode", "auto"), recordings=name)

    def requests(
        self, path: str | None = None, method: str | None = None, status: int | None = None
    ) -> list[Recorded]:
        """Return the requests of this test that the journal still has, in the order in which they
        came.

        ``path`` is the beginning of a path, or a pattern if it has a ``*`` or a ``{name}``. At most
        the latest 1000 are returned.
        """
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
        """Raise AssertionError unless such a request came: once or more, or as often as is said.

        ``path`` is a path or a pattern. ``times`` is an exact number, ``at_least`` and ``at_most``
        are bounds. ``json`` is what the body contains: objects may have more members. In ``query``
        a list is all values of a parameter in order, and None says that there is none.

        ```python
        mockwright.assert_called("/orders", method="POST", json={"total": 5}, times=2)
        ```
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
        """Raise AssertionError if such a request came."""
        __tracebackhide__ = True
        self.assert_called(path, method=method, times=0)

    def assert_requests(
        self, expected: Sequence[Mapping[str, Any]], *, ordered: bool = False
    ) -> None:
        """Raise AssertionError unless everything that is expected came, and if ``ordered`` in that
        order.

        Each expectation has the keyword arguments of ``assert_called`` as members.

        ```python
        mockwright.assert_requests(
            [{"path": "/login", "method": "POST"}, {"path": "/orders"}], ordered=True
        )
        ```
        """
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
        """Return the latest requests of this test for people: one line each."""
        listed = self._listed(_LISTED)
        if not listed:
            return f"no request came to test {self.test}"
        return "\n".join([f"requests of test {self.test}:", *map(_line, listed)])

    def reset(self) -> None:
        """Begin the test anew: no state, faults or rules, an empty journal, and what was
        ``wanted``."""
        self._admin.tell("DELETE", f"/tests/{self.test}")
        self._begin()

    def close(self) -> None:
        """End the test on the gateway, and close ``client``; a gateway that is gone is no
        error."""
        if "client" in self.__dict__:  # only if it was ever used
            self.client.close()
        with contextlib.suppress(ConnectionError):  # one that is gone has forgotten the test
            self._admin.tell("DELETE", f"/tests/{self.test}")

    def _listed(self, limit: int, **asked: Any) -> list[Any]:
        """Return summaries of the journal, in the order in which the requests came."""
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
    """Return a test id made of a test's name, and different in each run."""
    plain = _NOT_IN_ID.sub("-", name).strip("-._:~")[-_ID_CHARS:].strip("-._:~")
    return f"{plain or 'test'}-{uuid.uuid4().hex[:8]}"


test_id.__test__ = False  # type: ignore[attr-defined]  # by its name pytest takes it for a test
