"""Real cities, and what belongs to their countries: postcodes, dial codes, currency, time zone.

In a format, ``#`` stands for a digit and ``@`` for a letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mockwright.rng import Rng


@dataclass(frozen=True, slots=True)
class Country:
    """One country."""

    code: str
    """ISO 3166-1 alpha-2."""
    alpha3: str
    """ISO 3166-1 alpha-3."""
    name: str
    """Its English name."""
    dial: str
    """The country code of its telephone numbers, without ``+`` (ITU-T E.164)."""
    currency: str
    """ISO 4217."""
    language: str
    """ISO 639-1 of the language that is spoken most."""
    phone: str
    """The format of a national number; ``{a}`` is the city's area code, where it has one."""
    nationality: str
    """What its people are called in English."""


@dataclass(frozen=True, slots=True)
class City:
    """One city, with its region and postal form."""

    city: str
    """Its name, mostly in the country's own language."""
    state: str
    """The region: a state, province, county or the like."""
    state_code: str
    """The region's part of its ISO 3166-2 code."""
    postcode: str
    """The format of a postcode, with the city's real leading digits."""
    latitude: float
    """Degrees, north of the equator."""
    longitude: float
    """Degrees, east of Greenwich."""
    timezone: str
    """A name of the IANA time zone database."""
    country: Country
    area: str = ""
    """The area code of its telephone numbers; ``""`` where there is none."""


# code|alpha3|name|dial|currency|language|phone|nationality
_COUNTRIES: Final = """
US|USA|United States|1|USD|en|{a}-555-01##|American
CA|CAN|Canada|1|CAD|en|{a}-555-01##|Canadian
GB|GBR|United Kingdom|44|GBP|en|{a} 496 0###|British
IE|IRL|Ireland|353|EUR|en|{a} 555 ####|Irish
AU|AUS|Australia|61|AUD|en|{a} 5550 ####|Australian
NZ|NZL|New Zealand|64|NZD|en|{a} 555 ####|New Zealander
DE|DEU|Germany|49|EUR|de|{a} 5550 ###|German
AT|AUT|Austria|43|EUR|de|{a} 555 ####|Austrian
CH|CHE|Switzerland|41|CHF|de|{a} 555 ## ##|Swiss
FR|FRA|France|33|EUR|fr|{a} 55 50 ## ##|French
BE|BEL|Belgium|32|EUR|nl|{a} 555 ## ##|Belgian
NL|NLD|Netherlands|31|EUR|nl|{a} 555 ####|Dutch
ES|ESP|Spain|34|EUR|es|{a} 555 0##|Spanish
PT|PRT|Portugal|351|EUR|pt|{a} 555 0##|Portuguese
IT|ITA|Italy|39|EUR|it|{a} 5550 ###|Italian
GR|GRC|Greece|30|EUR|el|{a} 555 0###|Greek
PL|POL|Poland|48|PLN|pl|{a} 555 ## ##|Polish
CZ|CZE|Czechia|420|CZK|cs|{a} 555 0##|Czech
SK|SVK|Slovakia|421|EUR|sk|{a} 555 0###|Slovak
HU|HUN|Hungary|36|HUF|hu|{a} 555 0##|Hungarian
HR|HRV|Croatia|385|EUR|hr|{a} 555 0##|Croatian
SE|SWE|Sweden|46|SEK|sv|{a} 555 0##|Swedish
NO|NOR|Norway|47|NOK|no|{a} 55 50 ##|Norwegian
DK|DNK|Denmark|45|DKK|da|{a} 55 50 ##|Danish
FI|FIN|Finland|358|EUR|fi|{a} 555 0###|Finnish
IS|ISL|Iceland|354|ISK|is|{a} 5550|Icelander
EE|EST|Estonia|372|EUR|et|{a} 555 0##|Estonian
UA|UKR|Ukraine|380|UAH|uk|{a} 555 ## ##|Ukrainian
RU|RUS|Russia|7|RUB|ru|{a} 555 ## ##|Russian
TR|TUR|Türkiye|90|TRY|tr|{a} 555 ## ##|Turkish
AZ|AZE|Azerbaijan|994|AZN|az|{a} 555 ## ##|Azerbaijani
KZ|KAZ|Kazakhstan|7|KZT|kk|{a} 555 ## ##|Kazakh
IR|IRN|Iran|98|IRR|fa|{a} 5550 ####|Iranian
IN|IND|India|91|INR|en|{a} 5550 ####|Indian
JP|JPN|Japan|81|JPY|ja|{a} 5550 ####|Japanese
KR|KOR|South Korea|82|KRW|ko|{a} 5550 ####|South Korean
CN|CHN|China|86|CNY|zh|{a} 5550 ####|Chinese
SG|SGP|Singapore|65|SGD|en|6555 0###|Singaporean
BR|BRA|Brazil|55|BRL|pt|{a} 95550 ####|Brazilian
MX|MEX|Mexico|52|MXN|es|{a} 5550 ####|Mexican
AR|ARG|Argentina|54|ARS|es|{a} 5550 ####|Argentine
ZA|ZAF|South Africa|27|ZAR|en|{a} 555 0###|South African
EG|EGY|Egypt|20|EGP|ar|{a} 5550 ###|Egyptian
AE|ARE|United Arab Emirates|971|AED|ar|{a} 555 0###|Emirati
SA|SAU|Saudi Arabia|966|SAR|ar|{a} 555 0###|Saudi
MA|MAR|Morocco|212|MAD|ar|{a} 55 50 ##|Moroccan
"""

