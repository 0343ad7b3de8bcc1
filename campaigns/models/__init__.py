"""What we want and what happened."""

from campaigns.models.brief import Brief, BriefShare
from campaigns.models.campaign import Ad, AdGroup, Campaign, RemoteState, Wanted
from campaigns.models.creative import Asset, Creative
from campaigns.models.history import PublishRequest
from campaigns.models.imports import ReportImport
from campaigns.models.metrics import DailyMetric, Level, MetricRevision
from campaigns.models.reports import ReportSchedule, SentReport
from campaigns.models.views import ColumnChoice, Label, SavedView

__all__ = [
    "Ad",
    "AdGroup",
    "Asset",
    "Brief",
    "BriefShare",
    "Campaign",
    "ColumnChoice",
    "Creative",
    "DailyMetric",
    "Label",
    "Level",
    "MetricRevision",
    "PublishRequest",
    "RemoteState",
    "ReportImport",
    "ReportSchedule",
    "SavedView",
    "SentReport",
    "Wanted",
]
