"""The REST API: names, units, refusals as on the pages; problem+json; tokens, tenant isolation."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from adsengine.api.errors import problem_json
from agents.models import Strategy
from campaigns.models import Ad, AdGroup, Asset, Brief, Campaign, PublishRequest
from campaigns.sync.metric_store import MetricValues, store_metrics
from core import jobs
from core.common import clock
from core.models import Advertiser, ApiToken, Role
from core.retries import Contended
from optimization.models import ABTest
from platforms.models import AdAccount
from tests.fixtures.people import People, client_of, make_advertiser
from tests.fixtures.videos import film
from tests.fixtures.world import picture

YESTERDAY = clock.market_now().date() - timedelta(days=2)


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return AdAccount.objects.create(
        advertiser=advertiser,
        platform="meta",
        external_id="1",
        name="Shop",
        currency="USD",
        time_zone="America/New_York",
    )


@pytest.fixture
def campaign(account: AdAccount) -> Campaign:
    made = Campaign.objects.create(
        account=account,
        name="Boots",
        remote_id="900",
        wanted="active",
        remote="active",
        daily_budget_micros=100_000_000,
    )
    group = AdGroup.objects.create(campaign=made, name="All")
    for name in ("A", "B"):
        Ad.objects.create(ad_group=group, name=name, remote_id=name, wanted="active")
    store_metrics(
        account,
        [
            MetricValues(
                level="campaign",
                campaign_id=made.pk,
                ad_id=None,
                day=YESTERDAY,
                impressions=1000,
                clicks=25,
                conversions=Decimal("2.5"),
                spend_micros=12_340_000,
                revenue_micros=50_000_000,
            )
        ],
        seen_at=clock.market_now(),
    )
    return made


@pytest.fixture
def api(people: People) -> APIClient:
    """An approver's token."""
    return client_of(people.approver, Role.ADMIN)


def test_anonymous_and_wrong_tokens_are_401(db: None) -> None:
    client = APIClient()
    assert client.get("/api/v1/campaigns/").status_code == 401
    client.credentials(HTTP_AUTHORIZATION="Bearer aet_wrong")
    answer = client.get("/api/v1/campaigns/")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


NUL = "z%00"


@pytest.mark.parametrize(
    "path",
    [
        f"performance/?advertiser={NUL}",
        f"naming/?advertiser={NUL}",
        f"performance/?platform={NUL}",
        f"decisions/?state={NUL}",
        f"campaigns/?search={NUL}",
    ],
)
def test_what_no_row_can_hold_is_refused_by_name(
    api: APIClient, campaign: Campaign, path: str
) -> None:
    answer = api.get(f"/api/v1/{path}")
    [error] = answer.json()["errors"]
    name = path.partition("?")[2].partition("=")[0]
    assert (answer.status_code, error["field"]) == (400, name)
    assert error["message"] == "It contains a null character, which no text here may."


def test_token_is_stored_as_a_hash_and_expires(people: People) -> None:
    token, secret = ApiToken.issue(user=people.viewer, name="x", max_role=Role.VIEWER)
    assert secret not in token.digest
    assert ApiToken.find(secret) == token
    ApiToken.objects.update(expires_at=clock.real_now())
    assert ApiToken.find(secret) is None


def test_campaigns_are_listed_with_money_in_major_units(api: APIClient, campaign: Campaign) -> None:
    [row] = api.get("/api/v1/campaigns/").json()["results"]
    assert (row["id"], row["daily_budget"], row["currency"]) == (campaign.pk, "100", "USD")
    assert row["delivery"] == "Active"
    assert api.get("/api/v1/campaigns/?platform=google").json()["results"] == []