# country|city|state|state code|postcode|latitude|longitude|timezone|area code
_PLACES: Final = """
US|New York|New York|NY|100##|40.7128|-74.0060|America/New_York|212
US|Brooklyn|New York|NY|112##|40.6782|-73.9442|America/New_York|718
US|Buffalo|New York|NY|142##|42.8864|-78.8784|America/New_York|716
US|Los Angeles|California|CA|900##|34.0522|-118.2437|America/Los_Angeles|213
US|San Diego|California|CA|921##|32.7157|-117.1611|America/Los_Angeles|619
US|San Francisco|California|CA|941##|37.7749|-122.4194|America/Los_Angeles|415
US|Sacramento|California|CA|958##|38.5816|-121.4944|America/Los_Angeles|916
US|Oakland|California|CA|946##|37.8044|-122.2712|America/Los_Angeles|510
US|Chicago|Illinois|IL|606##|41.8781|-87.6298|America/Chicago|312
US|Houston|Texas|TX|770##|29.7604|-95.3698|America/Chicago|713
US|Austin|Texas|TX|787##|30.2672|-97.7431|America/Chicago|512
US|Dallas|Texas|TX|752##|32.7767|-96.7970|America/Chicago|214
US|San Antonio|Texas|TX|782##|29.4241|-98.4936|America/Chicago|210
US|Phoenix|Arizona|AZ|850##|33.4484|-112.0740|America/Phoenix|602
US|Tucson|Arizona|AZ|857##|32.2226|-110.9747|America/Phoenix|520
US|Philadelphia|Pennsylvania|PA|191##|39.9526|-75.1652|America/New_York|215
US|Pittsburgh|Pennsylvania|PA|152##|40.4406|-79.9959|America/New_York|412
US|Seattle|Washington|WA|981##|47.6062|-122.3321|America/Los_Angeles|206
US|Spokane|Washington|WA|992##|47.6588|-117.4260|America/Los_Angeles|509
US|Portland|Oregon|OR|972##|45.5152|-122.6784|America/Los_Angeles|503
US|Denver|Colorado|CO|802##|39.7392|-104.9903|America/Denver|303
US|Boulder|Colorado|CO|803##|40.0150|-105.2705|America/Denver|303
US|Boston|Massachusetts|MA|021##|42.3601|-71.0589|America/New_York|617
US|Atlanta|Georgia|GA|303##|33.7490|-84.3880|America/New_York|404
US|Miami|Florida|FL|331##|25.7617|-80.1918|America/New_York|305
US|Orlando|Florida|FL|328##|28.5383|-81.3792|America/New_York|407
US|Tampa|Florida|FL|336##|27.9506|-82.4572|America/New_York|813
US|Nashville|Tennessee|TN|372##|36.1627|-86.7816|America/Chicago|615
US|Minneapolis|Minnesota|MN|554##|44.9778|-93.2650|America/Chicago|612
US|Columbus|Ohio|OH|432##|39.9612|-82.9988|America/New_York|614
US|Cleveland|Ohio|OH|441##|41.4993|-81.6944|America/New_York|216
US|Detroit|Michigan|MI|482##|42.3314|-83.0458|America/Detroit|313
US|Charlotte|North Carolina|NC|282##|35.2271|-80.8431|America/New_York|704
US|Raleigh|North Carolina|NC|276##|35.7796|-78.6382|America/New_York|919
US|Salt Lake City|Utah|UT|841##|40.7608|-111.8910|America/Denver|801
US|Kansas City|Missouri|MO|641##|39.0997|-94.5786|America/Chicago|816
US|Milwaukee|Wisconsin|WI|532##|43.0389|-87.9065|America/Chicago|414
US|Baltimore|Maryland|MD|212##|39.2904|-76.6122|America/New_York|410
US|Richmond|Virginia|VA|232##|37.5407|-77.4360|America/New_York|804
CA|Toronto|Ontario|ON|M5@ #@#|43.6532|-79.3832|America/Toronto|416
CA|Ottawa|Ontario|ON|K1@ #@#|45.4215|-75.6972|America/Toronto|613
CA|Vancouver|British Columbia|BC|V6@ #@#|49.2827|-123.1207|America/Vancouver|604
CA|Montreal|Quebec|QC|H3@ #@#|45.5019|-73.5674|America/Toronto|514
CA|Calgary|Alberta|AB|T2@ #@#|51.0447|-114.0719|America/Edmonton|403
GB|London|Greater London|LND|SW1@ #@@|51.5074|-0.1278|Europe/London|207
GB|Manchester|Greater Manchester|MAN|M1 #@@|53.4808|-2.2426|Europe/London|161
GB|Birmingham|West Midlands|BIR|B1 #@@|52.4862|-1.8904|Europe/London|121
GB|Leeds|West Yorkshire|LDS|LS1 #@@|53.8008|-1.5491|Europe/London|113
GB|Bristol|Bristol|BST|BS1 #@@|51.4545|-2.5879|Europe/London|117
GB|Edinburgh|City of Edinburgh|EDH|EH1 #@@|55.9533|-3.1883|Europe/London|131
GB|Cardiff|Cardiff|CRF|CF10 #@@|51.4816|-3.1791|Europe/London|292
IE|Dublin|Leinster|L|D0# @##|53.3498|-6.2603|Europe/Dublin|1
IE|Cork|Munster|M|T12 @##|51.8985|-8.4756|Europe/Dublin|21
AU|Sydney|New South Wales|NSW|20##|-33.8688|151.2093|Australia/Sydney|2
AU|Melbourne|Victoria|VIC|30##|-37.8136|144.9631|Australia/Melbourne|3
AU|Brisbane|Queensland|QLD|40##|-27.4698|153.0251|Australia/Brisbane|7
AU|Perth|Western Australia|WA|60##|-31.9505|115.8605|Australia/Perth|8
NZ|Auckland|Auckland|AUK|10##|-36.8509|174.7645|Pacific/Auckland|9
NZ|Wellington|Wellington|WGN|60##|-41.2866|174.7756|Pacific/Auckland|4
DE|Berlin|Berlin|BE|101##|52.5200|13.4050|Europe/Berlin|30
DE|Hamburg|Hamburg|HH|200##|53.5511|9.9937|Europe/Berlin|40
DE|München|Bayern|BY|803##|48.1351|11.5820|Europe/Berlin|89
DE|Nürnberg|Bayern|BY|904##|49.4521|11.0767|Europe/Berlin|911
DE|Köln|Nordrhein-Westfalen|NW|506##|50.9375|6.9603|Europe/Berlin|221
DE|Düsseldorf|Nordrhein-Westfalen|NW|402##|51.2277|6.7735|Europe/Berlin|211
DE|Frankfurt am Main|Hessen|HE|603##|50.1109|8.6821|Europe/Berlin|69
DE|Stuttgart|Baden-Württemberg|BW|701##|48.7758|9.1829|Europe/Berlin|711
DE|Leipzig|Sachsen|SN|041##|51.3397|12.3731|Europe/Berlin|341
DE|Dresden|Sachsen|SN|010##|51.0504|13.7373|Europe/Berlin|351
DE|Bremen|Bremen|HB|281##|53.0793|8.8017|Europe/Berlin|421
AT|Wien|Wien|9|1##0|48.2082|16.3738|Europe/Vienna|1
AT|Graz|Steiermark|6|80##|47.0707|15.4395|Europe/Vienna|316
AT|Salzburg|Salzburg|5|50##|47.8095|13.0550|Europe/Vienna|662
CH|Zürich|Zürich|ZH|80##|47.3769|8.5417|Europe/Zurich|44
CH|Bern|Bern|BE|30##|46.9480|7.4474|Europe/Zurich|31
CH|Genève|Genève|GE|12##|46.2044|6.1432|Europe/Zurich|22
FR|Paris|Île-de-France|IDF|750##|48.8566|2.3522|Europe/Paris|1
FR|Lyon|Auvergne-Rhône-Alpes|ARA|690##|45.7640|4.8357|Europe/Paris|4
FR|Marseille|Provence-Alpes-Côte d'Azur|PAC|130##|43.2965|5.3698|Europe/Paris|4
FR|Toulouse|Occitanie|OCC|310##|43.6047|1.4442|Europe/Paris|5
FR|Nantes|Pays de la Loire|PDL|440##|47.2184|-1.5536|Europe/Paris|2
FR|Bordeaux|Nouvelle-Aquitaine|NAQ|330##|44.8378|-0.5792|Europe/Paris|5
FR|Lille|Hauts-de-France|HDF|590##|50.6292|3.0573|Europe/Paris|3
BE|Brussel|Brussels|BRU|10##|50.8503|4.3517|Europe/Brussels|2
BE|Antwerpen|Antwerpen|VAN|20##|51.2194|4.4025|Europe/Brussels|3
BE|Gent|Oost-Vlaanderen|VOV|90##|51.0543|3.7174|Europe/Brussels|9
NL|Amsterdam|Noord-Holland|NH|101# @@|52.3676|4.9041|Europe/Amsterdam|20
NL|Rotterdam|Zuid-Holland|ZH|301# @@|51.9244|4.4777|Europe/Amsterdam|10
NL|Utrecht|Utrecht|UT|351# @@|52.0907|5.1214|Europe/Amsterdam|30
NL|Eindhoven|Noord-Brabant|NB|561# @@|51.4416|5.4697|Europe/Amsterdam|40
ES|Madrid|Comunidad de Madrid|MD|280##|40.4168|-3.7038|Europe/Madrid|910
ES|Barcelona|Cataluña|CT|080##|41.3874|2.1686|Europe/Madrid|930
ES|Valencia|Comunidad Valenciana|VC|460##|39.4699|-0.3763|Europe/Madrid|960
ES|Sevilla|Andalucía|AN|410##|37.3891|-5.9845|Europe/Madrid|950
ES|Bilbao|País Vasco|PV|480##|43.2630|-2.9350|Europe/Madrid|940
PT|Lisboa|Lisboa|11|1###-0##|38.7223|-9.1393|Europe/Lisbon|210
PT|Porto|Porto|13|4###-0##|41.1579|-8.6291|Europe/Lisbon|220
IT|Roma|Lazio|RM|001##|41.9028|12.4964|Europe/Rome|06
IT|Milano|Lombardia|MI|201##|45.4642|9.1900|Europe/Rome|02
IT|Torino|Piemonte|TO|101##|45.0703|7.6869|Europe/Rome|011
IT|Bologna|Emilia-Romagna|BO|401##|44.4949|11.3426|Europe/Rome|051
IT|Napoli|Campania|NA|801##|40.8518|14.2681|Europe/Rome|081
GR|Athens|Attica|I|105 ##|37.9838|23.7275|Europe/Athens|21
GR|Thessaloniki|Central Macedonia|B|546 ##|40.6401|22.9444|Europe/Athens|231
PL|Warszawa|Mazowieckie|MZ|00-###|52.2297|21.0122|Europe/Warsaw|22
PL|Kraków|Małopolskie|MA|30-###|50.0647|19.9450|Europe/Warsaw|12
PL|Gdańsk|Pomorskie|PM|80-###|54.3520|18.6466|Europe/Warsaw|58
CZ|Praha|Praha|10|110 0#|50.0755|14.4378|Europe/Prague|221
CZ|Brno|Jihomoravský kraj|64|602 0#|49.1951|16.6068|Europe/Prague|541
SK|Bratislava|Bratislavský kraj|BL|811 0#|48.1486|17.1077|Europe/Bratislava|2
HU|Budapest|Budapest|BU|10##|47.4979|19.0402|Europe/Budapest|1
HR|Zagreb|Grad Zagreb|21|100##|45.8150|15.9819|Europe/Zagreb|1
HR|Split|Splitsko-dalmatinska|17|210##|43.5081|16.4402|Europe/Zagreb|21
SE|Stockholm|Stockholms län|AB|111 ##|59.3293|18.0686|Europe/Stockholm|8
SE|Göteborg|Västra Götalands län|O|411 ##|57.7089|11.9746|Europe/Stockholm|31
SE|Malmö|Skåne län|M|211 ##|55.6050|13.0038|Europe/Stockholm|40
NO|Oslo|Oslo|03|01##|59.9139|10.7522|Europe/Oslo|22
NO|Bergen|Vestland|46|50##|60.3913|5.3221|Europe/Oslo|55
DK|København|Hovedstaden|84|1#50|55.6761|12.5683|Europe/Copenhagen|33
DK|Aarhus|Midtjylland|82|80##|56.1629|10.2039|Europe/Copenhagen|86
FI|Helsinki|Uusimaa|18|00##0|60.1699|24.9384|Europe/Helsinki|9
FI|Tampere|Pirkanmaa|11|33##0|61.4978|23.7610|Europe/Helsinki|3
IS|Reykjavík|Höfuðborgarsvæðið|1|10#|64.1466|-21.9426|Atlantic/Reykjavik|551
EE|Tallinn|Harju|37|101##|59.4370|24.7536|Europe/Tallinn|65
UA|Kyiv|Kyiv|30|010##|50.4501|30.5234|Europe/Kyiv|44
UA|Lviv|Lviv Oblast|46|790##|49.8397|24.0297|Europe/Kyiv|32
RU|Москва|Москва|MOW|1010##|55.7558|37.6173|Europe/Moscow|495
RU|Казань|Татарстан|TA|4200##|55.8304|49.0661|Europe/Moscow|843
TR|İstanbul|İstanbul|34|34###|41.0082|28.9784|Europe/Istanbul|212
TR|Ankara|Ankara|06|06###|39.9334|32.8597|Europe/Istanbul|312
AZ|Bakı|Bakı|BA|AZ10##|40.4093|49.8671|Asia/Baku|12
KZ|Almaty|Almaty|75|0500##|43.2220|76.8512|Asia/Almaty|727
IR|Tehran|Tehran|23|11###-#####|35.6892|51.3890|Asia/Tehran|21
IN|Mumbai|Maharashtra|MH|4000##|19.0760|72.8777|Asia/Kolkata|22
IN|Bengaluru|Karnataka|KA|5600##|12.9716|77.5946|Asia/Kolkata|80
IN|Delhi|Delhi|DL|1100##|28.7041|77.1025|Asia/Kolkata|11
IN|Chennai|Tamil Nadu|TN|6000##|13.0827|80.2707|Asia/Kolkata|44
JP|東京|東京都|13|100-00##|35.6762|139.6503|Asia/Tokyo|3
JP|大阪|大阪府|27|530-00##|34.6937|135.5023|Asia/Tokyo|6
JP|札幌|北海道|01|060-00##|43.0618|141.3545|Asia/Tokyo|11
KR|서울|서울특별시|11|03###|37.5665|126.9780|Asia/Seoul|2
KR|부산|부산광역시|26|48###|35.1796|129.0756|Asia/Seoul|51
CN|上海|上海市|SH|2000##|31.2304|121.4737|Asia/Shanghai|21
CN|北京|北京市|BJ|1000##|39.9042|116.4074|Asia/Shanghai|10
CN|深圳|广东省|GD|5180##|22.5431|114.0579|Asia/Shanghai|755
SG|Singapore|Central Singapore|01|2388##|1.3521|103.8198|Asia/Singapore|
BR|São Paulo|São Paulo|SP|01###-0##|-23.5505|-46.6333|America/Sao_Paulo|11
BR|Rio de Janeiro|Rio de Janeiro|RJ|20###-0##|-22.9068|-43.1729|America/Sao_Paulo|21
BR|Curitiba|Paraná|PR|80###-0##|-25.4284|-49.2733|America/Sao_Paulo|41
MX|Ciudad de México|Ciudad de México|CMX|06###|19.4326|-99.1332|America/Mexico_City|55
MX|Guadalajara|Jalisco|JAL|44###|20.6597|-103.3496|America/Mexico_City|33
MX|Monterrey|Nuevo León|NLE|64###|25.6866|-100.3161|America/Monterrey|81
AR|Buenos Aires|Buenos Aires|C|C10##|-34.6037|-58.3816|America/Argentina/Buenos_Aires|11
AR|Córdoba|Córdoba|X|X50##|-31.4201|-64.1888|America/Argentina/Cordoba|351
ZA|Cape Town|Western Cape|WC|80##|-33.9249|18.4241|Africa/Johannesburg|21
ZA|Johannesburg|Gauteng|GP|20##|-26.2041|28.0473|Africa/Johannesburg|11
EG|Cairo|Cairo|C|115##|30.0444|31.2357|Africa/Cairo|2
EG|Alexandria|Alexandria|ALX|215##|31.2001|29.9187|Africa/Cairo|3
AE|Dubai|Dubai|DU|000##|25.2048|55.2708|Asia/Dubai|4
SA|Riyadh|Riyadh|01|115##|24.7136|46.6753|Asia/Riyadh|11
MA|Casablanca|Casablanca-Settat|06|200##|33.5731|-7.5898|Africa/Casablanca|522
"""

