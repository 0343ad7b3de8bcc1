"""Every page of the admin: it opens, it keeps the walls, it shows no secret, ledgers stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from adsengine.admin_base import ScopedAdmin
from adsengine.common import clock
from adsengine.models import (
    Actor,
    Advertiser,
    ApiToken,
    AuditEntry,
    ExchangeRate,
    Incident,
    Job,
    Membership,
    Role,
    User,
    record,
)
from agents.models import Approval, Execution, ExecutionStep, Strategy
from campaigns.models import (
    Asset,
    Brief,
    BriefTemplate,
    Campaign,
    DailyMetric,
    Label,
    MetricRevision,
    NamingPatterns,
    PublishRequest,
    ReportImport,
    ReportSchedule,
    SentReport,
)
from campaigns.services import set_daily_budget
from optimization.models import (
    ABTest,
    BudgetChange,
    Decision,
    Look,
    PacingPlan,
    Rebalance,
    Run,
    RunOutcome,
    SelfTest,
)
from optimization.services import create_test
from platforms.models import AdAccount, ApiCall, Credential, PlatformLimits
from tests.fixtures.admin import (
    list_url,
    make_account,
    make_ads,
    make_campaign,
    signed_in,
    superuser,
    today,
    url,
)
from tests.fixtures.films import video
from tests.fixtures.people import People, make_advertiser

LEDGERS: list[type[Model]] = [
    ApiCall,
    Approval,
    Asset,
    AuditEntry,
    Brief,
    BriefTemplate,
    BudgetChange,
    DailyMetric,
    Decision,
    Execution,
    ExecutionStep,
    Job,
    Label,
    Look,
    MetricRevision,
    NamingPatterns,
    PacingPlan,
    PublishRequest,
    Rebalance,
    ReportImport,
    ReportSchedule,
    Run,
    RunOutcome,
    SelfTest,
    SentReport,
    Strategy,
]
EDITED: list[type[Model]] = [Advertiser, AdAccount, Campaign, ABTest, Incident, PlatformLimits]
SECRET = "EAAG-very-secret-token"


@pytest.fixture
def world(advertiser: Advertiser, actor: Actor) -> Advertiser:
    """One row of everything, at one advertiser."""
    from adsengine.common.money import Money

    account = make_account(advertiser)
    secrets: Any = {"access_token": SECRET}
    Credential.objects.create(account=account, secrets=secrets)
    campaign = make_campaign(account)
    ads = make_ads(campaign)
    set_daily_budget(actor=actor, campaign=campaign, budget=Money.from_micros(120_000_000, "USD"))
    Job.objects.update(advertiser=advertiser)
    _measured(campaign, ads)
    _decided(advertiser, campaign, actor)
    _planned(advertiser, account, campaign, actor)
    _kept(advertiser, account, campaign, actor)
    video(advertiser)
    return advertiser


def _measured(campaign: Campaign, ads: list[Any]) -> None:
    metric = DailyMetric.objects.create(
        account=campaign.account,
        campaign=campaign,
        ad=ads[0],
        level="ad",
        entity_id=ads[0].pk,
        day=today(),
        spend_micros=12_340_000,
    )
    values = dict.fromkeys(("impressions", "clicks", "conversions", "revenue_micros"), 0)
    now = clock.now()
    MetricRevision.objects.create(
        metric=metric, spend_micros=11_000_000, seen_at=now, replaced_at=now, **values
    )


def _decided(advertiser: Advertiser, campaign: Campaign, actor: Actor) -> None:
    test = create_test(actor=actor, campaign=campaign)
    arms = [
        {
            "id": 1,
            "status": "collecting",
            "rate": None,
            "ci_low": None,
            "ci_high": None,
            "prob_best": None,
        }
    ]
    result = {"summary": "Not enough data yet.", "warnings": ["Wait."], "arms": arms}
    Look.objects.create(test=test, status="collecting", result=result)
    Decision.objects.create(campaign=campaign, test=test, action="keep", state="noted")
    run = Run.objects.create(advertiser=advertiser, kind="optimize", slot="2026-03-02T12")
    RunOutcome.objects.create(run=run, campaign=campaign, key=str(campaign.pk), state="done")
    SelfTest.objects.create(advertiser=advertiser, metric="ctr", asked_by="admin")
    PacingPlan.objects.create(
        advertiser=advertiser, name="March", currency="USD", total_micros=10**9, created_by="x"
    )
    PlatformLimits.objects.create(advertiser=advertiser, platform="meta", daily_cap_micros=10**9)
    ExchangeRate.objects.create(day=today(), base="EUR", quote="USD", rate="1.1")
    rebalance = Rebalance.objects.create(
        advertiser=advertiser, currency="USD", total_micros=250_000_000, asked_by="optimiser"
    )
    BudgetChange.objects.create(
        rebalance=rebalance, campaign=campaign, old_micros=100_000_000, new_micros=110_000_000
    )


def _planned(advertiser: Advertiser, account: AdAccount, campaign: Campaign, actor: Actor) -> None:
    brief = Brief.objects.create(
        advertiser=advertiser,
        name="Boots in spring",
        total_budget_micros=900_000_000,
        currency="USD",
        start=today(),
        end=today() + timedelta(days=9),
    )
    BriefTemplate.objects.create(advertiser=advertiser, name="Boots again", brief=brief)
    NamingPatterns.objects.create(advertiser=advertiser, campaign="{brief}", ad_group="x", ad="x")
    strategy = Strategy.objects.create(
        brief=brief, account=account, campaign=campaign, plan={"steps": []}, plan_hash="0" * 64
    )
    Approval.objects.create(
        strategy=strategy, approver=actor.user, approver_name="admin", worst_case_micros=1_000_000
    )
    execution = Execution.objects.create(strategy=strategy)
    step = ExecutionStep.objects.create(execution=execution, position=1, kind="create")
    step.requests.set(PublishRequest.objects.all())


def _kept(advertiser: Advertiser, account: AdAccount, campaign: Campaign, actor: Actor) -> None:
    ApiCall.objects.create(
        account=account, platform="meta", operation="campaigns", ok=True, duration_ms=5
    )
    Incident.open(advertiser, "sync:1", title="No figures", next_step="Sync.")
    ReportImport.objects.create(
        advertiser=advertiser, account=account, file_name="march.csv", source="mapped"
    )
    schedule = ReportSchedule.objects.create(
        advertiser=advertiser, name="Weekly", cadence="weekly", hour=8, created_by="admin"
    )
    SentReport.objects.create(
        advertiser=advertiser, schedule=schedule, name="Weekly", slot=today(), state="sent"
    )
    Label.objects.create(advertiser=advertiser, name="Spring")
    record(actor, "look around", campaign, advertiser=advertiser)


@pytest.fixture
def root(world: Advertiser) -> Client:
    client = Client()
    client.force_login(superuser())
    return client


def registered() -> list[type[Model]]:
    return list(admin.site._registry)


def row_of(model: type[Model]) -> Any:
    row = model._default_manager.order_by("pk").first()
    assert row is not None, f"the world has no {model.__name__}"
    return row


def pages(client: Client) -> dict[str, str]:
    """Address to text, of the index, every list and one page of each model."""
    ApiToken.issue(user=User.objects.get(username="admin"), name="ci", max_role=Role.VIEWER)
    addresses = [reverse("admin:index")]
    for model in registered():
        addresses.append(list_url(model))
        if model._default_manager.exists():
            addresses += [url(row_of(model)), url(row_of(model), "history")]
    found = {address: client.get(address) for address in addresses}
    assert {a: r.status_code for a, r in found.items() if r.status_code != 200} == {}
    return {address: response.content.decode() for address, response in found.items()}


def test_every_page_opens_for_a_superuser_and_shows_no_secret(root: Client) -> None:
    ours = {m for m in registered() if m._meta.app_label != "django_celery_beat"}
    assert ours == {*LEDGERS, *EDITED, User, ApiToken, ExchangeRate}
    found = pages(root)
    assert len(found) > 2 * len(ours)
    token = ApiToken.objects.get()
    hashes = User.objects.values_list("password", flat=True)
    for secret in (SECRET, token.digest, *(h for h in hashes if h)):
        assert [address for address, text in found.items() if secret in text] == []


def test_no_page_carries_an_inline_script(root: Client) -> None:
    import re

    runs = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son[a-z]+=\"", re.I)
    found = pages(root)
    found["beat"] = root.get(reverse("admin:django_celery_beat_periodictask_add")).content.decode()
    assert [address for address, text in found.items() if runs.search(text)] == []


def test_credentials_are_not_registered() -> None:
    assert Credential not in admin.site._registry


@pytest.mark.parametrize("model", LEDGERS, ids=lambda m: m.__name__)
def test_ledger_is_neither_added_to_nor_changed_nor_deleted(
    model: type[Model], root: Client
) -> None:
    row, count = row_of(model), model._default_manager.count()
    assert root.get(url(model, "add")).status_code == 403
    assert root.post(url(row), {}).status_code == 403
    assert root.post(url(row, "delete"), {"post": "yes"}).status_code == 403
    choices = root.get(list_url(model)).context["action_form"]
    assert choices is None or "delete_selected" not in dict(choices.fields["action"].choices)
    assert model._default_manager.count() == count


@pytest.mark.parametrize("model", [*LEDGERS, *EDITED], ids=lambda m: m.__name__)
def test_staff_see_their_own_advertisers_rows_only(
    model: type[Model], world: Advertiser, people: People
) -> None:
    row = row_of(model)
    viewer, stranger = signed_in(people.viewer), signed_in(people.stranger)
    assert viewer.get(url(row)).status_code == 200
    assert list(viewer.get(list_url(model)).context["cl"].result_list) != []
    assert stranger.get(url(row)).status_code == 404
    assert stranger.get(url(row, "history")).status_code == 404
    shown = list(stranger.get(list_url(model)).context["cl"].result_list)
    assert [r for r in shown if getattr(r, "slug", "") != "other"] == []


@pytest.mark.parametrize("model", EDITED, ids=lambda m: m.__name__)
def test_viewer_changes_nothing(model: type[Model], world: Advertiser, people: People) -> None:
    assert signed_in(people.viewer).post(url(row_of(model)), {}).status_code == 403


def test_member_who_is_not_staff_and_staff_without_membership_get_nowhere(
    world: Advertiser, people: People
) -> None:
    client = Client()
    client.force_login(people.admin)
    assert client.get(list_url(Campaign)).status_code == 302
    Membership.objects.filter(user=people.viewer).delete()
    outsider = signed_in(people.viewer)
    assert outsider.get(list_url(Campaign)).status_code == 403
    assert outsider.get(url(row_of(Campaign))).status_code == 404


def test_users_and_the_timetable_are_for_superusers(world: Advertiser, people: People) -> None:
    staff = signed_in(people.admin)
    assert staff.get(list_url(User)).status_code == 403
    assert staff.get(reverse("admin:django_celery_beat_periodictask_changelist")).status_code == 403


def test_timetable_says_what_happens_to_intervals_of_the_code(root: Client) -> None:
    for page in ("changelist", "add"):
        text = root.get(reverse(f"admin:django_celery_beat_periodictask_{page}")).content.decode()
        assert "return to the interval of its code at the next start" in text


def test_foreign_names_are_in_no_filter_and_no_choice(world: Advertiser, people: People) -> None:
    stranger = signed_in(people.stranger)
    for model in [*LEDGERS, *EDITED]:
        text = stranger.get(list_url(model)).content.decode()
        assert ("Acme" in text, "Boots" in text) == (False, False), model
    asked = {"app_label": "optimization", "model_name": "abtest", "field_name": "campaign"}
    answer = stranger.get(reverse("admin:autocomplete"), asked)
    assert answer.json()["results"] == []
    mine = signed_in(people.editor).get(reverse("admin:autocomplete"), asked)
    assert [r["text"] for r in mine.json()["results"]] == ["Boots"]


def _again(model: type[Model]) -> Callable[[], None]:
    """Ten more rows, where a plain copy is allowed."""

    def copy() -> None:
        row = row_of(model)
        for _ in range(10):
            row.pk = None
            row._state.adding = True
            if isinstance(row, Strategy):  # one current plan per brief and account
                row.state = Strategy.State.REPLACED
            row.save()

    return copy


COPIED: list[type[Model]] = [ApiCall, AuditEntry, Decision, Look, MetricRevision, Strategy]


@pytest.mark.parametrize("model", COPIED, ids=lambda m: m.__name__)
def test_list_asks_no_more_queries_for_more_rows(
    model: type[Model], root: Client, django_assert_max_num_queries: Any
) -> None:
    Decision.objects.update(test=None)
    _again(model)()
    with django_assert_max_num_queries(14):
        assert len(root.get(list_url(model)).context["cl"].result_list) > 10


def test_ledger_pages_show_money_not_micros(root: Client) -> None:
    text = root.get(url(row_of(DailyMetric))).content.decode()
    assert "$12.34" in text
    assert "12340000" not in text
    text = root.get(url(row_of(Rebalance))).content.decode()
    assert "$250.00" in text
    assert '<div class="money">$110.00</div>' in text


def test_the_stop_switch_is_one_click_away_on_every_admin_page(root: Client) -> None:
    for path in ("/admin/", list_url(Strategy), url(row_of(Rebalance))):
        assert '<a href="/">Pages and stop switch</a>' in root.get(path).content.decode()


def test_every_list_of_an_advertisers_rows_is_ordered_searched_and_filtered() -> None:
    for model, shown in admin.site._registry.items():
        if isinstance(shown, ScopedAdmin):
            assert shown.ordering or model._meta.ordering, model
            assert shown.search_fields, model
    request = RequestFactory().get("/admin/")
    for model, shown in admin.site._registry.items():
        if isinstance(shown, ScopedAdmin) and model is not Advertiser:
            titles = [getattr(f, "title", "") for f in shown.get_list_filter(request)]
            assert "advertiser" in titles, model


def test_a_list_is_narrowed_to_one_advertiser(world: Advertiser, root: Client) -> None:
    other = make_campaign(make_account(make_advertiser("rival")), name="Theirs", remote_id="9")
    page = root.get(list_url(Campaign), {"advertiser": "rival"})
    assert [row.pk for row in page.context["cl"].result_list] == [other.pk]
    assert "By advertiser" in page.content.decode()


def test_every_row_leads_to_its_page_of_the_dashboard(world: Advertiser, root: Client) -> None:
    missing = set()
    for model in [*LEDGERS, *EDITED]:
        text = root.get(url(row_of(model))).content.decode()
        found = re.search(r'<a href="([^"]+)">Open in the dashboard', text)
        if found is None:
            missing.add(model)
        else:
            assert root.get(found.group(1)).status_code == 200, model
    assert missing == {AuditEntry, Job}


def test_the_dashboard_leads_staff_to_the_row_and_nobody_else(
    world: Advertiser, people: People
) -> None:
    rows = {
        "campaigns/{}/": Campaign,
        "briefs/{}/": Brief,
        "ab-tests/{}/": ABTest,
        "runs/{}/": Run,
    }
    pages = {path.format(row_of(m).pk): row_of(m) for path, m in rows.items()}
    pages |= {"connections/": row_of(AdAccount), "incidents/": row_of(Incident)}
    staff = signed_in(people.editor)
    plain = Client()
    plain.force_login(people.viewer)
    for path, row in pages.items():
        link = f'href="{url(row)}"'
        assert link in staff.get(f"/a/acme/{path}").content.decode(), path
        assert link not in plain.get(f"/a/acme/{path}").content.decode(), path


@pytest.mark.parametrize("model", [Advertiser, Campaign], ids=lambda m: m.__name__)
def test_charts_stand_over_the_form_with_their_numbers(
    model: type[Model], world: Advertiser, root: Client
) -> None:
    DailyMetric.objects.update(level="campaign", ad=None, day=today() - timedelta(days=1))
    text = root.get(url(row_of(model))).content.decode()
    assert text.count("<figure") == 2
    assert "Show as a table" in text
    assert '<td class="num">$12.34</td>' in text
    assert "plotly.min.js" in text
    assert "plotly.min.js" not in root.get(list_url(model)).content.decode()
    assert "plotly.min.js" not in root.get(url(row_of(Job))).content.decode()


def test_the_list_of_assets_shows_kind_and_length(root: Client) -> None:
    page = root.get(list_url(Asset)).content.decode()
    assert '<td class="field-kind">video</td>' in page
    assert '<td class="field-length">0:06</td>' in page
    asset = Asset.objects.get()
    assert f'<a href="/media/assets/{asset.pk}/">video</a>' in root.get(url(asset)).content.decode()
