"""Tables of the real world, for "proportional to population" and "real-world ratios".

Populations of US states: 2020 census (Census Bureau, apportionment tables). US cities: 2020 census,
rounded to thousands. Countries: UN World Population Prospects 2022, rounded to millions. Firms by
sector: orders of magnitude of the Census Bureau's Statistics of US Businesses, rounded to ten
thousands; good for a mock, not for a study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mockwright.compute.spec.fields import ListField
from mockwright.shapes.rules.field_paths import words
from mockwright.types import Json

# Code, name and inhabitants.
_STATES: Final = """
CA California 39538223|TX Texas 29145505|FL Florida 21538187|NY New York 20201249
PA Pennsylvania 13002700|IL Illinois 12812508|OH Ohio 11799448|GA Georgia 10711908
NC North Carolina 10439388|MI Michigan 10077331|NJ New Jersey 9288994|VA Virginia 8631393
WA Washington 7705281|AZ Arizona 7151502|MA Massachusetts 7029917|TN Tennessee 6910840
IN Indiana 6785528|MD Maryland 6177224|MO Missouri 6154913|WI Wisconsin 5893718
CO Colorado 5773714|MN Minnesota 5706494|SC South Carolina 5118425|AL Alabama 5024279
LA Louisiana 4657757|KY Kentucky 4505836|OR Oregon 4237256|OK Oklahoma 3959353
CT Connecticut 3605944|UT Utah 3271616|IA Iowa 3190369|NV Nevada 3104614|AR Arkansas 3011524
MS Mississippi 2961279|KS Kansas 2937880|NM New Mexico 2117522|NE Nebraska 1961504
ID Idaho 1839106|WV West Virginia 1793716|HI Hawaii 1455271|NH New Hampshire 1377529
ME Maine 1362359|RI Rhode Island 1097379|MT Montana 1084225|DE Delaware 989948
SD South Dakota 886667|ND North Dakota 779094|AK Alaska 733391|DC District of Columbia 689545
VT Vermont 643077|WY Wyoming 576851
"""
# Name, state, and thousands of inhabitants.
_CITIES: Final = """
New York, NY 8804|Los Angeles, CA 3899|Chicago, IL 2746|Houston, TX 2305|Phoenix, AZ 1608
Philadelphia, PA 1604|San Antonio, TX 1435|San Diego, CA 1387|Dallas, TX 1304|San Jose, CA 1013
Austin, TX 962|Jacksonville, FL 950|Fort Worth, TX 919|Columbus, OH 906|Indianapolis, IN 888
Charlotte, NC 875|San Francisco, CA 874|Seattle, WA 737|Denver, CO 716|Washington, DC 690
Nashville, TN 689|Oklahoma City, OK 681|El Paso, TX 679|Boston, MA 676|Portland, OR 653
Las Vegas, NV 642|Detroit, MI 639|Memphis, TN 633|Louisville, KY 633|Baltimore, MD 586
"""
# ISO 3166-1 alpha-2 code, name, and millions of inhabitants.
_COUNTRIES: Final = """
IN India 1417|CN China 1412|US United States 333|ID Indonesia 276|PK Pakistan 236|NG Nigeria 219
BR Brazil 215|BD Bangladesh 171|RU Russia 145|MX Mexico 128|JP Japan 125|ET Ethiopia 123
PH Philippines 116|EG Egypt 111|VN Vietnam 98|IR Iran 89|TR Turkey 85|DE Germany 84|TH Thailand 72
GB United Kingdom 67|FR France 65|ZA South Africa 60|IT Italy 59|KE Kenya 54|CO Colombia 52
KR South Korea 52|ES Spain 47|AR Argentina 46|PL Poland 38|CA Canada 38|MA Morocco 37|PE Peru 34
MY Malaysia 34|AU Australia 26|NL Netherlands 18|CL Chile 20|BE Belgium 12|SE Sweden 11
PT Portugal 10|CH Switzerland 9|AT Austria 9|NO Norway 5|DK Denmark 6|FI Finland 6|IE Ireland 5
"""
# Sector and thousands of firms.
_INDUSTRIES: Final = """
Professional Services 840|Construction 750|Other Services 700|Healthcare 680|Retail 640
Hospitality 550|Administrative Services 360|Real Estate 350|Wholesale 280|Finance 240
Manufacturing 240|Transportation 210|Entertainment 140|Education 100|Technology 90
Agriculture 20|Mining 20|Energy 10
"""
# What fields call a sector, beside its name in the table.
_SECTORS: Final = {
    "tech": "Technology", "software": "Technology", "it": "Technology", "information": "Technology",
    "saas": "Technology", "health": "Healthcare", "medical": "Healthcare", "pharma": "Healthcare",
    "financial": "Finance", "banking": "Finance", "insurance": "Finance", "fintech": "Finance",
    "ecommerce": "Retail", "commerce": "Retail", "logistics": "Transportation",
    "consulting": "Professional Services", "professional": "Professional Services",
    "legal": "Professional Services", "restaurants": "Hospitality", "food": "Hospitality",
    "travel": "Hospitality", "media": "Entertainment", "arts": "Entertainment",
    "utilities": "Energy", "oil": "Energy", "other": "Other Services",
}  # fmt: skip
TABLES: Final = (
    "us_states_by_population",
    "us_cities_by_population",
    "countries_by_population",
    "us_industries_by_firms",
)


def shares(table: str, field: ListField) -> Mapping[Json, float] | None:
    """Return value and weight of each value that the field may have.

    None where the table is unknown, or lacks one of the field's values.
    """
    by_name = _table(table, field)
    if by_name is None or field.kind != "string":
        return None
    if not field.values:
        return by_name
    known = {name.lower(): weight for name, weight in by_name.items()}
    if table == "us_industries_by_firms":
        known |= {alias: by_name[name] for alias, name in _SECTORS.items()}
    found = {value: _weight(str(value), known) for value in field.values}
    weighed = {value: weight for value, weight in found.items() if weight is not None}
    return weighed if len(weighed) == len(found) else None


def _weight(value: str, known: Mapping[str, float]) -> float | None:
    """Return the weight of a value, by the whole of it, else by its first word that is known."""
    candidates = [value.lower(), *words(value)]
    return next((known[one] for one in candidates if one in known), None)


def _table(table: str, field: ListField) -> dict[str, float] | None:
    """Return the table, keyed by codes where the field asks for a code, else by names."""
    name = frozenset(words(field.path[-1])) if field.path else frozenset[str]()
    short = [value for value in field.values if len(str(value)) == 2]
    coded = bool(name & {"code", "state"}) and len(short) == len(field.values)
    match table:
        case "us_states_by_population":
            return _keyed_table(_STATES, codes=coded)
        case "countries_by_population":
            return _keyed_table(_COUNTRIES, codes="code" in name or bool(short))
        case "us_cities_by_population":
            whole = _parse_table(_CITIES)
            # A field named city holds no state.
            return {k.partition(",")[0]: v for k, v in whole.items()} if "city" in name else whole
        case "us_industries_by_firms":
            return _parse_table(_INDUSTRIES)
    return None


def _parse_table(text: str) -> dict[str, float]:
    entries = (entry.rpartition(" ") for line in text.split("\n") for entry in line.split("|"))
    return {name: float(weight) for name, _, weight in entries if name}


def _keyed_table(text: str, *, codes: bool) -> dict[str, float]:
    entries = _parse_table(text)
    return {key[:2] if codes else key[3:]: weight for key, weight in entries.items()}
