"""The admin API of a gateway, called without the libraries that test suites replace.

A suite that mocks httpx, requests or aiohttp for the code under test must not mock what it asks the
gateway meanwhile. Nor may a proxy of the environment stand between a test and its own gateway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

TIMEOUT: Final = 30.0
"""Seconds for one request to the gateway."""
_NOTHING: Final = object()


class RefusedError(ValueError):
    """The gateway refused a request of the test; the message is its own."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail") or f"the gateway answered {status}")
        self.status = status
        """The HTTP status."""
        self.problem = problem
        """The problem document (RFC 9457); empty where the answer was none."""


class Admin:
    """``/api/admin`` of the gateway at ``base_url``; ``token`` is its admin token, if it has one.

    Each call makes a connection of its own: threads may share the object, and nothing is left open.
    """

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._url = urlsplit(base_url)
        self._fields = {"Content-Type": "application/json"}
        if token:
            self._fields["Authorization"] = f"Bearer {token}"

    def tell(
        self,
        method: str,
        path: str,
        body: Any = _NOTHING,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """Send a request to ``path`` below ``/api/admin`` and return the JSON of the answer.

        Raises RefusedError for an error status, and ConnectionError where the gateway cannot be
        reached.
        """
        target = f"{self._url.path}/api/admin{path}"
        if query:
            target += f"?{urlencode(query)}"
        content = None if body is _NOTHING else json.dumps(body).encode()
        status, kind, answer = self._ask(method, target, content)
        if status >= 400:
            raise RefusedError(status, json.loads(answer) if "json" in kind else {})
        return json.loads(answer)

    def is_alive(self) -> bool:
        """Whether the gateway answers; raises ConnectionError where nothing listens."""
        return self._ask("GET", f"{self._url.path}/healthz", None)[0] == 200

    def _ask(self, method: str, target: str, content: bytes | None) -> tuple[int, str, bytes]:
        connection = self._connect()
        try:
            connection.request(method, target, content, self._fields)
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type", ""), response.read()
        except (OSError, HTTPException) as error:
            raise ConnectionError(
                f"no gateway answers at {self._url.hostname}:{self._url.port}: {error!r}"
            ) from error
        finally:
            connection.close()

    def _connect(self) -> HTTPConnection:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=TIMEOUT)