def test_foreign_campaign_is_404(people: People, campaign: Campaign) -> None:
    stranger = client_of(people.stranger, Role.ADMIN)
    assert stranger.get("/api/v1/campaigns/").json()["results"] == []
    for method, path in (
        ("get", f"/api/v1/campaigns/{campaign.pk}/"),
        ("patch", f"/api/v1/campaigns/{campaign.pk}/"),
        ("post", f"/api/v1/campaigns/{campaign.pk}/optimize/"),
    ):
        assert getattr(stranger, method)(path, {}, format="json").status_code == 404
    answer = stranger.post("/api/v1/ab-tests/", {"campaign_id": campaign.pk}, format="json")
    assert answer.status_code == 404
    assert not ABTest.objects.exists()


def test_performance_gives_each_day_and_ratios_of_sums(api: APIClient, campaign: Campaign) -> None:
    body = api.get("/api/v1/performance/?range=7d").json()
    assert len(body["daily_metrics"]) == 7
    [day] = [d for d in body["daily_metrics"] if d["date"] == YESTERDAY.isoformat()]
    assert (day["spend"], day["revenue"], day["clicks"]) == ("12.34", "50", 25)
    assert (day["ctr"], day["roas"], day["conversions"]) == (0.025, 4.051864, "2.5")
    assert body["totals"]["cpa"] == "4.936"
    empty = next(d for d in body["daily_metrics"] if d["impressions"] == 0)
    assert (empty["ctr"], empty["cpa"]) == (None, None)


@pytest.mark.parametrize(
    "query", ["range=x", "range=0d", "range=2026-02-30..2026-03-01", "currency=XXX"]
)
def test_bad_query_names_the_field(api: APIClient, campaign: Campaign, query: str) -> None:
    answer = api.get(f"/api/v1/performance/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.split("=")[0]


def patch(api: APIClient, campaign: Campaign, **body: Any) -> Any:
    return api.patch(f"/api/v1/campaigns/{campaign.pk}/", body, format="json")


def test_budget_is_changed_through_the_gate(api: APIClient, campaign: Campaign) -> None:
    assert patch(api, campaign, daily_budget="120.50").json()["daily_budget"] == "120.5"
    refused = patch(api, campaign, daily_budget="500")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "daily_budget"
    for value in ("abc", "NaN", "1e400", "100.001"):
        assert patch(api, campaign, daily_budget=value).status_code == 400
    campaign.refresh_from_db()
    assert campaign.daily_budget_micros == 120_500_000
    assert PublishRequest.objects.count() == 1


def test_viewer_and_bounded_token_cannot_change(people: People, campaign: Campaign) -> None:
    for client in (client_of(people.viewer, Role.ADMIN), client_of(people.admin, Role.VIEWER)):
        answer = patch(client, campaign, wanted="paused")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not PublishRequest.objects.exists()


def test_editor_lowers_and_pauses_but_does_not_raise_spend(
    people: People, campaign: Campaign
) -> None:
    bounded = client_of(people.admin, Role.EDITOR)
    for client in (client_of(people.editor, Role.ADMIN), bounded):
        assert patch(client, campaign, daily_budget="101").status_code == 403
    editor = client_of(people.editor, Role.ADMIN)
    assert patch(editor, campaign, daily_budget="90").status_code == 200
    assert patch(editor, campaign, wanted="paused").status_code == 200
    Campaign.objects.update(remote="paused")  # a pause that still waits may be taken back
    assert patch(editor, campaign, wanted="active").status_code == 403
    campaign.refresh_from_db()
    assert (campaign.daily_budget_micros, campaign.wanted) == (90_000_000, "paused")


def test_patch_takes_all_fields_or_none(api: APIClient, campaign: Campaign) -> None:
    assert patch(api, campaign, daily_budget="110", end="2020-01-01").status_code == 400
    campaign.refresh_from_db()
    assert campaign.daily_budget_micros == 100_000_000
    assert not PublishRequest.objects.exists()


def test_ab_test_is_created_with_a_campaign_id(api: APIClient, campaign: Campaign) -> None:
    answer = api.post("/api/v1/ab-tests/", {"campaign_id": campaign.pk}, format="json")
    assert answer.status_code == 201
    assert answer.json()["result"]["status"] == "insufficient_data"
    again = api.post("/api/v1/ab-tests/", {"campaign_id": campaign.pk}, format="json")
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "campaign")


