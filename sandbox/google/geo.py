"""Google's constants of countries and languages that can be targeted.

A country's geo target id is 2000 plus its ISO 3166-1 numeric code (Google Ads API, geo targets).
"""

from dataclasses import dataclass

_COUNTRIES = """
AE 784 United Arab Emirates|AR 32 Argentina|AT 40 Austria|AU 36 Australia|BD 50 Bangladesh
BE 56 Belgium|BG 100 Bulgaria|BO 68 Bolivia|BR 76 Brazil|CA 124 Canada|CH 756 Switzerland
CL 152 Chile|CN 156 China|CO 170 Colombia|CR 188 Costa Rica|CY 196 Cyprus|CZ 203 Czechia
DE 276 Germany|DK 208 Denmark|DO 214 Dominican Republic|DZ 12 Algeria|EC 218 Ecuador
EE 233 Estonia|EG 818 Egypt|ES 724 Spain|FI 246 Finland|FR 250 France|GB 826 United Kingdom
GH 288 Ghana|GR 300 Greece|GT 320 Guatemala|HK 344 Hong Kong|HN 340 Honduras|HR 191 Croatia
HU 348 Hungary|ID 360 Indonesia|IE 372 Ireland|IL 376 Israel|IN 356 India|IS 352 Iceland
IT 380 Italy|JM 388 Jamaica|JO 400 Jordan|JP 392 Japan|KE 404 Kenya|KR 410 South Korea
KW 414 Kuwait|KZ 398 Kazakhstan|LB 422 Lebanon|LK 144 Sri Lanka|LT 440 Lithuania
LU 442 Luxembourg|LV 428 Latvia|MA 504 Morocco|MT 470 Malta|MX 484 Mexico|MY 458 Malaysia
NG 566 Nigeria|NI 558 Nicaragua|NL 528 Netherlands|NO 578 Norway|NP 524 Nepal
NZ 554 New Zealand|OM 512 Oman|PA 591 Panama|PE 604 Peru|PH 608 Philippines|PK 586 Pakistan
PL 616 Poland|PR 630 Puerto Rico|PT 620 Portugal|PY 600 Paraguay|QA 634 Qatar|RO 642 Romania
RS 688 Serbia|SA 682 Saudi Arabia|SE 752 Sweden|SG 702 Singapore|SI 705 Slovenia
SK 703 Slovakia|SN 686 Senegal|SV 222 El Salvador|TH 764 Thailand|TN 788 Tunisia
TR 792 Turkiye|TW 158 Taiwan|TZ 834 Tanzania|UA 804 Ukraine|UG 800 Uganda
US 840 United States|UY 858 Uruguay|VE 862 Venezuela|VN 704 Vietnam|ZA 710 South Africa
"""
_LANGUAGES = """
1000 en English|1001 de German|1002 fr French|1003 es Spanish|1004 it Italian|1005 ja Japanese
1009 da Danish|1010 nl Dutch|1011 fi Finnish|1012 ko Korean|1013 no Norwegian|1014 pt Portuguese
1015 sv Swedish|1017 zh_CN Chinese (simplified)|1018 zh_TW Chinese (traditional)|1019 ar Arabic
1020 bg Bulgarian|1021 cs Czech|1022 el Greek|1023 hi Hindi|1024 hu Hungarian|1025 id Indonesian
1026 is Icelandic|1027 iw Hebrew|1028 lv Latvian|1029 lt Lithuanian|1030 pl Polish
1031 ru Russian|1032 ro Romanian|1033 sk Slovak|1034 sl Slovenian|1035 sr Serbian
1036 uk Ukrainian|1037 tr Turkish|1038 ca Catalan|1039 hr Croatian|1040 vi Vietnamese
1041 ur Urdu|1042 tl Filipino|1043 et Estonian|1044 th Thai|1056 bn Bengali|1102 ms Malay
"""


@dataclass(frozen=True)
class Country:
    id: int
    code: str
    name: str

    @property
    def resource_name(self) -> str:
        return f"geoTargetConstants/{self.id}"


@dataclass(frozen=True)
class Language:
    id: int
    code: str
    name: str

    @property
    def resource_name(self) -> str:
        return f"languageConstants/{self.id}"


def _rows(text: str) -> list[list[str]]:
    return [row.split(" ", 2) for row in text.strip().replace("\n", "|").split("|")]


COUNTRIES = {
    country.id: country
    for country in (
        Country(2000 + int(number), code, name) for code, number, name in _rows(_COUNTRIES)
    )
}
LANGUAGES = {
    language.id: language
    for language in (Language(int(number), code, name) for number, code, name in _rows(_LANGUAGES))
}
_BY_RESOURCE = {item.resource_name: item for item in COUNTRIES.values()}
_LANGUAGE_BY_RESOURCE = {item.resource_name: item for item in LANGUAGES.values()}


def country_of(resource_name: str) -> Country | None:
    return _BY_RESOURCE.get(resource_name)


def language_of(resource_name: str) -> Language | None:
    return _LANGUAGE_BY_RESOURCE.get(resource_name)


def find_countries(text: str) -> list[Country]:
    """Countries whose name contains `text` or whose code equals it, best match first."""
    query = text.strip().casefold()
    countries = [
        country
        for country in COUNTRIES.values()
        if query and (query in country.name.casefold() or query == country.code.casefold())
    ]
    return sorted(countries, key=lambda country: (country.name.casefold() != query, country.name))
