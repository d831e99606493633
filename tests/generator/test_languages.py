"""Answers in the language of the caller: texts, jobs, companies, streets, countries."""

from __future__ import annotations

from typing import Any

import pytest

from mockwright.generator import Hints, generate
from mockwright.generator.locales import romanised
from mockwright.generator.tables import local, local_records, records
from mockwright.shapes.parse import parse_shape
from mockwright.shapes.rest.infer import infer_shape

LANGUAGES = ["de", "es", "fr", "it", "ja", "pt"]
COUNTRIES = {"de": "Deutschland", "es": "España", "fr": "France", "it": "Italia", "ja": "日本",
             "pt-BR": "Brasil", "nl": "Nederland", "en": "United States"}  # fmt: skip


def answer(path: str, locale: str, seed: int = 5) -> Any:
    hints = Hints(path=path, locale=locale)
    return generate(infer_shape("GET", path).schema, seed=seed, hints=hints)


def filled(shape: Any, locale: str, seed: int = 5) -> Any:
    return generate(parse_shape(shape).schema, seed=seed, hints=Hints(locale=locale))


@pytest.mark.parametrize(("locale", "name"), COUNTRIES.items())
def test_a_country_is_called_as_it_is_there(locale: str, name: str) -> None:
    assert answer("/users/1", locale)["address"]["country"] == name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_whole_rows(language: str) -> None:
    for table in ("jobs", "catalogue", "tickets", "reviews", "articles"):
        width = len(records(table)[0])
        assert {len(row) for row in local_records(table, language)} == {width}, table
    assert {len(row) for row in local_records("companies", language)} == {2}


@pytest.mark.parametrize("language", LANGUAGES)
def test_jobs_companies_and_texts_come_from_the_language(language: str) -> None:
    firms = {row[1] for row in local_records("companies", language)}
    titles = {form for row in local_records("jobs", language) for form in row[1].split(" / ")}
    subjects = {row[1] for row in local_records("tickets", language)}
    assert answer("/companies/1", language)["name"] in firms
    assert answer("/employees/1", language)["jobTitle"] in titles
    assert answer("/tickets/1", language)["subject"] in subjects


@pytest.mark.parametrize("seed", range(8))
def test_a_german_job_title_has_the_gender_of_the_person(seed: int) -> None:
    person = filled({"gender": "string", "jobTitle": "string"}, "de", seed)
    assert person["jobTitle"].endswith("in") == (person["gender"] == "female")


def test_a_region_shares_its_language() -> None:
    assert local("de-at") == local("de") != {}
    assert local("en-gb") == {}


def test_japanese_names_are_spelled_in_addresses() -> None:
    user = answer("/users/1", "ja")
    spelled = f"{romanised()[user['firstName']]}.{romanised()[user['lastName']]}"
    assert user["email"].startswith(f"{spelled}@")


def test_yen_have_no_cents() -> None:
    product = answer("/products/1", "ja")
    assert product["price"] == int(product["price"]) >= 300
    assert product["msrp"] == int(product["msrp"])


@pytest.mark.parametrize(
    ("shape", "locale", "first", "last"),
    [
        ({"nombre": "string", "apellido": "string"}, "es", "nombre", "apellido"),
        ({"prenom": "string", "nom": "string"}, "fr", "prenom", "nom"),
        ({"nome": "string", "cognome": "string"}, "it", "nome", "cognome"),
    ],
)  # fmt: skip
def test_first_and_last_names_are_told_apart_in_other_languages(
    shape: dict[str, str], locale: str, first: str, last: str
) -> None:
    person = filled({**shape, "email": "email"}, locale)
    assert " " not in person[first] or " " not in person[last]
    assert person[first] != person[last]


def test_dates_of_other_languages_are_dates() -> None:
    order = filled(
        {"lieferdatum": "string", "fecha_creacion": "string", "criadoEm": "string"}, "de"
    )
    assert len(order["lieferdatum"]) == len(order["fecha_creacion"]) == 10
    assert order["criadoEm"].endswith("Z")


def test_numbers_of_an_order_and_of_its_customer_differ() -> None:
    order = filled({"bestellnummer": "string", "kundennummer": "string"}, "de")
    assert order["bestellnummer"] != order["kundennummer"]


def test_the_results_of_a_search_are_pages_with_addresses_of_their_own() -> None:
    results = answer("/search", "en")["results"]
    assert len({result["url"] for result in results}) == len(results)
    assert len({result["description"] for result in results}) == len(results)


def test_a_list_of_words_says_each_once() -> None:
    lists = filled({"sizes": ["string"], "cities": ["string"], "currencies": ["string"]}, "en")
    assert all(len(set(words)) == len(words) for words in lists.values())
