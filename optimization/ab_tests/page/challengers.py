"""What to try next when a test has ended: new combinations of what did well.

A challenger changes one thing against the best arm, so that the next test says what made the
difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from campaigns.models import Ad, Asset, Creative
from optimization.models import ABTest, Analysis

MOST = 3
Parts = tuple[str, str, int | None]


@dataclass(frozen=True)
class Challenger:
    """One creative to make: its texts, its picture or video, and which one thing is new."""

    headline: str
    description: str
    image: Asset | None
    why: str


def challengers(test: ABTest, latest: Analysis | None) -> list[Challenger]:
    """Up to three, best first; empty for ad groups and for ads whose texts are not known."""
    if test.compares_groups:
        return []
    ranked = _ranked(test, latest)
    creatives = [ad.creative for ad in ranked if ad.creative is not None]
    if not creatives:
        return []
    best, others = creatives[0], [*creatives[1:], *_library(test, creatives)]
    known = {_parts(creative) for creative in creatives}
    found: list[Challenger] = []
    for other in others:
        for made in _mixed(best, other):
            parts = (made.headline, made.description, made.image.pk if made.image else None)
            if parts not in known:
                known.add(parts)
                found.append(made)
    return found[:MOST]


def _ranked(test: ABTest, latest: Analysis | None) -> list[Ad]:
    """The ads of the test, the winner first, then by their chance to be the best."""
    chance = latest.stored_result.chances if latest else {}
    ads = Ad.objects.filter(arms__test=test).select_related("creative")
    found = list(ads.prefetch_related("creative__assets"))
    return sorted(found, key=lambda ad: (ad.pk != test.winner_id, -chance.get(ad.pk, 0.0), ad.pk))


def _library(test: ABTest, used: Sequence[Creative]) -> Iterable[Creative]:
    """Winners of the advertiser's other tests: what worked elsewhere may work here."""
    advertiser = test.campaign.account.advertiser
    won = Creative.objects.filter(advertiser=advertiser, ads__in=_winners(test)).exclude(
        pk__in=[creative.pk for creative in used]
    )
    return won.prefetch_related("assets").distinct().order_by("-pk")[:MOST]


def _winners(test: ABTest) -> list[int]:
    tests = ABTest.objects.filter(
        campaign__account__advertiser=test.campaign.account.advertiser,
        status=ABTest.Status.WINNER,
        winner__isnull=False,
    ).exclude(pk=test.pk)
    return [pk for pk in tests.values_list("winner_id", flat=True)[:50] if pk is not None]


def _parts(creative: Creative) -> Parts:
    return _first(creative.headlines), _first(creative.descriptions), _image_id(creative)


def _first(texts: Sequence[str]) -> str:
    return texts[0] if texts else ""


def _image_id(creative: Creative) -> int | None:
    return creative.image.pk if creative.image else None


def _mixed(best: Creative, other: Creative) -> list[Challenger]:
    """The best with one part of the other."""
    headline, description = _first(best.headlines), _first(best.descriptions)
    made = []
    if other.image and other.image != best.image:
        why = f"the texts of the best, the {other.image.get_kind_display()} of “{other.name}”"
        made.append(Challenger(headline, description, other.image, why))
    if _first(other.headlines) not in {"", headline}:
        why = f"the best with the headline of “{other.name}”"
        made.append(Challenger(_first(other.headlines), description, best.image, why))
    if _first(other.descriptions) not in {"", description}:
        why = f"the best with the text of “{other.name}”"
        made.append(Challenger(headline, _first(other.descriptions), best.image, why))
    return made
