"""Rules of Meta: objectives, goals, billing, minimum budgets, targeting."""

from __future__ import annotations

from typing import Any

from sandbox.market.ground_truth import UNITS_PER_USD
from sandbox.meta import errors
from sandbox.meta.nodes.interests import is_known
from sandbox.meta.nodes.places import check_places
from sandbox.meta.params import minor_units

OBJECTIVES = (
    "OUTCOME_AWARENESS",
    "OUTCOME_TRAFFIC",
    "OUTCOME_ENGAGEMENT",
    "OUTCOME_LEADS",
    "OUTCOME_SALES",
    "OUTCOME_APP_PROMOTION",
)
SPECIAL_CATEGORIES = (
    "NONE",
    "HOUSING",
    "EMPLOYMENT",
    "CREDIT",
    "FINANCIAL_PRODUCTS_SERVICES",
    "ISSUES_ELECTIONS_POLITICS",
    "ONLINE_GAMBLING_AND_GAMING",
)
BID_STRATEGIES = (
    "LOWEST_COST_WITHOUT_CAP",
    "LOWEST_COST_WITH_BID_CAP",
    "COST_CAP",
    "LOWEST_COST_WITH_MIN_ROAS",
)
CAPPED = ("LOWEST_COST_WITH_BID_CAP", "COST_CAP")
GOALS = {
    "OUTCOME_AWARENESS": ("REACH", "IMPRESSIONS", "AD_RECALL_LIFT", "THRUPLAY"),
    "OUTCOME_TRAFFIC": ("LINK_CLICKS", "LANDING_PAGE_VIEWS", "IMPRESSIONS", "REACH"),
    "OUTCOME_ENGAGEMENT": (
        "POST_ENGAGEMENT",
        "THRUPLAY",
        "PAGE_LIKES",
        "EVENT_RESPONSES",
        "CONVERSATIONS",
        "OFFSITE_CONVERSIONS",
    ),
    "OUTCOME_LEADS": (
        "LEAD_GENERATION",
        "QUALITY_LEAD",
        "OFFSITE_CONVERSIONS",
        "LINK_CLICKS",
        "LANDING_PAGE_VIEWS",
    ),
    "OUTCOME_SALES": ("OFFSITE_CONVERSIONS", "VALUE"),
    "OUTCOME_APP_PROMOTION": ("APP_INSTALLS", "LINK_CLICKS", "OFFSITE_CONVERSIONS", "VALUE"),
}
BILLING = {"LINK_CLICKS": ("LINK_CLICKS",), "THRUPLAY": ("THRUPLAY",)}  # beside IMPRESSIONS
_PUBLISHERS = frozenset("facebook instagram audience_network messenger threads whatsapp".split())
_FULL_MINIMUM_CURRENCIES = frozenset(
    "USD AUD CAD SGD JPY NZD TWD EUR CHF SEK HKD GBP ILS NOK KRW DKK".split()
)
_MAX_DAILY_USD = 1_000_000


def usd_in_minor_units(currency: str) -> float:
    """One US dollar in minor units of this currency."""
    return UNITS_PER_USD.get(currency, 1.0) * minor_units(currency)


def minimum_budgets(currency: str) -> dict[str, int]:
    """Daily minimum budgets in minor units, as `minimum_budgets` lists them."""
    unit = usd_in_minor_units(currency)
    base = 1.0 if currency in _FULL_MINIMUM_CURRENCIES else 0.5
    return {
        "min_daily_budget_imp": round(base * unit),
        "min_daily_budget_high_freq": round(5 * base * unit),
        "min_daily_budget_video_views": round(5 * base * unit),
        "min_daily_budget_low_freq": round(40 * base * unit),
    }


def check_budget(
    daily_minor: float, currency: str, field: str, *, billing: str = "IMPRESSIONS", bid: int = 0
) -> None:
    """Raises GraphError for a daily budget that is too low or too high; `bid` in minor units."""
    table = minimum_budgets(currency)
    minimum_minor = table[
        "min_daily_budget_imp" if billing == "IMPRESSIONS" else "min_daily_budget_high_freq"
    ]
    minimum_minor = max(minimum_minor, 5 * bid)
    if daily_minor < minimum_minor:
        minimum = f"{minimum_minor / minor_units(currency):.2f} {currency}"
        raise errors.budget_too_low(minimum, field)
    if daily_minor > _MAX_DAILY_USD * usd_in_minor_units(currency):
        raise errors.invalid("", field, subcode=1885261)