def test_optimize_answers_202_with_a_task_that_can_be_followed(
    api: APIClient, campaign: Campaign
) -> None:
    AdAccount.objects.update(synced_market_at=clock.market_now())
    answer = api.post(f"/api/v1/campaigns/{campaign.pk}/optimize/")
    assert answer.status_code == 202
    task = f"/api/v1/tasks/{answer.json()['task_id']}/"
    assert api.get(task).json()["state"] == "queued"
    jobs.run_due()
    done = api.get(task).json()
    assert done["state"] == "done"
    assert done["result"]["outcome"] == "done: insufficient_data, test started"
    run = api.get(f"/api/v1/runs/{done['result']['run']}/").json()
    assert run["counts"] == {"waiting": 0, "done": 1, "skipped": 0, "failed": 0}
    (outcome,) = api.get(f"/api/v1/runs/{run['id']}/outcomes/").json()["results"]
    assert (outcome["campaign_id"], outcome["state"]) == (campaign.pk, "done")


def brief(account: AdAccount, advertiser: Advertiser, **changes: Any) -> dict[str, Any]:
    start = clock.market_now().date() + timedelta(days=3)
    body: dict[str, Any] = {
        "name": "Boots",
        "objective": "traffic",
        "total_budget": "3000",
        "start": start.isoformat(),
        "end": (start + timedelta(days=9)).isoformat(),
        "landing_url": "https://shop.example.com/",
        "countries": ["US"],
        "headlines": ["Light boots", "Dry feet"],
        "descriptions": ["Boots that stay dry.", "Walk further."],
        "accounts": [account.pk],
        "images": [picture(advertiser).pk],
    }
    return {**body, **changes}


