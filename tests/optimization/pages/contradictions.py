"""Reads all pages of an advertiser's tests and lists what two of them say differently."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from optimization.models import ABTest
from optimization.selectors import newest_analyses, tests_of, verdict_readings

_SPACE, _TAG = re.compile(r"\s+"), re.compile(r"<[^>]+>")


def plain(answer: Any) -> str:
    """The words of a page, tags and white space aside."""
    text = _TAG.sub(" ", answer.content.decode().partition("<main")[2])
    return _SPACE.sub(" ", html.unescape(text))


def contradictions(client: Any, slug: str, tests: list[ABTest]) -> list[str]:
    """One sentence for each; `client` is signed in and may see the advertiser."""
    listed = plain(client.get(f"/a/{slug}/ab-tests/"))
    readings = verdict_readings(tests, newest_analyses(tests))
    return [
        f"{test}: {text}"
        for test in tests
        for text in _of_test(client, slug, test, listed, readings[test.pk])
    ]


def _of_test(client: Any, slug: str, test: ABTest, listed: str, reading: Any) -> Iterator[str]:
    answer = client.get(f"/a/{slug}/ab-tests/{test.pk}/")
    page, report = plain(answer), answer.context["report"]
    told = client.get(f"/api/v1/ab-tests/{test.pk}/").json()["reading"]
    if told["sentence"] != reading.sentence or reading.sentence not in page:
        yield "page and API have different sentences"
    if reading.lead is not None:
        if told["lead"]["lift"] != reading.lead.lead.lift or reading.lead.text not in listed:
            yield "list, API and page have different leads"
        if reading.lead.text not in reading.sentence:
            yield "the sentence has another lead"
        row = next(r for r in report.lines if r.subject.pk == reading.lead.lead.over_id)
        if row.behind and f"{reading.lead.lead.lift:.0%}" not in row.behind:
            yield "the table has another lead"
    yield from _of_decided(test, report, page) if reading.is_decided else _of_open(report)


def _of_decided(test: ABTest, report: Any, page: str) -> Iterator[str]:
    for undecided in ("would decide", "is proven best on", "more days are needed"):
        if undecided in page.partition("Analyses")[0]:
            yield f"a decided test says “{undecided}”"
    winners = [row.subject.pk for row in report.lines if row.word == "Winner"]
    if winners != [test.winner_subject_id]:
        yield "the table has another winner"
    for analysis, word, _, said in report.history:
        if analysis.pk > (test.deciding_id or 0) and word != "Stands":
            yield f"a later analysis says “{said}”"


def _of_open(report: Any) -> Iterator[str]:
    if any(row.word == "Winner" for row in report.lines):
        yield "the table has a winner that the verdict does not name"


def all_contradictions(client: Any, advertiser: Any) -> list[str]:
    return contradictions(client, advertiser.slug, list(tests_of(advertiser)))
