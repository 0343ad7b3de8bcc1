from __future__ import annotations

import pytest

from campaigns.models import Ad, DailyMetric
from core.models import Advertiser
from tests.campaigns.importing.files import (
    LATER,
    TWO_ADS,
    Take,
    make_shop,
    nothing_was_imported,
    taking,
)


@pytest.fixture
def advertiser(db: None) -> Advertiser:
    return make_shop()


@pytest.fixture
def take(advertiser: Advertiser) -> Take:
    return taking(advertiser)


def test_a_repeated_key_refuses_both_lines(take: Take) -> None:
    content = TWO_ADS + "Spring,Women,Blue,2026-03-01,1,0,0,0,0\n"
    result = take(content)
    assert [problem.line for problem in result.problems] == [2, 4]
    assert "as line 4" in result.problems[0].reason
    assert "as line 2" in result.problems[1].reason
    assert "broken down further" in result.problems[0].reason
    assert nothing_was_imported()
    skipped = take(content, skip_bad_rows=True)
    assert (skipped.taken, skipped.refused) == (1, 2)
    assert list(Ad.objects.values_list("name", flat=True)) == ["Red"]


def test_crossing_periods_of_one_campaign_are_refused(take: Take) -> None:
    result = take(
        "campaign,ad,first,last,clicks\n"
        "A,x,2026-03-01,2026-03-07,7\n"
        "A,y,2026-03-07,2026-03-07,1\n"
        "B,x,2026-03-01,2026-03-07,7\n"
        "B,x,2026-03-08,2026-03-08,1\n"
    )
    assert [problem.line for problem in result.problems] == [2, 3]
    assert "share days" in result.problems[0].reason
    assert nothing_was_imported()


def test_a_week_over_days_that_are_known_is_refused(take: Take) -> None:
    head = "campaign,first,last,clicks\n"
    take(head + "A,2026-03-03,2026-03-03,1\n")
    result = take(head + "A,2026-03-01,2026-03-07,7\nB,2026-03-01,2026-03-07,7\n", at=LATER)
    assert [problem.line for problem in result.problems] == [2]
    assert "2026-03-03 to 2026-03-03 from an earlier import" in result.problems[0].reason
    assert DailyMetric.objects.get().clicks == 1


def test_a_day_within_a_known_week_is_refused(take: Take) -> None:
    take("campaign,first,last,clicks\nA,2026-03-01,2026-03-07,7\n")
    result = take("campaign,date,clicks\nA,2026-03-05,1\n", at=LATER)
    assert "would count twice" in result.problems[0].reason
    assert DailyMetric.objects.get().clicks == 7


def test_campaign_rows_do_not_contradict_ads_that_are_known(take: Take) -> None:
    take(TWO_ADS)
    content = "campaign,date,impressions,clicks\nSpring,2026-03-01,9,1\nNew,2026-03-01,5,1\n"
    result = take(content, at=LATER)
    assert [problem.line for problem in result.problems] == [2]
    assert "its numbers are their sum" in result.problems[0].reason
    assert DailyMetric.objects.get(level="campaign").impressions == 1500
    assert take(content, account_name="Campaign level", at=LATER).done
