"""What a launch has made on the platform so far: the one answer for the page and the incident."""

from __future__ import annotations

from campaigns.models import Campaign


def what_exists(campaign: Campaign | None) -> str:
    """One sentence. Asks no queries where ad groups and ads are prefetched."""
    if campaign is None or not campaign.remote_id:
        return "Nothing exists on the platform."
    groups = [group for group in campaign.ad_groups.all() if group.remote_id]
    ads = sum(1 for group in groups for ad in group.ads.all() if ad.remote_id)
    return (
        f"On the platform there is the campaign, {campaign.get_wanted_display()}, with "
        f"{_counted(len(groups), 'ad group')} and {_counted(ads, 'ad')}."
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
