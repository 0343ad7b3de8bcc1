"""All rules, as one pack per platform with a version.

One pack for the review of a plan and for the client that sends it, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping

from platforms.rules import addresses, audience, money, size, supported, texts
from platforms.rules.capabilities import Capabilities
from platforms.rules.rule import Rule
from platforms.spec.campaign import CampaignSpec
from platforms.types import SpecProblem

RULES_VERSION: Mapping[str, int] = {"google": 1, "meta": 1, "tiktok": 1}
"""Raised whenever a rule of that platform's pack refuses something else than before."""

_LIMITS = "Google Ads API v26, Meta's guide to ads, TikTok's guide to in-feed ads"
PACK: tuple[Rule, ...] = (
    Rule(
        "political-ads",
        "TikTok's advertising policies",
        money.politics,
        money.politics_sentence,
    ),
    Rule(
        "budget-unit",
        "Google Ads API v26, CampaignBudget; Meta Marketing API v26.0, currencies",
        money.budget,
        money.budget_sentence,
    ),
    Rule(
        "ages",
        "Google AgeRangeType, Meta targeting, TikTok age_groups",
        audience.ages,
        audience.ages_sentence,
    ),
    Rule(
        "keywords",
        "Google Ads API v26, CriterionError",
        audience.keywords,
        audience.keywords_sentence,
    ),
    Rule(
        "size",
        "Google Ads API v26, RequestError.TOO_MANY_MUTATE_OPERATIONS",
        size.size,
        size.size_sentence,
    ),
    Rule("text-counts", _LIMITS, texts.counts, texts.counts_sentence),
    Rule("text-lengths", _LIMITS, texts.lengths, texts.lengths_sentence),
    Rule(
        "text-repeats",
        "Google Ads API v26, AdError.DUPLICATE_ASSET",
        texts.repeats,
        texts.repeats_sentence,
    ),
    Rule(
        "address",
        "Google Ads API v26, final_urls",
        addresses.addresses,
        addresses.addresses_sentence,
    ),
    Rule("signs", _LIMITS, texts.signs, texts.signs_sentence),
    Rule(
        "supported",
        "the tables of capabilities",
        supported.unsupported,
        lambda _: "Only what the table of capabilities has is used.",
    ),
)


def spec_problems(can: Capabilities, spec: CampaignSpec) -> list[SpecProblem]:
    """Each problem once, in the order of the rules. Of a field that a rule with words of its own
    refuses, the table of capabilities says nothing more."""
    found: list[SpecProblem] = []
    for rule in PACK:
        named = {problem.field for problem in found}
        problems = rule.check(can, spec)
        found += [
            problem
            for problem in problems
            if rule.check is not supported.unsupported or problem.field not in named
        ]
    return list(dict.fromkeys(found))


def sentences(can: Capabilities) -> list[tuple[str, str]]:
    """The id and the sentence of each rule that says something of this platform."""
    found = ((rule.id, rule.sentence(can)) for rule in PACK)
    return [(key, text) for key, text in found if text]
