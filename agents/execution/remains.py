"""What a launch has created on the platform so far, in one sentence for page and incident."""

from __future__ import annotations

from campaigns.models import Campaign


def what_exists(campaign: Campaign | None) -> str:
    """One sentence. Needs no queries where ad groups and ads are prefetched."""
    if campaign is None or not campaign.remote_id:
        return "Nothing exists on the platform."
    groups = [group for group in campaign.ad_groups.all() if group.remote_id]
    ads = sum(1 for group in groups for ad in group.ads.all() if ad.remote_id)
    return (
        f"On the platform there is the campaign, {campaign.get_wanted_display()}, with "
        f"{_count_text(len(groups), 'ad group')} and {_count_text(ads, 'ad')}."
    )


def _count_text(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
