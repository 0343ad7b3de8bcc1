"""What we want and what happened."""

from campaigns.models.brief import Brief, BriefShare
from campaigns.models.campaign import Ad, AdGroup, Campaign, RemoteState, Wanted
from campaigns.models.creative import Asset, Creative
from campaigns.models.history import PublishRequest
from campaigns.models.imports import ReportImport
from campaigns.models.metrics import DailyMetric, Level, MetricRevision
from campaigns.models.reports import ReportSchedule, SentReport

__all__ = [
    "Ad",
    "AdGroup",
    "Asset",
    "Brief",
    "BriefShare",
    "Campaign",
    "Creative",
    "DailyMetric",
    "Level",
    "MetricRevision",
    "PublishRequest",
    "RemoteState",
    "ReportImport",
    "ReportSchedule",
    "SentReport",
    "Wanted",
]