def check_goal(objective: str, goal: str, billing: str) -> None:
    if objective in GOALS and goal not in GOALS[objective]:
        raise errors.invalid("", "optimization_goal", subcode=2490408)
    allowed = ("IMPRESSIONS", *BILLING.get(goal, ()))
    if billing not in allowed:
        raise errors.not_one_of("billing_event", allowed)


def check_roas_floor(strategy: str | None, constraints: dict[str, Any] | None) -> None:
    """`roas_average_floor` is the return on ad spend times 10,000."""
    floor = (constraints or {}).get("roas_average_floor")
    if strategy == "LOWEST_COST_WITH_MIN_ROAS":
        if not isinstance(floor, int) or not 100 <= floor <= 10_000_000:
            raise errors.invalid(
                "bid_constraints.roas_average_floor must be 100 to 10000000", "bid_constraints"
            )
    elif floor is not None:
        raise errors.invalid("bid_constraints need the bid strategy with it", "bid_constraints")


def check_promoted_object(objective: str, goal: str, promoted: dict[str, Any] | None) -> None:
    """Raises GraphError when the goal lacks its promoted object. (Meta Marketing API, ad set)"""
    alternatives = promoted_keys(objective, goal)
    if alternatives and not any(set(keys) <= set(promoted or {}) for keys in alternatives):
        raise errors.invalid("", "promoted_object", subcode=1815430)


def promoted_keys(objective: str, goal: str) -> tuple[tuple[str, ...], ...]:
    if objective == "OUTCOME_APP_PROMOTION":
        return (("application_id", "object_store_url"),)
    if goal in ("OFFSITE_CONVERSIONS", "VALUE"):
        catalogue = (("product_set_id", "custom_event_type"),)
        return (("pixel_id", "custom_event_type"), *catalogue)
    if goal in ("LEAD_GENERATION", "QUALITY_LEAD", "PAGE_LIKES") or objective.endswith("AWARENESS"):
        return (("page_id",),)
    return ()


def check_targeting(targeting: dict[str, Any]) -> None:
    check_places(targeting)
    automatic = (targeting.get("targeting_automation") or {}).get("advantage_audience")
    if automatic not in (0, 1):
        raise errors.invalid("", "targeting", subcode=1870227)
    low, high = targeting.get("age_min", 18), targeting.get("age_max", 65)
    if automatic == 1 and high < 65:
        raise errors.invalid("", "targeting", subcode=1870189)
    if not (isinstance(low, int) and isinstance(high, int) and 13 <= low <= high <= 65):
        raise errors.invalid(
            "age_min and age_max must satisfy 13 <= age_min <= age_max <= 65", "targeting"
        )
    if not set(targeting.get("genders") or []) <= {1, 2}:
        raise errors.invalid("genders must be a list of 1 and 2", "targeting")
    if set(targeting.get("publisher_platforms") or []) - _PUBLISHERS:
        raise errors.invalid("publisher_platforms names an unknown platform", "targeting")
    if "explore" in (targeting.get("instagram_positions") or []):
        raise errors.invalid("", "targeting", subcode=2490589)
    _check_interests(targeting)


def _check_interests(targeting: dict[str, Any]) -> None:
    for group in targeting.get("flexible_spec") or []:
        for interest in group.get("interests") or []:
            if not is_known(interest.get("id")):
                raise errors.invalid("", "targeting", subcode=1487079)


# Which ages and genders of an audience in a special category must stay whole.
_WHOLE_AUDIENCE = frozenset({"HOUSING", "EMPLOYMENT", "CREDIT", "FINANCIAL_PRODUCTS_SERVICES"})


def check_special_audience(categories: list[str], targeting: dict[str, Any]) -> None:
    """Raises GraphError where a special category forbids to narrow the audience."""
    if _WHOLE_AUDIENCE.isdisjoint(categories):
        return
    ages = (targeting.get("age_min", 18), targeting.get("age_max", 65))
    narrow = ages != (18, 65) or len(set(targeting.get("genders") or [])) == 1
    places = targeting.get("geo_locations") or {}
    if narrow or places.get("zips") or targeting.get("exclusions"):
        raise errors.invalid(
            "An audience in a special ad category has all ages and genders, no zips, no exclusions",
            "targeting",
        )
