"""The tabs of the campaigns list with the selection carried down, and saved views."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, Label, SavedView
from core.models import Advertiser, AuditEntry
from tests.campaigns.lists.pages import LIST, names, shown
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import signed_in, text
from tests.fixtures.people import People, make_advertiser

pytestmark = pytest.mark.usefixtures("noon")


# ---- tabs ----


@pytest.fixture
def trees(advertiser: Advertiser) -> list[Campaign]:
    """Two campaigns with an ad group each, two ads and one."""
    boots, hats = (make_campaign(make_account(advertiser), name) for name in ("Boots", "Hats"))
    for campaign, name, spend in ((boots, "Blue", 10), (boots, "Red", 30), (hats, "Wool", 5)):
        deliver(make_ad(campaign, name), spend=spend, revenue=60)
    return [boots, hats]


def test_tabs_show_ad_groups_and_ads_with_sums_of_ads(
    approver: Client, trees: list[Campaign]
) -> None:
    groups = approver.get(f"{LIST}ad-groups/")
    assert [(r.item.campaign.name, str(r.figures.spend)) for r in groups.context["table"].rows] == [
        ("Boots", "$40.00"),
        ("Hats", "$5.00"),
    ]
    assert (shown(groups)["spend"], shown(groups)["roas"]) == ("$45.00", "4.00x")
    ads = approver.get(f"{LIST}ads/")
    assert names(ads) == ["Red", "Blue", "Wool"]
    assert "Boots › Everyone" in text(ads)


def test_ticked_rows_narrow_the_tabs_below_and_not_their_own(
    approver: Client, trees: list[Campaign]
) -> None:
    boots, hats = trees
    group = boots.ad_groups.get()
    listed = approver.get(f"{LIST}?campaigns={boots.pk}")
    assert listed.context["table"].count == 2
    assert listed.context["ticked"] == (boots.pk,)
    assert f"ad-groups/?campaigns={boots.pk}" in text(listed)
    for path in (
        f"ads/?campaigns={boots.pk}",
        f"ads/?ad_groups={group.pk}&campaigns={hats.pk}",
    ):
        response = approver.get(LIST + path)
        assert names(response) == ["Red", "Blue"]
        assert shown(response)["spend"] == "$40.00"
    repeated = approver.get(f"{LIST}ads/?campaigns={boots.pk}&campaigns={hats.pk}")
    assert repeated.context["table"].count == 3
    assert "2 selected campaigns" in text(repeated)


def test_foreign_selection_finds_nothing(approver: Client, advertiser: Advertiser) -> None:
    theirs = make_ad(make_campaign(make_account(make_advertiser("rival")), "Theirs"))
    path = f"{LIST}ads/?campaigns={theirs.ad_group.campaign_id}"
    assert approver.get(path).context["table"].count == 0


def test_a_parent_that_is_off_is_named(approver: Client, trees: list[Campaign]) -> None:
    Campaign.objects.filter(name="Boots").update(wanted="paused")
    rows = approver.get(f"{LIST}ads/").context["table"].rows
    assert [row.word for row in rows] == ["Paused by campaign", "Paused by campaign", "Active"]
    found = approver.get(f"{LIST}ads/?delivery=paused-by-campaign")
    assert names(found) == ["Red", "Blue"]


def test_an_ad_group_is_paused_from_the_list(approver: Client, trees: list[Campaign]) -> None:
    group = trees[0].ad_groups.get()
    group.remote_id, group.wanted = "g1", "active"
    group.save()
    url = f"/a/acme/ad-groups/{group.pk}/status/"
    back = f"{LIST}ad-groups/?campaigns=1"
    assert approver.post(url, {"to": "paused", "next": back})["Location"] == back
    group.refresh_from_db()
    assert group.wanted == "paused"
    assert AuditEntry.objects.get().action == "set ad group status"


def test_an_ad_is_paused_in_its_line_of_the_list(approver: Client, trees: list[Campaign]) -> None:
    ad = trees[1].ad_groups.get().ads.get()
    url = f"/a/acme/ads/{ad.pk}/status/?cols=roas"
    page = text(approver.post(url, {"to": "paused"}, headers={"HX-Request": "true"}))
    assert page.startswith(f'<tr id="ad-{ad.pk}"')
    assert "Being published" in page
    assert f'hx-get="/a/acme/ads/{ad.pk}/line/?cols=roas"' in page
    assert "12.00x" in page
    assert "Wool is being paused." in page
    rival = make_ad(make_campaign(make_account(make_advertiser("rival")), "Theirs"))
    for path in (f"ads/{rival.pk}/line/", f"ad-groups/{rival.ad_group_id}/line/"):
        assert approver.get(f"/a/acme/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "ad-groups/", "ads/", "?cols=setup", "ads/?cols=setup"])
def test_queries_do_not_grow_with_the_rows(
    path: str, approver: Client, advertiser: Advertiser, django_assert_max_num_queries: Any
) -> None:
    def grow(count: int) -> None:
        label, _ = Label.objects.get_or_create(advertiser=advertiser, name="Spring")
        for number in range(count):
            campaign = make_campaign(account, f"C{number}")
            label.campaigns.add(campaign)
            deliver(campaign)
            deliver(make_ad(campaign))

    account = make_account(advertiser)
    grow(2)
    approver.get(LIST + path)
    with django_assert_max_num_queries(40) as few:
        approver.get(LIST + path)
    grow(20)
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert approver.get(LIST + path).context["table"].count == 22


# ---- saved views ----


def save(client: Client, name: str, query: str, **more: str) -> Any:
    wish = {"name": name, "query": query, "level": "ads", **more}
    return client.post(f"{LIST}views/", wish, follow=True)


def test_a_view_opens_as_it_was_kept(approver: Client, trees: list[Campaign]) -> None:
    query = f"range=7d&campaigns={trees[0].pk}&cols=roas,spend&sort=-roas&page=3"
    opened = save(approver, "Best  of Boots", query)
    assert opened.redirect_chain[0][0] == (
        f"{LIST}ads/?range=7d&campaigns={trees[0].pk}&cols=roas,spend&sort=-roas"
    )
    assert list(shown(opened)) == ["roas", "spend"]
    assert names(opened) == ["Blue", "Red"]
    assert SavedView.objects.get().name == "Best of Boots"
    assert not AuditEntry.objects.exists()


def test_views_are_for_oneself_or_for_the_team(
    approver: Client, trees: list[Campaign], people: People
) -> None:
    save(approver, "Private", "search=a")
    save(approver, "Common", "search=b", shared="on")
    viewer = signed_in(people.viewer)
    page = text(viewer.get(LIST))
    assert "Common" in page
    assert "Private" not in page
    private, common = (SavedView.objects.get(name=n).pk for n in ("Private", "Common"))
    assert viewer.post(f"{LIST}views/{private}/remove/").status_code == 404
    refused = viewer.post(f"{LIST}views/{common}/remove/", follow=True)
    assert "they or an admin can remove it" in text(refused)
    assert SavedView.objects.count() == 2
    assert AuditEntry.objects.get().action == "share a view"


def test_a_viewer_keeps_views_and_shares_none(viewer: Client, trees: list[Campaign]) -> None:
    save(viewer, "Mine", "search=a")
    assert "needs the role editor" in text(save(viewer, "Ours", "search=a", shared="on"))
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Mine"]


def test_an_admin_removes_what_the_team_shares(
    approver: Client, trees: list[Campaign], people: People
) -> None:
    save(approver, "Common", "search=b", shared="on")
    admin = signed_in(people.admin)
    admin.post(f"{LIST}views/{SavedView.objects.get().pk}/remove/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(("name", "level"), [("", "ads"), ("x" * 81, "ads"), ("Fine", "keywords")])
def test_a_view_that_cannot_be_kept_is_refused(
    name: str, level: str, approver: Client, trees: list[Campaign]
) -> None:
    save(approver, name, "search=a", level=level)
    assert not SavedView.objects.exists()
