"""Checks that every client makes before it sends a request."""

from __future__ import annotations

from collections.abc import Sequence

from core.common.money import Money
from platforms.errors import CredentialsInvalid, Rejected, UnsupportedFeature
from platforms.interface import ClientConfig
from platforms.rules.capabilities import Capabilities
from platforms.rules.pack import spec_problems
from platforms.spec.ads import Ad
from platforms.spec.campaign import CampaignSpec
from platforms.spec.targeting import Targeting
from platforms.types import MAX_AGE


def check_campaign(capabilities: Capabilities, config: ClientConfig, spec: CampaignSpec) -> None:
    """Raises UnsupportedFeature on the objective; Rejected on currency, dates, and what else the
    rules of the review (platforms.rules) refuse."""
    if spec.objective not in capabilities.objectives:
        raise UnsupportedFeature(capabilities.platform, f"the objective {spec.objective}")
    if spec.declarations.political_ads and not capabilities.political_ads:
        raise UnsupportedFeature(capabilities.platform, "political ads")
    if spec.budget.amount is not None:
        check_currency(capabilities.platform, config, spec.budget.amount)
    for problem in spec_problems(capabilities, spec):
        raise Rejected(
            problem.message,
            platform=capabilities.platform,
            account=config.account_id,
            field=problem.field,
        )


def check_currency(platform: str, config: ClientConfig, budget: Money) -> None:
    if budget.currency != config.currency:
        raise Rejected(
            f"The account runs in {config.currency}; the budget is in {budget.currency}.",
            platform=platform,
            account=config.account_id,
            field="daily_budget",
        )
    if budget.amount <= 0:
        raise Rejected(
            "The daily budget must be above zero.",
            platform=platform,
            account=config.account_id,
            field="daily_budget",
        )


def require_token(platform: str, config: ClientConfig) -> str:
    """The access token, usable as a header. Raises CredentialsInvalid otherwise."""
    token = config.secrets.get("access_token", "")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialsInvalid(
            "The access token is missing or was not copied whole. Enter it again.",
            platform=platform,
            account=config.account_id,
            field="access_token",
        )
    return token


def not_sent(platform: str, ad: Ad) -> Rejected:
    """For an ad of a format that the client does not make."""
    return Rejected(
        f"The ad {ad.name!r} has the format {ad.format}, which is not made here yet.",
        platform=platform,
        field="format",
    )


def require_first_text(platform: str, texts: Sequence[str], field: str) -> str:
    if not texts or not texts[0].strip():
        raise Rejected("The ad needs a text here.", platform=platform, field=field)
    return texts[0]


def age_brackets(platform: str, bounds: Sequence[int], targeting: Targeting) -> list[int]:
    """First ages of the platform's brackets that together are exactly the targeted ages.

    Raises Rejected on age_min or age_max: a range is never changed silently.
    """
    ends = [*(bound - 1 for bound in bounds[1:]), MAX_AGE]
    if targeting.age_min not in bounds:
        raise _age_error(platform, "age_min", targeting.age_min, bounds)
    if targeting.age_max not in ends or targeting.age_max < targeting.age_min:
        raise _age_error(platform, "age_max", targeting.age_max, ends)
    return [
        bound
        for bound, end in zip(bounds, ends, strict=True)
        if bound >= targeting.age_min and end <= targeting.age_max
    ]


def _age_error(platform: str, field: str, age: int, allowed: Sequence[int]) -> Rejected:
    ages = ", ".join(str(each) for each in allowed)
    return Rejected(
        f"Ads cannot be targeted by the age {age} here. Choose one of {ages}.",
        platform=platform,
        field=field,
    )
