"""What Google takes here. Source: Google Ads API v26, and Google's limits of search ads."""

from __future__ import annotations

from platforms.google import mapping
from platforms.rules.capabilities import Capabilities

CAPABILITIES = Capabilities(
    platform="google",
    supports={
        "objective": frozenset(mapping.OBJECTIVES),
        "kind": frozenset({"search"}),
        "budget.amount": None,
        "schedule.start": None,
        "schedule.end": None,
        "locations.countries": None,
        "declarations.political_ads": None,
        "part.platform": None,
        "part.search_partners": None,
        "part.display_network": None,
        "part.presence": None,
        "ad_groups.status": None,
        "ad_groups.targeting.age_min": None,
        "ad_groups.targeting.age_max": None,
        "ad_groups.targeting.gender": None,
        "ad_groups.targeting.keywords.text": None,
        "ad_groups.targeting.keywords.match": None,
        "ad_groups.ads.status": None,
        "ad_groups.ads.format": frozenset({"responsive_search"}),
        "ad_groups.ads.landing_url": None,
        "ad_groups.ads.headlines.text": None,
        "ad_groups.ads.headlines.pin": None,
        "ad_groups.ads.descriptions.text": None,
        "ad_groups.ads.descriptions.pin": None,
    },
    atomic_tree=True,
    keywords=True,
    ad_format="responsive_text",
    headlines=(3, 15),
    headline_length=30,
    descriptions=(2, 4),
    description_length=90,
    image=False,
    age_bounds=mapping.AGE_BOUNDS,
    min_daily_budget_usd=1,
    wide_texts=True,
    texts_once=True,
    keyword_length=mapping.KEYWORD_LENGTH,
    keyword_words=mapping.KEYWORD_WORDS,
    keyword_signs=mapping.KEYWORD_SIGNS,
    most_operations=10_000,  # RequestError.TOO_MANY_MUTATE_OPERATIONS
    public_domain=True,
    validates="tree",
    finds_places=True,
)
