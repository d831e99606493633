"""Which locale a caller means, and the names that people and streets have there.

The lists are part of what a seed means: a name more or less moves all that are drawn, and takes
another version of the generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mockwright.generator.tables import local, people, rows

_LANGUAGES: Final = {
    "ar": "EG",
    "az": "AZ",
    "cs": "CZ",
    "da": "DK",
    "de": "DE",
    "el": "GR",
    "en": "US",
    "es": "ES",
    "et": "EE",
    "fa": "IR",
    "fi": "FI",
    "fr": "FR",
    "hr": "HR",
    "hu": "HU",
    "is": "IS",
    "it": "IT",
    "ja": "JP",
    "kk": "KZ",
    "ko": "KR",
    "nl": "NL",
    "no": "NO",
    "pl": "PL",
    "pt": "PT",
    "ru": "RU",
    "sk": "SK",
    "sv": "SE",
    "tr": "TR",
    "uk": "UA",
    "zh": "CN",
}
"""The country that a language is taken to be at home in, where no region is named."""
_REGIONS: Final = [
    "ar-ae",
    "ar-dz",
    "ar-eg",
    "ar-jo",
    "ar-kw",
    "ar-ma",
    "ar-om",
    "ar-qa",
    "ar-sa",
    "ar-sy",
    "ar-tn",
    "ar-ye",
    "de-at",
    "de-ch",
    "en-au",
    "en-ca",
    "en-gb",
    "es-mx",
    "nl-be",
    "pt-br",
]
LOCALES: Final = tuple(sorted([*_LANGUAGES, *_REGIONS]))
"""Locales that have names of their own, in lower case: ``de``, ``pt-br``."""
_SPELLINGS: Final = {"nb": "no", "nn": "no", "iw": "he", "cn": "zh", "jp": "ja", "gr": "el"}
"""Other codes of a language; ISO 639-1 has it as in the values."""
_NEAR: Final = {"en-nz": "en-au", "en-ie": "en-gb", "fr-ca": "fr", "es-ar": "es-mx"}
"""The locale that stands in for one without names of its own."""


@lru_cache(maxsize=512)
def resolve_locale(text: str | None) -> str:
    """Return the nearest known locale, ``en`` where none is known.

    ``text`` is a locale or an ``Accept-Language`` (RFC 9110, 12.5.4): ``de-DE,de;q=0.9`` gives
    ``de``, ``pt_BR.UTF-8`` gives ``pt-br``.
    """
    for tag in _by_quality((text or "")[:500]):
        tag = _NEAR.get(tag, tag)
        language = tag.split("-")[0]
        language = _SPELLINGS.get(language, language)
        for candidate in (tag, language):
            if candidate in LOCALES:
                return candidate
    return "en"


def country_of(locale: str) -> str:
    """Return the ISO 3166-1 code of the country that a resolved locale is at home in."""
    language, _, region = locale.partition("-")
    return region.upper() if region else _LANGUAGES.get(language, "US")


def _by_quality(text: str) -> list[str]:
    weighted: list[tuple[float, int, str]] = []
    for position, part in enumerate(text.split(",")[:20]):
        tag, _, parameters = part.strip().partition(";")
        tag = tag.split(".")[0].split("@")[0].strip().replace("_", "-").lower()
        pieces = tag.split("-")
        if len(pieces) > 2:  # a script between: zh-Hans-CN
            tag = f"{pieces[0]}-{pieces[-1]}"
        weighted.append((-_quality(parameters), position, tag))
    return [tag for quality, _, tag in sorted(weighted) if quality < 0]


def _quality(parameters: str) -> float:
    text = parameters.strip().removeprefix("q=")
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


@dataclass(frozen=True, slots=True)
class PersonNames:
    """What people are called in one locale."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    surnames_female: tuple[str, ...]
    surnames_male: tuple[str, ...]
    streets: tuple[str, ...]
    """Street names without a house number."""
    family_first: bool = False
    """Whether the surname comes before the given name."""

    @property
    def pairs(self) -> int:
        """How many different people these names make."""
        women = len(self.female) * len(self.surnames_female)
        return women + len(self.male) * len(self.surnames_male)


@lru_cache(maxsize=64)
def names_of(locale: str) -> PersonNames:
    """Return the names of a resolved locale, which are read from disk once."""
    if locale.partition("-")[0] == "en":
        english = rows("people")
        surnames = english["surname"]
        return PersonNames(
            english["female"], english["male"], surnames, surnames, english["street"]
        )
    own = local(locale)
    if "surnames" in own:
        surnames = _written(own["surnames"])
        return PersonNames(_written(own["female"]), _written(own["male"]), surnames, surnames,
                     own["streets"], family_first=True)  # fmt: skip
    found = people(locale)
    return PersonNames(
        found["female"],
        found["male"],
        found["female surnames"],
        found["male surnames"],
        own.get("streets") or found["streets"],
        locale in ("ja", "ko", "zh", "hu"),
    )


def _written(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line.split()[0] for line in lines)


@lru_cache(maxsize=1)
def romanised() -> dict[str, str]:
    """Return the Japanese names, each with how it is said in Latin letters."""
    own = local("ja")
    lines = [line for key in ("female", "male", "surnames") for line in own[key]]
    return {line.split()[0]: line.split()[1] for line in lines}
