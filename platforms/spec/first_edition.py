"""Plans of the first edition, one kind of campaign as JSON without types, as specs.

What the first edition's clients sent without saying so is written out here: Search with its display
network off and people who are interested in a place besides those in it, clicks for the lowest
cost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import Problem, SpecMalformed, shown
from platforms.spec.text import parse_spec
from platforms.spec.versions import VERSION

Content = Mapping[str, Any]
_PARTS: dict[str, Content | None] = {
    "google": None,
    "meta": {"platform": "meta", "goal": "LINK_CLICKS", "billing": "IMPRESSIONS"},
    "tiktok": {"platform": "tiktok", "goal": "CLICK", "billing": "CPC"},
}
_CAMPAIGN_PARTS: dict[str, Content] = {"google": {"presence": "presence_or_interest"}}
_CAMPAIGN = (
    "reference name objective daily_budget_micros currency start end ad_groups political_ads"
)
_GROUP = "reference name targeting ads"
_TARGETING = "countries age_min age_max gender keywords"
_PATHS = {
    "budget.amount.micros": "daily_budget_micros",
    "budget.amount.currency": "currency",
    "schedule.start": "start",
    "schedule.end": "end",
    "declarations.political_ads": "political_ads",
}
"""Where the first edition has what a spec has elsewhere."""
_AD = "reference name landing_url headlines descriptions call_to_action"


def spec_of_first_edition(platform: str, content: Content) -> CampaignSpec:
    """Raises SpecMalformed with the path of what is not of the first edition."""
    if not isinstance(platform, str) or platform not in _PARTS:
        raise SpecMalformed([Problem("platform", f"{platform!r} is not known here")])
    _check_keys(content, _CAMPAIGN, "")
    groups = [
        _group(platform, group, f"ad_groups[{at}]")
        for at, group in enumerate(_list(content["ad_groups"], "ad_groups"))
    ]
    campaign = {
        "reference": content["reference"],
        "name": content["name"],
        "objective": content["objective"],
        "kind": "search" if platform == "google" else "auction",
        "budget": {
            "amount": {"micros": content["daily_budget_micros"], "currency": content["currency"]}
        },
        "schedule": {"start": content["start"], "end": content["end"]},
        "declarations": {"political_ads": content["political_ads"]},
        "locations": _places_of_campaign(platform, groups),
        "ad_groups": groups,
        "part": {"platform": platform, **_CAMPAIGN_PARTS.get(platform, {})},
    }
    try:
        text = json.dumps({"version": VERSION, "campaign": campaign})
    except (TypeError, ValueError, RecursionError) as err:
        raise SpecMalformed([Problem("", f"no JSON: {err}")]) from err
    try:
        return parse_spec(text)
    except SpecMalformed as err:
        problems = [Problem(_PATHS.get(one.path, one.path), one.message) for one in err.problems]
        raise SpecMalformed(problems, err.count) from err


def _places_of_campaign(platform: str, groups: list[dict[str, Any]]) -> dict[str, Any]:
    """Google keeps places on the campaign: they move there from its ad groups, which have the same
    ones."""
    if platform != "google" or not groups:
        return {}
    places: list[dict[str, Any]] = [group["targeting"].pop("locations") for group in groups]
    for at, other in enumerate(places):
        if other != places[0]:
            says = "on Google the countries belong to the campaign: give every ad group the same"
            raise SpecMalformed([Problem(f"ad_groups[{at}].targeting.countries", says)])
    return places[0]


def _group(platform: str, content: Content, path: str) -> dict[str, Any]:
    _check_keys(content, _GROUP, path)
    targeting = content["targeting"]
    _check_keys(targeting, _TARGETING, f"{path}.targeting")
    words = _texts(targeting["keywords"], f"{path}.targeting.keywords")
    ads = _list(content["ads"], f"{path}.ads")
    return {
        "reference": content["reference"],
        "name": content["name"],
        "targeting": {
            "locations": {"countries": targeting["countries"]},
            "age_min": targeting["age_min"],
            "age_max": targeting["age_max"],
            "gender": targeting["gender"],
            "keywords": [{"text": word, "match": "phrase"} for word in words],
        },
        "ads": [_ad(platform, ad, f"{path}.ads[{at}]") for at, ad in enumerate(ads)],
        "part": _PARTS[platform],
    }


def _ad(platform: str, content: Content, path: str) -> dict[str, Any]:
    _check_keys(content, _AD, path, may="image video")
    known = {name: content[name] for name in ("reference", "name", "landing_url")}
    headlines = _texts(content["headlines"], f"{path}.headlines")
    descriptions = _texts(content["descriptions"], f"{path}.descriptions")
    image, video = content.get("image"), content.get("video")
    if image is not None and video is not None:
        raise SpecMalformed([Problem(f"{path}.video", "is one too many: there is an image")])
    if image is None and video is None:
        return {
            **known,
            "format": "responsive_search",
            "headlines": [{"text": text} for text in headlines],
            "descriptions": [{"text": text} for text in descriptions],
        }
    shown = {
        **known,
        # TikTok shows no headline.
        "headline": "" if platform == "tiktok" else next(iter(headlines), ""),
        "body": next(iter(descriptions), ""),
        "call_to_action": content["call_to_action"],
    }
    if video is not None:
        return {**shown, "format": "single_video", "video": _media(video, f"{path}.video", "video")}
    return {**shown, "format": "single_image", "image": _media(image, f"{path}.image", "landscape")}


def _media(content: Any, path: str, role: str) -> dict[str, Any]:
    _check_keys(content, "asset sha256", path, may="poster_sha256 duration_ms width height")
    return {
        "asset": content["asset"],
        "sha256": content["sha256"],
        "role": role,
        "cover_sha256": content.get("poster_sha256"),
        "duration_ms": content.get("duration_ms"),
    }


def _list(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise SpecMalformed([Problem(path, "is no list")])
    return value


def _key(key: Any) -> str:
    return shown(str(key))


def _texts(value: Any, path: str) -> list[str]:
    found = _list(value, path)
    wrong = [at for at, text in enumerate(found) if not isinstance(text, str)]
    if wrong:
        raise SpecMalformed([Problem(f"{path}[{at}]", "is no text") for at in wrong])
    return found


def _check_keys(content: Any, must: str, path: str, *, may: str = "") -> None:
    if not isinstance(content, Mapping):
        raise SpecMalformed([Problem(path, "is no object")])
    needed, known = set(must.split()), set(must.split()) | set(may.split())
    prefix = f"{path}." if path else ""
    problems = [
        Problem(prefix + key, "is an unknown key")
        for key in sorted(map(_key, set(content) - known))
    ]
    problems += [Problem(prefix + key, "is missing") for key in sorted(needed - set(content))]
    if problems:
        raise SpecMalformed(problems)
