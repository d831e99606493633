"""The shop's API, called with patience: what may be tried again is, and no answer is believed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

_TRIES: Final = 4
_AGAIN: Final = frozenset({429, 502, 503, 504})
_LONGEST: Final = 5.0
"""Seconds that are waited before another try, whatever the API says."""


class UnavailableError(Exception):
    """The API gave no answer that can be used."""


@dataclass(frozen=True)
class Product:
    """Something that can be bought; prices are in cents."""

    id: int
    name: str
    price: int


class Backend:
    """The API, by a client whose ``base_url`` is set; ``sleep`` waits some seconds."""

    def __init__(self, client: httpx.Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def products(self) -> list[Product]:
        """The catalogue. Raises UnavailableError."""
        return [_product(one) for one in self._call("GET", "/products")]

    def product(self, product_id: int) -> Product:
        """One product. Raises UnavailableError."""
        return _product(self._call("GET", f"/products/{product_id}"))

    def order(self, lines: list[dict[str, int]], email: str, key: str) -> dict[str, Any]:
        """Place an order; ``key`` lets it be tried again without being placed twice."""
        body = {"lines": lines, "email": email}
        order: dict[str, Any] = self._call("POST", "/orders", body, {"Idempotency-Key": key})
        return order

    def _call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        fault = "no try"
        for attempt in range(_TRIES):
            wait = 0.05 * 2**attempt
            try:
                response = self._client.request(method, path, json=body, headers=headers)
                if response.status_code not in _AGAIN:
                    response.raise_for_status()
                    return response.json()
                fault = f"status {response.status_code}"
                wait = float(response.headers.get("retry-after", wait))
            except httpx.HTTPStatusError as error:
                raise UnavailableError(str(error)) from error
            except (httpx.TransportError, ValueError) as error:  # broken off, or no JSON
                fault = repr(error)
            if attempt < _TRIES - 1:
                self._sleep(min(wait, _LONGEST))
        raise UnavailableError(fault)


def _product(told: dict[str, Any]) -> Product:
    return Product(told["id"], told["name"], round(told["price"] * 100))
