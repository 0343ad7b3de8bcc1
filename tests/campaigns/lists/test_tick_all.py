"""All rows of a filter, on every page of it: what the preview names is what is changed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.http import urlencode

from campaigns.lists import MOST_AT_ONCE
from campaigns.models import Ad, Campaign, Label, PublishRequest
from core.models import Advertiser, AuditEntry, Job
from platforms.models import AdAccount
from tests.campaigns.lists.pages import LIST, names
from tests.campaigns.page_rows import make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import make_advertiser

pytestmark = pytest.mark.usefixtures("noon")
BULK = f"{LIST}bulk/"


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    """60 pairs of boots on two pages, and 3 hats."""
    account = make_account(advertiser)
    for name in [*(f"Boots {n:02}" for n in range(60)), "Hat 1", "Hat 2", "Hat 3"]:
        make_campaign(account, name)
    return account


def tick_all(client: Client, query: str = "search=boots", path: str = LIST) -> Any:
    """Follow the link of the list."""
    page = client.get(f"{path}?{query}").content.decode()
    (link,) = re.findall(r'href="(\?[^"]*tick=[^"]*)">Tick all', page)
    return client.get(path + unescape(link))


def sent_with(response: Any) -> dict[str, Any]:
    """The hidden fields and the boxes of the form of ticked rows."""
    page = response.content.decode()
    form = page[page.index('<form id="ticked"') : page.index("</form>", page.index('id="ticked"'))]
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    found: dict[str, Any] = {name: unescape(value) for name, value in pairs}
    level = found["level"]
    found[level] = re.findall(
        rf'type="checkbox" form="ticked" name="{level}" value="(\d+)" checked', page
    )
    return found


def confirm(client: Client, seen: Any) -> Any:
    page = seen.content.decode()
    form = page[page.index('<form method="post" class="stack"') :]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
        sent.setdefault(name, []).append(unescape(value))
    return client.post(BULK, sent)


def paused() -> set[str]:
    return set(Campaign.objects.filter(wanted="paused").values_list("name", flat=True))


def nothing_happened() -> bool:
    ledgers = (PublishRequest, AuditEntry, Job)
    return not any(model._default_manager.exists() for model in ledgers)


def test_the_list_offers_all_that_fit_and_says_how_many(
    approver: Client, account: AdAccount
) -> None:
    assert "Tick all 60 of the filter" in text(approver.get(f"{LIST}?search=boots"))
    assert "Tick all 63<" in text(approver.get(LIST))
    assert "Tick all" not in text(approver.get(f"{LIST}?search=hat")).replace(
        "Tick all of this", ""
    )
    seen = tick_all(approver)
    assert len(names(seen)) == 50
    assert len(sent_with(seen)["campaigns"]) == 50
    assert "<strong data-tick-count>60</strong> ticked" in text(seen)
    assert ">Export all 60<" in text(seen)


def test_the_ticks_end_with_the_filter_that_they_were_made_for(
    approver: Client, account: AdAccount
) -> None:
    seen = tick_all(approver)
    mark = seen.wsgi_request.GET["tick"]
    second = approver.get(f"{LIST}?search=boots&tick={mark}&page=2")
    assert len(sent_with(second)["campaigns"]) == 10
    for query in ("", "search=boot", "search=boots&status=active", "search=boots&platform=meta"):
        wider = approver.get(f"{LIST}?{query}&tick={mark}")
        assert "filter" not in sent_with(wider)
        assert sent_with(wider)["campaigns"] == []


def test_every_row_that_fits_is_named_and_then_changed(
    approver: Client, account: AdAccount
) -> None:
    seen = approver.get(BULK, {**sent_with(tick_all(approver)), "do": "pause"})
    assert "60 ticked campaigns" in text(seen)
    assert {c.item.name for c in seen.context["changes"]} == {f"Boots {n:02}" for n in range(60)}
    assert all(f"Boots {n:02}" in text(seen) for n in range(60))
    assert nothing_happened()
    done = confirm(approver, seen)
    assert "60 changes requested" in text(done)
    assert paused() == {f"Boots {n:02}" for n in range(60)}


def test_what_fits_the_filter_later_does_not_slip_in(approver: Client, account: AdAccount) -> None:
    seen = approver.get(BULK, {**sent_with(tick_all(approver)), "do": "pause"})
    make_campaign(account, "Boots that came later")
    Campaign.objects.filter(name="Hat 1").update(name="Boots once a hat")
    confirm(approver, seen)
    assert paused() == {f"Boots {n:02}" for n in range(60)}


def test_a_filter_that_is_sent_with_the_yes_is_not_looked_at(
    approver: Client, account: AdAccount
) -> None:
    form = {**sent_with(tick_all(approver)), "do": "pause"}
    one = Campaign.objects.get(name="Hat 1").pk
    approver.post(BULK, {**form, "campaigns": [], "change": f"{one}:active:paused"})
    assert nothing_happened()
    assert paused() == set()


def test_what_no_longer_fits_stays_named_and_is_held_as_it_was_shown(
    approver: Client, account: AdAccount
) -> None:
    seen = approver.get(BULK, {**sent_with(tick_all(approver)), "do": "pause"})
    Campaign.objects.filter(name="Boots 00").update(name="Renamed")
    Campaign.objects.filter(name="Boots 01").update(wanted="archived")
    done = confirm(approver, seen)
    refused = {c.item.name: c.refusal for c in done.context["changes"] if c.refusal}
    assert list(refused) == ["Boots 01"]
    assert "changed meanwhile" in refused["Boots 01"]
    assert "Renamed" in paused()


def test_a_box_that_is_emptied_is_left_out(approver: Client, account: AdAccount) -> None:
    form = sent_with(tick_all(approver))
    left = Campaign.objects.get(pk=form["campaigns"].pop())
    seen = approver.get(BULK, {**form, "do": "pause"})
    assert len(seen.context["changes"]) == 59
    confirm(approver, seen)
    assert paused() == {f"Boots {n:02}" for n in range(60)} - {left.name}


def test_how_much_is_asked_first_and_the_ticks_stay(approver: Client, account: AdAccount) -> None:
    label = Label.objects.create(advertiser=account.advertiser, name="Spring")
    for campaign in Campaign.objects.filter(name__startswith="Boots"):
        campaign.labels.add(label)
    form = sent_with(tick_all(approver, f"label={label.pk}"))
    asked = approver.get(BULK, {**form, "do": "label"})
    assert "60 ticked campaigns" in text(asked)
    kept = dict(asked.context["hidden_fields"])
    wish = {"do": "label", "level": "campaigns", "label": "Sale", **kept}
    wish["campaigns"] = form["campaigns"]
    seen = approver.get(BULK, wish)
    assert {c.after_shown for c in seen.context["changes"]} == {"Spring, Sale"}
    confirm(approver, seen)
    assert Label.objects.get(name="Sale").campaigns.count() == 60


def test_more_than_the_bound_is_refused_and_nothing_happens(
    approver: Client, account: AdAccount
) -> None:
    more = [Campaign(account=account, name=f"Boots x{n}") for n in range(MOST_AT_ONCE - 59)]
    Campaign.objects.bulk_create(more)
    form = {**sent_with(tick_all(approver)), "do": "pause"}
    answer = approver.get(BULK, form, follow=True)
    said = "501 campaigns are ticked, and this takes at most 500 at once. Narrow the filter"
    assert said in text(answer)
    assert answer.redirect_chain[0][0] == form["back"]
    more[0].delete()
    assert len(approver.get(BULK, form).context["changes"]) == 500
    assert nothing_happened()


def test_a_filter_whose_part_is_gone_ticks_nothing_more(
    approver: Client, account: AdAccount
) -> None:
    label = Label.objects.create(advertiser=account.advertiser, name="Spring")
    for campaign in Campaign.objects.filter(name__startswith="Boots"):
        campaign.labels.add(label)
    form = {**sent_with(tick_all(approver, f"label={label.pk}")), "do": "pause"}
    label.delete()
    answer = approver.get(BULK, form, follow=True)
    assert "That label is not here" in text(answer)
    assert "Nothing is ticked" in text(answer)
    assert nothing_happened()


def test_another_advertisers_rows_never_fit(approver: Client, account: AdAccount) -> None:
    theirs = make_account(make_advertiser("rival"))
    make_campaign(theirs, "Boots of others")
    form = {**sent_with(tick_all(approver)), "do": "pause"}
    seen = approver.get(BULK, form)
    assert "Boots of others" not in text(seen)
    form["filter"] = urlencode({"account": theirs.pk})
    assert "That account is not here" in text(approver.get(BULK, form, follow=True))


def test_all_ads_of_a_filter_are_paused_too(approver: Client, account: AdAccount) -> None:
    boots = Campaign.objects.get(name="Boots 00")
    for n in range(55):
        make_ad(boots, f"Ad {n:02}")
    make_ad(Campaign.objects.get(name="Hat 1"), "Ad of a hat")
    path = f"{LIST}ads/"
    form = sent_with(tick_all(approver, f"campaigns={boots.pk}", path))
    seen = approver.get(BULK, {**form, "do": "pause"})
    assert len(seen.context["changes"]) == 55
    confirm(approver, seen)
    assert list(Ad.objects.filter(wanted="active").values_list("name", flat=True)) == [
        "Ad of a hat"
    ]


def test_all_that_fit_are_carried_down(approver: Client, account: AdAccount) -> None:
    make_ad(Campaign.objects.get(name="Boots 59"), "Blue")
    make_ad(Campaign.objects.get(name="Hat 1"), "Red")
    seen = tick_all(approver)
    for below in ("ad-groups", "ads"):
        url = f"{LIST}{below}/of/"
        answer = approver.get(url, sent_with(seen), follow=True)
        assert "60 selected campaigns" in text(answer)
        assert answer.context["table"].count == 1
        assert url in text(seen)
    tab = seen.context["tabs"][1].url
    assert "60 selected campaigns" in text(approver.get(tab, follow=True))


def test_too_many_to_be_carried_down_are_refused(approver: Client, account: AdAccount) -> None:
    Campaign.objects.bulk_create(
        [Campaign(account=account, name=f"Boots x{n}") for n in range(141)]
    )
    answer = approver.get(f"{LIST}ads/of/", sent_with(tick_all(approver)), follow=True)
    assert "201 campaigns are ticked, and this takes at most 200 at once" in text(answer)


@pytest.mark.parametrize("below", ["ad-groups", "ads"])
@pytest.mark.parametrize("sent", [{"filter": "search=nothing-like-it"}, {}])
def test_what_fits_nothing_leads_to_nothing(
    approver: Client, account: AdAccount, below: str, sent: dict[str, str]
) -> None:
    back = f"{LIST}?search=nothing-like-it"
    answer = approver.get(f"{LIST}{below}/of/", {**sent, "back": back}, follow=True)
    assert answer.redirect_chain == [(back, 302)]
    assert "Nothing is ticked. Tick at least one row first." in text(answer)


def test_a_kept_view_and_a_search_do_not_take_the_ticks_along(
    approver: Client, account: AdAccount
) -> None:
    seen = tick_all(approver)
    assert "tick=" not in seen.context["view_query"] + seen.context["csv_url"]
    for kept in ("hidden_fields", "hidden_in_filters", "hidden_in_search"):
        assert "tick" not in dict(seen.context[kept])
