from __future__ import annotations

from typing import Any

import pytest

from campaigns.models import Campaign, ReportImport
from campaigns.sync.metric_store import MetricValues, StoreResult, store_metrics
from core.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.importing.files import (
    HEAD,
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


def test_a_bad_row_leaves_the_whole_file_out(take: Take) -> None:
    result = take(TWO_ADS + "Spring,Women,Green,2026-03-01,5,1,oops,0,0\n")
    assert (result.done, result.taken, result.merged, result.refused) == (False, 0, 0, 1)
    line, field, reason = result.problems[0]
    assert (line, field) == (4, "spend")
    assert "'oops' is not a number" in reason
    assert nothing_was_imported()
    report = ReportImport.objects.get()
    assert (report.done, report.account, report.refused) == (False, None, 1)
    assert report.problems == [{"line": 4, "field": "spend", "reason": reason}]


def test_good_rows_are_taken_on_request_and_bad_ones_reported(take: Take) -> None:
    result = take(TWO_ADS + "Autumn,Women,Green,2026-03-01,5,9,1,0,0\n", skip_bad_rows=True)
    assert (result.done, result.rows, result.taken, result.refused) == (True, 3, 2, 1)
    assert (result.campaigns, result.ads, result.totals.impressions) == (1, 2, 1500)
    assert result.problems[0].line == 4
    assert "9 clicks of 5 impressions" in result.problems[0].reason
    assert list(Campaign.objects.values_list("name", flat=True)) == ["Spring"]
    assert ReportImport.objects.get().refused == 1


def test_a_file_of_bad_rows_only_is_refused_even_then(take: Take) -> None:
    result = take(HEAD + "A,,x,2026-03-01,1,2,0,0,0\n", skip_bad_rows=True)
    assert (result.done, result.refused, result.first_day) == (False, 1, None)
    assert nothing_was_imported()


def test_every_problem_of_a_row_is_named(take: Take) -> None:
    result = take(HEAD + ",g,x,2026-13-01,-1,NaN,5%,0,0\n")
    assert [(line, field) for line, field, _ in result.problems] == [
        (2, "campaign"),
        (2, "clicks"),
        (2, "date"),
        (2, "impressions"),
        (2, "spend"),
    ]
    assert result.refused == 1


def test_a_line_cut_off_at_the_end_is_reported(take: Take) -> None:
    result = take(TWO_ADS + "Spring,Women,Gre")
    assert result.problems[0].line == 4
    assert "3 cells, the header has 9: the line is cut off" in result.problems[0].reason
    assert nothing_was_imported()


def test_an_unclosed_quotation_mark_is_reported_and_its_lines_counted(take: Take) -> None:
    content = TWO_ADS + '"Spr,Women,Green,2026-03-01,5,1,1,0,0\nSpring,Women,Grey,2026-03-01,5'
    result = take(content, skip_bad_rows=True)
    assert (result.taken, result.refused, result.rows) == (2, 2, 4)
    assert result.problems[0].line == 4
    assert "not closed" in result.problems[0].reason


def test_a_text_with_the_separator_outside_quotes_is_reported(take: Take) -> None:
    result = take("campaign,date,clicks\nSpring, sale,2026-03-01,3\n")
    assert "4 cells, the header has 3: put texts" in result.problems[0].reason


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 0, "is empty"),
        (b"PK\x03\x04", 0, "Excel"),
        (b"<html></html>", 0, "web page"),
        (HEAD.encode(), 1, "a header but no rows"),
        (b"name,day\nx,2026-03-01\n", 1, "No column for campaign"),
        (b"campaign,date,clicks,spend,currency\nA,2026-03-01,1,1,EUR\nA,2026-03-02,1,1,USD\n", 3,
         "Line 2 is in EUR, line 3 in USD"),
        (b"campaign,date,clicks,currency\nA,2026-03-01,1,EURO\n", 2, "not a currency code"),
        (b"campaign,date,spend\nA,2026-03-01,1.5\nA,2026-03-02,\"1,5\"\n", 3, "decimal comma"),
        (b"campaign,date,clicks\nA,01/02/2026,1\n", 2, "as the format of Day"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_kept_with_its_problem(
    take: Take, content: bytes, line: int, words: str
) -> None:
    result = take(content, skip_bad_rows=True)
    assert (result.done, result.taken) == (False, 0)
    assert result.problems[0].line == line
    assert any(part in result.problems[0].reason for part in words.split("|"))
    assert nothing_was_imported()
    assert ReportImport.objects.get().problems[0]["reason"] == result.problems[0].reason


def test_an_empty_cell_of_a_mapped_file_is_not_taken_for_zero(take: Take) -> None:
    result = take("campaign,date,clicks\nA,2026-03-01,\n")
    assert "Write 0" in result.problems[0].reason
    assert nothing_was_imported()


def test_sums_that_would_not_fit_are_refused(take: Take) -> None:
    rows = "".join(f"A,{i},2026-03-01,99999999999\n" for i in range(93))
    result = take("campaign,ad,date,spend\n" + rows)
    assert "too large to be true" in result.problems[0].reason
    assert nothing_was_imported()


def test_a_failure_half_way_leaves_nothing_behind(
    take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def failing(account: AdAccount, rows: list[MetricValues], **more: Any) -> StoreResult:
        calls.append(len(rows))
        if len(calls) == 2:
            raise OSError("disk full")
        return store_metrics(account, rows, **more)

    monkeypatch.setattr("campaigns.importing.merging.store_metrics", failing)
    with pytest.raises(OSError, match="disk full"):
        take(TWO_ADS)
    assert calls == [2, 1]
    assert nothing_was_imported()
    assert not ReportImport.objects.exists()


def test_only_the_first_problems_are_kept(take: Take) -> None:
    rows = "".join(f"A,2026-03-01,x{i}\n" for i in range(300))
    result = take("campaign,date,clicks\n" + rows)
    assert (len(result.problems), result.refused) == (200, 300)
    assert len(ReportImport.objects.get().problems) == 200
