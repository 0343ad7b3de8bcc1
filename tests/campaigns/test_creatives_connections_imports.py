"""Creatives, pictures, connections and the import of a report."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from campaigns.models import Asset, DailyMetric, ReportImport
from core.models import Advertiser, Job
from platforms.models import AdAccount, Credential
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import People

REPORT = b"""Campaign,Day,Impr.,Clicks,Cost,Conversions,Conv. value,Currency code
Spring,2026-03-01,1000,20,12.50,2,44.00,USD
Spring,2026-03-02,1100,21,13.50,3,54.00,USD
"""
BAD_ROW = b"Autumn,2026-03-01,abc,20,12.50,2,44.00,USD\n"
ODD = b"""Where,Day,Impressions,Taps,Paid
Spring,2026-03-01,1000,20,12.50
"""

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def asset(advertiser: Advertiser, media: Path) -> Asset:
    data = BytesIO()
    Image.new("RGB", (600, 600), "#336699").save(data, "PNG")
    kept = Asset(
        advertiser=advertiser,
        name="blue.png",
        mime="image/png",
        sha256=hashlib.sha256(data.getvalue()).hexdigest(),
    )
    kept.file.save("blue.png", ContentFile(data.getvalue(), name="blue.png"))
    return kept


def keep_token(account: AdAccount, token: str) -> None:
    secrets: Any = {"access_token": token}
    Credential.objects.create(account=account, secrets=secrets)


# ---- creatives and pictures ----


def test_creatives_show_picture_texts_and_results(
    editor: Client, advertiser: Advertiser, asset: Asset
) -> None:
    campaign = make_campaign(make_account(advertiser))
    first, second = make_ad(campaign, "Blue"), make_ad(campaign, "Red")
    assert first.creative is not None
    first.creative.assets.add(asset)
    deliver(first, spend=10, clicks=20, impressions=1000)
    deliver(second, spend=30, clicks=10, impressions=1000)
    response = editor.get("/a/acme/creatives/?sort=-ctr")
    assert [row.item.name for row in response.context["table"].rows] == ["Blue", "Red"]
    page = text(response)
    assert f"/media/assets/{asset.pk}/" in page
    assert "Red headline" in page
    assert "2.00%" in page
    assert "$0.50" in page


def test_a_picture_is_for_members_only(
    client: Client, people: People, asset: Asset, advertiser: Advertiser
) -> None:
    url = f"/media/assets/{asset.pk}/"
    assert client.get(url).status_code == 302
    client.force_login(people.stranger)
    assert client.get(url).status_code == 404
    client.force_login(people.viewer)
    answer = client.get(url)
    assert b"".join(answer.streaming_content)[:4] == b"\x89PNG"  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]


def test_a_picture_whose_file_is_gone_is_not_found(editor: Client, asset: Asset) -> None:
    Asset.objects.filter(pk=asset.pk).update(file="assets/gone.png")
    assert editor.get(f"/media/assets/{asset.pk}/").status_code == 404


# ---- connections ----


def test_connections_show_health_and_no_secret(admin: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser, sync_error="Too many requests.")
    keep_token(account, "EAAB-secret")
    page = text(admin.get("/a/acme/connections/"))
    assert "Last sync failed" in page
    assert "Too many requests." in page
    assert "EAAB-secret" not in page


def test_a_refused_token_is_not_sent_back(
    admin: Client, advertiser: Advertiser, settings: Any
) -> None:
    settings.SANDBOX, settings.LIVE_CALLS = {}, False
    sent = {"meta-external_id": "123", "meta-access_token": "EAAB-secret"}
    answer = admin.post("/a/acme/connections/add/meta/", sent)
    assert answer.status_code == 422
    page = text(answer)
    assert "Platform calls are switched off" in page
    assert 'value="123"' in page
    assert "EAAB-secret" not in page
    assert not AdAccount.objects.exists()


def test_a_missing_token_is_named_at_its_field(admin: Client, advertiser: Advertiser) -> None:
    answer = admin.post("/a/acme/connections/add/tiktok/", {"tiktok-external_id": "abc"})
    form = answer.context["submitted"]
    assert "access_token" in form.errors
    assert "app_secret" not in admin.get("/a/acme/connections/").context["forms"][2].fields
    assert not AdAccount.objects.exists()


def test_an_unknown_platform_is_not_found(admin: Client, advertiser: Advertiser) -> None:
    assert admin.post("/a/acme/connections/add/myspace/").status_code == 404


def test_disconnecting_forgets_the_token_and_keeps_the_account(
    admin: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    keep_token(account, "x")
    admin.post(f"/a/acme/connections/{account.pk}/disconnect/")
    account.refresh_from_db()
    assert account.state == "disconnected"
    assert not Credential.objects.exists()


def test_sync_now_asks_once_and_the_card_says_so(editor: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser)
    for _ in range(2):
        editor.post(f"/a/acme/connections/{account.pk}/sync/")
    job = Job.objects.get()
    assert (job.kind, job.key, job.state) == ("sync", str(account.pk), "queued")
    card = text(editor.get(f"/a/acme/connections/{account.pk}/"))
    assert "Syncing" in card
    assert "load delay" in card


def test_a_disconnected_account_is_not_synced(editor: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser, state="disconnected")
    editor.post(f"/a/acme/connections/{account.pk}/sync/")
    assert not Job.objects.exists()


# ---- import ----


def upload(client: Client, data: bytes, step: str = "preview", **more: Any) -> Any:
    file = SimpleUploadedFile("report.csv", data, "text/csv")
    return client.post("/a/acme/import/", {"file": file, "step": step, **more})


def test_a_preview_says_what_is_in_the_file_and_takes_nothing(
    editor: Client, advertiser: Advertiser
) -> None:
    answer = upload(editor, REPORT)
    preview = answer.context["preview"]
    assert (preview.kind, preview.rows, str(preview.totals.spend)) == ("google", 2, "$26.00")
    assert "Ready to import" in text(answer)
    assert not DailyMetric.objects.exists()
    assert not ReportImport.objects.exists()


def test_an_import_leads_to_its_result(editor: Client, advertiser: Advertiser) -> None:
    answer = upload(editor, REPORT, "import")
    report = ReportImport.objects.get()
    assert answer["Location"] == f"/a/acme/import/{report.pk}/"
    assert (report.taken, report.done, report.actor_name) == (2, True, "editor")
    assert "The report is imported" in text(editor.get(answer["Location"]))


def test_htmx_is_led_to_the_result_too(editor: Client, advertiser: Advertiser) -> None:
    file = SimpleUploadedFile("report.csv", REPORT, "text/csv")
    sent = {"file": file, "step": "import"}
    answer = editor.post("/a/acme/import/", sent, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"/a/acme/import/{ReportImport.objects.get().pk}/"


def test_a_bad_row_is_named_by_line_and_nothing_is_taken(
    editor: Client, advertiser: Advertiser
) -> None:
    answer = upload(editor, REPORT + BAD_ROW, "import")
    page = text(editor.get(answer["Location"]))
    assert "Nothing was imported" in page
    assert '<td class="num">4</td>' in page
    assert not DailyMetric.objects.exists()


def test_bad_rows_are_left_out_when_asked(editor: Client, advertiser: Advertiser) -> None:
    upload(editor, REPORT + BAD_ROW, "import", skip_bad_rows="on")
    report = ReportImport.objects.get()
    assert (report.done, report.taken, report.refused) == (True, 2, 1)


def test_unrecognised_columns_are_mapped_by_hand(editor: Client, advertiser: Advertiser) -> None:
    first = upload(editor, ODD)
    assert "campaign" in first.context["preview"].missing
    chosen = {
        "map_of": first.context["map_of"],
        "map_campaign": "Where",
        "map_clicks": "Taps",
        "map_spend": "Paid",
        "map_date": "Day",
        "format_date": "%Y-%m-%d",
        "currency": "EUR",
    }
    again = upload(editor, ODD, **chosen).context
    assert (again["preview"].rows, str(again["preview"].totals.spend)) == (1, "€12.50")
    lines = {line.field: line for line in again["map_lines"]}
    assert (lines["spend"].column, lines["date"].format) == ("Paid", "%Y-%m-%d")
    upload(editor, ODD, "import", **chosen)
    assert DailyMetric.objects.get().spend_micros == 12_500_000


def test_a_map_made_for_another_file_is_not_used(editor: Client, advertiser: Advertiser) -> None:
    answer = upload(editor, REPORT, map_of="other.csv:7", map_spend="Clicks")
    assert str(answer.context["preview"].totals.spend) == "$26.00"


def test_a_wrong_time_zone_is_refused_at_its_field(editor: Client, advertiser: Advertiser) -> None:
    answer = upload(editor, REPORT, "import", time_zone="Mars/Base")
    assert answer.status_code == 422
    assert "is not a time zone" in str(answer.context["form"].errors["time_zone"])
    assert not ReportImport.objects.exists()


def test_no_file_is_said(editor: Client, advertiser: Advertiser) -> None:
    answer = editor.post("/a/acme/import/", {"step": "import"})
    assert "file" in answer.context["form"].errors


def test_a_foreign_import_is_not_found(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    client.force_login(people.editor)
    upload(client, REPORT, "import")
    client.force_login(people.stranger)
    pk = ReportImport.objects.get().pk
    assert client.get(f"/a/other/import/{pk}/").status_code == 404
