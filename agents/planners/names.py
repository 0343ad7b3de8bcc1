"""What a plan's campaign, ad group and ads are called, and where a click leads, by the
advertiser's patterns."""

from __future__ import annotations

from agents.contracts import ExecutionContext
from agents.planners.emoji import without_emoji
from campaigns import naming
from campaigns.models.brief import GENDERS, OBJECTIVES

PLATFORMS = {"google": "Google", "meta": "Meta", "tiktok": "TikTok"}


def campaign_name(context: ExecutionContext) -> str:
    return _filled(context, "campaign", _of_brief(context))


def _filled(context: ExecutionContext, field: str, said: dict[str, str]) -> str:
    """By the pattern, without what the platform does not take."""
    name = naming.fill(field, getattr(context.patterns, field), said)
    return name if context.capabilities.emoji else without_emoji(name)


def ad_group_name(context: ExecutionContext) -> str:
    brief = context.brief
    ages = f"{brief.age_min}–{brief.age_max}{'+' if brief.age_max == 65 else ''}"
    said = {**_of_brief(context), "ages": ages, "gender": dict(GENDERS)[brief.gender]}
    return _filled(context, "ad_group", said)


def ad_name(context: ExecutionContext, letter: str, headline: str) -> str:
    said = {**_of_brief(context), "letter": letter, "headline": headline}
    return _filled(context, "ad", said) or letter


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
