"""Names and landing URLs of a plan, from the advertiser's patterns."""

from __future__ import annotations

from agents.contracts import ExecutionContext
from campaigns import naming
from campaigns.models.brief import GENDERS, OBJECTIVES
from core.common.texts import remove_emoji

PLATFORMS = {"google": "Google", "meta": "Meta", "tiktok": "TikTok"}


def campaign_name(context: ExecutionContext) -> str:
    return _fill_pattern(context, "campaign", _brief_values(context))


def _fill_pattern(context: ExecutionContext, field: str, values: dict[str, str]) -> str:
    """The pattern with its values, without emoji where the platform refuses them."""
    name = naming.fill(field, getattr(context.patterns, field), values)
    return name if context.capabilities.emoji else remove_emoji(name)


def ad_group_name(context: ExecutionContext) -> str:
    brief = context.brief
    ages = f"{brief.age_min}–{brief.age_max}{'+' if brief.age_max == 65 else ''}"
    values = {**_brief_values(context), "ages": ages, "gender": dict(GENDERS)[brief.gender]}
    return _fill_pattern(context, "ad_group", values)


def ad_name(context: ExecutionContext, letter: str, headline: str) -> str:
    values = {**_brief_values(context), "letter": letter, "headline": headline}
    return _fill_pattern(context, "ad", values) or letter


def landing_url(context: ExecutionContext, letter: str, ad: str) -> str:
    values = {
        **_brief_values(context),
        "letter": letter,
        "campaign": campaign_name(context),
        "ad_group": ad_group_name(context),
        "ad": ad,
    }
    tags = naming.fill_tags(context.patterns.url_tags, values)
    return naming.add_tags(context.brief.landing_url, tags)


def _brief_values(context: ExecutionContext) -> dict[str, str]:
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