# Without letters that look like digits, and some that postcodes avoid.
_LETTERS: Final = "ABCDEGHJKLMNPRSTVWXYZ"


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """Return the countries by their ISO 3166-1 alpha-2 codes."""
    rows = (line.split("|") for line in _COUNTRIES.strip().splitlines())
    return {row[0]: Country(*row) for row in rows}


@lru_cache(maxsize=1)
def cities() -> tuple[City, ...]:
    """Return every city of the table."""
    return tuple(_read_city(line.split("|")) for line in _PLACES.strip().splitlines())


def _read_city(row: list[str]) -> City:
    code, city, state, state_code, postcode, latitude, longitude, timezone, area = row
    return City(
        city,
        state,
        state_code,
        postcode,
        float(latitude),
        float(longitude),
        timezone,
        countries()[code],
        area,
    )


@lru_cache(maxsize=64)
def cities_in(code: str) -> tuple[City, ...]:
    """Return the cities of one country, or every city where the country has none."""
    return tuple(place for place in cities() if place.country.code == code) or cities()


@lru_cache(maxsize=1)
def _cities_by_name() -> dict[tuple[str, str], tuple[City, ...]]:
    found: dict[tuple[str, str], list[City]] = {}
    for place in cities():
        country = place.country
        keys = [("city", place.city), ("state", place.state), ("state", place.state_code)]
        keys += [("country", text) for text in (country.name, country.code, country.alpha3)]
        for what, text in keys:
            found.setdefault((what, text.casefold()), []).append(place)
    return {key: tuple(several) for key, several in found.items()}


def find_cities(what: str, text: str) -> tuple[City, ...]:
    """Return the cities whose ``city``, ``state`` or ``country`` is called ``text``.

    ``what`` says which of the three; upper and lower case are the same.
    """
    return _cities_by_name().get((what, text.casefold()), ())


def fill_format(text: str, rng: Rng) -> str:
    """Return ``text`` with a digit for every ``#`` and a letter for every ``@``."""
    if "#" not in text and "@" not in text:
        return text
    return "".join(
        str(rng.below(10)) if c == "#" else rng.choice(_LETTERS) if c == "@" else c for c in text
    )


def phone_number(place: City, rng: Rng) -> str:
    """Return a number in international notation, of ranges kept for fiction where there are any."""
    # A lone digit between spaces is no group of its own in E.123.
    template = (
        place.country.phone.replace("{a} ", "{a}") if len(place.area) == 1 else place.country.phone
    )
    national = template.replace("{a}", place.area).strip()
    separator = "-" if place.country.dial == "1" else " "
    return f"+{place.country.dial}{separator}{fill_format(national, rng)}"
