"""Capitals of countries, under their English names: what everybody asks a new model first."""

from __future__ import annotations

from typing import Final

_TABLE: Final = (
    "France:Paris, Germany:Berlin, Italy:Rome, Spain:Madrid, Portugal:Lisbon, England:London,"
    " United Kingdom:London, UK:London, Ireland:Dublin, Netherlands:Amsterdam, Belgium:Brussels,"
    " Switzerland:Bern, Austria:Vienna, Poland:Warsaw, Sweden:Stockholm, Norway:Oslo,"
    " Denmark:Copenhagen, Finland:Helsinki, Iceland:Reykjavik, Greece:Athens, Turkey:Ankara,"
    " Russia:Moscow, Ukraine:Kyiv, Hungary:Budapest, Czech Republic:Prague, Czechia:Prague,"
    " Romania:Bucharest, Japan:Tokyo, China:Beijing, India:New Delhi, South Korea:Seoul,"
    " Thailand:Bangkok, Vietnam:Hanoi, Indonesia:Jakarta, Australia:Canberra,"
    " New Zealand:Wellington, Canada:Ottawa, United States:Washington, USA:Washington,"
    " Mexico:Mexico City, Brazil:Brasília, Argentina:Buenos Aires, Chile:Santiago, Peru:Lima,"
    " Colombia:Bogotá, Egypt:Cairo, Kenya:Nairobi, Nigeria:Abuja, South Africa:Pretoria,"
    " Morocco:Rabat, Israel:Jerusalem, Saudi Arabia:Riyadh"
)
_CAPITALS: Final = {
    country.strip().lower(): city
    for country, _, city in (pair.partition(":") for pair in _TABLE.split(","))
}


def capital_of(country: str) -> str | None:
    """Return the capital, or None for a country that is not in the table."""
    return _CAPITALS.get(" ".join(country.lower().split()))
