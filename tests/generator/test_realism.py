from __future__ import annotations

from typing import Any

import pytest
from bench.realism import LAWS_PAGE, PAGE, render, render_laws
from hypothesis import given
from hypothesis import strategies as st

from mockwright.generator import Hints, generate
from mockwright.generator.context import latin
from mockwright.generator.field_kinds import kind_of, names
from mockwright.generator.geography import cities, find_cities
from mockwright.generator.interfaces import Leaf, ObjectScope
from mockwright.generator.locales import LOCALES, resolve_locale
from mockwright.generator.providers import PROVIDERS
from mockwright.generator.providers.codes import check_digit
from mockwright.generator.realism import Realism
from mockwright.rng import Rng

seeds = st.integers(0, 2**32)


def draw(name: str, seed: int = 1, kind: Any = "string", locale: str = "en") -> Any:
    scope = ObjectScope(Rng(seed), Hints(locale=locale), name="user")
    return Realism().leaf(Leaf(name, (name,), kind, {}), scope)


def test_every_kind_has_a_maker() -> None:
    assert set(names().values()) <= set(PROVIDERS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("FIRST_NAME", "first_name"),
        ("Straße", "street"),
        ("precio", "price"),
        ("code-postal", "postcode"),
        ("createdAt", "timeline"),
        ("shippingAddressLine1", "street"),
        ("xyzzy", None),
    ],
)
def test_names_mean_kinds_in_any_spelling(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


@given(seeds)
def test_numbers_and_codes_look_right(seed: int) -> None:
    assert 18 <= draw("age", seed, "integer") <= 90
    price = draw("price", seed, "number")
    assert price == round(price, 2) > 0
    card = draw("cardNumber", seed)
    assert check_digit(card[:-1]) == int(card[-1])
    iban = draw("iban", seed)
    assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1


@given(seeds)
def test_an_email_comes_from_the_name_that_was_given(seed: int) -> None:
    schema = {
        "type": "object",
        "required": ["firstName", "email"],
        "properties": {"firstName": {"const": "Zelda"}, "email": {"type": "string"}},
    }
    value = generate(schema, seed=seed, hints=Hints(given={"firstName": "Zelda"}))
    assert value["email"].startswith("zelda")
    assert value["email"].partition("@")[2] in ("example.com", "example.org", "example.net")


@given(seeds, st.sampled_from(["en", "de", "fr", "ja", "pt-br"]))
def test_the_parts_of_an_address_belong_together(seed: int, locale: str) -> None:
    scope = ObjectScope(Rng(seed), Hints(locale=locale), name="address")
    city, country, currency = (
        Realism().leaf(Leaf(n, (n,), "string", {}), scope)
        for n in ("city", "countryCode", "currency")
    )
    assert any(
        p.country.code == country and p.country.currency == currency
        for p in find_cities("city", str(city))
    )


def test_the_table_of_places_is_wide() -> None:
    assert len(cities()) >= 100
    assert len({p.country.code for p in cities()}) >= 25


@pytest.mark.parametrize("locale", LOCALES)
def test_every_locale_has_people_and_streets(locale: str) -> None:
    assert draw("firstName", 5, locale=locale)
    assert draw("street", 5, locale=locale)
    assert latin(draw("email", 5, locale=locale).split("@")[0])


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("de-DE,de;q=0.9", "de"),
        ("pt_BR.UTF-8", "pt-br"),
        ("zh-Hans-CN", "zh"),
        ("tlh", "en"),
        (None, "en"),
        ("xx,fr;q=0.5,en;q=0.2", "fr"),
        ("de;q=x", "en"),
    ],
)
def test_accept_language_finds_the_nearest_locale(text: str | None, locale: str) -> None:
    assert resolve_locale(text) == locale


def test_overrides_win_and_unknown_kinds_are_refused() -> None:
    scope = ObjectScope(Rng(1), Hints(), name="x")
    assert "@" in str(Realism({"blob": "email"}).leaf(Leaf("blob", (), "string", {}), scope))
    with pytest.raises(ValueError, match="no kind 'emial'; did you mean 'email'"):
        Realism({"blob": "emial"})


def test_the_page_of_answers_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render()


def test_the_page_of_laws_is_up_to_date() -> None:
    assert LAWS_PAGE.read_text(encoding="utf-8") == render_laws()
