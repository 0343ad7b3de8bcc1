"""What a plan's campaign, ad group and ads are called, and where a click leads, by the
advertiser's patterns."""

from __future__ import annotations

from agents.contracts import ExecutionContext
from campaigns import naming
from campaigns.models.brief import GENDERS, OBJECTIVES

PLATFORMS = {"google": "Google", "meta": "Meta", "tiktok": "TikTok"}


def campaign_name(context: ExecutionContext) -> str:
    return naming.fill("campaign", context.patterns.campaign, _of_brief(context))


def ad_group_name(context: ExecutionContext) -> str:
    brief = context.brief
    ages = f"{brief.age_min}–{brief.age_max}{'+' if brief.age_max == 65 else ''}"
    said = {**_of_brief(context), "ages": ages, "gender": dict(GENDERS)[brief.gender]}
    return naming.fill("ad_group", context.patterns.ad_group, said)


def ad_name(context: ExecutionContext, letter: str, headline: str) -> str:
    said = {**_of_brief(context), "letter": letter, "headline": headline}
    return naming.fill("ad", context.patterns.ad, said) or letter


def landing_url(context: ExecutionContext, letter: str, ad: str) -> str:
    said = {
        **_of_brief(context),
        "letter": letter,
        "campaign": campaign_name(context),
        "ad_group": ad_group_name(context),
        "ad": ad,
    }
    tags = naming.fill_tags(context.patterns.url_tags, said)
    return naming.tagged(context.brief.landing_url, tags)


def _of_brief(context: ExecutionContext) -> dict[str, str]:
    brief, account = context.brief, context.account
    return {
        "brief": brief.name,
        "platform": PLATFORMS[account.platform],
        "objective": dict(OBJECTIVES)[brief.objective].partition(":")[0],
        "countries": "+".join(brief.countries),
        "account": account.name,
        "start": brief.start.isoformat(),
        "month": f"{brief.start:%Y-%m}",
    }
