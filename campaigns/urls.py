"""Under /a/<slug>/."""

from __future__ import annotations

from django.urls import path

from campaigns.views import (
    analytics,
    bulk,
    campaigns,
    changes,
    creatives,
    detail,
    edit,
    imports,
    incidents,
    list_views,
    onboarding,
    overview,
    report_schedules,
    stop_switch,
    sync,
)

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("setup/limit/", onboarding.onboarding_limit, name="setup_limit"),
    path("setup/dismiss/", onboarding.onboarding_dismiss, name="setup_dismiss"),
    path("setup/sandbox/", onboarding.sandbox_connect, name="sandbox_connect"),
    path("stop/", stop_switch.stop, name="stop"),
    path("lift-stop/", stop_switch.lift_stop, name="lift_stop"),
    path("campaigns/", campaigns.campaigns, {"level": "campaigns"}, name="campaigns"),
    path("campaigns/ad-groups/", campaigns.campaigns, {"level": "ad_groups"}, name="ad_groups"),
    path("campaigns/ads/", campaigns.campaigns, {"level": "ads"}, name="ads"),
    path("campaigns.csv", campaigns.campaigns_csv, {"level": "campaigns"}, name="campaigns_csv"),
    path(
        "campaigns/ad-groups.csv",
        campaigns.campaigns_csv,
        {"level": "ad_groups"},
        name="ad_groups_csv",
    ),
    path("campaigns/ads.csv", campaigns.campaigns_csv, {"level": "ads"}, name="ads_csv"),
    path("campaigns/bulk/", bulk.bulk_change, name="bulk_change"),
    path("campaigns/ad-groups/of/", bulk.lower_level, {"to": "ad_groups"}, name="ad_groups_of"),
    path("campaigns/ads/of/", bulk.lower_level, {"to": "ads"}, name="ads_of"),
    path("campaigns/columns/", list_views.columns_keep, name="columns_keep"),
    path("campaigns/views/", list_views.view_save, name="view_save"),
    path("campaigns/views/<int:pk>/remove/", list_views.view_remove, name="view_remove"),
    path("campaigns/<int:pk>/", detail.campaign, name="campaign"),
    path(
        "campaigns/<int:pk>/line/",
        campaigns.list_line,
        {"level": "campaigns"},
        name="campaign_line",
    ),
    path("campaigns/<int:pk>/state/", detail.campaign_state, name="campaign_state"),
    path("campaigns/<int:pk>/status/", changes.campaign_status, name="campaign_status"),
    path("campaigns/<int:pk>/adopt/", changes.campaign_adopt, name="campaign_adopt"),
    path("campaigns/<int:pk>/edit/<slug:field>/", edit.campaign_edit, name="campaign_edit"),
    path(
        "ad-groups/<int:pk>/line/",
        campaigns.list_line,
        {"level": "ad_groups"},
        name="ad_group_line",
    ),
    path("changes/<int:pk>/undo/", changes.change_undo, name="change_undo"),
    path("ad-groups/<int:pk>/status/", changes.ad_group_status, name="ad_group_status"),
    path("ads/<int:pk>/line/", campaigns.list_line, {"level": "ads"}, name="ad_line"),
    path("ads/<int:pk>/status/", changes.ad_status, name="ad_status"),
    path("creatives/", creatives.creatives, name="creatives"),
    path("creatives/pictures/", creatives.pictures, name="pictures"),
    path("creatives/pictures/upload/", creatives.picture_upload, name="picture_upload"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/reports/", report_schedules.report_new, name="report_new"),
    path(
        "analytics/reports/<int:pk>/switch/", report_schedules.report_switch, name="report_switch"
    ),
    path(
        "analytics/reports/<int:pk>/remove/", report_schedules.report_remove, name="report_remove"
    ),
    path("analytics.csv", analytics.analytics_csv, name="analytics_csv"),
    path("connections/<int:pk>/sync/", sync.account_sync, name="account_sync"),
    path("import/", imports.import_report, name="import_report"),
    path("import/<int:pk>/", imports.import_result, name="import_result"),
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/mails/", incidents.incident_mails_choose, name="incident_mails"),
]
