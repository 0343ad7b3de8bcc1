"""What a platform refuses of the address that a click leads to."""

from __future__ import annotations

from urllib.parse import urlsplit

from platforms.rules.capabilities import Capabilities
from platforms.rules.rule import Problems, ads_of, name_of
from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import path_text
from platforms.types import SpecProblem

MAX_ADDRESS_LENGTH = 2048  # Google Ads API, final_urls


def addresses(can: Capabilities, spec: CampaignSpec) -> Problems:
    for place, ad in ads_of(spec):
        path, length = f"{path_text(place)}.landing_url", len(ad.landing_url)
        if length > MAX_ADDRESS_LENGTH:
            says = (
                f"With its tags the landing page's address has {length} characters; "
                f"{MAX_ADDRESS_LENGTH} fit. Shorten the address or the URL tags."
            )
            yield SpecProblem("landing_url", says, path)
        if not _is_address(ad.landing_url, public=can.public_domain):
            says = (
                f"{name_of(can)} takes no address such as {ad.landing_url[:80]}. Use a full one "
                "without blanks, such as https://www.example.com/shop."
            )
            yield SpecProblem("landing_url", says, path)


def addresses_sentence(can: Capabilities) -> str:
    domain = " with a public domain" if can.public_domain else ""
    return (
        f"The landing page is a full address{domain}, without blanks, of at most "
        f"{MAX_ADDRESS_LENGTH} characters with its tags."
    )


def _is_address(text: str, *, public: bool) -> bool:
    if any(sign.isspace() for sign in text) or not text.startswith(("http://", "https://")):
        return False
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:  # such as an open bracket of an IPv6 address
        return False
    return "." in host.strip(".") if public else bool(host)
