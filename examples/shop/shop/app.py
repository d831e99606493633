"""The pages."""

from __future__ import annotations

import secrets
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from shop.backend import Backend, UnavailableError

COOKIE = "cart"
_MOST = 99


def build_shop(backend: Backend) -> Starlette:
    """The shop in front of ``backend``; carts are kept in memory."""
    carts: dict[str, dict[int, int]] = {}

    def cart_of(request: Request) -> dict[int, int]:
        return carts.get(request.cookies.get(COOKIE, ""), {})

    def catalogue(request: Request) -> Response:
        rows = "".join(
            f'<li><a href="/products/{one.id}">{escape(one.name)}</a> {_money(one.price)}</li>'
            for one in backend.products()
        )
        return _page("Catalogue", f"<ul>{rows}</ul>")

    def product(request: Request) -> Response:
        one = backend.product(request.path_params["id"])
        form = f'<form method="post" action="/cart/{one.id}"><button>Buy</button></form>'
        return _page(escape(one.name), f"<p>{_money(one.price)}</p>{form}")

    def add(request: Request) -> Response:
        key = request.cookies.get(COOKIE) or secrets.token_hex(8)
        lines = carts.setdefault(key, {})
        chosen = request.path_params["id"]
        lines[chosen] = min(lines.get(chosen, 0) + 1, _MOST)
        response = RedirectResponse("/cart", HTTPStatus.SEE_OTHER)
        response.set_cookie(COOKIE, key, httponly=True, samesite="lax")
        return response

    def cart(request: Request) -> Response:
        lines = cart_of(request)
        bought = [(backend.product(product_id), count) for product_id, count in lines.items()]
        rows = "".join(
            f"<li>{count} x {escape(one.name)} {_money(one.price * count)}</li>"
            for one, count in bought
        )
        total = sum(one.price * count for one, count in bought)
        return _page("Cart", f'<ul>{rows}</ul><p id="total">{_money(total)}</p>')

    async def checkout(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        fields = parse_qs((await request.body()).decode())
        email, lines = fields.get("email", [""])[0], cart_of(request)
        if "@" not in email:
            return _page("Checkout", "An e-mail address is needed.", HTTPStatus.BAD_REQUEST)
        if not lines:
            return _page("Checkout", "The cart is empty.", HTTPStatus.CONFLICT)
        told = [{"productId": one, "quantity": count} for one, count in lines.items()]
        key = request.cookies[COOKIE]
        order = await run_in_threadpool(backend.order, told, email, key)
        carts.pop(key, None)
        thanks = f'<p>Order <b id="order">{escape(order.number)}</b>, {escape(email)}</p>'
        response = _page("Thank you", thanks)
        response.delete_cookie(COOKIE)  # the next order is another one, with another key
        return response

    def unavailable(request: Request, error: Exception) -> Response:
        return _page("Sorry", "Please try again.", HTTPStatus.SERVICE_UNAVAILABLE)

    return Starlette(
        routes=[
            Route("/", catalogue),
            Route("/products/{id:int}", product),
            Route("/cart", cart),
            Route("/cart/{id:int}", add, methods=["POST"]),
            Route("/checkout", checkout, methods=["POST"]),
        ],
        exception_handlers={UnavailableError: unavailable},
    )


def _money(cents: int) -> str:
    return f"${cents // 100}.{cents % 100:02d}"


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(f"<!doctype html><title>{title}</title><h1>{title}</h1>{body}", status)
