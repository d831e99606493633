"""The names that people and streets have: a seed means positions in these lists."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple
from pathlib import Path

import pytest

from mockwright.generator import tables
from mockwright.generator.locales import LOCALES, names_of

DIGESTS: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / "cases" / "people.json").read_text("utf-8")
)
PEOPLE = Path(tables.__file__).parent / "people"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_locale_has_the_names_that_its_seeds_were_drawn_from(locale: str) -> None:
    listed = json.dumps(astuple(names_of(locale)), ensure_ascii=False).encode()
    assert hashlib.sha256(listed).hexdigest() == DIGESTS[locale], "takes a new GENERATOR_VERSION"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_list_of_a_locale_has_entries_and_no_name_twice(locale: str) -> None:
    names = names_of(locale)
    assert names.streets
    for people in (names.female + names.male, names.surnames_female, names.surnames_male):
        assert people
        assert len(set(people)) == len(people)
    assert all((*names.female, *names.male, *names.surnames_female, *names.surnames_male))


def test_every_table_of_people_is_of_a_locale_that_is_offered() -> None:
    elsewhere = {locale for locale in LOCALES if locale.partition("-")[0] in ("en", "ja")}
    assert {file.stem for file in PEOPLE.glob("*.txt")} == set(LOCALES) - elsewhere
    assert set(DIGESTS) == set(LOCALES)


def test_a_region_has_what_it_does_not_say_from_its_language() -> None:
    flemish, dutch = names_of("nl-be"), names_of("nl")
    assert flemish.female == dutch.female
    assert flemish.streets != dutch.streets


def test_an_entry_in_quotation_marks_is_kept_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quoted.txt").write_text('[a, b]\n"[c]"\n"d "\ne "f"\n', encoding="utf-8")
    monkeypatch.setattr(tables, "_HERE", tmp_path)
    assert tables.decks("quoted") == dict.fromkeys("ab", ("[c]", "d ", 'e "f"'))