def test_brief_is_planned_and_approved_by_its_hash(
    people: People, account: AdAccount, advertiser: Advertiser
) -> None:
    editor, approver = client_of(people.editor, Role.ADMIN), client_of(people.approver, Role.ADMIN)
    made = editor.post("/api/v1/briefs/", brief(account, advertiser), format="json")
    assert made.status_code == 201, made.json()
    [strategy] = made.json()["strategies"]
    path = f"/api/v1/strategies/{strategy['id']}/approve/"
    assert editor.post(path, {"plan_hash": strategy["plan_hash"]}).status_code == 403
    assert approver.post(path, {"plan_hash": "x"}).status_code == 400
    early = approver.post(path, {"plan_hash": strategy["plan_hash"]})
    assert (early.status_code, early.json()["errors"][0]["field"]) == (400, "check_state")
    assert Strategy.objects.get().state == "review"
    Strategy.objects.update(check_state="unreachable", check_says="It is down.")
    refused = approver.post(path, {"plan_hash": strategy["plan_hash"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "unchecked")
    Strategy.objects.update(check_state="passed")
    assert approver.post(path, {"plan_hash": strategy["plan_hash"]}).json()["state"] == "approved"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"objective": "world_peace"}, "objective"),
        ({"currency": "ZZZ"}, "currency"),
        ({"currency": "EUR"}, "currency"),
        ({"total_budget": "-5"}, "total_budget"),
        ({"total_budget": "0"}, "total_budget"),
        ({"total_budget": "many"}, "total_budget"),
        ({"start": "2020-01-01"}, "start"),
        ({"end": "2020-01-01"}, "end"),
        ({"start": "tomorrow"}, "start"),
        ({"headlines": []}, "headlines"),
        ({"headlines": ["  "]}, "headlines.0"),
        ({"landing_url": "ftp://x"}, "landing_url"),
        ({"countries": ["XX"]}, "countries"),
        ({"countries": []}, "countries"),
        ({"accounts": []}, "accounts"),
        ({"accounts": [999_999]}, "accounts"),
        ({"images": [999_999]}, "images"),
        ({"accounts": [2**63]}, "accounts.0"),
        ({"images": [2**63]}, "images.0"),
        ({"age_min": 12}, "age_min"),
        ({"gender": "x"}, "gender"),
        ({"call_to_action": "BUY"}, "call_to_action"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_bad_brief_is_refused_by_field_before_any_call(
    api: APIClient, account: AdAccount, advertiser: Advertiser, change: dict[str, Any], field: str
) -> None:
    answer = api.post("/api/v1/briefs/", brief(account, advertiser, **change), format="json")
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Brief.objects.exists()


# ---- assets ----


def test_pictures_and_videos_are_sent_and_listed(
    people: People, advertiser: Advertiser, media: Path
) -> None:
    kept = picture(advertiser)
    editor = client_of(people.editor, Role.EDITOR)
    made = [
        editor.post("/api/v1/assets/", {"file": SimpleUploadedFile("a.mp4", film())}).json()
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert {key: made[0][key] for key in ("kind", "name", "width", "height", "duration_ms")} == {
        "kind": "video",
        "name": "a.mp4",
        "width": 540,
        "height": 960,
        "duration_ms": 6000,
    }
    listed = editor.get("/api/v1/assets/").json()["results"]
    assert [row["id"] for row in listed] == [made[0]["id"], kept.pk]
    videos = editor.get("/api/v1/assets/?kind=video").json()["results"]
    assert [row["id"] for row in videos] == [made[0]["id"]]


def test_a_file_that_cannot_be_used_is_refused_by_name(
    people: People, advertiser: Advertiser
) -> None:
    editor, viewer = client_of(people.editor, Role.EDITOR), client_of(people.viewer, Role.ADMIN)
    broken = {"file": SimpleUploadedFile("a.mp4", b"hello")}
    answer = editor.post("/api/v1/assets/", broken)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["field"] == "file"
    assert error["message"].startswith("a.mp4 cannot be read as a video.")
    assert editor.post("/api/v1/assets/", {}).status_code == 400
    sent = {"file": SimpleUploadedFile("a.mp4", film())}
    assert viewer.post("/api/v1/assets/", sent).status_code == 403
    assert not Asset.objects.exists()


def test_another_advertisers_assets_are_not_there(people: People, advertiser: Advertiser) -> None:
    foreign = picture(make_advertiser("rival"))
    viewer = client_of(people.viewer, Role.VIEWER)
    assert viewer.get("/api/v1/assets/").json()["results"] == []
    assert viewer.get(f"/api/v1/assets/{foreign.pk}/").status_code == 404


@pytest.mark.parametrize("body", [[1, 2], "text", 5])
def test_body_that_is_not_an_object_is_refused(
    api: APIClient, campaign: Campaign, body: Any
) -> None:
    for path in ("/api/v1/ab-tests/", "/api/v1/briefs/"):
        assert api.post(path, body, format="json").status_code == 400


CSV = b"campaign,ad,date,impressions,clicks,spend\nOne,A,2026-01-05,100,3,1.50\n"


def test_report_is_previewed_then_imported(api: APIClient, people: People) -> None:
    def send(content: bytes, **more: str) -> Any:
        upload = SimpleUploadedFile("r.csv", content, "text/csv")
        return api.post("/api/v1/report-imports/", {"file": upload, "currency": "USD", **more})

    assert send(CSV, dry_run="true").status_code == 200
    assert not Campaign.objects.exists()
    done = send(CSV)
    assert (done.status_code, done.json()["done"], done.json()["taken"]) == (201, True, 1)
    bad = send(CSV.replace(b"100,3", b"2,3"))
    assert (bad.status_code, bad.json()["done"]) == (422, False)
    assert bad.json()["problems"][0][0] == 2


def test_schema_is_served(api: APIClient) -> None:
    assert b"/api/v1/performance/" in api.get("/api/v1/schema/").content


def test_change_that_met_others_every_time_is_a_conflict_to_try_again() -> None:
    answer = problem_json(Contended("Please try again."), {})
    assert answer is not None
    assert answer.status_code == 409
    assert answer.data == {"title": "Please try again.", "status": 409, "code": "contended"}
