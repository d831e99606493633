from __future__ import annotations

import re

import httpx
import pytest

from mockwright.testing import Mockwright


def money(page: str) -> list[int]:
    return [
        int(dollars) * 100 + int(cents) for dollars, cents in re.findall(r"\$(\d+)\.(\d\d)", page)
    ]


def products(shop: httpx.Client) -> list[str]:
    return re.findall(r'href="/products/(\d+)"', shop.get("/").text)


def test_the_catalogue_has_products_with_prices(shop: httpx.Client) -> None:
    page = shop.get("/")
    assert page.status_code == 200
    assert page.text.count("<li>") == 6
    assert all(100 <= price <= 50_000 for price in money(page.text))


def test_a_product_has_a_page(shop: httpx.Client) -> None:
    page = shop.get("/products/7")
    assert page.status_code == 200
    assert len(money(page.text)) == 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_cart_adds_up(shop: httpx.Client, count: int) -> None:
    for _ in range(count):
        shop.post("/cart/7")
    page = shop.get("/cart")
    line, total = money(page.text)
    (price,) = money(shop.get("/products/7").text)
    assert f"{count} x " in page.text
    assert line == total == price * count


def test_several_products_add_up(shop: httpx.Client) -> None:
    for product in (7, 8, 7):
        shop.post(f"/cart/{product}")
    *lines, total = money(shop.get("/cart").text)
    assert len(lines) == 2
    assert sum(lines) == total


def test_an_empty_cart_costs_nothing(shop: httpx.Client) -> None:
    assert money(shop.get("/cart").text) == [0]


def test_an_order_is_placed_with_what_is_in_the_cart(shop: httpx.Client, api: Mockwright) -> None:
    for product in (7, 7, 8):
        shop.post(f"/cart/{product}")
    page = shop.post("/checkout", content="email=ann@example.com")
    assert page.status_code == 200
    assert re.search(r'id="order">ORD-\d{4}<', page.text)
    lines = [{"productId": 7, "quantity": 2}, {"productId": 8, "quantity": 1}]
    api.assert_called(
        "/orders", method="POST", json={"lines": lines, "email": "ann@example.com"}, at_least=1
    )
    assert money(shop.get("/cart").text) == [0]


def test_an_order_that_fails_leaves_the_cart(shop: httpx.Client, api: Mockwright) -> None:
    shop.post("/cart/7")
    api.faults([{"match": {"path": "/orders"}, "sequence": [{"status": 503, "times": 9}]}])
    assert shop.post("/checkout", content="email=ann@example.com").status_code == 503
    assert "1 x " in shop.get("/cart").text
    api.assert_called("/orders", times=4)


@pytest.mark.parametrize(("email", "status"), [("", 400), ("nobody", 400), ("a@b.co", 409)])
def test_a_checkout_that_makes_no_sense_calls_nobody(
    shop: httpx.Client, api: Mockwright, email: str, status: int
) -> None:
    assert shop.post("/checkout", content=f"email={email}").status_code == status
    api.assert_not_called("/orders")


def test_each_order_has_a_key_of_its_own(shop: httpx.Client, api: Mockwright) -> None:
    for _ in range(2):
        for product in (7, 7, 8):
            shop.post(f"/cart/{product}")
        assert shop.post("/checkout", content="email=ann@example.com").status_code == 200
    keys = [call.headers["idempotency-key"] for call in api.requests("/orders")]
    assert len(set(keys)) == 2


def test_an_api_that_says_something_else_is_one_that_is_down(
    shop: httpx.Client, api: Mockwright
) -> None:
    api.route("/products", json={"error": "moved"})
    page = shop.get("/")
    assert page.status_code == 503
    assert "try again" in page.text


def test_an_api_that_is_down_is_told_to_the_customer(shop: httpx.Client, api: Mockwright) -> None:
    api.faults([{"sequence": [{"reset": True}], "repeat": True}])
    page = shop.get("/")
    assert page.status_code == 503
    assert "try again" in page.text
