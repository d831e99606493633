"""The shop's API, called with patience: what may be tried again is, and no answer is believed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx

_TRIES: Final = 4
_AGAIN: Final = frozenset({429, 502, 503, 504})
_LONGEST: Final = 5.0
"""Seconds that are waited before another try, whatever the API says."""
T = TypeVar("T")


class UnavailableError(Exception):
    """The API gave no answer that can be used."""


@dataclass(frozen=True)
class Product:
    """Something that can be bought; prices are in cents."""

    id: int
    name: str
    price: int


@dataclass(frozen=True)
class Order:
    """Something that was bought."""

    number: str


class Backend:
    """The API, by a client whose ``base_url`` is set; ``sleep`` waits some seconds."""

    def __init__(self, client: httpx.Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def products(self) -> list[Product]:
        """The catalogue. Raises UnavailableError."""
        return self._call(lambda told: [_product(one) for one in told], "GET", "/products")

    def product(self, product_id: int) -> Product:
        """One product. Raises UnavailableError."""
        return self._call(_product, "GET", f"/products/{product_id}")

    def order(self, lines: list[dict[str, int]], email: str, key: str) -> Order:
        """Place an order; ``key`` lets it be tried again without being placed twice.

        Raises UnavailableError.
        """
        body = {"lines": lines, "email": email}
        return self._call(_order, "POST", "/orders", body, {"Idempotency-Key": key})

    def _call(
        self,
        read: Callable[[Any], T],
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> T:
        fault = "no try"
        for attempt in range(_TRIES):
            wait = 0.05 * 2**attempt
            try:
                response = self._client.request(method, path, json=body, headers=headers)
                if response.status_code not in _AGAIN:
                    response.raise_for_status()
                    return read(response.json())
                fault = f"status {response.status_code}"
                wait = float(response.headers.get("retry-after", wait))
            except httpx.HTTPStatusError as error:
                raise UnavailableError(str(error)) from error
            except (httpx.TransportError, LookupError, TypeError, ValueError) as error:
                # Broken off, no JSON, or JSON of another form.
                fault = repr(error)
            if attempt < _TRIES - 1:
                self._sleep(min(wait, _LONGEST))
        raise UnavailableError(fault)


def _product(told: Any) -> Product:
    return Product(int(told["id"]), str(told["name"]), round(told["price"] * 100))


def _order(told: Any) -> Order:
    return Order(str(told["orderNumber"]))
