"""What a launch that stopped still has to do: the difference of what stands and what was
approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agents.models import Strategy
from agents.plans import PlanMalformed, parse_plan
from campaigns.models import Campaign, Wanted
from platforms.spec.campaign import CampaignSpec
from platforms.spec.changes.change_set import ChangeSet, Create, SetStatus
from platforms.spec.changes.difference import diff

_KINDS = {"campaign": "campaign", "ad_group": "ad group", "ad": "ad"}


def left_to_do(strategy: Strategy) -> list[str]:
    """One sentence per campaign; none where all is done. Needs no queries where campaigns, ad
    groups and ads are prefetched."""
    try:
        plan = parse_plan(strategy.plan)
    except PlanMalformed:
        return []
    made = {campaign.reference: campaign for campaign in strategy.launched}
    several = len(plan.campaigns) > 1
    lines = [(spec, _words(remainder(spec, made.get(spec.reference)))) for spec in plan.campaigns]
    return [f"“{spec.name}”: {text}" if several else text for spec, text in lines if text]


def remainder(spec: CampaignSpec, campaign: Campaign | None) -> ChangeSet:
    """What leads from the part of it that stands to the whole."""
    return diff(standing(spec, campaign), spec)


def standing(spec: CampaignSpec, campaign: Campaign | None) -> CampaignSpec | None:
    """The part of an approved spec whose creation is settled."""
    if campaign is None or not campaign.remote_id:
        return None
    there = set(_references(campaign))
    groups = tuple(
        group.model_copy(update={"ads": tuple(ad for ad in group.ads if ad.reference in there)})
        for group in spec.ad_groups
        if group.reference in there
    )
    status = "active" if campaign.wanted == Wanted.ACTIVE else "paused"
    return spec.model_copy(update={"ad_groups": groups, "status": status})


def _references(campaign: Campaign) -> Iterator[str]:
    for group in campaign.ad_groups.all():
        if group.remote_id:
            yield group.reference
            yield from (ad.reference for ad in group.ads.all() if ad.remote_id)


def _words(left: ChangeSet) -> str:
    """Such as: create 1 ad group and 2 ads; switch the campaign on."""
    creates: Counter[str] = Counter(
        change.key.kind for change in left.changes if isinstance(change, Create)
    )
    counts = [
        f"{creates[kind]} {word}{'' if creates[kind] == 1 else 's'}"
        for kind, word in _KINDS.items()
        if creates[kind]
    ]
    parts = [f"create {_joined(counts)}"] if counts else []
    if any(isinstance(one, SetStatus) and one.key.kind == "campaign" for one in left.changes):
        parts.append("switch the campaign on")
    return "; ".join(parts)


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
