"""URL tags of the landing pages, by which web analytics assigns visits to campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from campaigns.lists.levels import Level
from campaigns.models import Ad

PREFIX = "utm_"
_OWNERS = {"campaigns": "ad_group__campaign_id", "ad_groups": "ad_group_id", "ads": "pk"}


def tracking(level: Level, shown: Sequence[int]) -> dict[int, str]:
    """In words for each row, of its ads whose landing page is known; one query."""
    owner = _OWNERS[level.key]
    ads = Ad.objects.filter(**{f"{owner}__in": shown}).exclude(creative__landing_url="")
    found: dict[int, list[list[str]]] = {}
    for pk, url in ads.filter(creative__isnull=False).values_list(owner, "creative__landing_url"):
        found.setdefault(pk, []).append(tags_of(url))
    return {pk: _tags_text(tags) for pk, tags in found.items()}


def tags_of(url: str) -> list[str]:
    """The names of an address's URL tags that have a value."""
    try:
        query = urlsplit(url).query
    except ValueError:  # a platform may hold anything
        return []
    return [name for name, value in parse_qsl(query) if name.startswith(PREFIX)]


def _tags_text(ads: list[list[str]]) -> str:
    tagged = [tags for tags in ads if tags]
    if not tagged:
        return "No URL tags"
    if len(tagged) < len(ads):
        return f"{len(tagged)} of {len(ads)} ads tagged"
    return ", ".join(dict.fromkeys(name for tags in tagged for name in tags))
